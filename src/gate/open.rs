//! From a configuration to a [`Site`]: control systems are connected, rules are read. What cannot be read refuses to open:
//! there is then no site, and nothing is read or written.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::site::{Route, Routes, Site};
use crate::approval::Digest;
use crate::channel::Protocol;
use crate::config::{ControlSystemConfig, Kind, expand};
use crate::control::ControlSystem;
use crate::control::mock::{RecordedMachine, SimulatedMachine};
use crate::error::{Coded, ErrorCode};
use crate::policy::{BUILT_IN, Machine, OnViolation, Options, Policy, PolicyErrors, Source, SourceKind, Tolerance};

/// Why there is no site.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file cannot be read.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The rules are wrong.
    #[error(transparent)]
    Policy(#[from] PolicyErrors),
    /// A connector's settings are wrong.
    #[error("control_system.connector.{connector}: {reason}")]
    Connector {
        /// Which.
        connector: &'static str,
        /// What is wrong, and what to do.
        reason: String,
    },
}

impl Coded for OpenError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Unreadable { .. } => ErrorCode::UnreadableFile,
            Self::Policy(_) => ErrorCode::InvalidPolicy,
            Self::Connector { .. } => ErrorCode::ConnectorUnusable,
        }
    }
}

fn wrong(connector: &'static str, reason: impl Into<String>) -> OpenError {
    OpenError::Connector { connector, reason: reason.into() }
}

/// A file below the configuration's own folder.
fn resolve(path: &Path, base: &Path) -> Result<PathBuf, String> {
    let text = path.to_string_lossy();
    let expanded = expand(&text, |name| std::env::var(name).ok())?;
    let expanded = match (expanded.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(expanded),
    };
    Ok(base.join(expanded))
}

fn read(path: &Path, base: &Path) -> Result<(PathBuf, String), OpenError> {
    let unreadable = |path: &Path, reason: String| OpenError::Unreadable { path: path.to_owned(), reason };
    let path = resolve(path, base).map_err(|reason| unreadable(path, reason))?;
    let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error.to_string()))?;
    Ok((path, text))
}

/// The rules of a site: its own files and its limits database, or what holds without any.
///
/// # Errors
///
/// For a file that is missing or wrong: there is never a policy without a rule that somebody wrote down.
pub fn open_policy(config: &ControlSystemConfig, base: &Path) -> Result<Policy, OpenError> {
    let mut texts = Vec::new();
    for path in &config.policy {
        let (path, text) = read(path, base)?;
        texts.push((path.display().to_string(), text, SourceKind::Rules));
    }
    if let (true, Some(path)) = (config.limits_checking.enabled, &config.limits_checking.database_path) {
        let (path, text) = read(path, base)?;
        texts.push((path.display().to_string(), text, SourceKind::Limits));
    }
    if texts.is_empty() {
        texts.push(("policies/default.yml".to_owned(), BUILT_IN.to_owned(), SourceKind::Rules));
    }
    let sources: Vec<Source<'_>> = texts.iter().map(|(name, text, kind)| Source { name, text, kind: *kind }).collect();
    let options = Options {
        machine: if config.kind == Kind::Mock { Machine::Simulated } else { Machine::Real },
        allow_unlisted_channels: config.limits_checking.allow_unlisted_channels,
        on_violation: match config.limits_checking.on_violation {
            Some(crate::config::OnViolation::Error) => OnViolation::Error,
            Some(crate::config::OnViolation::Skip) | None => OnViolation::Skip,
        },
        ..Options::default()
    };
    Ok(Policy::load(&sources, &options)?)
}

impl Site {
    /// The site that a configuration describes; its paths are below `base`.
    pub fn open(config: &ControlSystemConfig, base: &Path) -> Result<Self, OpenError> {
        let policy = open_policy(config, base)?;
        let default_protocol = if config.kind == Kind::Tango { Protocol::Tango } else { Protocol::Ca };
        let routes = match config.kind {
            Kind::Mock => Routes::all(simulated(config, base)?),
            Kind::Epics | Kind::Tango => real(config)?,
        };
        // A machine that moves is written only if somebody said so; the simulated one unless somebody said not to.
        let mock_writes = config.connector.mock.as_ref().and_then(|mock| mock.enable_writes);
        let writes_enabled = match config.kind {
            Kind::Mock => config.writes_enabled.or(mock_writes).unwrap_or(true),
            Kind::Epics | Kind::Tango => config.writes_enabled.unwrap_or(false),
        };
        let percent = config.write_verification.default_tolerance_percent;
        let mut site = Self::new(routes, default_protocol, policy, writes_enabled);
        site.default_tolerance = percent.map(|percent| Tolerance { absolute: None, relative: Some(percent / 100.0) });
        site.identity = identity(config, base)?;
        if let Some(seconds) = timeout(config) {
            site.default_timeout =
                Duration::try_from_secs_f64(seconds).map_err(|_| wrong("epics", "timeout is no time"))?;
        }
        Ok(site)
    }
}

/// Variables that say where a control system is, where its configuration does not.
const WHERE_TO_LOOK: [&str; 11] = [
    "EPICS_CA_ADDR_LIST",
    "EPICS_CA_NAME_SERVERS",
    "EPICS_CA_AUTO_ADDR_LIST",
    "EPICS_CA_SERVER_PORT",
    "EPICS_CA_BROADCAST_PORT",
    "EPICS_PVA_ADDR_LIST",
    "EPICS_PVA_NAME_SERVERS",
    "EPICS_PVA_AUTO_ADDR_LIST",
    "EPICS_PVA_SERVER_PORT",
    "EPICS_PVA_BROADCAST_PORT",
    "TANGO_HOST",
];

/// What makes this control system another one: its settings, and the files that describe a simulated one.
fn identity(config: &ControlSystemConfig, base: &Path) -> Result<String, OpenError> {
    let text = format!("{:?} {:?}", config.kind, config.connector);
    // What cannot be expanded is refused where it is used.
    let mut text = expand(&text, |name| std::env::var(name).ok()).unwrap_or(text);
    if config.kind != Kind::Mock {
        for name in WHERE_TO_LOOK {
            let _ = write!(text, " {name}={:?}", std::env::var(name).ok());
        }
    }
    if config.kind == Kind::Mock {
        let mock = config.connector.mock.iter();
        for path in mock.flat_map(|mock| mock.machine.iter().chain(&mock.recording)) {
            text.push_str(&read(path, base)?.1);
        }
    }
    Ok(Digest::of(text.as_bytes()).short().to_owned())
}

fn timeout(config: &ControlSystemConfig) -> Option<f64> {
    let connector = &config.connector;
    [&connector.epics, &connector.pva].into_iter().flatten().find_map(|connector| connector.timeout)
}

fn simulated(config: &ControlSystemConfig, base: &Path) -> Result<Arc<dyn ControlSystem>, OpenError> {
    let mock = config.connector.mock.clone().unwrap_or_default();
    if let Some(path) = &mock.recording {
        let (path, text) = read(path, base)?;
        let recorded = RecordedMachine::from_csv(&text, &path.display().to_string());
        return Ok(Arc::new(recorded.map_err(|error| wrong("mock", error.to_string()))?));
    }
    let mut machine = match &mock.machine {
        None => SimulatedMachine::new(mock.seed.unwrap_or(0)),
        Some(path) => {
            let (path, text) = read(path, base)?;
            SimulatedMachine::from_yaml(&text, &path.display().to_string())
                .map_err(|error| wrong("mock", error.to_string()))?
        }
    };
    if let Some(delay) = mock.response_delay_ms {
        machine = machine.with_delay(std::time::Duration::from_millis(delay));
    }
    if let Some(noise) = mock.noise_level {
        if !(0.0..=1.0).contains(&noise) {
            return Err(wrong("mock", "noise_level must be from 0 to 1"));
        }
        machine = machine.with_noise(noise / DEFAULT_NOISE);
    }
    Ok(Arc::new(machine))
}

/// Osprey's `noise_level` where nothing is said; the machine's own noise is made for it.
const DEFAULT_NOISE: f64 = 0.01;

fn real(config: &ControlSystemConfig) -> Result<Routes, OpenError> {
    let connector = &config.connector;
    let epics = config.kind == Kind::Epics;
    Ok(Routes {
        ca: if epics || connector.epics.is_some() { Some(channel_access(connector.epics.as_ref())?) } else { None },
        // Who names gateways for Channel Access alone has not opened another way round them.
        pva: if connector.pva.is_some() || (epics && !has_gateways(connector.epics.as_ref())) {
            Some(pv_access(connector.pva.as_ref())?)
        } else {
            None
        },
        tango: if config.kind == Kind::Tango || connector.tango.is_some() {
            Some(tango(connector.tango.as_ref())?)
        } else {
            None
        },
    })
}

#[cfg(feature = "epics")]
mod epics {
    //! What `EPICS_*` variables and gateways say, as settings of an adapter.

    use super::{OpenError, expand, wrong};
    use crate::config::{EpicsConnector, Gateway};
    use crate::control::epics::EpicsSettings;

    /// The settings for reading and, where they differ, for writing.
    pub(super) fn settings(
        connector: Option<&EpicsConnector>,
        (name, prefix): (&'static str, &str),
        usual: impl Fn() -> EpicsSettings,
    ) -> Result<(EpicsSettings, Option<EpicsSettings>), OpenError> {
        let gateways = connector.map(|connector| connector.gateways.clone()).unwrap_or_default();
        let of = |gateway: &Gateway| -> Result<EpicsSettings, OpenError> {
            let address = expand(&gateway.address, |name| std::env::var(name).ok()).map_err(|why| wrong(name, why))?;
            let mut settings = usual();
            let entry = match gateway.port {
                Some(port) => format!("{address}:{port}"),
                None => address,
            };
            if gateway.use_name_server {
                settings.name_servers = vec![entry];
            } else {
                settings.address_list = vec![entry];
            }
            Ok(settings)
        };
        match (&gateways.read_only, &gateways.write_access) {
            (None, None) => Ok((from_environment(prefix, usual(), name)?, None)),
            (Some(read), None) => Ok((of(read)?, None)),
            (None, Some(write)) => Ok((of(write)?, Some(of(write)?))),
            (Some(read), Some(write)) => Ok((of(read)?, Some(of(write)?))),
        }
    }

    /// `EPICS_CA_ADDR_LIST` and its kin, as every EPICS client reads them.
    fn from_environment(
        prefix: &str,
        mut settings: EpicsSettings,
        name: &'static str,
    ) -> Result<EpicsSettings, OpenError> {
        let variable =
            |rest: &str| std::env::var(format!("{prefix}_{rest}")).ok().filter(|text| !text.trim().is_empty());
        let list = |rest: &str| -> Vec<String> {
            variable(rest).map(|text| text.split_whitespace().map(str::to_owned).collect()).unwrap_or_default()
        };
        let port = |rest: &str| -> Result<Option<u16>, OpenError> {
            let Some(text) = variable(rest) else { return Ok(None) };
            text.trim()
                .parse()
                .map(Some)
                .map_err(|_| wrong(name, format!("{prefix}_{rest} is `{text}`, which is no port")))
        };
        settings.address_list = list("ADDR_LIST");
        settings.name_servers = list("NAME_SERVERS");
        settings.auto_address_list =
            !variable("AUTO_ADDR_LIST").is_some_and(|text| text.trim().eq_ignore_ascii_case("no"));
        settings.server_port = port("SERVER_PORT")?.unwrap_or(settings.server_port);
        settings.broadcast_port = port("BROADCAST_PORT")?.unwrap_or(settings.broadcast_port);
        Ok(settings)
    }
}

#[cfg(feature = "epics")]
fn channel_access(connector: Option<&crate::config::EpicsConnector>) -> Result<Route, OpenError> {
    use crate::control::epics::{ChannelAccess, EpicsSettings};
    let (read, write) = epics::settings(connector, ("epics", "EPICS_CA"), EpicsSettings::channel_access)?;
    let connect = |settings: &EpicsSettings| -> Result<Arc<dyn ControlSystem>, OpenError> {
        Ok(Arc::new(ChannelAccess::connect(settings).map_err(|error| wrong("epics", error.to_string()))?))
    };
    route(&read, write.as_ref(), has_gateways(connector), connect)
}

#[cfg(feature = "epics")]
fn pv_access(connector: Option<&crate::config::EpicsConnector>) -> Result<Route, OpenError> {
    use crate::control::epics::{EpicsSettings, PvAccess};
    let (read, write) = epics::settings(connector, ("pva", "EPICS_PVA"), EpicsSettings::pv_access)?;
    let connect = |settings: &EpicsSettings| -> Result<Arc<dyn ControlSystem>, OpenError> {
        Ok(Arc::new(PvAccess::connect(settings).map_err(|error| wrong("pva", error.to_string()))?))
    };
    route(&read, write.as_ref(), has_gateways(connector), connect)
}

/// Whether gateways are configured at all: a site that names one for reading only does not write.
fn has_gateways(connector: Option<&crate::config::EpicsConnector>) -> bool {
    connector
        .is_some_and(|connector| connector.gateways.read_only.is_some() || connector.gateways.write_access.is_some())
}

#[cfg(feature = "epics")]
fn route<S: PartialEq>(
    read: &S,
    write: Option<&S>,
    names_gateways: bool,
    connect: impl Fn(&S) -> Result<Arc<dyn ControlSystem>, OpenError>,
) -> Result<Route, OpenError> {
    let reader = connect(read)?;
    let writer = match write {
        Some(write) if write != read => Some(connect(write)?),
        Some(_) => Some(Arc::clone(&reader)),
        None if names_gateways => None,
        None => Some(Arc::clone(&reader)),
    };
    Ok(Route { read: reader, write: writer })
}

#[cfg(not(feature = "epics"))]
fn channel_access(_: Option<&crate::config::EpicsConnector>) -> Result<Route, OpenError> {
    Err(wrong("epics", "this build has no EPICS; build it with `--features epics`"))
}

#[cfg(not(feature = "epics"))]
fn pv_access(_: Option<&crate::config::EpicsConnector>) -> Result<Route, OpenError> {
    Err(wrong("pva", "this build has no EPICS; build it with `--features epics`"))
}

#[cfg(feature = "tango")]
fn tango(connector: Option<&crate::config::TangoConnector>) -> Result<Route, OpenError> {
    use crate::control::tango::{Tango, TangoSettings};
    let host = match connector.and_then(|connector| connector.host.as_ref()) {
        Some(host) => Some(expand(host, |name| std::env::var(name).ok()).map_err(|why| wrong("tango", why))?),
        None => std::env::var("TANGO_HOST").ok().filter(|host| !host.trim().is_empty()),
    };
    let settings = TangoSettings { host, ..TangoSettings::default() };
    Ok(Route::both(Arc::new(Tango::connect(&settings).map_err(|error| wrong("tango", error.to_string()))?)))
}

#[cfg(not(feature = "tango"))]
fn tango(_: Option<&crate::config::TangoConnector>) -> Result<Route, OpenError> {
    Err(wrong("tango", "this build has no Tango; build it with `--features tango`"))
}
