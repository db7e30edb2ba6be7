//! Machines whose channels are guessed from their names.

use super::*;

fn about(name: &str) -> Description {
    now(SimulatedMachine::new(1).describe(&ca(name), soon())).unwrap()
}

#[test]
fn names_say_what_they_are() {
    for (name, unit, low, high) in [
        ("SR:BEAM:CURRENT", "mA", 499.0, 501.0),
        ("SR:DCCT", "mA", 499.0, 501.0),
        ("SR:LIFETIME", "h", 7.0, 10.0),
        ("SR:C01:PRESSURE", "Torr", 1e-10, 1e-8),
        ("RF:TEMP", "degC", 20.0, 30.0),
        ("SR:ENERGY", "MeV", 1800.0, 2000.0),
        ("KLYSTRON:VOLTAGE", "V", 4000.0, 6000.0),
        ("RF:FREQUENCY:SP", "MHz", 490.0, 510.0),
        ("SR:TUNE:X", "", 0.1, 0.3),
        ("SR:C01:BPM3:X", "mm", -1.0, 1.0),
        ("SR:C03-MG{PS:SH3}I:Sp1-SP", "A", -20.0, 500.0),
    ] {
        let value = get(&SimulatedMachine::new(1), &ca(name)).as_float().unwrap();
        assert_eq!(about(name).unit, unit, "{name}");
        assert!((low..=high).contains(&value), "{name} is {value}");
    }
    assert_eq!(about("SR:MODE").native.kind, Kind::Enum);
    assert_eq!(about("SR:MODE").labels.len(), 4);
    assert_eq!(about("SR:STATUS").native.kind, Kind::Enum);
    assert_eq!(about("BEAM:CURRENT:WF").native.shape, [1024]);
    assert_eq!(about("BEAM:CURRENT:WF").unit, "mA");
    assert_eq!(about("SR:PS:NAME").native.kind, Kind::Text);
    assert_eq!(about("SR:EVENT:COUNT").native.kind, Kind::Number(ScalarKind::I32));
    assert_eq!(about("TEMPLATE:THING").unit, "");
    assert_eq!(about("ANY").native.name, "DBR_DOUBLE");
    let pva = now(SimulatedMachine::new(1).describe(&Channel::parse(Protocol::Pva, "ANY").unwrap(), soon())).unwrap();
    assert_eq!(pva.native.name, "double");
}

#[test]
fn a_seed_and_an_order_of_reads_give_the_same_values() {
    let values = |seed| {
        let machine = SimulatedMachine::new(seed);
        (0..5).map(|_| get(&machine, &ca("RF:TEMP"))).collect::<Vec<_>>()
    };
    assert_eq!(values(3), values(3));
    assert_ne!(values(3), values(4));
    assert_ne!(values(3)[0], values(3)[1]);
    // Other channels, and what nobody asked for, change nothing.
    let machine = SimulatedMachine::new(3);
    get(&machine, &ca("OTHER:TEMP"));
    let _ = machine.value_of("RF:TEMP");
    assert_eq!(get(&machine, &ca("RF:TEMP")), values(3)[0]);
}

#[test]
fn setpoints_have_no_noise_and_move_their_readbacks() {
    let machine = SimulatedMachine::new(1).with_noise(0.0);
    for (setpoint, readback) in [
        ("A:CURRENT:SP", "A:CURRENT:RB"),
        ("B:CURRENT:SET", "B:CURRENT:GET"),
        ("C:Gain", "C:Gain_RBV"),
        ("D:MOTOR", "D:MOTOR.RBV"),
        ("E:I-SP", "E:I-RB"),
        ("F:VOLTAGE:SETPOINT", "F:VOLTAGE:READBACK"),
        ("g:current:sp", "g:current:rb"),
    ] {
        assert_eq!(get(&machine, &ca(setpoint)), get(&machine, &ca(readback)), "{setpoint}");
        assert_eq!(put(&machine, &ca(setpoint), 12.5), Ok(Put::Accepted));
        assert_eq!(get(&machine, &ca(setpoint)), Value::Float(12.5), "{setpoint}");
        assert_eq!(get(&machine, &ca(readback)), Value::Float(12.5), "{readback}");
        assert!(matches!(put(&machine, &ca(readback), 1.0), Err(ControlError::Refused { .. })), "{readback}");
    }
    let noisy = SimulatedMachine::new(1);
    assert_eq!(get(&noisy, &ca("A:CURRENT:SP")), get(&noisy, &ca("A:CURRENT:SP")));
    assert_ne!(get(&noisy, &ca("A:CURRENT:RB")), get(&noisy, &ca("A:CURRENT:RB")));
}

#[test]
fn readbacks_may_lag() {
    let clock = Clock::virtual_at(Duration::from_secs(1));
    let machine = SimulatedMachine::new(1).with_noise(0.0).with_lag(Duration::from_secs(2)).with_clock(clock.clone());
    let before = get(&machine, &ca("A:CURRENT:RB"));
    put(&machine, &ca("A:CURRENT:SP"), 7.0).unwrap();
    assert_eq!(get(&machine, &ca("A:CURRENT:RB")), before);
    clock.advance(Duration::from_secs(2));
    assert_eq!(get(&machine, &ca("A:CURRENT:RB")), Value::Float(7.0));
}

#[test]
fn writes_are_judged_as_devices_do() {
    let machine = SimulatedMachine::new(1);
    let setpoint = ca("A:CURRENT:SP");
    for value in [Value::Int(1), Value::Text("1".into()), Value::Array(Array::of_doubles(&[1.0]))] {
        let wrong = now(machine.put(&setpoint, &value, soon()));
        assert!(matches!(wrong, Err(ControlError::WrongType { .. })), "{value:?}");
    }
    put(&machine, &setpoint, 1e9).unwrap();
    assert_eq!(get(&machine, &setpoint), Value::Float(500.0));
    let attribute = tango("sr/ps/1/current");
    assert!(matches!(put(&machine, &attribute, 1e9),
        Err(ControlError::Refused { reason, .. }) if reason == "API_WAttrOutsideLimit"));
    put(&machine, &attribute, 5.0).unwrap();
    assert_eq!(now(machine.get(&attribute, soon())).unwrap().set_value, Some(Value::Float(5.0)));
    assert!(put(&machine, &ca("SR:BEAM:CURRENT"), 1.0).is_err());
    let written: Vec<_> = machine.writes();
    assert_eq!(
        written,
        [("A:CURRENT:SP".to_owned(), Value::Float(500.0)), ("sr/ps/1/current".to_owned(), Value::Float(5.0))]
    );
}

#[test]
fn devices_have_the_usual_commands() {
    let machine = SimulatedMachine::new(1);
    let call = |name: &str| now(machine.command(&tango(name), &Value::None, soon()));
    assert_eq!(call("sr/ps/1/State()"), Ok(Called::Returned(Value::Enum(0))));
    assert_eq!(call("sr/ps/1/Off()"), Ok(Called::Returned(Value::None)));
    assert_eq!(call("sr/ps/1/State()"), Ok(Called::Returned(Value::Enum(1))));
    assert_eq!(get(&machine, &tango("sr/ps/1/state")), Value::Enum(1));
    assert_eq!(get(&machine, &tango("sr/ps/1/Status")), Value::Text("The device is in OFF state.".into()));
    assert_eq!(get(&machine, &tango("sr/ps/2/state")), Value::Enum(0));
    assert!(matches!(call("sr/ps/1/Explode()"),
        Err(ControlError::Refused { reason, .. }) if reason == "API_CommandNotFound"));
    let wrong = now(machine.command(&tango("sr/ps/1/On()"), &Value::Float(1.0), soon()));
    assert!(matches!(wrong, Err(ControlError::WrongType { .. })));
    assert!(matches!(now(machine.get(&tango("sr/ps/1/On()"), soon())), Err(ControlError::Unsupported { .. })));
}

#[test]
fn fields_say_what_the_record_says() {
    let machine = SimulatedMachine::new(1);
    assert_eq!(get(&machine, &ca("A:CURRENT:SP.EGU")), Value::Text("A".into()));
    assert_eq!(get(&machine, &ca("A:CURRENT:SP.DRVH")), Value::Float(500.0));
    assert_eq!(get(&machine, &ca("A:CURRENT:SP.PREC")), Value::Int(4));
    assert_eq!(get(&machine, &ca("A:CURRENT:SP.RTYP")), Value::Text("ao".into()));
}

#[test]
fn memory_is_bounded() {
    let machine = SimulatedMachine::new(1).with_most_names(3);
    for number in 0..10 {
        get(&machine, &ca(&format!("R{number}:TEMP")));
        let done = put(&machine, &ca(&format!("X{number}")), 1.0);
        assert_eq!(done.is_ok(), number < 3, "{number}");
    }
    assert!(put(&machine, &ca("X0"), 2.0).is_ok());
    assert!(matches!(put(&machine, &ca("Y"), 2.0), Err(ControlError::Busy { .. })));
}

#[test]
fn many_are_read_in_order() {
    let machine = SimulatedMachine::new(1);
    let channels = [ca("A:CURRENT:SP"), ca("SR:MODE"), tango("a/b/c/d()")];
    let read = now(machine.get_many(&channels, soon()));
    assert!(matches!(read[0].as_ref().unwrap().value, Value::Float(_)));
    assert_eq!(read[1].as_ref().unwrap().value, Value::Enum(2));
    assert!(read[2].is_err());
}
