//! The `local` backend: its Python, and a program that tries to get out of its walls.

use std::time::Instant;

use serde_json::Value;

use super::check::{Check, Verdict};
use crate::backend::local::{LocalBackend, walls::probe};
use crate::backend::{Backend as _, Confinement, Job, Surroundings};
use crate::cli::launch::PlaceArgs;
use crate::cli::places;
use crate::config::Config;
use crate::execution::{Status, Walls};

const PLACE: &str = "local";

/// Tries what the walls are to refuse; says of each try whether it came through.
const ATTEMPTS: &str = r#"
import os, socket, sys

def tried(attempt):
    try:
        attempt()
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return None

def connect(kind, family, address):
    with socket.socket(family, kind) as one:
        one.settimeout(1)
        one.connect(address)

def fork():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)

results = {
    "read a file outside": tried(lambda: open("/etc/passwd").read()),
    "write a file outside": tried(lambda: os.close(os.open("/var/tmp/aerie-doctor", os.O_WRONLY | os.O_CREAT | os.O_EXCL))),
    "open a TCP connection": tried(lambda: connect(socket.SOCK_STREAM, socket.AF_INET, ("127.0.0.1", 9))),
    "send a UDP packet": tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))),
    "start a process": tried(fork),
    "signal its supervisor": tried(lambda: os.kill(os.getppid(), 0)),
    "read another process": tried(lambda: open(f"/proc/{os.getppid()}/environ").read()),
    "allocate 1 TiB": tried(lambda: bytearray(1 << 40)),
}
"#;

pub(super) async fn look(place: &PlaceArgs, config: &Config) -> Vec<Check> {
    let mut checks = Vec::new();
    let opened = place.state_of(config).and_then(|state| places::local(place, config, &state));
    let backend = match opened {
        Ok(backend) => backend,
        Err(failure) => {
            let advice = "Set execution.local.python_env_path to an interpreter or a virtual environment.";
            return vec![Check::new(PLACE, "python", Verdict::Wrong, failure.message).with_advice(advice)];
        }
    };
    let python = backend.python();
    let found = format!(
        "{} ({}), {} packages",
        python.interpreter.display(),
        python.about.version,
        python.about.packages.len()
    );
    checks.push(Check::new(PLACE, "python", Verdict::Ok, found));
    checks.extend(start(&backend, config).await);
    checks.push(match backend.confinement() {
        Confinement::Enforced => Check::new(PLACE, "gate", Verdict::Ok, "there is no way round it"),
        Confinement::Mediated { why } => Check::new(PLACE, "gate", Verdict::Warning, why)
            .with_advice("Programs that may write are asked about before they run, not only before they write."),
    });
    checks
}

/// Starts a program that tries to get out.
async fn start(backend: &LocalBackend, config: &Config) -> Vec<Check> {
    let begun = Instant::now();
    let hello = backend.run(Job::new("print('hello')", 0), Surroundings::default()).await;
    let took = begun.elapsed();
    let hello = match hello {
        Ok(report) if report.outcome.status == Status::Succeeded => report,
        Ok(report) => {
            let why = report.outcome.error.map_or_else(|| report.outcome.stderr.clone(), |error| error.message);
            return vec![Check::new(PLACE, "start", Verdict::Wrong, why)];
        }
        Err(error) => return vec![Check::new(PLACE, "start", Verdict::Wrong, error.to_string())],
    };
    let mut checks = vec![Check::new(PLACE, "start", Verdict::Ok, format!("hello in {} ms", took.as_millis()))];
    let walls = hello.outcome.walls.unwrap_or_default();
    checks.extend(standing(&walls));
    let mut job = Job::new(ATTEMPTS, 0);
    job.limits.wall = std::time::Duration::from_secs(30);
    match backend.run(job, Surroundings::default()).await {
        Ok(report) => {
            let processes = config.execution.local.as_ref().is_some_and(|local| local.processes);
            let results = report.outcome.results.unwrap_or_default();
            let tries = results.as_object().into_iter().flatten();
            checks.extend(tries.map(|(attempt, refused)| attempted(attempt, refused, processes)));
            if let Some(error) = report.outcome.error {
                checks.push(Check::new(PLACE, "walls", Verdict::Wrong, format!("{}: {}", error.kind, error.message)));
            }
        }
        Err(error) => checks.push(Check::new(PLACE, "walls", Verdict::Wrong, error.to_string())),
    }
    checks
}

/// One attempt to get out, and what became of it.
fn attempted(attempt: &str, refused: &Value, processes: bool) -> Check {
    let name = format!("may not {attempt}");
    match refused.as_str() {
        Some(why) => Check::new(PLACE, &name, Verdict::Ok, why),
        None if processes && attempt == "start a process" => {
            Check::new(PLACE, &name, Verdict::Ok, "it may: execution.local.processes is set")
        }
        None => Check::new(PLACE, &name, Verdict::Wrong, "it could")
            .with_advice("The wall for it does not stand here: see above, or run such programs in the sandbox."),
    }
}

/// The walls that stand, and those that do not.
fn standing(walls: &Walls) -> Vec<Check> {
    let mut checks = vec![Check::new(PLACE, "walls that stand", Verdict::Ok, walls.standing.join(", "))];
    let offered = probe(None);
    for missing in &walls.missing {
        // What no setting and no other user could have is nothing to be done about.
        let grave = ["files", "syscalls", "privileges", "memory", "cpu_time"].contains(&missing.wall.as_str());
        let verdict = if grave || offered.standing.is_empty() { Verdict::Warning } else { Verdict::Ok };
        checks.push(Check::new(
            PLACE,
            &format!("wall {}", missing.wall),
            verdict,
            format!("does not stand: {}", missing.why),
        ));
    }
    checks
}
