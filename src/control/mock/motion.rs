//! How a readback comes after its setpoint ([`Track`]): after a dead time, and not faster than a rate.

use std::collections::VecDeque;

use crate::channel::Value;

/// Most writes that are under way to a readback; of more, the oldest is skipped.
const MAX_UNDER_WAY: usize = 1024;

/// How a readback moves.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Motion {
    /// Nanoseconds until a write is seen at all.
    pub lag: u64,
    /// Units per second from then on; at once without it. For scalar numbers only.
    pub rate: Option<f64>,
    /// Where it stands before the first write, without its offset; without it, where the setpoint stands.
    pub start: Option<Value>,
}

/// Where a readback is, on its way to where it shall be.
#[derive(Debug, Clone)]
pub(super) struct Track {
    lag: u64,
    rate: Option<f64>,
    at: u64,
    position: f64,
    target: Value,
    under_way: VecDeque<(u64, Value)>,
}

impl Track {
    /// One that stands still. `setpoint` is where its setpoint stands.
    pub fn new(motion: &Motion, setpoint: &Value, now: u64) -> Self {
        let target = motion.start.clone().unwrap_or_else(|| setpoint.clone());
        let position = target.as_float().unwrap_or(f64::NAN);
        Self { lag: motion.lag, rate: motion.rate, at: now, position, target, under_way: VecDeque::new() }
    }

    /// Sends it elsewhere.
    pub fn aim(&mut self, now: u64, value: Value) {
        self.run(now);
        if self.lag == 0 {
            self.turn(value);
        } else {
            if self.under_way.len() >= MAX_UNDER_WAY {
                self.under_way.pop_front();
            }
            self.under_way.push_back((now.saturating_add(self.lag), value));
        }
    }

    /// Where it is now.
    pub fn value(&mut self, now: u64) -> Value {
        self.run(now);
        match (&self.target, self.rate) {
            (Value::Float(_), Some(_)) => Value::Float(self.position),
            (Value::Int(target), Some(_)) => {
                match super::types::of_float(
                    crate::channel::Kind::Number(crate::channel::ScalarKind::I64),
                    self.position,
                ) {
                    Some(value) if self.is_short() => value,
                    _ => Value::Int(*target),
                }
            }
            (target, _) => target.clone(),
        }
    }

    /// Whether it is still on its way.
    pub fn is_moving(&mut self, now: u64) -> bool {
        self.run(now);
        !self.under_way.is_empty() || self.is_short()
    }

    fn is_short(&self) -> bool {
        self.rate.is_some() && self.target.as_float().is_some_and(|target| (target - self.position).abs() > 0.0)
    }

    fn run(&mut self, now: u64) {
        while let Some((due, _)) = self.under_way.front()
            && *due <= now
            && let Some((due, value)) = self.under_way.pop_front()
        {
            self.step(due);
            self.turn(value);
        }
        self.step(now);
    }

    fn turn(&mut self, value: Value) {
        if self.rate.is_none() || self.position.is_nan() {
            self.position = value.as_float().unwrap_or(f64::NAN);
        }
        self.target = value;
    }

    fn step(&mut self, to: u64) {
        if let (Some(rate), Some(target)) = (self.rate, self.target.as_float()) {
            let reach = rate * std::time::Duration::from_nanos(to.saturating_sub(self.at)).as_secs_f64();
            let way = target - self.position;
            // What is not a number is there at once.
            self.position = if way.abs() > reach { self.position + reach.copysign(way) } else { target };
        }
        self.at = self.at.max(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn track(lag: u64, rate: Option<f64>) -> Track {
        Track::new(&Motion { lag, rate, start: None }, &Value::Float(0.0), 0)
    }

    #[test]
    fn without_lag_and_rate_it_is_there_at_once() {
        let mut track = track(0, None);
        track.aim(5, Value::Float(3.0));
        assert_eq!(track.value(5), Value::Float(3.0));
        assert!(!track.is_moving(5));
    }

    #[test]
    fn every_write_arrives_after_the_lag() {
        let mut track = track(SECOND, None);
        track.aim(0, Value::Float(1.0));
        track.aim(SECOND / 2, Value::Float(2.0));
        assert_eq!(track.value(SECOND - 1), Value::Float(0.0));
        assert_eq!(track.value(SECOND), Value::Float(1.0));
        assert!(track.is_moving(SECOND));
        assert_eq!(track.value(2 * SECOND), Value::Float(2.0));
    }

    #[test]
    fn a_rate_makes_a_ramp() {
        let mut track = track(SECOND, Some(2.0));
        track.aim(0, Value::Float(10.0));
        assert_eq!(track.value(SECOND), Value::Float(0.0));
        assert_eq!(track.value(2 * SECOND), Value::Float(2.0));
        track.aim(2 * SECOND, Value::Float(0.0));
        assert_eq!(track.value(3 * SECOND), Value::Float(4.0));
        assert_eq!(track.value(10 * SECOND), Value::Float(0.0));
        assert!(!track.is_moving(10 * SECOND));
    }

    #[test]
    fn what_is_no_number_does_not_hang() {
        let mut track = track(0, Some(1.0));
        track.aim(0, Value::Float(f64::NAN));
        assert!(matches!(track.value(1), Value::Float(value) if value.is_nan()));
        assert!(!track.is_moving(1));
        track.aim(2, Value::Float(1.0));
        assert_eq!(track.value(2 * SECOND), Value::Float(1.0));
    }

    #[test]
    fn memory_stays_bounded() {
        let mut track = track(u64::MAX, None);
        for number in 0..5000 {
            track.aim(0, Value::Int(number));
        }
        assert_eq!(track.under_way.len(), MAX_UNDER_WAY);
    }
}
