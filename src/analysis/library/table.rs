//! The written form of a library's surface (`policies/libraries/*.yml`), and of what a site adds to it.
//!
//! The table is data so that a library can be added, or a new version followed, without a new Aerie.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a call or an access does to the control system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing.
    Nothing,
    /// Reads a value or metadata.
    Read,
    /// Asks to be told of changes.
    Subscribe,
    /// Serves a channel, or posts a value of one.
    Publish,
    /// Sets a value.
    Write,
    /// Executes an action of a device.
    Command,
    /// Changes properties, limits, polling or locks of the machine or its database.
    Configure,
}

impl Effect {
    /// Whether it can change the machine.
    pub fn writes(self) -> bool {
        matches!(self, Self::Publish | Self::Write | Self::Command | Self::Configure)
    }

    /// Whether it gets something out of the machine.
    pub fn reads(self) -> bool {
        matches!(self, Self::Read | Self::Subscribe)
    }
}

/// Where an argument is: its keyword, and its 0-based position (for methods without `self`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Argument(pub Option<String>, pub Option<usize>);

/// A function, a method, or what a call of an object does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callable {
    /// What it does.
    #[serde(default = "nothing")]
    pub does: Effect,
    /// What it does besides.
    pub also: Option<Effect>,
    /// The argument with the channel's name.
    pub channel: Option<Argument>,
    /// The argument with a list of channels.
    pub channels: Option<Argument>,
    /// The argument with the value.
    pub value: Option<Argument>,
    /// The argument with a list of values, one for each channel.
    pub values: Option<Argument>,
    /// The argument with a mapping of channels to values.
    pub pairs: Option<Argument>,
    /// From this position on the arguments alternate: object, value, object, value.
    pub alternating: Option<usize>,
    /// How many belong together there, if not two: object, start, stop.
    pub stride: Option<usize>,
    /// The argument that names an attribute of the device: the channel is `device/attribute`.
    pub attribute: Option<Argument>,
    /// The class that it returns an object of.
    pub gives: Option<String>,
    /// The class of the objects that it returns, one for each argument.
    pub gives_each: Option<String>,
    /// The argument with the class that it returns an object of (`ophyd.Component`).
    pub gives_instance_of: Option<Argument>,
    /// The argument with a function that will be called.
    pub calls: Option<Argument>,
}

/// What reading and assigning an attribute or item does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// Reading it.
    pub get: Option<Effect>,
    /// Assigning it.
    pub set: Option<Effect>,
    /// Calling it.
    pub call: Option<Effect>,
    /// The class that it is an object of.
    pub gives: Option<String>,
}

/// A class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassTable {
    /// Classes whose members it has too.
    #[serde(default)]
    pub bases: Vec<String>,
    /// What making an object does.
    pub does: Option<Effect>,
    /// The constructor's argument that names the channel or device.
    pub channel: Option<Argument>,
    /// The constructor's argument that names the channel for writes, if it is another.
    pub write_channel: Option<Argument>,
    /// What stands between the channel and the name of an attribute, if not `/`.
    pub separator: Option<String>,
    /// Its methods.
    #[serde(default)]
    pub methods: BTreeMap<String, Callable>,
    /// Its attributes.
    #[serde(default)]
    pub attributes: BTreeMap<String, Access>,
    /// `object[key]`.
    pub items: Option<Access>,
    /// Members that are in no list here.
    pub other: Option<Access>,
    /// Calling an object.
    pub call: Option<Callable>,
    /// Members that do nothing.
    #[serde(default)]
    pub harmless: Vec<String>,
}

/// One library.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LibraryTable {
    /// The name that people know it by.
    pub library: String,
    /// `epics`, `tango`, `doocs`, … or `any`.
    pub control_system: String,
    /// The modules that it speaks for. What is called of them and listed nowhere is unresolved.
    pub modules: Vec<String>,
    /// Other names of a module.
    #[serde(default)]
    pub aliases: BTreeMap<String, String>,
    /// Other paths of the same thing.
    #[serde(default)]
    pub same: BTreeMap<String, String>,
    /// What has to be called for its functions to act: those of bluesky make plans, which a run engine executes.
    pub acts_by: Option<String>,
    /// Functions and classes that are known by their last name alone, in programs that forget the import.
    #[serde(default)]
    pub bare_names: Vec<String>,
    /// Programs of a command line, by their name.
    #[serde(default)]
    pub commands: BTreeMap<String, Effect>,
    /// Its functions by their path.
    #[serde(default)]
    pub functions: BTreeMap<String, Callable>,
    /// Paths that do nothing; `prefix.*` for all below.
    #[serde(default)]
    pub harmless: Vec<String>,
    /// Its classes by their path.
    #[serde(default)]
    pub classes: BTreeMap<String, ClassTable>,
}

/// Modules that are known not to reach a control system.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InertTable {
    /// Their import names.
    pub modules: Vec<String>,
}

fn nothing() -> Effect {
    Effect::Nothing
}
