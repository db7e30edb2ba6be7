//! Numbers are right: every program of `tests/corpus/numeric/` gives what a native 64-bit `CPython` with the same library
//! versions gives. The golden results are made by `tests/corpus/numeric/golden.py`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use aerie::execution::Status;
use serde_json::{Value, json};

use crate::support::{run, run_job};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/numeric")
}

#[test]
fn the_corpus_gives_what_native_python_gives() {
    let mut programs = 0;
    let mut failures = String::new();
    for (group, golden) in golden_groups() {
        let golden = golden.as_object().expect("a group is an object");
        for (name, expected) in golden {
            programs += 1;
            let path = corpus().join(&group).join(format!("{name}.py"));
            let code = std::fs::read_to_string(&path).expect("each golden result has its program");
            let mut job = crate::support::job(&format!("import warnings\nwarnings.simplefilter('ignore')\n{code}"));
            job.filename = format!("{group}/{name}.py");
            let outcome = run_job(job).outcome;
            if outcome.status != Status::Succeeded {
                let last = outcome.stderr.lines().last().unwrap_or_default().to_owned();
                let _ = writeln!(failures, "{group}/{name}: {:?}: {last}", outcome.status);
                continue;
            }
            let mut differences = Vec::new();
            compare("", expected, &outcome.results.unwrap_or_default(), &mut differences);
            for difference in differences.iter().take(3) {
                let _ = writeln!(failures, "{group}/{name}: {difference}");
            }
        }
    }
    assert!(programs >= 150, "the corpus has {programs} programs");
    assert!(failures.is_empty(), "of {programs} programs:\n{failures}");
}

fn golden_groups() -> Vec<(String, Value)> {
    let mut groups = Vec::new();
    for entry in std::fs::read_dir(corpus().join("golden")).expect("golden results") {
        let path = entry.expect("an entry").path();
        let group = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        if group != "versions" {
            let text = std::fs::read_to_string(&path).expect("readable");
            groups.push((group, serde_json::from_str(&text).expect("golden results are JSON")));
        }
    }
    groups.sort_by(|a, b| a.0.cmp(&b.0));
    groups
}

/// Exact for integers, text and structure; 1e-9 relative and 1e-12 absolute for floats.
fn compare(at: &str, expected: &Value, found: &Value, differences: &mut Vec<String>) {
    let same = match (expected, found) {
        (Value::Object(e), _) if e.contains_key("$float") => {
            found == &json!({ "$type": "float", "value": e["$float"] })
        }
        (Value::Object(e), Value::Object(f)) => {
            if e.len() != f.len() {
                differences.push(format!("{at}: other keys"));
            }
            for (key, value) in e {
                compare(&format!("{at}.{key}"), value, f.get(key).unwrap_or(&Value::Null), differences);
            }
            true
        }
        (Value::Array(e), Value::Array(f)) if e.len() == f.len() => {
            for (index, (e, f)) in e.iter().zip(f).enumerate() {
                compare(&format!("{at}[{index}]"), e, f, differences);
            }
            true
        }
        (Value::Number(e), Value::Number(f)) if e.is_f64() && f.is_f64() => {
            let (e, f) = (e.as_f64().unwrap_or(f64::NAN), f.as_f64().unwrap_or(f64::NAN));
            (e - f).abs() <= 1e-12 + 1e-9 * e.abs()
        }
        (e, f) => e == f,
    };
    if !same {
        let text = |value: &Value| value.to_string().chars().take(160).collect::<String>();
        differences.push(format!("{at}: native {} sandbox {}", text(expected), text(found)));
    }
}

#[test]
fn the_sum_that_is_wrong_elsewhere_is_right_here() {
    let outcome = run("import numpy as np\nresults = {'sum': np.arange(1_000_000).sum()}").outcome;
    assert_eq!(outcome.results, Some(json!({ "sum": 499_999_500_000_i64 })));
}

/// What cannot be as on a native 64-bit Python fails aloud or shows itself (`docs/numbers.md`): never a wrong number.
#[test]
fn known_differences_are_loud() {
    for (code, error) in [
        ("np.intp(2**40)", "OverflowError"),
        ("np.random.RandomState(1).poisson(5e10)", "ValueError"),
        ("np.random.RandomState(1).binomial(10**12, 0.25)", "ValueError"),
    ] {
        let outcome = run(&format!("import numpy as np\n{code}")).outcome;
        assert_eq!(outcome.status, Status::Failed, "{code}");
        let kind = outcome.error.map(|error| error.kind).unwrap_or_default();
        assert!(kind == error || kind == "OverflowError", "{code}: {kind}");
    }
    let outcome = run("import numpy as np\nresults = [np.dtype('l').itemsize, np.dtype(np.intp).itemsize]").outcome;
    assert_eq!(outcome.results, Some(json!([4, 4])));
}
