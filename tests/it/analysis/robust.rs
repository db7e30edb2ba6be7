//! Any bytes give a report: no panic, no overflow, no hang. Attacks by hand, properties, and a fuzzer for a bounded time.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use aerie::analysis::{Analyzer, Presence, Report, Request};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::{analyze, analyzer};

/// How long the fuzzer runs, if `AERIE_FUZZ_SECONDS` says nothing else.
const FUZZ_SECONDS: u64 = 15;

fn holds(report: &Report, text: &[u8]) {
    let crashed = report.findings.iter().any(|finding| finding.message.contains("the analysis failed"));
    assert!(!crashed, "the analysis panicked on {:?}", String::from_utf8_lossy(text));
    assert_eq!(report.has_writes, report.writes != Presence::None);
    for finding in &report.findings {
        if let Some(place) = finding.place {
            assert!(place.line >= 1 && place.column >= 1 && place.end_line >= place.line, "{place:?}");
        }
    }
}

#[test]
fn what_python_refuses_or_reads_otherwise_is_refused() {
    let analyzer = analyzer();
    let deep_brackets = format!("x = {}{}", "(".repeat(300), ")".repeat(300));
    let cases: &[(&str, &[u8])] = &[
        ("nothing", b""),
        ("blanks", b" \n\t\x0c\n"),
        ("no UTF-8", b"x = '\xff\xfe'"),
        ("a lone surrogate", b"x = '\xed\xa0\x80'"),
        ("a NUL", b"x = 1\0import epics"),
        ("a cookie that hides code", b"# coding: utf-7\n# +AAo-import epics"),
        ("a cookie on the second line", b"#!/usr/bin/python\n# vim: set fileencoding=utf-16 :\nx = 1"),
        ("brackets", deep_brackets.as_bytes()),
        ("half a bracket line", &[b'('; 50_000]),
        ("operators", &[b'-'; 50_000]),
        ("too much", &vec![b'#'; 5 << 20]),
    ];
    for (name, text) in cases {
        let report = analyzer.analyze(text, Request::default());
        holds(&report, text);
        assert!(!report.passed, "{name} is refused");
        assert!(report.findings.iter().all(|finding| finding.help.is_some()), "{name}: says what to do");
        assert_ne!(report.writes, Presence::None, "{name}: what is not read may do anything");
    }
}

#[test]
fn identifiers_and_lines_are_what_python_makes_of_them() {
    for (name, code) in [
        ("full-width letters", "ｉｍｐｏｒｔ = 1\nimport ｅｐｉｃｓ\nｅｐｉｃｓ.ｃａｐｕｔ('X', 1)\n"),
        ("mathematical letters", "import 𝐞𝐩𝐢𝐜𝐬\n𝐞𝐩𝐢𝐜𝐬.caput('X', 1)\n"),
        ("a form feed", "\x0cimport epics\n\x0cepics.caput('X', 1)\n"),
        ("carriage returns", "import epics\repics.caput('X', 1)\r"),
        ("continued lines", "import \\\n epics\nepics \\\n . caput('X', 1)\n"),
        ("a byte order mark", "\u{feff}import epics\nepics.caput('X', 1)\n"),
        ("a semicolon", "import epics;epics.caput('X', 1)"),
    ] {
        // The first line of the first case is no Python: the rest has to be seen all the same.
        let code = code.trim_start_matches("ｉｍｐｏｒｔ = 1\n");
        let report = analyze(code);
        assert_eq!(report.writes, Presence::Certain, "{name}: {:?}", report.findings);
    }
}

/// What cannot be shown is not shown as something else.
#[test]
fn a_lone_surrogate_is_no_known_channel() {
    let report = analyze("import epics\nepics.caput('SR:\\udc41', 1)\n");
    assert_eq!(report.writes, Presence::Certain);
    assert_eq!(report.operations[0].channel, None);
}

#[test]
fn programs_that_are_made_to_be_slow_are_not() {
    let analyzer = analyzer();
    let cases = [
        (0..90).map(|depth| format!("{}for i{depth} in x:\n", " ".repeat(depth))).collect::<String>()
            + &" ".repeat(90)
            + "epics.caput('X', f)\n",
        (0..300).fold("import epics\n".to_owned(), |text, number| {
            text + &format!(
                "def f{number}(a):\n    global g\n    g = [f{}(a), f{}(g), a]\n    return g\n",
                (number + 1) % 300,
                (number + 7) % 300
            )
        }) + "f0(epics.caput)('X', 1)\n",
        "import epics\nx = epics\n".to_owned()
            + &(0..3_000).map(|number| format!("x = x.a{number} if x else (x, x)\nx(x)\n")).collect::<String>(),
        "import epics\ns = 'a'\n".to_owned() + &"s = s + s\n".repeat(300) + "epics.caput(s, s)\n",
        "import epics\nt = epics.caput\n".to_owned() + &"t = (t, t)\n".repeat(500) + "t[0][0]('X', 1)\n",
        "import epics\n".to_owned() + &"exec(\"exec('exec(1)')\")\n".repeat(5_000),
        "import epics\nclass C:\n".to_owned()
            + &(0..500)
                .map(|n| {
                    format!(
                        " def m{n}(self, x):\n  self.a{n} = self.m{}(self.a{})\n  return self\n",
                        (n * 7) % 500,
                        (n * 3) % 500
                    )
                })
                .collect::<String>()
            + "C().m0(epics.caput)\n",
        "x = lambda a, b=1: ".repeat(900) + "1",
        "import epics\nx = -9223372036854775807 - 1\ny = x // -1\nz = x << 1\nw = -x\n".to_owned(),
        "import epics\nx = 'a' * 60000\ny = x.replace('a', x)\nz = x.replace('a', x).replace('a', x)\n".to_owned(),
    ];
    for text in cases {
        let start = Instant::now();
        let report = analyzer.analyze(text.as_bytes(), Request::default());
        holds(&report, text.as_bytes());
        // Generous: it is about seconds against hours.
        assert!(start.elapsed() < Duration::from_secs(20), "{:?} for {:?}", start.elapsed(), &text[..60]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_report(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        holds(&analyzer_once().analyze(&bytes, Request::default()), &bytes);
    }

    #[test]
    fn any_python_like_text_gives_a_report(words in proptest::collection::vec(0..WORDS.len(), 0..120)) {
        let text: String = words.into_iter().map(|word| WORDS[word]).collect();
        holds(&analyzer_once().analyze(text.as_bytes(), Request::default()), text.as_bytes());
    }

    /// Nesting of any kind, to any depth: refused or read, never an overflow.
    #[test]
    fn any_nesting_gives_a_report(kind in 0..NESTS.len(), depth in 0..60_000_usize) {
        let (open, middle, close) = NESTS[kind];
        let text = format!("x = {}{middle}{}\n", open.repeat(depth), close.repeat(depth));
        holds(&analyzer_once().analyze(text.as_bytes(), Request::default()), text.as_bytes());
    }
}

const NESTS: &[(&str, &str, &str)] = &[
    ("(", "1", ")"),
    ("[", "1", "]"),
    ("{1:", "1", "}"),
    ("-", "1", ""),
    ("not ", "1", ""),
    ("lambda: ", "1", ""),
    ("lambda a,b=", "1", ":1"),
    ("1**", "1", ""),
    ("a if b else ", "1", ""),
    ("f'{", "1", "}'"),
    ("", "x", ".a"),
    ("", "x", "()"),
    ("", "x", "[0]"),
    ("", "1", "+1"),
    ("", "1", " and 1"),
    ("", "'a'", " 'b'"),
    ("f(", "1", ")"),
    ("*", "x", ""),
    ("await ", "x", ""),
];

const WORDS: &[&str] = &[
    "import epics\n",
    "from epics import caput as c\n",
    "epics",
    ".caput",
    ".put",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'SR:X'",
    ", ",
    "1",
    " = ",
    "\n",
    "\n    ",
    "\n        ",
    "def f(a, *b, **c):",
    "class C(epics.PV):",
    "lambda x: ",
    "for i in ",
    "while True:",
    "if ",
    " else ",
    "try:",
    "except:",
    "finally:",
    "with ",
    " as x:",
    "return ",
    "yield ",
    "await ",
    "async ",
    "f'{",
    "}'",
    "x",
    "y",
    "self",
    "getattr",
    "exec",
    "eval",
    "__import__",
    "globals()",
    "functools.partial",
    "*",
    "**",
    "@",
    ".",
    ":",
    ":=",
    "match x:\n case ",
    "del ",
    "global x",
    "nonlocal y",
    "super()",
    "import os\n",
    "os.system",
    "#",
    "\"\"\"",
    "\\\n",
    "\x0c",
    "é",
    "ｅ",
    "\u{202e}",
    "print",
    "lambda",
];

fn analyzer_once() -> &'static Analyzer {
    static ONCE: std::sync::OnceLock<Analyzer> = std::sync::OnceLock::new();
    ONCE.get_or_init(analyzer)
}

/// Mutates the programs of the corpus for a bounded time.
#[test]
fn fuzzing_for_a_while_finds_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/corpus");
    let mut seeds = Vec::new();
    for kind in ["hostile", "innocent", "ordinary"] {
        for entry in fs::read_dir(folder.join(kind)).expect("a folder").flatten() {
            seeds.push(fs::read(entry.path()).expect("a file"));
        }
    }
    seeds.sort();
    let seconds = std::env::var("AERIE_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(FUZZ_SECONDS);
    let seed = std::env::var("AERIE_FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    });
    eprintln!("AERIE_FUZZ_SEED={seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let start = Instant::now();
    let mut runs = 0_u64;
    while start.elapsed() < Duration::from_secs(seconds) {
        let text = mutated(&seeds, &mut random);
        let begun = Instant::now();
        let report = analyzer_once().analyze(&text, Request::default());
        holds(&report, &text);
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(10), "{took:?} for {:?}", String::from_utf8_lossy(&text));
        runs += 1;
    }
    eprintln!("{runs} mutated programs in {seconds} s");
    assert!(runs > 100, "{runs} runs");
}

fn mutated(seeds: &[Vec<u8>], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut below = |limit: usize| random.next_u64() as usize % limit.max(1);
    let mut text = seeds[below(seeds.len())].clone();
    for _ in 0..=below(6) {
        let at = below(text.len() + 1);
        match below(7) {
            0 => text.truncate(at),
            1 => text.insert(at, below(256) as u8),
            2 if at < text.len() => {
                text.remove(at);
            }
            3 => {
                let other = &seeds[below(seeds.len())];
                let (a, b) = (below(other.len()), below(other.len()));
                let piece = other[a.min(b)..a.max(b)].to_vec();
                text.splice(at..at, piece);
            }
            4 => {
                let word = WORDS[below(WORDS.len())].as_bytes();
                text.splice(at..at, word.iter().copied());
            }
            5 => {
                let piece = text[at..(at + below(40)).min(text.len())].repeat(below(200));
                text.splice(at..at, piece);
            }
            _ => {
                // Lines change places.
                let mut lines: Vec<Vec<u8>> = text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                let (a, b) = (below(lines.len()), below(lines.len()));
                lines.swap(a, b);
                text = lines.join(&b'\n');
            }
        }
    }
    text
}
