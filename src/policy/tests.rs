//! What is said to whole policies.

use crate::channel::{
    AlarmSeverity, Array, Channel, Description, Kind, NativeType, Protocol, Range, Reading, Refusal, ScalarKind, Value,
};

use super::*;

const EXAMPLE: &str = include_str!("../../policies/channels.example.yml");
const EXAMPLE_TESTS: &str = include_str!("../../policies/tests/example.yml");

fn source(text: &str) -> Source<'_> {
    Source { name: "p.yml", text, kind: SourceKind::Rules }
}

fn limits(text: &str) -> Source<'_> {
    Source { name: "limits.json", text, kind: SourceKind::Limits }
}

fn load(text: &str) -> Result<Policy, PolicyErrors> {
    Policy::load(&[source(text)], &Options::default())
}

fn rules(text: &str) -> Policy {
    load(&format!("version: 1\nrules:\n{text}")).unwrap()
}

fn ca(name: &str) -> Channel {
    Channel::parse(Protocol::Ca, name).unwrap()
}

fn write_at(policy: &Policy, channel: &Channel, who: &str, now: &str) -> Result<WriteRules, Violation> {
    let (principal, now) = (Principal::named(who), now.parse().unwrap());
    match policy.write(&WriteRequest { channel, principal: &principal, now }) {
        WriteRuling::Allowed(rules) => Ok(*rules),
        WriteRuling::Refused(violation) => Err(violation),
    }
}

fn write(policy: &Policy, name: &str) -> Result<WriteRules, Violation> {
    write_at(policy, &ca(name), "alice", "2026-01-09T12:00:00Z")
}

fn refusal(policy: &Policy, name: &str) -> Option<Refusal> {
    write(policy, name).err().map(|violation| violation.refusal)
}

fn native(kind: Kind, shape: &[usize]) -> Description {
    Description::of(NativeType { kind, shape: shape.to_vec(), name: "T".to_owned() })
}

fn number(kind: ScalarKind) -> Description {
    native(Kind::Number(kind), &[])
}

#[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
fn judged(rules: &WriteRules, description: &Description, value: Value) -> Result<Value, Refusal> {
    judge::value(rules, description, &value).map_err(|violation| violation.refusal)
}

fn errors(text: &str) -> String {
    load(text).unwrap_err().to_string()
}

#[test]
fn the_example_does_what_it_says() {
    let policy = load(EXAMPLE).unwrap();
    assert_eq!(policy.warnings(), []);
    let test = PolicyTest::read("example.yml", EXAMPLE_TESTS).unwrap();
    assert_eq!(test.run(&policy), []);
    assert!(test.len() > 20);
}

#[test]
fn without_configuration_only_the_simulated_machine_is_written() {
    let real = Policy::built_in(Machine::Real).unwrap();
    assert_eq!(refusal(&real, "X"), Some(Refusal::UnlistedChannel));
    let simulated = Policy::built_in(Machine::Simulated).unwrap();
    let own = write(&simulated, "X").unwrap();
    assert_eq!((own.confirm, own.limits_required), (Confirm::Plan, false));
    assert_eq!(refusal(&simulated, "X.DRVH"), Some(Refusal::UnlistedField));
    assert_ne!(real.digest(), simulated.digest());
}

#[test]
#[expect(clippy::float_cmp, reason = "as written")]
fn denials_win_and_the_first_rule_decides() {
    let policy = rules(
        "  - {name: a, channels: ['X:*'], principals: [alice], access: write, min: 0, max: 1}\n  - {name: b, channels: ['X:*'], access: write, min: 0, max: 9}\n  - {name: c, channels: ['X:1'], deny: write}\n",
    );
    assert_eq!(write(&policy, "X:2").unwrap().max.unwrap().value, 1.0);
    let other = write_at(&policy, &ca("X:2"), "bob", "2026-01-09T12:00:00Z").unwrap();
    assert_eq!((&*other.rule.name, other.rule.line), ("b", 4));
    let denied = write(&policy, "X:1").unwrap_err();
    assert_eq!((denied.refusal, denied.rule.as_ref().unwrap().line), (Refusal::Forbidden, 5));
    assert_eq!(denied.message, "X:1 may not be written (rule `c`, p.yml:5)");
    let read = |name: &str| policy.read(&ReadRequest { channel: &ca(name), principal: &Principal::named("alice") });
    assert!(matches!(read("X:1"), ReadDecision::Allowed(_)));
}

#[test]
fn a_rule_whose_time_is_not_now_does_not_pass_the_question_on() {
    let policy = rules(
        "  - {name: a, channels: ['X'], access: write, when: {time: {from: '08:00', to: '09:00', zone: UTC}}}\n  - {name: b, channels: ['*'], principals: [alice], access: write}\n",
    );
    assert_eq!(refusal(&policy, "X"), Some(Refusal::OutsideTimeWindow));
    assert_eq!(refusal(&policy, "Y"), None);
}

#[test]
fn secrets_have_no_other_name() {
    let policy = rules(
        "  - {name: s, channels: ['a/b/c/d', 'S'], access: none}\n  - {name: r, channels: ['*'], access: read}\n",
    );
    let read = |protocol, name: &str| {
        let channel = Channel::parse(protocol, name).unwrap();
        matches!(
            policy.read(&ReadRequest { channel: &channel, principal: &Principal::default() }),
            ReadDecision::Allowed(_)
        )
    };
    assert!(read(Protocol::Ca, "T") && !read(Protocol::Pva, "S.VAL") && !read(Protocol::Ca, "S.DESC"));
    assert!(!read(Protocol::Tango, "A/B/C/D") && !read(Protocol::Tango, "tango://h:1/a/b/c/d#dbase=no"));
}

#[test]
fn every_error_at_once_with_its_line_and_the_nearest_word() {
    let text = "version: 2\nread: {rat: 1/s}\ngroups: {people: {ops: []}}\nrules:\n  - name: a\n    channels: [X]\n    acess: write\n    min: 5\n    max: -5\n  - name: a\n    channels: ['re:(']\n    access: rite\n    principals: [group:opps]\n    tolerance: -1\n    max_step: 0\n    min: .nan\n    max: \"5\"\n    rate:\n  - channels: []\n    access: write\n";
    let all = errors(text);
    for part in [
        "p.yml:1: this version is not known",
        "p.yml:2: `read` has no key `rat`; did you mean `rate`?",
        "p.yml:3: the group `ops` is empty",
        "p.yml:7: a rule has no key `acess`; did you mean `access`?",
        "p.yml:8: ",
        "min 5 is more than max -5",
        "p.yml:10: a second rule `a`; the first is in p.yml:5",
        "p.yml:11: `(` is no regular expression",
        "p.yml:12: `access` cannot be `rite`; did you mean `write`?",
        "p.yml:13: there is no group `opps`; did you mean `ops`?",
        "p.yml:14: `tolerance` is negative",
        "p.yml:15: `max_step` should be more than 0",
        "p.yml:16: `min` should be a finite number",
        "p.yml:17: `max` is a text, but should be a number",
        "p.yml:18: `rate` has no value",
        "p.yml:19: a rule has no `name`",
        "names no channels",
    ] {
        assert!(all.contains(part), "{part}\n---\n{all}");
    }
}

#[test]
fn contradictions_are_errors() {
    let policy = |text: &str| load(&format!("version: 1\nrules:\n{text}"));
    for (text, part) in [
        (
            "  - {name: a, channels: [X], access: write}\n  - {name: b, channels: [X.VAL], access: write}\n",
            "rule `b` never decides",
        ),
        (
            "  - {name: a, channels: ['S*'], access: write}\n  - {name: b, channels: ['SR:*', 'S'], access: read}\n",
            "rule `b` never decides",
        ),
        ("  - {name: a, channels: [X], access: write, readback: X}\n", "is the channel itself"),
        ("  - {name: a, channels: [X], access: write, readback: '{record}'}\n", "the written channel itself"),
        ("  - {name: a, channels: [X], deny: write, min: 1}\n", "denies, and cannot say min"),
        ("  - {name: a, channels: [X], access: write, limits: none, max: 1}\n", "has limits and says"),
        ("  - {name: a, channels: ['X.*'], access: write}\n", "wildcard in the field"),
        ("  - {name: a, channels: [X]}\n", "does not say what is allowed"),
        ("  - {name: a, channels: [X], access: write, when: {machine: {channel: M}}}\n", "asks for nothing"),
        ("  - {name: a, channels: [X], access: write, when: {time: {zone: Mars/X}}}\n", "is no time zone"),
        ("  - {name: a, channels: [X], principals: [], access: write}\n", "`principals` is an empty list"),
        ("  - {name: a, <<: {}, channels: [X], access: write}\n", "merge keys are not read"),
        ("  - {name: a, channels: [X], access: write, writable: true}\n", "say `access: write`"),
    ] {
        let error = policy(text).map(|policy| format!("{policy:?}")).unwrap_err().to_string();
        assert!(error.contains(part), "{part}\n{error}");
    }
    // Different people, another exception: not the same.
    policy(
        "  - {name: a, channels: [X], principals: [bob], access: write}\n  - {name: b, channels: [X], access: write}\n",
    )
    .unwrap();
    policy("  - {name: a, channels: ['*'], except: [X], access: read}\n  - {name: b, channels: [X], access: write}\n")
        .unwrap();
    let odd = policy(
        "  - {name: a, channels: ['*'], access: write, min: 1, max: 1}\n  - {name: d, channels: [Z], deny: all}\n",
    )
    .unwrap();
    let odd: Vec<String> = odd.warnings().iter().map(ToString::to_string).collect();
    assert!(odd.iter().any(|one| one.contains("lets anybody write every channel")), "{odd:?}");
    assert!(odd.iter().any(|one| one.contains("min is max")), "{odd:?}");
}

#[test]
fn bombs_and_giants_are_refused() {
    let big = " ".repeat(MAX_SOURCE + 1);
    assert!(errors(&big).contains("more than 16 MiB"));
    let names = (0..2000).map(|n| format!("X{n}")).collect::<Vec<_>>().join(", ");
    let many = (0..1000)
        .map(|n| format!("  - {{name: r{n}, channels: ['group:g'], access: write}}\n"))
        .collect::<Vec<_>>()
        .concat();
    let all = errors(&format!("version: 1\ngroups: {{channels: {{g: [{names}]}}}}\nrules:\n{many}"));
    assert!(all.contains("groups written out"), "{}", &all[..200]);
    assert!(errors("a: &a [x]\nb: *a\n").contains("anchors"));
}

#[test]
fn ospreys_database_as_it_stands() {
    let text = r#"{
  "_comment": "limits",
  "defaults": {"max_step": 2.0, "verification": {"level": "readback"}},
  "SR:A": {"min_value": -1, "max_value": 1.5, "_why": "x"},
  "SR:B": {"writable": false},
  "SR:C": {"max_step": 0.5, "min_value": null, "verification": {"level": "none", "tolerance_absolute": 0.1}}
}"#;
    let policy = Policy::load(&[limits(text)], &Options::default()).unwrap();
    let own = write(&policy, "SR:A").unwrap();
    assert_eq!(
        (own.min.unwrap().value, own.max.as_ref().unwrap().value, own.max_step.unwrap().value),
        (-1.0, 1.5, 2.0)
    );
    assert_eq!(
        (own.verify, own.tolerance.unwrap().relative, own.max.unwrap().by.line),
        (Verify::Readback, Some(0.001), 4)
    );
    assert_eq!(refusal(&policy, "SR:B"), Some(Refusal::ReadOnlyChannel));
    assert_eq!(refusal(&policy, "SR:D"), Some(Refusal::UnlistedChannel));
    assert_eq!(refusal(&policy, "SR:A.DRVH"), Some(Refusal::UnlistedField));
    let own = write(&policy, "SR:C").unwrap();
    assert_eq!((own.verify, own.max_step.unwrap().value, own.limits_required), (Verify::None, 0.5, false));
    let open = Options { allow_unlisted_channels: true, on_violation: OnViolation::Error, ..Options::default() };
    let open = Policy::load(&[limits(text)], &open).unwrap();
    assert_eq!(&*write(&open, "SR:D").unwrap().rule.name, "allow_unlisted_channels");
    assert_eq!(write(&open, "SR:B").unwrap_err().on_violation, OnViolation::Error);
}

#[test]
fn an_invalid_entry_never_vanishes() {
    let text = "{\n \"A\": {\"min_value\": \"1\"},\n \"B\": {\"max_valu\": 1},\n \"C\": 5,\n \"D*\": {},\n \"E\": {\"min_value\": NaN},\n \"F\": {\"min_value\": 2, \"max_value\": 1},\n \"G H\": {},\n \"A.VAL\": {}, \"I\": {\"verification\": {\"level\": \"readbak\"}}\n}";
    let all = Policy::load(&[limits(text)], &Options::default()).unwrap_err().to_string();
    for part in [
        "limits.json:2: `min_value` is a text",
        "limits.json:3: `B` has no key `max_valu`; did you mean `max_value`?",
        "limits.json:4: `C` is a number",
        "limits.json:5: `D*` is no channel's name",
        "limits.json:6: `min_value` should be a finite number",
        "limits.json:7: `F`: min_value 2 is more",
        "limits.json:8: `G H`",
        "limits.json:9: `A.VAL` is the same channel as the one on line 2",
        "did you mean `readback`?",
    ] {
        assert!(all.contains(part), "{part}\n---\n{all}");
    }
    assert!(Policy::load(&[limits("[]")], &Options::default()).is_err());
    assert!(Policy::load(&[limits("")], &Options::default()).is_err());
}

#[test]
fn of_several_sources_the_tightest_holds() {
    let site = "version: 1\nrules:\n  - {name: a, channels: ['SR:*'], access: write, min: -5, max: 1, allow_nan: true, refuse_alarm: never, confirm: never}\n  - {name: d, channels: ['SR:X'], deny: write}\n";
    let database = r#"{"SR:A": {"min_value": -1, "max_value": 3}, "SR:X": {}, "OTHER": {}}"#;
    let both = Policy::load(&[source(site), limits(database)], &Options::default()).unwrap();
    let own = write(&both, "SR:A").unwrap();
    let (min, max) = (own.min.unwrap(), own.max.unwrap());
    assert_eq!((min.value, &*min.by.file, max.value, &*max.by.file), (-1.0, "limits.json", 1.0, "p.yml"));
    assert_eq!((own.rules.len(), own.limits_required, own.allow_nan), (2, true, true));
    assert_eq!((own.refuse_alarm, own.confirm), (None, Confirm::Never));
    assert_eq!(refusal(&both, "SR:X"), Some(Refusal::Forbidden));
    assert_eq!(refusal(&both, "SR:B"), Some(Refusal::UnlistedChannel));
    assert_eq!(refusal(&both, "OTHER"), Some(Refusal::UnlistedChannel));
    let site = site.replace("version: 1", "version: 1\nunlisted: limits");
    let both = Policy::load(&[source(&site), limits(database)], &Options::default()).unwrap();
    assert_eq!(refusal(&both, "OTHER"), None);
    assert_eq!(refusal(&both, "NEITHER"), Some(Refusal::UnlistedChannel));
    // No limits database: nothing to leave it to.
    assert_eq!(refusal(&load(&site).unwrap(), "OTHER"), Some(Refusal::UnlistedChannel));
}

#[test]
fn the_digest_is_of_every_byte_and_option() {
    let text = "version: 1\nrules: []\n";
    let digest = |sources: &[Source<'_>], options: &Options| Policy::load(sources, options).unwrap().digest();
    let plain = digest(&[source(text)], &Options::default());
    assert_eq!(plain, digest(&[source(text)], &Options::default()));
    assert_ne!(plain, digest(&[source("version: 1\nrules: [] # x\n")], &Options::default()));
    assert_ne!(plain, digest(&[source(text)], &Options { limits_required: true, ..Options::default() }));
    assert_ne!(plain, digest(&[source(text), source(text)], &Options::default()));
}

#[test]
fn values_are_converted_strictly() {
    use ScalarKind::{Bool, F32, F64, I16, I64, U8, U64};
    let policy = rules("  - {name: a, channels: ['*'], access: write, limits: none}\n");
    let own = write(&policy, "X").unwrap();
    let wrong = Err(Refusal::WrongType);
    for (kind, sent, expected) in [
        (F64, Value::Int(3), Ok(Value::Float(3.0))),
        (F64, Value::Text("3".into()), wrong.clone()),
        (F64, Value::Bool(true), wrong.clone()),
        (F64, Value::Float(f64::NAN), Err(Refusal::NotFinite)),
        (F64, Value::Float(f64::INFINITY), Err(Refusal::NotFinite)),
        (F64, Value::None, wrong.clone()),
        (F64, Value::Array(Array::of_doubles(&[1.0])), wrong.clone()),
        (F32, Value::Float(1e300), wrong.clone()),
        (F32, Value::Float(0.5), Ok(Value::Float(0.5))),
        (I16, Value::Float(3.0), Ok(Value::Int(3))),
        (I16, Value::Float(3.5), wrong.clone()),
        (I16, Value::Float(f64::NAN), Err(Refusal::NotFinite)),
        (I16, Value::Int(40_000), wrong.clone()),
        (I16, Value::Bool(true), Ok(Value::Int(1))),
        (U8, Value::Int(-1), wrong.clone()),
        (I64, Value::Float(1e17), wrong.clone()),
        (U64, Value::Int(i128::from(u64::MAX)), Ok(Value::Int(i128::from(u64::MAX)))),
        (U64, Value::Int(i128::MAX), wrong.clone()),
        (Bool, Value::Int(1), Ok(Value::Bool(true))),
        (Bool, Value::Int(2), wrong.clone()),
    ] {
        assert_eq!(judged(&own, &number(kind), sent.clone()), expected, "{kind:?} {sent:?}");
    }
    let mut choice = native(Kind::Enum, &[]);
    choice.labels = ["Off", "On", "1"].map(str::to_owned).to_vec();
    for (sent, expected) in [
        (Value::Text("On".into()), Ok(Value::Enum(1))),
        (Value::Text("1".into()), Ok(Value::Enum(2))),
        (Value::Text("on".into()), wrong.clone()),
        (Value::Int(2), Ok(Value::Enum(2))),
        (Value::Int(3), wrong.clone()),
        (Value::Int(-1), wrong.clone()),
        (Value::Bool(true), Ok(Value::Enum(1))),
        (Value::Float(0.5), wrong.clone()),
    ] {
        assert_eq!(judged(&own, &choice, sent.clone()), expected, "{sent:?}");
    }
    let text = native(Kind::Text, &[]);
    assert_eq!(judged(&own, &text, Value::Int(1)), wrong);
    assert_eq!(judged(&own, &text, Value::Text("a\0b".into())), wrong);
    assert_eq!(judged(&own, &native(Kind::Structure, &[]), Value::None), Err(Refusal::Unsupported));
    let wave = native(Kind::Number(I16), &[3]);
    let row = |values: &[f64]| Value::Array(Array::of_doubles(values));
    assert!(judged(&own, &wave, row(&[1.0, -2.0, 3.0])).is_ok());
    assert_eq!(judged(&own, &wave, row(&[1.0, 2.5])), wrong);
    assert_eq!(judged(&own, &wave, row(&[1.0; 4])), Err(Refusal::TooLong));
    assert_eq!(judged(&own, &wave, row(&[])), wrong);
    assert_eq!(judged(&own, &wave, Value::Float(1.0)), wrong);
}

#[test]
fn limits_are_the_rules_and_the_devices() {
    let policy = rules(
        "  - {name: a, channels: ['A'], access: write, min: -5, max: 0.1}\n  - {name: b, channels: ['B'], access: write}\n",
    );
    let own = write(&policy, "A").unwrap();
    let mut device = number(ScalarKind::F64);
    device.control = Range { low: Some(-1.0), high: Some(50.0) };
    device.unit = "A".to_owned();
    assert!(judged(&own, &device, Value::Float(0.1)).is_ok());
    let violation = judge::value(&own, &device, &Value::Float(0.2)).unwrap_err();
    assert_eq!(violation.message, "A: 0.2 A is above 0.1 A, the largest value (rule `a`, p.yml:3)");
    let violation = judge::value(&own, &device, &Value::Float(-2.0)).unwrap_err();
    assert_eq!(violation.message, "A: -2 A is below -1 A, the smallest value of the device (rule `a`, p.yml:3)");
    // 0.1 is a little more in single precision; it is the limit all the same.
    assert!(judged(&own, &number(ScalarKind::F32), Value::Float(0.1)).is_ok());
    assert_eq!(judged(&own, &number(ScalarKind::F32), Value::Float(0.100_000_01)), Err(Refusal::MaxExceeded));
    let none = write(&policy, "B").unwrap();
    assert_eq!(judged(&none, &number(ScalarKind::F64), Value::Float(0.0)), Err(Refusal::NoLimits));
    assert!(judged(&none, &device, Value::Float(0.0)).is_ok());
    device.control = Range { low: Some(f64::NAN), high: Some(f64::INFINITY) };
    assert_eq!(judged(&none, &device, Value::Float(0.0)), Err(Refusal::NoLimits));
    // Integers are compared as integers.
    let policy = rules("  - {name: a, channels: ['A'], access: write, min: 0, max: 9007199254740992}\n");
    let own = write(&policy, "A").unwrap();
    assert!(judged(&own, &number(ScalarKind::I64), Value::Int(9_007_199_254_740_992)).is_ok());
    assert_eq!(judged(&own, &number(ScalarKind::I64), Value::Int(9_007_199_254_740_993)), Err(Refusal::MaxExceeded));
    let wave = native(Kind::Number(ScalarKind::F64), &[10]);
    assert_eq!(judged(&own, &wave, Value::Array(Array::of_doubles(&[1.0, -1.0]))), Err(Refusal::MinExceeded));
}

#[test]
fn steps_are_from_the_present_value() {
    let policy = rules("  - {name: a, channels: ['A'], access: write, limits: none, max_step: 0.1}\n");
    let own = write(&policy, "A").unwrap();
    let device = number(ScalarKind::F64);
    let step = |new: Value, old: Value| judge::step(&own, &device, &new, &old).map_err(|violation| violation.refusal);
    assert_eq!(step(Value::Float(0.8), Value::Float(0.7)), Ok(()));
    assert_eq!(step(Value::Float(0.81), Value::Float(0.7)), Err(Refusal::MaxStepExceeded));
    assert_eq!(step(Value::Float(0.8), Value::Float(f64::NAN)), Err(Refusal::StepCheckFailed));
    assert_eq!(step(Value::Float(0.8), Value::Text("0.8".into())), Err(Refusal::StepCheckFailed));
    assert_eq!(step(Value::Int(i128::MAX), Value::Int(i128::MIN)), Err(Refusal::MaxStepExceeded));
    let row = |values: &[f64]| Value::Array(Array::of_doubles(values));
    assert_eq!(step(row(&[0.0, 0.1]), row(&[0.0, 0.0])), Ok(()));
    assert_eq!(step(row(&[0.0, 0.2]), row(&[0.0, 0.0])), Err(Refusal::MaxStepExceeded));
    assert_eq!(step(row(&[0.0]), row(&[0.0, 0.0])), Err(Refusal::StepCheckFailed));
}

#[test]
fn readbacks_confirm_what_was_written() {
    use judge::Comparison;
    let policy = rules(
        "  - {name: a, channels: ['A'], access: write, tolerance: 1%}\n  - {name: b, channels: ['B'], access: write}\n",
    );
    let (part, exact) = (write(&policy, "A").unwrap(), write(&policy, "B").unwrap());
    let mut device = number(ScalarKind::F64);
    device.control = Range { low: Some(-10.0), high: Some(10.0) };
    let within = |own: &WriteRules, a: Value, b: Value| judge::readback(own, &device, &a, &b) == Comparison::Within;
    assert!(
        within(&part, Value::Float(5.0), Value::Float(5.05)) && !within(&part, Value::Float(5.0), Value::Float(5.06))
    );
    assert!(
        within(&exact, Value::Float(0.1), Value::Float(f64::from(0.1f32)))
            && !within(&exact, Value::Float(0.1), Value::Float(0.1001))
    );
    assert!(
        within(&exact, Value::Float(0.0), Value::Float(1e-9))
            && !within(&exact, Value::Float(0.0), Value::Float(0.001))
    );
    assert!(
        within(&exact, Value::Int(5), Value::Float(5.0)) && !within(&exact, Value::Int(5), Value::Float(5.000_001))
    );
    assert!(
        within(&exact, Value::Float(f64::NAN), Value::Float(f64::NAN))
            && !within(&exact, Value::Float(1.0), Value::Float(f64::NAN))
    );
    assert!(!within(&part, Value::Float(f64::INFINITY), Value::Float(1.0)));
    let Comparison::Differs { clamped_to, message, .. } =
        judge::readback(&exact, &device, &Value::Float(12.0), &Value::Float(10.0))
    else {
        panic!()
    };
    assert_eq!(clamped_to, Some(10.0));
    assert!(message.contains("a limit of the device"), "{message}");
    assert!(matches!(
        judge::readback(&exact, &device, &Value::Float(1.0), &Value::Text("1".into())),
        Comparison::Incomparable { .. }
    ));
}

#[test]
fn the_machine_is_asked_by_the_gate() {
    let policy = rules(
        "  - {name: a, channels: ['A'], access: write, when: {machine: [{channel: M, is: [Shutdown, 2]}, {channel: I, below: 1.0, max_age: 10s}]}}\n",
    );
    let own = write(&policy, "A").unwrap();
    let labels = ["Run", "Shutdown", "Test"].map(str::to_owned);
    let now = "1970-01-01T00:01:00Z".parse().unwrap();
    let holds = |at: usize, value, time| own.conditions[at].holds(&Reading::of(value, (time, 0)), &labels, now);
    assert!(holds(0, Value::Enum(1), 0).is_ok() && holds(0, Value::Enum(2), 0).is_ok());
    assert_eq!(holds(0, Value::Enum(0), 0).unwrap_err(), "M is `Run`, but should be `Shutdown`, 2 (rule `a`, p.yml:3)");
    assert!(holds(1, Value::Float(0.5), 55).is_ok() && holds(1, Value::Float(0.5), 49).is_err());
    assert!(holds(1, Value::Float(0.5), 71).is_err() && holds(1, Value::Float(f64::NAN), 55).is_err());
    let mut invalid = Reading::of(Value::Enum(1), (0, 0));
    invalid.severity = AlarmSeverity::Invalid;
    assert!(own.conditions[0].holds(&invalid, &labels, now).is_err());
    assert_eq!(own.alarm(&ca("A"), &invalid).unwrap_err().refusal, Refusal::Alarm);
}

#[test]
fn explanations_name_the_line_and_what_is_not_known() {
    let policy = load(EXAMPLE).unwrap();
    let (principal, channel, value) = (Principal::named("alice"), ca("SR:C01:HCM1:SP"), Value::Float(7.0));
    let device = number(ScalarKind::F64);
    let mut question = Question {
        principal: &principal,
        access: Access::Write,
        channel: &channel,
        value: Some(&value),
        description: None,
        present: None,
        now: "2026-01-09T12:00:00Z".parse().unwrap(),
    };
    assert_eq!(policy.explain(&question).verdict, Verdict::Unknown);
    question.description = Some(&device);
    let explanation = policy.explain(&question);
    assert_eq!((explanation.verdict, explanation.refusal), (Verdict::Fail, Some(Refusal::MaxExceeded)));
    assert_eq!(explanation.rule.unwrap().name.as_ref(), "correctors");
    question.access = Access::Read;
    assert_eq!(policy.explain(&question).verdict, Verdict::Pass);
}

#[test]
fn of_several_databases_all_that_list_a_channel_are_heard() {
    let one = Source { name: "1.json", text: r#"{"A": {"max_value": 5}, "B": {}}"#, kind: SourceKind::Limits };
    let two = Source {
        name: "2.json",
        text: r#"{"A": {"max_value": 3}, "C": {"writable": false}}"#,
        kind: SourceKind::Limits,
    };
    for sources in [[one, two], [two, one]] {
        let policy = Policy::load(&sources, &Options::default()).unwrap();
        let max = write(&policy, "A").unwrap().max.unwrap();
        assert_eq!((max.value, &*max.by.file), (3.0, "2.json"));
        assert_eq!((refusal(&policy, "B"), refusal(&policy, "C")), (None, Some(Refusal::ReadOnlyChannel)));
        assert_eq!(refusal(&policy, "D"), Some(Refusal::UnlistedChannel));
    }
}

#[test]
fn the_schema_knows_the_same_keys() {
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../policies/channels.schema.json")).unwrap();
    let keys = |path: &str| {
        let mut keys: Vec<String> = schema.pointer(path).unwrap().as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let mut known: Vec<&str> = attributes::ATTRIBUTES.to_vec();
    known.extend(["name", "channels", "except", "principals", "deny", "machine"]);
    known.sort_unstable();
    assert_eq!(keys("/properties/rules/items/properties"), known);
    let top = "version: 1\nx: 1\n";
    let error = errors(top);
    for key in keys("/properties") {
        assert!(error.contains(&key), "{key}: {error}");
    }
}
