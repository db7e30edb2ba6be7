//! How long it takes to judge one write against 10,000 rules: names, globs and expressions, a third each.
//!
//! Prints the median and the slowest median of all names; fails if a judgement takes more than 20 µs.
#![expect(clippy::print_stdout, reason = "a benchmark says what it measured")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use aerie::channel::{Channel, Description, Kind, NativeType, Protocol, ScalarKind, Value};
use aerie::policy::{Options, Policy, Principal, Source, SourceKind, WriteRequest, WriteRuling, judge};

const RULES: usize = 10_000;
const ROUNDS: usize = 2001;
const MOST: f64 = 20.0;

fn policy_text() -> String {
    let mut text = String::from("version: 1\nrules:\n");
    for n in 0..RULES {
        let pattern = match n % 6 {
            0 | 3 => format!("SR:C{:02}:PS{n}:SP", n % 40),
            1 => format!("SR:C*:MAG{n}:*:SP"),
            4 => format!("*:VAC{n}:*"),
            2 => format!(r"re:BR:C\d+:(HCM|VCM){n}:SP"),
            _ => format!(r"re:.*:RF{n}:[A-Z]+\d*:(SP|SET)"),
        };
        let what = if n % 50 == 0 { "deny: write".to_owned() } else { "access: write, min: -5, max: 5".to_owned() };
        let _ = writeln!(text, "  - {{name: r{n}, channels: ['{pattern}'], {what}}}");
    }
    text.push_str("  - {name: last, channels: ['*'], principals: [somebody], access: write, min: -5, max: 5}\n");
    text
}

fn main() {
    let text = policy_text();
    let source = Source { name: "bench.yml", text: &text, kind: SourceKind::Rules };
    let start = Instant::now();
    let policy = Policy::load(&[source], &Options::default()).unwrap_or_else(|errors| panic!("{errors}"));
    println!("load {} rules ({} KiB): {:.0?}", policy.len(), text.len() / 1024, start.elapsed());

    let principal = Principal::named("somebody");
    let now = "2026-01-09T12:00:00Z".parse().unwrap_or_default();
    let description =
        Description::of(NativeType { kind: Kind::Number(ScalarKind::F64), shape: vec![], name: "DBR_DOUBLE".into() });
    let all = |unit: &str| unit.repeat(255).chars().take(255).collect::<String>();
    let names = [
        ("a name", "SR:C21:PS9981:SP".to_owned()),
        ("a glob", "SR:C07:MAG9997:H:SP".to_owned()),
        ("an expression", "BR:C11:HCM9998:SP".to_owned()),
        ("a loose expression", "LI:RF9995:AMP1:SET".to_owned()),
        ("a field", "SR:C21:PS9981:SP.DRVH".to_owned()),
        ("only the last", "ZZ:NOTHING".to_owned()),
        ("255 × a", all("a")),
        ("255 × colon", all(":")),
        ("255 of every start", all("SR:C1:MAG1:VAC2:RF5:HCM8:SP:")),
        ("255 of numbers", all(":MAG1111:VAC2222:RF3335:HCM44:VCM555:SP")),
        ("255 digits", format!("SR:C{}", all("0123456789").chars().take(251).collect::<String>())),
    ];
    let mut slowest = 0f64;
    for (what, name) in &names {
        let channel = Channel::parse(Protocol::Ca, name).unwrap_or_else(|error| panic!("{error}"));
        let mut times: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                let ruling = policy.write(black_box(&WriteRequest { channel: &channel, principal: &principal, now }));
                if let WriteRuling::Allowed(rules) = &ruling {
                    let _ = black_box(judge::value(rules, &description, &Value::Float(1.5)));
                }
                let _ = black_box(ruling);
                start.elapsed().as_secs_f64() * 1e6
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let (median, late) = (times[ROUNDS / 2], times[ROUNDS * 99 / 100]);
        slowest = slowest.max(median);
        println!("{what:>20}: median {median:6.2} µs, 99th {late:6.2} µs");
    }
    println!("slowest median: {slowest:.2} µs of {MOST} µs");

    let many: Vec<f64> = (0..1_000_000u32).map(|n| f64::from(n % 5)).collect();
    let wave = Value::Array(aerie::channel::Array::of_doubles(&many));
    let own =
        "version: 1\nrules:\n  - {name: a, channels: [W], access: write, min: 0, max: 5, max_elements: 1000000}\n";
    let own = Policy::load(&[Source { name: "w", text: own, kind: SourceKind::Rules }], &Options::default())
        .unwrap_or_else(|errors| panic!("{errors}"));
    let channel = Channel::parse(Protocol::Ca, "W").unwrap_or_else(|error| panic!("{error}"));
    if let WriteRuling::Allowed(rules) = own.write(&WriteRequest { channel: &channel, principal: &principal, now }) {
        let native = NativeType { kind: Kind::Number(ScalarKind::F64), shape: vec![1_000_000], name: String::new() };
        let start = Instant::now();
        let good = judge::value(&rules, &Description::of(native), &wave).is_ok();
        println!("a waveform of 1,000,000 doubles: {:.1?} ({good})", start.elapsed());
    }
    assert!(slowest <= MOST, "slower than {MOST} µs");
}
