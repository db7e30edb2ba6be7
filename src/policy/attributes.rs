//! [`Attributes`]: what a rule, or `defaults`, says about writing; a rule's own word goes before the default.

use std::sync::Arc;
use std::time::Duration;

use crate::channel::AlarmSeverity;

use super::condition::{Allowed, MachineCondition};
use super::decision::{Bound, Confirm, RuleRef, Verify};
use super::node::{Entry, Keys, NodeKind, Scalar};
use super::readback::Readback;
use super::source::{Findings, cut};
use super::units::{self, Rate, Tolerance};
use super::window::TimeWindow;

/// What a rule may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    None,
    Read,
    Write,
}

/// The keys of [`Attributes`].
pub(super) const ATTRIBUTES: [&str; 20] = [
    "access",
    "fields",
    "min",
    "max",
    "max_step",
    "values",
    "limits",
    "rate",
    "read_rate",
    "confirm",
    "verify",
    "readback",
    "tolerance",
    "settle",
    "refuse_alarm",
    "allow_nan",
    "when",
    "max_elements",
    "read_max_elements",
    "reason",
];

/// A value that may be lifted by the word `none`.
pub(super) type Liftable<T> = Option<Option<T>>;

#[derive(Debug, Clone, Default)]
pub(super) struct Attributes {
    pub access: Option<Access>,
    pub fields: Option<Arc<[Box<str>]>>,
    pub min: Liftable<Bound>,
    pub max: Liftable<Bound>,
    pub max_step: Liftable<Bound>,
    pub values: Liftable<(Arc<[Allowed]>, RuleRef)>,
    pub limits_required: Option<bool>,
    pub rate: Liftable<(Rate, RuleRef)>,
    pub read_rate: Liftable<Rate>,
    pub confirm: Option<Confirm>,
    pub verify: Option<Verify>,
    pub readback: Liftable<Readback>,
    pub tolerance: Liftable<Tolerance>,
    pub settle: Option<Duration>,
    pub refuse_alarm: Liftable<AlarmSeverity>,
    pub allow_nan: Option<bool>,
    pub time: Option<Arc<[TimeWindow]>>,
    pub conditions: Option<Vec<Arc<MachineCondition>>>,
    pub max_elements: Option<usize>,
    pub read_max_elements: Option<usize>,
    pub reason: Option<Arc<str>>,
}

/// The value of a key, or `None` inside for the word `none`.
fn liftable<T>(entry: &Entry, findings: &mut Findings, read: impl FnOnce(&mut Findings) -> Option<T>) -> Liftable<T> {
    if entry.value.scalar() == Some(Scalar::Text("none".to_owned())) {
        return Some(None);
    }
    read(findings).map(Some)
}

fn parsed<T>(entry: &Entry, findings: &mut Findings, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
    let text = entry.text(findings)?;
    parse(text).map_err(|message| findings.error(entry.value.line, format!("`{}`: {message}", entry.key))).ok()
}

/// `0.01`, or `1%`.
fn tolerance(entry: &Entry, findings: &mut Findings) -> Option<Tolerance> {
    let tolerance = match entry.value.scalar() {
        Some(Scalar::Text(text)) if text.ends_with('%') => {
            let number: Option<f64> =
                text.trim_end_matches('%').trim_end().parse().ok().filter(|part: &f64| part.is_finite());
            let Some(number) = number else {
                findings.error(
                    entry.value.line,
                    format!("`{}` is `{}`, but should be a number or per cent: 0.01, 1%", entry.key, cut(&text)),
                );
                return None;
            };
            Tolerance { absolute: None, relative: Some(number / 100.0) }
        }
        _ => Tolerance { absolute: Some(entry.number(findings)?), relative: None },
    };
    if tolerance.absolute.or(tolerance.relative).is_some_and(|number| number < 0.0) {
        findings.error(entry.value.line, format!("`{}` is negative", entry.key));
        return None;
    }
    Some(tolerance)
}

impl Attributes {
    /// Reads them from a mapping of which the keys are known already.
    pub(super) fn read(keys: &Keys<'_>, rule: &RuleRef, findings: &mut Findings) -> Self {
        let mut own = Self::default();
        let f = findings;
        let bound = |key: &str, f: &mut Findings| {
            let entry = keys.get(key)?;
            liftable(entry, f, |f| {
                let value = entry.number(f)?;
                Some(Bound { value, by: rule.at(entry.line) })
            })
        };
        own.min = bound("min", f);
        own.max = bound("max", f);
        own.max_step = bound("max_step", f);
        if let Some(Some(step)) = &own.max_step
            && step.value <= 0.0
        {
            f.error_with(
                step.by.line,
                "`max_step` should be more than 0",
                "to forbid writing, say `access: read`".to_owned(),
            );
        }
        if let Some(entry) = keys.get("access") {
            let words = [("write", Access::Write), ("read", Access::Read), ("none", Access::None)];
            own.access = entry.word(&words, f);
        }
        own.fields = keys.get("fields").map(|entry| fields(entry, f));
        own.values = keys.get("values").and_then(|entry| {
            liftable(entry, f, |f| Some((Allowed::read_list(&entry.value, "values", f).into(), rule.at(entry.line))))
        });
        own.limits_required =
            keys.get("limits").and_then(|entry| entry.word(&[("required", true), ("none", false)], f));
        own.rate = keys
            .get("rate")
            .and_then(|entry| liftable(entry, f, |f| Some((parsed(entry, f, units::rate)?, rule.at(entry.line)))));
        own.read_rate = keys.get("read_rate").and_then(|entry| liftable(entry, f, |f| parsed(entry, f, units::rate)));
        own.confirm = keys.get("confirm").and_then(|entry| {
            entry.word(&[("always", Confirm::Always), ("plan", Confirm::Plan), ("never", Confirm::Never)], f)
        });
        own.verify = keys.get("verify").and_then(|entry| {
            entry.word(&[("readback", Verify::Readback), ("callback", Verify::Callback), ("none", Verify::None)], f)
        });
        own.readback = keys.get("readback").and_then(|entry| liftable(entry, f, |f| parsed(entry, f, Readback::parse)));
        own.tolerance = keys.get("tolerance").and_then(|entry| liftable(entry, f, |f| tolerance(entry, f)));
        own.settle = keys.get("settle").and_then(|entry| parsed(entry, f, units::duration));
        own.refuse_alarm = keys.get("refuse_alarm").and_then(|entry| {
            let words = [
                ("minor", Some(AlarmSeverity::Minor)),
                ("major", Some(AlarmSeverity::Major)),
                ("invalid", Some(AlarmSeverity::Invalid)),
                ("never", None),
            ];
            entry.word(&words, f)
        });
        own.allow_nan = keys.get("allow_nan").and_then(|entry| entry.truth(f));
        own.max_elements = keys.get("max_elements").and_then(|entry| entry.count(f));
        own.read_max_elements = keys.get("read_max_elements").and_then(|entry| entry.count(f));
        own.reason = keys.get("reason").and_then(|entry| entry.text(f).map(Arc::from));
        if let Some(entry) = keys.get("when") {
            own.read_when(entry, rule, f);
        }
        own
    }

    fn read_when(&mut self, entry: &Entry, rule: &RuleRef, findings: &mut Findings) {
        let Some(keys) = Keys::of(&entry.value, "`when`", &["time", "machine"], findings) else { return };
        let items = |entry: &Entry, findings: &mut Findings| match &entry.value.kind {
            NodeKind::List(items) => {
                if items.is_empty() {
                    findings.error(entry.value.line, format!("`{}` is an empty list", entry.key));
                }
                items.clone()
            }
            _ => vec![entry.value.clone()],
        };
        if let Some(entry) = keys.get("time") {
            let windows = items(entry, findings);
            self.time = Some(windows.iter().filter_map(|node| TimeWindow::read(node, findings)).collect());
        }
        if let Some(entry) = keys.get("machine") {
            let nodes = items(entry, findings);
            let read = |node| MachineCondition::read(node, rule, findings).map(Arc::new);
            self.conditions = Some(nodes.iter().filter_map(read).collect());
        }
    }

    /// Its own words, and those of `defaults` where it says nothing.
    pub(super) fn over(self, defaults: &Self) -> Self {
        let d = defaults.clone();
        Self {
            access: self.access.or(d.access),
            fields: self.fields.or(d.fields),
            min: self.min.or(d.min),
            max: self.max.or(d.max),
            max_step: self.max_step.or(d.max_step),
            values: self.values.or(d.values),
            limits_required: self.limits_required.or(d.limits_required),
            rate: self.rate.or(d.rate),
            read_rate: self.read_rate.or(d.read_rate),
            confirm: self.confirm.or(d.confirm),
            verify: self.verify.or(d.verify),
            readback: self.readback.or(d.readback),
            tolerance: self.tolerance.or(d.tolerance),
            settle: self.settle.or(d.settle),
            refuse_alarm: self.refuse_alarm.or(d.refuse_alarm),
            allow_nan: self.allow_nan.or(d.allow_nan),
            time: self.time.or(d.time),
            conditions: self.conditions.or(d.conditions),
            max_elements: self.max_elements.or(d.max_elements),
            read_max_elements: self.read_max_elements.or(d.read_max_elements),
            reason: self.reason.or(d.reason),
        }
    }
}

fn fields(entry: &Entry, findings: &mut Findings) -> Arc<[Box<str>]> {
    let mut fields = Vec::new();
    for (line, text) in entry.texts(findings) {
        let good = (1..=8).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if text == "VAL" {
            findings.warn(line, "`fields` need not name VAL: it is the record's value");
        } else if good {
            fields.push(text.into());
        } else {
            findings.error(line, format!("`{}` is no field's name: capitals, such as PREC", cut(text)));
        }
    }
    fields.into()
}
