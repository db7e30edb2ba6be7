//! From a call of a library to an operation: which channel, which value, how sure.

use std::rc::Rc;

use ruff_text_size::TextRange;
use serde_json::json;

use super::Interpreter;
use super::record::{Constant, SeenOperation, Use, UsedArguments};
use super::value::{Arguments, PathId, Shape, UserClassId, Value};
use crate::analysis::library::{Argument, Callable, CallableId, ClassId, Effect, Known};

/// The table of programs of a command line.
const COMMAND_LINE: &str = "command line";

/// Why an operation is only possible.
pub(super) type Doubt<'d> = Option<&'d str>;

impl Interpreter<'_> {
    /// A function of a control-system library is called.
    pub(super) fn operate(
        &mut self,
        id: CallableId,
        object_channel: Option<Value>,
        arguments: &Arguments,
        range: TextRange,
        doubt: Doubt<'_>,
    ) -> Value {
        let libraries = self.libraries;
        let known = libraries.callable_of(id);
        let table = &known.table;
        let channel = self.channel_argument(known, object_channel, arguments);
        if table.does != Effect::Nothing {
            self.record_operation(known.library, &known.path, table, channel, arguments, range, doubt);
        }
        if let Some(also) = table.also {
            self.record_one(known.library, &known.path, also, channel, None, range, doubt);
        }
        if let Some(callback) = &table.calls {
            let function = self.argument(arguments, callback);
            self.escape_all(function, Value::DATA);
        }
        // Functions that are passed along may be called back.
        self.hand_over_callables(arguments, &format!("`{}`", known.path), range);
        self.call_back(arguments);
        if let Some(argument) = &table.gives_instance_of {
            let class = self.argument(arguments, argument);
            let channel = channel.unwrap_or(Value::NOTHING);
            let all = self.values.each(class);
            let mut joined = Value::NOTHING;
            for one in all.iter() {
                let made = match *self.values.shape(*one) {
                    Shape::Path(path) => match self.paths.get(path).meaning {
                        crate::analysis::library::Meaning::Class(class) => {
                            self.values.make(Shape::Instance { class, channel, relative: true })
                        }
                        crate::analysis::library::Meaning::Inert => Value::DATA,
                        _ => Value::UNKNOWN,
                    },
                    Shape::UserClass(class) => self.values.make(Shape::Object(class)),
                    _ => Value::UNKNOWN,
                };
                joined = self.values.join(joined, made);
            }
            return if joined == Value::NOTHING { Value::UNKNOWN } else { joined };
        }
        if let Some(class) = known.gives_each {
            let each: Vec<Value> = arguments
                .positional
                .iter()
                .map(|channel| self.values.make(Shape::Instance { class, channel: *channel, relative: false }))
                .collect();
            let rest = arguments.rest.map(|_| Value::DATA);
            return match rest {
                None => self.values.make(Shape::Tuple(each.into())),
                Some(channel) => {
                    let more = self.values.make(Shape::Instance { class, channel, relative: false });
                    let all = self.values.join_all(each.into_iter().chain([more]));
                    self.list_with(range.start().to_usize() * 2 + 1, all)
                }
            };
        }
        match known.gives {
            Some(class) => {
                let channel = channel.unwrap_or(Value::NOTHING);
                self.values.make(Shape::Instance { class, channel, relative: false })
            }
            None => Value::DATA,
        }
    }

    fn channel_argument(
        &mut self,
        known: &Known,
        object_channel: Option<Value>,
        arguments: &Arguments,
    ) -> Option<Value> {
        let table = &known.table;
        if let Some(argument) = &table.channel {
            return Some(self.argument(arguments, argument));
        }
        if let Some(argument) = &table.channels {
            let list = self.argument(arguments, argument);
            // A single name is as good as a list of one.
            return Some(if self.values.strings(list).is_some() { list } else { self.iterate(list) });
        }
        if let Some(argument) = &table.attribute {
            let name = self.argument(arguments, argument);
            let device = object_channel.unwrap_or(Value::DATA);
            let class = known.path.rsplit_once('.').and_then(|(class, _)| self.libraries.class_named(class));
            let separator = class.map_or("/", |class| self.libraries.class(class).separator());
            return Some(self.attribute_channel(device, name, separator));
        }
        object_channel
    }

    #[expect(clippy::too_many_arguments, reason = "they are what an operation is")]
    fn record_operation(
        &mut self,
        library: u32,
        path: &str,
        table: &Callable,
        channel: Option<Value>,
        arguments: &Arguments,
        range: TextRange,
        doubt: Doubt<'_>,
    ) {
        if let Some(argument) = &table.pairs {
            let pairs = self.argument(arguments, argument);
            // The names in a method's pairs are below its device.
            let device = channel.filter(|device| *device != Value::NOTHING);
            self.record_pairs(library, path, table.does, device, pairs, range, doubt);
            return;
        }
        if let Some(start) = table.alternating {
            let mut recorded = false;
            let all: Vec<Value> = arguments.positional.iter().skip(start).copied().collect();
            for group in all.chunks(table.stride.unwrap_or(2)) {
                // What is left over, such as the number of points, belongs to no object.
                if recorded && self.values.is_data(group[0]) {
                    continue;
                }
                let channel = self.channel_of_object(group[0]);
                let value = self.values.join_all(group[1..].iter().copied());
                let value = if self.values.is_data(value) { value } else { self.iterate(value) };
                self.record_one(library, path, table.does, Some(channel), Some(value), range, doubt);
                recorded = true;
            }
            if !recorded || arguments.rest.is_some() {
                self.record_one(library, path, table.does, None, None, range, doubt);
            }
            return;
        }
        let value = match (&table.value, &table.values) {
            (Some(argument), _) => Some(self.argument(arguments, argument)),
            (None, Some(argument)) => {
                let values = self.argument(arguments, argument);
                Some(if self.values.is_data(values) { values } else { self.iterate(values) })
            }
            (None, None) => None,
        };
        // Tango's `write_attributes([(name, value), …])`: a list of pairs.
        let channel = channel.map(|channel| self.first_of_pairs(channel));
        // A list of channels and a list of values: each has its own.
        if let (Some(argument), Some(given)) = (&table.channel, value) {
            let names = self.argument(arguments, argument);
            let listed = matches!(self.values.shape(names), Shape::List(_) | Shape::Tuple(_));
            if listed && matches!(self.values.shape(given), Shape::List(_) | Shape::Tuple(_)) {
                let (names, values) = (self.elements(names).0, self.elements(given).0);
                if names.len() == values.len() && !names.is_empty() {
                    for (name, value) in names.into_iter().zip(values) {
                        self.record_one(library, path, table.does, Some(name), Some(value), range, doubt);
                    }
                    return;
                }
            }
        }
        self.record_one(library, path, table.does, channel, value, range, doubt);
    }

    #[expect(clippy::too_many_arguments, reason = "they are what an operation is")]
    fn record_pairs(
        &mut self,
        library: u32,
        path: &str,
        does: Effect,
        device: Option<Value>,
        pairs: Value,
        range: TextRange,
        doubt: Doubt<'_>,
    ) {
        let all = self.values.each(pairs);
        let below = |this: &mut Self, name: Value| match device {
            Some(device) => this.attribute_channel(device, name, "/"),
            None => name,
        };
        for one in all.iter() {
            match *self.values.shape(*one) {
                Shape::Dict(id) => {
                    let (entries, rest) = self.entries(id);
                    let keys = self.keys(id);
                    for (key, value) in &entries {
                        let channel = below(self, *key);
                        self.record_one(library, path, does, Some(channel), Some(*value), range, doubt);
                    }
                    if rest != Value::NOTHING || entries.is_empty() {
                        let channel = if entries.is_empty() { keys } else { Value::DATA };
                        self.record_one(library, path, does, Some(channel), Some(rest), range, doubt);
                    }
                }
                Shape::List(_) | Shape::Tuple(_) => {
                    let (elements, rest) = self.elements(*one);
                    let joined = self.values.join_all(elements.iter().copied().chain([rest]));
                    for element in self.values.each(joined).iter() {
                        match self.values.shape(*element).clone() {
                            Shape::Tuple(parts) if parts.len() >= 2 => {
                                let channel = below(self, parts[0]);
                                self.record_one(library, path, does, Some(channel), Some(parts[1]), range, doubt);
                            }
                            _ => self.record_one(library, path, does, Some(Value::DATA), None, range, doubt),
                        }
                    }
                }
                _ => self.record_one(library, path, does, Some(Value::DATA), None, range, doubt),
            }
        }
        if all.is_empty() {
            self.record_one(library, path, does, None, None, range, doubt);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "they are what an operation is")]
    pub(super) fn record_one(
        &mut self,
        library: u32,
        path: &str,
        does: Effect,
        channel: Option<Value>,
        value: Option<Value>,
        range: TextRange,
        doubt: Doubt<'_>,
    ) {
        let channel = channel.map(|channel| self.one_way(channel, does.writes()));
        let (channels, channels_exact) = channel.map_or((Vec::new(), false), |channel| self.texts_of(channel));
        let (values, values_exact) = value.map_or((Vec::new(), false), |value| self.constants_of(value));
        let range = self.place(range);
        self.record.reachable = true;
        let doubt = doubt.or((self.dead > 0).then_some("it is in code that seems never to be executed"));
        let doubt = doubt.or(self.uncalled.then_some("it is in a function that nothing in this text calls"));
        self.record.operation(SeenOperation {
            range,
            call: path.to_owned(),
            library: Some(library),
            effect: Some(does),
            channels,
            channels_exact,
            values: if does.writes() { values } else { Vec::new() },
            values_exact: does.writes() && values_exact,
            certain: doubt.is_none(),
            why: doubt.map(str::to_owned),
            around: self.libraries.library(library).name.as_ref() == COMMAND_LINE,
        });
    }

    /// Of a channel with two names the one for reading or writing.
    fn one_way(&mut self, channel: Value, writes: bool) -> Value {
        self.map(channel, |this, one| match *this.values.shape(one) {
            Shape::Both { read, write } => {
                if writes {
                    write
                } else {
                    read
                }
            }
            _ => one,
        })
    }

    /// Something is called that may be an operation, and is not resolved.
    pub(super) fn unresolved(&mut self, range: TextRange, why: &str, counts: bool) {
        self.unresolved_way(range, why, counts, false);
    }

    /// The same, and whether it goes past the libraries.
    pub(super) fn unresolved_way(&mut self, range: TextRange, why: &str, counts: bool, around: bool) {
        let range = self.place(range);
        let call: String = self.source.slice(range).lines().next().unwrap_or_default().chars().take(80).collect();
        let seen = SeenOperation {
            range,
            call,
            library: None,
            effect: None,
            channels: Vec::new(),
            channels_exact: false,
            values: Vec::new(),
            values_exact: false,
            certain: false,
            why: Some(why.to_owned()),
            around,
        };
        if counts {
            self.record.reachable = true;
            self.record.operation(seen);
        } else {
            self.record.suspicion(seen);
        }
    }

    /// An object of a library's class is made.
    pub(super) fn made(
        &mut self,
        class: ClassId,
        arguments: &Arguments,
        range: TextRange,
        object: Option<UserClassId>,
    ) -> Value {
        self.record.reachable = true;
        let libraries = self.libraries;
        let table = libraries.class(class);
        let channel = match &table.channel {
            Some(argument) => self.argument(arguments, argument),
            None => Value::NOTHING,
        };
        let channel = match &table.write_channel {
            Some(argument) => {
                let write = self.argument(arguments, argument);
                let given = write != Value::NOTHING && write != Value::NONE;
                if given { self.values.make(Shape::Both { read: channel, write }) } else { channel }
            }
            None => channel,
        };
        if table.does != Effect::Nothing {
            let path = table.path.to_string();
            self.record_one(table.library, &path, table.does, Some(channel), None, range, None);
        }
        let mut called_back = false;
        for value in arguments.all() {
            called_back |= self.holds_function(value);
        }
        if called_back && table.does == Effect::Nothing && channel != Value::NOTHING {
            // `PV(name, callback=function)`: it asks to be told of changes.
            let path = table.path.to_string();
            self.record_one(table.library, &path, Effect::Subscribe, Some(channel), None, range, None);
        }
        self.call_back(arguments);
        if let Some(id) = object {
            let held = self.classes[id.0 as usize].channel;
            let joined = self.values.join(held, channel);
            if joined != held {
                self.classes[id.0 as usize].channel = joined;
                let location = self.classes[id.0 as usize].location;
                self.grew(location);
            }
        }
        self.values.make(Shape::Instance { class, channel, relative: false })
    }

    /// An argument by its keyword or position.
    pub(super) fn argument(&mut self, arguments: &Arguments, wanted: &Argument) -> Value {
        let Argument(keyword, position) = wanted;
        if let Some(keyword) = keyword {
            let name = self.names.name(keyword);
            if let Some((_, value)) = arguments.keywords.iter().rev().find(|(given, _)| *given == name) {
                return *value;
            }
        }
        if let Some(position) = position
            && let Some(value) = arguments.positional.get(*position)
        {
            return *value;
        }
        let rest = arguments.rest.unwrap_or(Value::NOTHING);
        let keyword_rest = arguments.keyword_rest.unwrap_or(Value::NOTHING);
        self.values.join(rest, keyword_rest)
    }

    /// The channel that an object of a control system stands for.
    pub(super) fn channel_of_object(&mut self, value: Value) -> Value {
        let mut joined = Value::NOTHING;
        for one in self.values.each(value).iter() {
            let channel = match *self.values.shape(*one) {
                Shape::Instance { channel, .. } => channel,
                Shape::Object(class) => self.classes[class.0 as usize].channel,
                Shape::Member { of, name } => {
                    let device = self.channel_of_object(of);
                    let text = self.names.text(name);
                    let name = self.values.str(&text);
                    self.attribute_channel(device, name, "/")
                }
                _ => Value::DATA,
            };
            joined = self.values.join(joined, channel);
        }
        joined
    }

    /// `device/attribute`.
    pub(super) fn attribute_channel(&mut self, device: Value, name: Value, separator: &str) -> Value {
        let name = self.first_of_pairs(name);
        let names = if self.values.strings(name).is_some() { name } else { self.iterate(name) };
        let names = self.first_of_pairs(names);
        let (devices, devices_exact) = self.texts_of(device);
        let (names, names_exact) = self.texts_of(names);
        let devices = if devices.is_empty() { vec!["{…}".to_owned()] } else { devices };
        let names = if names.is_empty() { vec!["{…}".to_owned()] } else { names };
        let mut joined = Value::NOTHING;
        for device in &devices {
            for name in names.iter().take(16) {
                let text = format!("{device}{separator}{name}");
                let value = if devices_exact && names_exact {
                    self.values.str(&text)
                } else {
                    self.values.make(Shape::Template(text.as_str().into()))
                };
                joined = self.values.join(joined, value);
            }
        }
        joined
    }

    /// Of `(name, value)` pairs the names.
    fn first_of_pairs(&mut self, value: Value) -> Value {
        let mut joined = Value::NOTHING;
        for one in self.values.each(value).iter() {
            let first = match self.values.shape(*one) {
                Shape::Tuple(parts) if !parts.is_empty() => parts[0],
                _ => *one,
            };
            joined = self.values.join(joined, first);
        }
        joined
    }

    /// The texts that a value may be, and whether these are all.
    pub(super) fn texts_of(&mut self, value: Value) -> (Vec<String>, bool) {
        let mut texts = Vec::new();
        let mut exact = value != Value::NOTHING;
        for one in self.values.each(value).iter() {
            match self.values.shape(*one).clone() {
                Shape::Str(text) => texts.push(text.to_string()),
                Shape::Template(text) => {
                    texts.push(text.to_string());
                    exact = false;
                }
                Shape::Bytes(bytes) => match std::str::from_utf8(&bytes) {
                    Ok(text) => texts.push(text.to_owned()),
                    Err(_) => exact = false,
                },
                Shape::Instance { channel, .. } if channel != value => {
                    let (more, more_exact) = self.texts_of(channel);
                    texts.extend(more);
                    exact &= more_exact;
                }
                Shape::Tuple(_) | Shape::List(_) => {
                    let element = self.iterate(*one);
                    if self.values.is_data(element) {
                        let (more, more_exact) = self.texts_of(element);
                        texts.extend(more);
                        exact &= more_exact;
                    } else {
                        exact = false;
                    }
                }
                _ => exact = false,
            }
            if texts.len() > 64 {
                texts.truncate(64);
                exact = false;
            }
        }
        (texts.into_iter().map(|text| text.chars().take(400).collect()).collect(), exact)
    }

    /// The constants that a value may be, as JSON, and whether these are all.
    fn constants_of(&mut self, value: Value) -> (Vec<serde_json::Value>, bool) {
        let mut constants = Vec::new();
        let mut exact = value != Value::NOTHING;
        for one in self.values.each(value).iter() {
            match self.json_of(*one, 3) {
                Some(constant) => constants.push(constant),
                None => exact = false,
            }
        }
        (constants, exact)
    }

    fn json_of(&mut self, value: Value, depth: u8) -> Option<serde_json::Value> {
        Some(match self.values.shape(value).clone() {
            Shape::None => serde_json::Value::Null,
            Shape::Bool(truth) => json!(truth),
            Shape::Int(number) => json!(number),
            Shape::Float(bits) => {
                let number = f64::from_bits(bits);
                if number.is_finite() { json!(number) } else { json!(number.to_string()) }
            }
            Shape::Str(text) if text.len() <= 4_096 => json!(&*text),
            Shape::Tuple(elements) if depth > 0 && elements.len() <= 64 => {
                elements.iter().map(|one| self.json_of(*one, depth - 1)).collect::<Option<Vec<_>>>()?.into()
            }
            Shape::List(id) if depth > 0 => {
                let elements = self.exact(id)?;
                if elements.len() > 64 {
                    return None;
                }
                elements.iter().map(|one| self.json_of(*one, depth - 1)).collect::<Option<Vec<_>>>()?.into()
            }
            _ => return None,
        })
    }

    /// Tells the rules that something of interest is used.
    pub(super) fn note_use(&mut self, path: PathId, range: TextRange, arguments: Option<&Arguments>) {
        if !self.paths.get(path).watched {
            return;
        }
        let call = arguments.map(|arguments| UsedArguments {
            positional: arguments.positional.iter().map(|value| self.constant(*value, 2)).collect(),
            keywords: arguments
                .keywords
                .iter()
                .map(|(name, value)| (self.names.text(*name), self.constant(*value, 2)))
                .collect(),
        });
        let range = self.place(range);
        let path = Rc::clone(&self.paths.get(path).dotted);
        if call.is_some() && (&*path == "time.sleep" || &*path == "asyncio.sleep" || path.ends_with(".wait")) {
            self.record.sleeps_seen += 1;
        }
        self.record.used(Use { range, path, call });
    }

    fn constant(&mut self, value: Value, depth: u8) -> Option<Constant> {
        Some(match self.values.shape(value).clone() {
            Shape::Str(text) => Constant::Text(text),
            Shape::Template(text) => Constant::Template(text),
            #[expect(clippy::cast_precision_loss, reason = "rules look at sizes, not at digits")]
            Shape::Int(number) => Constant::Number(number as f64),
            Shape::Float(bits) => Constant::Number(f64::from_bits(bits)),
            Shape::Bool(truth) => Constant::Truth(truth),
            Shape::None => Constant::None,
            Shape::Tuple(elements) if depth > 0 => {
                Constant::List(elements.iter().filter_map(|one| self.constant(*one, depth - 1)).collect())
            }
            Shape::List(id) if depth > 0 => {
                let elements = self.exact(id)?;
                Constant::List(elements.iter().filter_map(|one| self.constant(*one, depth - 1)).collect())
            }
            Shape::Union(members) if depth > 0 => {
                // Of several texts the first stands for all: rules ask what it may be.
                members.iter().find_map(|one| self.constant(*one, 0))?
            }
            _ => return None,
        })
    }
}
