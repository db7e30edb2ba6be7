//! What a name says about its channel ([`guess`]): so that every name has a likely type, unit, value and limits.

use std::sync::LazyLock;

use super::fields;
use super::model::{Effect, Follow, Initial, Model};
use super::noise::Chance;
use super::quantities::{GUESSES, Quantity, Sort, UNKNOWN};
use super::types::native;
use crate::channel::{Channel, Description, Kind, Part, Protocol, Range, ScalarKind, Value};

/// Tango's states, by number.
pub(super) const TANGO_STATES: [&str; 14] = [
    "ON", "OFF", "CLOSE", "OPEN", "INSERT", "EXTRACT", "MOVING", "STANDBY", "FAULT", "INIT", "RUNNING", "ALARM",
    "DISABLE", "UNKNOWN",
];

/// Last words of a setpoint's name, and of its readback's.
const SETPOINTS: [&str; 5] = ["sp", "set", "setpoint", "cmd", "req"];
const READBACKS: [(&str, &str); 8] = [
    ("rb", "sp"),
    ("rbv", ""),
    ("get", "set"),
    ("readback", "setpoint"),
    ("rdbk", "sp"),
    ("mon", "sp"),
    ("act", "req"),
    ("read", "set"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Plain,
    Setpoint,
    Readback,
}

/// The words, by their first letter: (word, stands alone, other word, place in the table).
type Word = (&'static str, bool, Option<&'static str>, usize);
static WORDS: LazyLock<[Vec<Word>; 26]> = LazyLock::new(|| {
    let mut words: [Vec<Word>; 26] = std::array::from_fn(|_| Vec::new());
    for (place, guess) in GUESSES.iter().enumerate() {
        for word in guess.words {
            let (alone, rest) = word.strip_prefix('=').map_or((false, *word), |rest| (true, rest));
            let (first, other) = rest.split_once(' ').map_or((rest, None), |(first, other)| (first, Some(other)));
            if let Some(list) =
                first.bytes().next().and_then(|byte| words.get_mut(usize::from(byte.wrapping_sub(b'a'))))
            {
                list.push((first, alone, other, place));
            }
        }
    }
    words
});

/// The best match in a name of lower-case letters.
fn sort_of(name: &str, only_quantities: bool) -> Option<Sort> {
    let bytes = name.as_bytes();
    let letter = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_lowercase);
    for at in (0..bytes.len()).rev() {
        let Some(list) = bytes.get(at).and_then(|byte| WORDS.get(usize::from(byte.wrapping_sub(b'a')))) else {
            continue;
        };
        let rest = bytes.get(at..).unwrap_or(&[]);
        let fits = |(word, alone, other, place): &Word| {
            let found = rest.starts_with(word.as_bytes())
                && (!alone || (!letter(at.checked_sub(1)) && !letter(at.checked_add(word.len()))))
                && other.is_none_or(|other| name.contains(other));
            let sort = GUESSES.get(*place).map(|guess| guess.sort).filter(|_| found)?;
            (!only_quantities || matches!(sort, Sort::Quantity(_))).then_some((
                word.len(),
                other.is_some(),
                *place,
                sort,
            ))
        };
        let best =
            list.iter().filter_map(fits).max_by_key(|(length, more, place, _)| (*length, *more, usize::MAX - place));
        if let Some((.., sort)) = best {
            return Some(sort);
        }
    }
    None
}

/// Where a name ends in a word that says what it is for: the role, the name without the word, its separator, and the last
/// word of its setpoint's name.
fn role_of(name: &str) -> (Role, &str, &str, &'static str) {
    if let Some(at) = name.rfind([':', '_', '-', '.'])
        && let (Some(stem), Some(separator), Some(last)) = (name.get(..at), name.get(at..=at), name.get(at + 1..))
        && !stem.is_empty()
    {
        if let Some((_, twin)) = READBACKS.iter().find(|(word, _)| last.eq_ignore_ascii_case(word)) {
            return (Role::Readback, stem, separator, twin);
        }
        if SETPOINTS.iter().any(|word| last.eq_ignore_ascii_case(word)) {
            return (Role::Setpoint, stem, separator, "");
        }
    }
    (Role::Plain, name, "", "")
}

/// The channel that a name stands for. `None` for a Tango command that devices do not have.
pub(super) fn guess(channel: &Channel, chance: &Chance) -> Option<Model> {
    match channel.part() {
        Part::Command => command(channel),
        Part::Field => {
            let (record, field) = channel.field()?;
            let base = value(channel.protocol(), record, chance);
            Some(fields::field(channel.protocol(), record, field, &base).unwrap_or_else(fields::unknown))
        }
        Part::Attribute => Some(match channel.tango_parts() {
            Some((_, "state")) => state(channel.protocol()),
            Some((_, "status")) => {
                let about =
                    Description { writable: false, ..Description::of(native(Protocol::Tango, Kind::Text, Vec::new())) };
                let mut model = Model::of(about, Value::None, Protocol::Tango);
                model.initial = Initial::StatusOf(sibling(channel.name(), "state"));
                model
            }
            _ => value(channel.protocol(), channel.name(), chance),
        }),
        Part::Value => Some(value(channel.protocol(), channel.name(), chance)),
    }
}

fn value(protocol: Protocol, name: &str, chance: &Chance) -> Model {
    // The last part of a Tango name, and its suffix, are all that roles look at.
    let (role, stem, separator, twin) = role_of(name);
    let words = stem.to_ascii_lowercase();
    let words =
        words.strip_prefix("tango://").and_then(|rest| rest.split_once('/')).map_or(words.as_str(), |(_, rest)| rest);
    let words = words.split_once('#').map_or(words, |(words, _)| words);
    let own = chance.of_name(stem);
    let mut model = match sort_of(words, false) {
        Some(Sort::Quantity(quantity)) => scalar(protocol, &quantity, own, role),
        Some(Sort::Labels(labels, first, settable)) => {
            let labels = labels.iter().map(|label| (*label).to_owned()).collect();
            let about = Description { labels, writable: settable, ..plain(protocol, Kind::Enum) };
            Model::of(about, Value::Enum(first), protocol)
        }
        Some(Sort::Text(text, settable)) => {
            let text = if text.is_empty() { stem.get(..stem.len().min(39)).unwrap_or("") } else { text };
            let about = Description { writable: settable, ..plain(protocol, Kind::Text) };
            Model::of(about, Value::Text(text.to_owned()), protocol)
        }
        Some(Sort::Count(first, most, observed)) => {
            let control = Range::of_bounds(0.0, f64::from(most));
            let kind = Kind::Number(ScalarKind::I32);
            let about = Description { writable: !observed, control, display: control, ..plain(protocol, kind) };
            Model::of(about, Value::Int(first.into()), protocol)
        }
        Some(Sort::Row(length)) => {
            let quantity = match sort_of(words, true) {
                Some(Sort::Quantity(quantity)) => quantity,
                _ => Quantity { nominal: 0.0, noise: 0.001, ..UNKNOWN },
            };
            wave(protocol, (ScalarKind::F64, vec![length]), &quantity, own)
        }
        Some(Sort::Image(rows, columns)) => {
            // Channel Access knows rows only.
            let shape = if protocol == Protocol::Ca { vec![rows * columns] } else { vec![rows, columns] };
            let quantity = Quantity { nominal: 100.0, spread: 80.0, noise: 2.0, ..UNKNOWN };
            wave(protocol, (ScalarKind::U8, shape), &quantity, own)
        }
        None => scalar(protocol, &UNKNOWN, own, role),
    };
    match role {
        Role::Plain => {}
        Role::Setpoint => (model.about.writable, model.noise) = (true, 0.0),
        Role::Readback => {
            model.about.writable = false;
            model.follow = Some(Follow { names: setpoints(name, stem, separator, twin), place: 0, offset: 0.0 });
        }
    }
    model
}

/// What a readback's setpoint may be called, the likeliest first.
fn setpoints(name: &str, stem: &str, separator: &str, twin: &str) -> Vec<String> {
    let lower = name.bytes().last().is_some_and(|byte| byte.is_ascii_lowercase());
    let spelled = |word: &str| {
        if word.is_empty() {
            stem.to_owned()
        } else if lower {
            format!("{stem}{separator}{word}")
        } else {
            format!("{stem}{separator}{}", word.to_ascii_uppercase())
        }
    };
    let others = SETPOINTS.iter().copied().chain([""]).filter(|word| *word != twin);
    std::iter::once(twin).chain(others).map(spelled).collect()
}

fn plain(protocol: Protocol, kind: Kind) -> Description {
    Description { server: "simulated".to_owned(), ..Description::of(native(protocol, kind, Vec::new())) }
}

fn scalar(protocol: Protocol, quantity: &Quantity, own: f64, role: Role) -> Model {
    let bounds = |(low, high): (f64, f64)| Range::of_bounds(low, high);
    let about = Description {
        writable: !quantity.measured,
        unit: quantity.unit.to_owned(),
        precision: Some(quantity.precision),
        control: bounds(quantity.limits),
        display: bounds(quantity.limits),
        warning: bounds(quantity.warning),
        alarm: bounds(quantity.alarm),
        ..plain(protocol, Kind::Number(ScalarKind::F64))
    };
    let mut model = Model::of(about, Value::Float(quantity.nominal + quantity.spread * own), protocol);
    if quantity.measured || role == Role::Readback {
        model.noise = quantity.noise;
    }
    model
}

fn wave(protocol: Protocol, (kind, shape): (ScalarKind, Vec<usize>), quantity: &Quantity, own: f64) -> Model {
    let about = Description {
        native: native(protocol, Kind::Number(kind), shape.clone()),
        writable: false,
        unit: quantity.unit.to_owned(),
        precision: Some(quantity.precision),
        ..plain(protocol, Kind::Number(kind))
    };
    let mut model = Model::of(about, Value::None, protocol);
    let height = if quantity.spread > 0.0 { quantity.spread } else { 1.0 };
    model.initial = Initial::Wave { kind, shape, middle: quantity.nominal, height, phase: own };
    model.noise = quantity.noise;
    model
}

fn state(protocol: Protocol) -> Model {
    let labels = TANGO_STATES.iter().map(|label| (*label).to_owned()).collect();
    let mut about = Description { labels, writable: false, ..plain(protocol, Kind::Enum) };
    "DevState".clone_into(&mut about.native.name);
    Model::of(about, Value::Enum(0), protocol)
}

/// Another attribute of the device of a Tango channel.
pub(super) fn sibling(name: &str, attribute: &str) -> String {
    let (path, suffix) = name.split_once('#').map_or((name, ""), |(path, _)| (path, "#dbase=no"));
    let device = path.rsplit_once('/').map_or(path, |(device, _)| device);
    format!("{device}/{attribute}{suffix}")
}

fn command(channel: &Channel) -> Option<Model> {
    let (_, name) = channel.tango_parts()?;
    let state_name = sibling(channel.name(), "state");
    let sets =
        |index| Effect::Set { sets: vec![(state_name.clone(), Some(Value::Enum(index)))], returns: Some(Value::None) };
    let (mut about, effect) = match name {
        "state" => (state(Protocol::Tango).about, Effect::Read(state_name.clone())),
        "status" => (plain(Protocol::Tango, Kind::Text), Effect::Read(sibling(channel.name(), "status"))),
        "on" | "init" | "reset" => (plain(Protocol::Tango, Kind::None), sets(0)),
        "off" => (plain(Protocol::Tango, Kind::None), sets(1)),
        "standby" => (plain(Protocol::Tango, Kind::None), sets(7)),
        _ => return None,
    };
    about.argument = Some(native(Protocol::Tango, Kind::None, Vec::new()));
    about.writable = true;
    about.readable = false;
    let mut model = Model::of(about, Value::None, Protocol::Tango);
    model.effect = effect;
    Some(model)
}
