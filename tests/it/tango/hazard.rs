//! The hazard: a call that is cancelled while its device works wedges the server. None ever is.

use std::time::{Duration, Instant};

use aerie::channel::Value;
use aerie::control::tango::{Tango, TangoSettings};
use aerie::control::{Called, ControlError, ControlSystem as _, Put};
use serde_json::json;

use super::{adapter, attribute, command, get, load, run, within};
use crate::servers;

/// The device answers, to this adapter and to another client, and the server rests.
fn assert_healthy(tango: &Tango, server: &servers::Tango) {
    let load = load(server);
    eprintln!("load of the server at rest: {:.0} %", load * 100.0);
    assert!(load < 0.2, "the server spins: {load}");
    let begun = Instant::now();
    get(tango, &attribute(server, "a_f64"));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(server.witness().tango_get(&server.trl(), "a_bool"), json!(true));
}

/// A future that is dropped by its caller, whose whole runtime is gone then.
fn drop_after<F: Future>(seconds: f64, future: F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let ended = runtime.block_on(async { tokio::time::timeout(Duration::from_secs_f64(seconds), future).await });
    assert!(ended.is_err(), "it should still have been running");
}

#[test]
fn timeouts_and_dropped_futures_leave_the_server_healthy() {
    let (zoo, tango) = (servers::Tango::start_zoo(&[]), adapter());
    let slow = attribute(&zoo, "slow_3");
    // Connected: a short deadline is then the device's alone.
    get(&tango, &attribute(&zoo, "a_f64"));
    for round in 0..2 {
        let begun = Instant::now();
        let value = Value::Float(f64::from(round));
        let put = run(tango.put(&slow, &value, within(0.8))).unwrap();
        assert!(matches!(put, Put::Unknown { .. }), "{put:?}");
        assert!(begun.elapsed() < Duration::from_millis(2500), "the deadline counts, not the device");
        // The device is busy, and nothing is sent to it meanwhile.
        let busy = run(tango.get(&attribute(&zoo, "a_f64"), within(0.2))).unwrap_err();
        assert!(matches!(&busy, ControlError::TimedOut { reason, .. } if reason.contains("busy")), "{busy}");
        // A call with a longer deadline waits for its turn.
        assert_eq!(get(&tango, &slow), value);
        drop_after(0.3, tango.command(&command(&zoo, "Sleep"), &Value::Float(1.0), within(10.0)));
        let read = attribute(&zoo, "slow_5");
        let late = run(tango.get(&read, within(1.5))).unwrap_err();
        assert!(matches!(late, ControlError::TimedOut { .. }), "{late}");
        std::thread::sleep(Duration::from_secs(8));
        assert_healthy(&tango, &zoo);
    }
    assert_eq!(get(&tango, &attribute(&zoo, "write_count")), Value::Int(2));
}

/// What its caller has given up before it was sent never is.
#[test]
fn a_write_that_nobody_waits_for_any_more_is_not_sent_later() {
    let (zoo, tango) = (servers::Tango::start_zoo(&[]), adapter());
    let target = attribute(&zoo, "a_f64");
    get(&tango, &target);
    drop_after(0.5, tango.command(&command(&zoo, "Sleep"), &Value::Float(4.0), within(10.0)));
    // One whose deadline passes while it waits, and one whose caller goes away.
    let late = run(tango.put(&target, &Value::Float(1.0), within(0.2))).unwrap_err();
    assert!(matches!(late, ControlError::TimedOut { .. }), "{late}");
    drop_after(0.2, tango.put(&target, &Value::Float(2.0), within(10.0)));
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(get(&tango, &attribute(&zoo, "write_count")), Value::Int(0));
}

#[test]
fn a_command_that_outlasts_its_deadline_is_unknown_and_happens() {
    let (zoo, tango) = (servers::Tango::start_zoo(&[]), adapter());
    get(&tango, &attribute(&zoo, "a_f64"));
    let called = run(tango.command(&command(&zoo, "Sleep"), &Value::Float(3.0), within(0.8))).unwrap();
    assert!(matches!(called, Called::Unknown { .. }), "{called:?}");
    assert_eq!(get(&tango, &attribute(&zoo, "sleep_count")), Value::Int(1));
}

/// A call that is given up closes its connection, as other clients do, and cancels nothing.
#[test]
fn giving_a_call_up_leaves_the_server_healthy() {
    let zoo = servers::Tango::start_zoo(&[]);
    let settings = TangoSettings { give_up: Duration::from_millis(500), ..Default::default() };
    let tango = Tango::connect(&settings).unwrap();
    get(&tango, &attribute(&zoo, "a_f64"));
    for _ in 0..2 {
        let late = run(tango.get(&attribute(&zoo, "slow_5"), within(0.3))).unwrap_err();
        assert!(matches!(late, ControlError::TimedOut { .. }), "{late}");
        std::thread::sleep(Duration::from_secs(1));
        // Another connection, to a device that is still at work: Tango itself says so.
        let busy = run(tango.get(&attribute(&zoo, "a_f64"), within(4.0))).unwrap_err();
        assert!(matches!(&busy, ControlError::Refused { reason, .. } if reason == "API_CommandTimedOut"), "{busy}");
        std::thread::sleep(Duration::from_secs(2));
        assert_healthy(&tango, &zoo);
    }
}

#[test]
fn dropping_the_adapter_under_a_call_leaves_the_server_healthy() {
    let zoo = servers::Tango::start_zoo(&[]);
    for _ in 0..2 {
        let tango = adapter();
        get(&tango, &attribute(&zoo, "a_f64"));
        drop_after(0.8, tango.put(&attribute(&zoo, "slow_3"), &Value::Float(1.0), within(10.0)));
        drop(tango);
        std::thread::sleep(Duration::from_secs(4));
        assert_healthy(&adapter(), &zoo);
    }
    assert_eq!(get(&adapter(), &attribute(&zoo, "write_count")), Value::Int(2));
}

/// What the test below runs in a process of its own.
#[test]
#[ignore = "run by the test below, in a process that ends meanwhile"]
fn a_process_that_ends_under_a_call() {
    let Ok(channel) = std::env::var("AERIE_TEST_CHANNEL") else { return };
    let channel = aerie::channel::Channel::parse(aerie::channel::Protocol::Tango, &channel).unwrap();
    let tango = adapter();
    let put = run(tango.put(&channel, &Value::Float(4.0), within(1.5))).unwrap();
    assert!(matches!(put, Put::Unknown { .. }), "{put:?}");
}

#[test]
fn ending_the_process_under_a_call_leaves_the_server_healthy() {
    let zoo = servers::Tango::start_zoo(&[]);
    for _ in 0..2 {
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tango::hazard::a_process_that_ends_under_a_call", "--ignored"])
            .env("AERIE_TEST_CHANNEL", attribute(&zoo, "slow_3").name())
            .stdout(std::process::Stdio::null())
            .status();
        assert!(status.unwrap().success());
        std::thread::sleep(Duration::from_secs(4));
        assert_healthy(&adapter(), &zoo);
    }
    assert_eq!(get(&adapter(), &attribute(&zoo, "write_count")), Value::Int(2));
}

/// A device that gave up waiting for another one does not know what came of it, and says no all the same.
#[test]
fn a_timeout_within_the_device_is_unknown() {
    let (zoo, tango) = (servers::Tango::zoo(), adapter());
    let called = run(tango.command(&command(zoo, "Nested"), &Value::None, within(10.0)));
    assert!(matches!(called, Ok(Called::Unknown { .. })), "{called:?}");
}

/// Attempts to connect to a server that is stopped are left behind, a few of them, and it is found when it goes on.
#[test]
fn connecting_to_a_stopped_server_is_given_up() {
    let zoo = servers::Tango::start_zoo(&[]);
    let settings = TangoSettings { give_up: Duration::from_millis(200), ..Default::default() };
    let tango = Tango::connect(&settings).unwrap();
    let target = attribute(&zoo, "a_f64");
    let paused = zoo.server().pause();
    for _ in 0..8 {
        let gone = run(tango.get(&target, within(0.3))).unwrap_err();
        assert!(matches!(gone, ControlError::NotConnected { .. }), "{gone}");
        std::thread::sleep(Duration::from_millis(250));
    }
    drop(paused);
    get(&tango, &target);
    assert_healthy(&tango, &zoo);
}

/// As many callers as a device has room for wait; the next is told at once.
#[test]
fn a_queue_that_is_full_refuses() {
    let (zoo, tango) = (servers::Tango::start_zoo(&[]), adapter());
    let target = attribute(&zoo, "a_f64");
    get(&tango, &target);
    drop_after(0.5, tango.command(&command(&zoo, "Sleep"), &Value::Float(4.0), within(10.0)));
    let begun = Instant::now();
    let results = run(async {
        let calls = (0..200).map(|_| tango.get(&target, within(30.0)));
        futures_util::future::join_all(calls).await
    });
    let busy = results.iter().filter(|result| matches!(result, Err(ControlError::Busy { .. }))).count();
    let good = results.iter().filter(|result| result.is_ok()).count();
    // The one that nobody waits for any more may still count.
    assert!((63..=64).contains(&good), "{good}");
    assert_eq!(good + busy, 200, "after {:?}", begun.elapsed());
}
