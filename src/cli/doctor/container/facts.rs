//! [`Facts`]: what the probe (`runtimes/outside/probe.py`) found in a kernel, and which promise each fact keeps or breaks.
//!
//! A kernel may say anything: what cannot be read is a warning, never a promise kept.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{around, beyond, limits, short};
use crate::cli::doctor::check::{Check, Verdict};

/// What one kernel found around it.
#[derive(Debug)]
pub(super) struct Facts {
    report: Map<String, Value>,
    /// Seconds since 1970 here, when it was found.
    pub(super) now: f64,
}

/// What a fact means.
#[derive(Debug, PartialEq)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) found: String,
    pub(super) advice: Option<&'static str>,
}

/// `Err`: why it could not be found out.
pub(super) type Judged = Result<Finding, String>;

#[expect(clippy::unnecessary_wraps, reason = "judges return it as it is")]
pub(super) fn ok(found: impl Into<String>) -> Judged {
    Ok(Finding { verdict: Verdict::Ok, found: found.into(), advice: None })
}

#[expect(clippy::unnecessary_wraps, reason = "judges return it as it is")]
pub(super) fn warning(found: impl Into<String>, advice: &'static str) -> Judged {
    Ok(Finding { verdict: Verdict::Warning, found: found.into(), advice: Some(advice) })
}

#[expect(clippy::unnecessary_wraps, reason = "judges return it as it is")]
pub(super) fn wrong(found: impl Into<String>, advice: &'static str) -> Judged {
    Ok(Finding { verdict: Verdict::Wrong, found: found.into(), advice: Some(advice) })
}

/// Where a promise holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Of every server.
    Every,
    /// Of one that is set up as deploy/jupyter; of others it is told that they do not keep it.
    Ours,
    /// Only where kernels have a supervisor.
    Supervised,
}

pub(super) type Promise = (&'static str, Scope, fn(&Facts) -> Judged);

impl Facts {
    /// Reads what the probe printed, whatever else was printed.
    pub(super) fn read(said: &str, now: f64) -> Option<Self> {
        let report = said.lines().rev().find_map(|line| serde_json::from_str(line.trim()).ok())?;
        Some(Self { report, now })
    }

    /// One fact.
    pub(super) fn of<T: DeserializeOwned>(&self, fact: &str) -> Result<T, String> {
        let told = self.report.get(fact).ok_or("the probe does not say it")?;
        if let Some(error) = told.get("error") {
            return Err(error.as_str().map_or_else(|| "the probe failed".to_owned(), short));
        }
        let value = told.get("value").ok_or("the probe does not say it")?;
        T::deserialize(value).map_err(|error| short(&format!("the probe's answer makes no sense: {error}")))
    }

    /// Whether the kernel runs behind `kernel_supervisor.py`.
    pub(super) fn supervised(&self) -> bool {
        self.of::<String>("walls").is_ok_and(|walls| walls != around::UNSUPERVISED)
    }
}

/// All promises that a kernel can see.
pub(super) fn judged(place: &str, facts: &Facts) -> Vec<Check> {
    let supervised = facts.supervised();
    let promises = around::PROMISES.iter().chain(beyond::PROMISES).chain(limits::PROMISES);
    promises.filter_map(|promise| one(place, facts, *promise, supervised)).collect()
}

fn one(place: &str, facts: &Facts, (name, scope, judge): Promise, supervised: bool) -> Option<Check> {
    if scope == Scope::Supervised && !supervised {
        return None;
    }
    Some(match judge(facts) {
        Ok(Finding { verdict, found, advice }) => {
            let most = if scope == Scope::Ours && !supervised { Verdict::Warning } else { Verdict::Wrong };
            let check = Check::new(place, name, verdict.min(most), found);
            advice.into_iter().fold(check, Check::with_advice)
        }
        Err(why) => Check::new(place, name, Verdict::Warning, format!("could not be found out: {why}")),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// What a kernel of deploy/jupyter on a new Linux says.
    pub(in crate::cli::doctor::container) fn good() -> Value {
        let folder = json!({ "path": "/kernels/x", "mode": "drwx------", "mine": true, "entries": [] });
        let facts = json!({
            "python": { "version": "3.13.9", "implementation": "CPython" },
            "packages": { "numpy": "2.3", "scipy": "1.16", "pandas": "2.3", "matplotlib": "3.10", "ipykernel": "7.1.0" },
            "user": {
                "uid": 10001, "capabilities": 0, "bounding": 0, "no_new_privileges": true, "seccomp": 2,
            },
            "walls": "landlock 7",
            "modes": false,
            "root": { "read_only": true },
            "writable": [],
            "folders": { "home": folder, "temporary": folder, "working": folder },
            "leftovers": { "/tmp": [], "/var/tmp": "EACCES" },
            "processes": {
                "visible": 3, "kernels": 1, "environment_readable": 0, "memory_readable": 0, "signals_reach": 0,
            },
            "deleted": false,
            "supervisor": { "parent": "python3", "signals_reach": false },
            "connection": { "transport": "ipc", "encrypted": true, "listed": [], "readable": [] },
            "environment": { "names": ["PATH"], "suspicious": [] },
            "token": [],
            "secrets": ["aerie_token_digest"],
            "network": {
                "tcp": { "1.1.1.1:443": "EACCES" }, "gateways": { "172.18.0.1:22": "EACCES" },
                "udp": { "192.0.2.1": "ENETUNREACH" }, "default_route": false,
            },
            "names": "refused: [Errno -3] Temporary failure in name resolution",
            "ports": { "8888": "EACCES" },
            "limits": {
                "as": [4_294_967_296_u64, 4_294_967_296_u64], "data": [null, null], "cpu": [1200, 1201],
                "fsize": [536_870_912, 536_870_912], "nproc": [null, null], "core": [0, 0],
            },
            "cgroup": { "memory": "8589934592", "swap": "0", "cpu": "400000 100000", "processes": "1024" },
            "clock": { "unix": 1000.5 },
            "shared_memory": true,
        });
        facts.as_object().unwrap().iter().map(|(name, value)| (name.clone(), json!({ "value": value }))).collect()
    }

    /// The same, with one fact otherwise.
    pub(in crate::cli::doctor::container) fn with(fact: &str, value: &Value) -> Facts {
        let mut report = good();
        report[fact] = json!({ "value": value });
        facts(&report)
    }

    pub(in crate::cli::doctor::container) fn facts(report: &Value) -> Facts {
        Facts::read(&report.to_string(), 1000.0).unwrap()
    }

    /// How one promise comes out.
    pub(in crate::cli::doctor::container) fn verdict(facts: &Facts, name: &str) -> Verdict {
        let checks = judged("p", facts);
        checks.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("no check {name}")).verdict
    }

    #[test]
    fn a_deployment_as_it_should_be_is_all_ok() {
        let checks = judged("p", &facts(&good()));
        let not: Vec<&Check> = checks.iter().filter(|check| check.verdict != Verdict::Ok).collect();
        assert!(not.is_empty(), "{not:?}");
        assert_eq!(checks.len(), around::PROMISES.len() + beyond::PROMISES.len() + limits::PROMISES.len());
    }

    #[test]
    fn what_is_missing_or_makes_no_sense_is_never_ok() {
        for told in [json!(null), json!({}), json!({ "error": "OSError: no" }), json!({ "error": [1] })] {
            let report: Value = good()
                .as_object()
                .unwrap()
                .keys()
                .map(|fact| (fact.clone(), told.clone()))
                .collect::<Map<_, _>>()
                .into();
            for check in judged("p", &facts(&report)).into_iter().chain(judged("p", &facts(&json!({})))) {
                // That one is told, and promised nowhere.
                assert!(check.verdict == Verdict::Warning || check.name == "multiprocessing", "{told} {check:?}");
            }
        }
    }

    #[test]
    fn hostile_answers_are_shown_short_and_panic_nothing() {
        let long = "x\u{1b}[2J".repeat(10_000);
        let hostile = [
            json!(long),
            json!([long]),
            json!({ long.clone(): long }),
            json!(-1),
            json!(1e308),
            json!(true),
            json!([[]]),
            json!(vec![(); 1000]),
            json!({ "uid": -1, "tcp": 1, "as": [] , "memory": 7, "unix": "now" }),
        ];
        for value in &hostile {
            for fact in good().as_object().unwrap().keys() {
                for check in judged("p", &with(fact, value)) {
                    assert!(check.found.chars().count() < 2_500, "{fact}: {}", check.found.len());
                    assert!(!check.found.contains('\u{1b}'), "{fact}: {check:?}");
                }
            }
        }
    }

    #[test]
    fn the_report_is_found_among_other_output() {
        let said = format!("welcome\n{}\n\nbye {{\n", good());
        assert!(Facts::read(&said, 0.0).unwrap().supervised());
        for said in ["", "\n\n", "[]", "null", "{\"python\": ", "\"walls\""] {
            assert!(Facts::read(said, 0.0).is_none(), "{said}");
        }
    }

    #[test]
    fn a_server_that_promised_nothing_is_warned_of_and_not_wrong() {
        let mut report = good();
        report["walls"] = json!({ "value": "unsupervised" });
        report["limits"] = json!({ "value": { "as": [null, null] } });
        report["cgroup"] = json!({ "value": {} });
        report["connection"] =
            json!({ "value": { "transport": "tcp", "encrypted": false, "listed": [], "readable": ["kernel-1.json"] } });
        let checks = judged("p", &facts(&report));
        assert!(checks.iter().all(|check| check.verdict != Verdict::Wrong), "{checks:?}");
        assert!(checks.iter().all(|check| check.name != "supervisor out of reach"));
        report["token"] = json!({ "value": ["environment: JUPYTER_TOKEN"] });
        assert_eq!(verdict(&facts(&report), "token unknown to kernels"), Verdict::Wrong);
        report["network"]["value"]["tcp"]["1.1.1.1:443"] = json!("reached");
        assert_eq!(verdict(&facts(&report), "no way out"), Verdict::Wrong);
    }
}
