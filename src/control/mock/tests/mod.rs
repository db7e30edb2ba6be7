//! Behaviour of the simulated machine as a whole.

mod followed;
mod guessed;
mod properties;
mod recorded;
mod scripted;

use std::task::{Context, Poll, Waker};

use super::*;
use crate::channel::{AlarmSeverity, Array, Kind, Range, ScalarKind};
use crate::control::Update;

const EXAMPLE: &str = include_str!("../../../../examples/machines/machine.yml");

fn ca(name: &str) -> Channel {
    Channel::parse(Protocol::Ca, name).unwrap()
}

fn tango(name: &str) -> Channel {
    Channel::parse(Protocol::Tango, name).unwrap()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

/// The result of a future that must be ready at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

fn get(machine: &SimulatedMachine, channel: &Channel) -> Value {
    now(machine.get(channel, soon())).unwrap().value
}

fn put(machine: &SimulatedMachine, channel: &Channel, value: impl Into<f64>) -> Result<Put, ControlError> {
    now(machine.put(channel, &Value::Float(value.into()), soon()))
}

fn example() -> (SimulatedMachine, Clock) {
    let clock = Clock::virtual_at(Duration::from_secs(1000));
    (
        SimulatedMachine::from_yaml(EXAMPLE, "machine.example.yml").unwrap().with_clock(clock.clone()).with_noise(0.0),
        clock,
    )
}
