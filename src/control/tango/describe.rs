//! What a device says about an attribute or a command.

use std::borrow::Cow;

use ::tango::dev::{AttrInfo, AttrMode, AttrRangeConfig, CommandInfo};
use ::tango::value::{AttrDataKind, CommandDataKind};

use super::failure::cut;
use super::types::{STATES, attribute_type, command_type};
use crate::channel::{Description, Range};

/// An attribute.
pub(super) fn attribute(info: &AttrInfo, server: &str) -> Description {
    let config = &info.config;
    let labels = match info.data_kind {
        AttrDataKind::State => STATES.map(str::to_owned).to_vec(),
        _ => config.enum_labels.iter().map(ToString::to_string).collect(),
    };
    Description {
        readable: info.mode != AttrMode::Write,
        writable: matches!(info.mode, AttrMode::Write | AttrMode::ReadWrite),
        unit: config.unit.as_deref().map(cut).unwrap_or_default(),
        precision: config.display_format.as_deref().and_then(precision),
        control: range(config.range),
        warning: range(config.warning),
        alarm: range(config.alarm),
        labels,
        label: config.label.as_deref().map(cut).unwrap_or_default(),
        format: config.display_format.as_deref().map(cut).unwrap_or_default(),
        text: config.doc.as_deref().map(cut).unwrap_or_default(),
        server: server.to_owned(),
        ..Description::of(attribute_type(info.data_kind, info.data_format))
    }
}

/// A command.
pub(super) fn command(info: &CommandInfo, server: &str) -> Description {
    let labels = match info.out_kind {
        CommandDataKind::State | CommandDataKind::StateArray => STATES.map(str::to_owned).to_vec(),
        _ => Vec::new(),
    };
    Description {
        argument: Some(command_type(info.in_kind)),
        readable: false,
        writable: true,
        labels,
        text: text(info.in_doc.as_ref(), info.out_doc.as_ref()),
        server: server.to_owned(),
        ..Description::of(command_type(info.out_kind))
    }
}

/// The digits after the point of a C format such as `%6.3f`. Whole numbers have none, texts nothing to say.
fn precision(format: &str) -> Option<i32> {
    let body = format.trim().strip_prefix('%')?;
    if let Some((_, after)) = body.split_once('.') {
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        return digits.parse().ok().filter(|digits| *digits <= 99);
    }
    matches!(body.chars().last(), Some('d' | 'i' | 'u')).then_some(0)
}

/// Bounds, each by itself; what is no number bounds nothing.
fn range(range: AttrRangeConfig) -> Range {
    let bound = |number: ::tango::dev::AttrNumber| Some(number.as_f64()).filter(|value| value.is_finite());
    Range { low: range.min.and_then(bound), high: range.max.and_then(bound) }
}

fn text(first: Option<&Cow<'static, str>>, second: Option<&Cow<'static, str>>) -> String {
    let parts = [first, second];
    let texts = parts.iter().flatten().map(|text| cut(text)).filter(|text| !text.is_empty() && text != "Uninitialised");
    texts.collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::precision;

    #[test]
    fn a_format_says_how_many_digits() {
        for (format, digits) in
            [("%6.3f", Some(3)), ("%.12e", Some(12)), ("%d", Some(0)), ("%s", None), ("", None), ("%6.999f", None)]
        {
            assert_eq!(precision(format), digits, "{format}");
        }
    }
}
