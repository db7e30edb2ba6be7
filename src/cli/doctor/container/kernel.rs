//! Kernels that are started to see how they are: the probe looks around in one, a program of ours runs in another.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::facts::{Facts, judged};
use super::short;
use crate::backend::container::{ContainerBackend, Error};
use crate::backend::{Backend as _, Error as BackendError, Job, Report, Surroundings};
use crate::cli::doctor::check::{Check, Verdict};
use crate::config::Secret;
use crate::execution::{Digest, Status};

/// Looks around and prints what it finds.
const PROBE: &str = include_str!("../../../../runtimes/outside/probe.py");
/// Which process it is, among all that ever had its number: proc(5).
const WHO: &str = r#"
with open("/proc/self/stat") as _file:
    print("\n[%s, \"%s\"]" % (__import__("os").getpid(), _file.read().rpartition(")")[2].split()[19]))
"#;

/// Bytes that go in: more than one message of a server that nobody configured takes.
const BYTES_IN: usize = 12 << 20;
/// Lines that come out, and bytes in one line after them: more than a server passes on that limits the rate of output.
const LINES_OUT: usize = 4_000;
const BYTES_OUT: usize = 4 << 20;

/// Starts kernels one after the other. Says as well whether they are supervised, as those of deploy/jupyter are.
pub(super) async fn look(place: &str, backend: &ContainerBackend, token: Option<&Secret>) -> (Vec<Check>, bool) {
    let (mut checks, mut supervised) = (Vec::new(), false);
    let begun = Instant::now();
    let first = backend.ask(WHO).await;
    checks.push(started(place, begun.elapsed(), first.as_ref().err()));
    if let Ok(said) = first {
        let deleted: Option<Value> = said.lines().rev().find_map(|line| serde_json::from_str(line.trim()).ok());
        let (before, asked) = (now(), backend.ask(&question(token, deleted.as_ref())).await);
        match asked.map(|said| Facts::read(&said, f64::midpoint(before, now()))) {
            Ok(Some(facts)) => {
                supervised = facts.supervised();
                checks.extend(judged(place, &facts));
            }
            Ok(None) => checks.push(Check::new(place, "probe", Verdict::Wrong, "what looks around printed nothing")),
            Err(error) => checks.push(Check::new(place, "probe", Verdict::Wrong, error.to_string())),
        }
        checks.extend(ran(place, &backend.run(job(), Surroundings::default()).await));
    }
    backend.close().await;
    (checks, supervised)
}

/// The probe, with what it must know.
fn question(token: Option<&Secret>, deleted: Option<&Value>) -> String {
    let mut told = serde_json::Map::new();
    if let Some(token) = token.filter(|token| !token.is_empty()) {
        told.insert("token_digest".to_owned(), json!(Digest::of(token.expose().as_bytes()).as_str()));
    }
    // What a kernel said goes back as two plain values, or not at all.
    if let Some((process, since)) = deleted.and_then(process) {
        told.insert("deleted".to_owned(), json!([process, since]));
    }
    format!("PROBE = {}\n{PROBE}", Value::Object(told))
}

fn process(said: &Value) -> Option<(u32, String)> {
    let process = u32::try_from(said.get(0)?.as_u64()?).ok()?;
    let since = said.get(1)?.as_str()?.parse::<u64>().ok()?;
    Some((process, since.to_string()))
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// Whether a kernel started, took the guest, and was deleted.
fn started(place: &str, took: Duration, error: Option<&Error>) -> Check {
    let name = "kernel starts";
    let Some(error) = error else {
        let found = format!("started, made ready and deleted in {} ms", took.as_millis());
        return match took.as_secs() {
            0..5 => Check::new(place, name, Verdict::Ok, found),
            _ => Check::new(place, name, Verdict::Warning, found)
                .with_advice("Executions wait for that: give the server more CPU, or a faster disk."),
        };
    };
    let (name, advice) = match error {
        Error::Unprepared { .. } => ("guest loads", "Use the versions of deploy/jupyter/requirements.txt."),
        Error::NotEnded { .. } => ("deleted is gone", "Kernels stay: see the server's log."),
        Error::Denied { sent: false, .. } => {
            (name, "A Jupyter server that has no token starts no kernels for other programs (XSRF): give it one.")
        }
        _ => (name, "The server's log says why; often AERIE_KERNEL_MEMORY is too low for Python."),
    };
    Check::new(place, name, Verdict::Wrong, error.to_string()).with_advice(advice)
}

/// A program that takes much in and gives much out.
fn job() -> Job {
    let code = format!(
        "for i in range({LINES_OUT}):\n    print(i)\nprint(\"x\" * {BYTES_OUT})\nresults = {{\"came\": len(context[\"data\"])}}\n"
    );
    let mut job = Job::new(code, 0);
    job.context.insert("data".to_owned(), Value::String("d".repeat(BYTES_IN)));
    job.limits.wall = Duration::from_mins(1);
    job
}

/// What became of [`job`].
fn ran(place: &str, report: &Result<Report, BackendError>) -> Vec<Check> {
    let (program, input, output) = ("program runs", "large input", "output complete");
    let outcome = match report {
        Ok(report) if report.outcome.status == Status::Succeeded => &report.outcome,
        Ok(report) => {
            let why = report.outcome.error.as_ref().map(|error| format!("{}: {}", error.kind, error.message));
            let why = short(&why.unwrap_or_else(|| format!("it ended as {:?}", report.outcome.status)));
            return vec![Check::new(place, program, Verdict::Wrong, why)];
        }
        Err(error) => return vec![Check::new(place, program, Verdict::Wrong, error.to_string())],
    };
    let mut checks = vec![Check::new(place, program, Verdict::Ok, "through the guest, with its calls to the host")];
    let came = outcome.results.as_ref().and_then(|results| results.get("came")).and_then(Value::as_u64);
    checks.push(if came == Some(BYTES_IN as u64) {
        Check::new(place, input, Verdict::Ok, "12 MiB came in one piece")
    } else {
        Check::new(place, input, Verdict::Wrong, "12 MiB of context did not come in one piece")
            .with_advice("Report it with the versions of server and packages.")
    });
    let mut lines = outcome.stdout.lines();
    let whole = (0..LINES_OUT).take_while(|number| lines.next() == Some(number.to_string().as_str())).count();
    let long = lines.next().is_some_and(|line| line.len() == BYTES_OUT);
    checks.push(if whole == LINES_OUT && long {
        Check::new(place, output, Verdict::Ok, format!("{LINES_OUT} lines and 4 MiB at once"))
    } else {
        let what = if whole < LINES_OUT { format!("from line {} on", whole + 1) } else { "4 MiB at once".to_owned() };
        Check::new(place, output, Verdict::Wrong, format!("output is lost: {what}"))
            .with_advice("Set ZMQChannelsWebsocketConnection.limit_rate = False.")
    });
    checks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_is_told_the_tokens_digest_and_never_the_token() {
        let text = question(Some(&Secret::new("geheim1234")), Some(&json!([12, "345"])));
        let first = text.lines().next().unwrap();
        let told: Value = serde_json::from_str(first.strip_prefix("PROBE = ").unwrap()).unwrap();
        assert_eq!(told["deleted"], json!([12, "345"]));
        assert!(told["token_digest"].as_str().is_some_and(|digest| digest.len() == 64), "{first}");
        assert!(!text.contains("geheim"));
        assert!(question(None, None).starts_with("PROBE = {}\n"));
        assert!(question(Some(&Secret::new("")), None).starts_with("PROBE = {}\n"));
    }

    #[test]
    fn what_a_kernel_says_of_itself_is_not_run() {
        for said in [
            json!(null),
            json!([]),
            json!([1]),
            json!(["1", "2"]),
            json!([-1, "2"]),
            json!([u64::MAX, "2"]),
            json!([1, "2; import os"]),
            json!({ "0": 1 }),
        ] {
            assert!(question(None, Some(&said)).starts_with("PROBE = {}\n"), "{said}");
        }
    }

    #[test]
    fn each_way_not_to_start_has_its_name() {
        let took = Duration::from_millis(1);
        assert_eq!(started("p", took, None).verdict, Verdict::Ok);
        assert_eq!(started("p", Duration::from_secs(9), None).verdict, Verdict::Warning);
        let kernel = || crate::backend::container::KernelId::try_from("a".to_owned()).unwrap();
        let unprepared = Error::Unprepared { name: "n".to_owned(), message: "m".to_owned() };
        let not_ended = Error::NotEnded { server: "s".to_owned(), kernel: kernel() };
        let denied = Error::Denied { server: "s".to_owned(), sent: false };
        assert!(started("p", took, Some(&denied)).advice.unwrap().contains("no token"));
        let died = Error::Died { kernel: kernel(), reason: "memory".to_owned() };
        for (error, name) in [(unprepared, "guest loads"), (not_ended, "deleted is gone"), (died, "kernel starts")] {
            let check = started("p", took, Some(&error));
            assert_eq!((check.name.as_str(), check.verdict), (name, Verdict::Wrong));
        }
    }

    #[test]
    fn lost_output_is_seen() {
        let verdicts = |stdout: String, came: u64| {
            let outcome: crate::execution::Outcome = serde_json::from_value(json!({
                "status": "succeeded", "exit_code": 0, "results": { "came": came }, "stdout": stdout, "stderr": "",
                "error": null, "usage": crate::execution::Usage::default(), "seed": 0,
            }))
            .unwrap();
            let report = Report { outcome, figures: Vec::new(), artifacts: Vec::new() };
            ran("p", &Ok(report)).into_iter().map(|check| check.verdict).collect::<Vec<_>>()
        };
        let lines = (0..LINES_OUT).fold(String::new(), |lines, number| lines + &format!("{number}\n"));
        let long = "x".repeat(BYTES_OUT);
        let (good, wrong) = (Verdict::Ok, Verdict::Wrong);
        assert_eq!(verdicts(format!("{lines}{long}\n"), BYTES_IN as u64), [good; 3]);
        assert_eq!(verdicts(format!("{lines}{long}\n"), 1), [good, wrong, good]);
        assert_eq!(verdicts(lines.clone(), BYTES_IN as u64), [good, good, wrong]);
        assert_eq!(verdicts(lines.replace("\n77\n", "\n"), BYTES_IN as u64), [good, good, wrong]);
        assert_eq!(verdicts(String::new(), BYTES_IN as u64), [good, good, wrong]);
    }
}
