//! What a site says about analysis, in the words of Osprey's `config.yml`, nested below `osprey:` or flat.
//!
//! Read here: `control_system` (type, patterns, `writes_enabled`), `approval` (modes), `execution.execution_method`, and
//! Aerie's own `analysis`. Other sections belong to others.

use std::collections::BTreeMap;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::pattern::{DEFAULT_CONTROL_SYSTEM, Pattern, Patterns};
use super::report::{BackendKind, Severity};

/// Which programs a person is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalMode {
    /// None.
    Disabled,
    /// Those that write, or may.
    #[default]
    #[serde(alias = "epics_writes")]
    ControlWrites,
    /// All.
    AllCode,
}

/// How the mode above all combines with the capability's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GlobalMode {
    /// Nobody is asked.
    Disabled,
    /// As the capability says.
    #[default]
    Selective,
    /// The capability is asked about even if it is not enabled.
    AllCapabilities,
}

/// Everything that a site can set.
#[derive(Debug)]
pub struct Settings {
    /// `control_system.type`, if it is set.
    pub control_system_type: Option<String>,
    /// The patterns to search for.
    pub patterns: Patterns,
    /// Whether writes are allowed at all.
    pub writes_enabled: bool,
    /// Who is asked about.
    pub approval: ApprovalMode,
    /// Whether anybody is asked at all.
    pub approval_enabled: bool,
    /// Where programs run.
    pub backend: Option<BackendKind>,
    /// Other weights for rules.
    pub severities: BTreeMap<String, Severity>,
    /// What the site forbids, or wants to be asked about.
    pub policy: Vec<PolicyEntry>,
    /// Tables of further libraries: a name and the YAML text.
    pub libraries: Vec<(String, String)>,
    /// Further modules that cannot reach a control system.
    pub inert: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            control_system_type: None,
            patterns: Patterns::built_in(DEFAULT_CONTROL_SYSTEM),
            writes_enabled: true,
            approval: ApprovalMode::default(),
            approval_enabled: true,
            backend: None,
            severities: BTreeMap::new(),
            policy: Vec::new(),
            libraries: Vec::new(),
            inert: Vec::new(),
        }
    }
}

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {message}")]
pub struct SettingsError {
    /// The file.
    pub file: String,
    /// What is wrong, with the path of the key, line and column.
    pub message: String,
}

/// One line of a site's policy: when it applies, and what then.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyEntry {
    /// What it is called in findings.
    pub name: String,
    /// All of these have to hold.
    pub when: PolicyCondition,
    /// What then.
    pub then: PolicyVerdict,
    /// What people read.
    pub reason: String,
}

/// When an entry applies. Texts may have `*` for any characters.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyCondition {
    /// An operation's library call.
    pub call: Option<Glob>,
    /// An operation's channel. One that is not known matches.
    pub channel: Option<Glob>,
    /// What an operation does.
    pub kind: Option<PolicyKind>,
    /// An imported module.
    pub import: Option<Glob>,
    /// A rule that has a finding.
    pub rule: Option<String>,
    /// The text.
    pub pattern: Option<SitePattern>,
}

/// Reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// Whatever can change the machine.
    Write,
    /// Whatever gets something out of it.
    Read,
}

/// What an entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyVerdict {
    /// The program does not pass.
    Refuse,
    /// A person is asked.
    Approve,
    /// It is said, no more.
    Warn,
}

/// Text with `*` for any characters, compared as a whole.
#[derive(Debug, Clone)]
pub struct Glob(regex::Regex);

impl Glob {
    /// Reads one.
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        let parts: Vec<String> = text.split('*').map(regex::escape).collect();
        regex::Regex::new(&format!("^(?s:{})$", parts.join(".*"))).map(Self)
    }

    /// Whether it is this text.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl<'de> Deserialize<'de> for Glob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// A pattern, compiled where it is read so that an error has its place.
#[derive(Debug, Clone)]
pub struct SitePattern(pub Pattern);

impl<'de> Deserialize<'de> for SitePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let invalid =
            |error| de::Error::custom(format!("the pattern `{text}` is no Python regular expression: {error}"));
        Pattern::of_site(&text).map(Self).map_err(invalid)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Extend,
    Override,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    #[serde(default)]
    write: Vec<SitePattern>,
    #[serde(default)]
    read: Vec<SitePattern>,
}

/// `patterns`: `{mode, write, read}`, or `{mode, <type>: {write, read}}`.
#[derive(Debug, Default)]
struct WrittenPatterns {
    mode: Mode,
    flat: Lists,
    by_type: BTreeMap<String, Lists>,
}

impl<'de> Deserialize<'de> for WrittenPatterns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = WrittenPatterns;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`mode`, and `write` and `read`, or those below a control system's name")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(WrittenPatterns::default())
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut written = WrittenPatterns::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "mode" => written.mode = map.next_value()?,
                        "write" => written.flat.write = map.next_value::<Option<_>>()?.unwrap_or_default(),
                        "read" => written.flat.read = map.next_value::<Option<_>>()?.unwrap_or_default(),
                        _ => {
                            let lists = map.next_value::<Option<Lists>>()?.unwrap_or_default();
                            if written.by_type.insert(key.clone(), lists).is_some() {
                                return Err(de::Error::custom(format!("`{key}` is there twice")));
                            }
                        }
                    }
                }
                Ok(written)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[derive(Debug, Default, Deserialize)]
struct ControlSystem {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    patterns: WrittenPatterns,
    writes_enabled: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
struct Approval {
    #[serde(default)]
    global_mode: GlobalMode,
    #[serde(default)]
    capabilities: Capabilities,
}

#[derive(Debug, Default, Deserialize)]
struct Capabilities {
    #[serde(default)]
    python_execution: Capability,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Capability {
    enabled: Option<bool>,
    mode: Option<ApprovalMode>,
}

#[derive(Debug, Default, Deserialize)]
struct Execution {
    execution_method: Option<Method>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    Wasi,
    Container,
    Local,
    Auto,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(default)]
    rules: BTreeMap<String, Severity>,
    #[serde(default)]
    policy: Vec<PolicyEntry>,
    #[serde(default)]
    libraries: Vec<serde_yaml::Value>,
    #[serde(default)]
    inert_modules: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Sections {
    control_system: Option<ControlSystem>,
    approval: Option<Approval>,
    execution: Option<Execution>,
    analysis: Option<Own>,
}

impl Settings {
    /// Reads a configuration file's text; `rules` are the names that `analysis.rules` may have.
    pub fn from_yaml(text: &str, file: &str, rules: &[&str]) -> Result<Self, SettingsError> {
        let wrong = |message: String| SettingsError { file: file.to_owned(), message };
        // Flattening would lose the place of an error, so the two shapes are read one after the other.
        let nested: Nested = serde_yaml::from_str::<Option<Nested>>(text)
            .map_err(|error| wrong(placed(&error, text)))?
            .unwrap_or_default();
        let flat: Sections = serde_yaml::from_str::<Option<Sections>>(text)
            .map_err(|error| wrong(placed(&error, text)))?
            .unwrap_or_default();
        let inner = nested.osprey.unwrap_or_default();
        let control = flat.control_system.or(inner.control_system).unwrap_or_default();
        let approval = flat.approval.or(inner.approval).unwrap_or_default();
        let execution = flat.execution.or(inner.execution).unwrap_or_default();
        let own = flat.analysis.or(inner.analysis).unwrap_or_default();

        if let Some(unknown) = own.rules.keys().find(|name| !rules.contains(&name.as_str())) {
            let near = nearest(unknown, rules).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(wrong(format!("analysis.rules: there is no rule `{unknown}`{near}")));
        }
        let capability = approval.capabilities.python_execution;
        let mut libraries = Vec::new();
        for (number, table) in own.libraries.iter().enumerate() {
            let text = serde_yaml::to_string(table).map_err(|error| wrong(error.to_string()))?;
            libraries.push((format!("{file}: analysis.libraries[{number}]"), text));
        }
        Ok(Self {
            patterns: control.patterns_for(control.kind.as_deref().unwrap_or(DEFAULT_CONTROL_SYSTEM)),
            control_system_type: control.kind,
            writes_enabled: control.writes_enabled.unwrap_or(true),
            approval: capability.mode.unwrap_or_default(),
            approval_enabled: match approval.global_mode {
                GlobalMode::Disabled => false,
                GlobalMode::AllCapabilities => true,
                GlobalMode::Selective => capability.enabled.unwrap_or(true),
            },
            backend: match execution.execution_method {
                Some(Method::Wasi) => Some(BackendKind::Wasi),
                Some(Method::Container) => Some(BackendKind::Container),
                Some(Method::Local) => Some(BackendKind::Local),
                Some(Method::Auto) | None => None,
            },
            severities: own.rules,
            policy: own.policy,
            libraries,
            inert: own.inert_modules,
        })
    }
}

#[derive(Debug, Default, Deserialize)]
struct Nested {
    osprey: Option<Sections>,
}

impl ControlSystem {
    fn patterns_for(&self, kind: &str) -> Patterns {
        let take = |lists: &Lists| Patterns {
            write: lists.write.iter().map(|pattern| pattern.0.clone()).collect(),
            read: lists.read.iter().map(|pattern| pattern.0.clone()).collect(),
        };
        let mut own = take(&self.patterns.flat);
        if let Some(lists) = self.patterns.by_type.get(kind) {
            own.extend(take(lists));
        }
        let says_something = !own.write.is_empty() || !own.read.is_empty();
        match self.patterns.mode {
            Mode::Override if says_something => own,
            Mode::Extend | Mode::Override => {
                let mut all = Patterns::built_in(kind);
                all.extend(own);
                all
            }
        }
    }
}

/// An error of the configuration with its line. For an element of a list the parser knows the line of the list alone: the
/// text that the message quotes tells which element it is.
fn placed(error: &serde_yaml::Error, text: &str) -> String {
    let message = error.to_string();
    let quoted = message.split_once("the pattern `").and_then(|(_, rest)| rest.split_once("` is no Python"));
    let Some((front, place)) = message.rsplit_once(" at line ") else { return message };
    let line = place.split(' ').next().and_then(|line| line.parse::<usize>().ok());
    let (Some((pattern, _)), Some(line)) = (quoted, line) else { return message };
    let mut below = text.lines().enumerate().skip(line.saturating_sub(1));
    match below.find_map(|(number, line)| Some((number + 1, line.find(pattern)? + 1))) {
        Some((line, column)) => format!("{front} at line {line} column {column}"),
        None => message,
    }
}

/// The nearest of some names, if one is near.
pub(super) fn nearest<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    let score = |other: &str| strsim::jaro_winkler(name, other);
    let best = names.iter().copied().max_by(|a, b| score(a).total_cmp(&score(b)))?;
    (score(best) > 0.8).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, SettingsError> {
        Settings::from_yaml(text, "config.yml", &["network", "processes"])
    }

    #[test]
    fn an_invalid_pattern_is_an_error_with_its_place() {
        let text = "control_system:\n  type: epics\n  patterns:\n    epics:\n      write:\n        - 'ok\\('\n        - '(bad'\n";
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains("config.yml") && error.contains("(bad"), "{error}");
        assert!(error.contains("line 7") && error.contains("missing ), unterminated subpattern"), "{error}");
        assert!(error.contains("control_system.patterns.epics.write"), "{error}");
    }

    #[test]
    fn ospreys_page_works_nested_and_flat() {
        let text = "osprey:\n  execution:\n    execution_method: container\ncontrol_system:\n  type: tango\n  patterns:\n    tango:\n      write: ['myset\\(']\napproval:\n  global_mode: selective\n  capabilities:\n    python_execution: {enabled: true, mode: epics_writes}\n";
        let settings = read(text).unwrap();
        assert_eq!(settings.backend, Some(BackendKind::Container));
        assert_eq!(settings.control_system_type.as_deref(), Some("tango"));
        assert_eq!(settings.approval, ApprovalMode::ControlWrites);
        assert!(settings.patterns.write.iter().any(|pattern| pattern.as_str() == "myset\\("));
        assert!(settings.patterns.write.len() > 10);
        let flat = read("control_system:\n  patterns: {mode: override, write: ['a'], read: ['b']}\n").unwrap();
        assert_eq!((flat.patterns.write.len(), flat.patterns.read.len()), (1, 1));
        read("").unwrap();
    }

    #[test]
    fn what_is_misspelt_is_said_so() {
        let error = read("analysis:\n  rules: {netwrk: note}\n").unwrap_err().to_string();
        assert!(error.contains("did you mean `network`?"), "{error}");
        let error =
            read("approval:\n  capabilities:\n    python_execution: {mode: sometimes}\n").unwrap_err().to_string();
        assert!(error.contains("sometimes") && error.contains("line 3"), "{error}");
        let error = read("analysis:\n  polcy: []\n").unwrap_err().to_string();
        assert!(error.contains("unknown field `polcy`") && error.contains("line 2"), "{error}");
    }
}
