//! [`Registry`]: the generators by name.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::Generator;
use super::api::ApiGenerator;
use super::command::CommandGenerator;
use super::error::GenerationError;
use super::mock::MockGenerator;
use super::settings::{GeneratorSettings, MockSettings};

/// The generators by name. `mock` is always there.
#[derive(Clone)]
pub struct Registry {
    generators: BTreeMap<String, Result<Arc<dyn Generator>, GenerationError>>,
    default: String,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("default", &self.default).field("names", &self.names()).finish_non_exhaustive()
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl Registry {
    /// Only `mock`, which is the default.
    #[must_use]
    pub fn new() -> Self {
        Self::from_settings("mock", BTreeMap::new(), Path::new(""), &|_| None)
    }

    /// What a site configured: `execution.code_generator` and `execution.generators`. Relative paths are below `base`;
    /// `variable` gives environment variables. A generator that cannot be used says so when it is asked for, so that it does
    /// not keep the others from working.
    #[must_use]
    pub fn from_settings(
        default: &str,
        settings: BTreeMap<String, GeneratorSettings>,
        base: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let mut registry = Self { generators: BTreeMap::new(), default: default.to_owned() };
        let built_in = ("mock".to_owned(), GeneratorSettings::Mock(MockSettings::default()));
        for (name, settings) in [built_in].into_iter().chain(settings) {
            let generator = build(&name, settings, base, variable);
            registry.generators.insert(name, generator);
        }
        registry
    }

    /// Adds a generator of an embedder, in place of one that has the name.
    pub fn register(&mut self, name: &str, generator: Arc<dyn Generator>) {
        self.generators.insert(name.to_owned(), Ok(generator));
    }

    /// The generator of that name.
    pub fn get(&self, name: &str) -> Result<Arc<dyn Generator>, GenerationError> {
        match self.generators.get(name) {
            Some(generator) => generator.clone(),
            None => Err(self.unknown(name)),
        }
    }

    /// The generator that is used if none is named.
    pub fn default_generator(&self) -> Result<Arc<dyn Generator>, GenerationError> {
        self.get(&self.default)
    }

    /// The names, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.generators.keys().map(String::as_str).collect()
    }

    /// What is wrong with those that cannot be used.
    pub fn faults(&self) -> impl Iterator<Item = (&str, &GenerationError)> {
        self.generators.iter().filter_map(|(name, generator)| Some((name.as_str(), generator.as_ref().err()?)))
    }

    fn unknown(&self, name: &str) -> GenerationError {
        let distance = |known: &&&str| strsim::damerau_levenshtein(known, name);
        let names = self.names();
        let shown: String = name.chars().take(100).collect();
        let near = (name.len() <= 100).then(|| names.iter().min_by_key(distance)).flatten();
        let near =
            near.filter(|known| distance(known) <= 1 + name.chars().count() / 3).map(|known| (*known).to_owned());
        GenerationError::Unknown { name: shown, known: names.into_iter().map(str::to_owned).collect(), nearest: near }
    }
}

fn build(
    name: &str,
    settings: GeneratorSettings,
    base: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Arc<dyn Generator>, GenerationError> {
    Ok(match settings {
        GeneratorSettings::Openai(settings) => Arc::new(ApiGenerator::openai(name, settings, base, variable)?),
        GeneratorSettings::Anthropic(settings) => Arc::new(ApiGenerator::anthropic(name, settings, base, variable)?),
        GeneratorSettings::Command(settings) => Arc::new(CommandGenerator::new(name, settings, base, variable)?),
        GeneratorSettings::Mock(settings) => Arc::new(MockGenerator::from_settings(name, settings, base)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> BTreeMap<String, GeneratorSettings> {
        serde_yaml::from_str(text).unwrap()
    }

    fn why(registry: &Registry, name: &str) -> String {
        registry.get(name).err().unwrap().to_string()
    }

    #[test]
    fn names_are_found_and_near_ones_suggested() {
        let registry = Registry::from_settings(
            "bsic",
            settings("basic: {type: mock, code: 'results = {}'}\nclaude_code: {type: mock}"),
            Path::new(""),
            &|_| None,
        );
        assert_eq!(registry.get("basic").unwrap().name(), "basic");
        assert_eq!(registry.names(), ["basic", "claude_code", "mock"]);
        let error = registry.default_generator().err().unwrap();
        assert_eq!(
            error.to_string(),
            "there is no code generator `bsic`, perhaps `basic`; there are: basic, claude_code, mock"
        );
        assert_eq!(error.category().as_str(), "configuration");
        assert!(!why(&registry, &"x".repeat(10_000)).contains("perhaps"));
        assert!(!why(&registry, "").contains("perhaps"));
        assert_eq!(Registry::new().default_generator().unwrap().name(), "mock");
    }

    #[test]
    fn one_bad_entry_does_not_keep_the_others_from_working() {
        let text = "
no_key: {type: openai, base_url: 'http://h/v1', model: m, api_key_env: NO_SUCH}
none: {type: anthropic, base_url: 'http://h', model: m}
bad_url: {type: openai, base_url: 'h/v1', model: m}
no_tries: {type: openai, base_url: 'http://h', model: m, max_tries: 0}
no_time: {type: openai, base_url: 'http://h', model: m, timeout_seconds: -1}
messages: {type: openai, base_url: 'http://h', model: m, extra: {messages: []}}
bad_key: {type: openai, base_url: 'http://h', model: m, api_key: \"sk-12345\\nx\"}
no_ca: {type: openai, base_url: 'https://h', model: m, ca_file: no_such.pem}
no_argv: {type: command, argv: []}
no_file: {type: mock, file: no_such.py}
good: {type: openai, base_url: 'http://h/v1', model: m, api_key_env: KEY}
";
        let variable = |name: &str| (name == "KEY").then(|| "sk-abcdef".to_owned());
        let registry = Registry::from_settings("good", settings(text), Path::new("/no/such"), &variable);
        let good = registry.default_generator().unwrap();
        assert_eq!(good.name(), "good");
        for (name, says) in [
            ("no_key", "NO_SUCH is not set"),
            ("none", "set api_key"),
            ("bad_url", "base_url"),
            ("no_tries", "max_tries"),
            ("no_time", "timeout_seconds is -1"),
            ("messages", "must not have `messages`"),
            ("bad_key", "characters that no header can have"),
            ("no_ca", "no_such.pem"),
            ("no_argv", "argv is empty"),
            ("no_file", "no_such.py"),
        ] {
            let error = why(&registry, name);
            assert!(error.contains(says) && !error.contains("sk-12345"), "{error}");
        }
        assert_eq!(registry.faults().count(), 10);
    }
}
