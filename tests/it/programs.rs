//! What a program finds and leaves: it is its own unit, as if Python had been given the file.

use aerie::backend::{Backend, Event, HostCall, HostCallError, HostCalls, HostReply, Surroundings};
use aerie::execution::Status;
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::support::{block_on, job, run, run_job, sandbox, scratch};

fn results(code: &str) -> Value {
    let outcome = run(code).outcome;
    assert_eq!(outcome.status, Status::Succeeded, "{}", outcome.stderr);
    outcome.results.unwrap_or(Value::Null)
}

#[test]
fn an_error_names_the_programs_own_line() {
    let outcome = run("import math\n\n\ndef f(x):\n    return math.sqrt(x)\n\n\nf(-1)\n").outcome;
    assert_eq!((outcome.status, outcome.exit_code), (Status::Failed, 1));
    let error = outcome.error.expect("an error");
    assert_eq!((error.kind.as_str(), error.line), ("ValueError", Some(5)));
    assert!(error.traceback.contains("File \"code.py\", line 8, in <module>"), "{}", error.traceback);
    assert!(error.traceback.contains("return math.sqrt(x)"), "{}", error.traceback);
    assert!(!error.traceback.contains("aerie_guest"), "{}", error.traceback);
    assert_eq!(outcome.stderr, error.traceback);
}

#[test]
fn a_syntax_error_names_its_line() {
    let error = run("x = 1\ny = = 2\n").outcome.error.expect("an error");
    assert_eq!((error.kind.as_str(), error.line), ("SyntaxError", Some(2)));
}

#[test]
fn future_imports_and_long_strings_are_as_in_a_file() {
    let code = "from __future__ import annotations\ntext = '''one\n  two\n\tthree\n'''\ndef f(x: no_such_name): pass\nresults = [text, __name__, f.__annotations__['x']]";
    assert_eq!(results(code), json!(["one\n  two\n\tthree\n", "__main__", "no_such_name"]));
}

#[test]
fn main_guards_pickles_and_dataclasses_find_their_module() {
    let code = "import pickle, dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int = 1\nif __name__ == '__main__':\n    results = pickle.loads(pickle.dumps(P(3))).x";
    assert_eq!(results(code), json!(3));
}

#[test]
fn exit_statuses_are_the_programs_own() {
    for (code, status, exit, stderr) in [
        ("import sys\nresults = 1\nsys.exit()", Status::Succeeded, 0, ""),
        ("import sys\nsys.exit(0)", Status::Succeeded, 0, ""),
        ("import sys\nsys.exit(3)", Status::Failed, 3, ""),
        ("import sys\nsys.exit('no beam')", Status::Failed, 1, "no beam\n"),
        ("class X:\n    def __str__(self): raise ValueError\nraise SystemExit(X())", Status::Failed, 1, ""),
        ("raise SystemExit(256)", Status::Succeeded, 0, ""),
        ("import os\nos._exit(7)", Status::Failed, 7, ""),
    ] {
        let outcome = run(code).outcome;
        assert_eq!((outcome.status, outcome.exit_code, outcome.stderr.as_str()), (status, exit, stderr), "{code}");
    }
}

#[test]
fn results_survive_sys_exit() {
    let outcome = run("import sys\nresults = {'a': 1}\nsys.exit(0)").outcome;
    assert_eq!(outcome.results, Some(json!({ "a": 1 })));
}

#[test]
fn input_is_refused_with_a_reason() {
    let error = run("name = input('Who? ')").outcome.error.expect("an error");
    assert_eq!(error.kind, "RuntimeError");
    assert!(error.message.contains("nobody is at the keyboard"), "{}", error.message);
}

#[test]
fn the_context_is_there_by_key_and_by_attribute_and_comes_back_unharmed() {
    let mut job = job(
        "results = {'current': context.BEAM.dcct.value, 'same': context['BEAM']['dcct']['value'], 'back': context}",
    );
    job.context =
        serde_json::from_value(json!({ "BEAM": { "dcct": { "value": 499.5, "history": [1, 2] } }, "n": null }))
            .expect("an object");
    let given = Value::Object(job.context.clone());
    assert_eq!(run_job(job).outcome.results, Some(json!({ "current": 499.5, "same": 499.5, "back": given })));
}

#[test]
fn a_missing_context_key_says_what_there_is() {
    let mut job = job("context.ORBIT");
    job.context.insert("BEAM".to_owned(), json!(1));
    let error = run_job(job).outcome.error.expect("an error");
    assert!(error.message.contains("'ORBIT'") && error.message.contains("BEAM"), "{}", error.message);
}

#[test]
fn a_context_that_cannot_be_read_is_told_as_such() {
    for bad in [
        json!({ "$type": "float" }),
        json!({ "$type": "bytes", "base64": "?" }),
        json!({ "$type": "ndarray", "dtype": "no such", "shape": [1], "data": [1] }),
    ] {
        let mut job = job("results = 1");
        job.context.insert("x".to_owned(), bad);
        let outcome = run_job(job).outcome;
        let error = outcome.error.expect("an error");
        assert_eq!((outcome.status, error.kind.as_str()), (Status::Failed, "ContextError"), "{error:?}");
    }
}

#[test]
fn program_and_context_that_fit_no_frame_are_refused() {
    use aerie::Coded;
    let mut job = job("results = 1");
    job.context.insert("x".to_owned(), json!("x".repeat(70 << 20)));
    let error = block_on(sandbox().run(job, Surroundings::default())).expect_err("too large");
    assert!(error.code() == aerie::ErrorCode::InvalidContext && error.to_string().contains("64 MiB"), "{error}");
}

#[test]
fn exit_functions_run_as_in_a_file() {
    let outcome = run("import atexit, sys\natexit.register(print, 'last')\nprint('first')\nsys.exit(2)").outcome;
    assert_eq!((outcome.stdout.as_str(), outcome.exit_code), ("first\nlast\n", 2));
}

#[test]
fn results_are_strict_json_with_tags_where_json_cannot() {
    let code = "import numpy as np, pandas as pd, datetime as d, decimal\n\
        results = {'nan': float('nan'), 'inf': -np.inf, 'big': 2**70, 'c': 1+2j, 'b': b'\\xff', 'a': np.arange(3), 'f': np.float32(0.5),\n\
        'na': np.array([1.0, np.nan]), 'k': {1: 'x'}, 's': {2, 1}, 't': (1, 2), 'when': d.datetime(2026, 1, 2, 3, 4), 'dt': d.timedelta(seconds=1.5),\n\
        'ser': pd.Series([1, 2], index=['a', 'b'], name='n'), 'ts': pd.Timestamp('2026-01-01', tz='UTC'), 'dec': decimal.Decimal('1.10'), 'sur': '\\ud800'}";
    let value = results(code);
    assert_eq!(value["nan"], json!({ "$type": "float", "value": "nan" }));
    assert_eq!(value["inf"], json!({ "$type": "float", "value": "-inf" }));
    assert_eq!(value["big"], json!({ "$type": "int", "value": "1180591620717411303424" }));
    assert_eq!(value["a"], json!([0, 1, 2]));
    assert_eq!(value["f"], json!(0.5));
    assert_eq!(value["na"]["$type"], "ndarray");
    assert_eq!(value["k"], json!({ "$type": "dict", "items": [[1, "x"]] }));
    assert_eq!(value["t"], json!([1, 2]));
    assert_eq!(value["ser"]["index"]["values"], json!(["a", "b"]));
    assert_eq!(value["sur"]["$type"], "str");
}

/// Chains: the results of one execution are the context of the next, and stand for the same values.
#[test]
fn tagged_results_come_back_as_what_they_were() {
    let make = "import numpy as np, pandas as pd, datetime as d, decimal, fractions, uuid\n\
        results = {'values': {'nan': float('nan'), 'big': 2**70, 'c': 1+2j, 'b': b'\\xff', 'na': np.array([1.0, np.nan]), 'cplx': np.array([[1j, 2]]), 'dates': np.array(['2026-01-01', 'NaT'], dtype='datetime64[D]'),\n\
        'k': {1: 'x', (1, 2): 'y'}, 's': {2, 1}, 'when': d.datetime(2026, 1, 2, 3, 4), 'day': d.date(2026, 1, 2), 'time': d.time(1, 2), 'dt': d.timedelta(days=1, seconds=1.5), 'dec': decimal.Decimal('1.10'), 'fr': fractions.Fraction(1, 3), 'id': uuid.UUID(int=7),\n\
        'ser': pd.Series([1.5, None], index=pd.date_range('2026-01-01', periods=2, tz='UTC'), name='n'), 'ts': pd.Timestamp('2026-01-01', tz='UTC'), 'td': pd.Timedelta('1h'), 'nat': pd.NaT, 'sur': '\\ud800', 'm64': np.timedelta64(5, 'ms'),\n\
        'df': pd.DataFrame({'a': [1, 2], 'b': ['x', None], 'c': pd.Categorical(['u', 'v'])}, index=['r', 's']), 'mi': pd.DataFrame({'v': [1, 2]}, index=pd.MultiIndex.from_tuples([('a', 1), ('b', 2)], names=['l', 'n'])),\n\
        'masked': np.ma.array([1, 2, 3], mask=[0, 1, 0]), 'i32': np.array([1+0j], dtype='complex64'), 'plain$': {'$type': 'not a tag'}}}";
    let check = "import numpy as np, pandas as pd, math\nv = context['values']\nexec(MAKE)\nw = results['values']\nbad = []\n\
        def same(a, b):\n    \
            if isinstance(b, pd.DataFrame): pd.testing.assert_frame_equal(a, b, check_categorical=False); return True\n    \
            if isinstance(b, pd.Series): pd.testing.assert_series_equal(a, b, check_freq=False); return True\n    \
            if isinstance(b, np.ma.MaskedArray): return a.dtype == b.dtype and a.tolist() == b.tolist()\n    \
            if isinstance(b, np.ndarray): return a.dtype == b.dtype and a.shape == b.shape and bool(np.array_equal(a, b, equal_nan=True))\n    \
            if b is pd.NaT: return a is pd.NaT\n    \
            if isinstance(b, float) and math.isnan(b): return math.isnan(a)\n    \
            return type(a).__name__.replace('Context', 'dict') == type(b).__name__ and a == b\n\
        for key in w:\n    \
            try: ok = same(v[key], w[key])\n    \
            except BaseException as e: ok = False; print(key, e)\n    \
            if not ok: bad.append((key, repr(v[key]), repr(w[key])))\n\
        results = bad";
    let first = results(make);
    let mut second = job(&check.replace("MAKE", &format!("{make:?}")));
    second.context = first.as_object().expect("an object").clone();
    let outcome = run_job(second).outcome;
    assert_eq!(outcome.results, Some(json!([])), "{}{}", outcome.stdout, outcome.stderr);
}

#[test]
fn large_arrays_and_frames_become_files() {
    let report = run(
        "import numpy as np, pandas as pd\nresults = {'a': np.zeros((200, 200)), 'f': pd.DataFrame({'x': np.arange(20_000)})}",
    );
    let value = report.outcome.results.expect("results");
    assert_eq!(
        value["a"],
        json!({ "$type": "ndarray", "dtype": "float64", "shape": [200, 200], "file": "artifacts/results_01.npy" })
    );
    assert_eq!(value["f"], json!({ "$type": "dataframe", "file": "artifacts/results_02.json" }));
    assert!(report.artifacts[0].bytes.starts_with(b"\x93NUMPY"));
    assert!(serde_json::from_slice::<Value>(&report.artifacts[1].bytes).is_ok());
}

#[test]
fn results_that_are_too_large_are_the_programs_error() {
    let error = run("results = ['x' * 1000] * 10_000").outcome.error.expect("an error");
    assert!(error.kind == "ResultsError" && error.message.contains("save_artifact"), "{error:?}");
}

#[test]
fn open_figures_are_collected_in_order() {
    let mut job = job(
        "import matplotlib.pyplot as plt\nfor n in (3, 1):\n    plt.figure(n)\n    plt.plot([1, 2])\n    plt.title(f'Figure {n}: β')\nplt.figure(7); plt.close(7)\nplt.show()",
    );
    job.svg = true;
    let report = run_job(job);
    let seen: Vec<_> = report.figures.iter().map(|f| (f.number, f.title.as_str(), f.format.as_str())).collect();
    assert_eq!(
        seen,
        [(1, "Figure 1: β", "png"), (1, "Figure 1: β", "svg"), (3, "Figure 3: β", "png"), (3, "Figure 3: β", "svg")],
        "{}",
        report.outcome.stderr
    );
    assert!(report.figures[0].bytes.starts_with(b"\x89PNG\r\n"));
    assert!(report.figures[1].bytes.starts_with(b"<?xml"));
}

#[test]
fn plots_with_text_mathematics_and_other_fonts_draw_in_a_fresh_instance() {
    let code = "import matplotlib.pyplot as plt, io\nfor family in ('sans-serif', 'serif', 'monospace'):\n    plt.figure(); plt.title('Ωμ ' + family, family=family); plt.xlabel(r'$\\sqrt{\\beta_x \\epsilon}$'); plt.plot([1, 10], label='x'); plt.legend(); plt.yscale('log')\n    for kind in ('png', 'pdf', 'svg'): plt.savefig(io.BytesIO(), format=kind)\nresults = len(plt.get_fignums())";
    assert_eq!(results(code), json!(3));
}

#[test]
fn artifacts_are_saved_by_what_they_are() {
    let code = "import numpy as np, pandas as pd, matplotlib.pyplot as plt\nfig = plt.figure()\nresults = [save_artifact(o, title=t) for o, t in ((pd.DataFrame({'x': [1]}), 'Table of x'), (np.arange(3), 'array'), ('text', 'note'), (b'raw', 'raw'), ({'a': 1}, 'dict'), (fig, 'plot/β'))]\nplt.close(fig)";
    let report = run(code);
    let names: Vec<_> = report.artifacts.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["Table of x.csv", "array.npy", "note.txt", "raw.bin", "dict.json", "plot_β.png"]);
    assert_eq!(report.artifacts[0].title, "Table of x");
    assert_eq!(report.artifacts[0].bytes, b",x\n0,1\n");
}

#[test]
fn an_artifact_of_an_unknown_kind_says_what_is_possible() {
    let error = run("save_artifact(object(), title='x')").outcome.error.expect("an error");
    assert!(error.kind == "TypeError" && error.message.contains("pandas table"), "{}", error.message);
    let error =
        run("save_artifact('a', name='x.txt'); save_artifact('b', name='x.txt')").outcome.error.expect("an error");
    assert!(error.message.contains("already"), "{}", error.message);
}

#[test]
fn everything_random_follows_the_seed() {
    let code = "import random, numpy as np, os, uuid, secrets\nresults = [random.random(), np.random.random(), np.random.default_rng().random(), os.urandom(4).hex(), str(uuid.uuid4()), secrets.token_hex(4), random.SystemRandom().random()]";
    let with_seed = |seed: u64| {
        let mut job = job(code);
        job.seed = seed;
        run_job(job).outcome.results.expect("results")
    };
    assert_eq!(with_seed(7), with_seed(7));
    let (one, other) = (with_seed(7), with_seed(8));
    for (a, b) in one.as_array().expect("a list").iter().zip(other.as_array().expect("a list")) {
        assert_ne!(a, b);
    }
}

#[test]
fn a_deterministic_run_gives_the_same_bytes() {
    let mut job = job(
        "import time, datetime, os, matplotlib.pyplot as plt, numpy as np\nt = time.time(); time.sleep(3600); u = time.time()\nprint(datetime.datetime.now(), u - t >= 3600, id(object()), {'a', 'b', 'c'}, os.urandom(3))\nplt.plot(np.random.normal(size=50)); plt.title(str(time.perf_counter()))\nresults = {'now': datetime.datetime.now(), 'monotonic': time.monotonic_ns(), 'cpu': time.process_time()}",
    );
    job.deterministic = true;
    job.svg = true;
    let started = std::time::Instant::now();
    let (one, two) = (run_job(job.clone()), run_job(job));
    assert!(started.elapsed().as_secs() < 100, "an hour's sleep takes no time");
    assert_eq!(one.outcome.status, Status::Succeeded, "{}", one.outcome.stderr);
    assert_eq!(one.outcome.stdout, two.outcome.stdout);
    assert_eq!(one.outcome.results, two.outcome.results);
    assert_eq!(one.figures, two.figures);
    assert!(one.outcome.stdout.starts_with("2026-01-01 01:00"), "{}", one.outcome.stdout);
}

#[test]
fn output_streams_as_it_is_written_and_survives_a_trap() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let surroundings = Surroundings {
        events: Box::new(move |event| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let _ = sender.send(match event {
                Event::Stdout(bytes) => format!("out {}", text(bytes)),
                Event::Stderr(bytes) => format!("err {}", text(bytes)),
            });
        }),
        ..Surroundings::default()
    };
    let code = "import sys\nprint('first', end='')\nsys.stderr.write('second')\nsys.stdout.write('third')\na = []\nfor _ in range(300_000): a = [a]\ndel a\nwhile True:\n    a = ()\n    for _ in range(10**6): a = (a,)\n    hash(a)";
    let report = block_on(sandbox().run(job(code), surroundings)).expect("a report");
    assert_eq!(report.outcome.status, Status::Crashed, "{:?}", report.outcome.error);
    assert_eq!((report.outcome.stdout.as_str(), report.outcome.stderr.as_str()), ("firstthird", "second"));
    assert_eq!(receiver.iter().take(3).collect::<Vec<_>>(), ["out first", "err second", "out third"]);
}

/// Answers `add`, takes its time for `slow`, refuses the rest.
struct Answers;

#[async_trait]
impl HostCalls for Answers {
    async fn call(&mut self, call: HostCall) -> Result<HostReply, HostCallError> {
        match call.name.as_str() {
            "add" => {
                let sum = call.arguments["a"].as_i64().unwrap_or(0) + call.arguments["b"].as_i64().unwrap_or(0);
                Ok(HostReply { value: json!(sum), payload: call.payload.iter().rev().copied().collect() })
            }
            "slow" => {
                tokio::time::sleep(std::time::Duration::from_secs(6)).await;
                Ok(HostReply { value: json!("at last"), payload: Vec::new() })
            }
            other => Err(HostCallError::new("Refused", format!("not {other}"))),
        }
    }
}

fn with_answers(code: &str, wall: f64) -> aerie::execution::Outcome {
    let mut job = job(code);
    job.limits.wall = std::time::Duration::from_secs_f64(wall);
    let surroundings = Surroundings { host_calls: Box::new(Answers), ..Surroundings::default() };
    block_on(sandbox().run(job, surroundings)).expect("a report").outcome
}

#[test]
fn host_calls_carry_values_and_bulk_and_refusals() {
    let outcome = with_answers(
        "from aerie_guest import door\nvalue, bulk = door.call('add', {'a': 2, 'b': 3}, b'abc')\ntry: door.call('rm')\nexcept door.HostError as e: refusal = [e.kind, e.message]\nresults = [value, bytes(bulk).decode(), refusal]",
        10.0,
    );
    assert_eq!(outcome.results, Some(json!([5, "cba", ["Refused", "not rm"]])), "{}", outcome.stderr);
    assert_eq!(outcome.usage.host_calls, 2);
}

#[test]
fn time_in_a_host_call_is_not_the_programs() {
    let outcome = with_answers("from aerie_guest import door\nresults = door.call('slow')[0]", 4.0);
    assert_eq!(outcome.results, Some(json!("at last")), "{:?}", outcome.error);
    assert!(outcome.usage.host_call_seconds >= 1.4 && outcome.usage.wall_seconds < 1.0, "{:?}", outcome.usage);
}

#[test]
fn files_are_where_programs_expect_them() {
    let folder = scratch();
    let workspace = aerie::backend::Workspace {
        work: folder.path().join("w"),
        scratch: folder.path().join("t"),
        inputs: folder.path().join("i"),
    };
    for path in [&workspace.work, &workspace.scratch, &workspace.inputs] {
        std::fs::create_dir(path).expect("a folder");
    }
    std::fs::write(workspace.inputs.join("data.csv"), "a,b\n1,2\n").expect("an input");
    let mut job = job(
        "import os, tempfile, pandas as pd, pathlib\ndf = pd.read_csv('/inputs/data.csv')\nos.makedirs('sub/deep')\npathlib.Path('sub/deep/x.txt').write_text('hello')\nopen('helper.py', 'w').write('VALUE = 5')\nimport helper\nwith tempfile.NamedTemporaryFile() as t: t.write(b'x')\nresults = [os.getcwd(), df.b.tolist(), helper.VALUE, sorted(os.listdir()), os.listdir('/inputs'), open('sub/deep/x.txt').read()]",
    );
    job.workspace = Some(workspace.clone());
    let outcome = run_job(job).outcome;
    assert_eq!(
        outcome.results,
        Some(json!(["/work", [2], 5, ["helper.py", "sub"], ["data.csv"], "hello"])),
        "{}",
        outcome.stderr
    );
    assert_eq!(std::fs::read_to_string(workspace.work.join("sub/deep/x.txt")).ok().as_deref(), Some("hello"));
    assert_eq!(std::fs::read_dir(&workspace.scratch).expect("a folder").count(), 0);
}

/// A program in a folder of its own, with these limits on files.
fn with_files(code: &str, bytes: u64, files: u64) -> aerie::execution::Outcome {
    let folder = scratch();
    let workspace = aerie::backend::Workspace {
        work: folder.path().join("w"),
        scratch: folder.path().join("t"),
        inputs: folder.path().join("i"),
    };
    for path in [&workspace.work, &workspace.scratch, &workspace.inputs] {
        std::fs::create_dir(path).expect("a folder");
    }
    let mut job = job(code);
    job.limits.file_bytes = bytes;
    job.limits.files = files;
    job.workspace = Some(workspace);
    run_job(job).outcome
}

#[test]
fn large_files_are_read_and_written_in_one_go() {
    let code =
        "data = b'x' * 200_000_000\nwith open('f', 'wb') as f: f.write(data)\nresults = len(open('f', 'rb').read())";
    let outcome = with_files(code, 256 << 20, 10);
    assert_eq!(outcome.results, Some(json!(200_000_000)), "{}", outcome.stderr);
}

#[test]
fn files_that_are_replaced_or_removed_are_not_counted_twice() {
    let code = "import os\nfor _ in range(40): os.mkdir('d'); os.rmdir('d')\nfor _ in range(40):\n    with open('new', 'wb') as f: f.write(b'x' * 1_000_000)\n    os.replace('new', 'saved')\nfor _ in range(40):\n    with open('tmp', 'wb') as f: f.write(b'x' * 1_000_000)\n    os.remove('tmp')\nfor _ in range(40):\n    with open('again', 'wb') as f: f.write(b'x' * 1_000_000)\nresults = sorted(os.listdir())";
    let outcome = with_files(code, 4 << 20, 10);
    assert_eq!(outcome.results, Some(json!(["again", "saved"])), "{}", outcome.stderr);
    // The two files, and the results.
    assert!(
        outcome.usage.files == 2 && (2_000_000..2_000_100).contains(&outcome.usage.file_bytes),
        "{:?}",
        outcome.usage
    );
}

#[test]
fn removing_a_link_that_the_host_left_frees_nothing() {
    let folder = scratch();
    let workspace = aerie::backend::Workspace {
        work: folder.path().join("w"),
        scratch: folder.path().join("t"),
        inputs: folder.path().join("i"),
    };
    for path in [&workspace.work, &workspace.scratch, &workspace.inputs] {
        std::fs::create_dir(path).expect("a folder");
    }
    std::os::unix::fs::symlink("mine", workspace.work.join("link")).expect("a link");
    let mut job = job("import os\nwith open('mine', 'wb') as f: f.write(b'x' * 900_000)\nos.remove('link')");
    job.workspace = Some(workspace);
    assert_eq!(run_job(job).outcome.usage.file_bytes, 900_000);
}

#[test]
fn giving_up_on_one_job_does_not_cancel_its_callers_others() {
    let shared = tokio_util::sync::CancellationToken::new();
    let with = || Surroundings { cancel: shared.clone(), ..Surroundings::default() };
    block_on(async {
        let abandoned = sandbox().run(job("while True: pass"), with());
        assert!(tokio::time::timeout(std::time::Duration::from_millis(200), abandoned).await.is_err());
        assert!(!shared.is_cancelled());
        let next = sandbox().run(job("results = 1"), with()).await.expect("a report");
        assert_eq!(next.outcome.results, Some(json!(1)));
    });
}

#[test]
fn a_host_that_panics_loses_one_job() {
    struct Panics;
    #[async_trait]
    impl HostCalls for Panics {
        async fn call(&mut self, _: HostCall) -> Result<HostReply, HostCallError> {
            panic!("the embedder's mistake")
        }
    }
    let surroundings = Surroundings { host_calls: Box::new(Panics), ..Surroundings::default() };
    let result = block_on(sandbox().run(job("from aerie_guest import door\ndoor.call('x')"), surroundings));
    assert!(result.is_err());
    assert_eq!(run("results = 1").outcome.results, Some(json!(1)));
}

#[test]
fn what_was_used_is_reported() {
    let usage = run("import time\nprint('x' * 99)\nb = bytearray(50_000_000)\nsum(i * i for i in range(1_000_000))\ntime.sleep(0.3)").outcome.usage;
    // A million steps of Python take a hundredth of a second on any machine.
    assert!(usage.cpu_seconds > 0.01 && usage.wall_seconds > usage.cpu_seconds + 0.2, "{usage:?}");
    assert!(usage.memory_bytes > 180 << 20, "{usage:?}");
    assert_eq!(usage.output_bytes, 100);
}

#[test]
fn ordinary_libraries_work() {
    let code = "import asyncio, sqlite3, re, csv, io, zoneinfo, datetime, xml.etree.ElementTree as E, yaml, sympy, sklearn.linear_model as lm, numpy as np, statsmodels.api as sm, networkx as nx\n\
        async def f():\n    await asyncio.sleep(0.01)\n    return 5\n\
        db = sqlite3.connect(':memory:'); db.execute('create table t (x)'); db.execute('insert into t values (7)')\n\
        x = sympy.symbols('x')\n\
        results = [asyncio.run(f()), db.execute('select x from t').fetchone()[0], str(sympy.diff(x**3, x)), float(lm.LinearRegression().fit(np.arange(5)[:, None], np.arange(5) * 2.0).coef_[0].round(9)), E.fromstring('<a b=\"1\"/>').attrib, yaml.safe_load('{a: [1, 2]}'), str(datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo('America/Los_Angeles')).utcoffset()), nx.path_graph(4).number_of_edges()]";
    assert_eq!(results(code), json!([5, 7, "3*x**2", 2.0, { "b": "1" }, { "a": [1, 2] }, "-1 day, 17:00:00", 3]));
}
