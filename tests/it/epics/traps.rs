//! One test for each trap of the protocols and their servers that the adapters must not fall into.

use std::time::{Duration, Instant};

use aerie::channel::{AlarmSeverity, Array, Kind, Range, ScalarKind, Value};
use aerie::control::{ControlError, ControlSystem, Put, Update};

use crate::epics::{ca, ca_name, next, put, pva, pva_name, value, within, wrong};
use crate::servers::{Ioc, Kind as Server};

fn array<const N: usize>(kind: ScalarKind, elements: &[[u8; N]]) -> Value {
    Value::Array(Array::new(kind, vec![elements.len()], elements.concat()).unwrap())
}

fn doubles(elements: &[f64]) -> Value {
    Value::Array(Array::of_doubles(elements))
}

#[tokio::test]
async fn ca_text_never_becomes_a_number() {
    let ioc = Ioc::shared(Server::Base);
    let system = ca(ioc);
    let channel = ca_name(ioc, "NODRV");
    put(&system, &channel, Value::Float(4.25)).await;
    for bad in [
        Value::Text("abc".to_owned()),
        Value::Text("3.5".to_owned()),
        Value::Int(3),
        Value::Bool(true),
        Value::Enum(1),
        Value::None,
        doubles(&[1.0]),
        Value::Texts(vec!["1".to_owned()]),
    ] {
        wrong(&system, &channel, bad).await;
    }
    assert_eq!(ioc.witness().ca_get(&ioc.name("NODRV")), 4.25);
}

#[tokio::test]
async fn ca_types_are_strict() {
    let ioc = Ioc::shared(Server::Base);
    let system = ca(ioc);
    for (record, good, bad) in [
        ("LONGWR", Value::Int(-5), vec![Value::Float(1.0), Value::Int(1 << 31), Value::Int(-(1 << 31) - 1)]),
        (
            "NAME",
            Value::Text("x".repeat(39)),
            vec![
                Value::Text("x".repeat(40)),
                Value::Text("é".repeat(20)),
                Value::Text("a\0b".to_owned()),
                Value::Int(1),
            ],
        ),
        (
            "MODE",
            Value::Enum(3),
            vec![Value::Enum(4), Value::Enum(65_536), Value::Int(1), Value::Text("On".to_owned()), Value::Float(1.0)],
        ),
        (
            "WF",
            doubles(&[1.0, 2.0, 3.0]),
            vec![
                Value::Float(1.0),
                doubles(&[]),
                doubles(&[0.0; 4097]),
                array(ScalarKind::F32, &[1.0_f32.to_le_bytes()]),
                array(ScalarKind::I64, &[1_i64.to_le_bytes()]),
                Value::Array(Array::new(ScalarKind::F64, vec![1, 2], vec![0; 16]).unwrap()),
                Value::Texts(vec!["1".to_owned()]),
            ],
        ),
        (
            "SHORTWF",
            array(ScalarKind::I16, &[(-2_i16).to_le_bytes(), 300_i16.to_le_bytes()]),
            vec![array(ScalarKind::U16, &[2_u16.to_le_bytes()])],
        ),
        ("FLOATWF", array(ScalarKind::F32, &[0.5_f32.to_le_bytes()]), vec![doubles(&[0.5])]),
        (
            "UCHARWF",
            array(ScalarKind::U8, &[[255], [0]]),
            vec![array(ScalarKind::I8, &[[1]]), Value::Text("a".to_owned())],
        ),
        (
            "STRWF",
            Value::Texts(vec!["a".to_owned(), String::new(), "µ".to_owned()]),
            vec![
                Value::Text("a".to_owned()),
                Value::Texts(vec!["x".repeat(40)]),
                Value::Texts(vec![String::new(); 17]),
            ],
        ),
    ] {
        let channel = ca_name(ioc, if record == "LONGWR" { "COUNT.HIHI" } else { record });
        put(&system, &channel, good.clone()).await;
        for bad in bad {
            wrong(&system, &channel, bad).await;
        }
        assert_eq!(value(&system, &channel).await, good, "{record}");
    }
}

#[tokio::test]
async fn a_name_that_is_refused_blinds_nobody() {
    let ioc = Ioc::shared(Server::Base);
    let system = ca(ioc);
    put(&system, &ca_name(ioc, "STEP"), Value::Float(1.0)).await;
    for bad in ["MODE.NOSUCH", "SET.XYZ", "NAME.Q9"] {
        let started = Instant::now();
        let read = system.get(&ca_name(ioc, bad), within(3.0)).await;
        assert!(matches!(read, Err(ControlError::NotConnected { .. })), "{bad}: {read:?}");
        let took = started.elapsed();
        for good in ["COUNT", "LONGIN", "SHUTTER"] {
            let started = Instant::now();
            value(&system, &ca_name(ioc, good)).await;
            assert!(started.elapsed() < Duration::from_secs(5), "{good} after {bad} ({took:?})");
        }
    }
}

#[tokio::test]
async fn a_waveform_is_as_long_as_its_contents() {
    let ioc = Ioc::shared(Server::Base);
    let system = ca(ioc);
    let channel = ca_name(ioc, "BIGWF");
    put(&system, &channel, doubles(&[1.0, 2.0, 3.0])).await;
    assert_eq!(value(&system, &channel).await, doubles(&[1.0, 2.0, 3.0]));
    put(&system, &channel, doubles(&[7.0])).await;
    assert_eq!(value(&system, &channel).await, doubles(&[7.0]));
    let about = system.describe(&channel, within(5.0)).await.unwrap();
    assert_eq!((about.native.shape, about.native.name.as_str()), (vec![1_000_000], "DBR_DOUBLE"));
    // The IOC holds none yet.
    assert_eq!(value(&system, &ca_name(ioc, "CHARS")).await, array::<1>(ScalarKind::U8, &[]));
}

#[tokio::test]
async fn nan_and_strange_indices_are_the_gates_business_but_arrive_as_they_are() {
    let ioc = Ioc::shared(Server::Base);
    let system = ca(ioc);
    let channel = ca_name(ioc, "SLOWRBV");
    for number in [f64::NAN, f64::INFINITY, -0.0, f64::MIN_POSITIVE, 1.0] {
        put(&system, &channel, Value::Float(number)).await;
        let Value::Float(read) = value(&system, &channel).await else { panic!("no number") };
        assert_eq!(read.to_bits(), number.to_bits());
    }
}

#[tokio::test]
async fn a_put_that_takes_longer_is_of_unknown_outcome() {
    let ioc = Ioc::shared(Server::Base);
    for slow in [ca_name(ioc, "SLOW.A"), pva_name(ioc, "SLOW.A")] {
        let (ca, pva) = (ca(ioc), pva(ioc));
        let system: &dyn ControlSystem = if slow.protocol().as_str() == "ca" { &ca } else { &pva };
        value(system, &slow).await;
        let outcome = system.put(&slow, &Value::Float(3.0), within(0.6)).await;
        assert!(matches!(outcome, Ok(Put::Unknown { .. })), "{slow}: {outcome:?}");
        assert_eq!(value(system, &slow).await, Value::Float(3.0));
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let started = Instant::now();
        put(system, &slow, Value::Float(4.0)).await;
        let took = started.elapsed();
        assert!(took > Duration::from_millis(900), "{slow}: {took:?}");
    }
}

#[tokio::test]
async fn caproto_texts_have_no_bytes_in_front() {
    let ioc = Ioc::shared(Server::Caproto);
    let system = ca(ioc);
    let channel = ca_name(ioc, "NAME");
    assert_eq!(value(&system, &channel).await, Value::Text("hello".to_owned()));
    let about = system.describe(&channel, within(5.0)).await.unwrap();
    assert_eq!((about.native.kind, about.native.name.as_str()), (Kind::Text, "DBR_STRING"));
    put(&system, &channel, Value::Text("µ".to_owned())).await;
    assert_eq!(value(&system, &channel).await, Value::Text("µ".to_owned()));
}

#[tokio::test]
async fn ca_says_all_that_the_server_knows() {
    let ioc = Ioc::shared(Server::Base);
    let system = ca(ioc);
    let about = system.describe(&ca_name(ioc, "SET"), within(5.0)).await.unwrap();
    assert_eq!(about.native.kind, Kind::Number(ScalarKind::F64));
    assert!(about.native.is_scalar() && about.readable && about.writable);
    assert_eq!((about.unit.as_str(), about.precision), ("A", Some(3)));
    assert_eq!(about.control, Range::of_bounds(-50.0, 50.0));
    assert_eq!(about.display, Range::of_bounds(-60.0, 60.0));
    assert_eq!(about.warning, Range::of_bounds(-40.0, 40.0));
    assert_eq!(about.alarm, Range::of_bounds(-45.0, 45.0));
    assert_eq!(about.server, ioc.ca_address());
    let about = system.describe(&ca_name(ioc, "NODRV"), within(5.0)).await.unwrap();
    assert!(about.control.is_unbounded() && about.display.is_unbounded() && about.alarm.is_unbounded());
    let about = system.describe(&ca_name(ioc, "MODE"), within(5.0)).await.unwrap();
    assert_eq!((about.native.kind, about.native.name.as_str()), (Kind::Enum, "DBR_ENUM"));
    assert_eq!(about.labels, ["Off", "Standby", "On", "Fault"]);
    let about = system.describe(&ca_name(ioc, "COUNT"), within(5.0)).await.unwrap();
    assert_eq!(about.native.kind, Kind::Number(ScalarKind::I32));
    assert_eq!(about.control, Range::of_bounds(0.0, 100.0));
    assert!(!system.describe(&ca_name(ioc, "RBV"), within(5.0)).await.unwrap().writable);
    let reading = system.get(&ca_name(ioc, "ALARMED"), within(5.0)).await.unwrap();
    assert_eq!((reading.severity, reading.message.as_str()), (AlarmSeverity::Major, "HIHI"));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(reading.time.0.abs_diff(now.try_into().unwrap()) < 3600, "{:?}", reading.time);
}

#[tokio::test]
async fn caproto_is_understood_too() {
    let ioc = Ioc::shared(Server::Caproto);
    let system = ca(ioc);
    let about = system.describe(&ca_name(ioc, "SET"), within(5.0)).await.unwrap();
    assert_eq!((about.unit.as_str(), about.precision, about.control), ("A", Some(3), Range::of_bounds(-50.0, 50.0)));
    assert_eq!(system.describe(&ca_name(ioc, "MODE"), within(5.0)).await.unwrap().labels.len(), 4);
    put(&system, &ca_name(ioc, "SET"), Value::Float(12.5)).await;
    assert_eq!(value(&system, &ca_name(ioc, "RBV")).await, Value::Float(12.5));
    put(&system, &ca_name(ioc, "MODE"), Value::Enum(2)).await;
    assert_eq!(value(&system, &ca_name(ioc, "MODE")).await, Value::Enum(2));
    let refused = system.put(&ca_name(ioc, "SET"), &Value::Float(1000.0), within(5.0)).await;
    let Err(ControlError::Refused { reason, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(reason, "ECA_PUTFAIL");
    assert_eq!(value(&system, &ca_name(ioc, "WF")).await.len(), 4096);
}

/// Waits until the server has told that it takes writes, or that it takes none any more.
async fn until_writable(system: &dyn ControlSystem, channel: &aerie::channel::Channel, writable: bool) {
    let end = within(30.0);
    while system.describe(channel, within(10.0)).await.unwrap().writable != writable {
        assert!(Instant::now() < end, "{channel} never becomes writable: {writable}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn without_the_right_to_write_nothing_is_sent() {
    let ioc = Ioc::start(Server::Base);
    let system = ca(&ioc);
    let refused = system.put(&ca_name(&ioc, "RBV"), &Value::Float(1.0), within(5.0)).await;
    let Err(ControlError::Refused { reason, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(reason, "ECA_NOWTACCESS");
    // The server takes the right away and gives it back while the channel stays connected.
    let (locked, interlock) = (ca_name(&ioc, "LOCKED"), ca_name(&ioc, "INTLK"));
    put(&system, &locked, Value::Float(1.0)).await;
    put(&system, &interlock, Value::Enum(1)).await;
    until_writable(&system, &locked, false).await;
    let refused = system.put(&locked, &Value::Float(2.0), within(5.0)).await;
    assert!(matches!(refused, Err(ControlError::Refused { .. })), "{refused:?}");
    put(&system, &interlock, Value::Enum(0)).await;
    until_writable(&system, &locked, true).await;
    put(&system, &locked, Value::Float(3.0)).await;
    let refused = system.put(&ca_name(&ioc, "DISABLED"), &Value::Float(2.0), within(5.0)).await;
    assert!(matches!(refused, Err(ControlError::Refused { .. })), "{refused:?}");
    assert_eq!(ioc.witness().ca_get(&ioc.name("DISABLED")), 3.0);
}

#[tokio::test]
async fn base_clamps_and_says_it_is_done() {
    let ioc = Ioc::start(Server::Base);
    let (ca, pva) = (ca(&ioc), pva(&ioc));
    put(&ca, &ca_name(&ioc, "SET"), Value::Float(1000.0)).await;
    assert_eq!(value(&ca, &ca_name(&ioc, "SET")).await, Value::Float(50.0));
    put(&pva, &pva_name(&ioc, "SET"), Value::Float(-1000.0)).await;
    assert_eq!(value(&pva, &pva_name(&ioc, "SET")).await, Value::Float(-50.0));
    assert_eq!(ioc.witness().ca_get(&ioc.name("SET")), -50.0);
}

#[tokio::test]
async fn a_dropped_request_spoils_nothing() {
    let ioc = Ioc::shared(Server::Base);
    let system = ca(ioc);
    let channel = ca_name(ioc, "BIGWF");
    for wait in 0..200 {
        let read = system.get(&channel, within(5.0));
        let _ = tokio::time::timeout(Duration::from_micros(wait * 10), read).await;
        let write = system.put(&channel, &Value::Float(1.0), within(5.0));
        let _ = tokio::time::timeout(Duration::from_micros(wait), write).await;
    }
    value(&system, &channel).await;
    put(&system, &ca_name(ioc, "NODRV"), Value::Float(4.25)).await;
}

#[tokio::test]
async fn monitors_follow_and_end() {
    let base = Ioc::shared(Server::Base);
    let p4p = Ioc::shared(Server::P4p);
    let (one, two, three) = (ca(base), pva(base), pva(p4p));
    for (system, channel) in [
        (&one as &dyn ControlSystem, ca_name(base, "TICK")),
        (&two, pva_name(base, "TICK")),
        (&three, pva_name(p4p, "TICK")),
    ] {
        let mut subscription = system.monitor(&channel, within(5.0)).await.unwrap();
        assert_eq!(next(&mut subscription).await, Update::Connected, "{channel}");
        let mut last = f64::NEG_INFINITY;
        for _ in 0..10 {
            let Update::Reading(reading) = next(&mut subscription).await else { panic!("{channel}: no reading") };
            let number = reading.value.as_float().unwrap();
            assert!(number > last, "{channel}: {number} after {last}");
            last = number;
        }
        drop(subscription);
        let missing = system.monitor(&channel_like(&channel), within(0.5)).await;
        assert!(matches!(missing, Err(ControlError::NotConnected { .. })), "{missing:?}");
    }
}

fn channel_like(channel: &aerie::channel::Channel) -> aerie::channel::Channel {
    aerie::channel::Channel::parse(channel.protocol(), &format!("{}NOSUCH", channel.name())).unwrap()
}

#[tokio::test]
async fn a_slow_reader_gets_the_newest() {
    let base = Ioc::start(Server::Base);
    let (one, two) = (ca(&base), pva(&base));
    for (system, channel) in [(&one as &dyn ControlSystem, ca_name(&base, "FOLLOW")), (&two, pva_name(&base, "FOLLOW"))]
    {
        let mut subscription = system.monitor(&channel, within(5.0)).await.unwrap();
        for number in 0..500 {
            put(system, &channel, Value::Float(f64::from(number))).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut seen = Vec::new();
        while seen.last() != Some(&Value::Float(499.0)) {
            if let Update::Reading(reading) = next(&mut subscription).await {
                seen.push(reading.value);
            }
        }
        assert!(seen.len() < 200, "{channel}: {} readings were kept", seen.len());
    }
}

#[test]
fn an_adapter_outlives_the_runtime_that_made_it() {
    let ioc = Ioc::shared(Server::Base);
    let short = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (ca, pva) = short().block_on(async { (ca(ioc), pva(ioc)) });
    let (ca, pva) = (std::sync::Arc::new(ca), std::sync::Arc::new(pva));
    let (c, p) = (ca_name(ioc, "LONGIN"), pva_name(ioc, "LONGIN"));
    let mut subscription = short().block_on(ca.monitor(&ca_name(ioc, "TICK"), within(5.0))).unwrap();
    for _ in 0..3 {
        assert_eq!(short().block_on(value(&*ca, &c)), Value::Int(-42));
        assert_eq!(short().block_on(value(&*pva, &p)), Value::Int(-42));
    }
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                short().block_on(async {
                    assert_eq!(value(&*ca, &c).await, Value::Int(-42));
                    assert_eq!(value(&*pva, &p).await, Value::Int(-42));
                });
            });
        }
    });
    short().block_on(async {
        next(&mut subscription).await;
        next(&mut subscription).await;
    });
}
