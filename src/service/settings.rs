//! [`Settings`]: what of a site's configuration the pipeline goes by.

use std::path::PathBuf;
use std::time::Duration;

use crate::approval::{OnDeviation, OnFailure};
use crate::execution::{Limits, Method};
use crate::gate::PlanSettings;

/// How one mode of `execution.modes` is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModeSettings {
    /// Whether programs may write in it.
    pub allows_writes: bool,
    /// Whether a person is asked, whatever the program does.
    pub requires_approval: bool,
}

/// Which programs a person is asked about: `approval.capabilities.python_execution.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// None.
    Disabled,
    /// Those that write. `epics_writes` is Osprey's older word.
    ControlWrites,
    /// All.
    AllCode,
}

/// Who is asked, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalSettings {
    /// Whether anybody is asked at all.
    pub enabled: bool,
    /// About what.
    pub ask: Ask,
    /// How long a question stands. Default 24 h.
    pub expires_after: Duration,
    /// Whether whoever asked for the execution may approve it. Default yes.
    pub requester_may: bool,
    /// How many have to approve. Default 1.
    pub needed: u32,
}

/// Everything that the pipeline goes by.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Attempts at generating a program that passes, the first included: the seed's `max_generation_retries`.
    pub generation_attempts: u32,
    /// Attempts at executing one: the seed's `max_execution_retries`.
    pub execution_attempts: u32,
    /// Where programs run.
    pub method: Method,
    /// What they may use. `wall` is the seed's `execution_timeout_seconds`.
    pub limits: Limits,
    /// `execution.modes.read_only`.
    pub read_only: ModeSettings,
    /// `execution.modes.write_access`.
    pub write_access: ModeSettings,
    /// Who is asked.
    pub approval: ApprovalSettings,
    /// How far a plan may go.
    pub plan: PlanSettings,
    /// What happens when a write fails.
    pub on_failure: OnFailure,
    /// What happens when a program departs from its plan.
    pub on_deviation: OnDeviation,
    /// The generator that is used if a request names none.
    pub generator: Option<String>,
    /// The configuration's absolute path, so that an answer is given under the same.
    pub config: Option<String>,
    /// Below this the execution folders are: the seed's `<agent_data_dir>/executed_scripts`.
    pub scripts: PathBuf,
}

impl Settings {
    /// What holds where nothing is configured.
    #[must_use]
    pub fn new(scripts: PathBuf) -> Self {
        Self {
            generation_attempts: 3,
            execution_attempts: 3,
            method: Method::Wasi,
            limits: Limits::default(),
            read_only: ModeSettings { allows_writes: false, requires_approval: false },
            write_access: ModeSettings { allows_writes: true, requires_approval: true },
            approval: ApprovalSettings {
                enabled: true,
                ask: Ask::ControlWrites,
                expires_after: Duration::from_hours(24),
                requester_may: true,
                needed: 1,
            },
            plan: PlanSettings::default(),
            on_failure: OnFailure::default(),
            on_deviation: OnDeviation::default(),
            generator: None,
            config: None,
            scripts,
        }
    }
}
