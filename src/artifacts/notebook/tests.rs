//! Whole notebooks: their shape, their bytes, and what hostile programs cannot do to them.

use std::num::NonZeroU32;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::approval::{Digest, Fingerprint, Operation, PlannedWrite, Verdict};
use crate::channel::{AlarmSeverity, Channel, Protocol, Range, Refusal, Value as Held};
use crate::execution::{ScriptError, Status, Usage};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";
const HOSTILE: &str =
    "</code></pre><script>alert(1)</script>\n\n![x](http://evil/x.png) | [y](javascript:z) `\u{1b}[2J` $x$ \u{202e}";

fn about<'a>(code: &'a str, text: &'a str) -> About<'a> {
    About {
        execution: ExecutionId::from_parts(1_790_000_000_000, 7),
        task: text,
        query: text,
        status: "failed",
        started: Some(jiff::Timestamp::UNIX_EPOCH),
        ended: None,
        backend: text,
        generator: Some(text),
        seed: 7,
        filename: text,
        code,
    }
}

fn outcome(text: &str, error: bool) -> Outcome {
    let error = error.then(|| ScriptError {
        kind: text.to_owned(),
        message: text.to_owned(),
        line: Some(3),
        traceback: text.to_owned(),
    });
    Outcome {
        types: crate::execution::Types::default(),
        status: if error.is_some() { Status::Failed } else { Status::Succeeded },
        exit_code: 0,
        results: Some(json!({ text: [text, { "$type": text, "data": [text] }], "s": { "$type": "series", "name": text,
            "dtype": text, "index": { "dtype": text, "values": [text] }, "data": [text] } })),
        stdout: text.to_owned(),
        stderr: format!("warned\n{}", error.as_ref().map_or("", |error| &error.traceback)),
        error,
        usage: Usage::default(),
        seed: 7,
        walls: None,
    }
}

fn plan(text: &str, writes: u32) -> Plan {
    let digest = Digest::of(b"");
    let write = |order| PlannedWrite {
        order,
        operation: Operation::Write,
        channel: Channel::parse(Protocol::Ca, "SR:QF1:SP").unwrap(),
        before: Some(Held::Float(1.0)),
        value: Held::Text(text.to_owned()),
        labels: (Some(text.to_owned()), None),
        unit: text.to_owned(),
        limits: Range::of_bounds(0.0, 5.0),
        max_step: None,
        alarm: AlarmSeverity::None,
        line: Some(3),
        verdict: if order == 2 { Verdict::Refused(Refusal::MaxExceeded) } else { Verdict::Allowed },
        reasons: vec![],
        rule: None,
        at: 0.0,
    };
    Plan {
        id: ExecutionId::from_parts(1, 2),
        fingerprint: Fingerprint {
            code: digest.clone(),
            inputs: digest.clone(),
            context: digest.clone(),
            policy: digest,
            backend: "wasi".to_owned(),
            control_system: "simulated machine".to_owned(),
            principal: "alice".to_owned(),
            seed: 1,
        },
        created: jiff::Timestamp::UNIX_EPOCH,
        writes: (1..=writes).map(write).collect(),
        incomplete: None,
    }
}

/// All kinds of notebook with this text wherever a program or a model has its say.
fn notebooks(code: &str, text: &str) -> [Value; 4] {
    let attempt = NonZeroU32::new(2).unwrap();
    let stage = AttemptStage::parse("static_analysis_failed").unwrap();
    let found = [Found { rule: text, severity: text, message: text, line: Some(1) }];
    let plan = plan(text, 3);
    let (good, bad) = (outcome(text, false), outcome(text, true));
    let figures = [Figure { number: 1, title: text, name: "figures/figure_01.png", png: PNG }];
    let files = [KeptFile { name: text, title: text, bytes: 3 }];
    let ran = |outcome| Ran { outcome, figures: &figures, files: &files, whole_output: "execution_metadata.json" };
    let of_attempt = |attempted| {
        let stage = stage.clone();
        Notebook::of_attempt(&AttemptNotebook { about: about(code, text), attempt, stage, attempted })
    };
    [
        of_attempt(Attempted::Refused(&found)),
        of_attempt(Attempted::Planned { plan: &plan, findings: &found }),
        of_attempt(Attempted::Ran(ran(&bad))),
        Notebook::of_execution(&FinalNotebook {
            about: about(code, text),
            attempt,
            attempted: Attempted::Ran(ran(&good)),
        }),
    ]
}

fn source(cell: &Value) -> String {
    cell["source"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect()
}

fn cell<'a>(notebook: &'a Value, id: &str) -> &'a Value {
    notebook["cells"].as_array().unwrap().iter().find(|cell| cell["id"] == id).unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// What format 4.5 asks of a notebook.
fn assert_valid(notebook: &Value) {
    assert_eq!(keys(notebook), ["cells", "metadata", "nbformat", "nbformat_minor"]);
    assert_eq!((&notebook["nbformat"], &notebook["nbformat_minor"]), (&json!(4), &json!(5)));
    let mut ids = std::collections::HashSet::new();
    for cell in notebook["cells"].as_array().unwrap() {
        let id = cell["id"].as_str().unwrap();
        assert!((1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{id}");
        assert!(ids.insert(id.to_owned()), "{id} twice");
        assert!(cell["metadata"].is_object());
        source(cell);
        if cell["cell_type"] == "markdown" {
            assert_eq!(keys(cell), ["cell_type", "id", "metadata", "source"]);
            continue;
        }
        assert_eq!(keys(cell), ["cell_type", "execution_count", "id", "metadata", "outputs", "source"]);
        assert!(cell["execution_count"].is_u64() || cell["execution_count"].is_null());
        for output in cell["outputs"].as_array().unwrap() {
            match output["output_type"].as_str().unwrap() {
                "stream" => assert_eq!(keys(output), ["output_type", "name", "text"]),
                "display_data" => assert_eq!(keys(output), ["output_type", "data", "metadata"]),
                "execute_result" => assert_eq!(output["execution_count"], cell["execution_count"]),
                "error" => assert!(output["traceback"].as_array().is_some_and(|lines| !lines.is_empty())),
                other => panic!("{other}"),
            }
        }
    }
}

/// Markup that no text of a program's may have become: whatever remains is ours.
fn assert_harmless(notebook: &Value) {
    let ours = regexless(&["code", "pre", "p", "table", "thead", "tbody", "tr", "th", "td", "b"]);
    for cell in notebook["cells"].as_array().unwrap() {
        let mut marked = vec![];
        if cell["cell_type"] == "markdown" {
            marked.push(source(cell));
        }
        for output in cell["outputs"].as_array().into_iter().flatten() {
            marked.extend(output["data"]["text/html"].as_str().map(str::to_owned));
        }
        for text in marked {
            let left = ours.iter().fold(text, |text, tag| text.replace(tag, ""));
            assert!(!left.contains(['<', '>', '\u{1b}', '$', '!']), "{left}");
            assert!(!left.contains("http:") && !left.contains("javascript:"), "{left}");
        }
    }
}

fn regexless(tags: &[&str]) -> Vec<String> {
    tags.iter().flat_map(|tag| [format!("<{tag}>"), format!("</{tag}>")]).collect()
}

#[test]
fn every_kind_of_notebook_is_valid_and_holds_the_program_as_it_ran() {
    let code = "x = 1\r\nprint('\u{1b}')\n\n# </script> end without a line feed";
    for notebook in notebooks(code, "plain words") {
        assert_valid(&notebook);
        assert_eq!(source(cell(&notebook, "aerie-program")), code);
        assert_eq!(notebook["metadata"]["aerie"]["code_sha256"], Digest::of(code.as_bytes()).as_str());
        assert_eq!(cell(&notebook, "aerie-setup")["metadata"]["jupyter"]["source_hidden"], true);
        assert!(source(cell(&notebook, "aerie-setup")).contains("def load(path):"));
    }
}

#[test]
fn hostile_text_is_no_markup_anywhere() {
    for notebook in notebooks("1/0", HOSTILE) {
        assert_valid(&notebook);
        assert_harmless(&notebook);
    }
    let [_, planned, ..] = notebooks("1/0", HOSTILE);
    let header = source(cell(&planned, "aerie-header"));
    let rows: Vec<&str> = header.lines().filter(|line| line.contains("SR&#58;QF1&#58;SP")).collect();
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!(row.matches('|').count(), 7, "{row}");
    }
    assert!(header.contains("**refused** <code>MAX&#95;EXCEEDED</code>"));
}

#[test]
fn the_setup_cell_takes_no_code_from_texts() {
    let name = "x.py\"\nimport os\n'''\\";
    let [notebook, ..] = notebooks("", name);
    let setup = source(cell(&notebook, "aerie-setup"));
    let about = setup.lines().nth(1).unwrap();
    assert!(about.starts_with("_aerie = {") && about.ends_with('}'), "{about}");
    assert!(about.contains(r#""filename":"x.py\" import os '''\\""#), "{about}");
    assert!(!LOADER.contains("'''") && !LOADER.trim_end().ends_with('\\'), "it stands in a raw text of the setup cell");
    assert!(setup.contains("The analysis refused this program."));
}

#[test]
fn outputs_are_those_of_the_run() {
    let [_, _, failed, last] = notebooks("1/0", "Traceback: words\n");
    let kinds = |notebook: &Value| -> Vec<String> {
        let outputs = cell(notebook, "aerie-program")["outputs"].as_array().unwrap();
        outputs.iter().map(|o| o["name"].as_str().or(o["output_type"].as_str()).unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(&failed), ["stdout", "stderr", "display_data", "error"]);
    assert_eq!(kinds(&last), ["stdout", "stderr", "display_data"]);
    // The traceback is in the error alone.
    assert_eq!(cell(&failed, "aerie-program")["outputs"][1]["text"], json!(["warned\n"]));
    assert_eq!(cell(&last, "aerie-program")["outputs"][2]["data"]["image/png"], "iVBORw0KGgpyZXN0");
    assert!(source(cell(&failed, "aerie-files")).contains("aerie replay ex_"));
}

#[test]
fn what_is_too_much_is_cut_and_the_notebook_says_where_the_whole_is() {
    let mut much = outcome("x", false);
    much.stdout = "line\u{1b}[0m\n".repeat(1_000_000);
    let png = [PNG, &vec![0; 9 << 20]].concat();
    let figures = [
        Figure { number: 1, title: "", name: "figures/figure_01.png", png: &png },
        Figure { number: 2, title: "", name: "figures/figure_02.png", png: b"GIF89a" },
    ];
    let names: Vec<String> = (0..900).map(|n| format!("artifacts/{n}")).collect();
    let files: Vec<KeptFile<'_>> = names.iter().map(|name| KeptFile { name, title: "", bytes: 0 }).collect();
    let ran = Ran { outcome: &much, figures: &figures, files: &files, whole_output: "execution_metadata.json" };
    let query = "q".repeat(1 << 20);
    let notebook = Notebook::of_execution(&FinalNotebook {
        about: about("1", &query),
        attempt: NonZeroU32::MIN,
        attempted: Attempted::Ran(ran),
    });
    assert_valid(&notebook);
    let text = notebook.to_string();
    assert!(text.len() < 2 << 20, "{}", text.len());
    assert!(text.contains("bytes are left out here. The whole is in execution_metadata.json."));
    assert!(text.contains("are too many for a notebook; it is in figures/figure_01.png"));
    assert!(text.contains("It is no PNG and not shown; it is in figures/figure_02.png"));
    assert!(text.contains("... 700 more files"));
    let many = plan("x", 1_000);
    let attempted = Attempted::Planned { plan: &many, findings: &[] };
    let stage = AttemptStage::parse("awaiting_approval").unwrap();
    let attempt = AttemptNotebook { about: about("1", ""), attempt: NonZeroU32::MIN, stage, attempted };
    assert_eq!(attempt.file_name(), "attempts/01_awaiting_approval.ipynb");
    assert!(Notebook::of_attempt(&attempt).to_string().contains("... 800 more planned writes"));
}

#[test]
fn a_program_that_is_no_python_is_held() {
    let mut failed = outcome("x", true);
    failed.error.as_mut().unwrap().kind = "IndentationError".to_owned();
    let ran = Ran { outcome: &failed, figures: &[], files: &[], whole_output: "x" };
    let notebook = Notebook::of_execution(&FinalNotebook {
        about: about("!ls", ""),
        attempt: NonZeroU32::MIN,
        attempted: Attempted::Ran(ran),
    });
    assert!(source(cell(&notebook, "aerie-setup")).contains("Jupyter may take it for commands"));
}

#[test]
fn stages_are_plain_words() {
    for good in ["syntax_error", "execution_failed", "x"] {
        assert_eq!(AttemptStage::parse(good).unwrap().as_str(), good);
    }
    for bad in ["", "../x", "A", "a b", "a1", "é", &"x".repeat(41)] {
        assert!(AttemptStage::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let bytes = || notebooks("x = 1", HOSTILE).iter().map(Value::to_string).collect::<Vec<_>>();
    assert_eq!(bytes(), bytes());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_text_gives_valid_and_harmless_notebooks(code in any::<String>(), text in r"(\PC|[<>&`|$\[\]()!\x00-\x1f\x1b\u{202e}]){0,60}") {
        for notebook in notebooks(&code, &text) {
            assert_valid(&notebook);
            assert_harmless(&notebook);
            prop_assert_eq!(source(cell(&notebook, "aerie-program")), code.clone());
        }
    }
}
