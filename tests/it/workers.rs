//! Worker processes: the same answers as in-process, and a worker's death takes one execution along.

use std::time::Duration;

use aerie::Coded;
use aerie::backend::wasi::workers::{WorkerCommand, WorkerPool};
use aerie::backend::{Backend, HostCall, HostCallError, HostCalls, HostReply, Surroundings};
use aerie::execution::Status;
use async_trait::async_trait;
use serde_json::json;

use crate::support::{block_on, cache_dir, job, sandbox};

fn pool(workers: usize) -> WorkerPool {
    pool_with(workers, None)
}

fn pool_with(workers: usize, runtimes_dir: Option<std::path::PathBuf>) -> WorkerPool {
    sandbox();
    let command = WorkerCommand {
        program: env!("CARGO_BIN_EXE_aerie").into(),
        pack: "science".to_owned(),
        cache_dir: cache_dir(),
        runtimes_dir,
    };
    WorkerPool::new(command, workers)
}

struct Doubles;

#[async_trait]
impl HostCalls for Doubles {
    async fn call(&mut self, call: HostCall) -> Result<HostReply, HostCallError> {
        match call.arguments.get("x").and_then(serde_json::Value::as_i64) {
            Some(x) => Ok(HostReply { value: json!(2 * x), payload: call.payload }),
            None => Err(HostCallError::new("NoX", "give x")),
        }
    }
}

#[test]
fn a_worker_gives_what_the_process_itself_gives() {
    let code = "import matplotlib.pyplot as plt, sys\nfrom aerie_guest import door\nprint('out'); print('err', file=sys.stderr)\nplt.plot([1, 2]); plt.title('T')\nsave_artifact('text', title='note')\nv, b = door.call('f', {'x': 21}, b'abc')\ntry: door.call('f')\nexcept door.HostError as e: r = e.kind\nresults = {'v': v, 'b': bytes(b).decode(), 'r': r, 'c': context}";
    let with = |backend: &dyn Backend| {
        let mut job = job(code);
        job.context.insert("k".to_owned(), json!([1, "β"]));
        job.deterministic = true;
        let surroundings = Surroundings { host_calls: Box::new(Doubles), ..Surroundings::default() };
        let mut report = block_on(backend.run(job, surroundings)).expect("a report");
        report.outcome.usage = aerie::execution::Usage::default();
        report
    };
    let (here, there) = (with(sandbox()), with(&pool(1)));
    assert_eq!(here.outcome.status, Status::Succeeded, "{}", here.outcome.stderr);
    assert_eq!(here, there);
}

#[test]
fn a_pool_serves_many_and_reuses_its_workers() {
    let pool = pool(2);
    let outcomes = block_on(async {
        let jobs = (0..30).map(|n| {
            pool.run(
                job(&format!("import builtins\nresults = [{n}, hasattr(builtins, 'left')]\nbuiltins.left = 1")),
                Surroundings::default(),
            )
        });
        futures_util::future::join_all(jobs).await
    });
    for (n, report) in outcomes.into_iter().enumerate() {
        assert_eq!(report.expect("a report").outcome.results, Some(json!([n, false])));
    }
}

#[test]
fn a_worker_can_be_cancelled_and_is_used_again() {
    let pool = pool(1);
    let surroundings = Surroundings::default();
    let cancel = surroundings.cancel.clone();
    block_on(async {
        let (report, ()) = tokio::join!(pool.run(job("while True: pass"), surroundings), async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            cancel.cancel();
        });
        assert_eq!(report.expect("a report").outcome.status, Status::Cancelled);
        let next = pool.run(job("results = 1"), Surroundings::default()).await.expect("a report");
        assert_eq!(next.outcome.results, Some(json!(1)));
    });
}

#[test]
fn a_noisy_worker_is_cancelled_as_well() {
    let pool = pool(1);
    block_on(async {
        for _ in 0..5 {
            let surroundings = Surroundings::default();
            let cancel = surroundings.cancel.clone();
            let mut noisy = job("while True: print('x' * 200_000)");
            noisy.limits.output = 1 << 40;
            let (report, ()) = tokio::join!(pool.run(noisy, surroundings), async {
                tokio::time::sleep(Duration::from_millis(150)).await;
                cancel.cancel();
            });
            assert_eq!(report.expect("a report").outcome.status, Status::Cancelled);
        }
    });
}

/// Cancels its own execution, and answers all the same.
struct CancelsAndAnswers(tokio_util::sync::CancellationToken);

#[async_trait]
impl HostCalls for CancelsAndAnswers {
    async fn call(&mut self, _: HostCall) -> Result<HostReply, HostCallError> {
        self.0.cancel();
        Ok(HostReply { value: json!("of another execution"), payload: b"secret".to_vec() })
    }
}

#[test]
fn an_answer_never_reaches_the_next_execution() {
    let pool = pool(1);
    block_on(async {
        for _ in 0..20 {
            let surroundings = Surroundings::default();
            let answers = Box::new(CancelsAndAnswers(surroundings.cancel.clone()));
            let first = job("from aerie_guest import door\nwhile True: door.call('f')");
            let report = pool.run(first, Surroundings { host_calls: answers, ..surroundings }).await.expect("a report");
            assert_eq!(report.outcome.status, Status::Cancelled);
            let surroundings = Surroundings { host_calls: Box::new(Doubles), ..Surroundings::default() };
            let next = job("from aerie_guest import door\nresults = [door.call('f', {'x': n})[0] for n in range(3)]");
            let report = pool.run(next, surroundings).await.expect("a report");
            assert_eq!(report.outcome.results, Some(json!([0, 2, 4])));
        }
    });
}

#[test]
fn deep_results_come_through() {
    let code = "results = 0\nfor _ in range(95): results = [results]";
    let report = block_on(pool(1).run(job(code), Surroundings::default())).expect("a report");
    assert_eq!(report.outcome.status, Status::Succeeded, "{:?}", report.outcome.error);
}

/// Kills the worker whose command line has this mark, while its program waits for an answer.
struct Kills(String);

#[async_trait]
impl HostCalls for Kills {
    async fn call(&mut self, _: HostCall) -> Result<HostReply, HostCallError> {
        let workers = crate::support::processes_with(&self.0);
        assert_eq!(workers.len(), 1, "the worker is there");
        crate::support::kill("KILL", workers[0]);
        Ok(HostReply { value: json!(null), payload: Vec::new() })
    }
}

#[test]
fn a_worker_that_dies_is_an_error_and_the_next_execution_works() {
    let mark = crate::support::scratch();
    let pool = pool_with(1, Some(mark.path().to_owned()));
    let kills = Kills(mark.path().to_str().expect("text").to_owned());
    let surroundings = Surroundings { host_calls: Box::new(kills), ..Surroundings::default() };
    block_on(async {
        let error =
            pool.run(job("from aerie_guest import door\ndoor.call('die')"), surroundings).await.expect_err("it died");
        assert_eq!(error.code(), aerie::ErrorCode::WorkerFailed);
        let next = pool.run(job("results = 1"), Surroundings::default()).await.expect("a report");
        assert_eq!(next.outcome.results, Some(json!(1)));
    });
}

#[test]
fn an_abandoned_execution_ends_its_worker() {
    let pool = pool(1);
    block_on(async {
        let run = pool.run(job("while True: pass"), Surroundings::default());
        assert!(tokio::time::timeout(Duration::from_millis(400), run).await.is_err());
        let next = pool.run(job("results = 1"), Surroundings::default()).await.expect("a report");
        assert_eq!(next.outcome.results, Some(json!(1)));
    });
}
