//! The line of the program where it failed, as a compiler shows it.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::launch::plain;
use crate::execution::ScriptError;

/// The frame, or `None` if the error has no line.
pub(super) fn render(filename: &str, code: &str, error: &ScriptError) -> Option<String> {
    let line = usize::try_from(error.line?).ok()?;
    let text = code.lines().nth(line.checked_sub(1)?)?;
    if text.len() > 400 {
        return None;
    }
    let start: usize = code.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let indent = text.len() - text.trim_start().len();
    let span = start + indent..start + text.trim_end().len().max(indent);
    let kind = plain(&error.kind);
    let title = format!("{kind}: {}", plain(error.message.lines().next().unwrap_or_default()));
    let snippet = Snippet::source(code).path(filename).annotation(AnnotationKind::Primary.span(span).label(&kind));
    let report = [Level::ERROR.primary_title(&title).element(snippet)];
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    Some(renderer.render(&report))
}
