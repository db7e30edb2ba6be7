//! Machines that replay a recording.

use super::*;

const TEXT: &str = "channel,time,value\nA,100,1.0\nA,102,3\nB,101,\"on, \"\"half\"\"\"\nsr/ps/1/I,100,5\n";

#[test]
fn values_come_at_their_time_and_speed() {
    let clock = Clock::virtual_at(Duration::from_secs(5000));
    let machine = RecordedMachine::from_csv(TEXT, "r.csv").unwrap().with_clock(clock.clone()).with_speed(2.0);
    let read = |name: &str| now(machine.get(&build::channel_of(name).unwrap(), soon())).unwrap();
    assert_eq!(read("A").value, Value::Float(1.0));
    assert_eq!(read("A").time, (100, 0));
    assert_eq!(read("B").severity, AlarmSeverity::Invalid);
    clock.advance(Duration::from_millis(500));
    assert_eq!(read("B").value, Value::Text("on, \"half\"".into()));
    assert_eq!(read("B").severity, AlarmSeverity::None);
    assert!(!machine.is_over());
    clock.advance(Duration::from_millis(500));
    assert_eq!(read("A").value, Value::Float(3.0));
    assert_eq!(read("sr/ps/1/i").value, Value::Float(5.0));
    assert!(machine.is_over());
    let refused = now(machine.put(&ca("A"), &Value::Float(1.0), soon()));
    assert!(matches!(refused, Err(ControlError::Refused { .. })));
    assert!(matches!(now(machine.get(&ca("C"), soon())), Err(ControlError::NotConnected { .. })));
}

#[tokio::test]
async fn a_subscription_brings_every_sample() {
    let clock = Clock::virtual_at(Duration::from_secs(5000));
    let machine = RecordedMachine::from_csv(TEXT, "r.csv").unwrap().with_clock(clock.clone());
    let mut followed = machine.monitor(&ca("A"), soon()).await.unwrap();
    assert_eq!(followed.updates.recv().await, Some(Update::Connected));
    for expected in [1.0, 3.0] {
        let update = followed.updates.recv().await;
        assert!(matches!(update, Some(Update::Reading(reading)) if reading.value == Value::Float(expected)));
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(3));
    }
}

#[test]
fn mistakes_have_a_line() {
    for (text, said) in [
        ("", "r:1: the first line"),
        ("channel,time,value\n", "r:1: there is nothing"),
        ("channel,time,value\nA,1\n", "r:2: there must be 3 columns"),
        ("channel,time,value\nA,x,1\n", "r:2: `x` is no time"),
        ("channel,time,value\nA B,1,1\n", "r:2: `A B`"),
        ("channel,time,value\nA,1,\"\n", "r:2: a quotation mark"),
    ] {
        assert!(RecordedMachine::from_csv(text, "r").unwrap_err().to_string().contains(said), "{text:?}");
    }
}
