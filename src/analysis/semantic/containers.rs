//! Lists, dictionaries and opaque holders: one abstract object for each place in the text that makes one.

use rustc_hash::FxHashMap;

use super::value::{HeapId, Shape, Value};
use super::{Interpreter, Location};

/// What a container holds.
#[derive(Debug)]
pub(super) struct Heap {
    location: Location,
    /// What any element may be; for a dictionary, what unknown keys may give.
    any: Value,
    /// The elements, while the text alone decides them.
    exact: Option<Vec<Value>>,
    /// A dictionary's entries with constant keys.
    entries: FxHashMap<Value, Value>,
    /// Their order, and keys that are not constant.
    keys: Vec<Value>,
    /// Whether something in it can reach a control system.
    carries: bool,
}

/// Most entries of a dictionary, or elements of a list, that are kept apart.
const MAX_EXACT: usize = 512;

/// Iterators within each other.
const MAX_ITERATING: u8 = 10;

/// What kind of container a place makes; a place can make one of each.
pub(super) const LIST: u8 = 0;
pub(super) const DICT: u8 = 1;
pub(super) const HOLDER: u8 = 2;
pub(super) const VARARGS: u8 = 3;
pub(super) const KWARGS: u8 = 4;
pub(super) const RESULT: u8 = 5;

impl Interpreter<'_> {
    /// The container that is made at `site` (an address of a node, or another number that tells places apart).
    pub(super) fn heap_at(&mut self, site: usize, kind: u8) -> (HeapId, bool) {
        let site = (site, kind);
        if let Some(id) = self.heap_sites.get(&site) {
            return (*id, false);
        }
        let location = self.new_location();
        let id = HeapId(u32::try_from(self.heap.len()).unwrap_or(u32::MAX));
        self.heap.push(Heap {
            location,
            any: Value::NOTHING,
            exact: None,
            entries: FxHashMap::default(),
            keys: Vec::new(),
            carries: false,
        });
        self.heap_sites.insert(site, id);
        (id, true)
    }

    /// A list or set with these elements.
    pub(super) fn list_of(&mut self, site: usize, elements: Vec<Value>) -> Value {
        let (id, new) = self.heap_at(site, LIST);
        let any = self.values.join_all(elements.iter().copied());
        self.put(id, any);
        if new && elements.len() <= MAX_EXACT {
            self.heap[id.0 as usize].exact = Some(elements);
        } else if let Some(mut exact) = self.heap[id.0 as usize].exact.take()
            && exact.len() == elements.len()
        {
            for (held, element) in exact.iter_mut().zip(elements) {
                *held = self.values.join(*held, element);
            }
            self.heap[id.0 as usize].exact = Some(exact);
        }
        self.values.make(Shape::List(id))
    }

    /// A list or set of which only this is known.
    pub(super) fn list_with(&mut self, site: usize, any: Value) -> Value {
        let (id, _) = self.heap_at(site, LIST);
        self.heap[id.0 as usize].exact = None;
        self.put(id, any);
        self.values.make(Shape::List(id))
    }

    /// An opaque thing that holds this.
    pub(super) fn holder(&mut self, site: usize, any: Value) -> Value {
        let (id, _) = self.heap_at(site, HOLDER);
        self.put(id, any);
        self.values.make(Shape::Holder(id))
    }

    /// Puts a value into a container, somewhere.
    pub(super) fn put(&mut self, id: HeapId, value: Value) {
        let held = self.heap[id.0 as usize].any;
        let joined = self.values.join(held, value);
        let joined = self.settled(self.heap[id.0 as usize].location, joined);
        if joined != held {
            let carries = self.carries(value);
            let heap = &mut self.heap[id.0 as usize];
            heap.any = joined;
            heap.carries |= carries;
            let location = heap.location;
            self.grew(location);
        }
    }

    /// Adds an element: positions are no longer known.
    pub(super) fn append(&mut self, id: HeapId, value: Value) {
        self.shuffle(id);
        self.put(id, value);
    }

    /// Positions are no longer known.
    pub(super) fn shuffle(&mut self, id: HeapId) {
        if self.heap[id.0 as usize].exact.take().is_some() {
            let location = self.heap[id.0 as usize].location;
            self.grew(location);
        }
    }

    /// Sets a dictionary's entry.
    pub(super) fn insert(&mut self, id: HeapId, key: Value, value: Value) {
        let key = self.key(key);
        let constant = matches!(
            self.values.shape(key),
            Shape::Str(_) | Shape::Int(_) | Shape::Bool(_) | Shape::Bytes(_) | Shape::None | Shape::Float(_)
        );
        let heap = &mut self.heap[id.0 as usize];
        if !heap.keys.contains(&key) && heap.keys.len() < MAX_EXACT {
            heap.keys.push(key);
        }
        if !constant || heap.entries.len() >= MAX_EXACT && !heap.entries.contains_key(&key) {
            self.put(id, value);
            return;
        }
        let held = heap.entries.get(&key).copied().unwrap_or(Value::NOTHING);
        let location = heap.location;
        let joined = self.values.join(held, value);
        let joined = self.settled(location, joined);
        if joined != held {
            let carries = self.carries(value);
            let heap = &mut self.heap[id.0 as usize];
            heap.entries.insert(key, joined);
            heap.carries |= carries;
            let location = heap.location;
            self.grew(location);
        }
    }

    /// A key as dictionaries compare it: `True`, `1` and `1.0` are one.
    fn key(&mut self, key: Value) -> Value {
        match *self.values.shape(key) {
            Shape::Bool(truth) => self.values.make(Shape::Int(i64::from(truth))),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "only whole numbers of a size that floats hold exactly"
            )]
            Shape::Float(bits) if f64::from_bits(bits).fract() == 0.0 && f64::from_bits(bits).abs() < 1e15 => {
                self.values.make(Shape::Int(f64::from_bits(bits) as i64))
            }
            _ => key,
        }
    }

    /// What any element, or any entry's value, may be.
    pub(super) fn contents(&mut self, id: HeapId) -> Value {
        let heap = &self.heap[id.0 as usize];
        let location = heap.location;
        let mut all = heap.any;
        let entries: Vec<Value> = heap.entries.values().copied().collect();
        for value in entries {
            all = self.values.join(all, value);
        }
        self.reads(location);
        all
    }

    /// The keys of a dictionary.
    pub(super) fn keys(&mut self, id: HeapId) -> Value {
        let keys = self.heap[id.0 as usize].keys.clone();
        let location = self.heap[id.0 as usize].location;
        self.reads(location);
        if keys.is_empty() { Value::DATA } else { self.values.join_all(keys) }
    }

    /// A dictionary's constant entries in their order, and what else may be in it.
    pub(super) fn entries(&mut self, id: HeapId) -> (Vec<(Value, Value)>, Value) {
        let heap = &self.heap[id.0 as usize];
        let (location, any) = (heap.location, heap.any);
        let entries = heap.keys.iter().filter_map(|key| Some((*key, *heap.entries.get(key)?))).collect();
        self.reads(location);
        (entries, any)
    }

    /// The elements of a list, while they are known one by one.
    pub(super) fn exact(&mut self, id: HeapId) -> Option<Vec<Value>> {
        let location = self.heap[id.0 as usize].location;
        self.reads(location);
        self.heap[id.0 as usize].exact.clone()
    }

    /// Whether a container holds something that can reach a control system.
    pub(super) fn heap_carries(&mut self, id: HeapId) -> bool {
        let location = self.heap[id.0 as usize].location;
        self.reads(location);
        self.heap[id.0 as usize].carries
    }

    /// `container[key]`.
    pub(super) fn item_of(&mut self, id: HeapId, is_dict: bool, key: Value) -> Value {
        if is_dict {
            let heap = &self.heap[id.0 as usize];
            let (location, any) = (heap.location, heap.any);
            self.reads(location);
            let keys = self.values.each(key);
            let mut found = any;
            for one in keys.iter() {
                let one = &self.key(*one);
                if let Some(value) = self.heap[id.0 as usize].entries.get(one).copied() {
                    found = self.values.join(found, value);
                } else if !matches!(self.values.shape(*one), Shape::Str(_) | Shape::Int(_) | Shape::Bytes(_)) {
                    return self.contents(id);
                }
            }
            return found;
        }
        if let (Some(exact), Some(index)) = (self.exact(id), self.values.as_int(key)) {
            let length = i64::try_from(exact.len()).unwrap_or(i64::MAX);
            let index = if index < 0 { index + length } else { index };
            if let Some(value) = usize::try_from(index).ok().and_then(|index| exact.get(index)) {
                return *value;
            }
        }
        self.contents(id)
    }

    /// What iterating gives, one by one and joined.
    pub(super) fn iterate(&mut self, value: Value) -> Value {
        let (elements, rest) = self.elements(value);
        let joined = self.values.join_all(elements);
        self.values.join(joined, rest)
    }

    /// The elements that are known by position, and what may follow or be among them.
    pub(super) fn elements(&mut self, value: Value) -> (Vec<Value>, Value) {
        // Iterators of iterators, or one that gives itself.
        if self.iterating >= MAX_ITERATING || !self.step() {
            return (Vec::new(), Value::ANY_MODULE);
        }
        self.iterating += 1;
        let elements = self.elements_of(value);
        self.iterating -= 1;
        elements
    }

    fn elements_of(&mut self, value: Value) -> (Vec<Value>, Value) {
        match self.values.shape(value).clone() {
            Shape::Nothing => (Vec::new(), Value::NOTHING),
            Shape::Tuple(elements) => (elements.to_vec(), Value::NOTHING),
            Shape::List(id) => match self.exact(id) {
                Some(elements) => (elements, Value::NOTHING),
                None => (Vec::new(), self.contents(id)),
            },
            Shape::Dict(id) => (Vec::new(), self.keys(id)),
            Shape::Holder(id) => {
                let contents = self.contents(id);
                (Vec::new(), self.values.join(contents, Value::DATA))
            }
            Shape::Str(text) if text.len() <= 64 => {
                let chars: Vec<String> = text.chars().map(String::from).collect();
                (chars.iter().map(|one| self.values.str(one)).collect(), Value::NOTHING)
            }
            Shape::Union(members) => {
                let mut all = Value::NOTHING;
                for one in members.iter() {
                    let element = self.iterate(*one);
                    all = self.values.join(all, element);
                }
                (Vec::new(), all)
            }
            Shape::Object(_) => {
                let iterator = self.call_named(value, "__iter__", Vec::new());
                let given = match iterator {
                    Some(iterator) if iterator != value && !matches!(self.values.shape(iterator), Shape::Object(_)) => {
                        self.iterate(iterator)
                    }
                    _ => Value::NOTHING,
                };
                let next = self.call_named(value, "__next__", Vec::new()).unwrap_or(Value::NOTHING);
                let item = self.call_named(value, "__getitem__", vec![Value::DATA]).unwrap_or(Value::NOTHING);
                let all = self.values.join_all([given, next, item]);
                (Vec::new(), if all == Value::NOTHING { Value::UNKNOWN } else { all })
            }
            Shape::Path(path) => {
                let stashed = self.stashed(path);
                (Vec::new(), self.values.join(Value::DATA, stashed))
            }
            Shape::AnyModule | Shape::AnyMember(_) | Shape::Namespace(_) | Shape::Globals => {
                (Vec::new(), Value::ANY_MODULE)
            }
            Shape::Unknown => (Vec::new(), Value::UNKNOWN),
            Shape::Modules => (Vec::new(), Value::DATA),
            Shape::Instance { .. } | Shape::Member { .. } => (Vec::new(), value),
            _ => (Vec::new(), Value::DATA),
        }
    }
}
