//! [`value`]: conversion to the channel's own type, and limits.

use crate::channel::{Array, Description, Kind, NativeType, Part, Range, Refusal, ScalarKind, Value};

use super::super::condition::listed;
use super::super::decision::{RuleRef, Violation, WriteRules};
use super::number::{At, Number, elements, outside, push};

/// Integers beyond this are not all doubles.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Longest text of the type `DBR_STRING`, without its final zero byte.
const DBR_STRING: usize = 39;

/// Converts what a program sent, and checks it: type, finite, length, every element against type, limits and lists.
///
/// Of a command it is the argument that is judged.
///
/// # Errors
///
/// The first thing that is wrong, with its numbers.
pub fn value(rules: &WriteRules, description: &Description, sent: &Value) -> Result<Value, Violation> {
    let nothing = NativeType { kind: Kind::None, shape: Vec::new(), name: "nothing".to_owned() };
    let native = if rules.channel.part() == Part::Command {
        description.argument.as_ref().unwrap_or(&nothing)
    } else {
        &description.native
    };
    let judge = Judge::new(rules, description, native)?;
    let converted = match native.kind {
        Kind::Number(kind) => judge.number(kind, sent)?,
        Kind::Enum => judge.labels(sent)?,
        Kind::Text => judge.texts(sent)?,
        Kind::None if *sent == Value::None => Value::None,
        Kind::None => return Err(judge.wrong(format_args!("takes no value, not {}", sent.kind_name()))),
        Kind::Structure => {
            return Err(rules.violation(
                Refusal::Unsupported,
                format!("{}: structures are not written", rules.channel),
                None,
            ));
        }
    };
    judge.listed(&converted)?;
    Ok(converted)
}

struct Judge<'j> {
    rules: &'j WriteRules,
    description: &'j Description,
    native: &'j NativeType,
    range: Range,
    range_by: [Option<&'j RuleRef>; 2],
}

impl<'j> Judge<'j> {
    fn new(rules: &'j WriteRules, description: &'j Description, native: &'j NativeType) -> Result<Self, Violation> {
        let finite = |bound: Option<f64>| bound.filter(|bound| bound.is_finite());
        // A command's argument is not what its device's limits are about.
        let device = if rules.channel.part() == Part::Command { Range::default() } else { description.control };
        let device = Range { low: finite(device.low), high: finite(device.high) };
        let own = Range { low: rules.min.as_ref().map(|min| min.value), high: rules.max.as_ref().map(|max| max.value) };
        let range = own.intersect(device);
        let by = |own: Option<f64>, bound: Option<f64>, rule: Option<&'j RuleRef>| rule.filter(|_| own == bound);
        let range_by = [
            by(own.low, range.low, rules.min.as_ref().map(|min| &min.by)),
            by(own.high, range.high, rules.max.as_ref().map(|max| &max.by)),
        ];
        let judge = Self { rules, description, native, range, range_by };
        let number = matches!(native.kind, Kind::Number(kind) if kind != ScalarKind::Bool);
        if number && rules.limits_required && rules.values.is_empty() && (range.low.is_none() || range.high.is_none()) {
            let missing = match (range.low, range.high) {
                (None, None) => "no limits are known",
                (None, _) => "no smallest value is known",
                _ => "no largest value is known",
            };
            let message = format!(
                "{}: {missing}, from the rule or from the device; give `min` and `max`, or say `limits: none`",
                rules.channel
            );
            return Err(rules.violation(Refusal::NoLimits, message, None));
        }
        Ok(judge)
    }

    fn wrong(&self, what: impl std::fmt::Display) -> Violation {
        let name = if self.native.name.is_empty() { String::new() } else { format!(" ({})", self.native.name) };
        self.rules.violation(Refusal::WrongType, format!("{}{name} {what}", self.rules.channel), None)
    }

    fn unit(&self, number: impl std::fmt::Display) -> String {
        if self.description.unit.is_empty() {
            number.to_string()
        } else {
            format!("{number} {}", self.description.unit)
        }
    }

    /// Whether so many elements fit.
    fn fits(&self, shape: &[usize], count: usize) -> Result<(), Violation> {
        if shape.len() != self.native.shape.len() {
            let sides = |count: usize| match count {
                0 => "a single value",
                1 => "a row",
                2 => "an image",
                _ => "a block",
            };
            return Err(self.wrong(format_args!("is {}, not {}", sides(self.native.shape.len()), sides(shape.len()))));
        }
        if count == 0 {
            return Err(self.wrong("is not given any element"));
        }
        if count > self.rules.max_elements {
            let message = format!("{}: {count} elements are more than {}", self.rules.channel, self.rules.max_elements);
            return Err(self.rules.violation(Refusal::TooLong, message, None));
        }
        // A side of 0 is one that the protocol says nothing about.
        if let Some((own, most)) = shape.iter().zip(&self.native.shape).find(|(own, most)| own > most && **most > 0) {
            let message = format!("{}: {own} elements are more than the {most} that it holds", self.rules.channel);
            return Err(self.rules.violation(Refusal::TooLong, message, None));
        }
        Ok(())
    }

    fn number(&self, kind: ScalarKind, sent: &Value) -> Result<Value, Violation> {
        let element = match sent {
            Value::Bool(truth) => Number::Bool(*truth),
            Value::Int(number) => Number::Int(*number),
            Value::Float(number) => Number::Float(*number),
            Value::Array(array) => {
                self.fits(array.shape(), array.len())?;
                let mut bytes = Vec::with_capacity(array.len().saturating_mul(kind.size()));
                for (place, element) in elements(array).enumerate() {
                    let (number, _) = self.element(kind, element, Some(place))?;
                    push(kind, number, &mut bytes);
                }
                let converted = Array::new(kind, array.shape().to_vec(), bytes);
                return converted.map(Value::Array).ok_or_else(|| self.wrong("cannot hold this array"));
            }
            Value::Text(_) => {
                return Err(self.wrong("takes a number, not a text; convert it with float() or int()"));
            }
            other => return Err(self.wrong(format_args!("takes a number, not {}", other.kind_name()))),
        };
        self.fits(&[], 1)?;
        Ok(self.element(kind, element, None)?.1)
    }

    /// One element: its type, then its limits.
    fn element(&self, kind: ScalarKind, element: Number, place: Option<usize>) -> Result<(Number, Value), Violation> {
        let at = At(place);
        if let Some((low, high)) = kind.integer_range() {
            let number = match element {
                Number::Bool(truth) => i128::from(truth),
                Number::Int(number) => number,
                Number::Float(number) if !number.is_finite() => {
                    let message = format!("{}: {at}{number} is not finite", self.rules.channel);
                    return Err(self.rules.violation(Refusal::NotFinite, message, None));
                }
                #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
                Number::Float(number) if number.fract() == 0.0 && number.abs() <= EXACT => number as i128,
                Number::Float(number) => {
                    return Err(
                        self.wrong(format_args!("takes whole numbers; {at}{number} is none that can be told exactly"))
                    );
                }
            };
            if number < low || number > high {
                return Err(self.wrong(format_args!("holds {low} to {high}; {at}{number} is outside")));
            }
            self.limits(Number::Int(number), Number::Int(number), at)?;
            let value = if kind == ScalarKind::Bool { Value::Bool(number != 0) } else { Value::Int(number) };
            return Ok((Number::Int(number), value));
        }
        let number = match element {
            Number::Float(number) => number,
            #[expect(
                clippy::cast_precision_loss,
                reason = "a floating-point channel holds the nearest number that it can"
            )]
            Number::Int(number) => number as f64,
            Number::Bool(truth) => {
                return Err(
                    self.wrong(format_args!("takes a number, not a truth value; {at}{truth} is {}", u8::from(truth)))
                );
            }
        };
        if !number.is_finite() && !self.rules.allow_nan {
            let message = format!("{}: {at}{number} is not finite", self.rules.channel);
            return Err(self.rules.violation(Refusal::NotFinite, message, None));
        }
        #[expect(clippy::cast_possible_truncation, reason = "what overflows is refused below")]
        let native = if kind == ScalarKind::F32 { f64::from(number as f32) } else { number };
        if number.is_finite() && !native.is_finite() {
            return Err(self.wrong(format_args!("holds single precision; {at}{number} is too large for it")));
        }
        // What was sent decides, and what arrives: rounding must not carry an integer over a limit.
        self.limits(element, Number::Float(native), at)?;
        Ok((Number::Float(native), Value::Float(native)))
    }

    fn limits(&self, sent: Number, native: Number, at: At) -> Result<(), Violation> {
        let single = matches!(self.native.kind, Kind::Number(ScalarKind::F32));
        let sides = [
            (self.range.low, self.range_by[0], Refusal::MinExceeded, "below", "smallest"),
            (self.range.high, self.range_by[1], Refusal::MaxExceeded, "above", "largest"),
        ];
        for (bound, by, refusal, word, what) in sides {
            let Some(bound) = bound else { continue };
            let low = refusal == Refusal::MinExceeded;
            // The limit as the channel can hold it: 0.1 may be written where 0.1 is the limit, in single precision too.
            #[expect(clippy::cast_possible_truncation, reason = "the limit is meant in the channel's own precision")]
            let held = if single { f64::from(bound as f32) } else { bound };
            if outside(sent, bound, low) || outside(native, held, low) {
                let number = match sent {
                    Number::Bool(truth) => u8::from(truth).to_string(),
                    Number::Int(number) => number.to_string(),
                    Number::Float(number) => number.to_string(),
                };
                let source = if by.is_none() { " of the device" } else { "" };
                let message = format!(
                    "{}: {at}{} is {word} {}, the {what} value{source}",
                    self.rules.channel,
                    self.unit(number),
                    self.unit(bound)
                );
                return Err(self.rules.violation(refusal, message, by));
            }
        }
        Ok(())
    }

    fn labels(&self, sent: &Value) -> Result<Value, Violation> {
        let one = |element: &Value, at: At| -> Result<u32, Violation> {
            let labels = &self.description.labels;
            let index = match element {
                Value::Text(text) => {
                    let mut found = labels.iter().enumerate().filter(|(_, label)| *label == text);
                    match (found.next(), found.next()) {
                        (Some((index, _)), None) => index as i128,
                        (Some(_), Some(_)) => {
                            return Err(self.wrong(format_args!("has the label {text:?} twice; give its index")));
                        }
                        (None, _) => {
                            let known: Vec<&str> = labels.iter().map(String::as_str).take(32).collect();
                            let text: String = text.chars().take(60).collect();
                            return Err(
                                self.wrong(format_args!("has no label {at}{text:?}; it has {}", known.join(", ")))
                            );
                        }
                    }
                }
                Value::Enum(index) => i128::from(*index),
                Value::Int(index) => *index,
                Value::Bool(truth) => i128::from(*truth),
                #[expect(clippy::cast_possible_truncation, reason = "whole and small")]
                Value::Float(index) if index.fract() == 0.0 && index.abs() <= 65_536.0 => *index as i128,
                other => return Err(self.wrong(format_args!("takes a label or its index, not {at}{other}"))),
            };
            match u32::try_from(index) {
                Ok(number) if index < labels.len() as i128 => {
                    self.limits(Number::Int(index), Number::Int(index), at)?;
                    Ok(number)
                }
                _ if labels.is_empty() => Err(self.wrong("has no labels that are known")),
                _ => Err(self.wrong(format_args!("has the indices 0 to {}; {at}{index} is none", labels.len() - 1))),
            }
        };
        match sent {
            Value::Array(array) => {
                self.fits(array.shape(), array.len())?;
                let mut bytes = Vec::with_capacity(array.len() * 2);
                for (place, element) in elements(array).enumerate() {
                    let element = match element {
                        Number::Bool(truth) => Value::Bool(truth),
                        Number::Int(number) => Value::Int(number),
                        Number::Float(number) => Value::Float(number),
                    };
                    push(ScalarKind::U16, Number::Int(i128::from(one(&element, At(Some(place)))?)), &mut bytes);
                }
                let converted = Array::new(ScalarKind::U16, array.shape().to_vec(), bytes);
                converted.map(Value::Array).ok_or_else(|| self.wrong("cannot hold this array"))
            }
            Value::Texts(texts) => {
                self.fits(&[texts.len()], texts.len())?;
                let mut bytes = Vec::with_capacity(texts.len() * 2);
                for (place, text) in texts.iter().enumerate() {
                    let index = one(&Value::Text(text.clone()), At(Some(place)))?;
                    push(ScalarKind::U16, Number::Int(i128::from(index)), &mut bytes);
                }
                let converted = Array::new(ScalarKind::U16, vec![texts.len()], bytes);
                converted.map(Value::Array).ok_or_else(|| self.wrong("cannot hold this list"))
            }
            scalar => {
                let index = one(scalar, At(None))?;
                self.fits(&[], 1)?;
                Ok(Value::Enum(index))
            }
        }
    }

    fn texts(&self, sent: &Value) -> Result<Value, Violation> {
        let check = |text: &str, at: At| {
            if text.contains('\0') {
                return Err(self.wrong(format_args!("{at}takes texts without zero characters")));
            }
            if self.native.name == "DBR_STRING" && text.len() > DBR_STRING {
                let message =
                    format!("{}: {at}{} bytes of text are more than {DBR_STRING}", self.rules.channel, text.len());
                return Err(self.rules.violation(Refusal::TooLong, message, None));
            }
            Ok(())
        };
        match sent {
            Value::Text(text) => {
                self.fits(&[], 1)?;
                check(text, At(None))?;
            }
            Value::Texts(texts) => {
                self.fits(&[texts.len()], texts.len())?;
                for (place, text) in texts.iter().enumerate() {
                    check(text, At(Some(place)))?;
                }
            }
            other => {
                return Err(self.wrong(format_args!("takes a text, not {}; convert it with str()", other.kind_name())));
            }
        }
        Ok(sent.clone())
    }

    /// Whether the value, or each of its elements, is in every list of what may be written.
    fn listed(&self, converted: &Value) -> Result<(), Violation> {
        for (values, by) in &self.rules.values {
            let good = |value: &Value| values.iter().any(|allowed| allowed.is(value, &self.description.labels));
            let enumeration = self.native.kind == Kind::Enum;
            let all = match converted {
                Value::Array(array) => elements(array).all(|element| match element {
                    Number::Int(index) if enumeration => {
                        u32::try_from(index).is_ok_and(|index| good(&Value::Enum(index)))
                    }
                    Number::Int(number) => good(&Value::Int(number)),
                    Number::Float(number) => good(&Value::Float(number)),
                    Number::Bool(truth) => good(&Value::Bool(truth)),
                }),
                Value::Texts(texts) => texts.iter().all(|text| good(&Value::Text(text.clone()))),
                scalar => good(scalar),
            };
            if !all {
                let label = match converted {
                    Value::Enum(index) => self.description.labels.get(*index as usize).cloned(),
                    _ => None,
                };
                let shown = label.unwrap_or_else(|| converted.to_string());
                let message =
                    format!("{}: {shown} is not among what may be written: {}", self.rules.channel, listed(values));
                return Err(self.rules.violation(Refusal::Forbidden, message, Some(by)));
            }
        }
        Ok(())
    }
}
