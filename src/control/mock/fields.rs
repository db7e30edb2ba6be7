//! Fields of EPICS records: what `X.EGU`, `X.DRVH` or `X.RBV` say about the channel `X`.

use super::model::{Follow, Model};
use super::types::native;
use crate::channel::{Description, Kind, Protocol, ScalarKind, Value};

/// A field of the record that is this channel; `None` for fields that only a real record has.
pub(super) fn field(protocol: Protocol, record: &str, name: &str, base: &Model) -> Option<Model> {
    let about = &base.about;
    let bound = |bound: Option<f64>| number(protocol, bound.unwrap_or(0.0), about, true);
    Some(match name {
        "EGU" => text(protocol, &about.unit, true),
        "DESC" => text(protocol, &about.text, true),
        "NAME" => text(protocol, record, false),
        "RTYP" => text(protocol, record_type(about), false),
        "PREC" => integer(protocol, about.precision.unwrap_or(0), true),
        "NELM" | "NORD" => {
            let count = about.native.shape.iter().product::<usize>();
            integer(protocol, i32::try_from(count).unwrap_or(i32::MAX), false)
        }
        "DRVH" | "HLM" => bound(about.control.high),
        "DRVL" | "LLM" => bound(about.control.low),
        "HOPR" => bound(about.display.high),
        "LOPR" => bound(about.display.low),
        "HIHI" => bound(about.alarm.high),
        "LOLO" => bound(about.alarm.low),
        "HIGH" => bound(about.warning.high),
        "LOW" => bound(about.warning.low),
        "DMOV" => integer(protocol, 1, false),
        "MOVN" | "UDF" | "PACT" => integer(protocol, 0, false),
        "PROC" | "STOP" | "SPMG" => integer(protocol, 0, true),
        "STAT" => labels(protocol, &["NO_ALARM", "READ", "WRITE", "HIHI", "HIGH", "LOLO", "LOW", "STATE"], false),
        "SEVR" => labels(protocol, &["NO_ALARM", "MINOR", "MAJOR", "INVALID"], false),
        "SCAN" => labels(protocol, &["Passive", "Event", "I/O Intr", "10 second", "1 second", ".1 second"], true),
        "RBV" => {
            let mut model = base.clone();
            model.about.writable = false;
            model.follow = Some(Follow { names: vec![record.to_owned()], place: 0, offset: 0.0 });
            model.followers.clear();
            model
        }
        _ => return None,
    })
}

/// A field that nothing is known about.
pub(super) fn unknown() -> Model {
    let about = Description::of(native(Protocol::Ca, Kind::Number(ScalarKind::F64), Vec::new()));
    Model::of(about, Value::Float(0.0), Protocol::Ca)
}

fn record_type(about: &Description) -> &'static str {
    match (about.native.kind, about.native.is_scalar(), about.writable) {
        (_, false, _) => "waveform",
        (Kind::Number(scalar), _, true) if scalar.is_float() => "ao",
        (Kind::Number(scalar), _, false) if scalar.is_float() => "ai",
        (Kind::Number(_), _, true) => "longout",
        (Kind::Number(_), _, false) => "longin",
        (Kind::Enum, _, true) => "mbbo",
        (Kind::Enum, _, false) => "mbbi",
        (_, _, true) => "stringout",
        (_, _, false) => "stringin",
    }
}

fn made(protocol: Protocol, kind: Kind, writable: bool, value: Value) -> Model {
    let about =
        Description { writable, server: "simulated".to_owned(), ..Description::of(native(protocol, kind, Vec::new())) };
    Model::of(about, value, protocol)
}

fn text(protocol: Protocol, text: &str, writable: bool) -> Model {
    let text = if text.len() > 39 && text.is_char_boundary(39) { text.split_at(39).0 } else { text };
    made(protocol, Kind::Text, writable, Value::Text(text.to_owned()))
}

fn integer(protocol: Protocol, value: i32, writable: bool) -> Model {
    made(protocol, Kind::Number(ScalarKind::I32), writable, Value::Int(value.into()))
}

fn number(protocol: Protocol, value: f64, about: &Description, writable: bool) -> Model {
    let mut model = made(protocol, Kind::Number(ScalarKind::F64), writable, Value::Float(value));
    model.about.unit.clone_from(&about.unit);
    model.about.precision = about.precision;
    model
}

fn labels(protocol: Protocol, labels: &[&str], writable: bool) -> Model {
    let mut model = made(protocol, Kind::Enum, writable, Value::Enum(0));
    model.about.labels = labels.iter().map(|label| (*label).to_owned()).collect();
    model
}
