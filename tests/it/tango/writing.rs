//! Writing and calling: exactly the channel's own type, or nothing at all.

use aerie::channel::{Array, Channel, Protocol, ScalarKind, Value};
use aerie::control::{Called, ControlError, ControlSystem as _, Put};
use serde_json::json;

use super::{adapter, attribute, command, get, put, run, within};
use crate::servers::Tango;

fn array(kind: ScalarKind, shape: &[usize], bytes: Vec<u8>) -> Value {
    Value::Array(Array::new(kind, shape.to_vec(), bytes).expect("an array"))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// `PyTango` says what arrived.
#[test]
fn what_is_written_arrives_exactly() {
    let (zoo, tango) = (Tango::start_zoo(&[]), adapter());
    for (name, value, arrived) in [
        ("a_bool", Value::Bool(false), json!(false)),
        ("a_u8", Value::Int(0), json!(0)),
        ("a_i16", Value::Int(32767), json!(32767)),
        ("a_u16", Value::Int(1), json!(1)),
        ("a_i32", Value::Int(i32::MAX.into()), json!(i32::MAX)),
        ("a_u32", Value::Int(u32::MAX.into()), json!(u32::MAX)),
        ("a_i64", Value::Int(i64::MAX.into()), json!(i64::MAX)),
        ("a_u64", Value::Int(u64::MAX.into()), json!(u64::MAX)),
        ("a_f32", Value::Float(0.1), json!(f64::from(0.1f32))),
        ("a_f64", Value::Float(0.1), json!(0.1)),
        ("a_text", text("é: \u{ff}"), json!("é: \u{ff}")),
        ("a_text", text(""), json!("")),
        ("a_bools", array(ScalarKind::Bool, &[3], vec![1, 0, 1]), json!([true, false, true])),
        ("a_u8s", array(ScalarKind::U8, &[2], vec![7, 255]), json!([7, 255])),
        ("a_i64s", array(ScalarKind::I64, &[1], i64::MIN.to_le_bytes().to_vec()), json!([i64::MIN])),
        ("a_f64s", Value::Array(Array::of_doubles(&[1.5, -2.5])), json!([1.5, -2.5])),
        ("a_f64s", Value::Array(Array::of_doubles(&[])), json!([])),
        ("a_texts", Value::Texts(vec!["ü".into(), String::new()]), json!(["ü", ""])),
        ("colour", Value::Enum(2), json!({"index": 2, "label": "BLUE"})),
        ("colours", array(ScalarKind::I16, &[2], vec![1, 0, 2, 0]), json!([1, 2])),
        ("a_state", Value::Enum(8), json!("FAULT")),
        ("bytes_image", array(ScalarKind::U8, &[1, 3], vec![9, 8, 7]), json!([[9, 8, 7]])),
        ("mixedcase", Value::Float(3.5), json!(3.5)),
    ] {
        assert_eq!(put(&tango, &attribute(&zoo, name), &value), Ok(Put::Accepted), "{name} {value}");
        let mut seen = zoo.witness().tango_get(&zoo.trl(), name);
        if seen.is_null() {
            seen = json!([]);
        }
        assert_eq!(seen, arrived, "{name}");
        if name != "a_f32" {
            assert_eq!(get(&tango, &attribute(&zoo, name)), value, "{name}");
        }
    }
    assert_eq!(put(&tango, &attribute(&zoo, "only_written"), &Value::Float(1.0)), Ok(Put::Accepted));
}

#[test]
fn what_is_of_another_type_is_not_sent() {
    let (zoo, tango) = (Tango::start_zoo(&[]), adapter());
    let doubles = |values: &[f64]| Value::Array(Array::of_doubles(values));
    for (name, value) in [
        ("a_f64", Value::Int(1)),
        ("a_f64", text("1.0")),
        ("a_f64", Value::Bool(true)),
        ("a_f64", Value::Enum(1)),
        ("a_f64", Value::None),
        ("a_f64", doubles(&[1.0])),
        ("a_f32", Value::Float(1e300)),
        ("a_i16", Value::Int(32768)),
        ("a_i16", Value::Float(1.0)),
        ("a_i16", Value::Bool(true)),
        ("a_u8", Value::Int(-1)),
        ("a_u64", Value::Int(1 << 64)),
        ("a_bool", Value::Int(1)),
        ("a_text", Value::Int(1)),
        ("a_text", text("€")),
        ("a_text", text("a\0b")),
        ("a_texts", Value::Texts(vec!["ok".into(), "€".into()])),
        ("a_texts", text("one")),
        ("colour", Value::Enum(3)),
        ("colour", Value::Int(1)),
        ("colour", text("RED")),
        ("colours", array(ScalarKind::I16, &[1], vec![3, 0])),
        ("colours", array(ScalarKind::I16, &[1], vec![255, 255])),
        ("colours", array(ScalarKind::I32, &[1], vec![1, 0, 0, 0])),
        ("a_state", Value::Enum(14)),
        ("empty", doubles(&[0.0; 9])),
        ("empty", array(ScalarKind::F32, &[1], vec![0; 4])),
        ("empty", array(ScalarKind::F64, &[1, 1], vec![0; 8])),
        ("bytes_image", array(ScalarKind::U8, &[33, 1], vec![0; 33])),
        ("bytes_image", array(ScalarKind::U8, &[1, 65], vec![0; 65])),
        ("bytes_image", array(ScalarKind::U8, &[4], vec![0; 4])),
    ] {
        let refused = put(&tango, &attribute(&zoo, name), &value).unwrap_err();
        assert!(matches!(refused, ControlError::WrongType { .. }), "{name} {value:?}: {refused}");
    }
    assert_eq!(get(&tango, &attribute(&zoo, "write_count")), Value::Int(0), "nothing arrived");
}

#[test]
fn what_the_device_refuses_is_refused_in_its_words() {
    let (server, tango) = (Tango::start(), adapter());
    for (name, value, code) in [
        ("current", 300.0, "API_WAttrOutsideLimit"),
        ("current", f64::NAN, "API_WAttrOutsideLimit"),
        ("voltage", 1.0, "API_AttrNotWritable"),
        ("unknown", 1.0, "API_AttrNotFound"),
    ] {
        let refused = put(&tango, &attribute(&server, name), &Value::Float(value)).unwrap_err();
        let ControlError::Refused { reason, message, .. } = refused else { panic!("{refused}") };
        assert_eq!(reason, code, "{message}");
        assert!(!message.is_empty());
    }
    run(tango.command(&command(&server, "Fail"), &Value::Bool(true), within(10.0))).unwrap();
    let refused = run(tango.command(&command(&server, "Reset"), &Value::None, within(10.0))).unwrap_err();
    assert!(matches!(&refused, ControlError::Refused { reason, .. } if reason == "API_CommandNotAllowed"), "{refused}");
    let refused = run(tango.command(&command(&server, "Refuse"), &Value::None, within(10.0))).unwrap_err();
    assert!(matches!(&refused, ControlError::Refused { reason, .. } if reason == "HW_Fault"), "{refused}");
    let refused = run(tango.command(&command(&server, "Nothing"), &Value::None, within(10.0))).unwrap_err();
    assert!(matches!(&refused, ControlError::Refused { reason, .. } if reason == "API_CommandNotFound"), "{refused}");
    assert_eq!(server.witness().tango_get(&server.trl(), "current"), json!(1.5));
}

fn pair(numbers: Value, strings: &[&str]) -> Value {
    let strings = strings.iter().map(|text| (*text).to_owned()).collect();
    Value::Structure(String::new(), vec![("numbers".into(), numbers), ("strings".into(), Value::Texts(strings))])
}

#[test]
fn commands_take_and_give_every_type() {
    let (zoo, tango) = (Tango::zoo(), adapter());
    let longs = array(ScalarKind::I32, &[2], vec![1, 0, 0, 0, 255, 255, 255, 255]);
    for (kind, value) in [
        ("Boolean", Value::Bool(true)),
        ("Short", Value::Int(-32768)),
        ("UShort", Value::Int(65535)),
        ("Long", Value::Int(i32::MIN.into())),
        ("ULong", Value::Int(u32::MAX.into())),
        ("Long64", Value::Int(i64::MIN.into())),
        ("ULong64", Value::Int(u64::MAX.into())),
        ("Float", Value::Float(0.5)),
        ("Double", Value::Float(0.1)),
        ("String", text("é")),
        ("State", Value::Enum(8)),
        ("VarBooleanArray", array(ScalarKind::Bool, &[2], vec![1, 0])),
        ("VarCharArray", array(ScalarKind::U8, &[3], vec![0, 128, 255])),
        ("VarShortArray", array(ScalarKind::I16, &[2], vec![1, 0, 255, 255])),
        ("VarUShortArray", array(ScalarKind::U16, &[1], vec![255, 255])),
        ("VarLongArray", longs.clone()),
        ("VarULongArray", array(ScalarKind::U32, &[1], vec![255; 4])),
        ("VarLong64Array", array(ScalarKind::I64, &[1], vec![255; 8])),
        ("VarULong64Array", array(ScalarKind::U64, &[1], vec![255; 8])),
        ("VarFloatArray", array(ScalarKind::F32, &[1], 0.5f32.to_le_bytes().to_vec())),
        ("VarDoubleArray", Value::Array(Array::of_doubles(&[0.1, -1.0]))),
        ("VarStringArray", Value::Texts(vec!["a".into(), "é".into()])),
        ("VarLongStringArray", pair(longs, &["x", ""])),
        ("VarDoubleStringArray", pair(Value::Array(Array::of_doubles(&[0.5])), &["y"])),
    ] {
        let channel = command(zoo, &format!("EchoDev{kind}"));
        let called = run(tango.command(&channel, &value, within(10.0))).unwrap();
        let Called::Returned(result) = called else { panic!("{called:?}") };
        match (&result, &value) {
            (Value::Structure(name, got), Value::Structure(_, sent)) => {
                assert_eq!((name.as_str(), got), (format!("Dev{kind}").as_str(), sent));
            }
            _ => assert_eq!(result, value, "{kind}"),
        }
        for other in [Value::None, Value::Texts(vec![]), Value::Int(1 << 70), pair(text("no"), &[])] {
            if std::mem::discriminant(&other) != std::mem::discriminant(&value) || kind != "VarStringArray" {
                let refused = run(tango.command(&channel, &other, within(10.0))).unwrap_err();
                assert!(matches!(refused, ControlError::WrongType { .. }), "{kind} {other}: {refused}");
            }
        }
    }
    let called = run(tango.command(&command(zoo, "SetQuality"), &Value::Int(0), within(10.0)));
    assert_eq!(called, Ok(Called::Returned(Value::None)));
    let refused = run(tango.command(&attribute(zoo, "a_f64"), &Value::None, within(10.0))).unwrap_err();
    assert!(matches!(refused, ControlError::Unsupported { .. }));
}

/// Tango answers a polled command from its cache unless told otherwise: nothing would be done.
#[test]
fn a_polled_command_is_carried_out() {
    let (zoo, tango) = (Tango::start_zoo(&[]), adapter());
    let mut last = -1;
    for _ in 0..4 {
        let called = run(tango.command(&command(&zoo, "Counted"), &Value::None, within(10.0)));
        let Ok(Called::Returned(Value::Int(count))) = called else { panic!("{called:?}") };
        assert!(count > last, "{count} after {last}");
        last = count;
    }
}

/// Texts go through the codeset that the object's reference names, which is not the same without a database.
#[test]
fn with_a_database() {
    let server = Tango::start_with_database();
    let tango = super::Tango::connect(&super::TangoSettings { host: server.host(), ..Default::default() }).unwrap();
    let by_name = |name: &str| Channel::parse(Protocol::Tango, &format!("{}/{name}", Tango::DEVICE)).unwrap();
    assert_eq!(put(&tango, &by_name("text"), &text("é")), Ok(Put::Accepted));
    assert_eq!(server.witness().tango_get(&server.trl(), "text"), json!("é"));
    assert_eq!(get(&tango, &attribute(&server, "text")), text("é"));
    assert_eq!(put(&tango, &by_name("current"), &Value::Float(7.5)), Ok(Put::Accepted));
    assert_eq!(server.witness().tango_get(Tango::DEVICE, "current"), json!(7.5));
    let described = run(tango.describe(&by_name("current"), within(10.0))).unwrap();
    assert!(described.server.starts_with("tango_device/test@"), "{}", described.server);
    // Without the setting, a bare name leads nowhere, whatever another adapter of the process uses.
    let refused = run(adapter().get(&by_name("current"), within(10.0))).unwrap_err();
    assert!(matches!(refused, ControlError::NotConnected { .. }), "{refused}");
    // Unknown to the database.
    let unknown = Channel::parse(Protocol::Tango, "no/such/device/current").unwrap();
    let begun = std::time::Instant::now();
    let refused = run(tango.get(&unknown, within(10.0))).unwrap_err();
    assert!(
        matches!(&refused, ControlError::NotConnected { reason, .. } if reason.contains("no such device")),
        "{refused}"
    );
    assert!(begun.elapsed().as_secs_f64() < 9.0);
}

/// The library pads where omniORB does not, when there are no eight-byte numbers at all: what it misreads is told.
#[test]
fn rows_without_elements() {
    let (zoo, tango) = (Tango::start_zoo(&[]), adapter());
    let rows = [
        ("a_f64s", ScalarKind::F64),
        ("a_i64s", ScalarKind::I64),
        ("a_u64s", ScalarKind::U64),
        ("a_f32s", ScalarKind::F32),
        ("a_i16s", ScalarKind::I16),
        ("a_u8s", ScalarKind::U8),
        ("a_bools", ScalarKind::Bool),
        ("empty", ScalarKind::F64),
    ];
    for (name, kind) in rows {
        let channel = attribute(&zoo, name);
        let nothing = array(kind, &[0], vec![]);
        assert_eq!(put(&tango, &channel, &nothing), Ok(Put::Accepted), "{name}");
        assert_eq!(zoo.witness().tango_get(&zoo.trl(), name), json!([]), "{name}");
        assert_eq!(get(&tango, &channel), nothing, "{name}");
    }
    let channels: Vec<_> = rows.iter().map(|(name, _)| attribute(&zoo, name)).collect();
    for (reading, (name, kind)) in run(tango.get_many(&channels, within(10.0))).into_iter().zip(rows) {
        assert_eq!(reading.unwrap().value, array(kind, &[0], vec![]), "{name}");
    }
    let texts = attribute(&zoo, "a_texts");
    assert_eq!(put(&tango, &texts, &Value::Texts(vec![])), Ok(Put::Accepted));
    assert_eq!(get(&tango, &texts), Value::Texts(vec![]));
    for (kind, value) in [
        ("VarDoubleArray", Value::Array(Array::of_doubles(&[]))),
        ("VarLong64Array", array(ScalarKind::I64, &[0], vec![])),
        ("VarULong64Array", array(ScalarKind::U64, &[0], vec![])),
        ("VarLongArray", array(ScalarKind::I32, &[0], vec![])),
        ("VarStringArray", Value::Texts(vec![])),
    ] {
        let called = run(tango.command(&command(&zoo, &format!("EchoDev{kind}")), &value, within(5.0)));
        assert_eq!(called, Ok(Called::Returned(value)), "{kind}");
    }
    for (kind, numbers, strings) in [
        ("VarDoubleStringArray", Value::Array(Array::of_doubles(&[])), &["y"][..]),
        ("VarDoubleStringArray", Value::Array(Array::of_doubles(&[])), &[]),
        ("VarLongStringArray", array(ScalarKind::I32, &[0], vec![]), &["y"]),
    ] {
        let value = pair(numbers, strings);
        let called = run(tango.command(&command(&zoo, &format!("EchoDev{kind}")), &value, within(5.0))).unwrap();
        let (Called::Returned(Value::Structure(_, got)), Value::Structure(_, sent)) = (&called, &value) else {
            panic!("{called:?}")
        };
        assert_eq!(got, sent);
    }
}
