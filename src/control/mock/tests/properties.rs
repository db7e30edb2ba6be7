//! What holds for any name, value and text.

use proptest::prelude::*;

use super::*;

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        any::<i128>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        ".{0,60}".prop_map(Value::Text),
        any::<u32>().prop_map(Value::Enum),
        prop::collection::vec(any::<f64>(), 0..9).prop_map(|values| Value::Array(Array::of_doubles(&values))),
        prop::collection::vec(".{0,9}", 0..4).prop_map(Value::Texts),
        Just(Value::Structure("x".into(), Vec::new())),
    ]
}

proptest! {
    #[test]
    fn no_name_and_no_value_panics(
        name in prop_oneof![
            "[ -~]{1,60}",
            "[A-Z:_.-]{1,12}(CURRENT|BPM|WF|IMAGE|STATE|NAME|COUNT|MOTOR)(:SP|:RB|_RBV|.RBV|.EGU|)",
            "[a-z]{1,4}/[a-z]{1,4}/[a-z0-9]{1,4}/(state|status|current|image|on\\(\\)|x\\(\\))",
        ],
        values in prop::collection::vec(any_value(), 1..4),
        rate in any::<f64>(),
    ) {
        let clock = Clock::virtual_at(Duration::ZERO);
        let machine = SimulatedMachine::new(9).with_noise(rate).with_clock(clock.clone());
        for protocol in [Protocol::Ca, Protocol::Pva, Protocol::Tango] {
            let Ok(channel) = Channel::parse(protocol, &name) else { continue };
            let about = now(machine.describe(&channel, soon()));
            for value in &values {
                let done = now(machine.put(&channel, value, soon()));
                let called = now(machine.command(&channel, value, soon()));
                clock.advance(Duration::from_secs(1));
                let read = now(machine.get(&channel, soon()));
                if let (Ok(about), Ok(read)) = (&about, &read) {
                    // What is read is of the described type, whatever was written.
                    prop_assert_eq!(types::fits(&about.native, &about.labels, &read.value), Ok(()));
                    prop_assert!(done.is_err() || about.writable);
                }
                drop(called);
            }
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        let _ = SimulatedMachine::from_yaml(&text, "m");
        let _ = SimulatedMachine::from_yaml(&format!("channels:\n  X:\n    type: double\n    {text}\n"), "m");
        let _ = RecordedMachine::from_csv(&format!("channel,time,value\n{text}"), "r");
    }
}
