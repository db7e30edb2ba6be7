//! What a simulated channel is ([`Model`]): its description, its first value, what it follows, and how it fails.

use super::motion::Motion;
use super::types;
use crate::channel::{AlarmSeverity, Description, Kind, Protocol, Range, Reading, ScalarKind, Value};

/// One channel, as it is before anybody writes it.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub about: Description,
    pub initial: Initial,
    /// Standard deviation of a reading, in its unit.
    pub noise: f64,
    /// Set if it is a readback.
    pub follow: Option<Follow>,
    /// How its readbacks move; empty for the machine's usual way.
    pub followers: Vec<Motion>,
    /// Whether a value beyond the limits is cut to them, as EPICS does, or refused, as Tango does.
    pub clamps: bool,
    /// A severity that it always has.
    pub severity: Option<AlarmSeverity>,
    pub faults: Faults,
    pub effect: Effect,
}

/// What a channel holds at first.
#[derive(Debug, Clone)]
pub(super) enum Initial {
    Value(Value),
    /// A wave in a row or an image.
    Wave {
        kind: ScalarKind,
        shape: Vec<usize>,
        middle: f64,
        height: f64,
        phase: f64,
    },
    /// A text about a Tango device's state, which is the channel of this name.
    StatusOf(String),
}

/// What a readback follows.
#[derive(Debug, Clone)]
pub(super) struct Follow {
    /// Names that its setpoint may have, the best first.
    pub names: Vec<String>,
    /// Which of the setpoint's followers it is.
    pub place: usize,
    pub offset: f64,
}

/// How a channel fails.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    /// Nanoseconds before every answer.
    pub delay: u64,
    pub never_answers: bool,
    pub wrong_type: bool,
    pub drops_after: Option<u64>,
    pub put: PutFault,
}

/// How a write to a channel fails.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum PutFault {
    #[default]
    None,
    /// Accepted, and not done.
    Lost,
    /// Refused in these words.
    Fails(String),
    /// Done, and nobody says so.
    Unknown,
    /// Not done, and nobody says so.
    UnknownLost,
}

/// What a command does.
#[derive(Debug, Clone, Default)]
pub(super) enum Effect {
    /// It is no command.
    #[default]
    None,
    /// Sets channels of these names (to the argument where there is no value) and returns something (the argument where
    /// there is no value).
    Set { sets: Vec<(String, Option<Value>)>, returns: Option<Value> },
    /// Returns what this channel holds.
    Read(String),
}

impl Model {
    /// A channel with this description and value, without noise and faults.
    pub fn of(about: Description, initial: Value, protocol: Protocol) -> Self {
        Self {
            about,
            initial: Initial::Value(initial),
            noise: 0.0,
            follow: None,
            followers: Vec::new(),
            clamps: protocol != Protocol::Tango,
            severity: None,
            faults: Faults::default(),
            effect: Effect::None,
        }
    }

    /// What a channel that follows another one adds to it, in its own type.
    pub fn shifted(&self, value: Value, offset: f64) -> Value {
        let value = match value {
            Value::Float(number) => Value::Float(number + offset),
            Value::Int(_) if offset != 0.0 => match value.as_float() {
                Some(number) => Value::Float(number + offset),
                None => value,
            },
            value => value,
        };
        types::like(&self.about, value)
    }

    /// A value held against the device's limits: cut or, with the limit that it breaks, refused.
    pub fn limited(&self, value: &Value) -> Result<Value, String> {
        let Range { low, high } = self.about.control;
        let beyond = |number: f64| low.is_some_and(|low| number < low) || high.is_some_and(|high| number > high);
        let said = || match (low, high) {
            (Some(low), Some(high)) => format!("it may be from {low} to {high}"),
            (Some(low), None) => format!("it may be from {low} on"),
            (None, Some(high)) => format!("it may be up to {high}"),
            (None, None) => String::new(),
        };
        match value {
            Value::Array(array) if !self.clamps && array.floats().any(beyond) => Err(said()),
            Value::Float(number) if beyond(*number) && self.clamps => Ok(Value::Float(self.cut(*number))),
            Value::Int(_) if self.clamps && value.as_float().is_some_and(beyond) => {
                let cut = value.as_float().map(|number| self.cut(number));
                Ok(cut
                    .and_then(|number| types::of_float(self.about.native.kind, number))
                    .unwrap_or_else(|| value.clone()))
            }
            Value::Float(_) | Value::Int(_) if value.as_float().is_some_and(beyond) => Err(said()),
            value => Ok(value.clone()),
        }
    }

    fn cut(&self, number: f64) -> f64 {
        let number = self.about.control.low.map_or(number, |low| number.max(low));
        self.about.control.high.map_or(number, |high| number.min(high))
    }

    /// A reading of this value, with the alarm that belongs to it.
    pub fn reading(&self, protocol: Protocol, value: Value, time: (i64, u32)) -> Reading {
        let number = if matches!(self.about.native.kind, Kind::Number(_)) { value.as_float() } else { None };
        let set_value = (protocol == Protocol::Tango && self.about.writable && self.about.argument.is_none())
            .then(|| value.clone());
        let value = if self.faults.wrong_type { other(&value) } else { value };
        let mut reading = Reading { set_value, ..Reading::of(value, time) };
        let (severity, status, message) = match number {
            Some(number) if number.is_nan() && protocol != Protocol::Tango => (AlarmSeverity::Invalid, 17, "UDF"),
            Some(number) => self.alarm(number),
            None => (AlarmSeverity::None, 0, ""),
        };
        reading.severity = self.severity.unwrap_or(severity);
        if reading.severity != AlarmSeverity::None {
            if protocol == Protocol::Tango {
                (reading.status, reading.message) = match reading.severity {
                    AlarmSeverity::Minor => (4, "ATTR_WARNING".to_owned()),
                    AlarmSeverity::Major => (2, "ATTR_ALARM".to_owned()),
                    _ => (1, "ATTR_INVALID".to_owned()),
                };
            } else if severity == AlarmSeverity::None {
                (reading.status, reading.message) = (7, "STATE".to_owned());
            } else {
                (reading.status, reading.message) = (status, message.to_owned());
            }
        }
        reading
    }

    fn alarm(&self, number: f64) -> (AlarmSeverity, u16, &'static str) {
        let above = |range: Range| range.high.is_some_and(|high| number > high);
        let below = |range: Range| range.low.is_some_and(|low| number < low);
        let (alarm, warning) = (self.about.alarm, self.about.warning);
        if above(alarm) {
            (AlarmSeverity::Major, 3, "HIHI")
        } else if below(alarm) {
            (AlarmSeverity::Major, 5, "LOLO")
        } else if above(warning) {
            (AlarmSeverity::Minor, 4, "HIGH")
        } else if below(warning) {
            (AlarmSeverity::Minor, 6, "LOW")
        } else {
            (AlarmSeverity::None, 0, "")
        }
    }

    /// What it holds at first. For a device's status, the state is asked for.
    pub fn first_value(&self, state: impl FnOnce(&str) -> Value) -> Value {
        match &self.initial {
            Initial::Value(value) => value.clone(),
            Initial::Wave { kind, shape, middle, height, phase } => {
                let count = shape.iter().product::<usize>();
                let step = std::f64::consts::TAU * 3.0 / f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX));
                let numbers = (0..count).scan(*phase, |angle, _| {
                    *angle += step;
                    Some(middle + height * angle.sin())
                });
                types::array(*kind, shape.clone(), numbers).map_or(Value::None, Value::Array)
            }
            Initial::StatusOf(name) => {
                let index = state(name).as_float().unwrap_or(0.0);
                let label = super::names::TANGO_STATES.iter().zip(0_u32..).find(|(_, at)| f64::from(*at) >= index);
                Value::Text(format!("The device is in {} state.", label.map_or("UNKNOWN", |(label, _)| label)))
            }
        }
    }
}

fn other(value: &Value) -> Value {
    if matches!(value, Value::Text(_)) { Value::Float(0.0) } else { Value::Text("not what was described".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(low: f64, high: f64, protocol: Protocol) -> Model {
        let native = types::native(protocol, Kind::Number(ScalarKind::F64), Vec::new());
        let about = Description { control: Range::of_bounds(low, high), ..Description::of(native) };
        Model::of(about, Value::Float(0.0), protocol)
    }

    #[test]
    fn epics_clamps_and_tango_refuses() {
        let epics = double(-5.0, 5.0, Protocol::Ca);
        assert_eq!(epics.limited(&Value::Float(9.0)), Ok(Value::Float(5.0)));
        assert_eq!(epics.limited(&Value::Float(-5.0)), Ok(Value::Float(-5.0)));
        let tango = double(-5.0, 5.0, Protocol::Tango);
        assert!(tango.limited(&Value::Float(9.0)).is_err());
        assert!(tango.limited(&Value::Float(5.0)).is_ok());
    }

    #[test]
    fn alarms_follow_their_limits() {
        let mut model = double(0.0, 0.0, Protocol::Ca);
        model.about.warning = Range::of_bounds(-1.0, 1.0);
        model.about.alarm = Range::of_bounds(-2.0, 2.0);
        let seen = |value: f64| {
            let reading = model.reading(Protocol::Ca, Value::Float(value), (0, 0));
            (reading.severity.number(), reading.status, reading.message)
        };
        assert_eq!(seen(0.0), (0, 0, String::new()));
        assert_eq!(seen(1.5), (1, 4, "HIGH".to_owned()));
        assert_eq!(seen(-1.5), (1, 6, "LOW".to_owned()));
        assert_eq!(seen(3.0), (2, 3, "HIHI".to_owned()));
        assert_eq!(seen(-3.0), (2, 5, "LOLO".to_owned()));
        assert_eq!(seen(f64::NAN), (3, 17, "UDF".to_owned()));
        let tango = model.reading(Protocol::Tango, Value::Float(3.0), (0, 0));
        assert_eq!((tango.severity, tango.status), (AlarmSeverity::Major, 2));
    }
}
