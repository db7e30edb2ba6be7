//! The user's page, behaviour by behaviour, in its own words.

use std::collections::BTreeMap;
use std::sync::Arc;

use aerie::analysis::detect_control_system_operations;
use aerie::execution::{Event, PythonExecutionRequest};
use aerie::service::{PYTHON_EXECUTOR, ServiceStatus, Services};
use serde_json::{Value, json};

use super::{Bench, Desk, TWO, approve, asked, by, cells_of, reject, task, text};

/// The page's configuration, with what no page can know: where a generator is.
const CONFIG: &str = r#"
osprey:
  # Python Executor Service Configuration
  python_executor:
    max_generation_retries: 3      # Maximum retries for code generation failures
    max_execution_retries: 3       # Maximum retries for execution failures
    execution_timeout_seconds: 600 # Execution timeout in seconds (default: 10 minutes)

  execution:
    execution_method: "container"  # or "local"
    modes:
      read_only:
        kernel_name: "python3-epics-readonly"
        allows_writes: false
        requires_approval: false
      write_access:
        kernel_name: "python3-epics-write"
        allows_writes: true
        requires_approval: true

    # Container execution settings
    container:
      jupyter_host: "localhost"
      jupyter_port: 8888

    # Local execution settings
    local:
      python_env_path: "${LOCAL_PYTHON_VENV}"

# Approval configuration for Python execution
approval:
  global_mode: "selective"
  capabilities:
    python_execution:
      enabled: true
      mode: "epics_writes"  # disabled, all_code, epics_writes
"#;

/// A generator that gives these programs, as a part of a configuration.
fn recorded(codes: &[&str]) -> String {
    format!("  code_generator: recorded\n  generators: {{recorded: {{type: mock, codes: {}}}}}\n", json!(codes))
}

#[tokio::test]
async fn code_generation_static_analysis_approval_execution_notebook_generation_and_result_processing() {
    let (bench, _) = Bench::new().answering(&[TWO]);
    let waiting = bench.execute(task("move both")).await;
    let id = waiting.execution_id;
    let service = bench.service().await;
    service.answer(id, "bob", approve(asked(&waiting))).await.expect("an answer");
    let result = service.carry(id, by("alice")).await.expect("works");
    assert_eq!(
        bench.kinds(id).await,
        [
            "submitted",
            "generation_started",
            "code_ready",
            "analysed",
            "run_started",
            "run_ended",
            "approval_requested",
            "decided",
            "run_started",
            "write_intended",
            "write_ended",
            "write_intended",
            "write_ended",
            "run_ended",
            "ended"
        ]
    );
    let success = result.execution_result.expect("it succeeded");
    assert_eq!(success.results, json!({ "a": 1.5 }));
    assert!(cells_of(&success.notebook_path).iter().any(|source| source.contains("epics.caput")));
    assert!(success.notebook_link.starts_with("file:///") && success.folder_path.is_dir());
}

#[test]
fn the_config_yml_of_the_page_is_accepted_as_it_stands() {
    let desk = Desk::new("");
    desk.write("page.yml", CONFIG);
    let (out, err, code) = desk.run(&["config", "check", "page.yml"]);
    assert_eq!(code, 0, "{out}{err}");
    let (shown, code) = desk.json(&["config", "show", "page.yml"]);
    assert_eq!(code, 0, "{shown}");
    let (text, _, _) = desk.run(&["config", "show", "page.yml"]);
    for says in
        ["python3-epics-readonly", "python3-epics-write", "jupyter_host", "8888", "LOCAL_PYTHON_VENV", "container"]
    {
        assert!(text.contains(says), "{says}: {text}");
    }
    assert!(text.contains("control_writes") || text.contains("epics_writes"), "{text}");
    // The variable that is not set matters only where it is used: another method runs.
    desk.write("config.yml", &CONFIG.replace("execution_method: \"container\"", "execution_method: \"wasi\""));
    assert_eq!(desk.run(&["run", "-q", "-c", "results = 1"]).2, 0);
}

#[test]
fn max_generation_retries_is_the_maximum_of_attempts_for_code_generation_failures() {
    for (retries, attempts) in [(0, 1), (1, 1), (2, 2), (3, 3)] {
        let more =
            format!("python_executor: {{max_generation_retries: {retries}}}\nexecution:\n{}", recorded(&["def f(:"]));
        let (asked, code) = Desk::new(&more).json(&["ask", "the mean"]);
        assert_eq!((code, &asked["attempt"], text(&asked["status"])), (1, &json!(attempts), "failed"), "{asked}");
    }
}

#[test]
fn max_execution_retries_is_the_maximum_of_attempts_for_code_execution_failures() {
    for (retries, attempts) in [(0, 1), (1, 1), (2, 2), (4, 4)] {
        let more =
            format!("python_executor: {{max_execution_retries: {retries}}}\nexecution:\n{}", recorded(&["x = 1 / 0"]));
        let (asked, code) = Desk::new(&more).json(&["ask", "the mean"]);
        assert_eq!((code, &asked["attempt"], text(&asked["status"])), (1, &json!(attempts), "failed"), "{asked}");
    }
    // A request's own `retries` goes before.
    let desk = Desk::new(&format!("execution:\n{}", recorded(&["x = 1 / 0"])));
    assert_eq!(desk.json(&["ask", "the mean", "--retries", "2"]).0["attempt"], 2);
}

#[test]
fn execution_timeout_seconds_is_the_maximum_time_allowed_for_code_execution() {
    let more = format!(
        "python_executor: {{execution_timeout_seconds: 0.5}}\nexecution:\n{}",
        recorded(&["n = 0\nwhile True: n += 1"])
    );
    let desk = Desk::new(&more);
    for arguments in [&["ask", "wait"][..], &["run", "-c", "while True: pass"]] {
        let (ended, code) = desk.json(arguments);
        assert_eq!((code, text(&ended["status"])), (5, "timed_out"), "{ended}");
        assert_eq!(ended["failure"]["error_type"], "ExecutionTimeoutError");
    }
    // What the command line says goes before.
    assert_eq!(desk.run(&["run", "-q", "-c", "import time; time.sleep(0.8)", "--timeout", "60"]).2, 0);
    // So do the other limits of a configuration.
    let desk = Desk::new("execution: {limits: {output: 1K}}\n");
    assert_eq!(desk.run(&["run", "-q", "-c", "print('x' * 5000)"]).2, 1);
    assert_eq!(desk.run(&["run", "-q", "-c", "print('x' * 5000)", "--max-output", "1M"]).2, 0);
}

#[test]
fn execution_method_is_configured_and_overridden_for_one_request() {
    for method in ["container", "local"] {
        let desk = Desk::new(&format!("execution:\n  execution_method: {method}\n{}", recorded(&["results = 1"])));
        for arguments in [&["ask", "one"][..], &["run", "-c", "results = 1"]] {
            let (ended, code) = desk.json(arguments);
            assert_eq!(ended["execution_method"], json!(method), "{ended}");
            if method == "local" {
                assert_eq!((code, &ended["results"]), (0, &json!(1)), "{ended}");
                continue;
            }
            // No server is configured.
            assert_eq!((code, text(&ended["status"])), (2, "failed"), "{ended}");
            assert!(text(&ended["failure"]["message"]).contains("execution.container"), "{ended}");
        }
        let (ended, code) = desk.json(&["ask", "one", "--method", "wasi"]);
        assert_eq!((code, &ended["results"]), (0, &json!(1)), "{method}: {ended}");
        desk.write("request.json", r#"{"user_query": "one", "execution_method": "wasi"}"#);
        let (ended, code) = desk.json(&["ask", "--request", "request.json"]);
        assert_eq!((code, &ended["results"]), (0, &json!(1)), "{method}: {ended}");
    }
    for method in ["wasi", "auto"] {
        let desk = Desk::new(&format!("execution: {{execution_method: {method}}}\n"));
        assert_eq!(desk.run(&["run", "-q", "-c", "results = 1"]).2, 0, "{method}");
    }
}

#[test]
fn a_generator_is_chosen_by_its_name() {
    let desk = Desk::new(&format!("execution:\n{}", recorded(&["results = 1"])));
    assert_eq!(desk.json(&["ask", "one"]).0["results"], 1);
    let (other, code) = desk.json(&["ask", "one", "--generator", "mock"]);
    assert!(code == 0 && other["results"]["count"] == 100, "the built-in one: {other}");
    let (ended, code) = desk.json(&["ask", "one", "--generator", "recordet"]);
    assert_eq!(code, 2, "{ended}");
    assert!(text(&ended["failure"]["message"]).contains("perhaps `recorded`"), "{ended}");
    let (ended, code) = Desk::new("").json(&["ask", "one"]);
    assert!(code == 2 && text(&ended["failure"]["message"]).contains("execution.code_generator"), "{ended}");
}

#[test]
fn modes_say_allows_writes_and_requires_approval() {
    let desk =
        Desk::new("execution: {modes: {write_access: {allows_writes: false}}}\napproval: {global_mode: disabled}\n");
    let (ended, code) = desk.json(&["run", "two.py"]);
    assert!(code != 0 && text(&ended["status"]) != "awaiting_approval", "{ended}");
    assert!(ended["written"].is_null() || ended["written"]["sent"] == 0, "{ended}");
    assert_eq!(desk.run(&["run", "-q", "-c", "import epics; epics.caget('A:SP')"]).2, 0, "reading it may");

    let desk = Desk::new("execution: {modes: {read_only: {requires_approval: true}}}\n");
    let (ended, code) = desk.json(&["run", "-c", "results = 1"]);
    assert_eq!((code, &ended["waits"]["covers"]), (4, &json!("code")), "{ended}");
    let digest = text(&ended["waits"]["digest"]);
    assert_eq!(desk.run(&["approvals", "approve", text(&ended["id"]), "--digest", digest]).2, 0);

    let desk = Desk::new("");
    desk.write("wrong.yml", "execution: {modes: {read_only: {allows_writes: true}}}\n");
    let (_, err, code) = desk.run(&["config", "check", "wrong.yml"]);
    assert!(code == 2 && err.contains("wrong.yml:1") && err.contains("allows_writes"), "{err}");
    // A request may want less than the configuration allows.
    let (ended, code) = desk.json(&["run", "two.py", "--read-only"]);
    assert!(code != 0 && ended["waits"].is_null(), "{ended}");
}

#[test]
fn global_mode_capability_and_mode_decide_who_is_asked_about_what() {
    // What is asked about a program that reads, and one that writes: nothing, its code, its plan.
    let expected = |global: &str, enabled: bool, mode: &str| match (global, enabled, mode) {
        ("disabled", ..) | ("selective", false, _) | (_, _, "disabled") => [None, None],
        (_, _, "all_code") => [Some("code"), Some("code")],
        _ => [None, Some("plan")],
    };
    for global in ["disabled", "selective", "all_capabilities"] {
        for enabled in [true, false] {
            for mode in ["disabled", "all_code", "epics_writes", "control_writes"] {
                let desk = Desk::new(&format!(
                    "approval:\n  global_mode: {global}\n  capabilities: {{python_execution: {{enabled: {enabled}, mode: {mode}}}}}\n"
                ));
                desk.write("read.py", "import epics\nresults = epics.caget('A:SP')\n");
                for (program, covers) in ["read.py", "two.py"].into_iter().zip(expected(global, enabled, mode)) {
                    let (ended, code) = desk.json(&["run", program]);
                    let place = format!("{global} {enabled} {mode} {program}: {ended}");
                    match covers {
                        Some(covers) => assert_eq!((code, &ended["waits"]["covers"]), (4, &json!(covers)), "{place}"),
                        None => assert_eq!((code, text(&ended["status"])), (0, "succeeded"), "{place}"),
                    }
                }
            }
        }
    }
}

#[test]
fn regex_patterns_for_your_control_system_are_defined_in_config_yml() {
    let desk = Desk::new("");
    let patterns = "control_system:\n  type: mock\n  connector: {mock: {machine: machine.yml}}\n  policy: [rules.yml]\n  patterns:\n    mock:\n      write:\n        - 'magnet\\.ramp\\('       # Matches: magnet.ramp(...)\n      read:\n        - 'magnet\\.state\\('\n";
    desk.write("config.yml", patterns);
    let code = "class magnet:\n    ramp = staticmethod(lambda x: x)\nresults = magnet.ramp(1)\n";
    let (seen, _) = desk.json(&["analyze", "-c", code]);
    assert_eq!(
        (&seen["has_writes"], &seen["has_reads"], &seen["control_system_type"]),
        (&json!(true), &json!(false), &json!("mock")),
        "{seen}"
    );
    assert!(seen["detected_patterns"]["writes"].to_string().contains("ramp"), "{seen}");
    assert_eq!(seen["needs_approval"], true, "{seen}");
    // The pipeline stores what they saw; in the sandbox the plan shows whether anything is written.
    let (ran, exit) = desk.json(&["run", "-c", code]);
    assert_eq!(exit, 0, "{ran}");
    let (log, _, _) = desk.run(&["executions", "logs", text(&ran["id"])]);
    assert!(log.contains("writes: possible") || log.contains("writes: certain"), "{log}");
    // A pattern of the site that is no pattern is said with its place.
    desk.write("config.yml", &patterns.replace("magnet\\.ramp\\(", "magnet.ramp("));
    let (_, err, code) = desk.run(&["run", "-c", "results = 1"]);
    assert!(code != 0 && err.contains("magnet.ramp("), "{err}");
}

#[test]
fn detect_control_system_operations_sees_the_pages_example() {
    let code = "\ncurrent = epics.caget('BEAM:CURRENT')\nif current < 400:\n    epics.caput('ALARM:STATUS', 1)\n";
    let result = detect_control_system_operations(code, None, None);
    assert!(result.has_writes && result.has_reads);
    assert_eq!(result.control_system_type, "epics");
    assert!(!result.detected_patterns.writes.is_empty() && !result.detected_patterns.reads.is_empty());
    let value = serde_json::to_value(&result).expect("JSON");
    assert_eq!((&value["has_writes"], &value["control_system_type"]), (&json!(true), &json!("epics")));
    assert!(value["detected_patterns"]["writes"].is_array());
    let quiet = detect_control_system_operations("x = 1", None, None);
    assert!(!quiet.has_writes && !quiet.has_reads);
}

#[tokio::test]
async fn the_registry_gives_the_service_and_none_if_it_is_not_registered() {
    let bench = Bench::new();
    let mut registry = Services::default();
    assert!(registry.get_service("python_executor").is_none(), "Python executor service not available");
    registry.register(PYTHON_EXECUTOR, Arc::new(bench.service().await));
    let service = registry.get_service("python_executor").expect("it is registered");
    let result = service.execute(PythonExecutionRequest::of_code("results = 1\n"), by("alice")).await.expect("works");
    assert_eq!(result.status, ServiceStatus::Succeeded);
    assert_eq!(registry.names().collect::<Vec<_>>(), ["python_executor"]);
}

#[tokio::test]
async fn a_python_execution_request_has_all_its_fields() {
    let prompts = [
        "**ANALYSIS REQUIREMENTS:**",
        "- Generate statistical summary of the data",
        "**EXPECTED OUTPUT:**",
        "- statistics: Statistical summary metrics",
    ];
    let folder = crate::support::scratch();
    let request: PythonExecutionRequest = serde_json::from_value(json!({
        "user_query": "how is the beam",
        "task_objective": "Summarise the readings",
        "capability_prompts": prompts,
        "expected_results": {"statistics": "dict", "trends": "list", "visualizations": "list"},
        "execution_folder_name": "data_analysis",
        "capability_context_data": {"readings": {"values": [1.0, 2.0, 3.0]}},
        "retries": 3,
        "existing_execution_folder": folder.path().join("mine"),
        "session_context": {"user": "alice", "chat": 7},
        "structured_plan": {"phases": ["read", "fit"]},
        "thread_id": "data_analysis_default",
        "execution_method": "wasi",
        "execution_mode": "read_only",
        "code_generator": "recorded",
        "seed": 5,
    }))
    .expect("a request");
    let code = "values = context['readings']['values']\nresults = {'statistics': {'mean': sum(values) / 3}}\n";
    let (bench, generator) = Bench::new().answering(&[code]);
    let result = bench.execute(request.clone()).await;
    let success = result.execution_result.as_ref().unwrap_or_else(|| panic!("{result:#?}"));
    assert_eq!(success.results, json!({"statistics": {"mean": 2.0}}));
    assert_eq!(success.folder_path, folder.path().join("mine").canonicalize().expect("a path"));
    let call = &generator.calls()[0];
    assert_eq!(call.capability_prompts[..4], prompts);
    assert!(call.capability_prompts[4].contains("phases"), "{:?}", call.capability_prompts);
    assert_eq!((&call.expected_results, call.user_query.as_str()), (&request.expected_results, "how is the beam"));
    assert_eq!(call.task_objective, "Summarise the readings");
    assert!(call.context_summary.contains_key("readings"), "{:?}", call.context_summary);
    assert!(!call.surroundings.writes_enabled, "read_only");
    let Ok(Event::Submitted(submitted)) =
        serde_json::from_value(bench.events(result.execution_id, "submitted").await[0].clone())
    else {
        panic!("it was submitted")
    };
    assert_eq!((submitted.seed, submitted.request.thread_id.as_deref()), (5, Some("data_analysis_default")));
    assert_eq!(submitted.request.session_context, request.session_context);
    // `approved_code`: nothing is generated, and everything else is as always.
    let given = PythonExecutionRequest { approved_code: Some(TWO.to_owned()), ..task("move both") };
    let result = bench.execute(given).await;
    assert_eq!((result.status, generator.calls().len()), (ServiceStatus::AwaitingApproval, 1));
    for wrong in [json!({"user_querry": "x"}), json!({"retries": -1}), json!({"execution_method": "docker"})] {
        assert!(serde_json::from_value::<PythonExecutionRequest>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn interrupt_and_resume_approve_or_reject_after_a_restart() {
    for approved in [true, false] {
        let bench = Bench::new();
        let request =
            PythonExecutionRequest { thread_id: Some("thread 1".to_owned()), ..PythonExecutionRequest::of_code(TWO) };
        let (id, digest) = {
            let interrupted = bench.execute(request).await;
            assert_eq!((interrupted.status, interrupted.exit_code()), (ServiceStatus::AwaitingApproval, 4));
            (interrupted.execution_id, asked(&interrupted).clone())
        };
        // Everything of the process is gone: a new one finds the question by its state, and answers it.
        let service = bench.service().await;
        let query =
            aerie::store::Query { states: vec!["awaiting_approval".to_owned()], ..aerie::store::Query::default() };
        let found = service.store().list(&query).await.expect("a list");
        assert_eq!((found.len(), found[0].id, found[0].thread.as_deref()), (1, id, Some("thread 1")));
        let answer = if approved { approve(&digest) } else { reject("no") };
        service.answer(id, "bob", answer).await.expect("an answer");
        let result = service.carry(id, by("alice")).await.expect("works");
        let expected = if approved { ServiceStatus::Succeeded } else { ServiceStatus::Rejected };
        assert_eq!((result.status, bench.writes().len()), (expected, if approved { 2 } else { 0 }), "{result:#?}");
    }
}

#[tokio::test]
async fn service_result_is_one_type_on_every_path() {
    let keys = |result: &aerie::service::PythonServiceResult| -> Vec<String> {
        let value = serde_json::to_value(result).expect("JSON");
        value.as_object().expect("an object").keys().cloned().collect()
    };
    let bench = Bench::new();
    let fresh = bench.run("results = 1\n").await;
    let failed = bench.run("1/0\n").await;
    let refused = bench.run("import epics\nepics.caput('A:SP', 8.0)\n").await;
    let waits = bench.run(TWO).await;
    let stored = bench.service().await.result(fresh.execution_id).await.expect("a result");
    let service = bench.service().await;
    service.answer(waits.execution_id, "bob", reject("no")).await.expect("an answer");
    let rejected = service.carry(waits.execution_id, by("alice")).await.expect("works");
    let statuses =
        [&fresh, &failed, &refused, &waits, &stored, &rejected].map(|result| (result.status, result.exit_code()));
    assert_eq!(
        statuses,
        [
            (ServiceStatus::Succeeded, 0),
            (ServiceStatus::Failed, 1),
            (ServiceStatus::Refused, 3),
            (ServiceStatus::AwaitingApproval, 4),
            (ServiceStatus::Succeeded, 0),
            (ServiceStatus::Rejected, 7),
        ]
    );
    for result in [&failed, &refused, &waits, &stored, &rejected] {
        assert_eq!(keys(result), keys(&fresh));
    }
    assert!(failed.failure.as_ref().is_some_and(|failure| !failure.advice.is_empty()), "what to do next");
    assert_eq!(stored.execution_result, fresh.execution_result);
}

#[tokio::test]
async fn errors_are_categorized_for_retry_strategies() {
    let bench = Bench::new();
    let mut found = BTreeMap::new();
    for code in ["def f(:", "1/0", "import epics\nepics.caput('A:SP', 8.0)\n"] {
        let failure = bench.run(code).await.failure.expect("a failure");
        found.insert(failure.error_type.clone(), failure.category.as_str());
    }
    let expected = [
        ("ChannelLimitsViolationError", "policy"),
        ("CodeRuntimeError", "code_related"),
        ("CodeSyntaxError", "code_related"),
    ];
    assert_eq!(found, BTreeMap::from(expected.map(|(kind, category)| (kind.to_owned(), category))));
}

#[tokio::test]
async fn a_multi_stage_analysis_pipeline_uses_the_results_of_stage_1_as_context_of_stage_2() {
    let first = "data = context['data']\nkept = [x for x in data if x is not None]\nresults = {'cleaned_data': kept, 'summary': {'n': len(kept), 'name': 'Größe'}}\n";
    let second = "done = context['preprocessing_results']\ntotal = sum(done['cleaned_data'])\nresults = {'statistics': {'mean': total / done['summary']['n']}, 'insights': [done['summary']['name']]}\n";
    let (bench, _) = Bench::new().answering(&[first, second]);
    let service = bench.service().await;
    let mut preprocessing = PythonExecutionRequest {
        task_objective: "Clean and prepare data for analysis".to_owned(),
        execution_folder_name: "stage1_preprocessing".to_owned(),
        ..task("Data preprocessing stage")
    };
    preprocessing.capability_context_data.insert("data".to_owned(), json!([1.5, null, 2.5, 4]));
    let stage1 =
        service.execute(preprocessing.clone(), by("alice")).await.expect("works").execution_result.expect("results");
    assert!(stage1.folder_path.file_name().is_some_and(|name| name.to_string_lossy().contains("stage1_preprocessing")));
    let mut analysis = task("Statistical analysis stage");
    analysis.capability_context_data = preprocessing.capability_context_data;
    analysis.capability_context_data.insert("preprocessing_results".to_owned(), stage1.results);
    let stage2 = service.execute(analysis, by("alice")).await.expect("works").execution_result.expect("results");
    assert_eq!(stage2.results["statistics"]["mean"].as_f64().map(|mean| (mean * 3.0).round()), Some(8.0));
    assert_eq!(stage2.results["insights"], json!(["Größe"]));
}

#[tokio::test]
async fn jupyter_notebooks_are_created_for_each_stage_and_at_the_end() {
    let plots = "import epics\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.title('Residual')\nprint('hello')\nepics.caput('A:SP', 1.5)\nresults = {'a': 1}\n";
    let (bench, _) = Bench::new().answering(&["def f(:\n", "print('before')\nx = 1 / 0\n", plots]);
    let waiting = bench.execute(task("plot and move")).await;
    let mut names: Vec<String> = std::fs::read_dir(waiting.folder.join("attempts"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["01_syntax_error.ipynb", "02_execution_failed.ipynb", "03_awaiting_approval.ipynb"]);
    for (name, says) in names.iter().zip(["def f(:", "print('before')", "A:SP"]) {
        let cells = cells_of(&waiting.folder.join("attempts").join(name));
        assert!(cells.iter().any(|source| source.contains(says)), "{name}: {cells:#?}");
    }
    let service = bench.service().await;
    service.answer(waiting.execution_id, "bob", approve(asked(&waiting))).await.expect("an answer");
    let result = service.carry(waiting.execution_id, by("alice")).await.expect("works");
    let success = result.execution_result.unwrap_or_else(|| panic!("{:#?}", result.failure));
    let cells = cells_of(&success.notebook_path);
    assert!(cells.iter().any(|source| source.contains("plt.plot")), "{cells:#?}");
    let notebook: Value =
        serde_json::from_slice(&std::fs::read(&success.notebook_path).expect("a file")).expect("JSON");
    assert!(notebook.to_string().contains("image/png") && notebook.to_string().contains("hello"));
    assert_eq!(success.figure_paths.len(), 1);
    assert!(success.figure_paths[0].is_file());
}

#[tokio::test]
async fn a_notebook_is_left_whatever_the_end_was() {
    let bench = Bench::new();
    for code in ["def f(:", "1/0", "import epics\nepics.caput('A:SP', 8.0)\n"] {
        let result = bench.run(code).await;
        let cells = cells_of(&result.folder.join("notebook.ipynb"));
        assert!(cells.iter().any(|source| source.contains(code.trim())), "{code}: {cells:#?}");
    }
    let result = bench.run(TWO).await;
    let service = bench.service().await;
    service.cancel(result.execution_id, "alice", "").await.expect("cancelled");
    service.carry(result.execution_id, by("alice")).await.expect("works");
    cells_of(&result.folder.join("notebook.ipynb"));
}
