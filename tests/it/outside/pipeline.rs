//! The pipeline with programs outside the sandbox: the gate stands before the machine all the same.

use aerie::backend::Surroundings;
use serde_json::json;

use super::desk::{Desk, container as kernels, local};
use crate::servers::{Jupyter, Setting};
use crate::support::{block_on_shared, container, job};

const WRITES: &str = "import epics\nepics.caput('A:SP', 2.0)\nresults = epics.caget('A:SP')\n";

fn desks() -> [(&'static str, Desk); 2] {
    [("local", Desk::local()), ("container", Desk::container(Jupyter::shared()))]
}

#[test]
fn a_write_is_planned_asked_about_and_made_once_it_is_approved() {
    for (method, desk) in desks() {
        desk.write("p.py", WRITES);
        let program = desk.path("p.py").display().to_string();
        let (plan, code) = desk.json(&["run", &program, "--json", "--no-ask"]);
        assert_eq!(code, 4, "{plan:#}");
        assert_eq!((&plan["execution_method"], &plan["writes"][0]["channel"]), (&json!(method), &json!("A:SP")));
        let id = plan["id"].as_str().expect("an id");
        let digest = plan["waits"]["digest"].as_str().expect("a digest");
        let (done, code) = desk.json(&["approvals", "approve", id, "--digest", digest, "--json"]);
        assert_eq!(code, 0, "{done:#}");
        assert_eq!((&done["results"], &done["writes"][0]["outcome"]), (&json!(2.0), &json!("confirmed")), "{done:#}");
    }
}

#[test]
fn a_read_only_execution_cannot_write() {
    for (method, desk) in desks() {
        desk.write("p.py", &format!("import epics\ntry:\n    epics.caput('A:SP', 2.0, wait=True)\nexcept Exception as error:\n    print(type(error).__name__, error)\nresults = epics.caget('A:SP')\n# {method}\n"));
        let program = desk.path("p.py").display().to_string();
        let (run, code) = desk.json(&["run", &program, "--json", "--read-only"]);
        assert_eq!((code, &run["results"]), (0, &json!(1.0)), "{run:#}");
        assert!(run["stdout"].as_str().is_some_and(|said| said.contains("may only read")), "{run:#}");
    }
}

#[test]
fn what_could_go_round_the_gate_is_asked_about_before_it_runs() {
    // It resolves nothing: what it does with the module is not in its text.
    let program = "import importlib\nname = open('/inputs/name').read().strip()\nmodule = importlib.import_module(name)\ngetattr(module, 'sqr' + 't')(4)\nprint('it ran')\n";
    let desk = Desk::container(Jupyter::shared());
    desk.write("p.py", program);
    desk.write("name", "math");
    let arguments = [
        "run",
        &desk.path("p.py").display().to_string(),
        "--json",
        "--no-ask",
        "--input",
        &format!("name={}", desk.path("name").display()),
    ]
    .map(str::to_owned);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (asked, code) = desk.json(&arguments);
    assert_eq!(code, 4, "{asked:#}");
    let reason = asked["waits"]["reason"].as_str().expect("a reason");
    assert!(reason.contains("it may reach a control system without Aerie") && asked["stdout"].is_null(), "{asked:#}");

    // Behind all walls there is no way round the gate, and nobody is asked.
    desk.write("config.yml", &format!("execution:\n{}", local("")));
    let (ran, code) = desk.json(&arguments);
    assert_eq!((code, ran["stdout"].as_str()), (0, Some("it ran\n")), "{ran:#}");
}

#[test]
fn where_it_runs_is_chosen_by_request_configuration_and_analysis_and_told() {
    let desk = Desk::new(&local("").replace("execution_method: local", "execution_method: auto"));
    let (run, code) = desk.json(&["run", "-c", "results = 1", "--json"]);
    assert_eq!((code, &run["execution_method"]), (0, &json!("wasi")), "{run:#}");
    let (run, code) = desk.json(&["run", "-c", "import ipykernel\nresults = ipykernel.__name__", "--json"]);
    assert_eq!((code, &run["execution_method"], &run["results"]), (0, &json!("local"), &json!("ipykernel")), "{run:#}");
    let reason = run["execution_method_reason"].as_str().unwrap_or_default();
    assert!(reason.contains("the sandbox has no `ipykernel`"), "{reason}");
    let (run, _) = desk.json(&["run", "-c", "results = 1", "--json", "--method", "local"]);
    assert_eq!(
        (&run["execution_method"], &run["execution_method_reason"]),
        (&json!("local"), &json!("it was asked for"))
    );
    assert!(run["walls"]["standing"].as_array().is_some_and(|walls| walls.contains(&json!("files"))), "{run:#}");
}

#[test]
fn a_missing_package_is_named_with_the_way_to_install_it() {
    let desk = Desk::local();
    let (run, code) = desk.json(&["run", "-c", "import cv2", "--json"]);
    assert_eq!(code, 3, "{run:#}");
    let said = run["failure"].to_string();
    assert!(said.contains("-m pip install opencv-python"), "{said}");
    // What the analysis cannot see is told by Python.
    let hidden =
        "name = 'c' + 'v2'\ntry:\n    __import__(name)\nexcept ModuleNotFoundError as error:\n    print(error)\n";
    let (run, _) = desk.json(&["run", "-c", hidden, "--json"]);
    assert!(run["stdout"].as_str().is_some_and(|said| said.contains("-m pip install opencv-python")), "{run:#}");
    let desk = Desk::container(Jupyter::shared());
    let (run, _) = desk.json(&["run", "-c", "import cv2", "--json", "--read-only"]);
    let said = run["error"]["message"].as_str().unwrap_or_default().to_owned() + &run["failure"].to_string();
    assert!(said.contains("opencv-python in the image of the Jupyter server"), "{run:#}");
}

#[test]
fn the_environment_is_the_modes_and_what_is_let_through() {
    let environment = "  modes: {read_only: {environment: {FACILITY: \"${WHERE}\", COUNT: 3}}}\n";
    let program = "import os\nresults = [os.environ.get(name) for name in ('FACILITY', 'COUNT', 'LET', 'SECRET_KEY')]";
    for (method, section) in [
        ("local", local(", pass_environment: [LET, ABSENT]")),
        ("container", kernels(Jupyter::shared().port(), Jupyter::shared().token())),
    ] {
        let desk = Desk::new(&format!("{environment}{section}"));
        let output = desk
            .command(&["run", "-c", program, "--json", "--read-only"])
            .envs([("WHERE", "ring"), ("LET", "through"), ("SECRET_KEY", "hidden")])
            .output()
            .expect("aerie starts");
        let run: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a document");
        let let_through = if method == "local" { json!("through") } else { json!(null) };
        assert_eq!(run["results"], json!(["ring", "3", let_through, null]), "{method}: {run:#}");
    }
}

#[test]
fn an_execution_is_replayed_where_nothing_goes_past_the_gate() {
    for (method, desk) in desks() {
        let (run, _) =
            desk.json(&["run", "-c", "import epics\nresults = epics.caget('A:SP')", "--json", "--read-only"]);
        let id = run["id"].as_str().expect("an id");
        let (out, err, code) = desk.run(&["replay", id, "--json"]);
        if method == "container" {
            assert!(code == 2 && err.contains("AE0901"), "{err}");
            continue;
        }
        let replay: serde_json::Value = serde_json::from_str(&out).expect("a document");
        assert_eq!((code, &replay["same"], &replay["departure"]), (0, &json!(true), &json!(null)), "{replay:#}");
    }
}

#[test]
fn a_fixed_clock_needs_the_sandbox() {
    for (method, desk) in desks() {
        let (run, code) = desk.json(&["run", "-c", "print(1)", "--json", "--deterministic"]);
        assert_eq!(code, 2, "{method}: {run:#}");
        assert!(run["failure"]["message"].as_str().is_some_and(|said| said.contains("AE0901")), "{method}: {run:#}");
    }
}

#[test]
fn rich_outputs_are_kept() {
    let code = "from IPython.display import display, HTML, Image\nimport base64\ndisplay(HTML('<b>x</b>'))\ndisplay({'a': 1})\ndisplay(Image(data=base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==')))\nresults = 1";
    let report = block_on_shared(container().run(job(code), Surroundings::default())).expect("a report");
    assert_eq!(report.outcome.results, Some(json!(1)), "{}", report.outcome.stderr);
    let names: Vec<&str> = report.artifacts.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["output_01.html", "output_02.png"]);
    assert!(report.outcome.stdout.contains("{'a': 1}"), "{}", report.outcome.stdout);
}

#[test]
fn an_authority_of_the_site_is_named_in_the_configuration() {
    let server = Jupyter::start(&[Setting::Https]);
    let (port, token) = (server.port(), server.token());
    let desk = |more: &str| {
        let settings = format!("jupyter_host: localhost, jupyter_port: {port}, token: '{token}', https: true{more}");
        let desk = Desk::new(&format!("  execution_method: container\n  container: {{{settings}}}\n"));
        std::fs::copy(server.certificate().expect("a certificate"), desk.path("ca.pem")).expect("a file");
        desk
    };
    let (ended, code) = desk(", ca_file: ca.pem").json(&["run", "-c", "results = 1", "--json"]);
    assert_eq!((code, &ended["results"]), (0, &json!(1)), "{ended:#}");
    for (more, why) in [("", "AE0905"), (", ca_file: none.pem", "none.pem"), (", ca_file: rules.yml", "rules.yml")] {
        let (out, err, code) = desk(more).run(&["run", "-c", "results = 1", "--json"]);
        assert!(code != 0 && format!("{out}{err}").contains(why), "{out}{err}");
    }
}
