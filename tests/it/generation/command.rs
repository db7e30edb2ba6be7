//! The command adapter against small programs.

use std::path::Path;

use aerie::generation::{CommandGenerator, Generated, GenerationError, Generator, Task};
use serde_json::{Value, json};

use super::task;

fn generator(argv: &[&str], more: &Value, base: &Path) -> Result<CommandGenerator, GenerationError> {
    let mut settings = json!({"argv": argv, "timeout_seconds": 60});
    for (key, value) in more.as_object().unwrap() {
        settings[key] = value.clone();
    }
    let variable = |name: &str| match name {
        "PATH" => std::env::var(name).ok(),
        "SECRET_OF_THIS_PROCESS" | "PASSED" => Some("passed-value".to_owned()),
        _ => None,
    };
    CommandGenerator::new("tool", serde_json::from_value(settings).unwrap(), base, &variable)
}

async fn run_task(script: &str, more: Value, task: &Task) -> Result<Generated, GenerationError> {
    let generator = generator(&["sh", "-c", script], &more, Path::new("/"))?;
    generator.generate(task, &mut |_| {}).await
}

async fn run(script: &str, more: Value) -> Result<Generated, GenerationError> {
    run_task(script, more, &task()).await
}

/// A task whose document no pipe holds.
fn large() -> Task {
    Task { user_query: "x".repeat(1 << 20), ..task() }
}

#[tokio::test]
async fn the_document_goes_in_and_the_code_comes_out() {
    let script = "python3 -c 'import json,sys; d=json.load(sys.stdin); print(\"results =\", repr([d[\"version\"], d[\"model\"], d[\"task\"][\"user_query\"], \"Compute the mean\" in d[\"prompt\"], \"`results`\" in d[\"system\"]]))'";
    let mut heard = String::new();
    let generator = generator(&["sh", "-c", script], &json!({"model": "m1"}), Path::new("/")).unwrap();
    let generated = generator.generate(&task(), &mut |text| heard.push_str(text)).await.unwrap();
    assert_eq!(generated.code, "results = [1, 'm1', 'How is the beam?', True, True]");
    assert_eq!(heard, generated.answer);
    let record = &generated.record;
    assert_eq!((record.generator.as_str(), record.model.as_deref(), record.tries), ("tool", Some("m1"), 1));
    assert_eq!(record.parameters["argv"][0], "sh");
}

#[tokio::test]
async fn arguments_pass_no_shell() {
    let generator = generator(&["echo", "results = '$HOME `id` ; |'"], &json!({}), Path::new("/")).unwrap();
    assert_eq!(generator.generate(&task(), &mut |_| {}).await.unwrap().code, "results = '$HOME `id` ; |'");
}

#[tokio::test]
async fn a_program_that_does_not_read_its_input_is_no_problem() {
    for script in ["echo x = 1", "exec 0<&-; echo x = 1", "head -c 10 >/dev/null; echo x = 1"] {
        assert_eq!(run_task(script, json!({}), &large()).await.unwrap().code, "x = 1", "{script}");
    }
}

#[tokio::test]
async fn what_a_program_leaves_behind_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    // The one left behind holds the pipes open.
    let script = format!("sleep 1000 & echo $! > {}; echo x = 1", pid.display());
    assert_eq!(run_task(&script, json!({}), &large()).await.unwrap().code, "x = 1");
    assert_gone(&pid).await;
}

#[tokio::test]
async fn a_program_that_hangs_is_killed_with_all_its_processes() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let script = format!("sleep 1000 & echo $! > {}; echo started; wait", pid.display());
    let error = run_task(&script, json!({"timeout_seconds": 1}), &large()).await.unwrap_err();
    assert!(error.to_string().contains("did not end within 1 s"), "{error}");
    assert_eq!(error.category().as_str(), "infrastructure");
    assert_gone(&pid).await;
}

#[tokio::test]
async fn giving_up_kills_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let script = format!("sleep 1000 & echo $! > {}; echo started; wait", pid.display());
    let generator = generator(&["sh", "-c", &script], &json!({}), Path::new("/")).unwrap();
    let (said, mut saying) = tokio::sync::mpsc::unbounded_channel();
    let task = task();
    let mut heard = |_: &str| said.send(()).unwrap();
    tokio::select! {
        _ = generator.generate(&task, &mut heard) => panic!("it does not end"),
        _ = saying.recv() => {}
    }
    assert_gone(&pid).await;
}

/// Waits until a process is gone, or only its zombie is left for whoever adopted it.
async fn assert_gone(file: &Path) {
    let pid = std::fs::read_to_string(file).unwrap();
    let stat = format!("/proc/{}/stat", pid.trim());
    while let Ok(text) = std::fs::read_to_string(&stat)
        && !text.contains(") Z")
    {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn output_is_bounded() {
    let error = run("yes 'x = 1'", json!({"max_output_bytes": 100_000})).await.unwrap_err();
    assert!(error.to_string().contains("more than 100000 bytes"), "{error}");
    assert_eq!(error.category().as_str(), "code_related");
    // Its standard error is not, and only the end of it is kept.
    let error = run("yes error | head -c 3000000 >&2; echo LAST >&2; exit 3", json!({})).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("ended with status 3") && text.ends_with("LAST") && text.len() < 600, "{text}");
    assert_eq!(error.category().as_str(), "infrastructure");
}

#[tokio::test]
async fn the_environment_is_what_was_configured() {
    let script = "echo 'results = \"\"\"'; env; echo '\"\"\"'";
    let more = json!({"env": {"OWN": "own-value"}, "pass_env": ["PASSED", "NOT_SET"]});
    let code = run(script, more).await.unwrap().code;
    assert!(code.contains("OWN=own-value") && code.contains("PASSED=passed-value") && code.contains("PATH="), "{code}");
    assert!(!code.contains("SECRET_OF_THIS_PROCESS") && !code.contains("CARGO"), "{code}");
}

#[tokio::test]
async fn values_of_the_environment_are_masked_in_errors() {
    let more = json!({"env": {"API_KEY": "sk-0123456789"}, "pass_env": ["PASSED"]});
    for script in ["echo \"no: $API_KEY $PASSED\" >&2; exit 1", "echo \"I was given $API_KEY and $PASSED.\""] {
        let text = run(script, more.clone()).await.unwrap_err().to_string();
        assert!(text.contains("***") && !text.contains("sk-0") && !text.contains("passed-value"), "{text}");
    }
    let generator = generator(&["true"], &more, Path::new("/")).unwrap();
    let shown = format!("{generator:?}");
    assert!(!shown.contains("sk-0") && !shown.contains("passed-value"), "{shown}");
}

#[tokio::test]
async fn failures_have_their_categories() {
    for (script, says, category) in [
        ("true", "answered with nothing", "code_related"),
        ("echo I am sorry, no.", "I am sorry, no.", "code_related"),
        ("exit 3", "status 3", "infrastructure"),
        ("kill -9 $$", "was killed", "infrastructure"),
        ("printf 'x = \\377'", "not UTF-8", "infrastructure"),
    ] {
        let error = run(script, json!({})).await.unwrap_err();
        assert!(error.to_string().contains(says), "{script}: {error}");
        assert_eq!(error.category().as_str(), category, "{script}");
    }
    for program in ["no-such-program-at-all", "./no/such", "/dev/null"] {
        let generator = generator(&[program], &json!({}), Path::new("/")).unwrap();
        let error = generator.generate(&task(), &mut |_| {}).await.unwrap_err();
        assert!(error.to_string().contains("cannot be started"), "{error}");
        assert_eq!(error.category().as_str(), "configuration");
    }
}

#[tokio::test]
async fn a_path_is_below_the_configurations_folder() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("bin")).unwrap();
    let file = folder.path().join("bin/write");
    std::fs::copy("/bin/sh", &file).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let argv = ["./bin/write", "-c", "echo \"results = '$PWD'\""];
    let generator = generator(&argv, &json!({}), folder.path()).unwrap();
    let code = generator.generate(&task(), &mut |_| {}).await.unwrap().code;
    assert_eq!(code, format!("results = '{}'", folder.path().canonicalize().unwrap().display()));
}

#[test]
fn settings_that_cannot_work_are_errors() {
    for (argv, more, says) in [
        (vec![], json!({}), "argv is empty"),
        (vec![""], json!({}), "argv is empty"),
        (vec!["a\0b"], json!({}), "zero byte"),
        (vec!["true"], json!({"timeout_seconds": 0}), "timeout_seconds"),
        (vec!["true"], json!({"max_output_bytes": 0}), "max_output_bytes"),
        (vec!["true"], json!({"env": {"A=B": "x"}}), "env has"),
        (vec!["true"], json!({"prompts": "no-such-folder"}), "no such folder"),
    ] {
        let error = generator(&argv, &more, Path::new("/")).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}
