//! Notebooks of real executions open and run again in a real Jupyter, and those of hostile texts stay notebooks.
//! `tests/notebooks/test_notebooks.py` judges; this makes what it judges.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::Command;

use aerie::artifacts::notebook::{
    About, AttemptNotebook, AttemptStage, Attempted, Figure, FinalNotebook, Found, KeptFile, Notebook, Ran,
};
use aerie::execution::{ExecutionId, Outcome, ScriptError, Usage};
use serde_json::json;

use crate::servers::environment;
use crate::support::{aerie, said, scratch};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Runs one of the programs into `runs/NAME`.
fn run(state: &Path, runs: &Path, name: &str) {
    let programs = root().join("tests/notebooks/programs");
    let mut command = aerie(state);
    command.args(["run", "--no-ask", "-q", "--seed", "7"]).arg(programs.join(format!("{name}.py")));
    command.arg("--out").arg(runs.join(name));
    if name == "final" {
        let dcct = root().join("examples/data/dcct.csv");
        command.arg("--context").arg(programs.join("context.json"));
        command.arg("--input").arg(format!("dcct.csv={}", dcct.display()));
    }
    let (stdout, stderr, code) = said(&command.output().expect("aerie starts"));
    let expected = i32::from(name == "fail" || name == "syntax");
    assert_eq!(code, expected, "{name}: {stdout}\n{stderr}");
}

/// Texts that would be something else if anything took them for markup; the same each time.
fn odd_texts() -> Vec<String> {
    let hostile =
        "</code></pre><script>alert(1)</script>\n\n![x](http://e/x.png) | [y](javascript:z) `\u{1b}[2J` $x$ \u{202e}";
    let mut texts: Vec<String> =
        [hostile, "", "\0\u{1}\r\u{85}\u{2028}\u{feff}", "''' \\ \" \u{10ffff}", "plain"].map(str::to_owned).to_vec();
    let mut state = 88_172_645_463_325_252_u64;
    let alphabet: Vec<char> =
        "ab<>&`|$[]()!#*_-'\"\\\n\r\t \0\u{1b}\u{9b}\u{202e}é😀\u{2028}\u{7f}%{}".chars().collect();
    for _ in 0..40 {
        let mut text = String::new();
        for _ in 0..80 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            text.push(alphabet[usize::try_from(state % alphabet.len() as u64).expect("small")]);
        }
        texts.push(text);
    }
    texts
}

fn sample(folder: &Path, at: usize, text: &str) {
    let about = About {
        execution: ExecutionId::from_parts(1, 2),
        task: text,
        query: text,
        status: text,
        started: None,
        ended: None,
        backend: text,
        generator: Some(text),
        seed: u64::MAX,
        filename: text,
        code: text,
    };
    let error = ScriptError { kind: text.into(), message: text.into(), line: None, traceback: text.into() };
    let index = json!({ "dtype": "x", "values": [text] });
    let series = json!({ "$type": "series", "name": text, "dtype": text, "index": index, "data": [text] });
    let outcome = json!({ "status": "failed", "exit_code": 1, "results": { text: series }, "stdout": text,
        "stderr": text, "error": error, "usage": Usage::default(), "seed": 1 });
    let outcome: Outcome = serde_json::from_value(outcome).expect("an outcome");
    let figures = [Figure { number: 1, title: text, name: text, png: b"\x89PNG\r\n\x1a\n" }];
    let files = [KeptFile { name: text, title: text, bytes: 1 }];
    let found = [Found { rule: text, severity: text, message: text, line: None }];
    let ran = Ran { outcome: &outcome, figures: &figures, files: &files, whole_output: "execution_metadata.json" };
    let stage = AttemptStage::parse("static_analysis_failed").expect("a stage");
    let attempt = NonZeroU32::MIN;
    let refused = AttemptNotebook { about: about.clone(), attempt, stage, attempted: Attempted::Refused(&found) };
    let last = FinalNotebook { about, attempt, attempted: Attempted::Ran(ran) };
    let write = |kind: &str, value: &serde_json::Value| {
        std::fs::write(folder.join(format!("sample_{at}_{kind}.ipynb")), value.to_string()).expect("a file");
    };
    write("a", &Notebook::of_attempt(&refused));
    write("b", &Notebook::of_execution(&last));
}

#[test]
fn notebooks_open_and_run_again_in_a_real_jupyter() {
    let python = environment(&root().join("tests/notebooks/requirements.txt"));
    let folder = scratch();
    let below = |name: &str| folder.path().join(name);
    let (state, runs, samples) = (below("state"), below("runs"), below("samples"));
    for path in [&runs, &samples] {
        std::fs::create_dir_all(path).expect("a folder");
    }
    for name in ["final", "fail", "epics", "syntax"] {
        run(&state, &runs, name);
    }
    for (at, text) in odd_texts().iter().enumerate() {
        sample(&samples, at, text);
    }
    let output = Command::new(python)
        .arg(root().join("tests/notebooks/test_notebooks.py"))
        .env("AERIE_GUEST", root().join("runtimes/guest"))
        .env("AERIE_NOTEBOOK_RUNS", &runs)
        .env("AERIE_NOTEBOOK_SAMPLES", &samples)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("IPYTHONDIR", below("ipython"))
        .env("MPLCONFIGDIR", below("matplotlib"))
        .output()
        .expect("Python starts");
    let (stdout, stderr, code) = said(&output);
    assert_eq!(code, 0, "{stdout}\n{stderr}");
}
