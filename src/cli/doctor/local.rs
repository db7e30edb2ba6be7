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

/// Tries what the walls are to refuse; says of each try whether a wall refused it (`refused`), it failed for another reason
/// (`failed`), or it came through (null).
const ATTEMPTS: &str = r#"
import errno, os, socket, tempfile

# What Landlock and seccomp answer; a limit of memory is Python's own error.
WALLS = {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EAFNOSUPPORT}

def tried(attempt):
    try:
        attempt()
    except ConnectionRefusedError:
        # That was an answer.
        return None
    except BaseException as error:
        wall = isinstance(error, MemoryError) or getattr(error, "errno", None) in WALLS
        return {"refused" if wall else "failed": f"{type(error).__name__}: {error}"}
    return None

def write():
    handle, path = tempfile.mkstemp(prefix="aerie-doctor-", dir="/var/tmp")
    os.close(handle)
    os.unlink(path)

def connect():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as one:
        one.settimeout(1)
        one.connect(("127.0.0.1", 9))

def send():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"x", ("127.0.0.1", 9))

def fork():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)

results = {
    "read a file outside": tried(lambda: open("/etc/passwd").read()),
    "write a file outside": tried(write),
    "open a TCP connection": tried(connect),
    "send a UDP packet": tried(send),
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
            checks.extend(tries.map(|(attempt, became)| attempted(attempt, became, processes)));
            if let Some(error) = report.outcome.error {
                checks.push(Check::new(PLACE, "walls", Verdict::Wrong, format!("{}: {}", error.kind, error.message)));
            }
        }
        Err(error) => checks.push(Check::new(PLACE, "walls", Verdict::Wrong, error.to_string())),
    }
    checks
}

/// One attempt to get out, and what became of it.
fn attempted(attempt: &str, became: &Value, processes: bool) -> Check {
    let name = format!("may not {attempt}");
    let why = |how: &str| became.get(how).and_then(Value::as_str);
    if let Some(refused) = why("refused") {
        return Check::new(PLACE, &name, Verdict::Ok, refused);
    }
    if processes && attempt == "start a process" {
        return Check::new(PLACE, &name, Verdict::Ok, "it may: execution.local.processes is set");
    }
    if let Some(failed) = why("failed") {
        return Check::new(PLACE, &name, Verdict::Warning, format!("it could not, but no wall refused it: {failed}"))
            .with_advice("Whether the wall for it stands is said above.");
    }
    Check::new(PLACE, &name, Verdict::Wrong, "it could")
        .with_advice("The wall for it does not stand here: see above, or run such programs in the sandbox.")
}

/// The walls that stand, and those that do not.
fn standing(walls: &Walls) -> Vec<Check> {
    let mut checks = vec![Check::new(PLACE, "walls that stand", Verdict::Ok, walls.standing.join(", "))];
    let offered = probe(None);
    for missing in &walls.missing {
        // What no setting and no other user could have is nothing to be done about.
        let grave =
            ["files", "truncation", "syscalls", "privileges", "memory", "cpu_time"].contains(&missing.wall.as_str());
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_a_wall_refused_is_refused() {
        let verdict = |became: Value, processes| attempted("start a process", &became, processes).verdict;
        assert_eq!(verdict(json!({ "refused": "PermissionError" }), false), Verdict::Ok);
        assert_eq!(verdict(json!({ "failed": "TimeoutError" }), false), Verdict::Warning);
        assert_eq!(verdict(json!(null), false), Verdict::Wrong);
        assert_eq!(verdict(json!("?"), false), Verdict::Wrong);
        assert_eq!(verdict(json!(null), true), Verdict::Ok);
        assert_eq!(attempted("open a TCP connection", &json!(null), true).verdict, Verdict::Wrong);
    }

    /// Behind no wall at all, nothing counts as refused but what the limits of memory refuse.
    #[test]
    fn without_walls_nothing_is_taken_for_refused() {
        let told = std::process::Command::new("python3")
            .args(["-c", &format!("{ATTEMPTS}\nimport json; print(json.dumps(results))")])
            .output()
            .unwrap();
        let results: Value = serde_json::from_slice(&told.stdout).unwrap();
        for attempt in ["open a TCP connection", "send a UDP packet", "write a file outside", "start a process"] {
            assert_eq!(attempted(attempt, &results[attempt], false).verdict, Verdict::Wrong, "{attempt}: {results}");
        }
        let ours = std::fs::read_dir("/var/tmp").unwrap().flatten();
        let left = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with("aerie-doctor-");
        assert!(!ours.into_iter().any(|entry| left(&entry.file_name())), "a file is left");
    }

    #[test]
    fn the_walls_round_the_gate_are_the_grave_ones() {
        for wall in ["files", "truncation", "syscalls", "privileges"] {
            let missing = vec![crate::execution::MissingWall { wall: wall.to_owned(), why: "old".to_owned() }];
            let checks = standing(&Walls { standing: Vec::new(), missing });
            assert!(checks.iter().any(|check| check.verdict == Verdict::Warning), "{wall}");
        }
    }
}
