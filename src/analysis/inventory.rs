//! What a backend's Python has: against this imports are held.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use serde::Deserialize;

use super::settings::nearest;
use super::syntax::Version;

const SCIENCE: &str = include_str!("../../runtimes/science.modules.txt");
const STDLIB: &str = include_str!("../../runtimes/stdlib.modules.txt");
/// The guest's table of distributions that are named otherwise than what is imported.
const DISTRIBUTIONS: &str = include_str!("../../runtimes/outside/aerie_outside/distributions.py");
const SANDBOX: &str = include_str!("../../policies/backends/wasi.yml");

/// The modules of one Python.
#[derive(Debug, Clone)]
pub struct Inventory {
    name: String,
    python: Version,
    modules: FxHashSet<Box<str>>,
    sandbox: Option<std::sync::Arc<Sandbox>>,
    /// What installs a distribution there, before its name.
    installer: Option<String>,
}

/// A name that is there and does not work.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// What happens.
    pub happens: String,
    /// What to do instead.
    pub instead: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sandbox {
    fails: BTreeMap<String, Limit>,
    missing: BTreeMap<String, String>,
}

/// The distribution that has a module, as far as it is named otherwise.
fn distribution(root: &str) -> &str {
    // Python text, of which the strings are what counts: names and values, one after the other.
    let table = DISTRIBUTIONS.split_once('{').map_or("", |(_, table)| table);
    let texts: Vec<&str> = table.split('"').skip(1).step_by(2).collect();
    texts.as_chunks::<2>().0.iter().find(|[name, _]| *name == root).map_or(root, |[_, distribution]| distribution)
}

impl Inventory {
    /// Of a Python of the host, by the first names of its modules.
    pub fn new(name: impl Into<String>, python: Version, modules: impl IntoIterator<Item = String>) -> Self {
        let modules = modules.into_iter().map(Into::into).collect();
        Self { name: name.into(), python, modules, sandbox: None, installer: None }
    }

    /// Says how a distribution is installed there: what comes before its name.
    #[must_use]
    pub fn installed_by(mut self, installer: impl Into<String>) -> Self {
        self.installer = Some(installer.into());
        self
    }

    /// Of a runtime pack that Aerie knows; `None` for others.
    pub fn of_pack(pack: &str, python: Version) -> Option<Self> {
        let list = match pack {
            "science" => SCIENCE,
            "stdlib" => STDLIB,
            _ => return None,
        };
        let modules = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(Into::into).collect();
        let sandbox = serde_yaml::from_str(SANDBOX).ok().map(std::sync::Arc::new);
        Some(Self { name: format!("the pack `{pack}`"), python, modules, sandbox, installer: None })
    }

    /// How a module that is not there gets there.
    pub(super) fn remedy(&self, root: &str) -> Option<String> {
        self.installer.as_ref().map(|installer| format!("Install it: {installer} {}", distribution(root)))
    }

    /// What it is called in findings.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version.
    pub fn python(&self) -> Version {
        self.python
    }

    /// Its modules, by their first names.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        self.modules.iter().map(AsRef::as_ref)
    }

    /// Whether a module is there.
    pub fn has(&self, root: &str) -> bool {
        self.modules.contains(root)
    }

    /// What to do instead of importing a module that is not there.
    pub fn advice(&self, root: &str) -> Option<&str> {
        self.sandbox.as_ref()?.missing.get(root).map(String::as_str)
    }

    /// The module that was probably meant.
    pub(super) fn near(&self, root: &str) -> Option<&str> {
        let names: Vec<&str> = self.modules.iter().map(AsRef::as_ref).collect();
        nearest(root, &names)
    }

    /// What a name does, if it does not work here.
    pub(super) fn limit(&self, name: &str) -> Option<&Limit> {
        self.sandbox.as_ref()?.fails.get(name)
    }
}

/// The names that do not work in the sandbox: what the interpretation has to look out for.
pub(super) fn sandbox_limits() -> impl Iterator<Item = String> {
    let sandbox: Option<Sandbox> = serde_yaml::from_str(SANDBOX).ok();
    sandbox.into_iter().flat_map(|sandbox| sandbox.fails.into_keys())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packs_are_known() {
        let science = Inventory::of_pack("science", Version::three(15)).unwrap();
        assert!(science.has("numpy") && science.has("json") && science.has("epics") && !science.has("h5py"));
        assert!(science.limit("os.fork").is_some());
        assert!(science.advice("requests").is_some());
        assert_eq!(science.near("nunpy"), Some("numpy"));
        assert!(!Inventory::of_pack("stdlib", Version::three(15)).unwrap().has("numpy"));
        assert!(Inventory::of_pack("other", Version::three(15)).is_none());
    }
}
