//! The pipeline: generate, analyse, plan, ask, execute, collect; and whatever happens in between.
//!
//! ```text
//!   request ─► generate ─► analyse ─┬─► ask about the code (all_code) ─┐
//!                 ▲                 └──────────────────────────────────┴─► run, writes noted ─┬─► no write: results
//!                 └── what failed, with everything that was seen ◄──────────────┘             └─► ask about the plan ─► apply
//! ```
//!
//! Promises: every change of state is stored before it takes effect ([`log`]); what may have written is never repeated by
//! itself; a person's answer holds for exactly what they were shown; and waiting for it costs nothing, over any number of
//! restarts. Where an execution is, is decided by one function: [`crate::execution::next`].

mod analyse;
mod answer;
mod carry;
mod error;
mod failures;
mod finish;
mod generate;
mod log;
mod plans;
mod question;
mod recover;
mod result;
mod retention;
mod run;
mod settings;
mod watch;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::analysis::{Analyzer, BackendKind};
use crate::backend::Backend;
use crate::config::ModeName;
use crate::error::{Coded, ErrorCode};
use crate::gate::{Asker, Authority, Site};
use crate::generation::Registry;
use crate::policy::Principal;
use crate::store::Store;

pub use answer::Answer;
pub use error::ServiceError;
pub use log::NotedWrites;
pub use question::Question;
pub use recover::{FRESH, Found, Recovered};
pub use result::{PythonExecutionSuccess, PythonServiceResult, ServiceStatus};
pub use retention::{Removed, Retention};
pub use run::LastRun;
pub use settings::{ApprovalSettings, Ask, ModeSettings, Settings};
pub use watch::{Nobody, Notice, Watcher};

/// Something that an execution needs and that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unavailable {
    /// Its code.
    pub code: ErrorCode,
    /// What is missing, and what to do.
    pub message: String,
}

impl<E: Coded> From<E> for Unavailable {
    fn from(error: E) -> Self {
        Self { code: error.code(), message: error.to_string() }
    }
}

/// Gives what executions need, when they need it: opening a runtime takes time, and looking at a list needs none.
pub trait Facilities: Send + Sync {
    /// A place to run in a mode, with this runtime pack if it is the sandbox.
    fn backend(&self, kind: BackendKind, pack: Option<&str>, mode: ModeName) -> Result<Arc<dyn Backend>, Unavailable>;
    /// The backends that were opened.
    fn backends(&self) -> Vec<Arc<dyn Backend>> {
        Vec::new()
    }
    /// The control system and its rules, as they are now.
    fn site(&self) -> Result<Arc<Site>, Unavailable>;
    /// What looks at programs that run in this backend, or in any; with this pack if it is the sandbox.
    fn analyzer(&self, kind: Option<BackendKind>, pack: Option<&str>) -> Result<Arc<Analyzer>, Unavailable>;
    /// What writes programs.
    fn generators(&self) -> Result<Arc<Registry>, Unavailable>;
    /// What a backend's Python has: names and versions.
    fn packages(&self, kind: BackendKind, pack: Option<&str>) -> Vec<(String, String)>;
}

/// Who carries an execution, and who looks on.
#[derive(Clone)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// Looks on.
    pub watcher: Arc<dyn Watcher>,
    /// Ends it early.
    pub cancel: CancellationToken,
    /// Can be asked about a write that departs from its plan.
    pub asker: Option<Arc<dyn Asker>>,
}

impl Caller {
    /// Somebody whom nobody watches.
    #[must_use]
    pub fn new(principal: Principal) -> Self {
        Self { principal, watcher: Arc::new(Nobody), cancel: CancellationToken::new(), asker: None }
    }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").field("principal", &self.principal.name).finish_non_exhaustive()
    }
}

/// The name under which [`crate::service::Services`] gives this service.
pub const PYTHON_EXECUTOR: &str = "python_executor";

/// The pipeline.
pub struct Service {
    store: Arc<dyn Store>,
    facilities: Arc<dyn Facilities>,
    authority: Authority,
    settings: Settings,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Service {
    /// A pipeline over these parts.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        facilities: Arc<dyn Facilities>,
        authority: Authority,
        settings: Settings,
    ) -> Self {
        Self { store, facilities, authority, settings }
    }

    /// Where events are kept.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Whether nothing real stands behind the control system; a site that cannot be opened is no simulated one.
    pub async fn is_simulated(&self) -> bool {
        self.site().await.is_ok_and(|site| site.routes.is_simulated())
    }

    /// Gives back what backends hold ready. Call it before the process leaves.
    pub async fn close(&self) {
        for backend in self.facilities.backends() {
            backend.close().await;
        }
    }

    /// What it goes by.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// Services by name, as Osprey's registry has them.
#[derive(Debug, Default, Clone)]
pub struct Services(std::collections::BTreeMap<String, Arc<Service>>);

impl Services {
    /// Adds a service; the one of that name before is replaced.
    pub fn register(&mut self, name: impl Into<String>, service: Arc<Service>) {
        self.0.insert(name.into(), service);
    }

    /// The service of a name.
    #[must_use]
    pub fn get_service(&self, name: &str) -> Option<Arc<Service>> {
        self.0.get(name).cloned()
    }

    /// The names that there are.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
