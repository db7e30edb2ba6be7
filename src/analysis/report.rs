//! What an analysis says: the contract of `aerie analyze --json` (`docs/analysis.md`).

use serde::Serialize;

use super::library::Effect;
use super::pattern::DetectedPatterns;
use super::source::Place;

/// Whether a program writes to a control system, or reads from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It does not.
    None,
    /// It may: something is not resolved.
    Possible,
    /// It does, if that part is executed.
    Certain,
}

/// How sure an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// It may be this one.
    Possible,
    /// Whenever this place is executed, it is this one.
    Certain,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Reads a value or metadata.
    Read,
    /// Asks to be told of changes.
    Subscribe,
    /// Sets a value.
    Write,
    /// Executes an action of a device.
    Command,
    /// Changes properties, limits, polling or locks.
    Configure,
    /// Serves a channel, or posts a value of one.
    Publish,
    /// Not resolved: it may be any of these.
    Unresolved,
}

impl OperationKind {
    /// Whether it can change the machine.
    pub fn may_write(self) -> bool {
        !matches!(self, Self::Read | Self::Subscribe)
    }

    /// Whether it gets something out of the machine.
    pub fn may_read(self) -> bool {
        matches!(self, Self::Read | Self::Subscribe | Self::Unresolved)
    }
}

impl From<Option<Effect>> for OperationKind {
    fn from(effect: Option<Effect>) -> Self {
        match effect {
            Some(Effect::Read | Effect::Nothing) => Self::Read,
            Some(Effect::Subscribe) => Self::Subscribe,
            Some(Effect::Write) => Self::Write,
            Some(Effect::Command) => Self::Command,
            Some(Effect::Configure) => Self::Configure,
            Some(Effect::Publish) => Self::Publish,
            None => Self::Unresolved,
        }
    }
}

/// A read or write that a program can make.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Operation {
    /// What it does.
    pub kind: OperationKind,
    /// The library's call, such as `epics.PV.put`; the text of the call if it is not resolved.
    pub call: String,
    /// The library, such as `pyepics`.
    pub library: Option<String>,
    /// `epics`, `tango`, …; `any` for libraries that speak several.
    pub control_system: Option<String>,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// The channel, if it is one constant.
    pub channel: Option<String>,
    /// All channels that it may be for; unknown parts are in braces.
    pub channels: Vec<String>,
    /// Whether `channels` are all, and whole.
    pub channels_known: bool,
    /// The value, if it is one constant.
    pub value: Option<serde_json::Value>,
    /// All values that it may write, as far as they are constant.
    pub values: Vec<serde_json::Value>,
    /// How sure it is.
    pub certainty: Certainty,
    /// Why it is not certain.
    pub reason: Option<String>,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Not shown.
    Off,
    /// Good to know.
    Note,
    /// Will probably not work, or deserves a look.
    Warning,
    /// The program does not pass.
    Refusal,
}

/// One thing that a rule saw.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The rule's name.
    pub rule: String,
    /// How much it weighs.
    pub severity: Severity,
    /// What was seen.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Where; `None` for the program as a whole.
    #[serde(flatten)]
    pub place: Option<Place>,
}

/// With which rights a program would run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionMode {
    /// It cannot write, whatever its text says.
    ReadOnly,
    /// It may write what is approved.
    WriteAccess,
}

/// How much care a program deserves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Nothing to see.
    Low,
    /// It writes, or does something unusual.
    Medium,
    /// It is refused, or hides what it does.
    High,
}

/// Where a program can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackendKind {
    /// The sandbox.
    Wasi,
    /// A Jupyter server.
    Container,
    /// A Python of the host.
    Local,
}

impl BackendKind {
    /// Its name in configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wasi => "wasi",
            Self::Container => "container",
            Self::Local => "local",
        }
    }
}

/// Who wants a person to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// Nobody.
    Nobody,
    /// The approval mode, because of what it writes or may write.
    Writes,
    /// The approval mode, of every program.
    AllCode,
    /// An entry of the site's own policy.
    Site,
}

/// The whole analysis.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the contract")]
pub struct Report {
    /// Whether it may run.
    pub passed: bool,
    /// Whether it writes to a control system.
    pub writes: Presence,
    /// Whether it reads from one.
    pub reads: Presence,
    /// Whether `writes` is more than `none`.
    pub has_writes: bool,
    /// Whether `reads` is more than `none`.
    pub has_reads: bool,
    /// As configured, or else what its operations speak.
    pub control_system_type: String,
    /// The patterns that match its text, comments and strings included.
    pub detected_patterns: DetectedPatterns,
    /// Whether a person has to be asked before it runs.
    pub needs_approval: bool,
    /// By whose word.
    pub asks: Asks,
    /// Why, or why not.
    pub approval_reason: String,
    /// With which rights it would run.
    pub execution_mode: ExecutionMode,
    /// Where it would run.
    pub backend: BackendKind,
    /// Why there.
    pub backend_reason: String,
    /// How much care it deserves.
    pub risk: Risk,
    /// Its reads and writes, by place.
    pub operations: Vec<Operation>,
    /// What rules saw, by place.
    pub findings: Vec<Finding>,
    /// The top-level names of the modules that it imports, sorted.
    pub imports: Vec<String>,
}
