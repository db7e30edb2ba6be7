//! What lies before a kernel: files that others wrote or read, and the network.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::facts::{Facts, Judged, Promise, Scope, ok, warning, wrong};
use super::{listed, short};

pub(super) const PROMISES: &[Promise] = &[
    ("root read-only", Scope::Every, root),
    ("private folders", Scope::Ours, folders),
    ("leftovers", Scope::Ours, leftovers),
    ("no way out", Scope::Every, network),
    ("no names resolved", Scope::Every, names),
    ("ports of its own", Scope::Every, ports),
];

fn root(facts: &Facts) -> Judged {
    #[derive(Deserialize)]
    struct Root {
        read_only: Option<bool>,
    }
    const ADVICE: &str =
        "Set `read_only: true`, and tmpfs where needed: what one program writes there, the next one runs.";
    let Root { read_only } = facts.of("root")?;
    let writable: Vec<String> = facts.of("writable")?;
    // Walls may keep a kernel from asking.
    let shared = |place: &&String| ["/tmp", "/var/tmp", "/dev/shm", "/run", "/dev/mqueue"].contains(&place.as_str());
    let grave: Vec<&String> = writable.iter().filter(|place| !shared(place)).collect();
    match (read_only, grave.is_empty(), writable.is_empty()) {
        (_, false, _) => wrong(format!("writable: {}", listed(&grave)), ADVICE),
        (Some(true) | None, true, true) => ok("nothing is writable but the kernel's own folder"),
        (Some(true) | None, true, false) => warning(format!("writable: {}", listed(&writable)), ADVICE),
        (Some(false), true, _) => wrong("it is not, though this kernel may not write there", ADVICE),
    }
}

fn folders(facts: &Facts) -> Judged {
    #[derive(Deserialize)]
    struct Folder {
        path: String,
        mode: String,
        mine: bool,
        entries: Vec<String>,
    }
    const ADVICE: &str = "Other executions read it, or left it: use kernel_supervisor.py.";
    let folders: BTreeMap<String, Folder> = facts.of("folders")?;
    if folders.is_empty() {
        return Err("the probe names none".to_owned());
    }
    for (name, folder) in &folders {
        let Folder { path, mode, mine, entries } = folder;
        let (name, path) = (short(name), short(path));
        if mode != "drwx------" || !mine {
            return wrong(format!("the {name} folder {path} is shared ({})", short(mode)), ADVICE);
        }
        if name == "working" && !entries.is_empty() {
            return wrong(format!("in the {name} folder {path} lies {}", listed(entries)), ADVICE);
        }
    }
    ok("private and fresh")
}

fn leftovers(facts: &Facts) -> Judged {
    let places: BTreeMap<String, Value> = facts.of("leftovers")?;
    let mut found = Vec::new();
    for (place, names) in &places {
        // A text says why it cannot be listed.
        for name in names.as_array().into_iter().flatten() {
            found.push(format!("{place}/{}", name.as_str().unwrap_or("?")));
        }
    }
    if found.is_empty() {
        return ok("none");
    }
    warning(listed(&found), "Remove them, or create the container anew.")
}

fn network(facts: &Facts) -> Judged {
    #[derive(Deserialize)]
    struct Network {
        tcp: BTreeMap<String, String>,
        gateways: BTreeMap<String, String>,
        udp: BTreeMap<String, String>,
        default_route: Option<bool>,
    }
    const ADVICE: &str = "Set `internal: true` for the kernels' networks: a program there goes round the gate.";
    const ROUTE: &str = "Set `internal: true` for the kernels' networks. Docker older than 25 leaves such a route even there, and \
                         its firewall rules alone close it: Docker 26 or newer.";
    const BRIDGE: &str = "Usually the host, on its bridge: Linux 6.7 or newer refuses TCP to kernels of deploy/jupyter; \
                          with Docker 28, `com.docker.network.bridge.gateway_mode_ipv4: isolated`.";
    let Network { tcp, gateways, udp, default_route } = facts.of("network")?;
    if tcp.is_empty() {
        return Err("nothing was tried".to_owned());
    }
    let reached = |tried: &BTreeMap<String, String>| -> Vec<String> {
        tried.iter().filter(|(_, how)| how.starts_with("reached")).map(|(place, _)| place.clone()).collect()
    };
    let (tcp, gateways, udp) = (reached(&tcp), reached(&gateways), reached(&udp));
    if !tcp.is_empty() {
        return wrong(format!("{} can be reached", listed(&tcp)), ADVICE);
    }
    if default_route == Some(true) {
        return wrong("there is a default route, which leads further than was tried", ROUTE);
    }
    if !gateways.is_empty() {
        return wrong(format!("{} can be reached", listed(&gateways)), BRIDGE);
    }
    if !udp.is_empty() {
        return warning("no TCP, but there is a way for other packets", ADVICE);
    }
    if default_route.is_none() {
        return Err("the routes cannot be read".to_owned());
    }
    ok("no default route, and nothing that was tried answers")
}

fn names(facts: &Facts) -> Judged {
    match facts.of::<String>("names") {
        Ok(answer) if answer.starts_with("refused") => ok("refused"),
        // A resolver that is silent tells nobody.
        Err(why) if why.starts_with("no answer") => ok(why),
        Ok(address) => {
            warning(format!("example.com is {}", short(&address)), "DNS carries data out: Docker 26 or newer.")
        }
        Err(why) => Err(why),
    }
}

fn ports(facts: &Facts) -> Judged {
    let ports: BTreeMap<String, Option<String>> = facts.of("ports")?;
    let reached = |how: &Option<String>| how.as_ref().is_some_and(|how| how.starts_with("reached"));
    let reached: Vec<&String> = ports.iter().filter(|(_, how)| reached(how)).map(|(port, _)| port).collect();
    if reached.is_empty() {
        return ok("none can be reached");
    }
    let advice = "The server asks for its token there; nothing else should listen beside kernels.";
    warning(format!("kernels can connect to {}", listed(&reached)), advice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::facts::tests::{good, verdict, with};
    use crate::cli::doctor::check::Verdict::{Ok as Good, Warning, Wrong};

    #[test]
    fn what_lies_open_is_wrong_or_warned_of() {
        let mut folders = good()["folders"]["value"].clone();
        folders["home"]["mode"] = json!("drwxr-xr-x");
        let mut left = good()["folders"]["value"].clone();
        left["working"]["entries"] = json!(["a.txt"]);
        let network = |tcp: &str, bridge: &str, udp: &str, route: bool| {
            json!({
                "tcp": { "1.1.1.1:443": tcp }, "gateways": { "172.18.0.1:22": bridge }, "udp": { "192.0.2.1": udp },
                "default_route": route,
            })
        };
        let mut unknown = network("EACCES", "EACCES", "EACCES", false);
        unknown["default_route"] = json!(null);
        let silent = "TimeoutError('timed out')";
        let table = [
            ("root read-only", "root", json!({ "read_only": false }), Wrong),
            ("root read-only", "root", json!({ "read_only": null, "error": "EACCES" }), Good),
            ("root read-only", "writable", json!(["/tmp"]), Warning),
            ("root read-only", "writable", json!(["/tmp", "/usr/lib/python3/site-packages"]), Wrong),
            ("private folders", "folders", folders, Wrong),
            ("private folders", "folders", left, Wrong),
            ("private folders", "folders", json!({}), Warning),
            ("leftovers", "leftovers", json!({ "/tmp": ["x"], "/home": "EACCES" }), Warning),
            ("no way out", "network", network("reached: ECONNREFUSED", silent, "EACCES", false), Wrong),
            ("no way out", "network", network("ENETUNREACH", "reached: ECONNREFUSED", "ENETUNREACH", false), Wrong),
            ("no way out", "network", network("EACCES", "EACCES", "reached", false), Warning),
            ("no way out", "network", network(silent, silent, "EACCES", true), Wrong),
            ("no way out", "network", network(silent, silent, "EACCES", false), Good),
            ("no way out", "network", json!({ "tcp": {}, "gateways": {}, "udp": {}, "default_route": false }), Warning),
            ("no way out", "network", unknown, Warning),
            ("no names resolved", "names", json!("192.0.2.7"), Warning),
            ("ports of its own", "ports", json!({ "8888": "reached", "1": null }), Warning),
        ];
        for (name, fact, value, expected) in table {
            assert_eq!(verdict(&with(fact, &value), name), expected, "{name}: {value}");
        }
    }
}
