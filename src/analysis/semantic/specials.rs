//! What the functions in [`super::special_names`] do: look up, hand on, call, execute.

use std::rc::Rc;

use ruff_text_size::TextRange;

use super::Interpreter;
use super::containers::{DICT, RESULT};
use super::record::Dark;
use super::special_names::Special;
use super::value::{Arguments, Shape, Value};

impl Interpreter<'_> {
    /// Calls a function that is known here; `None` if it is to be taken like any other.
    pub(super) fn call_special(
        &mut self,
        special: Special,
        callee: Value,
        arguments: &Arguments,
        range: TextRange,
    ) -> Option<Value> {
        let first = arguments.positional.first().copied().or(arguments.rest);
        let nothing = first.unwrap_or(Value::NOTHING);
        let second = arguments.positional.get(1).copied().or(arguments.rest).unwrap_or(Value::NOTHING);
        let third = arguments.positional.get(2).copied().or(arguments.rest).unwrap_or(Value::NOTHING);
        Some(match special {
            Special::GetAttribute => {
                let found = self.named_item(nothing, second, range);
                self.values.join(found, if arguments.positional.len() > 2 { third } else { Value::NOTHING })
            }
            Special::SetAttribute => {
                match self.values.strings(second) {
                    Some(names) => {
                        for name in names {
                            self.set_attribute(nothing, &name, third, range);
                        }
                    }
                    None => self.set_any_attribute(nothing, third, range),
                }
                Value::NONE
            }
            Special::Vars => match first {
                Some(of) => self.map(of, |this, one| this.values.make(Shape::Namespace(one))),
                None => Value::GLOBALS,
            },
            Special::Globals => Value::GLOBALS,
            Special::Import => {
                let has_list = arguments.positional.len() > 3
                    || arguments.keywords.iter().any(|(name, _)| &*self.names.text(*name) == "fromlist");
                self.import_by_value(nothing, has_list, range)
            }
            Special::ImportModule => self.import_by_value(nothing, true, range),
            Special::Reload => {
                if self.values.is_data(nothing) || nothing == Value::UNKNOWN {
                    self.import_by_value(nothing, true, range)
                } else {
                    nothing
                }
            }
            Special::OtherImport => {
                self.record.reachable = true;
                self.unresolved(range, "a module is loaded by a way that is not followed", true);
                Value::ANY_MODULE
            }
            Special::Exec => self.run_code(nothing, arguments, range),
            Special::ExecutesAny => {
                for value in arguments.all() {
                    for one in self.values.each(value).iter() {
                        match self.values.shape(*one) {
                            Shape::Str(_) | Shape::Code(_) => {
                                let none = Arguments::default();
                                self.run_code(*one, &none, range);
                            }
                            Shape::Data | Shape::Template(_) | Shape::Unknown => {
                                let what = "computed text is executed";
                                let at = self.place(range);
                                self.record.darkness(at, Dark::DynamicCode, what, false);
                                self.unresolved(range, what, true);
                            }
                            _ => {}
                        }
                    }
                }
                let others: Vec<Value> = arguments
                    .all()
                    .into_iter()
                    .filter(|value| {
                        !self.values.is_data(*value) && !matches!(self.values.shape(*value), Shape::Code(_))
                    })
                    .collect();
                if let Some((callee, rest)) = others.split_first() {
                    let rest = Self::arguments_of(rest.to_vec());
                    self.call(*callee, &rest, range);
                }
                Value::DATA
            }
            Special::ExecutesText => {
                let what = "text that is found elsewhere is executed";
                let at = self.place(range);
                self.record.darkness(at, Dark::DynamicCode, what, false);
                self.unresolved(range, what, true);
                Value::ANY_MODULE
            }
            Special::Compile => {
                let kinds = self.map(nothing, |this, one| this.values.make(Shape::Code(one)));
                if kinds == Value::NOTHING { Value::UNKNOWN } else { kinds }
            }
            Special::Partial => {
                let (callee, rest) = arguments.positional.split_first()?;
                let mut inner = arguments.clone();
                inner.positional = rest.to_vec();
                let inner = Rc::new(inner);
                self.map(*callee, |this, one| {
                    this.values.make(Shape::Partial { callee: one, arguments: Rc::clone(&inner) })
                })
            }
            Special::AttributeGetter => {
                let mut names = Vec::new();
                for value in &arguments.positional {
                    let Some(text) = self.values.as_str(*value) else { return Some(Value::UNKNOWN) };
                    names.push(self.names.name(&text));
                }
                self.values.make(Shape::AttributeGetter(names.into()))
            }
            Special::ItemGetter => self.values.make(Shape::ItemGetter(nothing)),
            Special::MethodCaller => match self.values.as_str(nothing) {
                Some(name) => {
                    let name = self.names.name(&name);
                    let mut rest = arguments.clone();
                    rest.positional.remove(0);
                    self.values.make(Shape::MethodCaller { name, arguments: Rc::new(rest) })
                }
                None => {
                    self.unresolved(range, "a method with a computed name will be called", true);
                    Value::UNKNOWN
                }
            },
            Special::OperatorCall | Special::Calls => self.call_rest(arguments, 0, range),
            Special::CallsFromSecond => self.call_rest(arguments, 1, range),
            Special::CallsFromThird => {
                let target = arguments.positional.get(2).copied().unwrap_or(Value::NOTHING);
                let given = arguments.positional.get(3).copied().or_else(|| self.keyword(arguments, "argument"));
                let mut all = Arguments::default();
                self.spread_positional(given.unwrap_or(Value::NOTHING), &mut all);
                self.call(target, &all, range);
                Value::DATA
            }
            Special::Looks => {
                // `isinstance` asks a metaclass, `signature(eval_str=True)` evaluates text.
                let asks = arguments.all().into_iter().any(|value| match *self.values.shape(value) {
                    Shape::UserClass(class) => !self.classes[class.0 as usize].keywords.is_empty(),
                    _ => false,
                });
                let evaluates = self.keyword(arguments, "eval_str").is_some() || arguments.keyword_rest.is_some();
                if evaluates && &*self.path_text(callee).unwrap_or_default() == "inspect.signature" {
                    self.unresolved(range, "text that is found elsewhere is executed", true);
                } else if !asks {
                    // What is only looked at is not kept.
                    let at = self.place(range);
                    self.record.kept.retain(|(kept, _, _)| !at.contains_range(*kept));
                }
                Value::DATA
            }
            Special::PassesOn => {
                let all = self.values.join_all(arguments.all());
                if self.values.is_data(all) { Value::DATA } else { all }
            }
            Special::Collects => {
                let path = self.path_text(callee);
                self.collect(path.as_deref(), arguments, range)
            }
            Special::Dict => {
                let (id, _) = self.heap_at(range.start().to_usize() * 2 + 1, DICT);
                for value in &arguments.positional {
                    self.update_from(id, *value);
                }
                for (name, value) in &arguments.keywords {
                    let key = self.names.text(*name);
                    let key = self.values.str(&key);
                    self.insert(id, key, *value);
                }
                if let Some(rest) = arguments.keyword_rest {
                    self.put(id, rest);
                }
                self.values.make(Shape::Dict(id))
            }
            Special::DefaultDict => {
                let (id, _) = self.heap_at(range.start().to_usize() * 2 + 1, DICT);
                let none = Arguments::default();
                if let Some(factory) = first {
                    let made = self.call(factory, &none, range);
                    self.put(id, made);
                }
                for value in arguments.positional.iter().skip(1) {
                    self.update_from(id, *value);
                }
                self.values.make(Shape::Dict(id))
            }
            Special::Zip => {
                let columns: Vec<(Vec<Value>, Value)> =
                    arguments.positional.iter().map(|value| self.elements(*value)).collect();
                let exact = columns.iter().all(|(elements, rest)| *rest == Value::NOTHING && !elements.is_empty());
                let rows = columns.iter().map(|(elements, _)| elements.len()).min().unwrap_or(0);
                if exact && rows <= 64 && arguments.rest.is_none() {
                    let tuples: Vec<Value> = (0..rows)
                        .map(|row| {
                            let parts: Vec<Value> = columns.iter().map(|(elements, _)| elements[row]).collect();
                            self.values.make(Shape::Tuple(parts.into()))
                        })
                        .collect();
                    return Some(self.list_of(range.start().to_usize() * 2 + 1, tuples));
                }
                let parts: Vec<Value> = columns
                    .into_iter()
                    .map(|(elements, rest)| {
                        let all = self.values.join_all(elements);
                        self.values.join(all, rest)
                    })
                    .collect();
                let pair = self.values.make(Shape::Tuple(parts.into()));
                self.list_with(range.start().to_usize() * 2 + 1, pair)
            }
            Special::Enumerate => {
                let element = self.iterate(nothing);
                let mut joined = Value::NOTHING;
                for one in self.values.each(element).iter() {
                    let pair = self.values.make(Shape::Tuple([Value::DATA, *one].into()));
                    joined = self.values.join(joined, pair);
                }
                self.list_with(range.start().to_usize() * 2 + 1, joined)
            }
            Special::Maps => {
                let columns: Vec<Value> =
                    arguments.positional.iter().skip(1).map(|value| self.iterate(*value)).collect();
                let all = Arguments { positional: columns, rest: arguments.rest, ..Arguments::default() };
                let given = self.call(nothing, &all, range);
                self.list_with(range.start().to_usize() * 2 + 1, given)
            }
            Special::Starmaps => {
                let row = self.iterate(second);
                let mut given = Value::NOTHING;
                for one in self.values.each(row).iter() {
                    let mut all = Arguments::default();
                    self.spread_positional(*one, &mut all);
                    let result = self.call(nothing, &all, range);
                    given = self.values.join(given, result);
                }
                self.list_with(range.start().to_usize() * 2 + 1, given)
            }
            Special::Filters => {
                let element = self.iterate(second);
                let all = Self::arguments_of(vec![element]);
                if nothing != Value::NONE {
                    self.call(nothing, &all, range);
                }
                self.list_with(range.start().to_usize() * 2 + 1, element)
            }
            Special::Reduces => {
                // `reduce(function, iterable, initial)`, `accumulate(iterable, function)`.
                let (function, iterable) = if self.values.is_data(nothing)
                    || matches!(self.values.shape(nothing), Shape::List(_) | Shape::Tuple(_))
                {
                    (second, nothing)
                } else {
                    (nothing, second)
                };
                let element = self.iterate(iterable);
                let start = self.values.join(element, third);
                let all = Self::arguments_of(vec![start, element]);
                let once = self.call(function, &all, range);
                let start = self.values.join(start, once);
                let all = Self::arguments_of(vec![start, element]);
                let twice = self.call(function, &all, range);
                self.values.join(start, twice)
            }
            Special::Thread => {
                let target = self.keyword(arguments, "target").or(self.keyword(arguments, "func"));
                let by_position = if matches!(self.path_text(callee), Some(text) if text.contains("apply")) {
                    first
                } else {
                    arguments.positional.get(1).copied()
                };
                let target = target.or(by_position).unwrap_or(Value::NOTHING);
                let at = if matches!(self.path_text(callee), Some(text) if text.contains("apply")) { 1 } else { 3 };
                let given = self.keyword(arguments, "args").or(arguments.positional.get(at).copied());
                let named = self.keyword(arguments, "kwargs").or(arguments.positional.get(at + 1).copied());
                self.call_target(target, given, named, range);
                return None;
            }
            Special::Timer => {
                let given = self.keyword(arguments, "args").or(arguments.positional.get(2).copied());
                let named = self.keyword(arguments, "kwargs").or(arguments.positional.get(3).copied());
                let target = self.keyword(arguments, "function").unwrap_or(second);
                self.call_target(target, given, named, range);
                return None;
            }
            Special::Super => {
                let class = self.frames.iter().rev().find_map(|frame| {
                    let mut scope = Some(self.functions[frame.function.0 as usize].class);
                    scope.take().flatten()
                });
                let explicit = match *self.values.shape(nothing) {
                    Shape::UserClass(class) => Some(class),
                    _ => None,
                };
                match explicit.or(class) {
                    Some(class) => self.values.make(Shape::Super(class)),
                    None => Value::UNKNOWN,
                }
            }
            Special::Type => {
                if arguments.positional.len() < 3 && arguments.keywords.is_empty() {
                    return Some(self.map(nothing, |this, one| match *this.values.shape(one) {
                        Shape::Object(class) => this.values.make(Shape::UserClass(class)),
                        Shape::Instance { class, .. } => {
                            let path = this.libraries.class(class).path.to_string();
                            this.dotted(&path)
                        }
                        _ => Value::DATA,
                    }));
                }
                // `type(name, bases, members)`.
                let class = self.class_at(range.start().to_usize() * 2 + 1);
                let bases = self.iterate(second);
                for base in self.values.each(bases).iter() {
                    self.add_base(class, *base);
                }
                for one in self.values.each(third).iter() {
                    if let Shape::Dict(heap) = *self.values.shape(*one) {
                        let (entries, rest) = self.entries(heap);
                        for (key, value) in entries {
                            if let Some(text) = self.values.as_str(key) {
                                let name = self.names.name(&text);
                                self.set_class_attribute(class, name, value);
                            }
                        }
                        self.escape_value(rest, "a class that is made of a dictionary", range);
                    }
                }
                self.values.make(Shape::UserClass(class))
            }
            Special::Next => {
                let element = self.iterate(nothing);
                self.values.join(element, second)
            }
            Special::Str => {
                if arguments.positional.len() > 1 || !arguments.keywords.is_empty() {
                    let encoding = self.values.as_str(second).filter(|_| arguments.positional.len() == 2);
                    return Some(match encoding {
                        Some(encoding) if arguments.keywords.is_empty() => self.decoded_bytes(nothing, &encoding),
                        _ => Value::DATA,
                    });
                }
                match first {
                    Some(value) => match self.formatted(value, "") {
                        Some(texts) => self.texts_to_value(texts),
                        None => Value::DATA,
                    },
                    None => self.values.str(""),
                }
            }
            Special::Chr => {
                match self.values.as_int(nothing).and_then(|code| u32::try_from(code).ok()).and_then(char::from_u32) {
                    Some(character) => self.values.str(&character.to_string()),
                    None => Value::DATA,
                }
            }
            Special::Decodes => {
                let path = self.path_text(callee).unwrap_or_default();
                let plain =
                    arguments.keywords.is_empty() && arguments.positional.len() <= 2 && arguments.rest.is_none();
                if plain { self.decoded(&path, nothing, second) } else { Value::DATA }
            }
            Special::FromHex => self.decoded("binascii.a2b_hex", nothing, Value::NOTHING),
            Special::Joins => match self.path_text(callee).as_deref() {
                Some("builtins.str.join") => {
                    let rest = Self::arguments_of(vec![second]);
                    self.text_method(nothing, "join", &rest)
                }
                _ if arguments.positional.len() == 1 && arguments.keywords.is_empty() => self.bytes_of(nothing),
                _ => Value::DATA,
            },
            Special::SimpleNamespace => {
                let class = self.class_at(range.start().to_usize() * 2 + 1);
                for (name, value) in &arguments.keywords {
                    self.set_class_attribute(class, *name, *value);
                }
                for value in &arguments.positional {
                    self.escape_value(*value, "a namespace", range);
                }
                if let Some(rest) = arguments.keyword_rest {
                    self.escape_value(rest, "a namespace", range);
                }
                self.values.make(Shape::Object(class))
            }
            Special::Inside => {
                let what = self.path_text(callee).unwrap_or_default();
                if &*what == "inspect.getmembers" {
                    let member = self.any_member(nothing, range);
                    let pair = self.values.make(Shape::Tuple([Value::DATA, member].into()));
                    return Some(self.list_with(range.start().to_usize() * 2 + 1, pair));
                }
                if &*what == "sys.exc_info" {
                    return Some(self.raised());
                }
                self.introspected(range, &what)
            }
            Special::Revives => {
                let what = self.path_text(callee).unwrap_or_default();
                let at = self.place(range);
                self.record.darkness(at, Dark::DynamicCode, format!("{what} can run any code"), false);
                Value::ANY_MODULE
            }
            Special::Range => {
                let number = |this: &Self, value: Value| this.values.as_int(value);
                let (start, stop, step) = match arguments.positional[..] {
                    [stop] => (Some(0), number(self, stop), Some(1)),
                    [start, stop] => (number(self, start), number(self, stop), Some(1)),
                    [start, stop, step] => (number(self, start), number(self, stop), number(self, step)),
                    _ => (None, None, None),
                };
                let (Some(start), Some(stop), Some(step)) = (start, stop, step) else { return Some(Value::DATA) };
                let mut numbers = Vec::new();
                let mut at = start;
                while step != 0 && (step > 0 && at < stop || step < 0 && at > stop) {
                    if numbers.len() >= 64 {
                        return Some(Value::DATA);
                    }
                    numbers.push(self.values.make(Shape::Int(at)));
                    let Some(next) = at.checked_add(step) else { return Some(Value::DATA) };
                    at = next;
                }
                self.values.make(Shape::Tuple(numbers.into()))
            }
            Special::Data => {
                self.call_back(arguments);
                Value::DATA
            }
        })
    }

    fn collect(&mut self, path: Option<&str>, arguments: &Arguments, range: TextRange) -> Value {
        let site = range.start().to_usize() * 2 + 1;
        if let [function, _] = arguments.positional[..]
            && path == Some("builtins.iter")
        {
            let none = Arguments::default();
            let given = self.call(function, &none, range);
            return self.list_with(site, given);
        }
        if let [only] = arguments.positional[..]
            && arguments.rest.is_none()
            && arguments.keywords.is_empty()
        {
            if let Shape::Data | Shape::None = self.values.shape(only) {
                return Value::DATA;
            }
            if !self.values.is_union(only) {
                let (elements, rest) = self.elements(only);
                // Only these keep the order.
                let ordered = matches!(path, Some("builtins.list" | "builtins.tuple" | "builtins.iter"));
                if rest == Value::NOTHING && !elements.is_empty() && ordered {
                    return self.list_of(site, elements);
                }
            }
        }
        if arguments.positional.is_empty() && arguments.rest.is_none() {
            return self.list_of(site, Vec::new());
        }
        let mut held = Value::NOTHING;
        for value in arguments.positional.iter().copied().chain(arguments.rest) {
            let element = self.iterate(value);
            held = self.values.join(held, element);
            // `gather(a(), b())`, `max(x, y)`: the arguments themselves.
            if !matches!(self.values.shape(value), Shape::List(_) | Shape::Tuple(_) | Shape::Dict(_)) {
                held = self.values.join(held, value);
            }
        }
        let function = self.keyword(arguments, "key").unwrap_or(Value::NONE);
        if function != Value::NONE {
            let all = Self::arguments_of(vec![held]);
            self.call(function, &all, range);
        }
        let rows = ["product", "permutations", "combinations", "zip_longest", "tee", "batched", "pairwise"];
        if path.is_some_and(|path| rows.iter().any(|row| path.ends_with(row))) {
            let row = self.list_with(site ^ (usize::MAX >> 4), held);
            held = self.values.join(held, row);
        }
        if self.values.is_data(held) && matches!(path, Some("builtins.sum" | "builtins.max" | "builtins.min")) {
            return Value::DATA;
        }
        let list = self.list_with(site, held);
        // `max` gives an element, `sorted` a list of them.
        self.values.join(list, held)
    }

    fn keyword(&mut self, arguments: &Arguments, name: &str) -> Option<Value> {
        let name = self.names.name(name);
        arguments.keywords.iter().find(|(given, _)| *given == name).map(|(_, value)| *value)
    }

    fn path_text(&self, value: Value) -> Option<Rc<str>> {
        match self.values.shape(value) {
            Shape::Path(path) => Some(Rc::clone(&self.paths.get(*path).dotted)),
            _ => None,
        }
    }

    fn spread_positional(&mut self, value: Value, arguments: &mut Arguments) {
        let (elements, rest) = self.elements(value);
        arguments.positional.extend(elements);
        if rest != Value::NOTHING {
            arguments.rest = Some(rest);
        }
    }

    fn call_target(&mut self, target: Value, given: Option<Value>, named: Option<Value>, range: TextRange) {
        let mut all = Arguments::default();
        if let Some(given) = given {
            self.spread_positional(given, &mut all);
        }
        if let Some(named) = named {
            self.spread(named, &mut all);
        }
        self.call(target, &all, range);
    }

    fn call_rest(&mut self, arguments: &Arguments, at: usize, range: TextRange) -> Value {
        let Some(target) = arguments.positional.get(at).copied().or(arguments.rest) else { return Value::DATA };
        let mut rest = arguments.clone();
        rest.positional.drain(..(at + 1).min(rest.positional.len()));
        // `start_new_thread(function, (a, b))`.
        if rest.positional.len() == 1 && matches!(self.values.shape(rest.positional[0]), Shape::Tuple(_)) {
            let mut spread = Arguments::default();
            self.spread_positional(rest.positional[0], &mut spread);
            self.call(target, &spread, range);
        }
        let given = self.call(target, &rest, range);
        // A future, a handle: its result is what the call gives.
        let (heap, _) = self.heap_at(range.start().to_usize() * 2 + 1, RESULT);
        self.put(heap, given);
        let holder = self.values.make(Shape::Holder(heap));
        self.values.join(holder, target)
    }

    /// `setattr(object, computed, value)`.
    fn set_any_attribute(&mut self, object: Value, value: Value, range: TextRange) {
        for one in self.values.each(object).iter() {
            if *one == Value::UNKNOWN {
                self.unresolved(range, "an attribute with a computed name is assigned", false);
            } else if self.carries(*one) {
                self.unresolved(range, "an attribute with a computed name is assigned", true);
            }
            if let Shape::Object(class) | Shape::UserClass(class) = *self.values.shape(*one) {
                let names: Vec<_> = self.classes[class.0 as usize].attributes.keys().copied().collect();
                for name in names {
                    self.set_class_attribute(class, name, value);
                }
                let any = self.names.name("[]");
                self.set_class_attribute(class, any, value);
            }
        }
        self.escape_value(value, "an attribute with a computed name", range);
    }
}
