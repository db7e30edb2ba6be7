//! A hundred executions at once, on each backend, and nothing of them is left: no process, kernel, port, file or descriptor.

use aerie::backend::{Backend, Surroundings};
use aerie::execution::Status;
use serde_json::json;

use crate::servers::{Jupyter, until};
use crate::support::{block_on_shared, container_on, job, local_with, processes_with, sandbox, scratch};

/// Runs them all at once; each has its own number to give back.
fn hundred(backend: &dyn Backend) {
    let reports = block_on_shared(async {
        let runs = (0..100u32).map(|n| {
            let code =
                format!("import os\nopen('mine.txt', 'w').write('{n}')\nprint({n})\nresults = [{n}, context.n]\n");
            let mut job = job(&code);
            job.context.insert("n".to_owned(), json!(n));
            let folder = scratch();
            let place = |name: &str| {
                let path = folder.path().join(name);
                std::fs::create_dir(&path).expect("a folder");
                path
            };
            job.workspace = Some(aerie::backend::Workspace {
                work: place("work"),
                scratch: place("scratch"),
                inputs: place("inputs"),
            });
            async move {
                let report = backend.run(job, Surroundings::default()).await;
                let kept = std::fs::read_to_string(folder.path().join("work/mine.txt")).unwrap_or_default();
                (n, report, kept)
            }
        });
        futures_util::future::join_all(runs).await
    });
    for (n, report, kept) in reports {
        let outcome = report.unwrap_or_else(|error| panic!("{n}: {error}")).outcome;
        assert_eq!(outcome.status, Status::Succeeded, "{n}: {}", outcome.stderr);
        assert_eq!((outcome.results, outcome.stdout, kept), (Some(json!([n, n])), format!("{n}\n"), n.to_string()));
    }
    block_on_shared(backend.close());
}

/// Descriptors that this process has open.
fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("/proc").count()
}

#[test]
fn in_the_sandbox() {
    hundred(sandbox());
}

#[test]
fn in_processes_of_this_host() {
    let folder = scratch();
    let root = folder.path().join("local");
    let backend = local_with(|settings| {
        settings.root.clone_from(&root);
        settings.at_most = 16;
        settings.warm = 2;
    });
    hundred(&backend);
    let before = descriptors();
    hundred(&backend);
    until("no process is left", || processes_with(&root.display().to_string()).is_empty());
    until("no folder is left", || std::fs::read_dir(&root).is_ok_and(|mut left| left.next().is_none()));
    // Other tests of this process open and close some of their own.
    until("no descriptor is left", || descriptors() < before + 50);
}

#[test]
fn in_kernels() {
    let server = Jupyter::start(&[]);
    let backend = container_on(&server, |settings| {
        settings.at_most = 12;
        settings.warm = 2;
    });
    hundred(&backend);
    until("no kernel is left", || server.kernels().is_empty() && server.supervisors().is_empty());
    until("nothing else is left", || server.processes().is_empty() && server.kernel_folders().is_empty());
}
