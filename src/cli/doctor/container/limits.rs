//! What a kernel may use, and what it has: limits, Python, packages, the clock.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::facts::{Facts, Judged, Promise, Scope, ok, warning, wrong};
use super::{listed, short};
use crate::execution::format_bytes;

/// What programs expect to be there.
const EXPECTED: &[&str] = &["numpy", "scipy", "pandas", "matplotlib"];

pub(super) const PROMISES: &[Promise] = &[
    ("memory limit", Scope::Ours, memory),
    ("CPU limit", Scope::Ours, cpu),
    ("process limit", Scope::Ours, processes),
    ("file limit", Scope::Ours, files),
    ("core files", Scope::Ours, core),
    ("Python", Scope::Every, python),
    ("packages", Scope::Every, packages),
    ("multiprocessing", Scope::Every, multiprocessing),
    ("clock", Scope::Every, clock),
];

/// Soft and hard limits of a process; `None` is none.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Limits {
    r#as: (Option<u64>, Option<u64>),
    data: (Option<u64>, Option<u64>),
    cpu: (Option<u64>, Option<u64>),
    fsize: (Option<u64>, Option<u64>),
    nproc: (Option<u64>, Option<u64>),
    core: Option<(Option<u64>, Option<u64>)>,
}

/// Limits of the container.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Cgroup {
    memory: Option<String>,
    cpu: Option<String>,
    processes: Option<String>,
}

/// Of a limit of each process and one of all together: both, one, or neither.
fn both(each: Option<String>, all: Option<String>, advice: &'static str) -> Judged {
    match (each, all) {
        (Some(each), Some(all)) => ok(format!("{each} for each process, {all} for all")),
        (Some(each), None) => warning(format!("{each} for each process, none for all together"), advice),
        (None, Some(all)) => warning(format!("{all} for all, none for each process"), advice),
        (None, None) => wrong("none", advice),
    }
}

fn bytes_of(text: &str) -> String {
    text.parse().map_or_else(|_| short(text), format_bytes)
}

fn memory(facts: &Facts) -> Judged {
    let (limits, cgroup) = (facts.of::<Limits>("limits")?, facts.of::<Cgroup>("cgroup")?);
    let each = limits.r#as.0.or(limits.data.0).map(format_bytes);
    both(each, cgroup.memory.as_deref().map(bytes_of), "Set AERIE_KERNEL_MEMORY, and mem_limit of the container.")
}

fn cpu(facts: &Facts) -> Judged {
    let (limits, cgroup) = (facts.of::<Limits>("limits")?, facts.of::<Cgroup>("cgroup")?);
    let all = cgroup.cpu.as_deref().map(|quota| {
        let mut parts = quota.split_ascii_whitespace().map(str::parse::<f64>);
        match (parts.next(), parts.next()) {
            (Some(Ok(quota)), Some(Ok(period))) if period > 0.0 => format!("{} CPUs", quota / period),
            _ => format!("{} µs", short(quota)),
        }
    });
    let each = limits.cpu.0.map(|seconds| format!("{seconds} s"));
    both(each, all, "Set AERIE_KERNEL_CPU_SECONDS, and cpus of the container.")
}

fn processes(facts: &Facts) -> Judged {
    /// More than this is no limit.
    const MANY: u64 = 5_000;
    const ADVICE: &str = "Set pids_limit of the container.";
    if let Some(most) = facts.of::<Cgroup>("cgroup")?.processes {
        return ok(short(&most));
    }
    match facts.of::<Limits>("limits")?.nproc.0 {
        Some(most) if most < MANY => warning(format!("{most} of the user, none of the container"), ADVICE),
        _ => wrong("none", ADVICE),
    }
}

fn files(facts: &Facts) -> Judged {
    match facts.of::<Limits>("limits")?.fsize.0 {
        Some(most) => ok(format_bytes(most)),
        None => warning("none", "Set AERIE_KERNEL_FILE_BYTES."),
    }
}

fn core(facts: &Facts) -> Judged {
    match facts.of::<Limits>("limits")?.core {
        Some((Some(0), _)) => ok("none"),
        Some(_) => warning("they are written", "Set `ulimits: {core: 0}`: they hold the memory of a program."),
        None => Err("the probe does not say it".to_owned()),
    }
}

fn python(facts: &Facts) -> Judged {
    #[derive(Deserialize)]
    struct Python {
        version: String,
        implementation: String,
    }
    const ADVICE: &str = "The guest needs CPython 3.10 or newer, and is tried with 3.11 and newer.";
    let Python { version, implementation } = facts.of("python")?;
    let found = format!("{} {}", short(&implementation), short(&version));
    let mut numbers = version.split('.').map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
        return Err(format!("`{}` is no version", short(&version)));
    };
    match (major, minor) {
        _ if implementation != "CPython" => wrong(found, ADVICE),
        (3, 11..) => ok(found),
        (3, 10) => warning(found, ADVICE),
        _ => wrong(found, ADVICE),
    }
}

fn packages(facts: &Facts) -> Judged {
    const ADVICE: &str = "Add them to requirements.txt, and build the image again.";
    let installed: BTreeMap<String, String> = facts.of("packages")?;
    let version = |name: &str| installed.iter().find(|(there, _)| there.eq_ignore_ascii_case(name)).map(|(_, at)| at);
    let Some(ipykernel) = version("ipykernel") else { return wrong("there is no ipykernel", ADVICE) };
    let missing: Vec<&str> = EXPECTED.iter().copied().filter(|name| version(name).is_none()).collect();
    if !missing.is_empty() {
        return warning(format!("missing: {}", listed(&missing)), ADVICE);
    }
    if ipykernel.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_none_or(|major| major < 6) {
        return warning(format!("ipykernel {}", short(ipykernel)), "Use ipykernel 6 or newer.");
    }
    ok(format!("{}, with {}", installed.len(), EXPECTED.join(", ")))
}

/// Promised nowhere: it is only told.
fn multiprocessing(facts: &Facts) -> Judged {
    match facts.of::<bool>("shared_memory") {
        Ok(true) => ok("with locks and pools"),
        Ok(false) => Err("the probe's answer makes no sense".to_owned()),
        Err(_) => ok("locks and pools are not available (AERIE_KERNEL_WRITE=/dev/shm opens them)"),
    }
}

fn clock(facts: &Facts) -> Judged {
    #[derive(Deserialize)]
    struct Clock {
        unix: f64,
    }
    const ADVICE: &str = "Times of results will be wrong: synchronise the clocks (NTP).";
    let off = facts.of::<Clock>("clock")?.unix - facts.now;
    let found = format!("{off:+.1} s");
    match off.abs() {
        off if off <= 2.0 => ok("as here"),
        off if off <= 60.0 => warning(short(&found), ADVICE),
        _ => wrong(short(&found), ADVICE),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::facts::tests::{facts, good, verdict, with};
    use super::*;
    use crate::cli::doctor::check::Verdict::{Ok as Good, Warning, Wrong};

    fn limited(limits: &Value, cgroup: &Value) -> Facts {
        let mut report = good();
        report["limits"] = json!({ "value": limits });
        report["cgroup"] = json!({ "value": cgroup });
        facts(&report)
    }

    #[test]
    fn a_limit_of_each_process_and_one_of_all_make_it_whole() {
        let both = limited(
            &json!({ "data": [1000, null], "cpu": [5, 6] }),
            &json!({ "memory": "1000", "cpu": "100000 100000" }),
        );
        let each = limited(&json!({ "as": [1000, 1000], "cpu": [5, 6], "nproc": [100, 100] }), &json!({}));
        let all =
            limited(&json!({ "nproc": [50_000, 50_000] }), &json!({ "memory": "x", "cpu": "-", "processes": "5" }));
        let none = limited(&json!({ "nproc": [50_000, null], "core": [null, null] }), &json!({}));
        for (name, expected) in
            [("memory limit", [Good, Warning, Warning, Wrong]), ("CPU limit", [Good, Warning, Warning, Wrong])]
        {
            assert_eq!([&both, &each, &all, &none].map(|facts| verdict(facts, name)), expected, "{name}");
        }
        assert_eq!([&each, &all, &none].map(|facts| verdict(facts, "process limit")), [Warning, Good, Wrong]);
        assert_eq!(verdict(&none, "file limit"), Warning);
        assert_eq!([&none, &both].map(|facts| verdict(facts, "core files")), [Warning, Warning]);
    }

    #[test]
    fn pythons_and_packages_that_do_not_fit_are_said() {
        let python = |version: &str, implementation: &str| {
            verdict(&with("python", &json!({ "version": version, "implementation": implementation })), "Python")
        };
        for (version, expected) in [
            ("3.11.7", Good),
            ("3.14.0rc1", Good),
            ("3.10.2", Warning),
            ("3.9.18", Wrong),
            ("4.0.0", Wrong),
            ("3", Warning),
            ("", Warning),
        ] {
            assert_eq!(python(version, "CPython"), expected, "{version}");
        }
        assert_eq!(python("3.11.7", "PyPy"), Wrong);
        let packages = |packages: Value| verdict(&with("packages", &packages), "packages");
        assert_eq!(packages(json!({})), Wrong);
        assert_eq!(packages(json!({ "ipykernel": "7.1.0", "NumPy": "1" })), Warning);
        let mut old = good()["packages"]["value"].clone();
        old["ipykernel"] = json!("5.5");
        assert_eq!(packages(old), Warning);
    }

    #[test]
    fn clocks_that_differ_are_said() {
        for (unix, expected) in [
            (json!(1001.9), Good),
            (json!(998.5), Good),
            (json!(940.5), Warning),
            (json!(1100), Wrong),
            (json!("x"), Warning),
        ] {
            assert_eq!(verdict(&with("clock", &json!({ "unix": unix })), "clock"), expected, "{unix}");
        }
    }

    #[test]
    fn multiprocessing_is_only_told() {
        let mut report = good();
        report["shared_memory"] = json!({ "error": "OSError: [Errno 13] Permission denied" });
        assert_eq!(verdict(&facts(&report), "multiprocessing"), Good);
    }
}
