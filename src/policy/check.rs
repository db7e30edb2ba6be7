//! What a set of rules says about itself: contradictions are errors, oddities are warnings.

use std::collections::HashMap;
use std::sync::Arc;

use super::attributes::Access;
use super::layer::Layer;
use super::pattern::{Matcher, Pattern};
use super::rule::{Effect, Rule};
use super::source::{Place, Problem, cut};

/// More patterns than this that cannot be told apart by a text are said to be slow.
const MAX_SLOW: usize = 200;
/// Most comparisons that are made to find rules which never decide.
const MAX_COMPARISONS: usize = 100_000_000;

#[derive(Debug, Default)]
pub(super) struct Checked {
    pub errors: Vec<Problem>,
    pub warnings: Vec<Problem>,
}

impl Checked {
    fn error(&mut self, file: &Arc<str>, line: usize, message: String, help: &str) {
        let help = (!help.is_empty()).then(|| help.to_owned());
        self.errors.push(Problem { place: Place { file: Arc::clone(file), line }, message, help });
    }

    fn warn(&mut self, file: &Arc<str>, line: usize, message: String) {
        self.warnings.push(Problem { place: Place { file: Arc::clone(file), line }, message, help: None });
    }
}

/// Looks at the rules of YAML files, all together.
pub(super) fn rules(layer: &Layer) -> Checked {
    let mut checked = Checked::default();
    let mut names: HashMap<&str, &Rule> = HashMap::new();
    let patterns: usize = layer.rules.iter().map(|rule| rule.channels.len()).sum();
    let searched = patterns.saturating_mul(layer.slow().max(1)) <= MAX_COMPARISONS;
    for (number, rule) in layer.rules.iter().enumerate() {
        if let Some(first) = names.get(&*rule.by.name) {
            let message =
                format!("a second rule `{}`; the first is in {}:{}", cut(&rule.by.name), first.by.file, first.by.line);
            checked.error(&rule.by.file, rule.by.line, message, "decisions name their rule: give each its own name");
        } else {
            names.insert(&rule.by.name, rule);
        }
        numbers(rule, &mut checked);
        readbacks(rule, &mut checked);
        if searched {
            shadows(layer, number, rule, &mut checked);
        }
        wide_open(rule, &mut checked);
    }
    if layer.slow() > MAX_SLOW
        && let Some(rule) = layer.rules.first()
    {
        let more = if searched { "" } else { "; rules that never decide were not looked for" };
        let message = format!(
            "up to {} patterns have no fixed text of their own, such as `re:.*[0-9]`, and are compared one by one{more}",
            layer.slow()
        );
        checked.warn(&rule.by.file, rule.by.line, message);
    }
    checked
}

fn numbers(rule: &Rule, checked: &mut Checked) {
    let attributes = &rule.attributes;
    let (min, max) = (attributes.min.clone().flatten(), attributes.max.clone().flatten());
    let name = cut(&rule.by.name);
    if let (Some(min), Some(max)) = (&min, &max) {
        if min.value > max.value {
            let message = format!("rule `{name}`: min {} is more than max {}", min.value, max.value);
            checked.error(&rule.by.file, min.by.line.max(rule.by.line), message, "");
        } else if min.value.total_cmp(&max.value).is_eq() {
            let message = format!("rule `{name}`: min is max, so {} is all that may be written", min.value);
            checked.warn(&rule.by.file, min.by.line, message);
        }
    }
    let own_limits = [&min, &max].into_iter().flatten().any(|bound| bound.by.name == rule.by.name);
    if attributes.limits_required == Some(false) && own_limits {
        let message = format!("rule `{name}` has limits and says `limits: none`");
        checked.error(&rule.by.file, rule.by.line, message, "leave out one or the other");
    }
    if rule.access() != Access::Write && matches!(rule.effect, Effect::Access(_)) && own_limits {
        checked.warn(&rule.by.file, rule.by.line, format!("rule `{name}` has limits, but lets nobody write"));
    }
}

fn readbacks(rule: &Rule, checked: &mut Checked) {
    let Some(Some(readback)) = &rule.attributes.readback else { return };
    for (line, pattern) in &rule.channels {
        for (matcher, protocol) in
            [(&pattern.epics, crate::channel::Protocol::Ca), (&pattern.tango, crate::channel::Protocol::Tango)]
        {
            let Some(Matcher::Exact(name)) = matcher else { continue };
            let Ok(channel) = crate::channel::Channel::parse(protocol, name) else { continue };
            let message = match (readback.of(&channel), readback) {
                (Some(_), _) => continue,
                (None, super::readback::Readback::Channel(_)) => "is the channel itself; leave it out",
                (None, _) if pattern.epics.is_some() && protocol != crate::channel::Protocol::Ca => continue,
                (None, _) => "gives no other name for it",
            };
            let message = format!("rule `{}`: the readback of {} {message}", cut(&rule.by.name), cut(name));
            if matches!(readback, super::readback::Readback::Channel(_)) {
                checked.error(&rule.by.file, *line, message, "");
            } else {
                checked.warn(&rule.by.file, *line, message);
            }
            break;
        }
    }
    if let (super::readback::Readback::Channel(name), true) =
        (readback, rule.channels.len() > 1 || rule.channels.iter().any(|(_, pattern)| !exact(pattern)))
    {
        let message = format!("rule `{}`: {} is the readback of several channels", cut(&rule.by.name), cut(name));
        checked.warn(&rule.by.file, rule.by.line, message);
    }
}

fn exact(pattern: &Pattern) -> bool {
    [&pattern.epics, &pattern.tango].into_iter().flatten().all(|matcher| matches!(matcher, Matcher::Exact(_)))
}

/// The text to look a pattern up by, if another pattern may be asked whether it covers it.
fn texts(pattern: &Pattern) -> Vec<(bool, String)> {
    if pattern.field.is_some() || pattern.command || pattern.host {
        return Vec::new();
    }
    let text = |matcher: &Option<Matcher>| match matcher {
        Some(Matcher::Exact(name)) => Some(name.to_string()),
        Some(Matcher::Glob(glob)) => Some(glob.text()),
        Some(Matcher::Regex(..)) | None => None,
    };
    [(false, text(&pattern.epics)), (true, text(&pattern.tango))]
        .into_iter()
        .filter_map(|(tango, text)| Some((tango, text?)))
        .collect()
}

fn shadows(layer: &Layer, number: usize, rule: &Rule, checked: &mut Checked) {
    let name = cut(&rule.by.name);
    let denies = matches!(rule.effect, Effect::Deny { .. });
    let mut by: Option<(bool, &Rule)> = None;
    let mut shadowed = 0;
    for (line, pattern) in &rule.channels {
        let texts = texts(pattern);
        let find = |denials: bool| {
            let mut found = None;
            for (tango, text) in &texts {
                found = Some(layer.shadow(number, *tango, text, denials)?);
            }
            found
        };
        let over = if denies {
            None
        } else {
            find(true).map(|rule| (true, rule)).or_else(|| find(false).map(|rule| (false, rule)))
        };
        if let Some((denied, earlier)) = over {
            shadowed += 1;
            by.get_or_insert((denied, earlier));
            let (word, earlier) = (if denied { "is denied" } else { "is decided" }, &earlier.by);
            let message = format!("rule `{name}`: `{}` {word} by {earlier}", cut(&pattern.text));
            checked.warn(&rule.by.file, *line, message);
        }
    }
    if let (Some((false, earlier)), true) = (by, shadowed == rule.channels.len()) {
        let message = format!("rule `{name}` never decides: everything that it names is decided by {}", earlier.by);
        checked.error(&rule.by.file, rule.by.line, message, "move it up, or take it out");
    }
}

fn wide_open(rule: &Rule, checked: &mut Checked) {
    if rule.effect != Effect::Access(Access::Write) || !rule.principals.anybody {
        return;
    }
    for (line, pattern) in &rule.channels {
        let everything = ["A", "zz:99-Z{y}", "0_"]
            .iter()
            .all(|name| pattern.epics.as_ref().is_some_and(|epics| epics.is_match(name)));
        if everything {
            let message =
                format!("rule `{}`: `{}` lets anybody write every channel", cut(&rule.by.name), cut(&pattern.text));
            checked.warn(&rule.by.file, *line, message);
        }
    }
}
