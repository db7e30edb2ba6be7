//! The servers that other tests stand on do what those tests take for granted.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::servers::{Ioc, Kind, Tango, number, until};

#[test]
fn base_clamps_in_silence_and_forbids_by_its_rules() {
    let ioc = Ioc::start(Kind::Base);
    let witness = ioc.witness();
    let [set, readback, unlimited] = ["SET", "RBV", "NODRV"].map(|record| ioc.name(record));
    assert_eq!(witness.ca_put(&set, 1000.0), Ok(()), "Base says yes");
    assert_eq!(witness.ca_get(&set), json!(50.0), "and clamps");
    assert_eq!(witness.pva_put(&set, -1000.0), Ok(()), "over PV Access as well");
    assert_eq!(witness.pva_get(&set), json!(-50.0));
    assert_eq!(witness.ca_get(&readback), json!(-50.0), "the readback follows");
    assert_eq!(witness.ca_put(&unlimited, json!({"$": "nan"})), Ok(()));
    assert!(number(&witness.ca_get(&unlimited)).is_nan());

    let refused = witness.ca_put(&readback, 1.0).expect_err("no write access");
    assert!(refused.contains("no write access"), "{refused}");
    let refused = witness.ca_put(&ioc.name("DISABLED"), 1.0).expect_err("puts are disabled");
    assert!(refused.contains("Channel write request failed"), "{refused}");
    let refused = witness.pva_put(&ioc.name("DISABLED"), 1.0).expect_err("puts are disabled");
    assert!(refused.contains("Field Disabled"), "{refused}");
}

#[test]
fn base_changes_access_rights_while_a_client_is_connected() {
    let ioc = Ioc::start(Kind::Base);
    let witness = ioc.witness();
    let [lock, locked] = ["INTLK", "LOCKED"].map(|record| ioc.name(record));
    until("the rule knows its interlock", || witness.ca_describe(&locked)["write"] == json!(true));
    assert_eq!(witness.ca_put(&locked, 5.0), Ok(()));
    assert_eq!(witness.ca_put(&lock, "Tripped"), Ok(()));
    until("the right is taken away", || witness.ca_describe(&locked)["write"] == json!(false));
    let refused = witness.pva_put(&locked, 6.0).expect_err("over PV Access as well");
    assert!(refused.contains("not permitted"), "{refused}");
    assert_eq!(witness.ca_put(&lock, "Clear"), Ok(()));
    until("the right is given back", || witness.ca_describe(&locked)["write"] == json!(true));
    assert_eq!(witness.ca_get(&locked), json!(5.0));
}

#[test]
fn base_serves_every_kind_of_record() {
    let ioc = &Ioc::start(Kind::Base);
    let witness = ioc.witness();
    let get = |record: &str| witness.ca_get(&ioc.name(record));
    let put = |record: &str, value: Value| witness.ca_put(&ioc.name(record), value).expect("a put");

    assert_eq!(get("MODE"), json!({"index": 1, "label": "Standby"}));
    put("MODE", json!("On"));
    assert_eq!(witness.pva_get(&ioc.name("MODE")), json!({"index": 2, "label": "On"}));
    put("MODE", json!(9));
    assert_eq!(get("MODE"), json!({"index": 9, "label": null}), "Base takes a state that is none");
    assert_eq!(get("MBBI")["label"], "Moving");
    assert_eq!(get("SHUTTER")["label"], "Closed");
    put("COUNT", json!(500));
    assert_eq!(get("COUNT"), json!(100));
    assert_eq!(get("LONGIN"), json!(-42));
    assert_eq!(get("I64"), json!(9_007_199_254_740_992.0), "rounded");
    assert_eq!(witness.pva_get(&ioc.name("I64")), json!(9_007_199_254_740_993_i64), "exact");
    put("NAME", json!("µm"));
    assert_eq!(get("NAME"), json!("µm"));
    assert_eq!(witness.pva_put(&ioc.name("LNAME"), "x".repeat(200)), Ok(()));
    assert_eq!(witness.pva_get(&ioc.name("LNAME")), json!("x".repeat(200)));
    for (record, value) in [
        ("WF", json!([1.5, {"$": "inf"}, 0.1])),
        ("FLOATWF", json!([0.5, -1.25])),
        ("SHORTWF", json!([1, -200])),
        ("UCHARWF", json!([1, 200])),
        ("CHARS", json!([104, 105])),
        ("STRWF", json!(["one", "two"])),
    ] {
        put(record, value.clone());
        assert_eq!(get(record), value, "{record}");
    }
    put("LEAD", json!(4.0));
    assert_eq!(get("FOLLOW"), json!(8.0), "one record changes another");
    assert_eq!(witness.ca_describe(&ioc.name("ALARMED"))["severity"], json!(2));
    assert_eq!(witness.ca_describe(&ioc.name("STEP"))["upper_ctrl_limit"], json!(1000.0));
    assert_eq!(witness.ca_describe(&ioc.name("NODRV"))["upper_ctrl_limit"], json!(0.0));
    assert_eq!(get("BULK0"), json!(0.0));
    assert_eq!(get("BULK999"), json!(999.0));
    let first = number(&get("TICK"));
    until("the clock ticks", || number(&get("TICK")) > first);
}

#[test]
fn base_takes_its_time_where_records_do() {
    let ioc = Ioc::start(Kind::Base);
    let witness = ioc.witness();
    assert_eq!(witness.ca_get(&ioc.name("SLOWRBV")), json!(0.0));
    for protocol in ["ca", "pva"] {
        let begun = Instant::now();
        let put = json!({"via": protocol, "put": ioc.name("SLOW.A"), "value": 3});
        assert_eq!(witness.ask(put), Ok(Value::Null));
        assert!(begun.elapsed() > Duration::from_millis(950), "completion over {protocol} waits for the record");
    }
    assert_eq!(witness.ca_get(&ioc.name("SLOWRBV")), json!(3.0));

    // At 5 units a second: long enough for the slowest machine to look in between.
    assert_eq!(witness.ca_get(&ioc.name("RAMP:RBV")), json!(0.0));
    let begun = Instant::now();
    assert_eq!(witness.ca_put(&ioc.name("RAMP"), 50.0), Ok(()));
    assert!(number(&witness.ca_get(&ioc.name("RAMP:RBV"))) < 50.0, "the readback is not there yet");
    until("the ramp ends", || witness.ca_get(&ioc.name("RAMP:RBV")) == json!(50.0));
    assert!(begun.elapsed() > Duration::from_secs(9));
}

#[test]
fn base_moves_a_million_numbers() {
    let ioc = Ioc::shared(Kind::Base);
    let numbers: Vec<f64> = (0..1_000_000).map(|number| f64::from(number) / 3.0).collect();
    assert_eq!(ioc.witness().ca_put(&ioc.name("BIGWF"), numbers.clone()), Ok(()));
    assert!(ioc.witness().ca_get(&ioc.name("BIGWF")) == json!(numbers), "every number comes back exactly");
}

#[test]
fn soft_ioc_completes_when_its_python_does() {
    let ioc = Ioc::shared(Kind::Soft);
    let witness = ioc.witness();
    assert_eq!(witness.ca_put(&ioc.name("SET"), 1000.0), Ok(()));
    assert_eq!(witness.pva_get(&ioc.name("SET")), json!(50.0));
    until("the readback follows", || witness.ca_get(&ioc.name("RBV")) == json!(50.0));
    let begun = Instant::now();
    assert_eq!(witness.ca_put(&ioc.name("SLOW"), 2.0), Ok(()));
    assert!(begun.elapsed() > Duration::from_millis(950));
}

#[test]
fn caproto_refuses_where_base_clamps() {
    let ioc = &Ioc::start(Kind::Caproto);
    let witness = ioc.witness();
    assert_eq!(witness.ca_put(&ioc.name("SET"), 20.0), Ok(()));
    assert!(witness.ca_put(&ioc.name("SET"), 1000.0).is_err());
    assert_eq!(witness.ca_get(&ioc.name("SET")), json!(20.0));
    assert_eq!(witness.ca_get(&ioc.name("RBV")), json!(20.0));
    assert_eq!(witness.ca_get(&ioc.name("MODE"))["label"], "Standby");
    assert_eq!(witness.ca_get(&ioc.name("BULK99")), json!(99.0));
}

#[test]
fn p4p_refuses_with_text_and_serves_odd_types() {
    let ioc = Ioc::shared(Kind::P4p);
    let witness = ioc.witness();
    let get = |name: &str| witness.pva_get(&ioc.name(name));
    let refused = witness.pva_put(&ioc.name("SET"), 1000.0).expect_err("it is outside");
    assert!(refused.contains("value 1000.0 outside [-50.0, 50.0]"), "{refused}");
    assert_eq!(witness.pva_put(&ioc.name("SET"), 12.5), Ok(()));
    let whole = witness.pva_describe(&ioc.name("SET"));
    assert_eq!((&whole["value"], &whole["control"]["limitHigh"]), (&json!(12.5), &json!(50.0)));
    assert_eq!(whole["display"]["units"], "A", "a put of the value leaves the rest");
    assert_eq!(witness.pva_put(&ioc.name("CLAMP"), 99.0), Ok(()));
    assert_eq!(get("CLAMP"), json!(10.0));
    assert!(witness.pva_put(&ioc.name("RBV"), 1.0).expect_err("it never changes").contains("read-only"));
    let silent = json!({"via": "pva", "put": ioc.name("SILENT"), "value": 1});
    assert!(witness.ask_within(Duration::from_millis(300), silent).expect_err("no answer").contains("Timeout"));

    assert_eq!(witness.pva_put(&ioc.name("MODE"), "On"), Ok(()));
    assert_eq!(get("MODE"), json!({"index": 2, "label": "On"}));
    assert_eq!(get("I64"), json!(9_007_199_254_740_993_i64));
    assert_eq!(get("U64"), json!(u64::MAX));
    assert_eq!(get("BYTE"), json!(-5));
    assert_eq!(get("FLAG"), json!(true));
    assert_eq!(get("STRINGS"), json!(["one", "two", ""]));
    assert_eq!(get("TABLE"), json!({"name": ["Q1", "Q2"], "current": [1.5, -2.5]}));
    assert_eq!(get("IMAGE"), json!((0..12).collect::<Vec<_>>()));
    assert_eq!(witness.pva_put(&ioc.name("POINT"), json!({"x": 3.5})), Ok(()));
    assert_eq!(get("POINT"), json!({"x": 3.5, "y": 2.0, "label": "home"}));
    assert_eq!(witness.pva_rpc(&ioc.name("RPC"), json!({"lhs": 1.5, "rhs": 2})), Ok(json!(3.5)));
    assert!(
        witness.pva_rpc(&ioc.name("RPC"), json!({"lhs": 1.5})).expect_err("one is missing").contains("lhs and rhs")
    );
}

#[test]
fn tango_refuses_outside_its_limits_and_in_fault() {
    let tango = Tango::start();
    let (witness, device) = (tango.witness(), tango.trl());
    let get = |attribute: &str| witness.tango_get(&device, attribute);
    let refused = witness.tango_put(&device, "current", 300.0).expect_err("it is outside");
    assert!(refused.contains("API_WAttrOutsideLimit"), "{refused}");
    assert_eq!(witness.tango_put(&device, "current", 42.0), Ok(()));
    assert_eq!((get("current"), get("voltage")), (json!(42.0), json!(84.0)));
    assert_eq!(witness.tango_put(&device, "clamped", 99.0), Ok(()), "the device says yes");
    assert_eq!(get("clamped"), json!(10.0), "and clamps");
    assert_eq!(witness.tango_put(&device, "mode", 2), Ok(()));
    assert_eq!(get("mode"), json!({"index": 2, "label": "ON"}));
    for (attribute, value) in [
        ("texts", json!(["a", "ü"])),
        ("flag", json!(false)),
        ("long", json!(-7)),
        ("i64", json!(9_007_199_254_740_995_i64)),
        ("wf", json!([0.1, 1e300])),
        ("matrix", json!([[1.0], [2.0]])),
    ] {
        assert_eq!(witness.tango_put(&device, attribute, value.clone()), Ok(()));
        assert_eq!(get(attribute), value, "{attribute}");
    }
    let run = |command: &str, argument: Value| witness.tango_command(&device, command, argument);
    assert_eq!(run("Sum", json!([1.0, 2.5])), Ok(json!([3.5, 2.0])));
    assert_eq!(run("Sort", json!(["b", "a"])), Ok(json!(["a", "b"])));
    assert_eq!(run("EchoDoubleString", json!([[1.5], ["x"]])), Ok(json!([[1.5], ["x"]])));
    let begun = Instant::now();
    assert_eq!(run("Wait", Value::Null), Ok(json!(1.5)));
    assert_eq!(witness.tango_put(&device, "slow_write", 3.0), Ok(()));
    assert!(begun.elapsed() > Duration::from_millis(2900));
    assert!(run("Refuse", Value::Null).expect_err("it always fails").contains("HW_Fault: no hardware"));

    assert_eq!(run("Fail", json!(true)), Ok(Value::Null));
    assert_eq!(get("state"), json!("FAULT"));
    assert!(run("Reset", Value::Null).expect_err("not in FAULT").contains("API_CommandNotAllowed"));
    assert!(witness.tango_put(&device, "current", 1.0).expect_err("not in FAULT").contains("API_AttrNotAllowed"));
    assert_eq!(get("current"), json!(42.0));
}

#[test]
fn tango_is_found_by_its_database() {
    let mut tango = Tango::start_with_database();
    assert!(tango.trl().contains(&tango.host().expect("a database")));
    assert_eq!(tango.witness().tango_get(Tango::DEVICE, "current"), json!(1.5), "by its name alone");
    assert_eq!(tango.witness().tango_put(&tango.trl(), "current", 2.0), Ok(()));
    tango.server_mut().restart();
    let get = json!({"via": "tango", "device": tango.trl(), "get": "current"});
    until("the device is back", || tango.witness().ask(get.clone()) == Ok(json!(1.5)));
    tango.database_mut().expect("a database").restart();
    assert_eq!(tango.witness().tango_get(&tango.trl(), "current"), json!(1.5));
}

#[test]
fn a_killed_server_comes_back_on_the_same_ports() {
    for kind in [Kind::Base, Kind::Soft, Kind::Caproto, Kind::P4p] {
        let mut ioc = Ioc::start(kind);
        let protocol = if matches!(kind, Kind::P4p) { "pva" } else { "ca" };
        let get = json!({"via": protocol, "get": ioc.name("NAME")});
        let ask = |ioc: &Ioc| ioc.witness().ask_within(Duration::from_secs(1), get.clone());
        until("the server answers", || ask(&ioc) == Ok(json!("hello")));
        let before = (ioc.ca_address(), ioc.pva_address(), ioc.pva_search_address());
        ioc.server_mut().kill();
        assert!(ask(&ioc).is_err(), "a dead server answers nothing");
        ioc.server_mut().restart();
        assert_eq!(before, (ioc.ca_address(), ioc.pva_address(), ioc.pva_search_address()));
        until("the server answers again", || ask(&ioc) == Ok(json!("hello")));
    }
    let mut tango = Tango::start();
    let before = tango.address();
    tango.server_mut().restart();
    assert_eq!(before, tango.address());
    assert_eq!(tango.witness().tango_get(&tango.trl(), "text"), json!("hello"));
}

#[test]
fn a_paused_server_keeps_its_connections_and_answers_nothing() {
    let ioc = Ioc::start(Kind::Base);
    let tango = Tango::start();
    let get = json!({"via": "ca", "get": ioc.name("SET")});
    let read = json!({"via": "tango", "device": tango.trl(), "get": "current"});
    let short = Duration::from_millis(500);
    assert_eq!(ioc.witness().ask(get.clone()), Ok(json!(10.0)));
    assert_eq!(tango.witness().ask(read.clone()), Ok(json!(1.5)));
    let paused = (ioc.server().pause(), tango.server().pause());
    assert!(ioc.witness().ask_within(short, get.clone()).is_err());
    assert!(tango.witness().ask_within(short, read.clone()).is_err());
    drop(paused);
    until("the IOC goes on", || ioc.witness().ask_within(short, get.clone()) == Ok(json!(10.0)));
    until("the device goes on", || tango.witness().ask_within(short, read.clone()) == Ok(json!(1.5)));
}

#[test]
fn a_server_leaves_when_its_input_closes() {
    for kind in [Kind::Base, Kind::Soft, Kind::Caproto, Kind::P4p] {
        let mut ioc = Ioc::start(kind);
        let status = ioc.server_mut().hang_up();
        assert!(status.success(), "{status}: {}", ioc.server().said());
    }
    let mut tango = Tango::start_with_database();
    assert!(tango.server_mut().hang_up().success());
    assert!(tango.database_mut().expect("a database").hang_up().success());
}

#[test]
fn shared_servers_are_one() {
    assert_eq!(Tango::shared().address(), Tango::shared().address());
    assert_eq!(Ioc::shared(Kind::Base).prefix(), Ioc::shared(Kind::Base).prefix());
    let device = Tango::shared();
    assert_eq!(device.witness().tango_get(&device.trl(), "flag"), json!(true));
}

#[test]
fn the_witness_tells_numbers_exactly_and_survives_nonsense() {
    let ioc = Ioc::shared(Kind::P4p);
    let witness = ioc.witness();
    for value in [0.1 + 0.2, 271.0 / 3.0, f64::MIN_POSITIVE / 3.0, 1e23, -f64::MAX] {
        assert_eq!(witness.pva_put(&ioc.name("BULK7"), value), Ok(()));
        assert_eq!(number(&witness.pva_get(&ioc.name("BULK7"))).to_bits(), value.to_bits(), "{value}");
    }
    for nonsense in [json!({}), json!({"via": "x", "get": "y"}), json!({"via": "ca", "get": 1})] {
        assert!(witness.ask(nonsense).is_err());
    }
    assert_eq!(witness.pva_get(&ioc.name("BULK8")), json!(8.0));
}
