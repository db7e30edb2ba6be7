//! What is known about a channel ([`Description`]) and what was read from it ([`Reading`]).

use serde::{Deserialize, Serialize};

use super::{ScalarKind, Value};

/// What the elements of a channel are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Numbers or truth values of this type.
    Number(ScalarKind),
    /// Text.
    Text,
    /// One of some labels; the value is the index.
    Enum,
    /// A PV Access structure that is neither scalar, array nor enumeration. Can be read, not written.
    Structure,
    /// Nothing: a command without a result or an argument.
    None,
}

/// A channel's own type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeType {
    /// What its elements are.
    pub kind: Kind,
    /// Most elements that it holds, by side (one side for a row, two for an image); empty for a scalar.
    pub shape: Vec<usize>,
    /// What its protocol calls the type: `DBR_DOUBLE`, `double[]`, `DevDouble`.
    pub name: String,
}

impl NativeType {
    /// Whether it is a single value.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        self.shape.is_empty()
    }
}

/// A closed range. Without a bound on one side it is open there.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Range {
    /// Smallest value, included.
    pub low: Option<f64>,
    /// Largest value, included.
    pub high: Option<f64>,
}

impl Range {
    /// The range of a protocol that says `low >= high` where it means none, as EPICS does (`0, 0`), or NaN.
    #[must_use]
    pub fn of_bounds(low: f64, high: f64) -> Self {
        if low < high { Self { low: Some(low), high: Some(high) } } else { Self::default() }
    }

    /// The range of two bounds of which each may be missing, which is NaN.
    #[must_use]
    pub fn of_sides(low: f64, high: f64) -> Self {
        Self { low: Some(low).filter(|low| !low.is_nan()), high: Some(high).filter(|high| !high.is_nan()) }
    }

    /// Whether it bounds nothing.
    #[must_use]
    pub fn is_unbounded(self) -> bool {
        self.low.is_none() && self.high.is_none()
    }

    /// What both allow. NaN bounds do not occur: whoever reads them refuses them.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        let pick = |a: Option<f64>, b: Option<f64>, best: fn(f64, f64) -> f64| match (a, b) {
            (Some(a), Some(b)) => Some(best(a, b)),
            (a, b) => a.or(b),
        };
        Self { low: pick(self.low, other.low, f64::max), high: pick(self.high, other.high, f64::min) }
    }
}

/// How bad a channel's state is, as EPICS has it. Tango's qualities are mapped to it: `ALARM` is major, `WARNING` minor,
/// `INVALID` invalid, `CHANGING` none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmSeverity {
    /// All is well.
    #[default]
    None,
    /// A warning.
    Minor,
    /// An alarm.
    Major,
    /// The value means nothing.
    Invalid,
}

impl AlarmSeverity {
    /// EPICS's number for it; anything else is invalid.
    #[must_use]
    pub fn of_number(number: u16) -> Self {
        match number {
            0 => Self::None,
            1 => Self::Minor,
            2 => Self::Major,
            _ => Self::Invalid,
        }
    }

    /// EPICS's number.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::None => 0,
            Self::Minor => 1,
            Self::Major => 2,
            Self::Invalid => 3,
        }
    }
}

/// What is known about a channel before anything is read or written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Its type. Of a command: the type of its result.
    pub native: NativeType,
    /// Of a command: the type of its argument.
    pub argument: Option<NativeType>,
    /// Whether the control system lets us read it.
    pub readable: bool,
    /// Whether the control system lets us write it (or call it), as far as it says so beforehand.
    pub writable: bool,
    /// Its unit, or nothing.
    pub unit: String,
    /// Digits after the point, for display.
    pub precision: Option<i32>,
    /// What the device itself says may be written. Unbounded where it says nothing.
    pub control: Range,
    /// What displays show.
    pub display: Range,
    /// Outside of this is a warning.
    pub warning: Range,
    /// Outside of this is an alarm.
    pub alarm: Range,
    /// The labels of an enumeration, by index.
    pub labels: Vec<String>,
    /// What displays call it, where the protocol has that.
    pub label: String,
    /// How displays write it, as a C format such as `%6.3f`, where the protocol has that.
    pub format: String,
    /// A line for people, where the protocol has one.
    pub text: String,
    /// Which server answers, where the protocol says so (`127.0.0.1:5064`).
    pub server: String,
}

impl Description {
    /// A description of this type with nothing else known.
    #[must_use]
    pub fn of(native: NativeType) -> Self {
        Self {
            native,
            argument: None,
            readable: true,
            writable: true,
            unit: String::new(),
            precision: None,
            control: Range::default(),
            display: Range::default(),
            warning: Range::default(),
            alarm: Range::default(),
            labels: Vec::new(),
            label: String::new(),
            format: String::new(),
            text: String::new(),
            server: String::new(),
        }
    }
}

/// One value with its circumstances.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The value.
    pub value: Value,
    /// Tango's set value, where the attribute has one.
    pub set_value: Option<Value>,
    /// How bad it is.
    pub severity: AlarmSeverity,
    /// The protocol's own number for why (EPICS alarm status, Tango quality).
    pub status: u16,
    /// The protocol's own words for why.
    pub message: String,
    /// When the server took it: seconds and nanoseconds since 1970.
    pub time: (i64, u32),
}

impl Reading {
    /// A value without an alarm.
    #[must_use]
    pub fn of(value: Value, time: (i64, u32)) -> Self {
        Self { value, set_value: None, severity: AlarmSeverity::None, status: 0, message: String::new(), time }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limits_by_convention_are_no_limits() {
        for (low, high) in [(0.0, 0.0), (5.0, 5.0), (1.0, -1.0), (f64::NAN, 1.0), (0.0, f64::NAN)] {
            assert!(Range::of_bounds(low, high).is_unbounded(), "{low} {high}");
        }
    }

    #[test]
    fn both_bounds_hold() {
        let policy = Range { low: Some(-5.0), high: None };
        let device = Range::of_bounds(-50.0, 50.0);
        assert_eq!(policy.intersect(device), Range { low: Some(-5.0), high: Some(50.0) });
    }
}
