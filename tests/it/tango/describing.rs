//! What is known about attributes and commands.

use aerie::channel::{Kind, Range, ScalarKind};
use aerie::control::{ControlError, ControlSystem as _};

use super::{adapter, attribute, command, run, within};
use crate::servers::Tango;

#[test]
fn an_attribute_with_everything() {
    let (server, tango) = (Tango::shared(), adapter());
    let described = run(tango.describe(&attribute(server, "current"), within(10.0))).unwrap();
    assert_eq!(described.native.kind, Kind::Number(ScalarKind::F64));
    assert_eq!((described.native.name.as_str(), described.native.is_scalar()), ("DevDouble", true));
    assert!(described.readable && described.writable);
    assert_eq!((described.unit.as_str(), described.precision), ("A", Some(3)));
    assert_eq!(described.control, Range { low: Some(-50.0), high: Some(50.0) });
    assert_eq!(described.alarm, Range { low: Some(-45.0), high: Some(45.0) });
    assert_eq!(described.warning, Range { low: Some(-40.0), high: Some(40.0) });
    assert!(described.label == "Current", "{}", described.text);
    assert_eq!(described.server, server.address());
    let voltage = run(tango.describe(&attribute(server, "voltage"), within(10.0))).unwrap();
    assert!(voltage.readable && !voltage.writable && voltage.control.is_unbounded());
}

#[test]
fn every_type_has_its_name_and_shape() {
    let (zoo, tango) = (Tango::zoo(), adapter());
    let number = Kind::Number;
    for (name, kind, native, shape) in [
        ("a_bool", number(ScalarKind::Bool), "DevBoolean", vec![]),
        ("a_u8", number(ScalarKind::U8), "DevUChar", vec![]),
        ("a_i16", number(ScalarKind::I16), "DevShort", vec![]),
        ("a_u64s", number(ScalarKind::U64), "DevULong64", vec![1_000_000]),
        ("a_f32", number(ScalarKind::F32), "DevFloat", vec![]),
        ("a_texts", Kind::Text, "DevString", vec![1_000_000]),
        ("colour", Kind::Enum, "DevEnum", vec![]),
        ("state", Kind::Enum, "DevState", vec![]),
        ("bytes_image", number(ScalarKind::U8), "DevUChar", vec![32, 64]),
        ("encoded", Kind::Structure, "DevEncoded", vec![]),
    ] {
        let described = run(tango.describe(&attribute(zoo, name), within(10.0))).unwrap();
        assert_eq!((described.native.kind, described.native.name.as_str()), (kind, native), "{name}");
        assert_eq!(described.native.shape, shape, "{name}");
        match name {
            "colour" => assert_eq!(described.labels, ["RED", "GREEN", "BLUE"]),
            "state" => assert_eq!((described.labels.len(), described.labels[8].as_str()), (14, "FAULT")),
            _ => assert!(described.labels.is_empty()),
        }
    }
    let mixed = run(tango.describe(&attribute(zoo, "mixedcase"), within(10.0))).unwrap();
    assert_eq!((mixed.text.as_str(), mixed.precision), ("A doc.", Some(0)));
    let only_written = run(tango.describe(&attribute(zoo, "only_written"), within(10.0))).unwrap();
    assert!(!only_written.readable && only_written.writable);
}

#[test]
fn a_command_has_an_argument_and_a_result() {
    let (zoo, tango) = (Tango::zoo(), adapter());
    let described = run(tango.describe(&command(zoo, "EchoDevVarLongStringArray"), within(10.0))).unwrap();
    assert_eq!((described.native.kind, described.native.name.as_str()), (Kind::Structure, "DevVarLongStringArray"));
    let push = run(tango.describe(&command(zoo, "Push"), within(10.0))).unwrap();
    assert_eq!(push.native.kind, Kind::None);
    let argument = push.argument.unwrap();
    assert_eq!((argument.kind, argument.name.as_str()), (Kind::Number(ScalarKind::I64), "DevLong64"));
    let unknown = run(tango.describe(&command(zoo, "Nothing"), within(10.0))).unwrap_err();
    assert!(matches!(&unknown, ControlError::Refused { reason, .. } if reason == "API_CommandNotFound"), "{unknown}");
}
