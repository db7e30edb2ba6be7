//! `control_system`: which machine it is, how it is reached, and which files say what may be written.
//!
//! Osprey's keys are read as they stand; `policy`, `connector.pva`, and the mock's `machine`, `recording` and `seed` are
//! Aerie's own.

use std::path::PathBuf;

use serde::Deserialize;

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {message}")]
pub struct SettingsError {
    /// The file.
    pub file: String,
    /// What is wrong, with the path of the key, line and column.
    pub message: String,
}

/// Which machine `osprey.runtime` and the plans' default protocol speak to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The simulated machine. Nothing real is ever the default.
    #[default]
    Mock,
    /// EPICS.
    Epics,
    /// Tango.
    Tango,
}

/// The whole section.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlSystemConfig {
    /// `type`.
    #[serde(default, rename = "type")]
    pub kind: Kind,
    /// Whether anything is written at all. A real machine is not written unless this says so.
    pub writes_enabled: Option<bool>,
    /// Osprey's limits database.
    #[serde(default)]
    pub limits_checking: LimitsChecking,
    /// How writes are verified where no rule says it. Osprey's; a program cannot change it.
    #[serde(default)]
    pub write_verification: WriteVerification,
    /// How each control system is reached.
    #[serde(default)]
    pub connector: Connector,
    /// Files with channel rules, below the configuration's own folder.
    #[serde(default)]
    pub policy: Vec<PathBuf>,
    /// The analysis reads these.
    #[serde(default)]
    patterns: Option<serde_yaml::Value>,
}

/// `limits_checking`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsChecking {
    /// Whether the database is used.
    #[serde(default)]
    pub enabled: bool,
    /// The file.
    pub database_path: Option<PathBuf>,
    /// Whether channels that it does not list may be written.
    #[serde(default)]
    pub allow_unlisted_channels: bool,
    /// `skip`: the write is refused and the program goes on. `error`: the program is stopped.
    pub on_violation: Option<OnViolation>,
}

/// `limits_checking.on_violation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnViolation {
    /// The write is refused, the program goes on.
    Skip,
    /// The program is stopped.
    #[serde(alias = "raise", alias = "stop")]
    Error,
}

/// `write_verification`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteVerification {
    /// `none`, `callback` or `readback`. Rules say it per channel.
    pub default_level: Option<String>,
    /// Per cent of the written value.
    pub default_tolerance_percent: Option<f64>,
}

/// `connector`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connector {
    /// The simulated machine.
    pub mock: Option<MockConnector>,
    /// EPICS Channel Access.
    pub epics: Option<EpicsConnector>,
    /// EPICS PV Access.
    pub pva: Option<EpicsConnector>,
    /// Tango.
    pub tango: Option<TangoConnector>,
}

/// `connector.mock`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MockConnector {
    /// How long each answer takes.
    pub response_delay_ms: Option<u64>,
    /// Relative noise of measured values.
    pub noise_level: Option<f64>,
    /// Deprecated by Osprey: whether the mock is written.
    pub enable_writes: Option<bool>,
    /// A scripted machine.
    pub machine: Option<PathBuf>,
    /// A recorded machine.
    pub recording: Option<PathBuf>,
    /// Seeds initial values and noise.
    pub seed: Option<u64>,
}

/// `connector.epics` and `connector.pva`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpicsConnector {
    /// Seconds.
    pub timeout: Option<f64>,
    /// Where to look for channels. Without it the usual `EPICS_*` variables say so.
    #[serde(default)]
    pub gateways: Gateways,
}

/// `gateways`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateways {
    /// Reads go here.
    pub read_only: Option<Gateway>,
    /// Writes, and the readings that judge and verify them, go here.
    pub write_access: Option<Gateway>,
}

/// One gateway, or an IOC itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// Host name or address.
    pub address: String,
    /// Port.
    pub port: Option<u16>,
    /// Whether it is asked by TCP, as a name server.
    #[serde(default)]
    pub use_name_server: bool,
}

/// `connector.tango`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TangoConnector {
    /// `host:port` of the database. Without it `TANGO_HOST` says so.
    pub host: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Sections {
    control_system: Option<ControlSystemConfig>,
}

#[derive(Debug, Default, Deserialize)]
struct Nested {
    osprey: Option<Sections>,
}

impl ControlSystemConfig {
    /// Reads the section of a configuration file's text. A file without it says nothing: the simulated machine.
    pub fn from_yaml(text: &str, file: &str) -> Result<Self, SettingsError> {
        let wrong = |error: serde_yaml::Error| SettingsError { file: file.to_owned(), message: error.to_string() };
        // Flattening would lose the place of an error, so the two shapes are read one after the other.
        let nested: Nested = serde_yaml::from_str::<Option<Nested>>(text).map_err(wrong)?.unwrap_or_default();
        let flat: Sections = serde_yaml::from_str::<Option<Sections>>(text).map_err(wrong)?.unwrap_or_default();
        let config = flat.control_system.or(nested.osprey.unwrap_or_default().control_system).unwrap_or_default();
        config.check().map_err(|message| SettingsError { file: file.to_owned(), message })?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        if self.limits_checking.enabled && self.limits_checking.database_path.is_none() {
            return Err("control_system.limits_checking: it is enabled and names no database_path".to_owned());
        }
        if let Some(level) = &self.write_verification.default_level
            && !matches!(level.as_str(), "none" | "callback" | "readback")
        {
            return Err(format!(
                "control_system.write_verification.default_level is `{level}`; it must be none, callback or readback"
            ));
        }
        if self.connector.mock.as_ref().is_some_and(|mock| mock.machine.is_some() && mock.recording.is_some()) {
            return Err("control_system.connector.mock: give a machine or a recording, not both".to_owned());
        }
        let percent = self.write_verification.default_tolerance_percent;
        if percent.is_some_and(|percent| !percent.is_finite() || percent < 0.0) {
            return Err("control_system.write_verification.default_tolerance_percent must be at least 0".to_owned());
        }
        Ok(())
    }
}

/// A text with its `${NAME}` and `${NAME:-default}` replaced by what `variable` gives.
///
/// # Errors
///
/// The name of a variable that is not set and has no default.
pub fn expand(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (inside, after) = after.split_once('}').ok_or_else(|| format!("`{text}` has a ${{ without its }}"))?;
        let (name, default) = inside.split_once(":-").map_or((inside, None), |(name, default)| (name, Some(default)));
        expanded.push_str(before);
        match (variable(name), default) {
            (Some(value), _) => expanded.push_str(&value),
            (None, Some(default)) => expanded.push_str(default),
            (None, None) => return Err(format!("`{text}` needs the environment variable {name}, which is not set")),
        }
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OSPREY: &str = "\
control_system:
  type: epics
  writes_enabled: true
  limits_checking: {enabled: true, database_path: limits.json, allow_unlisted_channels: false, on_violation: skip}
  write_verification: {default_level: callback, default_tolerance_percent: 0.1}
  connector:
    mock: {response_delay_ms: 10, noise_level: 0.01}
    epics:
      timeout: 5.0
      gateways:
        read_only: {address: cagw.example.org, port: 5064, use_name_server: false}
        write_access: {address: cagw.example.org, port: 5084, use_name_server: true}
  patterns: {write: ['x']}
";

    #[test]
    fn ospreys_section_is_read_as_it_stands_nested_or_flat() {
        let flat = ControlSystemConfig::from_yaml(OSPREY, "config.yml").unwrap();
        assert_eq!(flat.kind, Kind::Epics);
        let gateways = flat.connector.epics.as_ref().unwrap().gateways.clone();
        assert_eq!(gateways.write_access.unwrap().port, Some(5084));
        let nested = format!("osprey:\n  {}\n", OSPREY.trim_end().replace('\n', "\n  "));
        assert_eq!(ControlSystemConfig::from_yaml(&nested, "config.yml").unwrap(), flat);
        assert_eq!(ControlSystemConfig::from_yaml("", "config.yml").unwrap().kind, Kind::Mock);
        assert_eq!(ControlSystemConfig::from_yaml("execution: {}\n", "config.yml").unwrap().kind, Kind::Mock);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, says) in [
            ("control_system:\n  tpye: epics\n", "line 2"),
            ("control_system:\n  type: epcis\n", "unknown variant `epcis`"),
            ("control_system:\n  limits_checking: {enabled: true}\n", "names no database_path"),
            ("control_system:\n  writes_enabled: perhaps\n", "writes_enabled"),
            ("control_system:\n  connector:\n    epics:\n      gateways:\n        read_only: {adress: x}\n", "adress"),
        ] {
            let error = ControlSystemConfig::from_yaml(text, "config.yml").unwrap_err().to_string();
            assert!(error.contains("config.yml") && error.contains(says), "{error}");
        }
    }

    #[test]
    fn variables_are_expanded() {
        let known = |name: &str| (name == "GW").then(|| "gw1".to_owned());
        assert_eq!(expand("a-${GW}:${PORT:-5064}", known).unwrap(), "a-gw1:5064");
        assert!(expand("${NOPE}", known).unwrap_err().contains("NOPE"));
        assert!(expand("${GW", known).is_err());
    }
}
