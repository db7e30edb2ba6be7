//! The pipeline as the command line has it: the store of the state folder, the sandbox, the site, opened when they are needed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::failure::Failure;
use super::launch::PlaceArgs;
use super::places;
use crate::analysis::{self, Analyzer, BackendKind, Inventories, Inventory, RULES, Version};
use crate::backend::Backend;
use crate::backend::local::LocalBackend;
use crate::backend::wasi::pack::DEFAULT_PACK;
use crate::config::{self, Config, ExecutionMethod, GlobalMode, ModeName};
use crate::error::ErrorCode;
use crate::execution::Method;
use crate::gate::open::open_policy;
use crate::gate::{Authority, Site};
use crate::generation::{GeneratorSettings, Registry};
use crate::service::{ApprovalSettings, Ask, Facilities, ModeSettings, Service, Settings, Unavailable};
use crate::store::{Options, SqliteStore};

/// Opens what executions need.
struct Opened {
    place: PlaceArgs,
    config: Arc<Config>,
    state: PathBuf,
    quiet: bool,
    /// The text of the configuration that it was opened by, and the site.
    site: Mutex<Option<(String, Arc<Site>)>>,
    /// By where they are, their packs and their modes.
    backends: Mutex<Backends>,
    analyzers: Mutex<Analyzers>,
    generators: OnceLock<Arc<Registry>>,
    local: OnceLock<LocalBackend>,
}

type Backends = BTreeMap<(BackendKind, String, ModeName), Arc<dyn Backend>>;
type Analyzers = BTreeMap<(Option<BackendKind>, String), Arc<Analyzer>>;

impl From<Failure> for Unavailable {
    fn from(failure: Failure) -> Self {
        Self { code: failure.code, message: failure.message }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Opened {
    fn open_analyzer(&self, kind: Option<BackendKind>, pack: &str) -> Result<Arc<Analyzer>, Unavailable> {
        let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        let mut settings = analysis::Settings::from_yaml(self.config.text(), self.config.file(), &names)
            .map_err(|error| Unavailable { code: ErrorCode::InvalidSettings, message: error.to_string() })?;
        // Where to run is the pipeline's word: a request may choose, against the configuration.
        settings.backend = None;
        let manifest = self.place.manifest(pack)?;
        let version = Version::try_from(manifest.python.clone()).unwrap_or(Version::NEWEST);
        let wasi = Inventory::of_pack(&manifest.name, version);
        let local = match kind {
            Some(BackendKind::Local) => Some(places::inventory_of(&places::python(&self.place, &self.config)?)?),
            // Whoever does not ask for it need not have one.
            None => {
                places::python(&self.place, &self.config).ok().and_then(|python| places::inventory_of(&python).ok())
            }
            Some(_) => None,
        };
        Ok(Arc::new(Analyzer::new(settings, Inventories { wasi, container: None, local })?))
    }

    fn open_backend(&self, kind: BackendKind, pack: &str, mode: ModeName) -> Result<Arc<dyn Backend>, Unavailable> {
        Ok(match kind {
            BackendKind::Wasi => Arc::new(self.place.backend(pack, self.quiet)?),
            BackendKind::Local => {
                // Both modes share its processes.
                let shared = if let Some(local) = self.local.get() {
                    local.clone()
                } else {
                    let opened = places::local(&self.place, &self.config, &self.state)?;
                    self.local.get_or_init(|| opened).clone()
                };
                Arc::new(shared.with_environment(places::environment(&self.config, mode)?))
            }
            BackendKind::Container => Arc::new(places::container(&self.place, &self.config, mode)?),
        })
    }
}

impl Facilities for Opened {
    fn backend(&self, kind: BackendKind, pack: Option<&str>, mode: ModeName) -> Result<Arc<dyn Backend>, Unavailable> {
        // The sandbox is the same for both.
        let (pack, mode) = match kind {
            BackendKind::Wasi => (pack.unwrap_or(DEFAULT_PACK), ModeName::ReadOnly),
            _ => ("", mode),
        };
        let key = (kind, pack.to_owned(), mode);
        let mut backends = locked(&self.backends);
        if let Some(backend) = backends.get(&key) {
            return Ok(Arc::clone(backend));
        }
        let backend = self.open_backend(kind, pack, mode)?;
        backends.insert(key, Arc::clone(&backend));
        Ok(backend)
    }

    fn backends(&self) -> Vec<Arc<dyn Backend>> {
        locked(&self.backends).values().cloned().collect()
    }

    fn site(&self) -> Result<Arc<Site>, Unavailable> {
        // Connections are kept as long as nothing that the site rests on has changed.
        let config = self.place.whole_config()?;
        let folder = config.folder();
        let mut open = locked(&self.site);
        if let Some((text, site)) = &*open
            && text == config.text()
            && open_policy(&config.control_system, &folder)?.digest() == site.policy.digest()
        {
            return Ok(Arc::clone(site));
        }
        let site = Arc::new(Site::open(&config.control_system, &folder)?);
        *open = Some((config.text().to_owned(), Arc::clone(&site)));
        Ok(site)
    }

    fn analyzer(&self, kind: Option<BackendKind>, pack: Option<&str>) -> Result<Arc<Analyzer>, Unavailable> {
        let pack = pack.unwrap_or(DEFAULT_PACK);
        let key = (kind, pack.to_owned());
        let mut analyzers = locked(&self.analyzers);
        if let Some(analyzer) = analyzers.get(&key) {
            return Ok(Arc::clone(analyzer));
        }
        let analyzer = self.open_analyzer(kind, pack)?;
        analyzers.insert(key, Arc::clone(&analyzer));
        Ok(analyzer)
    }

    fn generators(&self) -> Result<Arc<Registry>, Unavailable> {
        if let Some(generators) = self.generators.get() {
            return Ok(Arc::clone(generators));
        }
        let generators = Arc::new(open_generators(&self.config)?);
        Ok(Arc::clone(self.generators.get_or_init(|| generators)))
    }

    fn packages(&self, kind: BackendKind, pack: Option<&str>) -> Vec<(String, String)> {
        match kind {
            BackendKind::Wasi => {
                let manifest = self.place.manifest(pack.unwrap_or(DEFAULT_PACK));
                manifest.map(|manifest| manifest.packages.into_iter().collect()).unwrap_or_default()
            }
            BackendKind::Local => {
                let python = places::python(&self.place, &self.config);
                python.map(|python| python.about.packages.into_iter().collect()).unwrap_or_default()
            }
            BackendKind::Container => Vec::new(),
        }
    }
}

/// What of the configuration the pipeline goes by.
pub(super) fn settings(config: &Config, state: PathBuf) -> Settings {
    let data = config.agent_data_dir.as_ref().map_or(state, |folder| config.folder().join(folder));
    let mut settings = Settings::new(data.join(&config.executed_python_scripts_dir));
    settings.config = (config.file() != "defaults").then(|| {
        let path = std::path::Path::new(config.file());
        path.canonicalize().unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
    });
    let executor = &config.python_executor;
    settings.generation_attempts = executor.max_generation_retries.max(1);
    settings.execution_attempts = executor.max_execution_retries.max(1);
    settings.limits = config.limits();
    settings.method = match config.execution.execution_method {
        ExecutionMethod::Wasi => Method::Wasi,
        ExecutionMethod::Container => Method::Container,
        ExecutionMethod::Local => Method::Local,
        ExecutionMethod::Auto => Method::Auto,
    };
    let mode = |mode: &config::Mode| ModeSettings {
        allows_writes: mode.allows_writes,
        requires_approval: mode.requires_approval,
    };
    settings.read_only = mode(&config.execution.modes.read_only);
    settings.write_access = mode(&config.execution.modes.write_access);
    let approval = &config.approval;
    let capability = &approval.capabilities.python_execution;
    settings.approval = ApprovalSettings {
        enabled: match approval.global_mode {
            GlobalMode::Disabled => false,
            GlobalMode::AllCapabilities => true,
            GlobalMode::Selective => capability.enabled,
        },
        ask: match capability.mode {
            config::ApprovalMode::Disabled => Ask::Disabled,
            config::ApprovalMode::AllCode => Ask::AllCode,
            config::ApprovalMode::ControlWrites => Ask::ControlWrites,
        },
        expires_after: approval.expires_after,
        requester_may: !approval.not_by_requester,
        needed: u32::from(approval.approvals_needed),
    };
    settings.generator.clone_from(&config.execution.code_generator);
    settings
}

/// Opens the pipeline of a place.
pub(super) async fn open(place: &PlaceArgs, quiet: bool) -> Result<Service, Failure> {
    let config = Arc::new(place.whole_config()?);
    let state = place.state_of(&config)?;
    let store = SqliteStore::open(&state, Options::default()).await?;
    let authority = Authority::open(&state)?;
    let settings = settings(&config, state.clone());
    let facilities = Opened {
        place: place.clone(),
        config,
        state,
        quiet,
        site: Mutex::default(),
        backends: Mutex::default(),
        analyzers: Mutex::default(),
        generators: OnceLock::new(),
        local: OnceLock::new(),
    };
    Ok(Service::new(Arc::new(store), Arc::new(facilities), authority, settings))
}

/// The generators of a configuration.
fn open_generators(config: &Config) -> Result<Registry, Unavailable> {
    let wrong = |place: String, why: String| Unavailable {
        code: ErrorCode::GeneratorMisconfigured,
        message: format!("{place}: {why}"),
    };
    let mut settings = BTreeMap::new();
    for generator in &config.execution.generators {
        let place = format!("{} (execution.generators.{})", generator.place, generator.name);
        let value = generator.settings.get().map_err(|unset| wrong(place.clone(), unset.to_string()))?;
        let one: GeneratorSettings =
            serde_json::from_value(value.clone()).map_err(|error| wrong(place, error.to_string()))?;
        settings.insert(generator.name.clone(), one);
    }
    let default = config.execution.code_generator.as_deref().unwrap_or_default();
    Ok(Registry::from_settings(default, settings, &config.folder(), &|name| std::env::var(name).ok()))
}
