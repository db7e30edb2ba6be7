//! Who a kernel is, the walls around it, other kernels, and the server's secrets.

use serde::Deserialize;

use super::facts::{Facts, Judged, Promise, Scope, ok, warning, wrong};
use super::{listed, short};

/// What the probe calls a kernel without `kernel_supervisor.py`.
pub(super) const UNSUPERVISED: &str = "unsupervised";
/// The first version of Landlock that keeps signals in (Linux 6.12).
const SIGNALS: u32 = 6;
/// The only secret that is none.
const DIGEST: &str = "aerie_token_digest";

const NEWER: &str = "Kernels can end each other, and their supervisors: Linux 6.12 or newer keeps them apart.";
const APART: &str =
    "Kernels of this server reach each other: a newer Linux, Docker 23 or newer, or a container for each user.";

pub(super) const PROMISES: &[Promise] = &[
    ("supervised", Scope::Every, supervised),
    ("walls", Scope::Ours, walls),
    ("supervisor out of reach", Scope::Supervised, supervisor),
    ("other processes", Scope::Ours, processes),
    ("connection files", Scope::Ours, connection_files),
    ("transport", Scope::Ours, transport),
    ("deleted is gone", Scope::Every, deleted),
    ("token unknown to kernels", Scope::Every, token),
    ("secrets", Scope::Every, secrets),
    ("environment", Scope::Every, environment),
    ("not root", Scope::Every, not_root),
    ("capabilities", Scope::Ours, capabilities),
    ("new privileges", Scope::Ours, new_privileges),
    ("seccomp", Scope::Ours, seccomp),
    ("modes of files", Scope::Ours, modes),
];

fn supervised(facts: &Facts) -> Judged {
    let walls: String = facts.of("walls")?;
    if walls == UNSUPERVISED {
        let advice = "Leftovers of one execution may reach the next: use deploy/jupyter's kernelspecs.";
        return warning("kernels are not started by kernel_supervisor.py", advice);
    }
    ok("by kernel_supervisor.py")
}

fn walls(facts: &Facts) -> Judged {
    let walls: String = facts.of("walls")?;
    match walls.strip_prefix("landlock ").map(str::parse::<u32>) {
        Some(Ok(version)) if version >= SIGNALS => ok(format!("Landlock {version}")),
        Some(Ok(version)) => warning(format!("Landlock {version}"), NEWER),
        _ => warning(format!("no Landlock ({})", short(&walls)), APART),
    }
}

fn supervisor(facts: &Facts) -> Judged {
    #[derive(Deserialize)]
    struct Supervisor {
        signals_reach: bool,
    }
    if facts.of::<Supervisor>("supervisor")?.signals_reach {
        return warning("a kernel can end what watches it", NEWER);
    }
    ok("signals do not reach it")
}

fn processes(facts: &Facts) -> Judged {
    #[derive(Deserialize)]
    struct Processes {
        visible: u64,
        environment_readable: u64,
        memory_readable: u64,
        signals_reach: u64,
    }
    let Processes { visible, environment_readable, memory_readable, signals_reach } = facts.of("processes")?;
    let reached = [
        (memory_readable, "memory is readable"),
        (environment_readable, "environment is readable"),
        (signals_reach, "signals reach"),
    ];
    let reached: Vec<String> =
        reached.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("of {count} {what}")).collect();
    let found = format!("{visible} seen; {}", reached.join(", "));
    if environment_readable > 0 || memory_readable > 0 {
        return wrong(found, APART);
    }
    if signals_reach > 0 {
        return warning(found, NEWER);
    }
    ok(format!("{visible} seen, none reached"))
}

#[derive(Deserialize)]
struct Connection {
    transport: String,
    encrypted: bool,
    listed: Vec<String>,
    readable: Vec<String>,
}

fn connection_files(facts: &Facts) -> Judged {
    let Connection { listed: seen, readable, .. } = facts.of("connection")?;
    if !readable.is_empty() {
        let advice = "A kernel can run code in another: walls, or a container for each user, keep them apart.";
        return wrong(format!("those of other kernels can be read: {}", listed(&readable)), advice);
    }
    if !seen.is_empty() {
        return warning(format!("beside its own it sees {}", listed(&seen)), "Use kernel_supervisor.py.");
    }
    ok("those of other kernels are out of reach")
}

fn transport(facts: &Facts) -> Judged {
    let Connection { transport, encrypted, .. } = facts.of("connection")?;
    let found = format!("{}, {}", short(&transport), if encrypted { "encrypted" } else { "not encrypted" });
    if transport == "ipc" && encrypted {
        return ok(found);
    }
    warning(
        found,
        "Set KernelManager.transport = \"ipc\" and MappingKernelManager.transport_encryption = \"required\".",
    )
}

fn deleted(facts: &Facts) -> Judged {
    match facts.of("deleted")? {
        Some(false) => ok("the process of a deleted kernel has ended"),
        Some(true) => wrong("the process of a deleted kernel runs on", "See the server's log."),
        None => Err("the kernel before did not say which process it was".to_owned()),
    }
}

fn token(facts: &Facts) -> Judged {
    match facts.of::<Option<Vec<String>>>("token")? {
        None => ok("there is none to look for"),
        Some(places) if places.is_empty() => ok("not found in a kernel"),
        Some(places) => {
            let advice = "A program can start kernels of its own: give the server a digest, as deploy/jupyter does, \
                          or a file that kernels cannot read, not JUPYTER_TOKEN.";
            wrong(format!("found in {}", listed(&places)), advice)
        }
    }
}

fn secrets(facts: &Facts) -> Judged {
    let found: Vec<String> = facts.of("secrets")?;
    let others: Vec<&String> = found.iter().filter(|name| *name != DIGEST).collect();
    if others.is_empty() {
        return ok("none");
    }
    warning(format!("readable: {}", listed(&others)), "Mount no secrets into this container.")
}

fn environment(facts: &Facts) -> Judged {
    #[derive(Deserialize)]
    struct Environment {
        suspicious: Vec<String>,
    }
    let Environment { suspicious } = facts.of("environment")?;
    if suspicious.is_empty() {
        return ok("nothing that looks like a secret");
    }
    warning(listed(&suspicious), "Unset them for the server, or start kernels by kernel_supervisor.py.")
}

#[derive(Deserialize)]
struct User {
    uid: u32,
    capabilities: u64,
    bounding: u64,
    no_new_privileges: bool,
    seccomp: u32,
}

fn not_root(facts: &Facts) -> Judged {
    match facts.of::<User>("user")?.uid {
        0 => wrong("kernels run as root", "Set `user:` in compose, or `USER` in the image."),
        uid => ok(format!("user {uid}")),
    }
}

fn capabilities(facts: &Facts) -> Judged {
    const ADVICE: &str = "Set `cap_drop: [ALL]`.";
    let User { capabilities, bounding, .. } = facts.of("user")?;
    match (capabilities, bounding) {
        (0, 0) => ok("none"),
        (0, bounding) => warning(format!("none, but programs with more rights could have {bounding:#x}"), ADVICE),
        (held, _) => wrong(format!("{held:#x}"), ADVICE),
    }
}

fn new_privileges(facts: &Facts) -> Judged {
    if facts.of::<User>("user")?.no_new_privileges {
        return ok("cannot be had");
    }
    warning("setuid programs give them", "Set `security_opt: [no-new-privileges:true]`.")
}

fn seccomp(facts: &Facts) -> Judged {
    match facts.of::<User>("user")?.seccomp {
        2 => ok("a filter"),
        _ => warning("no filter", "Do not run with `seccomp=unconfined`."),
    }
}

fn modes(facts: &Facts) -> Judged {
    const ADVICE: &str =
        "One kernel can close others' folders: start kernels by kernel_supervisor.py, on x86_64 or aarch64.";
    if facts.of::<bool>("modes")? { warning("can be changed", ADVICE) } else { ok("cannot be changed") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::facts::tests::{verdict, with};
    use super::*;
    use crate::cli::doctor::check::Verdict::{Ok as Good, Warning, Wrong};

    #[test]
    fn walls_are_judged_by_their_version() {
        for (walls, expected) in [
            ("landlock 6", Good),
            ("landlock 12", Good),
            ("landlock 5", Warning),
            ("landlock 0", Warning),
            ("landlock", Warning),
            ("landlock -1", Warning),
            ("none", Warning),
            ("", Warning),
        ] {
            assert_eq!(verdict(&with("walls", &json!(walls)), "walls"), expected, "{walls}");
        }
        assert_eq!(verdict(&with("walls", &json!(UNSUPERVISED)), "supervised"), Warning);
    }

    #[test]
    fn broken_promises_are_wrong_or_warned_of() {
        let user = |uid: u32, capabilities: u64, bounding: u64| {
            json!({
                "uid": uid, "capabilities": capabilities, "bounding": bounding,
                "no_new_privileges": false, "seccomp": 0,
            })
        };
        let processes = |environment: u32, memory: u32, signals: u32| {
            json!({
                "visible": 9, "environment_readable": environment, "memory_readable": memory, "signals_reach": signals,
            })
        };
        let connection = |transport: &str, listed: &[&str], readable: &[&str]| json!({ "transport": transport, "encrypted": true, "listed": listed, "readable": readable });
        let table = [
            ("supervisor out of reach", "supervisor", json!({ "signals_reach": true }), Warning),
            ("other processes", "processes", processes(0, 0, 2), Warning),
            ("other processes", "processes", processes(1, 0, 2), Wrong),
            ("other processes", "processes", processes(0, 1, 0), Wrong),
            ("connection files", "connection", connection("ipc", &["x"], &[]), Warning),
            ("connection files", "connection", connection("ipc", &[], &["x"]), Wrong),
            ("transport", "connection", connection("tcp", &[], &[]), Warning),
            ("deleted is gone", "deleted", json!(true), Wrong),
            ("deleted is gone", "deleted", json!(null), Warning),
            ("token unknown to kernels", "token", json!(["environment: JUPYTER_TOKEN"]), Wrong),
            ("token unknown to kernels", "token", json!(null), Good),
            ("secrets", "secrets", json!([DIGEST, "password"]), Warning),
            ("environment", "environment", json!({ "suspicious": ["API_KEY"] }), Warning),
            ("not root", "user", user(0, 0, 0), Wrong),
            ("capabilities", "user", user(1, 1, 1), Wrong),
            ("capabilities", "user", user(1, 0, 1), Warning),
            ("new privileges", "user", user(1, 0, 0), Warning),
            ("seccomp", "user", user(1, 0, 0), Warning),
            ("modes of files", "modes", json!(true), Warning),
        ];
        for (name, fact, value, expected) in table {
            assert_eq!(verdict(&with(fact, &value), name), expected, "{name}: {value}");
        }
    }
}
