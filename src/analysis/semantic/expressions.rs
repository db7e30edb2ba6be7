//! Expressions.

use ruff_python_ast::{Comprehension, Expr, InterpolatedStringElement, Number, Operator, UnaryOp};
use ruff_text_size::{Ranged, TextRange};

use super::containers::DICT;
use super::value::{Arguments, Shape, Value};
use super::{Interpreter, MAX_RECURSION};

impl<'a> Interpreter<'a> {
    /// What an expression may be. Operations on the way are recorded.
    pub(super) fn evaluate(&mut self, expr: &'a Expr) -> Value {
        if !self.step() {
            return Value::UNKNOWN;
        }
        if self.recursion >= MAX_RECURSION {
            self.give_up(expr.range(), "the program nests too deeply to follow");
            return Value::UNKNOWN;
        }
        self.recursion += 1;
        let value = self.evaluate_inner(expr);
        self.recursion -= 1;
        if self.deep {
            self.note_kept(value, expr.range());
        }
        value
    }

    fn evaluate_inner(&mut self, expr: &'a Expr) -> Value {
        match expr {
            Expr::Name(name) => {
                let id = self.names.name(name.id.as_str());
                let value = self.look_up(id, name.range);
                self.note_module_as_value(value, name.range);
                value
            }
            Expr::Attribute(attribute) => {
                let value = self.base(&attribute.value);
                let found = self.get_attribute(value, attribute.attr.as_str(), expr.range());
                self.note_way_as_value(found, expr.range());
                found
            }
            Expr::Call(call) => {
                let range = expr.range();
                if let Expr::Attribute(attribute) = &*call.func {
                    let receiver = self.base(&attribute.value);
                    let arguments = self.arguments(&call.arguments);
                    return self.call_method(receiver, attribute.attr.as_str(), &arguments, range);
                }
                let callee = self.base(&call.func);
                if let (Shape::Path(path), [Expr::Name(object), Expr::StringLiteral(_), ..]) =
                    (self.values.shape(callee), &*call.arguments.args)
                    && matches!(&*self.paths.get(*path).dotted, "builtins.hasattr" | "builtins.getattr")
                {
                    // `hasattr(os, 'fork')`: the module itself goes nowhere.
                    let name = self.names.name(object.id.as_str());
                    let first = self.look_up(name, object.range);
                    let mut arguments = self.arguments_after(&call.arguments, 1);
                    arguments.positional.insert(0, first);
                    return self.call(callee, &arguments, range);
                }
                let arguments = self.arguments(&call.arguments);
                self.call(callee, &arguments, range)
            }
            // A lone surrogate is no text here, and the parser puts another character in its place.
            Expr::StringLiteral(string) if string.value.to_str().contains('\u{fffd}') => Value::DATA,
            Expr::StringLiteral(string) => self.values.str(string.value.to_str()),
            Expr::BytesLiteral(bytes) => {
                let bytes: Vec<u8> = bytes.value.bytes().collect();
                self.values.make(Shape::Bytes(bytes.into()))
            }
            Expr::NumberLiteral(number) => match &number.value {
                Number::Int(int) => int.as_i64().map_or(Value::DATA, |int| self.values.make(Shape::Int(int))),
                Number::Float(float) => self.values.make(Shape::Float(float.to_bits())),
                Number::Complex { .. } => Value::DATA,
            },
            Expr::BooleanLiteral(truth) => self.values.make(Shape::Bool(truth.value)),
            Expr::NoneLiteral(_) => Value::NONE,
            Expr::EllipsisLiteral(_) | Expr::IpyEscapeCommand(_) => Value::DATA,
            Expr::FString(string) => self.f_string(string),
            Expr::TString(string) => {
                let mut parts = Vec::new();
                for element in string.value.elements() {
                    if let InterpolatedStringElement::Interpolation(part) = element {
                        parts.push(self.evaluate(&part.expression));
                    }
                }
                let held = self.values.join_all(parts);
                if self.values.is_data(held) { Value::DATA } else { self.holder(site(expr), held) }
            }
            Expr::Tuple(tuple) => {
                let elements = self.sequence(&tuple.elts);
                match elements {
                    Ok(elements) => self.values.make(Shape::Tuple(elements.into())),
                    Err(any) => self.list_with(site(expr), any),
                }
            }
            Expr::List(list) => {
                let elements = self.sequence(&list.elts);
                match elements {
                    Ok(elements) => self.list_of(site(expr), elements),
                    Err(any) => self.list_with(site(expr), any),
                }
            }
            Expr::Set(set) => {
                // A set has no order.
                let any = match self.sequence(&set.elts) {
                    Ok(elements) => self.values.join_all(elements),
                    Err(any) => any,
                };
                self.list_with(site(expr), any)
            }
            Expr::Dict(dict) => {
                let (id, _) = self.heap_at(site(expr), DICT);
                for item in &dict.items {
                    let key = item.key.as_ref().map(|key| self.evaluate(key));
                    let value = self.evaluate(&item.value);
                    match key {
                        Some(key) => {
                            for one in self.values.each(key).iter() {
                                self.insert(id, *one, value);
                            }
                        }
                        None => self.update_from(id, value),
                    }
                }
                self.values.make(Shape::Dict(id))
            }
            Expr::ListComp(list) => {
                let element = self.comprehension(&list.generators, |this| this.evaluate(&list.elt));
                self.list_with(site(expr), element)
            }
            Expr::SetComp(set) => {
                let element = self.comprehension(&set.generators, |this| this.evaluate(&set.elt));
                self.list_with(site(expr), element)
            }
            Expr::Generator(generator) => {
                let element = self.comprehension(&generator.generators, |this| this.evaluate(&generator.elt));
                self.list_with(site(expr), element)
            }
            Expr::DictComp(dict) => {
                let (id, _) = self.heap_at(site(expr), DICT);
                self.comprehension(&dict.generators, |this| {
                    let key = dict.key.as_deref().map(|key| this.evaluate(key));
                    let value = this.evaluate(&dict.value);
                    match key {
                        // Each key with each value: which belongs to which is not known.
                        Some(key) => {
                            for one in this.values.each(key).iter() {
                                this.insert(id, *one, value);
                            }
                        }
                        None => this.update_from(id, value),
                    }
                    Value::NOTHING
                });
                self.values.make(Shape::Dict(id))
            }
            Expr::Lambda(lambda) => self.lambda(lambda),
            Expr::If(choice) => {
                self.evaluate(&choice.test);
                // A walrus in the operand that is not taken binds nothing.
                let before = self.snapshot();
                let then = self.evaluate(&choice.body);
                let after = self.snapshot();
                self.restore(before.clone());
                let otherwise = self.evaluate(&choice.orelse);
                self.merge(after);
                self.merge(before);
                self.values.join(then, otherwise)
            }
            Expr::Named(named) => {
                let value = self.evaluate(&named.value);
                self.assign(&named.target, value);
                value
            }
            Expr::BoolOp(operation) => {
                let mut joined = Value::NOTHING;
                for value in &operation.values {
                    let before = self.snapshot();
                    let value = self.evaluate(value);
                    self.merge(before);
                    joined = self.values.join(joined, value);
                }
                joined
            }
            Expr::BinOp(operation) => {
                let left = self.evaluate(&operation.left);
                let right = self.evaluate(&operation.right);
                self.binary(left, operation.op, right, expr.range())
            }
            Expr::UnaryOp(operation) => {
                let value = self.evaluate(&operation.operand);
                match (operation.op, self.values.shape(value)) {
                    (UnaryOp::USub, Shape::Int(number)) => match number.checked_neg() {
                        Some(negative) => self.values.make(Shape::Int(negative)),
                        None => Value::DATA,
                    },
                    (UnaryOp::USub, Shape::Float(bits)) => {
                        let negative = (-f64::from_bits(*bits)).to_bits();
                        self.values.make(Shape::Float(negative))
                    }
                    (UnaryOp::UAdd, Shape::Int(_) | Shape::Float(_)) => value,
                    (UnaryOp::Not, Shape::Bool(truth)) => {
                        let not = !*truth;
                        self.values.make(Shape::Bool(not))
                    }
                    (UnaryOp::Not, _) => Value::DATA,
                    _ => self.operator_result(&[value], expr.range()),
                }
            }
            Expr::Compare(compare) => {
                let mut values = vec![self.evaluate(&compare.left)];
                for (index, comparator) in compare.comparators.iter().enumerate() {
                    let before = (index > 0).then(|| self.snapshot());
                    values.push(self.evaluate(comparator));
                    if let Some(before) = before {
                        self.merge(before);
                    }
                }
                // `==`, `is` and `in` on these call nothing of theirs that could write, unless the program defines it.
                for value in values {
                    for one in self.values.each(value).iter() {
                        for name in ["__eq__", "__lt__", "__gt__", "__contains__"] {
                            self.call_named(*one, name, vec![Value::UNKNOWN]);
                        }
                    }
                }
                Value::DATA
            }
            Expr::Subscript(subscript) => {
                let value = self.evaluate(&subscript.value);
                let key = self.evaluate(&subscript.slice);
                self.get_item(value, key, expr.range())
            }
            Expr::Slice(slice) => {
                let parts = [&slice.lower, &slice.upper, &slice.step]
                    .map(|part| part.as_deref().map_or(Value::NONE, |part| self.evaluate(part)));
                self.values.make(Shape::Slice(parts[0], parts[1], parts[2]))
            }
            Expr::Starred(starred) => self.evaluate(&starred.value),
            Expr::Await(awaited) => self.evaluate(&awaited.value),
            Expr::Yield(yielded) => {
                let value = yielded.value.as_deref().map_or(Value::NONE, |value| self.evaluate(value));
                self.yields(value);
                Value::UNKNOWN
            }
            Expr::YieldFrom(yielded) => {
                let value = self.evaluate(&yielded.value);
                let element = self.iterate(value);
                self.yields(element);
                // What the inner generator returns is joined into what calling it gave.
                self.values.join(value, Value::DATA)
            }
        }
    }

    /// What stands before a dot or a call.
    pub(super) fn base(&mut self, expr: &'a Expr) -> Value {
        match expr {
            Expr::Name(name) => {
                let id = self.names.name(name.id.as_str());
                self.look_up(id, name.range)
            }
            Expr::Attribute(attribute) => {
                let value = self.base(&attribute.value);
                self.get_attribute(value, attribute.attr.as_str(), expr.range())
            }
            _ => self.evaluate(expr),
        }
    }

    fn yields(&mut self, value: Value) {
        let Some(frame) = self.frames.last() else { return };
        let joined = self.values.join(frame.yielded, value);
        if let Some(frame) = self.frames.last_mut() {
            frame.yielded = joined;
        }
    }

    /// The elements of a display; `Err` with all of them joined if a star hides their positions.
    fn sequence(&mut self, exprs: &'a [Expr]) -> Result<Vec<Value>, Value> {
        let mut elements = Vec::with_capacity(exprs.len());
        let mut known = true;
        let mut others = Value::NOTHING;
        for expr in exprs {
            match expr {
                Expr::Starred(starred) => {
                    let value = self.evaluate(&starred.value);
                    let (first, rest) = self.elements(value);
                    elements.extend(first);
                    if rest != Value::NOTHING || self.values.is_union(value) {
                        known = false;
                        others = self.values.join(others, rest);
                    }
                }
                _ => elements.push(self.evaluate(expr)),
            }
        }
        if known && elements.len() <= 4_096 {
            return Ok(elements);
        }
        let all = self.values.join_all(elements);
        Err(self.values.join(all, others))
    }

    fn arguments(&mut self, written: &'a ruff_python_ast::Arguments) -> Arguments {
        self.arguments_after(written, 0)
    }

    /// The arguments without the first ones.
    fn arguments_after(&mut self, written: &'a ruff_python_ast::Arguments, first: usize) -> Arguments {
        let mut arguments = Arguments::default();
        for expr in written.args.iter().skip(first) {
            match expr {
                Expr::Starred(starred) => {
                    let value = self.evaluate(&starred.value);
                    let (elements, rest) = self.elements(value);
                    if arguments.rest.is_none() {
                        arguments.positional.extend(elements.iter().copied());
                    } else {
                        let more = self.values.join_all(elements);
                        arguments.rest = Some(self.values.join(arguments.rest.unwrap_or(Value::NOTHING), more));
                    }
                    if rest != Value::NOTHING {
                        let before = arguments.rest.unwrap_or(Value::NOTHING);
                        arguments.rest = Some(self.values.join(before, rest));
                    }
                }
                _ => {
                    let value = self.evaluate(expr);
                    match arguments.rest {
                        Some(rest) => arguments.rest = Some(self.values.join(rest, value)),
                        None => arguments.positional.push(value),
                    }
                }
            }
        }
        for keyword in &written.keywords {
            let value = self.evaluate(&keyword.value);
            match &keyword.arg {
                Some(name) => {
                    let name = self.names.name(name.as_str());
                    arguments.keywords.push((name, value));
                }
                None => self.spread(value, &mut arguments),
            }
        }
        arguments
    }

    /// `**mapping` in a call.
    pub(super) fn spread(&mut self, value: Value, arguments: &mut Arguments) {
        let Shape::Dict(id) = *self.values.shape(value) else {
            let rest = match self.values.shape(value) {
                Shape::Union(_) => {
                    for one in self.values.each(value).iter() {
                        self.spread(*one, arguments);
                    }
                    return;
                }
                Shape::Data | Shape::None => Value::DATA,
                Shape::Namespace(_) | Shape::Globals | Shape::Modules => Value::ANY_MODULE,
                _ => self.iterate(value),
            };
            let before = arguments.keyword_rest.unwrap_or(Value::NOTHING);
            arguments.keyword_rest = Some(self.values.join(before, rest));
            return;
        };
        let (entries, rest) = self.entries(id);
        for (key, value) in entries {
            if let Some(text) = self.values.as_str(key) {
                let name = self.names.name(&text);
                arguments.keywords.push((name, value));
            }
        }
        if rest != Value::NOTHING {
            let before = arguments.keyword_rest.unwrap_or(Value::NOTHING);
            arguments.keyword_rest = Some(self.values.join(before, rest));
        }
    }

    /// Walks a comprehension. Its variables shadow those outside.
    fn comprehension(&mut self, generators: &'a [Comprehension], mut element: impl FnMut(&mut Self) -> Value) -> Value {
        let before = self.snapshot();
        self.conditional += 1;
        for clause in generators {
            let iterable = self.evaluate(&clause.iter);
            let item = self.iterate(iterable);
            self.assign(&clause.target, item);
            for test in &clause.ifs {
                self.evaluate(test);
            }
        }
        let value = element(self);
        self.conditional -= 1;
        // A walrus inside binds outside, and the next turn sees it.
        let after = self.snapshot();
        let carried = before.0.iter().zip(&after.0).any(|(before, after)| *before != Value::NOTHING && before != after);
        self.merge(before);
        if !carried {
            return value;
        }
        let again = element(self);
        self.values.join(value, again)
    }

    /// `a op b`.
    pub(super) fn binary(&mut self, left: Value, operator: Operator, right: Value, range: TextRange) -> Value {
        if let Some(value) = self.folded(left, operator, right) {
            return value;
        }
        if self.values.is_data(left) && self.values.is_data(right) {
            return Value::DATA;
        }
        // Lists are added and repeated, dictionaries merged.
        if matches!(operator, Operator::Add | Operator::Mult | Operator::BitOr) {
            let container = |this: &Self, value: Value| {
                matches!(this.values.shape(value), Shape::List(_) | Shape::Tuple(_) | Shape::Dict(_))
            };
            let namespace = |this: &Self, value: Value| {
                matches!(this.values.shape(value), Shape::Namespace(_) | Shape::Globals | Shape::Modules)
            };
            if namespace(self, left) || namespace(self, right) {
                return Value::ANY_MODULE;
            }
            if container(self, left) || container(self, right) {
                let mut held = Value::NOTHING;
                for side in [left, right] {
                    if let Shape::Dict(_) = self.values.shape(side) {
                        // Which key has which value is kept by joining the dictionaries themselves.
                        continue;
                    }
                    if container(self, side) {
                        let element = self.iterate(side);
                        held = self.values.join(held, element);
                    } else if !self.values.is_data(side) {
                        held = self.values.join(held, side);
                    }
                }
                let dicts: Vec<Value> = [left, right]
                    .into_iter()
                    .filter(|side| matches!(self.values.shape(*side), Shape::Dict(_)))
                    .collect();
                if !dicts.is_empty() {
                    return self.values.join_all(dicts);
                }
                return self.list_with(range.start().to_usize() << 1 | 1, held);
            }
        }
        self.operator_result(&[left, right], range)
    }

    /// An operator on something that is not plain data: its special method may do anything with the other side.
    pub(super) fn operator_result(&mut self, operands: &[Value], range: TextRange) -> Value {
        let mut joined = Value::DATA;
        let mut unknown = false;
        for operand in operands {
            for one in self.values.each(*operand).iter() {
                match self.values.shape(*one) {
                    Shape::Object(_) => {
                        let others: Vec<Value> = operands.iter().copied().filter(|other| other != one).collect();
                        for name in OPERATORS {
                            if let Some(value) = self.call_named(*one, name, others.clone()) {
                                joined = self.values.join(joined, value);
                            }
                        }
                    }
                    Shape::Unknown => {
                        unknown = true;
                        joined = self.values.join(joined, Value::UNKNOWN);
                    }
                    Shape::AnyModule => joined = self.values.join(joined, Value::ANY_MODULE),
                    _ => {}
                }
            }
        }
        let arguments = Self::arguments_of(operands.to_vec());
        if unknown || operands.len() > 1 {
            // Two values of the program's own classes have been handled above; anything else sees a function here.
            self.hand_over_callables(&arguments, "an operator", range);
        }
        joined
    }
}

const OPERATORS: &[&str] = &[
    "__add__",
    "__radd__",
    "__iadd__",
    "__sub__",
    "__rsub__",
    "__isub__",
    "__mul__",
    "__rmul__",
    "__imul__",
    "__matmul__",
    "__rmatmul__",
    "__truediv__",
    "__rtruediv__",
    "__floordiv__",
    "__mod__",
    "__rmod__",
    "__pow__",
    "__lshift__",
    "__rlshift__",
    "__ilshift__",
    "__rshift__",
    "__rrshift__",
    "__irshift__",
    "__and__",
    "__rand__",
    "__or__",
    "__ror__",
    "__ior__",
    "__xor__",
    "__neg__",
    "__pos__",
    "__invert__",
    "__lt__",
    "__gt__",
    "__eq__",
];

/// A number that tells an expression's place from all others.
pub(super) fn site(expr: &Expr) -> usize {
    std::ptr::from_ref(expr) as usize
}
