//! Abstract values: what an expression may be, as far as the text tells.
//!
//! Every value is interned, so that a [`Value`] is a number that can be copied and compared. A value that may be several
//! things is a union; joining never forgets something that can reach a control system, only plain data is merged.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::names::Name;
use crate::analysis::library::ClassId;

/// A number that stands for a [`Shape`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Value(u32);

/// A path of names from a module, such as `epics.PV`; see [`super::paths`].
///
/// The highest bit tells that it is tame: of a library that cannot reach a control system, nothing that the analysis or a
/// rule asks about. Many of those are as good as [`Shape::Data`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct PathId(pub(super) u32);

impl PathId {
    pub(super) const TAME: u32 = 1 << 31;

    pub(super) fn is_tame(self) -> bool {
        self.0 & Self::TAME != 0
    }
}

/// A function or lambda of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct FunctionId(pub(super) u32);

/// A class of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct UserClassId(pub(super) u32);

/// A list, set, generator, dictionary, or opaque holder: one for each place in the text that makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct HeapId(pub(super) u32);

/// The arguments of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Arguments {
    /// By position, as far as positions are known.
    pub(super) positional: Vec<Value>,
    /// `*rest`: what further positions may hold.
    pub(super) rest: Option<Value>,
    /// By name.
    pub(super) keywords: Vec<(Name, Value)>,
    /// `**rest`: what further names may hold.
    pub(super) keyword_rest: Option<Value>,
}

/// What a value may be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    /// No value at all: code that is not reached, or not yet.
    Nothing,
    /// Plain data: a number, text, an array, something of a library that cannot reach a control system.
    Data,
    /// Anything.
    Unknown,
    /// `None`.
    None,
    Bool(bool),
    Int(i64),
    /// The bits of a float.
    Float(u64),
    Str(Rc<str>),
    Bytes(Rc<[u8]>),
    /// Text of which only parts are known, written with `{…}` where they are not.
    Template(Rc<str>),
    /// A module, or something of one.
    Path(PathId),
    /// An object of a control-system library's class, and the channel it is for.
    Instance {
        class: ClassId,
        channel: Value,
        relative: bool,
    },
    /// A channel that is read under one name and written under another.
    Both {
        read: Value,
        write: Value,
    },
    /// A member of such an object that is not resolved further than its name.
    Member {
        of: Value,
        name: Name,
    },
    Function(FunctionId),
    /// A function bound to its first argument.
    Method {
        function: Value,
        this: Value,
    },
    UserClass(UserClassId),
    Object(UserClassId),
    /// A call with some of its arguments.
    Partial {
        callee: Value,
        arguments: Rc<Arguments>,
    },
    Tuple(Rc<[Value]>),
    List(HeapId),
    Dict(HeapId),
    /// Something opaque that holds what was put into it: any way in gives any of it.
    Holder(HeapId),
    /// `operator.attrgetter(...)`.
    AttributeGetter(Rc<[Name]>),
    /// `operator.itemgetter(...)`.
    ItemGetter(Value),
    /// `operator.methodcaller(...)`.
    MethodCaller {
        name: Name,
        arguments: Rc<Arguments>,
    },
    /// A member whose name is not known.
    AnyMember(Value),
    /// A module whose name is not known, and whatever comes out of it.
    AnyModule,
    /// A namespace as a dictionary: `vars(x)`, `x.__dict__`, `sys.modules`.
    Namespace(Value),
    /// `globals()`.
    Globals,
    /// `sys.modules`.
    Modules,
    /// `super()` of a class.
    Super(UserClassId),
    /// `start:stop:step`.
    Slice(Value, Value, Value),
    /// Compiled constant code.
    Code(Value),
    /// One of several.
    Union(Rc<[Value]>),
}

/// All shapes.
#[derive(Debug)]
pub(super) struct Values {
    shapes: Vec<Shape>,
    /// How deep each is made of others.
    depths: Vec<u8>,
    known: FxHashMap<Shape, Value>,
    joins: FxHashMap<(Value, Value), Value>,
}

/// Most members of a union that are plain data before they are merged.
const MAX_CONSTANTS: usize = 64;
/// Most tame paths in a union before they are plain data.
const MAX_TAME: usize = 24;
/// How deep a value may be made of others: tuples of tuples, partials of partials.
const MAX_DEPTH: u8 = 12;
/// Most members of a union. Beyond, it is [`Shape::AnyModule`]: calling it counts as a possible write.
const MAX_MEMBERS: usize = 96;

impl Value {
    pub(super) const NOTHING: Self = Self(0);
    pub(super) const DATA: Self = Self(1);
    pub(super) const UNKNOWN: Self = Self(2);
    pub(super) const NONE: Self = Self(3);
    pub(super) const ANY_MODULE: Self = Self(4);
    pub(super) const GLOBALS: Self = Self(5);
    pub(super) const MODULES: Self = Self(6);
}

impl Values {
    pub(super) fn new() -> Self {
        let mut values =
            Self { shapes: Vec::new(), depths: Vec::new(), known: FxHashMap::default(), joins: FxHashMap::default() };
        for shape in
            [Shape::Nothing, Shape::Data, Shape::Unknown, Shape::None, Shape::AnyModule, Shape::Globals, Shape::Modules]
        {
            values.make(shape);
        }
        values
    }

    pub(super) fn make(&mut self, shape: Shape) -> Value {
        if let Some(value) = self.known.get(&shape) {
            return *value;
        }
        let depth = self.depth_of(&shape);
        if depth > MAX_DEPTH {
            // Deeper than any honest program builds: anything.
            return if self.is_plain(&shape) { Value::DATA } else { Value::ANY_MODULE };
        }
        let value = Value(u32::try_from(self.shapes.len()).unwrap_or(u32::MAX));
        self.shapes.push(shape.clone());
        self.depths.push(depth);
        self.known.insert(shape, value);
        value
    }

    fn depth_of(&self, shape: &Shape) -> u8 {
        let of = |value: &Value| self.depths.get(value.0 as usize).copied().unwrap_or(0);
        let deepest = |values: &mut dyn Iterator<Item = &Value>| values.map(of).max().unwrap_or(0);
        let inside = match shape {
            Shape::Tuple(elements) => deepest(&mut elements.iter()),
            Shape::Union(members) => return deepest(&mut members.iter()),
            Shape::Partial { callee, arguments } => of(callee).max(deepest(&mut arguments.all().iter())),
            Shape::MethodCaller { arguments, .. } => deepest(&mut arguments.all().iter()),
            Shape::Method { function, this } => of(function).max(of(this)),
            Shape::Member { of: inner, .. }
            | Shape::AnyMember(inner)
            | Shape::Namespace(inner)
            | Shape::ItemGetter(inner)
            | Shape::Code(inner) => of(inner),
            Shape::Instance { channel, .. } => of(channel),
            Shape::Both { read, write } => of(read).max(of(write)),
            _ => return 0,
        };
        inside.saturating_add(1)
    }

    fn is_plain(&self, shape: &Shape) -> bool {
        matches!(shape, Shape::Tuple(elements) if elements.iter().all(|one| *one == Value::DATA || self.is_data(*one)))
    }

    pub(super) fn shape(&self, value: Value) -> &Shape {
        &self.shapes[value.0 as usize]
    }

    pub(super) fn str(&mut self, text: &str) -> Value {
        self.make(Shape::Str(text.into()))
    }

    /// What `value` may be, one by one.
    pub(super) fn each(&self, value: Value) -> Rc<[Value]> {
        match self.shape(value) {
            Shape::Nothing => Rc::new([]),
            Shape::Union(members) => Rc::clone(members),
            _ => Rc::new([value]),
        }
    }

    pub(super) fn is_union(&self, value: Value) -> bool {
        matches!(self.shape(value), Shape::Union(_))
    }

    /// The text, if `value` is one text.
    pub(super) fn as_str(&self, value: Value) -> Option<Rc<str>> {
        match self.shape(value) {
            Shape::Str(text) => Some(Rc::clone(text)),
            _ => None,
        }
    }

    /// The integer, if `value` is one.
    pub(super) fn as_int(&self, value: Value) -> Option<i64> {
        match self.shape(value) {
            Shape::Int(number) => Some(*number),
            Shape::Bool(truth) => Some(i64::from(*truth)),
            _ => None,
        }
    }

    /// All texts that `value` may be, if it is nothing but text.
    pub(super) fn strings(&self, value: Value) -> Option<Vec<Rc<str>>> {
        self.each(value).iter().map(|one| self.as_str(*one)).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
    }

    /// Whether it is plain data, known or not.
    pub(super) fn is_data(&self, value: Value) -> bool {
        is_data(self.shape(value))
            || matches!(self.shape(value), Shape::Union(members) if members.iter().all(|one| is_data(self.shape(*one))))
    }

    /// What may be either.
    pub(super) fn join(&mut self, a: Value, b: Value) -> Value {
        if a == b || b == Value::NOTHING {
            return a;
        }
        if a == Value::NOTHING {
            return b;
        }
        let key = if a < b { (a, b) } else { (b, a) };
        if let Some(joined) = self.joins.get(&key) {
            return *joined;
        }
        let mut members: Vec<Value> = self.each(a).iter().chain(self.each(b).iter()).copied().collect();
        members.sort_unstable();
        members.dedup();
        let joined = self.union(members);
        self.joins.insert(key, joined);
        joined
    }

    pub(super) fn join_all(&mut self, values: impl IntoIterator<Item = Value>) -> Value {
        values.into_iter().fold(Value::NOTHING, |joined, value| self.join(joined, value))
    }

    fn union(&mut self, mut members: Vec<Value>) -> Value {
        let constants = members.iter().filter(|one| is_constant(self.shape(**one))).count();
        if members.contains(&Value::DATA) || constants > MAX_CONSTANTS {
            // `None` stays: it tells that something may be absent, and costs nothing.
            members.retain(|one| *one == Value::NONE || !is_constant(self.shape(*one)));
            members.push(Value::DATA);
            members.sort_unstable();
            members.dedup();
        }
        let tame = |values: &Self, one: Value| matches!(values.shape(one), Shape::Path(path) if path.is_tame());
        if members.len() > MAX_TAME && members.iter().filter(|one| tame(self, **one)).count() > MAX_TAME {
            members.retain(|one| !tame(self, *one));
            members.push(Value::DATA);
            members.sort_unstable();
            members.dedup();
        }
        match members.as_slice() {
            [] => Value::NOTHING,
            [one] => *one,
            _ if members.len() > MAX_MEMBERS => Value::ANY_MODULE,
            _ => self.make(Shape::Union(members.into())),
        }
    }

    /// The same, without what tells constants apart: for values that a loop changes.
    pub(super) fn widen(&mut self, value: Value) -> Value {
        if is_constant(self.shape(value)) && value != Value::NONE {
            return Value::DATA;
        }
        let members: Vec<Value> =
            self.each(value).iter().map(|one| if is_constant(self.shape(*one)) { Value::DATA } else { *one }).collect();
        self.join_all(members)
    }

    /// How many shapes there are: what bounds the memory.
    pub(super) fn len(&self) -> usize {
        self.shapes.len()
    }
}

fn is_constant(shape: &Shape) -> bool {
    matches!(
        shape,
        Shape::None
            | Shape::Bool(_)
            | Shape::Int(_)
            | Shape::Float(_)
            | Shape::Str(_)
            | Shape::Bytes(_)
            | Shape::Template(_)
    )
}

fn is_data(shape: &Shape) -> bool {
    is_constant(shape) || matches!(shape, Shape::Data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_is_commutative_idempotent_and_forgets_no_capability() {
        let mut values = Values::new();
        let text = values.str("A");
        let path = values.make(Shape::Path(PathId(7)));
        let both = values.join(text, path);
        assert_eq!(values.join(path, text), both);
        assert_eq!(values.join(both, text), both);
        assert_eq!(values.join(both, Value::NOTHING), both);
        let mut many = both;
        for number in 0..200 {
            let next = values.make(Shape::Int(number));
            many = values.join(many, next);
        }
        assert_eq!(values.each(many).to_vec(), [Value::DATA, path]);
        for number in 0..200 {
            let next = values.make(Shape::Path(PathId(number | PathId::TAME)));
            many = values.join(many, next);
        }
        assert_eq!(values.each(many).to_vec(), [Value::DATA, path]);
        for number in 0..200 {
            let next = values.make(Shape::Path(PathId(number)));
            many = values.join(many, next);
        }
        assert!(values.each(many).contains(&Value::ANY_MODULE));
    }
}
