//! Following attributes: by events, by reading, through restarts, with slow readers.

use std::time::{Duration, Instant};

use aerie::channel::Value;
use aerie::control::{ControlError, ControlSystem as _, Subscription, Update};

use super::{adapter, attribute, run, within};
use crate::servers::Tango;

/// The next update, within this many seconds.
fn next(subscription: &mut Subscription, seconds: f64) -> Option<Update> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let wait = Duration::from_secs_f64(seconds);
    runtime.block_on(async { tokio::time::timeout(wait, subscription.updates.recv()).await }).ok().flatten()
}

fn value(update: Option<Update>) -> Value {
    match update {
        Some(Update::Reading(reading)) => reading.value,
        other => panic!("{other:?}"),
    }
}

fn until(subscription: &mut Subscription, seconds: f64, what: impl Fn(&Update) -> bool) -> Duration {
    let begun = Instant::now();
    let mut seen = Vec::new();
    while begun.elapsed().as_secs_f64() < seconds {
        if let Some(update) = next(subscription, 0.5) {
            if what(&update) {
                return begun.elapsed();
            }
            seen.push(update);
        }
    }
    panic!("not within {seconds} s, but {seen:?}");
}

/// Writes until events come: one for every write, which reading once a second would not tell apart.
fn until_events(subscription: &mut Subscription, server: &Tango, number: f64) {
    let (begun, mut heard) = (Instant::now(), 0);
    while heard < 3 {
        assert!(begun.elapsed() < Duration::from_mins(1), "no events come");
        server.witness().tango_put(&server.trl(), "current", number).unwrap();
        while let Some(update) = next(subscription, 0.2) {
            heard += u32::from(is_float(&update, number));
        }
    }
}

fn is_float(update: &Update, number: f64) -> bool {
    matches!(update, Update::Reading(reading) if reading.value == Value::Float(number))
}

#[test]
fn events_arrive_as_they_are_pushed() {
    let (server, tango) = (Tango::start(), adapter());
    let mut following = run(tango.monitor(&attribute(&server, "current"), within(10.0))).unwrap();
    assert_eq!(next(&mut following, 5.0), Some(Update::Connected));
    assert_eq!(value(next(&mut following, 5.0)), Value::Float(1.5));
    until_events(&mut following, &server, 1.75);
    let numbers = [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
    for number in numbers {
        server.witness().tango_put(&server.trl(), "current", number).unwrap();
    }
    // Reading once a second would have missed most of them.
    for number in numbers {
        assert_eq!(value(next(&mut following, 20.0)), Value::Float(number));
    }
}

#[test]
fn without_events_it_is_read_once_a_second() {
    let (zoo, tango) = (Tango::start_zoo(&[]), adapter());
    let mut following = run(tango.monitor(&attribute(&zoo, "ticking"), within(10.0))).unwrap();
    let begun = Instant::now();
    let mut readings = 0;
    while begun.elapsed() < Duration::from_secs(5) {
        if let Some(Update::Reading(_)) = next(&mut following, 0.5) {
            readings += 1;
        }
    }
    assert!((2..=7).contains(&readings), "{readings} in 5 s");
    // What does not change is not repeated.
    let mut following = run(tango.monitor(&attribute(&zoo, "a_f64"), within(10.0))).unwrap();
    let mut updates = 0;
    while next(&mut following, 2.5).is_some() {
        updates += 1;
    }
    assert_eq!(updates, 2, "connected, and one value");
}

#[test]
fn a_slow_reader_gets_the_newest() {
    let (zoo, tango) = (Tango::start_zoo(&[]), adapter());
    let mut following = run(tango.monitor(&attribute(&zoo, "pushed"), within(10.0))).unwrap();
    // Every push is heard once events come, also one that changes nothing.
    let (begun, mut heard) = (Instant::now(), 0);
    while heard < 3 {
        assert!(begun.elapsed() < Duration::from_mins(1), "no events come");
        zoo.witness().tango_command(&zoo.trl(), "Push", 3000).unwrap();
        while let Some(update) = next(&mut following, 0.2) {
            heard += u32::from(is_float(&update, 3000.0));
        }
    }
    zoo.witness().tango_command(&zoo.trl(), "PushMany", 2000).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    until(&mut following, 20.0, |update| is_float(update, 1999.0));
    assert_eq!(next(&mut following, 1.5), None, "and nothing after it");
}

#[test]
fn a_server_that_goes_and_comes_back_is_followed_on() {
    let (mut server, tango) = (Tango::start(), adapter());
    let channel = attribute(&server, "current");
    let mut following = run(tango.monitor(&channel, within(10.0))).unwrap();
    until(&mut following, 20.0, |update| is_float(update, 1.5));
    until_events(&mut following, &server, 1.75);
    server.server_mut().kill();
    let took = until(&mut following, 60.0, |update| *update == Update::Disconnected);
    eprintln!("gone was told after {took:?}");
    server.server_mut().restart();
    let took = until(&mut following, 60.0, |update| *update == Update::Connected);
    eprintln!("back was told after {took:?}");
    until(&mut following, 20.0, |update| is_float(update, 1.5));
    until_events(&mut following, &server, 9.0);
}

/// A device that is busy is not gone, and one that cannot be read is followed.
#[test]
fn faults_are_readings_and_what_is_unknown_is_refused() {
    let (server, tango) = (Tango::start(), adapter());
    let mut following = run(tango.monitor(&attribute(&server, "broken"), within(10.0))).unwrap();
    assert_eq!(next(&mut following, 5.0), Some(Update::Connected));
    let Some(Update::Reading(reading)) = next(&mut following, 5.0) else { panic!("a reading") };
    assert_eq!((reading.value, reading.message.as_str()), (Value::None, "HW_Fault: no hardware"));
    let refused = run(tango.monitor(&attribute(&server, "unknown"), within(10.0))).unwrap_err();
    assert!(matches!(&refused, ControlError::Refused { reason, .. } if reason == "API_AttrNotFound"), "{refused}");
}

#[test]
fn a_subscription_ends_when_dropped() {
    let (zoo, tango) = (Tango::start_zoo(&[]), adapter());
    let ticking = attribute(&zoo, "ticking");
    let following = run(tango.monitor(&ticking, within(10.0))).unwrap();
    drop(following);
    // Only the reader gone, and the guard kept.
    let mut following = run(tango.monitor(&ticking, within(10.0))).unwrap();
    let guard = following.guard.take();
    drop(following);
    std::thread::sleep(Duration::from_millis(1500));
    let level = |value| match value {
        Value::Float(level) => level,
        other => panic!("{other:?}"),
    };
    let before = level(super::get(&tango, &ticking));
    std::thread::sleep(Duration::from_secs(3));
    assert!((level(super::get(&tango, &ticking)) - before - 1.0).abs() < 0.1, "somebody still reads");
    drop(guard);
    assert!(super::load(&zoo) < 0.2);
}
