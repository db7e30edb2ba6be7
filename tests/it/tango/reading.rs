//! Reading: every type exactly, qualities, faults, many at once.

use aerie::channel::{AlarmSeverity, Array, ScalarKind, Value};
use aerie::control::{ControlError, ControlSystem as _};

use super::{adapter, attribute, command, get, run, within};
use crate::servers::Tango;

fn array(kind: ScalarKind, shape: &[usize], bytes: impl IntoIterator<Item = u8>) -> Value {
    Value::Array(Array::new(kind, shape.to_vec(), bytes.into_iter().collect()).expect("an array"))
}

#[test]
fn every_scalar_is_exact() {
    let (zoo, tango) = (Tango::zoo(), adapter());
    for (name, value) in [
        ("a_bool", Value::Bool(true)),
        ("a_u8", Value::Int(255)),
        ("a_i16", Value::Int(-32768)),
        ("a_u16", Value::Int(65535)),
        ("a_i32", Value::Int(-(1 << 31))),
        ("a_u32", Value::Int((1 << 32) - 1)),
        ("a_i64", Value::Int(-(1 << 63))),
        ("a_u64", Value::Int((1 << 64) - 1)),
        ("a_f32", Value::Float(0.5)),
        ("a_f64", Value::Float(-0.1)),
        ("a_text", Value::Text("grün".to_owned())),
        ("colour", Value::Enum(1)),
        ("a_state", Value::Enum(6)),
        ("state", Value::Enum(7)),
    ] {
        assert_eq!(get(&tango, &attribute(zoo, name)), value, "{name}");
    }
}

#[test]
fn rows_and_grids_keep_their_type_and_shape() {
    let (zoo, tango) = (Tango::zoo(), adapter());
    for (name, value) in [
        ("a_bools", array(ScalarKind::Bool, &[2], [1, 1])),
        ("a_u8s", array(ScalarKind::U8, &[2], [255, 255])),
        ("a_i64s", array(ScalarKind::I64, &[2], [i64::MIN; 2].into_iter().flat_map(i64::to_le_bytes))),
        ("a_f32s", array(ScalarKind::F32, &[2], [0.5f32; 2].into_iter().flat_map(f32::to_le_bytes))),
        ("a_f64s", array(ScalarKind::F64, &[2], [-0.1f64; 2].into_iter().flat_map(f64::to_le_bytes))),
        ("a_texts", Value::Texts(vec!["grün".to_owned(); 2])),
        ("colours", array(ScalarKind::I16, &[2], [0, 0, 2, 0])),
        ("read_image", array(ScalarKind::F64, &[2, 3], (1..=6).flat_map(|v| f64::from(v).to_le_bytes()))),
        ("empty", array(ScalarKind::F64, &[0], [])),
        ("read_empty", array(ScalarKind::F64, &[0], [])),
    ] {
        assert_eq!(get(&tango, &attribute(zoo, name)), value, "{name}");
    }
}

#[test]
fn encoded_is_a_structure_and_an_image_of_texts_is_not_offered() {
    let (zoo, tango) = (Tango::zoo(), adapter());
    let fields = vec![
        ("format".to_owned(), Value::Text("raw".to_owned())),
        ("data".to_owned(), array(ScalarKind::U8, &[3], [0, 1, 255])),
    ];
    assert_eq!(get(&tango, &attribute(zoo, "encoded")), Value::Structure("DevEncoded".to_owned(), fields));
    let refused = run(tango.get(&attribute(zoo, "text_image"), within(10.0))).unwrap_err();
    assert!(matches!(refused, ControlError::Unsupported { .. }), "{refused}");
}

/// The library cannot tell the value of such an image from what was never written, and gives nothing: not an empty image.
#[test]
fn a_writable_image_is_read_once_it_was_written() {
    let (zoo, tango) = (Tango::start_zoo(&[]), adapter());
    for (name, value) in [
        ("bytes_image", array(ScalarKind::U8, &[3, 2], 11..=16)),
        ("bool_image", array(ScalarKind::Bool, &[2, 2], [1, 0, 0, 1])),
    ] {
        let channel = attribute(&zoo, name);
        let refused = run(tango.get(&channel, within(10.0))).unwrap_err();
        assert!(matches!(refused, ControlError::Unsupported { .. }), "{refused}");
        run(tango.put(&channel, &value, within(10.0))).unwrap();
        assert_eq!(get(&tango, &channel), value);
    }
    assert_eq!(zoo.witness().tango_get(&zoo.trl(), "bytes_image"), serde_json::json!([[11, 12], [13, 14], [15, 16]]));
}

/// A device that is asked for one attribute twice in one request never answers again.
#[test]
fn a_channel_asked_for_twice_is_asked_for_once() {
    let (zoo, tango) = (Tango::start_zoo(&[]), adapter());
    let channels = vec![attribute(&zoo, "a_i16"); 3];
    for result in run(tango.get_many(&channels, within(10.0))) {
        assert_eq!(result.unwrap().value, Value::Int(-32768));
    }
    assert_eq!(zoo.witness().tango_get(&zoo.trl(), "a_i16"), serde_json::json!(-32768));
}

#[test]
fn quality_is_severity_and_status() {
    let (zoo, tango) = (Tango::zoo(), adapter());
    let channel = attribute(zoo, "qualified");
    for (number, severity) in [
        (0, AlarmSeverity::None),
        (1, AlarmSeverity::Invalid),
        (2, AlarmSeverity::Major),
        (3, AlarmSeverity::None),
        (4, AlarmSeverity::Minor),
    ] {
        zoo.witness().tango_command(&zoo.trl(), "SetQuality", number).unwrap();
        let reading = run(tango.get(&channel, within(10.0))).unwrap();
        assert_eq!((reading.status, reading.severity), (number, severity));
        if number == 1 {
            assert_eq!(reading.value, Value::None, "an invalid reading has no value");
        } else {
            assert_eq!(reading.value, Value::Float(4.25));
            assert_eq!(reading.time, (1_700_000_000, 125_000_000));
        }
    }
}

#[test]
fn the_set_value_comes_with_the_reading() {
    let (zoo, tango) = (Tango::zoo(), adapter());
    zoo.witness().tango_put(&zoo.trl(), "MixedCase", 2.5).unwrap();
    let reading = run(tango.get(&attribute(zoo, "mixedcase"), within(10.0))).unwrap();
    assert_eq!((reading.value, reading.set_value), (Value::Float(2.5), Some(Value::Float(2.5))));
}

#[test]
fn a_faulty_attribute_says_why() {
    let (server, tango) = (Tango::shared(), adapter());
    let refused = run(tango.get(&attribute(server, "broken"), within(10.0))).unwrap_err();
    let ControlError::Refused { reason, message, .. } = refused else { panic!("{refused}") };
    assert_eq!((reason.as_str(), message.as_str()), ("HW_Fault", "no hardware"));
    let refused = run(tango.get(&attribute(server, "nothing_like_that"), within(10.0))).unwrap_err();
    let ControlError::Refused { reason, .. } = refused else { panic!("{refused}") };
    assert_eq!(reason, "API_AttrNotFound");
    let refused = run(tango.get(&command(server, "Ramp"), within(10.0))).unwrap_err();
    assert!(matches!(refused, ControlError::Unsupported { .. }));
}

/// What Tango's polling has cached may be older than a write.
#[test]
fn a_polled_attribute_is_read_from_the_device() {
    let (zoo, tango) = (Tango::zoo(), adapter());
    let channel = attribute(zoo, "polled");
    for value in [1.0, 2.0, 3.0] {
        zoo.witness().tango_put(&zoo.trl(), "polled", value).unwrap();
        assert_eq!(get(&tango, &channel), Value::Float(value));
    }
}

/// Also with one that fails, one that is unknown, one twice, one of a type that is not offered, and another device.
#[test]
fn many_are_read_each_with_its_own_result() {
    let (server, zoo, tango) = (Tango::shared(), Tango::zoo(), adapter());
    let channels = [
        attribute(server, "voltage"),
        attribute(zoo, "a_u64"),
        attribute(server, "broken"),
        attribute(server, "unknown"),
        attribute(zoo, "text_image"),
        attribute(zoo, "a_u64"),
        attribute(server, "i64"),
        command(server, "Ramp"),
    ];
    let results = run(tango.get_many(&channels, within(10.0)));
    assert_eq!(results.len(), channels.len());
    assert!(matches!(results[0].as_ref().unwrap().value, Value::Float(_)));
    assert_eq!(results[1].as_ref().unwrap().value, Value::Int((1 << 64) - 1));
    assert!(matches!(&results[2], Err(ControlError::Refused { reason, .. }) if reason == "HW_Fault"));
    assert!(matches!(&results[3], Err(ControlError::Refused { reason, .. }) if reason == "API_AttrNotFound"));
    assert!(matches!(&results[4], Err(ControlError::Unsupported { .. })));
    assert_eq!(results[5].as_ref().unwrap().value, Value::Int((1 << 64) - 1));
    assert!(matches!(results[6].as_ref().unwrap().value, Value::Int(_)));
    assert!(matches!(&results[7], Err(ControlError::Unsupported { .. })));
}

/// The black box of the device counts requests.
#[test]
fn many_of_one_device_are_one_request() {
    let (zoo, tango) = (Tango::start_zoo(&[]), adapter());
    let names = ["a_bool", "a_u8", "a_i16", "a_f64", "colour"];
    let channels: Vec<_> = names.iter().map(|name| attribute(&zoo, name)).collect();
    for result in run(tango.get_many(&channels, within(10.0))) {
        result.unwrap();
    }
    let python = "import tango,sys; print(sum('read_attributes' in line for line in tango.DeviceProxy(sys.argv[1]).black_box(50)))";
    assert_eq!(crate::servers::python(&["-c", python, &zoo.trl()]).trim(), "1");
}

/// A million points, and how long they take.
#[test]
fn a_long_row_arrives_whole() {
    let (zoo, tango) = (Tango::start_zoo(&[]), adapter());
    let channel = attribute(&zoo, "a_f64s");
    let values: Vec<f64> = (0..1_000_000).map(f64::from).collect();
    let value = Value::Array(Array::of_doubles(&values));
    let begun = std::time::Instant::now();
    run(tango.put(&channel, &value, within(20.0))).unwrap();
    let written = begun.elapsed();
    let begun = std::time::Instant::now();
    assert_eq!(get(&tango, &channel), value);
    eprintln!("a million doubles: written in {written:?}, read in {:?}", begun.elapsed());
}
