//! [`GeneratorSettings`]: one entry of `execution.generators`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::mock::MockFault;
use super::secret::Secret;

/// How one generator is configured, by its `type`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum GeneratorSettings {
    /// Any server that speaks `OpenAI`'s chat completions.
    Openai(ApiSettings),
    /// Anthropic's Messages API.
    Anthropic(ApiSettings),
    /// Any program.
    Command(CommandSettings),
    /// Known answers, for rehearsal.
    Mock(MockSettings),
}

/// Where the templates are, and how much of what failed they see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptSettings {
    /// A folder with templates that replace the built-in ones, file by file.
    pub folder: Option<PathBuf>,
    /// How many of the last errors the model sees.
    pub errors_shown: usize,
}

/// A server that is asked over HTTP.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiSettings {
    /// Where it is, up to the version: `http://localhost:8000/v1`. No address is the default: what goes to a model leaves
    /// this process, so a site says where to.
    pub base_url: String,
    /// The model.
    pub model: String,
    /// The key. Servers on site often need none.
    pub api_key: Option<Secret>,
    /// The environment variable with the key.
    pub api_key_env: Option<String>,
    /// Randomness.
    pub temperature: Option<f64>,
    /// Longest answer in tokens. Anthropic's API needs one: 8,192 if nothing is said.
    pub max_tokens: Option<u64>,
    /// Share of likely tokens that are looked at.
    pub top_p: Option<f64>,
    /// More for the body of the request; null takes a key out.
    #[serde(default)]
    pub extra: Map<String, Value>,
    /// More headers, for gateways.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// Seconds for everything, pauses and all tries included.
    #[serde(default = "five_minutes")]
    pub timeout_seconds: f64,
    /// Seconds to connect.
    #[serde(default = "ten")]
    pub connect_timeout_seconds: f64,
    /// Seconds without a byte of a stream that has begun.
    #[serde(default = "minute")]
    pub idle_timeout_seconds: f64,
    /// How often the server is asked at most.
    #[serde(default = "four")]
    pub max_tries: u32,
    /// Seconds before the second try; doubled for each further one.
    #[serde(default = "half")]
    pub first_wait_seconds: f64,
    /// Longest pause between tries. A server that asks for a longer one is not asked again.
    #[serde(default = "minute")]
    pub max_wait_seconds: f64,
    /// A proxy; its address may hold a password. The environment's proxy variables are not looked at.
    pub proxy: Option<Secret>,
    /// Certificates (PEM) to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// A folder with templates.
    pub prompts: Option<PathBuf>,
    /// How many of the last errors the model sees.
    #[serde(default = "two")]
    pub errors_shown: usize,
}

/// A program that writes programs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandSettings {
    /// The program and its arguments; no shell reads them. A path with `/` is below the configuration's folder.
    pub argv: Vec<String>,
    /// The model, for the record.
    pub model: Option<String>,
    /// Variables that it gets.
    #[serde(default)]
    pub env: BTreeMap<String, Secret>,
    /// Variables of this process that it gets beside `PATH`, `HOME`, `LANG`, `LC_ALL`, `TZ` and `TMPDIR`.
    #[serde(default)]
    pub pass_env: Vec<String>,
    /// Its working folder; the configuration's if nothing is said.
    pub folder: Option<PathBuf>,
    /// Seconds until it and all its processes are killed.
    #[serde(default = "five_minutes")]
    pub timeout_seconds: f64,
    /// Most bytes on its standard output.
    #[serde(default = "four_mebibytes")]
    pub max_output_bytes: usize,
    /// A folder with templates.
    pub prompts: Option<PathBuf>,
    /// How many of the last errors it sees.
    #[serde(default = "two")]
    pub errors_shown: usize,
}

/// Known answers. At most one of `code`, `codes`, `file`, `files`, `behavior`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MockSettings {
    /// One program, always.
    pub code: Option<String>,
    /// Programs one after the other; the last repeats.
    pub codes: Option<Vec<String>>,
    /// A file with the program.
    pub file: Option<PathBuf>,
    /// Files with programs one after the other; the last repeats.
    pub files: Option<Vec<PathBuf>>,
    /// A known way to behave.
    #[serde(alias = "behaviour")]
    pub behavior: Option<Behaviour>,
    /// What goes wrong at the first, second, … call; null: nothing.
    #[serde(default)]
    pub failures: Vec<Option<MockFault>>,
}

/// Osprey's behaviours of a mock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// Computes something and sets `results`.
    #[default]
    Success,
    /// Is no Python.
    SyntaxError,
    /// Raises.
    RuntimeError,
    /// Sets no `results`.
    MissingResults,
    /// Writes a channel.
    ChannelWrite,
    /// Reads a channel.
    ChannelRead,
    /// Does what the analysis refuses.
    SecurityRisk,
    /// Fails first, and corrects what the errors name.
    ErrorAware,
}

impl ApiSettings {
    /// Where the templates are.
    #[must_use]
    pub fn prompts(&self) -> PromptSettings {
        PromptSettings { folder: self.prompts.clone(), errors_shown: self.errors_shown }
    }
}

impl CommandSettings {
    /// Where the templates are.
    #[must_use]
    pub fn prompts(&self) -> PromptSettings {
        PromptSettings { folder: self.prompts.clone(), errors_shown: self.errors_shown }
    }
}

impl Default for PromptSettings {
    fn default() -> Self {
        Self { folder: None, errors_shown: two() }
    }
}

fn five_minutes() -> f64 {
    300.0
}

fn minute() -> f64 {
    60.0
}

fn ten() -> f64 {
    10.0
}

fn half() -> f64 {
    0.5
}

fn four() -> u32 {
    4
}

fn two() -> usize {
    2
}

fn four_mebibytes() -> usize {
    4 << 20
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_read_and_unknown_keys_are_errors() {
        let read = serde_yaml::from_str::<GeneratorSettings>;
        let api =
            "{type: openai, base_url: 'http://h/v1', model: m, api_key: sk-1234, temperature: 0, extra: {seed: 1}}";
        let GeneratorSettings::Openai(settings) = read(api).unwrap() else { panic!() };
        assert_eq!((settings.max_tries, settings.errors_shown), (4, 2));
        assert!((settings.timeout_seconds - 300.0).abs() < f64::EPSILON && settings.extra["seed"] == 1);
        assert!(!format!("{settings:?}").contains("sk-1234"));
        for (text, says) in [
            ("{type: openai, base_url: x, model: m, temprature: 0}", "temprature"),
            ("{type: openai, model: m}", "base_url"),
            ("{type: gpt, model: m}", "unknown variant `gpt`"),
            ("{model: m}", "type"),
            ("{type: mock, behavior: perfect}", "perfect"),
            ("{type: command}", "argv"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        let mock = read("{type: mock, behaviour: error_aware, failures: [busy, null]}").unwrap();
        let GeneratorSettings::Mock(mock) = mock else { panic!() };
        assert_eq!(mock.behavior, Some(Behaviour::ErrorAware));
        assert_eq!(mock.failures, [Some(MockFault::Busy), None]);
    }
}
