//! Methods of lists and dictionaries.

use ruff_text_size::TextRange;

use super::Interpreter;
use super::value::{Arguments, HeapId, Shape, Value};

impl Interpreter<'_> {
    pub(super) fn list_method(
        &mut self,
        of: Value,
        heap: HeapId,
        name: &str,
        arguments: &Arguments,
        range: TextRange,
    ) -> Value {
        let first = arguments.positional.first().copied().unwrap_or(Value::NOTHING);
        match name {
            "append" | "add" | "appendleft" => {
                self.append(heap, first);
                Value::NONE
            }
            "insert" => {
                let second = arguments.positional.get(1).copied().unwrap_or(Value::NOTHING);
                self.append(heap, second);
                Value::NONE
            }
            "extend" | "update" | "__iadd__" | "extendleft" => {
                for value in &arguments.positional {
                    let element = self.iterate(*value);
                    self.append(heap, element);
                }
                of
            }
            "__getitem__" => self.item_of(heap, false, first),
            "pop" | "popleft" | "__next__" => {
                self.shuffle(heap);
                self.item_of(heap, false, Value::DATA)
            }
            "send" => self.contents(heap),
            "copy" | "__iter__" | "union" | "intersection" | "difference" | "throw" => of,
            "sort" => {
                self.shuffle(heap);
                self.call_back(arguments);
                Value::NONE
            }
            "remove" | "clear" | "reverse" | "discard" | "rotate" | "__delitem__" => {
                self.shuffle(heap);
                Value::NONE
            }
            "__setitem__" => {
                self.append(heap, arguments.positional.get(1).copied().unwrap_or(Value::NOTHING));
                Value::NONE
            }
            "index" | "count" | "issubset" | "issuperset" | "close" => Value::DATA,
            _ => {
                self.hand_over(arguments, "a method of a list", range, false);
                Value::DATA
            }
        }
    }

    pub(super) fn dict_method(
        &mut self,
        of: Value,
        heap: HeapId,
        name: &str,
        arguments: &Arguments,
        range: TextRange,
    ) -> Value {
        let first = arguments.positional.first().copied().unwrap_or(Value::NOTHING);
        let second = arguments.positional.get(1).copied().unwrap_or(Value::NONE);
        match name {
            "get" | "pop" | "__getitem__" => {
                let found = self.item_of(heap, true, first);
                if name == "__getitem__" { found } else { self.values.join(found, second) }
            }
            "setdefault" => {
                self.insert(heap, first, second);
                let found = self.item_of(heap, true, first);
                self.values.join(found, second)
            }
            "__setitem__" => {
                self.insert(heap, first, second);
                Value::NONE
            }
            "update" => {
                for value in &arguments.positional {
                    self.update_from(heap, *value);
                }
                for (name, value) in &arguments.keywords {
                    let key = self.names.text(*name);
                    let key = self.values.str(&key);
                    self.insert(heap, key, *value);
                }
                if let Some(rest) = arguments.keyword_rest {
                    self.put(heap, rest);
                }
                Value::NONE
            }
            "keys" | "__iter__" => {
                let keys = self.keys(heap);
                self.list_with(range.start().to_usize() * 2, keys)
            }
            "values" => {
                let values = self.contents(heap);
                self.list_with(range.start().to_usize() * 2, values)
            }
            "items" => {
                let (entries, rest) = self.entries(heap);
                let mut joined = Value::NOTHING;
                for (key, value) in entries {
                    let pair = self.values.make(Shape::Tuple([key, value].into()));
                    joined = self.values.join(joined, pair);
                }
                if rest != Value::NOTHING {
                    let keys = self.keys(heap);
                    let pair = self.values.make(Shape::Tuple([keys, rest].into()));
                    joined = self.values.join(joined, pair);
                }
                self.list_with(range.start().to_usize() * 2, joined)
            }
            "popitem" => {
                let (keys, values) = (self.keys(heap), self.contents(heap));
                self.values.make(Shape::Tuple([keys, values].into()))
            }
            "copy" => of,
            "clear" => Value::NONE,
            _ => {
                self.hand_over(arguments, "a method of a dictionary", range, false);
                Value::DATA
            }
        }
    }
}
