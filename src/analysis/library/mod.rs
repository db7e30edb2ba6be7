//! Which members of which libraries read or write a control system: the tables in `policies/libraries/`, and what a site
//! adds to them, made ready for looking up.

mod table;

use rustc_hash::{FxHashMap, FxHashSet};

pub use table::{Access, Argument, Callable, ClassTable, Effect, InertTable, LibraryTable};

macro_rules! tables {
    ($($name:literal)*) => {
        &[$((concat!($name, ".yml"), include_str!(concat!(env!("OUT_DIR"), "/", $name, ".json")))),*]
    };
}

/// The libraries that Aerie knows: `policies/libraries/*.yml`, as the build script turned them into JSON.
const BUILT_IN: &[(&str, &str)] = tables!(
    "aioca" "bluesky" "caproto" "commands" "cothread" "doocs" "labview" "ophyd" "ophyd_async" "osprey" "p4p" "pvapy" "pyepics" "pytango" "softioc" "taurus"
);
const INERT: &str = include_str!(concat!(env!("OUT_DIR"), "/inert.json"));
/// The standard library's modules, of Python 3.11 to 3.15.
const STANDARD: &str = include_str!("../../../policies/libraries/standard.txt");

/// An index into [`Libraries::class`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub u32);

/// An index into [`Libraries::callable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallableId(u32);

/// What a dotted path, such as `epics.caput`, stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Of a library that cannot reach a control system.
    Inert,
    /// Of a module that is not known: anything.
    UnknownModule,
    /// A control-system module, or something of it that does nothing.
    Harmless,
    /// A function of a control-system library.
    Function(CallableId),
    /// A class of a control-system library.
    Class(ClassId),
    /// Of a control-system library, but in no table.
    Unlisted,
}

/// A class, with its bases' members merged in.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its path.
    pub path: Box<str>,
    /// The library.
    pub library: u32,
    /// What making an object does.
    pub does: Effect,
    /// The constructor's argument that names the channel.
    pub channel: Option<Argument>,
    /// The one for writes, if it is another.
    pub write_channel: Option<Argument>,
    separator: Option<Box<str>>,
    methods: FxHashMap<Box<str>, CallableId>,
    attributes: FxHashMap<Box<str>, Access>,
    harmless: FxHashSet<Box<str>>,
    /// `object[key]`.
    pub items: Option<Access>,
    /// Members in no list.
    pub other: Option<Access>,
    /// Calling an object.
    pub call: Option<CallableId>,
}

/// A member of an object.
#[derive(Debug, Clone, Copy)]
pub enum Member<'a> {
    /// A method.
    Method(CallableId),
    /// An attribute.
    Attribute(&'a Access),
    /// One that does nothing.
    Harmless,
    /// One that the table does not list, and what the class says of those.
    Other(&'a Access),
    /// One that nothing is known of.
    Unlisted,
}

/// A function or method, ready to be applied.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its path, such as `epics.PV.put`.
    pub path: Box<str>,
    /// The library.
    pub library: u32,
    /// The written form.
    pub table: Callable,
    /// The class of what it returns.
    pub gives: Option<ClassId>,
    /// The class of the objects that it returns, one for each argument.
    pub gives_each: Option<ClassId>,
}

/// Name and control system of a library.
#[derive(Debug, Clone)]
pub struct Library {
    /// Such as `pyepics`.
    pub name: Box<str>,
    /// Such as `epics`.
    pub control_system: Box<str>,
    /// What has to be called for its functions to act.
    pub acts_by: Option<Box<str>>,
}

/// A table that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {message}")]
pub struct TableError {
    /// The file.
    pub name: String,
    /// What is wrong, with line and column where known.
    pub message: String,
}

/// All tables.
#[derive(Debug)]
pub struct Libraries {
    libraries: Vec<Library>,
    roots: FxHashMap<Box<str>, u32>,
    aliases: FxHashMap<Box<str>, Box<str>>,
    same: FxHashMap<Box<str>, Box<str>>,
    functions: FxHashMap<Box<str>, CallableId>,
    callables: Vec<Known>,
    classes: Vec<Class>,
    class_by_path: FxHashMap<Box<str>, ClassId>,
    harmless: FxHashSet<Box<str>>,
    /// What listed paths are below of.
    modules: FxHashSet<Box<str>>,
    inert: FxHashSet<Box<str>>,
    /// Names of members that write on some class: what an unknown object is suspected of.
    suspects: FxHashMap<Box<str>, Effect>,
    /// Programs of a command line.
    commands: FxHashMap<Box<str>, (u32, Effect)>,
    /// The names of all control-system modules.
    named: regex::Regex,
    /// Bare names of functions, for programs that forget the import.
    by_name: FxHashMap<Box<str>, Box<str>>,
}

impl Libraries {
    /// The built-in tables and `more`: each a file name and its YAML text.
    ///
    /// A site's table wins where both list the same path.
    pub fn new<'t>(more: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<Self, TableError> {
        let mut tables = Vec::new();
        let wrong = |name: &str, message: String| TableError { name: name.to_owned(), message };
        for (name, text) in BUILT_IN.iter().copied() {
            let table: LibraryTable = serde_json::from_str(text).map_err(|error| wrong(name, error.to_string()))?;
            tables.push((name, table));
        }
        for (name, text) in more {
            let table: LibraryTable = serde_yaml::from_str(text).map_err(|error| wrong(name, error.to_string()))?;
            tables.push((name, table));
        }
        let inert: InertTable = serde_json::from_str(INERT).map_err(|error| wrong("inert.yml", error.to_string()))?;
        let standard = STANDARD.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut all = Self {
            libraries: Vec::new(),
            roots: FxHashMap::default(),
            aliases: FxHashMap::default(),
            same: FxHashMap::default(),
            functions: FxHashMap::default(),
            callables: Vec::new(),
            classes: Vec::new(),
            class_by_path: FxHashMap::default(),
            harmless: FxHashSet::default(),
            modules: FxHashSet::default(),
            inert: standard.map(Into::into).chain(inert.modules.into_iter().map(Into::into)).collect(),
            suspects: FxHashMap::default(),
            commands: FxHashMap::default(),
            named: names(std::iter::empty())?,
            by_name: FxHashMap::default(),
        };
        all.add(tables)?;
        Ok(all)
    }

    fn add(&mut self, tables: Vec<(&str, LibraryTable)>) -> Result<(), TableError> {
        let mut written: FxHashMap<String, (u32, String, ClassTable)> = FxHashMap::default();
        let mut functions = Vec::new();
        for (file, table) in tables {
            let id = u32::try_from(self.libraries.len()).unwrap_or(u32::MAX);
            self.libraries.push(Library {
                name: table.library.into(),
                control_system: table.control_system.into(),
                acts_by: table.acts_by.map(Into::into),
            });
            for (command, effect) in table.commands {
                self.commands.insert(command.into(), (id, effect));
            }
            for module in table.modules {
                self.inert.remove(module.as_str());
                self.roots.insert(module.into(), id);
            }
            for (alias, module) in table.aliases {
                self.aliases.insert(alias.into(), module.into());
            }
            for path in table.bare_names {
                let name = path.rsplit('.').next().unwrap_or(&path).into();
                self.by_name.insert(name, path.into());
            }
            self.same.extend(table.same.into_iter().map(|(from, to)| (from.into(), to.into())));
            self.harmless.extend(table.harmless.into_iter().map(Into::into));
            for (path, class) in table.classes {
                written.insert(path, (id, file.to_owned(), class));
            }
            functions.extend(table.functions.into_iter().map(|(path, function)| (path, id, file.to_owned(), function)));
        }
        let mut order: Vec<&String> = written.keys().collect();
        order.sort_unstable();
        for (number, path) in order.iter().enumerate() {
            let id = ClassId(u32::try_from(number).unwrap_or(u32::MAX));
            self.class_by_path.insert(path.as_str().into(), id);
        }
        for path in order {
            let class = self.resolve(path, &written)?;
            self.classes.push(class);
        }
        for (path, library, file, table) in functions {
            let id = self.callable(&path, library, table, &file)?;
            self.functions.insert(path.into(), id);
        }
        self.named = names(self.roots.keys().chain(self.aliases.keys()).map(AsRef::as_ref))?;
        let listed =
            self.functions.keys().chain(self.class_by_path.keys()).chain(self.same.keys()).chain(&self.harmless);
        for path in listed {
            let mut below: &str = path;
            while let Some((front, _)) = below.rsplit_once('.') {
                self.modules.insert(front.into());
                below = front;
            }
        }
        Ok(())
    }

    fn callable(&mut self, path: &str, library: u32, table: Callable, file: &str) -> Result<CallableId, TableError> {
        let gives = match &table.gives {
            Some(class) => Some(self.class_named(class).ok_or_else(|| TableError {
                name: file.to_owned(),
                message: format!("`{path}` gives `{class}`, which no table lists"),
            })?),
            None => None,
        };
        let gives_each = match &table.gives_each {
            Some(class) => Some(self.class_named(class).ok_or_else(|| TableError {
                name: file.to_owned(),
                message: format!("`{path}` gives each `{class}`, which no table lists"),
            })?),
            None => None,
        };
        self.callables.push(Known { path: path.into(), library, table, gives, gives_each });
        Ok(CallableId(u32::try_from(self.callables.len() - 1).unwrap_or(u32::MAX)))
    }

    /// Merges a class with its bases; the nearest definition of a member wins.
    fn resolve(
        &mut self,
        path: &str,
        written: &FxHashMap<String, (u32, String, ClassTable)>,
    ) -> Result<Class, TableError> {
        let (library, file, own) = &written[path];
        let mut class = Class {
            path: path.into(),
            library: *library,
            does: own.does.unwrap_or(Effect::Nothing),
            channel: None,
            write_channel: None,
            separator: None,
            methods: FxHashMap::default(),
            attributes: FxHashMap::default(),
            harmless: FxHashSet::default(),
            items: None,
            other: None,
            call: None,
        };
        let mut pending = vec![path.to_owned()];
        let mut seen = FxHashSet::default();
        while !pending.is_empty() {
            let at = pending.remove(0);
            let at = self.same.get(at.as_str()).map_or(at.clone(), ToString::to_string);
            if !seen.insert(at.clone()) {
                continue;
            }
            let Some((_, _, table)) = written.get(&at) else {
                return Err(TableError {
                    name: file.clone(),
                    message: format!("`{path}` has the base `{at}`, which no table lists"),
                });
            };
            class.channel = class.channel.or_else(|| table.channel.clone());
            class.write_channel = class.write_channel.or_else(|| table.write_channel.clone());
            class.separator = class.separator.or_else(|| table.separator.as_deref().map(Into::into));
            for (name, method) in &table.methods {
                if class.knows(name) {
                    continue;
                }
                if method.does.writes() {
                    self.suspects.insert(name.as_str().into(), method.does);
                }
                let id = self.callable(&format!("{path}.{name}"), *library, method.clone(), file)?;
                class.methods.insert(name.as_str().into(), id);
            }
            for (name, access) in &table.attributes {
                if !class.knows(name) {
                    if access.call.is_some_and(Effect::writes) {
                        self.suspects.insert(name.as_str().into(), Effect::Command);
                    }
                    class.attributes.insert(name.as_str().into(), access.clone());
                }
            }
            for name in &table.harmless {
                if !class.knows(name) {
                    class.harmless.insert(name.as_str().into());
                }
            }
            class.items = class.items.or_else(|| table.items.clone());
            class.other = class.other.or_else(|| table.other.clone());
            if let (None, Some(call)) = (class.call, &table.call) {
                class.call = Some(self.callable(&format!("{path}()"), *library, call.clone(), file)?);
            }
            pending.extend(table.bases.iter().cloned());
        }
        Ok(class)
    }

    /// The path under which a thing is listed.
    pub fn canonical(&self, path: &str) -> Option<String> {
        let root = path.split('.').next().unwrap_or(path);
        let aliased = self.aliases.get(root).map(|target| format!("{target}{}", &path[root.len()..]));
        let known = aliased.as_deref().unwrap_or(path);
        self.same.get(known).map(ToString::to_string).or(aliased)
    }

    /// What a canonical path stands for.
    pub fn meaning(&self, path: &str) -> Meaning {
        if let Some(id) = self.functions.get(path) {
            return Meaning::Function(*id);
        }
        if let Some(id) = self.class_by_path.get(path) {
            return Meaning::Class(*id);
        }
        let root = path.split('.').next().unwrap_or(path);
        if self.roots.contains_key(root) {
            if path == root || self.harmless.contains(path) || self.modules.contains(path) {
                return Meaning::Harmless;
            }
            let mut below = path;
            while let Some((front, _)) = below.rsplit_once('.') {
                if self.harmless.contains(format!("{front}.*").as_str()) {
                    return Meaning::Harmless;
                }
                below = front;
            }
            return Meaning::Unlisted;
        }
        if self.inert.contains(root) { Meaning::Inert } else { Meaning::UnknownModule }
    }

    /// Whether a module is one of a control-system library.
    pub fn is_control_root(&self, root: &str) -> bool {
        self.roots.contains_key(root) || self.aliases.contains_key(root)
    }

    /// Whether a text names a control-system library somewhere.
    pub fn names_control(&self, text: &str) -> bool {
        self.named.is_match(text)
    }

    /// Whether a module is known not to reach a control system.
    pub fn is_inert_root(&self, root: &str) -> bool {
        self.inert.contains(root)
    }

    /// A class by its path.
    pub fn class_named(&self, path: &str) -> Option<ClassId> {
        let path = self.same.get(path).map_or(path, |same| same);
        self.class_by_path.get(path).copied()
    }

    /// A class.
    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.0 as usize]
    }

    /// A function or method.
    pub fn callable_of(&self, id: CallableId) -> &Known {
        &self.callables[id.0 as usize]
    }

    /// A library.
    pub fn library(&self, id: u32) -> &Library {
        &self.libraries[id as usize]
    }

    /// Adds modules that cannot reach a control system.
    pub fn add_inert<'n>(&mut self, modules: impl Iterator<Item = &'n str>) {
        for module in modules {
            if !self.is_control_root(module) {
                self.inert.insert(module.into());
            }
        }
    }

    /// The library of a module.
    pub fn of_module(&self, root: &str) -> Option<&Library> {
        let root = self.aliases.get(root).map_or(root, AsRef::as_ref);
        self.roots.get(root).map(|id| self.library(*id))
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Library> {
        self.libraries.iter()
    }

    /// What a member of this name does on some class, if it writes there.
    pub fn suspect(&self, member: &str) -> Option<Effect> {
        self.suspects.get(member).copied()
    }

    /// What a program of a command line does, and whose it is.
    pub fn command(&self, program: &str) -> Option<(u32, Effect)> {
        self.commands.get(program).copied()
    }

    /// The path of a function or class that is known by its bare name, such as `caput`.
    pub fn by_bare_name(&self, name: &str) -> Option<&str> {
        self.by_name.get(name).map(AsRef::as_ref)
    }
}

/// What finds any of these names.
fn names<'n>(names: impl Iterator<Item = &'n str>) -> Result<regex::Regex, TableError> {
    let all: Vec<String> = names.map(regex::escape).collect();
    let pattern = if all.is_empty() { "[^\\s\\S]".to_owned() } else { all.join("|") };
    regex::Regex::new(&pattern).map_err(|error| TableError { name: "modules".to_owned(), message: error.to_string() })
}

impl Class {
    fn knows(&self, name: &str) -> bool {
        self.methods.contains_key(name) || self.attributes.contains_key(name) || self.harmless.contains(name)
    }

    /// A member by its name.
    pub fn member(&self, name: &str) -> Member<'_> {
        if let Some(id) = self.methods.get(name) {
            return Member::Method(*id);
        }
        if let Some(access) = self.attributes.get(name) {
            return Member::Attribute(access);
        }
        if self.harmless.contains(name) || (name.starts_with("__") && name.ends_with("__")) {
            return Member::Harmless;
        }
        self.other.as_ref().map_or(Member::Unlisted, Member::Other)
    }

    /// What stands between the channel of an object and the name of an attribute.
    pub fn separator(&self) -> &str {
        self.separator.as_deref().unwrap_or("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_tables_load_and_know_their_libraries() {
        let libraries = Libraries::new([]).unwrap();
        let Meaning::Function(caput) = libraries.meaning("epics.caput") else { panic!("epics.caput") };
        assert_eq!(libraries.callable_of(caput).table.does, Effect::Write);
        assert_eq!(libraries.canonical("PyTango.DeviceProxy").as_deref(), Some("tango.DeviceProxy"));
        assert_eq!(libraries.meaning("numpy.put"), Meaning::Inert);
        assert_eq!(libraries.meaning("mylab.set_current"), Meaning::UnknownModule);
        assert_eq!(libraries.meaning("epics.frobnicate"), Meaning::Unlisted);
        assert_eq!(libraries.meaning("p4p.client"), Meaning::Harmless);
        let proxy = libraries.class(libraries.class_named("tango.DeviceProxy").unwrap());
        assert!(matches!(proxy.member("current"), Member::Other(access) if access.set == Some(Effect::Write)));
    }

    #[test]
    fn a_table_that_names_what_is_nowhere_is_refused() {
        let text = "library: x\ncontrol_system: any\nmodules: [x]\nclasses:\n  x.A: {bases: [x.B]}\n";
        let error = Libraries::new([("site.yml", text)]).unwrap_err();
        assert_eq!(error.to_string(), "site.yml: `x.A` has the base `x.B`, which no table lists");
        let error = Libraries::new([("site.yml", "library: x\nmodule: [x]\n")]).unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
