//! Text that is put together from parts, each of which may be several texts or none that is known.

use ruff_python_ast::InterpolatedStringElement;
use ruff_text_size::Ranged;

use super::Interpreter;
use super::value::{Shape, Value};

/// Most texts that are kept apart where one string may be several.
const MAX_TEXTS: usize = 64;
/// Longest text that is followed.
pub(super) const MAX_TEXT: usize = 64 << 10;

pub(super) fn push_text(texts: &mut [(String, bool)], more: &str) {
    for (text, whole) in texts {
        if text.len() + more.len() <= MAX_TEXT {
            text.push_str(more);
        } else {
            *whole = false;
        }
    }
}

/// Appends each of several texts to each of several beginnings; a hole if they are not known, or too many.
pub(super) fn append_choices(texts: &mut Vec<(String, bool)>, choices: Option<Vec<(String, bool)>>, hole: &str) {
    let hole = if hole.len() > 40 || hole.contains('\n') { "{…}" } else { hole };
    match choices {
        Some(choices) if !choices.is_empty() && texts.len() * choices.len() <= MAX_TEXTS => {
            let mut all = Vec::with_capacity(texts.len() * choices.len());
            for (text, whole) in texts.iter() {
                for (choice, choice_whole) in &choices {
                    let long = text.len() + choice.len() > MAX_TEXT;
                    let joined = if long { text.clone() } else { format!("{text}{choice}") };
                    all.push((joined, *whole && *choice_whole && !long));
                }
            }
            *texts = all;
        }
        _ => {
            push_text(texts, hole);
            for (_, whole) in texts {
                *whole = false;
            }
        }
    }
}

impl<'a> Interpreter<'a> {
    pub(super) fn f_string(&mut self, string: &'a ruff_python_ast::ExprFString) -> Value {
        let mut texts = vec![(String::new(), true)];
        for part in &string.value {
            match part {
                ruff_python_ast::FStringPart::Literal(literal) => push_text(&mut texts, literal.as_str()),
                ruff_python_ast::FStringPart::FString(string) => {
                    for element in &string.elements {
                        self.f_string_element(element, &mut texts);
                    }
                }
            }
        }
        self.texts_to_value(texts)
    }

    fn f_string_element(&mut self, element: &'a InterpolatedStringElement, texts: &mut Vec<(String, bool)>) {
        match element {
            InterpolatedStringElement::Literal(literal) => push_text(texts, &literal.value),
            InterpolatedStringElement::Interpolation(part) => {
                let value = self.evaluate(&part.expression);
                let mut spec = None;
                if let Some(format) = &part.format_spec {
                    let mut inner = vec![(String::new(), true)];
                    for element in &format.elements {
                        self.f_string_element(element, &mut inner);
                    }
                    spec = Some(inner.remove(0));
                }
                // Constant code has another text.
                let hole =
                    if self.pin.is_some() { "{…}".to_owned() } else { self.source.slice(part.range()).to_owned() };
                let plain = part.conversion == ruff_python_ast::ConversionFlag::None && part.debug_text.is_none();
                let shown = match &spec {
                    _ if !plain => None,
                    Some((spec, true)) => self.formatted(value, spec),
                    Some((_, false)) => None,
                    None => self.formatted(value, ""),
                };
                append_choices(texts, shown, &hole);
            }
        }
    }

    pub(super) fn texts_to_value(&mut self, texts: Vec<(String, bool)>) -> Value {
        let mut joined = Value::NOTHING;
        for (text, whole) in texts {
            let value =
                if whole { self.values.str(&text) } else { self.values.make(Shape::Template(text.as_str().into())) };
            joined = self.values.join(joined, value);
        }
        joined
    }
}
