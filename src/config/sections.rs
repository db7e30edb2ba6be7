//! What the sections say, typed. Every default is in the tables; nothing here has one.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::problem::Place;
use super::value::{Expandable, Secret};

/// `python_executor`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PythonExecutor {
    /// How often a program is generated, at most, until one passes the analysis. 0 is 1.
    pub max_generation_retries: u32,
    /// How often a program is run, at most, until one succeeds. 0 is 1.
    pub max_execution_retries: u32,
    /// How long one execution may take.
    #[serde(rename = "execution_timeout_seconds", deserialize_with = "seconds")]
    pub execution_timeout: Duration,
}

/// Where programs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionMethod {
    /// The sandbox.
    Wasi,
    /// A Jupyter server.
    Container,
    /// A Python of this host.
    Local,
    /// What the analysis chooses.
    Auto,
}

/// What a program may do: Osprey's two modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModeName {
    /// It only reads.
    ReadOnly,
    /// It may write.
    WriteAccess,
}

impl fmt::Display for ModeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadOnly => "read_only",
            Self::WriteAccess => "write_access",
        })
    }
}

/// `execution`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Execution {
    /// Where programs run if a request does not say it.
    pub execution_method: ExecutionMethod,
    /// What programs that only read, and programs that write, are given.
    pub modes: Modes,
    /// A Jupyter server for all modes.
    pub container: Option<Container>,
    /// A Python of this host.
    pub local: Option<Local>,
    /// The older place of [`Local::python_env_path`]; ask [`super::Config::python_env_path`].
    pub(super) python_env_path: Option<Expandable<PathBuf>>,
    /// The older place of gateways; it is in [`super::Config::control_system`] already.
    pub(super) epics: Option<OlderEpics>,
    /// Which generator makes programs.
    pub code_generator: Option<String>,
    /// Generators, in the order of the file.
    #[serde(skip)]
    pub generators: Vec<Generator>,
    /// What one execution may use; ask [`super::Config::limits`].
    pub(super) limits: WrittenLimits,
}

/// `execution.modes`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modes {
    /// Programs that only read.
    pub read_only: Mode,
    /// Programs that write.
    pub write_access: Mode,
}

impl Modes {
    /// One of the two.
    #[must_use]
    pub fn get(&self, name: ModeName) -> &Mode {
        match name {
            ModeName::ReadOnly => &self.read_only,
            ModeName::WriteAccess => &self.write_access,
        }
    }
}

/// One of `execution.modes`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mode {
    /// The Jupyter kernel.
    pub kernel_name: Expandable<String>,
    /// Whether programs in this mode may write at all; never true of `read_only`.
    pub allows_writes: bool,
    /// Whether a person is asked before a program runs in this mode, whatever `approval` says.
    pub requires_approval: bool,
    /// Which gateway the kernel's environment names.
    pub gateway: ModeName,
    /// Environment of the kernel or process. It may hold passwords.
    pub environment: BTreeMap<String, Expandable<Secret>>,
    /// For people who read the file.
    pub description: Option<Expandable<String>>,
}

/// `execution.container`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Container {
    /// Host name or address.
    pub jupyter_host: Expandable<String>,
    /// Port.
    pub jupyter_port: Expandable<u16>,
    /// Whether it is asked by HTTPS.
    pub https: Expandable<bool>,
    /// Its token.
    pub token: Option<Expandable<Secret>>,
    /// Path in front of its API.
    pub base_path: Expandable<String>,
    /// Certificates to trust besides the system's own.
    pub ca_file: Option<Expandable<PathBuf>>,
    /// Kernels at once.
    pub at_most: u32,
}

/// `execution.local`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Local {
    /// The interpreter, or the environment that holds it.
    pub python_env_path: Option<Expandable<PathBuf>>,
    /// Variables of this process that programs see as well.
    pub pass_environment: Vec<String>,
    /// Whether programs may start processes of their own.
    pub processes: bool,
    /// A control group below which each program gets one of its own.
    pub cgroup: Option<PathBuf>,
    /// Programs at once.
    pub at_most: u32,
}

/// `execution.epics`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OlderEpics {
    pub gateways: OlderGateways,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OlderGateways {
    pub read_only: Option<OlderGateway>,
    pub write_access: Option<OlderGateway>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OlderGateway {
    pub address: Expandable<String>,
    pub port: Option<u16>,
    pub use_name_server: bool,
}

/// One of `execution.generators`.
#[derive(Clone, PartialEq)]
pub struct Generator {
    /// Its name.
    pub name: String,
    /// Where it stands, for messages of whoever reads its settings.
    pub place: Place,
    /// Its settings, variables replaced. They may hold keys: do not show them.
    pub settings: Expandable<serde_json::Value>,
}

impl fmt::Debug for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generator").field("name", &self.name).field("place", &self.place).finish_non_exhaustive()
    }
}

/// `execution.limits`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenLimits {
    pub memory: u64,
    #[serde(default, deserialize_with = "some_seconds")]
    pub cpu_seconds: Option<Duration>,
    pub output: u64,
    pub files: u64,
    pub file_bytes: u64,
    pub host_calls: u64,
}

/// `services`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Services {
    /// Jupyter servers.
    pub jupyter: Jupyter,
}

/// `services.jupyter`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jupyter {
    /// By name, in the order of the file. A mode takes the first that lists it.
    #[serde(deserialize_with = "in_order")]
    pub containers: Vec<(String, JupyterContainer)>,
}

/// One of `services.jupyter.containers`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JupyterContainer {
    /// Name of the container.
    pub name: Option<Expandable<String>>,
    /// Host name or address.
    pub hostname: Expandable<String>,
    /// Port on the host.
    pub port_host: Expandable<u16>,
    /// Port in the container.
    pub port_container: Option<Expandable<u16>>,
    /// Whether it is asked by HTTPS.
    pub https: Expandable<bool>,
    /// Its token.
    pub token: Option<Expandable<Secret>>,
    /// Path in front of its API.
    pub base_path: Expandable<String>,
    /// Certificates to trust besides the system's own.
    pub ca_file: Option<Expandable<PathBuf>>,
    /// The modes that it is for.
    pub execution_modes: Vec<ModeName>,
}

/// `approval`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// What stands above the capabilities.
    pub global_mode: GlobalMode,
    /// By capability.
    pub capabilities: Capabilities,
    /// How long a question waits for its answer.
    #[serde(deserialize_with = "seconds")]
    pub expires_after: Duration,
    /// Whether whoever asked for an execution may not approve it.
    pub not_by_requester: bool,
    /// How many people have to approve, at least 1.
    pub approvals_needed: u8,
}

/// `approval.global_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GlobalMode {
    /// Nobody is asked.
    Disabled,
    /// As the capability says.
    Selective,
    /// The capability is asked about even if it is not enabled.
    AllCapabilities,
}

/// `approval.capabilities`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Capabilities {
    /// Programs.
    pub python_execution: PythonExecution,
}

/// `approval.capabilities.python_execution`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PythonExecution {
    /// Whether anybody is asked, if `global_mode` is `selective`.
    pub enabled: bool,
    /// Which programs people are asked about.
    pub mode: ApprovalMode,
}

/// `approval.capabilities.python_execution.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalMode {
    /// None.
    Disabled,
    /// All.
    AllCode,
    /// Those that write, or may. `epics_writes` in older files.
    ControlWrites,
}

/// `file_paths`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FilePaths {
    pub agent_data_dir: Option<PathBuf>,
    pub executed_python_scripts_dir: PathBuf,
}

/// `retention`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Days after which execution folders may be removed; kept without it.
    pub executions_days: Option<u32>,
    /// Whether executions that wrote to a control system are kept for ever.
    pub keep_written: bool,
}

/// All sections but those with readers of their own.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sections {
    pub python_executor: PythonExecutor,
    pub execution: Execution,
    pub services: Services,
    pub approval: Approval,
    pub agent_data_dir: Option<PathBuf>,
    pub file_paths: FilePaths,
    pub retention: Retention,
    pub state_dir: Option<PathBuf>,
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    Duration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom)
}

fn some_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    seconds(deserializer).map(Some)
}

fn in_order<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<(String, T)>, D::Error> {
    struct Pairs<T>(std::marker::PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
        type Value = Vec<(String, T)>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a mapping")
        }
        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }
    deserializer.deserialize_map(Pairs(std::marker::PhantomData))
}
