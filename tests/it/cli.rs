//! The command line as a person and as a script meet it.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{aerie, kill, said, scratch};

fn run(arguments: &[&str]) -> (String, String, i32) {
    let state = scratch();
    said(&aerie(state.path()).arg("run").args(arguments).output().expect("aerie starts"))
}

fn json_of(arguments: &[&str], state: &Path) -> (Value, i32) {
    let output = aerie(state).arg("run").args(arguments).arg("--json").output().expect("aerie starts");
    let (stdout, stderr, code) = said(&output);
    (serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}")), code)
}

#[test]
fn the_programs_output_is_on_stdout_and_all_else_on_stderr() {
    let (stdout, stderr, code) =
        run(&["-c", "import sys\nprint(6 * 7)\nprint('told', file=sys.stderr)\nresults = {'a': 1}"]);
    assert_eq!((stdout.as_str(), code), ("42\n", 0));
    assert!(stderr.starts_with("told\n") && stderr.contains("succeeded") && stderr.contains("{\"a\":1}"), "{stderr}");
}

#[test]
fn quiet_says_nothing_of_its_own() {
    assert_eq!(run(&["-q", "-c", "print(1)"]), ("1\n".to_owned(), String::new(), 0));
}

#[test]
fn a_program_comes_from_a_file_an_argument_or_standard_input() {
    let folder = scratch();
    let file = folder.path().join("my program.py");
    std::fs::write(&file, "\u{feff}print('file')").expect("written");
    assert_eq!(run(&["-q", file.to_str().expect("text")]).0, "file\n");
    let mut child = aerie(folder.path())
        .args(["run", "-q", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("aerie starts");
    child.stdin.take().expect("a pipe").write_all(b"print('stdin')").expect("written");
    assert_eq!(said(&child.wait_with_output().expect("it ends")).0, "stdin\n");
}

#[test]
fn a_failing_program_shows_its_traceback_and_source_frame() {
    let folder = scratch();
    let file = folder.path().join("orbit.py");
    std::fs::write(&file, "x = [1, 2]\n\nprint(x[5])\n").expect("written");
    let (_, stderr, code) = run(&[file.to_str().expect("text")]);
    assert_eq!(code, 1);
    for part in [
        "Traceback (most recent call last):",
        "File \"orbit.py\", line 3",
        "orbit.py:3:1",
        "^^^^^^^^^^^ IndexError",
        "failed after",
    ] {
        assert!(stderr.contains(part), "no {part} in\n{stderr}");
    }
}

#[test]
fn what_a_program_says_cannot_rewrite_our_own_lines() {
    let code = "import matplotlib.pyplot as plt\nplt.plot([1]); plt.title('T\\x1b[2J')\nresults = '\\x1b]0;title\\x07'";
    let (_, stderr, _) = run(&["-c", code]);
    // matplotlib's own warning comes before.
    let stderr = &stderr[stderr.find("succeeded").expect("a summary")..];
    assert!(!stderr.contains('\x1b') && !stderr.contains('\x07'), "{stderr:?}");
    let (_, stderr, _) = run(&["-c", "import sys\nsys.stderr = open('e', 'w')\nraise ValueError('\\x1b[31mred')"]);
    assert!(!stderr.contains('\x1b') && stderr.contains("[31mred"), "{stderr:?}");
}

#[test]
fn exit_codes_follow_the_table() {
    for (arguments, code) in [
        (&["-q", "-c", "pass"][..], 0),
        (&["-q", "-c", "1/0"], 1),
        (&["-q", "-c", "import sys; sys.exit(42)"], 1),
        (&["-q", "-c", "while True: pass", "--timeout", "300ms"], 5),
        (&["-q", "-c", "while True: pass", "--cpu-time", "300ms"], 5),
        (&["-q", "-c", "bytearray(2**31 - 1)"], 1),
        (&["-q", "-c", "print('x' * 10**6)", "--max-output", "1k"], 1),
        (&["-q", "/no/such/file.py"], 2),
        (&["-q", "-c", "pass", "--pack", "no-such-pack"], 2),
        (&["-q", "--no-such-flag"], 2),
        (&["-q"], 2),
    ] {
        let (_, stderr, found) = run(arguments);
        assert_eq!(found, code, "{arguments:?}\n{stderr}");
    }
}

#[test]
fn the_json_document_has_its_names_and_nothing_else_is_on_stdout() {
    let state = scratch();
    let code = "import matplotlib.pyplot as plt\nprint('out')\nplt.plot([1, 2]); plt.title('T')\nopen('left.txt', 'w').write('hello')\nsave_artifact('note', title='A note')\nresults = {'z': 1, 'a': [1.5, None]}";
    let (document, exit) = json_of(&["-c", code, "--seed", "5"], state.path());
    let names: Vec<_> = document.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "id",
            "status",
            "exit_code",
            "results",
            "stdout",
            "stderr",
            "figures",
            "artifacts",
            "usage",
            "seed",
            "walls",
            "folder",
            "error",
            "execution_method",
            "execution_method_reason",
            "attempt",
            "analysis_warnings",
            "failure",
            "waits",
            "written",
            "notebook",
            "writes",
            "control_system"
        ]
    );
    assert_eq!((&document["status"], &document["exit_code"], exit), (&json!("succeeded"), &json!(0), 0));
    assert_eq!(document["results"].to_string(), r#"{"z":1,"a":[1.5,null]}"#, "the order of keys is the program's");
    assert_eq!(
        (&document["stdout"], &document["seed"], &document["error"]),
        (&json!("out\n"), &json!(5), &Value::Null)
    );
    let folder = Path::new(document["folder"].as_str().expect("a path"));
    assert!(folder.is_absolute() && folder.starts_with(state.path().canonicalize().expect("a path")));
    assert_eq!(document["figures"][0]["title"], "T");
    assert!(Path::new(document["figures"][0]["path"].as_str().expect("a path")).is_file());
    let artifacts: Vec<_> = document["artifacts"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|a| (a["name"].as_str(), a["title"].as_str()))
        .collect();
    assert_eq!(artifacts, [(Some("A note.txt"), Some("A note")), (Some("left.txt"), Some(""))]);
}

#[test]
fn a_failure_is_in_the_json_document_too() {
    let state = scratch();
    let (document, exit) = json_of(&["-c", "x = 1\nraise KeyError('SR:C01')"], state.path());
    assert_eq!((&document["status"], exit), (&json!("failed"), 1));
    assert_eq!((&document["error"]["type"], &document["error"]["line"]), (&json!("KeyError"), &json!(2)));
    assert_eq!(document["error"]["message"], "'SR:C01'");
    let (document, exit) =
        json_of(&["-c", "print('before', flush=True)\nwhile True: pass", "--timeout", "4"], state.path());
    assert_eq!((&document["status"], exit, &document["stdout"]), (&json!("timed_out"), 5, &json!("before\n")));
}

#[test]
fn the_execution_folder_is_laid_out_as_the_design_says() {
    let state = scratch();
    let code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nopen('x.csv', 'w').write('a')\nresults = {'a': 1}\nprint('hi')";
    let (document, _) = json_of(&["-c", code, "--context", r#"{"k": {"v": 1}}"#], state.path());
    let folder = Path::new(document["folder"].as_str().expect("a path"));
    let below = folder.strip_prefix(state.path().canonicalize().expect("a path")).expect("below the state folder");
    let parts: Vec<_> = below.iter().filter_map(|part| part.to_str()).collect();
    assert_eq!(parts[0], "executed_scripts");
    assert!(parts[1].len() == 7 && parts[1].as_bytes()[4] == b'-', "{parts:?}");
    assert!(parts[2].starts_with("execution_2") && parts[2].contains("_script_"), "{parts:?}");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|e| e.expect("an entry").file_name().into_string().expect("text"))
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "artifacts",
            "code.py",
            "context.json",
            "execution_metadata.json",
            "figures",
            "journal.jsonl.zst",
            "notebook.ipynb",
            "request.json",
            "results.json"
        ]
    );
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect(name);
    assert_eq!(read("code.py"), code);
    assert_eq!(serde_json::from_str::<Value>(&read("context.json")).expect("JSON"), json!({ "k": { "v": 1 } }));
    assert_eq!(serde_json::from_str::<Value>(&read("results.json")).expect("JSON"), json!({ "a": 1 }));
    let metadata: Value = serde_json::from_str(&read("execution_metadata.json")).expect("JSON");
    assert_eq!(
        (&metadata["success"], &metadata["stdout"], &metadata["figure_count"]),
        (&json!(true), &json!("hi\n"), &json!(1))
    );
    assert!(folder.join("figures/figure_01.png").is_file() && folder.join("artifacts/x.csv").is_file());
}

#[test]
fn out_names_the_folder_and_never_overwrites() {
    let folder = scratch();
    let out = folder.path().join("mine");
    let out_text = out.to_str().expect("text");
    assert_eq!(run(&["-q", "-c", "results = 1", "--out", out_text]).2, 0);
    assert!(out.join("results.json").is_file());
    let (_, stderr, code) = run(&["-c", "results = 2", "--out", out_text]);
    assert!(code == 2 && stderr.contains("AE0007") && stderr.contains("not empty"), "{stderr}");
    assert_eq!(std::fs::read_to_string(out.join("results.json")).ok().as_deref(), Some("1\n"));
}

#[test]
fn inputs_are_there_read_only_as_files_and_folders() {
    let folder = scratch();
    let file = folder.path().join("data.csv");
    std::fs::write(&file, "a\n1\n").expect("written");
    std::fs::create_dir(folder.path().join("runs")).expect("made");
    std::fs::write(folder.path().join("runs/one.txt"), "one").expect("written");
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("runs/leak")).expect("linked");
    let code = "import os\nresults = [open('/inputs/d.csv').read(), os.listdir('/inputs/runs'), open('/inputs/runs/one.txt').read()]\ntry: open('/inputs/d.csv', 'w')\nexcept OSError as e: results.append(type(e).__name__)";
    let state = scratch();
    let (document, _) = json_of(
        &[
            "-c",
            code,
            "--input",
            &format!("d.csv={}", file.display()),
            "--input",
            &format!("runs={}", folder.path().join("runs").display()),
        ],
        state.path(),
    );
    assert_eq!(document["results"], json!(["a\n1\n", ["one.txt"], "one", "PermissionError"]), "{document}");
    assert_eq!(std::fs::read_to_string(&file).ok().as_deref(), Some("a\n1\n"));
}

#[test]
fn two_inputs_of_one_name_are_refused_and_leave_both_alone() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name);
    for name in ["one", "two"] {
        std::fs::write(path(name), name).expect("written");
    }
    let input = |name: &str| format!("a={}", path(name).display());
    let (_, stderr, code) = run(&["-c", "1", "--input", &input("one"), "--input", &input("two")]);
    assert!(code == 2 && stderr.contains("AE0006") && stderr.contains("two named `a`"), "{stderr}");
    for name in ["one", "two"] {
        assert_eq!(std::fs::read_to_string(path(name)).ok().as_deref(), Some(name));
    }
}

#[test]
fn odd_folders_of_a_program_do_not_lose_its_results() {
    let state = scratch();
    let code = "import os\nos.mkdir('data'); open('data/x', 'w').close()\nsave_artifact('saved', name='data')\n\
        deep = 'd' * 200\nos.mkdir(deep)\nfor _ in range(40):\n    os.mkdir('top'); os.rename(deep, 'top/' + deep); os.rename('top', deep)\nresults = 5";
    let (document, exit) = json_of(&["-c", code], state.path());
    assert_eq!((&document["results"], exit), (&json!(5), 0), "{document}");
    let folder = Path::new(document["folder"].as_str().expect("a path"));
    assert_eq!(std::fs::read_to_string(folder.join("artifacts/data")).ok().as_deref(), Some("saved"));
    assert!(folder.join("results.json").is_file() && folder.join("execution_metadata.json").is_file());
}

#[test]
fn interrupting_works_while_nobody_reads() {
    let state = scratch();
    let mut child = aerie(state.path())
        .args(["run", "-q", "-c", "while True: print('x' * 10_000)"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("aerie starts");
    // It has started; soon after nobody reads, and the pipe is full.
    let mut first = [0; 8];
    std::io::Read::read_exact(child.stdout.as_mut().expect("a pipe"), &mut first).expect("it starts");
    std::thread::sleep(std::time::Duration::from_millis(500));
    kill("INT", child.id());
    assert_eq!(child.wait().expect("it ends").code(), Some(5));
}

#[test]
fn two_deterministic_runs_give_the_same_bytes() {
    let state = scratch();
    let code = "import time, random, matplotlib.pyplot as plt\nprint(time.time(), random.random())\nplt.plot([random.random() for _ in range(9)])\nresults = time.time()";
    let runs: Vec<_> = (0..2)
        .map(|_| {
            let (document, _) = json_of(&["-c", code, "--deterministic", "--svg"], state.path());
            let bytes: Vec<_> = document["figures"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|f| std::fs::read(f["path"].as_str().expect("a path")).expect("a file"))
                .collect();
            (document["stdout"].clone(), document["results"].clone(), bytes)
        })
        .collect();
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0].2.len(), 2);
}

/// Bad input: what it says, and what to do.
#[test]
fn bad_input_is_told_clearly() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    std::fs::write(path("latin.py"), b"print('\xe9')").expect("written");
    std::fs::write(path("empty.py"), " \n\n").expect("written");
    std::fs::write(path("huge.py"), vec![b'#'; 100 << 20]).expect("written");
    std::fs::write(path("list.json"), "[1]").expect("written");
    std::fs::write(path("bad.json"), "{\"a\": NaN}").expect("written");
    for (arguments, code, words) in [
        (vec!["/no/such.py".to_owned()], "AE0001", "No such file"),
        (vec![folder.path().to_str().expect("text").to_owned()], "AE0001", "it is a folder"),
        (vec![path("latin.py")], "AE0002", "not UTF-8 (byte 7)"),
        (vec![path("empty.py")], "AE0003", "nothing to run"),
        (vec!["-c".to_owned(), String::new()], "AE0003", "nothing to run"),
        (vec![path("huge.py")], "AE0004", "4 MiB"),
        (vec!["-c".to_owned(), "1".to_owned(), "--context".to_owned(), path("list.json")], "AE0005", "no JSON object"),
        (vec!["-c".to_owned(), "1".to_owned(), "--context".to_owned(), path("bad.json")], "AE0005", "line 1"),
        (vec!["-c".to_owned(), "1".to_owned(), "--context".to_owned(), "{".to_owned()], "AE0005", "--context"),
        (vec!["-c".to_owned(), "1".to_owned(), "--context".to_owned(), path("none.json")], "AE0001", "No such file"),
        (vec!["-c".to_owned(), "1".to_owned(), "--input".to_owned(), "x".to_owned()], "AE0006", "NAME=PATH"),
        (vec!["-c".to_owned(), "1".to_owned(), "--input".to_owned(), "../x=/etc".to_owned()], "AE0006", "the name"),
        (vec!["-c".to_owned(), "1".to_owned(), "--input".to_owned(), "x=/no/such".to_owned()], "AE0006", "/no/such"),
        (
            vec!["-c".to_owned(), "1".to_owned(), "--out".to_owned(), "/proc/nothing/here".to_owned()],
            "AE0007",
            "cannot write",
        ),
        (vec!["-c".to_owned(), "1".to_owned(), "--memory".to_owned(), "16M".to_owned()], "AE0008", "--memory"),
        (vec!["-c".to_owned(), "1".to_owned(), "--pack".to_owned(), "../../x".to_owned()], "AE0101", "science, stdlib"),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (stdout, stderr, exit) = run(&arguments);
        assert_eq!((stdout.as_str(), exit), ("", 2), "{arguments:?}\n{stderr}");
        assert!(stderr.contains(code) && stderr.contains(words), "{arguments:?}: no {code}, `{words}` in\n{stderr}");
    }
}

#[test]
fn a_refused_run_leaves_no_folder_behind() {
    let state = scratch();
    let _ = said(&aerie(state.path()).args(["run", "-c", "1", "--context", "["]).output().expect("aerie starts"));
    assert_eq!(std::fs::read_dir(state.path()).expect("a folder").count(), 0);
}

#[test]
fn interrupting_cancels_the_program() {
    let state = scratch();
    let mut child = aerie(state.path())
        .args(["run", "-q", "-c", "print('started', flush=True)\nimport time\ntime.sleep(60)"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("aerie starts");
    let mut first = [0; 8];
    std::io::Read::read_exact(child.stdout.as_mut().expect("a pipe"), &mut first).expect("it starts");
    kill("INT", child.id());
    assert_eq!(child.wait().expect("it ends").code(), Some(5));
}

#[test]
fn a_reader_that_leaves_does_not_end_the_program() {
    let state = scratch();
    let mut child = aerie(state.path())
        .args(["run", "-q", "-c", "for i in range(20000): print('x' * 20)\nopen('done', 'w')"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("aerie starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn every_error_code_can_be_explained() {
    let state = scratch();
    let (list, _, code) = said(&aerie(state.path()).arg("explain").output().expect("aerie starts"));
    assert!(code == 0 && list.lines().count() == aerie::ErrorCode::ALL.len(), "{list}");
    let (page, _, code) = said(&aerie(state.path()).args(["explain", "ae0104"]).output().expect("aerie starts"));
    assert!(code == 0 && page.starts_with("# AE0104: "), "{page}");
    let (_, stderr, code) = said(&aerie(state.path()).args(["explain", "AE9999"]).output().expect("aerie starts"));
    assert!(code == 2 && stderr.contains("AE0301"), "{stderr}");
}
