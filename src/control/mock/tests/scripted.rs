//! Machines as described in YAML.

use super::*;

#[test]
fn channels_are_as_described() {
    let (machine, clock) = example();
    let about = now(machine.describe(&ca("SR:C01:HCM1:SP"), soon())).unwrap();
    assert_eq!((about.unit.as_str(), about.precision), ("A", Some(4)));
    assert_eq!(about.control, Range::of_bounds(-20.0, 20.0));
    assert_eq!(get(&machine, &ca("SR:C01:HCM1:RB")), Value::Float(1.502));
    put(&machine, &ca("SR:C01:HCM1:SP"), 99.0).unwrap();
    let reading = now(machine.get(&ca("SR:C01:HCM1:SP"), soon())).unwrap();
    assert_eq!((reading.value, reading.severity), (Value::Float(20.0), AlarmSeverity::Major));
    clock.advance(Duration::from_millis(1200));
    assert_eq!(get(&machine, &ca("SR:C01:HCM1:RB")), Value::Float(11.502));
    clock.advance(Duration::from_secs(1));
    assert_eq!(machine.value_of("SR:C01:HCM1:RB"), Some(Value::Float(20.002)));
    assert_eq!(get(&machine, &ca("SR:MODE")), Value::Enum(2));
    assert_eq!(now(machine.get(&ca("SR:OLD:GAUGE"), soon())).unwrap().severity, AlarmSeverity::Invalid);
    assert_eq!(get(&machine, &ca("SR:C01:HCM1:SP.EGU")), Value::Text("A".into()));
}

#[test]
fn a_tango_attribute_comes_after_its_set_value() {
    let (machine, clock) = example();
    let attribute = tango("sr/ps/1/Current");
    put(&machine, &attribute, 200.0).unwrap();
    clock.advance(Duration::from_millis(1100));
    let reading = now(machine.get(&attribute, soon())).unwrap();
    assert_eq!((reading.value, reading.set_value), (Value::Float(150.0), Some(Value::Float(200.0))));
    let called = now(machine.command(&tango("sr/ps/1/ramp()"), &Value::Float(300.0), soon()));
    assert_eq!(called, Ok(Called::Returned(Value::Float(300.0))));
    assert_eq!(get(&machine, &tango("sr/ps/1/state")), Value::Enum(10));
    let beyond = now(machine.command(&tango("sr/ps/1/ramp()"), &Value::Float(3000.0), soon()));
    assert!(matches!(beyond, Err(ControlError::Refused { .. })));
    assert_eq!(machine.writes().len(), 4);
}

#[test]
fn faults_are_as_described() {
    let (machine, _clock) = example();
    assert!(matches!(now(machine.get(&ca("TEST:SILENT"), soon())), Err(ControlError::TimedOut { .. })));
    let slow = ca("TEST:SLOW");
    assert!(now(machine.get(&slow, soon())).is_ok());
    let hurry = Instant::now() + Duration::from_secs(1);
    assert!(matches!(now(machine.get(&slow, hurry)), Err(ControlError::TimedOut { .. })));
    assert!(matches!(now(machine.put(&slow, &Value::Float(1.0), hurry)), Ok(Put::Unknown { .. })));
    assert!(matches!(get(&machine, &ca("TEST:LIAR")), Value::Text(_)));
    for _ in 0..3 {
        assert_eq!(put(&machine, &ca("TEST:DROPS"), 1.0), Ok(Put::Accepted));
    }
    assert!(matches!(put(&machine, &ca("TEST:DROPS"), 1.0), Err(ControlError::NotConnected { .. })));
    assert!(matches!(now(machine.get(&ca("TEST:DROPS"), soon())), Err(ControlError::NotConnected { .. })));
    assert_eq!(put(&machine, &ca("TEST:LOSES"), 1.0), Ok(Put::Accepted));
    assert_eq!(get(&machine, &ca("TEST:LOSES")), Value::Float(0.0));
    assert!(matches!(put(&machine, &ca("TEST:REFUSES"), 1.0),
        Err(ControlError::Refused { message, .. }) if message.contains("local mode")));
    assert!(matches!(put(&machine, &ca("TEST:MUTE"), 1.0), Ok(Put::Unknown { .. })));
    assert_eq!(machine.value_of("TEST:MUTE"), Some(Value::Float(1.0)));
}

#[test]
fn only_what_is_described_exists() {
    let text = EXAMPLE.replace("only: false", "only: true");
    let clock = Clock::virtual_at(Duration::ZERO);
    let machine = SimulatedMachine::from_yaml(&text, "m").unwrap().with_clock(clock.clone());
    assert!(matches!(now(machine.get(&ca("NOBODY"), soon())), Err(ControlError::NotConnected { .. })));
    assert!(clock.now() > 4_000_000_000);
    assert!(matches!(now(machine.get(&tango("sr/ps/1/other"), soon())),
        Err(ControlError::Refused { reason, .. }) if reason == "API_AttrNotFound"));
    assert!(matches!(now(machine.get(&tango("sr/ps/9/other"), soon())), Err(ControlError::NotConnected { .. })));
}

#[test]
fn mistakes_have_a_line_and_a_suggestion() {
    for (text, said) in [
        ("channels:\n  X:\n    type: double\n    unti: A\n", "m:4: unknown key `unti`; did you mean `unit`?"),
        ("sed: 1\n", "m:1: unknown key `sed`; did you mean `seed`?"),
        ("channels:\n  X:\n    type: duble\n", "m:2: `X`: there is no type `duble`"),
        ("channels:\n  X:\n    type: i16\n    value: 99999\n", "m:2: `X`: 99999 is not within"),
        ("channels:\n  X: {type: double, limits: [5, 1]}\n", "m:2: `X`: `limits` is [low, high]"),
        ("channels:\n  X: {type: double, follows: {channel: Y}}\n", "m:2: `X`: it follows `Y`, which is not described"),
        ("channels:\n  X: {type: enum}\n", "m:2: `X`: `labels` and `type: enum` belong together"),
        ("channels:\n  X: {type: double, faults: {put: lots}}\n", "`put` is lost"),
        ("channels:\n  X: {type: double}\n  X.VAL: {type: double}\n", "m:3: `X.VAL`: it is there twice"),
        ("channels:\n  X: {type: double}\n  X: {type: double}\n", "`X` is there twice"),
        ("lag: soon\n", "m:1: "),
    ] {
        let error = SimulatedMachine::from_yaml(text, "m").unwrap_err().to_string();
        assert!(error.contains(said), "{error}\n{said}");
    }
    assert!(SimulatedMachine::from_yaml("", "m").is_ok());
}
