//! The backends outside the sandbox, opened as the configuration has them.

use std::path::Path;

use super::failure::{Failure, cache_dir, show};
use super::launch::PlaceArgs;
use crate::analysis::{Inventory, Version};
use crate::artifacts::KeptRequest;
use crate::backend::Backend;
use crate::backend::container::{ContainerBackend, ContainerSettings, Endpoint, Timing};
use crate::backend::local::{LocalBackend, LocalSettings, Python};
use crate::config::{Config, ModeName, Unset};
use crate::error::ErrorCode;

/// Modules that every Python outside the sandbox has besides its own: they come with the guest.
const GUEST_MODULES: &[&str] = &["epics", "osprey", "p4p", "tango", "PyTango"];

/// The Python of this host that programs run in.
pub(super) fn python(place: &PlaceArgs, config: &Config) -> Result<Python, Failure> {
    let configured = config.python_env_path().map_err(unset)?;
    let configured = configured.map(|path| config.folder().join(path));
    let cache = cache_dir(place.cache())?;
    Ok(Python::find(configured.as_deref(), &cache)?)
}

/// What a Python has, for the analysis.
pub(super) fn inventory_of(python: &Python) -> Result<Inventory, Failure> {
    let mut numbers = python.about.version.split('.');
    let version = format!("{}.{}", numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    let version = Version::try_from(version).map_err(|reason| Failure::new(ErrorCode::PythonUnusable, reason))?;
    let name = show(&python.interpreter);
    let modules = python.about.modules.iter().cloned().chain(GUEST_MODULES.iter().map(|&name| name.to_owned()));
    Ok(Inventory::new(name.clone(), version, modules).installed_by(format!("{name} -m pip install")))
}

/// The backend that an execution ran in, for another run that only looks.
pub(super) fn of_fingerprint(place: &PlaceArgs, kept: &KeptRequest, quiet: bool) -> Result<Box<dyn Backend>, Failure> {
    let config = place.whole_config()?;
    let mode = ModeName::ReadOnly;
    Ok(match kept.backend.split('/').next() {
        Some("local") => {
            let shared = local(place, &config, &place.state_of(&config)?)?;
            Box::new(shared.with_environment(environment(&config, mode)?))
        }
        Some("container") => Box::new(container(place, &config, mode)?),
        _ => Box::new(place.backend(&kept.pack, quiet)?),
    })
}

/// Opens the `local` backend, without what a mode adds to its environment.
pub(super) fn local(place: &PlaceArgs, config: &Config, state: &Path) -> Result<LocalBackend, Failure> {
    let python = python(place, config)?;
    let aerie = std::env::current_exe()
        .map_err(|error| Failure::new(ErrorCode::ProcessFailed, format!("Aerie's own executable: {error}")))?;
    let local = config.execution.local.as_ref();
    let passed = local.map(|local| local.pass_environment.as_slice()).unwrap_or_default();
    let settings = LocalSettings {
        aerie,
        python,
        cache: cache_dir(place.cache())?,
        root: state.join("local"),
        secrets: [state.to_owned()].into_iter().chain(place.config.clone()).collect(),
        environment: passed.iter().filter_map(|name| Some((name.clone(), std::env::var(name).ok()?))).collect(),
        processes: local.is_some_and(|local| local.processes),
        cgroup: local.and_then(|local| local.cgroup.clone()),
        // A command starts what it needs.
        warm: 0,
        at_most: local.map_or(8, |local| local.at_most as usize),
    };
    Ok(LocalBackend::open(settings)?)
}

/// What the mode adds to the environment of programs: where its gateway is, and what is written there.
pub(super) fn environment(config: &Config, mode: ModeName) -> Result<Vec<(String, String)>, Failure> {
    let settings = config.execution.modes.get(mode);
    let mut environment = gateway(config, settings.gateway);
    for (name, value) in &settings.environment {
        environment.push((name.clone(), value.get().map_err(unset)?.expose().to_owned()));
    }
    Ok(environment)
}

/// The variables by which EPICS clients find a gateway. Aerie's own modules need none: they ask the gate.
fn gateway(config: &Config, mode: ModeName) -> Vec<(String, String)> {
    let gateways = config.control_system.connector.epics.as_ref().map(|epics| &epics.gateways);
    let gateway = gateways.and_then(|gateways| match mode {
        ModeName::ReadOnly => gateways.read_only.as_ref(),
        ModeName::WriteAccess => gateways.write_access.as_ref(),
    });
    let Some(gateway) = gateway else { return Vec::new() };
    let mut variables = vec![("EPICS_CA_AUTO_ADDR_LIST", "NO".to_owned())];
    let port = gateway.port.map(|port| port.to_string());
    if gateway.use_name_server {
        let address = port.map_or_else(|| gateway.address.clone(), |port| format!("{}:{port}", gateway.address));
        variables.push(("EPICS_CA_NAME_SERVERS", address));
    } else {
        variables.push(("EPICS_CA_ADDR_LIST", gateway.address.clone()));
        variables.extend(port.map(|port| ("EPICS_CA_SERVER_PORT", port)));
    }
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` passes")]
fn unset(unset: Unset) -> Failure {
    Failure::new(ErrorCode::InvalidSettings, unset.to_string())
}

/// The Jupyter server and kernel of a mode.
pub(super) fn endpoint(config: &Config, mode: ModeName) -> Result<Endpoint, Failure> {
    let found = config.jupyter(mode)?;
    Ok(Endpoint {
        host: found.host.to_owned(),
        port: found.port,
        https: found.https,
        base_path: found.base_path.to_owned(),
        token: found.token.cloned(),
        ca_file: found.ca_file,
        kernel_name: found.kernel_name.to_owned(),
    })
}

/// Opens the `container` backend for a mode.
pub(super) fn container(place: &PlaceArgs, config: &Config, mode: ModeName) -> Result<ContainerBackend, Failure> {
    let state = place.state_of(config)?;
    // What was approved for one server and kernel is not approved for others, whichever mode it runs in.
    let mut named = Vec::new();
    for mode in [ModeName::ReadOnly, ModeName::WriteAccess] {
        // The other mode may have no server.
        let Ok(endpoint) = endpoint(config, mode) else { continue };
        named.push(format!("{} {}", endpoint.base()?, endpoint.kernel_name));
    }
    named.dedup();
    let settings = ContainerSettings {
        endpoint: endpoint(config, mode)?,
        owner: owner(&state),
        environment: environment(config, mode)?,
        fingerprint: format!("container/{}", named.join(", ")),
        certain: mode == ModeName::WriteAccess,
        // A command starts what it needs.
        warm: 0,
        at_most: config.execution.container.as_ref().map_or(8, |container| container.at_most as usize),
        timing: Timing::default(),
    };
    Ok(ContainerBackend::new(settings))
}

/// Names this installation: the host, and its state folder.
fn owner(state: &Path) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned();
    let digest = crate::approval::Digest::of(state.as_os_str().as_encoded_bytes());
    format!("{host}-{}", digest.short())
}
