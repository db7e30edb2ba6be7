//! From what was seen to a word: passed or refused, where it would run, with which rights, and who has to be asked.

use std::time::Duration;

use super::inventory::Inventory;
use super::report::{Asks, BackendKind, Certainty, ExecutionMode, Finding, Operation, Presence, Risk, Severity};
use super::semantic::record::Record;
use super::settings::{ApprovalMode, Settings};

/// What a caller knows of an execution, besides its text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request {
    /// Where it is to run; `None` chooses.
    pub backend: Option<BackendKind>,
    /// Whether it has to be kept from the host and from others.
    pub requires_isolation: bool,
    /// How long it will take, if somebody knows.
    pub expected_time: Option<Duration>,
}

/// The Pythons of the backends, as far as they are known.
#[derive(Debug, Default)]
pub struct Inventories {
    /// Of the sandbox's pack.
    pub wasi: Option<Inventory>,
    /// Of the container's kernels.
    pub container: Option<Inventory>,
    /// Of the host.
    pub local: Option<Inventory>,
}

impl Inventories {
    /// That of one backend.
    pub fn of(&self, backend: BackendKind) -> Option<&Inventory> {
        match backend {
            BackendKind::Wasi => self.wasi.as_ref(),
            BackendKind::Container => self.container.as_ref(),
            BackendKind::Local => self.local.as_ref(),
        }
    }
}

/// Longer executions go to a container: Osprey's page draws the line there.
const LONG: Duration = Duration::from_mins(5);

/// Names whose use does not work in the sandbox at all.
const NEEDS_MORE: &[&str] = &[
    "subprocess",
    "os.system",
    "os.popen",
    "os.fork",
    "multiprocessing",
    "ctypes.CDLL",
    "ctypes.cdll",
    "cffi",
    "socket.socket",
    "socket.create_connection",
    "requests",
    "httpx",
    "urllib.request.urlopen",
    "http.client",
    "threading.Thread",
    "concurrent.futures.ThreadPoolExecutor",
    "concurrent.futures.ProcessPoolExecutor",
    "asyncio.create_subprocess_exec",
    "asyncio.create_subprocess_shell",
    "asyncio.open_connection",
];

/// Where a program should run, and why.
pub(super) fn choose(
    record: &Record,
    inventories: &Inventories,
    request: Request,
    settings: &Settings,
) -> (BackendKind, String) {
    if let Some(backend) = request.backend {
        return (backend, "it was asked for".to_owned());
    }
    if let Some(backend) = settings.backend {
        return (backend, "the configuration says so".to_owned());
    }
    let lacks = |inventory: &Inventory| {
        record.imports.iter().find_map(|import| {
            let root = import.module.split('.').next().unwrap_or(&import.module);
            (!import.relative && !import.conditional && !inventory.has(root)).then(|| root.to_owned())
        })
    };
    let long = request.expected_time.filter(|time| *time > LONG);
    let missing = inventories.wasi.as_ref().map(lacks);
    let more = record
        .uses
        .iter()
        .map(|one| one.path.replace("()", ""))
        .find(|name| {
            NEEDS_MORE
                .iter()
                .any(|wanted| name.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
        })
        .or_else(|| record.operations().iter().find(|seen| seen.around).map(|seen| seen.call.clone()));
    if let (Some(None), None, None) = (&missing, &more, long) {
        let why = if record.operations().is_empty() {
            "the sandbox has all that it imports, and is the fastest and safest place"
        } else {
            "the sandbox has all that it imports, and plans every write before it happens"
        };
        return (BackendKind::Wasi, why.to_owned());
    }
    let not_there = match (&missing, &more) {
        (Some(Some(module)), _) => format!("the sandbox has no `{module}`"),
        (_, Some(name)) => format!("`{name}` does not work in the sandbox"),
        (None, None) => "what the sandbox's pack has is not known".to_owned(),
        (Some(None), None) => "the sandbox would do".to_owned(),
    };
    if request.requires_isolation {
        return (BackendKind::Container, format!("{not_there}, and it has to be isolated"));
    }
    if let Some(time) = long {
        return (BackendKind::Container, format!("it is expected to take {} s", time.as_secs()));
    }
    match inventories.local.as_ref().map(lacks) {
        Some(None) => (BackendKind::Local, format!("{not_there}, and the host's Python has all that it imports")),
        Some(Some(module)) => (BackendKind::Container, format!("{not_there}, and the host's Python has no `{module}`")),
        None => (BackendKind::Local, format!("{not_there}, and nothing else needs a container")),
    }
}

/// Whether writes (reads) are certain, possible or not there.
pub(super) fn presence(operations: &[Operation], wanted: impl Fn(&Operation) -> bool) -> Presence {
    let mut presence = Presence::None;
    for operation in operations.iter().filter(|operation| wanted(operation)) {
        presence = presence.max(match operation.certainty {
            Certainty::Certain => Presence::Certain,
            Certainty::Possible => Presence::Possible,
        });
    }
    presence
}

/// Whether a person has to be asked, by whom that is wanted, and why.
pub(super) fn approval(
    settings: &Settings,
    writes: Presence,
    backend: BackendKind,
    site: &[String],
) -> (bool, Asks, String) {
    if let Some(reason) = site.first() {
        return (true, Asks::Site, format!("the site's policy asks for it: {reason}"));
    }
    if !settings.approval_enabled {
        return (false, Asks::Nobody, "approval is switched off for Python".to_owned());
    }
    match (settings.approval, writes) {
        (ApprovalMode::Disabled, _) => (false, Asks::Nobody, "the approval mode is `disabled`".to_owned()),
        (ApprovalMode::AllCode, _) => (true, Asks::AllCode, "the approval mode is `all_code`".to_owned()),
        (ApprovalMode::ControlWrites, Presence::None) => {
            (false, Asks::Nobody, "it writes to no control system".to_owned())
        }
        (ApprovalMode::ControlWrites, Presence::Certain) => {
            (true, Asks::Writes, "it writes to a control system".to_owned())
        }
        (ApprovalMode::ControlWrites, Presence::Possible) if backend == BackendKind::Wasi => {
            let why = "it may write to a control system; in the sandbox the plan shows whether it does";
            (true, Asks::Writes, why.to_owned())
        }
        (ApprovalMode::ControlWrites, Presence::Possible) => {
            (true, Asks::Writes, "it may write to a control system: something in it is not resolved".to_owned())
        }
    }
}

/// With which rights it runs.
pub(super) fn mode(writes: Presence) -> ExecutionMode {
    if writes == Presence::None { ExecutionMode::ReadOnly } else { ExecutionMode::WriteAccess }
}

/// How much care it deserves.
pub(super) fn risk(writes: Presence, findings: &[Finding]) -> Risk {
    let worst = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Off);
    let hides = ["introspection", "tampering", "dynamic-code", "native-code"];
    let hidden =
        findings.iter().any(|finding| finding.severity >= Severity::Warning && hides.contains(&finding.rule.as_str()));
    match (worst, writes) {
        (Severity::Refusal, _) => Risk::High,
        _ if hidden => Risk::High,
        (Severity::Warning, _) | (_, Presence::Certain | Presence::Possible) => Risk::Medium,
        _ => Risk::Low,
    }
}
