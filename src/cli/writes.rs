//! Planned and made writes, as people and as machines read them.

use anstream::eprintln;
use anstyle::{AnsiColor, Style};
use serde_json::{Value as Json, json};

use super::launch::plain;
use crate::approval::{Incomplete, Operation, Plan, PlannedWrite, Verdict};
use crate::channel::{AlarmSeverity, Range, Value, WriteOutcome, rounded};
use crate::gate::{Applied, AppliedWrite, short};

/// One planned write in `--json`. Its names are a contract: see `docs/command-line.md`.
pub(super) fn json(write: &PlannedWrite) -> Json {
    let value = |value: Option<&Value>, label: Option<&String>| match (value, label) {
        (Some(value), Some(label)) => json!({ "index": short(value), "label": label }),
        (Some(value), None) => short(value).unwrap_or_else(|| json!(value.to_string())),
        (None, _) => Json::Null,
    };
    json!({
        "order": write.order,
        "operation": write.operation,
        "protocol": write.channel.protocol(),
        "channel": write.channel.name(),
        "before": value(write.before.as_ref(), write.labels.0.as_ref()),
        "value": value(Some(&write.value), write.labels.1.as_ref()),
        "unit": write.unit,
        "step": write.step(),
        "limits": [write.limits.low, write.limits.high],
        "max_step": write.max_step,
        "alarm": write.alarm,
        "line": write.line,
        "verdict": if write.is_allowed() { "allowed" } else { "refused" },
        "refusal": match write.verdict { Verdict::Allowed => None, Verdict::Refused(refusal) => Some(refusal) },
        "reasons": write.reasons,
        "rule": write.rule,
        "at": write.at,
    })
}

/// One made write in `--json`.
pub(super) fn applied_json(write: &AppliedWrite) -> Json {
    let value =
        |value: &Option<Value>| value.as_ref().map(|value| short(value).unwrap_or_else(|| json!(value.to_string())));
    json!({
        "n": write.n,
        "operation": write.operation,
        "protocol": write.channel.protocol(),
        "channel": write.channel.name(),
        "before": value(&write.before),
        "value": value(&Some(write.value.clone())),
        "readback": value(&write.readback),
        "outcome": write.outcome,
        "reason": write.reason,
        "message": write.message,
        "planned": write.planned,
        "takes_back": write.takes_back,
    })
}

fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(colour.into()))
}

/// A value, exact where nine digits would not tell it from what it is compared with.
pub(super) fn shown(value: &Value, other: Option<&Value>) -> String {
    match (value, other) {
        (Value::Float(a), Some(Value::Float(b))) if rounded(*a) == rounded(*b) && a.to_bits() != b.to_bits() => {
            a.to_string()
        }
        (Value::Text(text), _) if text.chars().count() > 60 => {
            format!("{:?}… ({} characters)", text.chars().take(60).collect::<String>(), text.chars().count())
        }
        (Value::Array(array), _) if array.len() > 4 => {
            let (low, high) =
                array.floats().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
            let changed = match other {
                Some(Value::Array(before)) if before.len() == array.len() => {
                    let differ =
                        array.floats().zip(before.floats()).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
                    format!(", {differ} changed")
                }
                _ => String::new(),
            };
            format!("{value} from {} to {}{changed}", rounded(low), rounded(high))
        }
        _ => value.to_string(),
    }
}

fn named(value: &Value, other: Option<&Value>, label: Option<&String>) -> String {
    match label {
        Some(label) => format!("{} ({value})", plain(label)),
        None => plain(&shown(value, other)),
    }
}

/// What is done to a channel, on one line: `X:SP  1 → 1.2 A`.
fn change(write: &PlannedWrite) -> String {
    let value = named(&write.value, write.before.as_ref(), write.labels.1.as_ref());
    let unit = if write.unit.is_empty() { String::new() } else { format!(" {}", plain(&write.unit)) };
    match (write.operation, &write.before) {
        (Operation::Command, _) => format!("called with {value}"),
        (Operation::Write, Some(before)) => {
            format!("{} → {value}{unit}", named(before, Some(&write.value), write.labels.0.as_ref()))
        }
        (Operation::Write, None) => format!("→ {value}{unit}"),
    }
}

/// A plan as people read it.
pub(super) fn show_plan(plan: &Plan, simulated: bool) {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    if plan.writes.is_empty() {
        eprintln!("  {dim}plan{dim:#}      no writes");
        return;
    }
    let machine = plain(&plan.fingerprint.control_system);
    let warning = if simulated { format!("{dim} (nothing real){dim:#}") } else { String::new() };
    let count = plan.writes.len();
    let plural = if count == 1 { "write" } else { "writes" };
    eprintln!("\n{bold}plan{bold:#} {} · {machine}{warning} · {count} {plural}, none made", plan.id);
    let width = plan.writes.iter().map(|write| write.channel.name().chars().count()).max().unwrap_or(0).min(40);
    if plan.writes.len() > MANY {
        summary(plan, width);
    }
    for write in &plan.writes {
        show_planned(write, width);
    }
    if let Some(why) = &plan.incomplete {
        let red = colour(AnsiColor::Red).bold();
        eprintln!("{red}incomplete{red:#}: {}", plain(&incomplete(why)));
    }
}

/// Plans with more writes are summed up by channel first.
const MANY: usize = 12;

/// Each channel once: one odd write among a thousand must not be missed.
fn summary(plan: &Plan, width: usize) {
    let mut channels: Vec<(&str, Vec<&PlannedWrite>)> = Vec::new();
    for write in &plan.writes {
        match channels.iter_mut().find(|(name, _)| *name == write.channel.name()) {
            Some((_, writes)) => writes.push(write),
            None => channels.push((write.channel.name(), vec![write])),
        }
    }
    for (name, writes) in channels {
        let numbers = || writes.iter().filter_map(|write| write.value.as_float());
        let (low, high) =
            numbers().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let span = if low <= high { format!("  from {} to {}", rounded(low), rounded(high)) } else { String::new() };
        let step = writes.iter().filter_map(|write| write.step()).map(f64::abs).fold(0.0, f64::max);
        let step = if step > 0.0 { format!(", largest step {}", rounded(step)) } else { String::new() };
        let refused = writes.iter().filter(|write| !write.is_allowed()).count();
        let refused = if refused > 0 { format!(", {refused} refused") } else { String::new() };
        eprintln!("      {:<width$}  {} writes{span}{step}{refused}", plain(name), writes.len());
    }
}

fn show_planned(write: &PlannedWrite, width: usize) {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let channel = plain(write.channel.name());
    let line = write.line.map(|line| format!("  {dim}line {line}{dim:#}")).unwrap_or_default();
    eprintln!("{:>4}  {bold}{channel:<width$}{bold:#}  {}{line}", write.order, change(write));
    let mut notes = Vec::new();
    if let Some(step) = write.step() {
        let most = write.max_step.map(|most| format!(" of at most {most}")).unwrap_or_default();
        notes.push(format!("step {}{}{most}", if step < 0.0 { "" } else { "+" }, rounded(step)));
    }
    if write.operation == Operation::Write {
        notes.push(format!("limits {}", range(write.limits)));
    }
    if write.at > 0.0 {
        notes.push(format!("after {:.1} s", write.at));
    }
    if !notes.is_empty() {
        eprintln!("      {dim}{}{dim:#}", notes.join(" · "));
    }
    if write.alarm != AlarmSeverity::None {
        let yellow = colour(AnsiColor::Yellow);
        eprintln!("      {yellow}the channel or its readback is in alarm: {:?}{yellow:#}", write.alarm);
    }
    match write.verdict {
        Verdict::Allowed => {
            let green = colour(AnsiColor::Green);
            eprintln!("      {green}allowed{green:#} {dim}by {}{dim:#}", plain(write.rule.as_deref().unwrap_or("")));
        }
        Verdict::Refused(refusal) => {
            let red = colour(AnsiColor::Red).bold();
            let why = write.reasons.last().map(|reason| plain(reason)).unwrap_or_default();
            eprintln!("      {red}refused{red:#} {}: {why}", refusal.word());
        }
    }
}

fn range(range: Range) -> String {
    match (range.low, range.high) {
        (Some(low), Some(high)) => format!("{low} … {high}"),
        (Some(low), None) => format!("from {low}"),
        (None, Some(high)) => format!("to {high}"),
        (None, None) => "none".to_owned(),
    }
}

/// Why a plan does not show everything, and what can be done.
pub(super) fn incomplete(why: &Incomplete) -> String {
    match why {
        Incomplete::Waiting { channel: Some(channel), reads, seconds } => format!(
            "after the last planned write the program read {channel} {reads} times in {seconds:.0} virtual seconds and was \
still waiting. A plan moves only what is written: give the written channel's rule `readback: {channel}` if that is what \
follows it, or a time-out to the program. An incomplete plan cannot be approved"
        ),
        Incomplete::Waiting { channel: None, seconds, .. } => format!(
            "the program was still waiting {seconds:.0} virtual seconds after the first planned write; allow more with \
--plan-time, or give the program an end. An incomplete plan cannot be approved"
        ),
        Incomplete::TooManyWrites { limit } => format!(
            "the program makes more than the {limit} writes that a plan may have (--max-writes). An incomplete plan cannot \
be approved"
        ),
        Incomplete::Ended { status } => format!(
            "the program did not run to its end ({}); what it would have written after that is not known. An incomplete \
plan cannot be approved",
            status.replace('_', " ")
        ),
    }
}

/// What became of the writes, as people read it.
pub(super) fn show_applied(applied: &Applied) {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let width = applied.writes.iter().map(|write| write.channel.name().chars().count()).max().unwrap_or(0).min(40);
    for write in &applied.writes {
        let style = match write.outcome {
            WriteOutcome::Confirmed => colour(AnsiColor::Green),
            WriteOutcome::Unconfirmed => colour(AnsiColor::Yellow),
            _ => colour(AnsiColor::Red).bold(),
        };
        let channel = plain(write.channel.name());
        let before = write.before.as_ref().map(|before| format!("{before} → ")).unwrap_or_default();
        let back = write.takes_back.map(|n| format!(" {dim}(takes back {n}){dim:#}")).unwrap_or_default();
        let word = write.outcome.as_str();
        eprintln!(
            "{:>4}  {bold}{channel:<width$}{bold:#}  {}{}  {style}{word}{style:#}{back}",
            write.n,
            plain(&before),
            plain(&write.value.to_string())
        );
        if !write.outcome.is_good() {
            let reason = write.reason.as_deref().map(|reason| format!("{}: ", plain(reason))).unwrap_or_default();
            eprintln!("      {reason}{}", plain(&write.message));
        }
    }
    if let Some(stopped) = &applied.stopped {
        let red = colour(AnsiColor::Red).bold();
        eprintln!("{red}stopped{red:#}: {}", plain(stopped));
    }
    if !applied.left.is_empty() {
        let orders: Vec<String> = applied.left.iter().map(ToString::to_string).collect();
        eprintln!("{bold}not made{bold:#}: planned writes {}", orders.join(", "));
    }
}
