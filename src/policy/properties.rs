//! What holds whatever the input is.
#![expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "compared as the room compares")]

use proptest::prelude::*;

use crate::channel::{Array, Channel, Description, Kind, NativeType, Protocol, Range, ScalarKind, Value};

use super::pattern::{Glob, Matcher, Pattern, Reach};
use super::*;

const EXAMPLE: &str = include_str!("../../policies/channels.example.yml");
const DATABASE: &str = r#"{"_c": 1, "defaults": {"max_step": 2.0}, "SR:A": {"min_value": -1, "max_value": 1.5, "verification": {"level": "readback", "tolerance_percent": 1}}, "SR:B": {"writable": false}}"#;

/// A text with some bytes, or some lines, changed.
fn mutated(text: &'static str) -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        "[\\PC]{0,8}",
        Just("[".repeat(50)),
        Just("{".to_owned()),
        Just("&a ".to_owned()),
        Just("\n  - ".to_owned()),
        Just(": ".to_owned()),
        Just(".nan".to_owned()),
        Just("1e999".to_owned()),
        Just("re:(a|b)*\\d{3}".to_owned()),
        Just("\"".to_owned()),
        Just("\t".to_owned()),
    ];
    let edits = prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, pieces), 1..6);
    edits.prop_map(move |edits| {
        let mut chars: Vec<char> = text.chars().collect();
        for (place, length, piece) in edits {
            let at = place.index(chars.len() + 1);
            let end = (at + length).min(chars.len());
            chars.splice(at..end, piece.chars());
        }
        chars.into_iter().collect()
    })
}

fn any_kind() -> impl Strategy<Value = ScalarKind> {
    use ScalarKind::{Bool, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    prop::sample::select(vec![Bool, I8, U8, I16, U16, I32, U32, I64, U64, F32, F64])
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        -20.0..20.0f64,
        (-20i32..20).prop_map(f64::from),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(-0.0)
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let array =
        (any_kind(), prop::collection::vec(any::<u8>(), 0..64), any::<bool>()).prop_map(|(kind, bytes, image)| {
            let count = bytes.len() / kind.size();
            let shape = if image { vec![1, count] } else { vec![count] };
            let bytes = bytes.into_iter().take(count * kind.size()).collect();
            Value::Array(Array::new(kind, shape, bytes).unwrap())
        });
    prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        prop_oneof![any::<i128>(), -20i128..20].prop_map(Value::Int),
        any_number().prop_map(Value::Float),
        "[\\PC]{0,6}".prop_map(Value::Text),
        any::<u32>().prop_map(Value::Enum),
        array,
        prop::collection::vec(any_number(), 0..5).prop_map(|values| Value::Array(Array::of_doubles(&values))),
        prop::collection::vec("[a-c]{0,2}", 0..4).prop_map(Value::Texts),
        Just(Value::Structure("s".to_owned(), Vec::new())),
    ]
}

fn any_description() -> impl Strategy<Value = Description> {
    let kind = prop_oneof![6 => any_kind().prop_map(Kind::Number), 1 => Just(Kind::Text), 1 => Just(Kind::Enum), 1 => Just(Kind::Structure), 1 => Just(Kind::None)];
    let bound = || prop::option::of(any_number());
    (kind, prop::collection::vec(0usize..6, 0..3), bound(), bound()).prop_map(|(kind, shape, low, high)| {
        let mut description = Description::of(NativeType { kind, shape, name: String::new() });
        description.control = Range { low, high };
        description.labels = ["a", "b", "c"].map(str::to_owned).to_vec();
        description
    })
}

fn ruling(policy: &Policy, channel: &Channel) -> WriteRuling {
    let now = "2026-01-09T12:00:00Z".parse().unwrap();
    policy.write(&WriteRequest { channel, principal: &Principal::named("alice"), now })
}

fn load(rules: &str) -> Policy {
    let text = format!("version: 1\nrules:\n{rules}");
    Policy::load(&[Source { name: "p", text: &text, kind: SourceKind::Rules }], &Options::default()).unwrap()
}

fn name() -> impl Strategy<Value = String> {
    "[AB]:[ab]{1,3}[:.]?(DESC|VAL|PROC)?".prop_filter("a name", |name| Channel::parse(Protocol::Ca, name).is_ok())
}

fn glob() -> impl Strategy<Value = String> {
    "[AB*?]:[ab*?]{1,3}"
}

/// The plain definition of a glob.
fn plainly(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, rest) => rest.is_none(),
        (Some((b'*', rest)), Some((_, tail))) => plainly(rest, name) || plainly(pattern, tail),
        (Some((b'*', rest)), None) => plainly(rest, name),
        (Some((p, rest)), Some((n, tail))) => (p == n || *p == b'?') && plainly(rest, tail),
        (Some(_), None) => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_the_reader(yaml in mutated(EXAMPLE), json in mutated(DATABASE), garbage in "[\\PC\n\t]{0,60}") {
        for (text, kind) in [(&yaml, SourceKind::Rules), (&json, SourceKind::Limits), (&garbage, SourceKind::Rules), (&garbage, SourceKind::Limits)] {
            match Policy::load(&[Source { name: "x", text, kind }], &Options::default()) {
                Ok(policy) => drop(ruling(&policy, &Channel::parse(Protocol::Ca, "SR:C01:HCM1:SP").unwrap())),
                Err(errors) => {
                    let lines = text.lines().count() + 2;
                    prop_assert!(!errors.problems.is_empty());
                    prop_assert!(errors.problems.iter().all(|problem| (1..=lines).contains(&problem.place.line)), "{errors}");
                }
            }
        }
        drop(PolicyTest::read("x", &yaml));
        drop(PolicyTest::read("x", &garbage));
    }

    #[test]
    fn what_passes_is_of_the_type_and_within_the_limits(
        sent in any_value(), description in any_description(), low in -10.0..0.0f64, high in 0.0..10.0f64, nan in any::<bool>(),
    ) {
        let policy = load(&format!("  - {{name: a, channels: ['A'], access: write, min: {low}, max: {high}, allow_nan: {nan}, max_elements: 4}}\n"));
        let WriteRuling::Allowed(rules) = ruling(&policy, &Channel::parse(Protocol::Ca, "A").unwrap()) else { panic!() };
        let Ok(native) = judge::value(&rules, &description, &sent) else { return Ok(()) };
        let single = description.native.kind == Kind::Number(ScalarKind::F32);
        let rounded = |bound: f64| if single { f64::from(bound as f32) } else { bound };
        let bad = |number: f64| number < rounded(low) || number > rounded(high) || (number.is_nan() && !nan)
            || description.control.low.is_some_and(|low| low.is_finite() && number < rounded(low))
            || description.control.high.is_some_and(|high| high.is_finite() && number > rounded(high));
        prop_assert!(native.len() <= 4);
        match (description.native.kind, &native, description.native.shape.len()) {
            (Kind::Number(kind), Value::Array(array), sides) => {
                prop_assert!(sides == array.shape().len() && array.kind() == kind && !array.is_empty());
                prop_assert!(array.shape().iter().zip(&description.native.shape).all(|(own, most)| own <= most || *most == 0));
                prop_assert!(!array.floats().any(bad));
            }
            (Kind::Number(ScalarKind::Bool), Value::Bool(_), 0) => prop_assert!(!bad(native.as_float().unwrap())),
            (Kind::Number(kind), Value::Int(number), 0) => {
                let (least, most) = kind.integer_range().unwrap();
                prop_assert!((least..=most).contains(number) && !bad(*number as f64));
            }
            (Kind::Number(kind), Value::Float(number), 0) => prop_assert!(kind.is_float() && !bad(*number)),
            (Kind::Enum, Value::Enum(index), 0) => prop_assert!(*index < 3 && !bad(f64::from(*index))),
            (Kind::Enum, Value::Array(array), sides) => prop_assert!(sides > 0 && array.floats().all(|index| index < 3.0)),
            (Kind::Text, Value::Text(_), 0) | (Kind::Text, Value::Texts(_), 1) | (Kind::None, Value::None, _) => {}
            other => prop_assert!(false, "{other:?} from {sent:?}"),
        }
        prop_assert!(!matches!((&sent, description.native.kind), (Value::Text(_) | Value::Texts(_), Kind::Number(_))));
        // Judging again changes nothing, and a step or readback of anything does not panic.
        let again = judge::value(&rules, &description, &native);
        prop_assert!(again.is_ok() || description.native.kind == Kind::Enum, "{again:?}");
        drop(judge::step(&rules, &description, &native, &sent));
        drop(judge::readback(&rules, &description, &native, &sent));
    }

    #[test]
    fn steps_never_exceed(new in any_number(), old in any_number(), step in 0.001..5.0f64) {
        let policy = load(&format!("  - {{name: a, channels: ['A'], access: write, limits: none, allow_nan: true, max_step: {step}}}\n"));
        let WriteRuling::Allowed(rules) = ruling(&policy, &Channel::parse(Protocol::Ca, "A").unwrap()) else { panic!() };
        let description = Description::of(NativeType { kind: Kind::Number(ScalarKind::F64), shape: vec![], name: String::new() });
        if judge::step(&rules, &description, &Value::Float(new), &Value::Float(old)).is_ok() {
            prop_assert!((new - old).abs() <= step + 4.0 * f64::EPSILON * new.abs().max(old.abs()));
        }
    }

    #[test]
    fn globs_are_what_they_say(pattern in "[ab*?]{0,8}", name in "[ab]{0,10}") {
        prop_assert_eq!(Glob::new(&pattern).is_match(name.as_bytes()), plainly(pattern.as_bytes(), name.as_bytes()));
    }

    #[test]
    fn the_index_finds_what_asking_each_finds(
        patterns in prop::collection::vec(prop_oneof!["[ab]{1,4}", "[ab*?]{1,6}", "re:[ab]{1,3}(a|b)?[ab]{0,3}", "re:a+(ab|b)*[ab].*"], 1..12), name in "[ab]{1,8}",
    ) {
        let patterns: Vec<Pattern> = patterns.iter().filter_map(|text| Pattern::parse(text, Reach::Wide).ok()).collect();
        let matchers: Vec<(usize, Matcher)> = patterns.iter().enumerate().filter_map(|(n, p)| Some((n, p.epics.clone()?))).collect();
        let expected: Vec<usize> = matchers.iter().filter(|(_, m)| m.is_match(&name)).map(|(n, _)| *n).collect();
        let index = index::Index::new(matchers.iter().map(|(n, m)| (m.clone(), patterns[*n].tag(*n))));
        let mut found = Vec::new();
        index.find(&name, |tag| found.push(tag.rule));
        found.sort_unstable();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn denial_always_wins(globs in prop::collection::vec((glob(), any::<bool>()), 1..6), denied in glob(), place in 0usize..6, name in name()) {
        let mut lines: Vec<String> = globs.iter().enumerate()
            .map(|(n, (glob, write))| format!("  - {{name: r{n}, channels: ['{glob}'], except: ['Q{n}'], access: {}}}\n", if *write { "write" } else { "read" }))
            .collect();
        lines.insert(place.min(lines.len()), format!("  - {{name: d, channels: ['{denied}'], deny: write}}\n"));
        let policy = load(&lines.concat());
        let channel = Channel::parse(Protocol::Ca, &name).unwrap();
        let record = channel.field().map_or(channel.name(), |(record, _)| record);
        if plainly(denied.as_bytes(), record.as_bytes()) {
            let WriteRuling::Refused(violation) = ruling(&policy, &channel) else { panic!("{channel} passed") };
            let rule = violation.rule.unwrap();
            prop_assert_eq!(&*rule.name, "d");
        }
        // Another spelling is the same channel.
        if channel.field().is_none() {
            let other = Channel::parse(Protocol::Ca, &format!("{record}.VAL")).unwrap();
            prop_assert_eq!(ruling(&policy, &channel), ruling(&policy, &other));
        }
    }

    #[test]
    fn a_rule_below_never_widens(globs in prop::collection::vec((glob(), any::<bool>()), 1..6), more in glob(), name in name()) {
        let lines: Vec<String> = globs.iter().enumerate()
            .map(|(n, (glob, write))| format!("  - {{name: r{n}, channels: ['{glob}'], except: ['Q{n}'], access: {}, min: 0, max: {n}}}\n", if *write { "write" } else { "read" }))
            .collect();
        let before = load(&lines.concat());
        let after = load(&format!("{}  - {{name: m, channels: ['{more}'], except: [Q], access: write}}\n", lines.concat()));
        let channel = Channel::parse(Protocol::Ca, &name).unwrap();
        let (before, after) = (ruling(&before, &channel), ruling(&after, &channel));
        let undecided = matches!(&before, WriteRuling::Refused(violation) if violation.rule.is_none());
        prop_assert!(undecided || before == after, "{before:?}\n{after:?}");
    }
}
