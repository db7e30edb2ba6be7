//! A line of the configuration that is wrong, as a compiler shows it.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::config::{Place, Problem};

/// The frame, or `None` if the problem is not in the text, or in a line that nobody could read.
pub fn render(text: &str, problem: &Problem, renderer: &Renderer) -> Option<String> {
    let Place::File { file, spot } = &problem.place else { return None };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = text.split('\n').nth(spot.line.checked_sub(1)?)?;
    if line.len() > 400 {
        return None;
    }
    let start: usize = text.split_inclusive('\n').take(spot.line - 1).map(str::len).sum();
    let bytes = |characters: usize| line.chars().take(characters).map(char::len_utf8).sum::<usize>();
    let before = spot.column.saturating_sub(1);
    let span = start + bytes(before)..start + bytes(before.saturating_add(spot.length));
    let title =
        if problem.key.is_empty() { problem.message.clone() } else { format!("{}: {}", problem.key, problem.message) };
    let annotation = AnnotationKind::Primary.span(span).label(problem.help.as_deref().unwrap_or_default());
    let snippet = Snippet::source(text).path(&**file).annotation(annotation);
    Some(renderer.render(&[Level::ERROR.primary_title(&title).element(snippet)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_document_shows_the_frame() {
        let text = "osprey:\n  python_executor:\n    max_generation_retires: 3\n  execution:\n    container: {jupyter_port: 88888}\n";
        let errors = Config::from_yaml(text, "config.yml", |_| None).unwrap_err();
        let renderer = Renderer::plain();
        let frames: Vec<String> =
            errors.problems.iter().map(|problem| render(text, problem, &renderer).unwrap()).collect();
        let document = include_str!("../../docs/configuration.md");
        assert!(document.contains(&frames.join("\n\n")), "{}", frames.join("\n\n"));
    }

    #[test]
    fn a_frame_stays_inside_the_text() {
        for text in ["\u{feff}approvaal: {ä: é}", "x: '", "a:\r\n\tb: 1\r\n", "- a\nb", "approval: {ä: 1, 'é': x}"]
        {
            if let Err(errors) = Config::from_yaml(text, "c", |_| None) {
                for problem in &errors.problems {
                    assert!(render(text, problem, &Renderer::plain()).is_some_and(|frame| frame.contains("error: ")));
                }
            }
        }
    }
}
