//! PV Access structures of all kinds, from real servers.

use aerie::channel::{AlarmSeverity, Array, Kind, Range, ScalarKind, Value};
use aerie::control::{Called, ControlError, ControlSystem, Put};

use crate::epics::{put, pva, pva_name, value, within, wrong};
use crate::servers::{Ioc, Kind as Server};

fn field<'a>(value: &'a Value, name: &str) -> &'a Value {
    let Value::Structure(_, fields) = value else { panic!("{value:?} is no structure") };
    fields.iter().find(|(field, _)| field == name).map_or_else(|| panic!("{value:?} has no {name}"), |(_, value)| value)
}

fn texts(texts: &[&str]) -> Value {
    Value::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
}

#[tokio::test]
async fn pva_enumerations_are_written_by_index_only() {
    for kind in [Server::Base, Server::P4p] {
        let ioc = Ioc::start(kind);
        let system = pva(&ioc);
        let channel = pva_name(&ioc, "MODE");
        let about = system.describe(&channel, within(5.0)).await.unwrap();
        assert_eq!((about.native.kind, about.native.name.as_str()), (Kind::Enum, "enum_t"));
        assert_eq!(about.labels.get(..3), Some(["Off", "Standby", "On"].map(str::to_owned).as_slice()));
        let beyond = u32::try_from(about.labels.len()).unwrap();
        put(&system, &channel, Value::Enum(2)).await;
        assert_eq!(value(&system, &channel).await, Value::Enum(2));
        for bad in [
            Value::Enum(beyond),
            Value::Enum(u32::MAX),
            Value::Int(1),
            Value::Text("Off".to_owned()),
            Value::Text("1".to_owned()),
            Value::Float(1.0),
        ] {
            wrong(&system, &channel, bad).await;
        }
        assert_eq!(ioc.witness().pva_get(&ioc.name("MODE"))["index"], 2);
    }
}

#[tokio::test]
async fn pva_text_never_becomes_a_number() {
    for kind in [Server::Base, Server::P4p] {
        let ioc = Ioc::start(kind);
        let system = pva(&ioc);
        let channel = pva_name(&ioc, "SET");
        for bad in [
            Value::Text("abc".to_owned()),
            Value::Text("3".to_owned()),
            Value::Int(3),
            Value::Bool(true),
            Value::Enum(0),
            Value::None,
            Value::Array(Array::of_doubles(&[1.0])),
            texts(&["1"]),
        ] {
            wrong(&system, &channel, bad).await;
        }
        assert_eq!(ioc.witness().pva_get(&ioc.name("SET")), 10.0);
    }
}

#[tokio::test]
async fn pva_scalars_and_rows_are_exact() {
    let ioc = Ioc::start(Server::P4p);
    let system = pva(&ioc);
    let ints = |numbers: &[i32]| {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        Value::Array(Array::new(ScalarKind::I32, vec![numbers.len()], bytes).unwrap())
    };
    for (record, name, before, after, bad) in [
        ("I64", "long", Value::Int((1 << 53) + 1), Value::Int(i128::from(i64::MIN)), Value::Int(1 << 63)),
        ("U64", "ulong", Value::Int(i128::from(u64::MAX)), Value::Int((1 << 63) + 1), Value::Int(-1)),
        ("BYTE", "byte", Value::Int(-5), Value::Int(127), Value::Int(128)),
        ("FLAG", "boolean", Value::Bool(true), Value::Bool(false), Value::Int(1)),
        ("NAME", "string", Value::Text("hello".to_owned()), Value::Text("µ".repeat(100)), Value::Int(1)),
        ("STRINGS", "string[]", texts(&["one", "two", ""]), texts(&["µ"]), Value::Text("one".to_owned())),
        ("INTS", "int[]", ints(&[1, -2, 3]), ints(&[]), Value::Array(Array::of_doubles(&[1.0]))),
        (
            "WF",
            "double[]",
            Value::Array(Array::of_doubles(&[0.5, 1.5, 2.5])),
            Value::Array(Array::of_doubles(&[f64::INFINITY; 1000])),
            Value::Float(1.0),
        ),
    ] {
        let channel = pva_name(&ioc, record);
        assert_eq!(system.describe(&channel, within(5.0)).await.unwrap().native.name, name);
        assert_eq!(value(&system, &channel).await, before, "{record}");
        wrong(&system, &channel, bad).await;
        put(&system, &channel, after.clone()).await;
        assert_eq!(value(&system, &channel).await, after, "{record}");
    }
    let base = Ioc::shared(Server::Base);
    let system = self::pva(base);
    assert_eq!(value(&system, &pva_name(base, "I64")).await, Value::Int(9_007_199_254_740_993));
}

#[tokio::test]
async fn pva_structures_are_read_and_not_written() {
    let ioc = Ioc::shared(Server::P4p);
    let system = pva(ioc);
    let table = value(&system, &pva_name(ioc, "TABLE")).await;
    assert!(matches!(&table, Value::Structure(id, _) if id.starts_with("epics:nt/NTTable:")), "{table:?}");
    assert_eq!(field(&table, "labels"), &texts(&["name", "current"]));
    assert_eq!(field(field(&table, "value"), "name"), &texts(&["Q1", "Q2"]));
    assert_eq!(field(field(&table, "value"), "current"), &Value::Array(Array::of_doubles(&[1.5, -2.5])));
    // An image is an array of rows: its first dimension is the fastest.
    let image = value(&system, &pva_name(ioc, "IMAGE")).await;
    let Value::Array(pixels) = &image else { panic!("{image:?}") };
    assert_eq!((pixels.kind(), pixels.shape()), (ScalarKind::U16, &[3, 4][..]));
    let point = value(&system, &pva_name(ioc, "POINT")).await;
    assert_eq!(field(&point, "label"), &Value::Text("home".to_owned()));
    let about = system.describe(&pva_name(ioc, "POINT"), within(5.0)).await.unwrap();
    assert_eq!((about.native.kind, about.native.name.as_str()), (Kind::Structure, "aerie:test/Point:1.0"));
    for record in ["TABLE", "IMAGE", "POINT"] {
        let written = system.put(&pva_name(ioc, record), &Value::Float(1.0), within(5.0)).await;
        assert!(matches!(written, Err(ControlError::Unsupported { .. })), "{written:?}");
        let written = system.put(&pva_name(ioc, record), &point, within(5.0)).await;
        assert!(matches!(written, Err(ControlError::Unsupported { .. })), "{written:?}");
    }
    let called: Result<Called, _> = system.command(&pva_name(ioc, "RPC"), &Value::None, within(5.0)).await;
    assert!(matches!(called, Err(ControlError::Unsupported { .. })), "{called:?}");
}

#[tokio::test]
async fn pva_refusals_come_word_for_word() {
    let ioc = Ioc::start(Server::P4p);
    let system = pva(&ioc);
    let refused = system.put(&pva_name(&ioc, "SET"), &Value::Float(1000.0), within(5.0)).await;
    let Err(ControlError::Refused { message, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(message, "value 1000.0 outside [-50.0, 50.0]");
    let refused = system.put(&pva_name(&ioc, "RBV"), &Value::Float(1.0), within(5.0)).await;
    assert!(matches!(&refused, Err(ControlError::Refused { message, .. }) if message == "read-only"), "{refused:?}");
    put(&system, &pva_name(&ioc, "CLAMP"), Value::Float(99.0)).await;
    assert_eq!(value(&system, &pva_name(&ioc, "CLAMP")).await, Value::Float(10.0));
    let silent = system.put(&pva_name(&ioc, "SILENT"), &Value::Float(1.0), within(0.5)).await;
    assert!(matches!(silent, Ok(Put::Unknown { .. })), "{silent:?}");
    let base = Ioc::shared(Server::Base);
    let refused = pva(base).put(&pva_name(base, "RBV"), &Value::Float(1.0), within(5.0)).await;
    assert!(matches!(refused, Err(ControlError::Refused { .. })), "{refused:?}");
}

#[tokio::test]
async fn pva_says_all_that_the_server_knows() {
    for kind in [Server::Base, Server::P4p] {
        let ioc = Ioc::shared(kind);
        let system = pva(ioc);
        let about = system.describe(&pva_name(ioc, "SET"), within(5.0)).await.unwrap();
        assert_eq!((about.native.kind, about.native.name.as_str()), (Kind::Number(ScalarKind::F64), "double"));
        assert_eq!((about.unit.as_str(), about.precision), ("A", Some(3)));
        assert_eq!(about.control, Range::of_bounds(-50.0, 50.0));
        assert_eq!(about.display, Range::of_bounds(-60.0, 60.0));
        assert_eq!(about.server, ioc.pva_address());
    }
    let ioc = Ioc::shared(Server::Base);
    let system = pva(ioc);
    let about = system.describe(&pva_name(ioc, "SET"), within(5.0)).await.unwrap();
    assert_eq!(about.alarm, Range::of_bounds(-45.0, 45.0));
    assert_eq!(about.warning, Range::of_bounds(-40.0, 40.0));
    let about = system.describe(&pva_name(ioc, "NODRV"), within(5.0)).await.unwrap();
    assert!(about.control.is_unbounded() && about.display.is_unbounded() && about.alarm.is_unbounded(), "{about:?}");
    let reading = system.get(&pva_name(ioc, "ALARMED"), within(5.0)).await.unwrap();
    assert_eq!(reading.severity, AlarmSeverity::Major);
    assert!(reading.time.0 > 1_700_000_000);
}

#[tokio::test]
async fn python_soft_ioc_is_understood_too() {
    let ioc = Ioc::shared(Server::Soft);
    let (one, two) = (crate::epics::ca(ioc), pva(ioc));
    for (system, of) in [(&one as &dyn ControlSystem, crate::epics::ca_name as fn(&Ioc, &str) -> _), (&two, pva_name)] {
        put(system, &of(ioc, "SET"), Value::Float(12.5)).await;
        assert_eq!(value(system, &of(ioc, "SET")).await, Value::Float(12.5));
        put(system, &of(ioc, "MODE"), Value::Enum(2)).await;
        assert_eq!(value(system, &of(ioc, "MODE")).await, Value::Enum(2));
        let started = std::time::Instant::now();
        put(system, &of(ioc, "SLOW"), Value::Float(1.0)).await;
        assert!(started.elapsed() > std::time::Duration::from_millis(900), "{:?}", started.elapsed());
    }
}
