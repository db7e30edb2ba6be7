//! [`Config`]: the whole configuration, typed, with everything that is wrong said at once.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::assemble::{
    contradictions, generators, notes_by_backend, older_gateways, read_control_system, replaced, typed,
};
use super::control_system::ControlSystemConfig;
use super::held::{Held, find, object};
use super::keys::Others;
use super::layout;
use super::problem::{ConfigErrors, Note, Origin, Place, Problem};
use super::sections::{Approval, Execution, ModeName, PythonExecutor, Retention, Sections, Services};
use super::table::SECTIONS;
use super::value::{Expandable, Secret, Unset};
use super::walk::{Override, Walk};
use super::yaml::{self, MAX_BYTES, Spot};
use crate::error::{Coded, ErrorCode};
use crate::execution::Limits;

/// The default configuration, with a comment at every key.
pub const DEFAULT: &str = include_str!("../../policies/config.default.yml");

/// A site's configuration.
#[derive(Clone)]
pub struct Config {
    /// How often programs are made and run again, and how long they may take.
    pub python_executor: PythonExecutor,
    /// Where programs run.
    pub execution: Execution,
    /// Services beside Aerie.
    pub services: Services,
    /// Whom to ask, and when.
    pub approval: Approval,
    /// Which machine it is and what may be written. Variables in its texts are replaced by whoever uses them.
    pub control_system: ControlSystemConfig,
    /// Folder for everything that programs leave, as written: below the configuration's folder. `None`: nobody said it, and
    /// it is the state folder.
    pub agent_data_dir: Option<PathBuf>,
    /// Folder for execution folders, as written: below `agent_data_dir`.
    pub executed_python_scripts_dir: PathBuf,
    /// What is kept of executions, and for how long.
    pub retention: Retention,
    /// Folder for plans, approvals and keys; the user's state folder without it.
    pub state_dir: Option<PathBuf>,
    pub(super) file: Arc<str>,
    pub(super) held: Vec<Held>,
    text: String,
    notes: Vec<Note>,
}

impl fmt::Debug for Config {
    /// What holds, without secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("file", &self.file).field("held", &self.held).finish_non_exhaustive()
    }
}

impl PartialEq for Config {
    /// Whether they say the same, wherever it stands.
    fn eq(&self, other: &Self) -> bool {
        let said = |config: &Self| object(&config.held);
        let places = |config: &Self| {
            config.execution.generators.iter().map(|g| (g.name.clone(), g.settings.clone())).collect::<Vec<_>>()
        };
        let without = |config: &Self| Execution { generators: Vec::new(), ..config.execution.clone() };
        self.python_executor == other.python_executor
            && without(self) == without(other)
            && places(self) == places(other)
            && self.services == other.services
            && self.approval == other.approval
            && self.control_system == other.control_system
            && self.agent_data_dir == other.agent_data_dir
            && self.executed_python_scripts_dir == other.executed_python_scripts_dir
            && self.retention == other.retention
            && self.state_dir == other.state_dir
            && said(self).get("analysis") == said(other).get("analysis")
    }
}

impl Default for Config {
    /// What holds without a configuration: the sandbox and the simulated machine.
    #[expect(clippy::expect_used, reason = "the defaults are the program's own, and tests read them")]
    fn default() -> Self {
        Self::from_yaml("", "defaults", |_| None).expect("the tables' defaults are a configuration")
    }
}

/// A configuration file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be opened or read.
    #[error("{}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is not UTF-8.
    #[error("{}: byte {byte} is not UTF-8; save the file as UTF-8", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// How many bytes are.
        byte: usize,
    },
    /// Something in it is wrong.
    #[error(transparent)]
    Wrong(#[from] ConfigErrors),
}

impl Coded for ReadError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Unreadable { .. } => ErrorCode::UnreadableFile,
            Self::NotUtf8 { .. } | Self::Wrong(_) => ErrorCode::InvalidSettings,
        }
    }
}

/// A Jupyter server for a mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint<'c> {
    /// Host name or address.
    pub host: &'c str,
    /// Port.
    pub port: u16,
    /// Whether it is asked by HTTPS.
    pub https: bool,
    /// Path in front of its API.
    pub base_path: &'c str,
    /// Certificates to trust besides the system's own.
    pub ca_file: Option<PathBuf>,
    /// Its token.
    pub token: Option<&'c Secret>,
    /// The kernel for the mode.
    pub kernel_name: &'c str,
}

impl Config {
    /// Reads a configuration's text; `file` is its name in messages, `variable` gives the environment.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn from_yaml(text: &str, file: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigErrors> {
        Self::layered(text, file, variable, &[])
    }

    /// Reads a configuration's text, and lays settings from elsewhere over it; of two for one key the last counts.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text or the settings.
    pub fn layered(
        text: &str,
        file: &str,
        variable: impl Fn(&str) -> Option<String>,
        overrides: &[Override],
    ) -> Result<Self, ConfigErrors> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut walk = Walk {
            file: Arc::from(file),
            variable: &variable,
            overrides,
            problems: Vec::new(),
            notes: Vec::new(),
            replaced: Vec::new(),
        };
        let root = match yaml::read(text) {
            Ok(root) => root,
            Err(broken) => {
                walk.problem(walk.place(broken.at), "", broken.message, None);
                return Err(ConfigErrors { problems: walk.problems });
            }
        };
        let ours = root.as_ref().map(|root| layout::sections(root, &mut walk)).unwrap_or_default();
        let held = walk.section("", SECTIONS, Others::NotOurs, &ours, false, Spot::START);
        for over in overrides.iter().filter(|over| !is_key(&over.key, &held)) {
            let help = Some("`aerie config schema` has all keys".to_owned());
            walk.problem(over.place.clone(), &over.key, "there is no such key".to_owned(), help);
        }
        contradictions(&held, &mut walk);
        let text = replaced(text, &walk.replaced);
        let control_system = read_control_system(&text, file, &held, &mut walk);
        let sections = if walk.problems.is_empty() { typed(&held, &mut walk) } else { None };
        let (Some(sections), Some(mut control_system)) = (sections, control_system) else {
            walk.problems.sort_by_key(|problem| match &problem.place {
                Place::File { spot, .. } => *spot,
                Place::Variable(_) | Place::Flag(_) => Spot { line: 0, ..Spot::START },
            });
            return Err(ConfigErrors { problems: walk.problems });
        };
        let Sections {
            python_executor,
            mut execution,
            services,
            approval,
            agent_data_dir,
            file_paths,
            retention,
            state_dir,
        } = sections;
        execution.generators = generators(&held, &walk);
        older_gateways(&execution, &mut control_system);
        notes_by_backend(&execution, &held, &mut walk);
        walk.notes.sort_by_key(|note| match &note.place {
            Place::File { spot, .. } => *spot,
            Place::Variable(_) | Place::Flag(_) => Spot { line: 0, ..Spot::START },
        });
        Ok(Self {
            python_executor,
            execution,
            services,
            approval,
            control_system,
            agent_data_dir: agent_data_dir.or(file_paths.agent_data_dir),
            executed_python_scripts_dir: file_paths.executed_python_scripts_dir,
            retention,
            state_dir,
            file: walk.file,
            held,
            text,
            notes: walk.notes,
        })
    }

    /// Reads a file, with this process's environment.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not UTF-8, or something in it is wrong.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let unreadable = |error| ReadError::Unreadable { path: path.to_owned(), error };
        let mut bytes = Vec::new();
        let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX) + 1;
        std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(unreadable)?;
        // What is too large is said to be, even if its last character is cut.
        if bytes.len() > MAX_BYTES {
            bytes.fill(b' ');
        }
        let text = String::from_utf8(bytes)
            .map_err(|error| ReadError::NotUtf8 { path: path.to_owned(), byte: error.utf8_error().valid_up_to() })?;
        Ok(Self::from_yaml(&text, &path.display().to_string(), |name| std::env::var(name).ok())?)
    }

    /// The folder that its paths are below.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        Path::new(&*self.file).parent().unwrap_or(Path::new(".")).to_owned()
    }

    /// The text for readers of their own sections: variables in truth values, numbers and words are replaced, lines are the
    /// file's.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The file's name in messages.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What people should know though nothing is wrong, in the order of the file.
    #[must_use]
    pub fn check(&self) -> &[Note] {
        &self.notes
    }

    /// What one execution may use.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let (wall, written) = (self.python_executor.execution_timeout, &self.execution.limits);
        Limits {
            wall,
            cpu: written.cpu_seconds.unwrap_or(wall),
            memory: written.memory,
            output: written.output,
            files: written.files,
            file_bytes: written.file_bytes,
            host_calls: written.host_calls,
        }
    }

    /// The interpreter of this host, or the environment that holds it, if one is configured.
    ///
    /// # Errors
    ///
    /// It needs a variable that is not set.
    pub fn python_env_path(&self) -> Result<Option<&Path>, Unset> {
        let local = self.execution.local.as_ref().and_then(|local| local.python_env_path.as_ref());
        let path = local.or(self.execution.python_env_path.as_ref());
        path.map(|path| path.get().map(PathBuf::as_path)).transpose()
    }

    /// A path as the configuration's folder sees it.
    fn beside(&self, path: Option<&Expandable<PathBuf>>) -> Result<Option<PathBuf>, Unset> {
        path.map(|path| Ok(self.folder().join(path.get()?))).transpose()
    }

    /// The Jupyter server for a mode: `execution.container`, or the first of `services.jupyter.containers` that lists it.
    ///
    /// # Errors
    ///
    /// There is none, or it needs a variable that is not set.
    pub fn jupyter(&self, mode: ModeName) -> Result<Endpoint<'_>, ConfigErrors> {
        let kernel_name = self.execution.modes.get(mode).kernel_name.get()?;
        if let Some(container) = &self.execution.container {
            return Ok(Endpoint {
                host: container.jupyter_host.get()?,
                port: *container.jupyter_port.get()?,
                https: *container.https.get()?,
                base_path: container.base_path.get()?,
                ca_file: self.beside(container.ca_file.as_ref())?,
                token: container.token.as_ref().map(Expandable::get).transpose()?,
                kernel_name,
            });
        }
        let containers = &self.services.jupyter.containers;
        if let Some((_, container)) = containers.iter().find(|(_, container)| container.execution_modes.contains(&mode))
        {
            return Ok(Endpoint {
                host: container.hostname.get()?,
                port: *container.port_host.get()?,
                https: *container.https.get()?,
                base_path: container.base_path.get()?,
                ca_file: self.beside(container.ca_file.as_ref())?,
                token: container.token.as_ref().map(Expandable::get).transpose()?,
                kernel_name,
            });
        }
        let help = "give `execution.container`, or list the mode below `services.jupyter.containers`";
        let place = find(&self.held, &["execution", "execution_method"]).and_then(|held| match &held.origin {
            Origin::Said { place, .. } => Some(place.clone()),
            Origin::Default => None,
        });
        Err(ConfigErrors {
            problems: vec![Problem {
                place: place.unwrap_or(Place::File { file: Arc::clone(&self.file), spot: Spot::START }),
                key: "execution.container".to_owned(),
                message: format!("no Jupyter server is configured for `{mode}`"),
                help: Some(help.to_owned()),
            }],
        })
    }
}

fn is_key(key: &str, held: &[Held]) -> bool {
    let path: Vec<&str> = key.split('.').collect();
    find(held, &path).is_some_and(|held| held.key.is_some())
}
