//! The Tango adapter against `PyTango` devices, with `PyTango` in another process as the witness of what arrived.

mod describing;
mod hazard;
mod life;
mod monitoring;
mod reading;
mod writing;

use std::time::{Duration, Instant};

use aerie::channel::{Channel, Protocol, Value};
use aerie::control::tango::{Tango, TangoSettings};
use aerie::control::{ControlError, ControlSystem as _, Put};

use crate::servers;

/// An adapter without a database.
fn adapter() -> Tango {
    Tango::connect(&TangoSettings::default()).expect("an adapter")
}

/// An attribute of a server's device.
fn attribute(server: &servers::Tango, name: &str) -> Channel {
    let trl = server.trl();
    let text = match trl.split_once('#') {
        Some((path, suffix)) => format!("{path}/{name}#{suffix}"),
        None => format!("{trl}/{name}"),
    };
    Channel::parse(Protocol::Tango, &text).expect("a name")
}

/// A command of a server's device.
fn command(server: &servers::Tango, name: &str) -> Channel {
    attribute(server, &format!("{name}()"))
}

fn within(seconds: f64) -> Instant {
    Instant::now() + Duration::from_secs_f64(seconds)
}

/// A runtime that ends with the call, and has no timers: an adapter may not count on its callers' runtimes.
fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn get(tango: &Tango, channel: &Channel) -> Value {
    run(tango.get(channel, within(10.0))).expect("a reading").value
}

fn put(tango: &Tango, channel: &Channel, value: &Value) -> Result<Put, ControlError> {
    run(tango.put(channel, value, within(10.0)))
}

/// The processor time that a process has used.
fn processor_time(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("a process");
    let fields: Vec<&str> = stat.rsplit_once(')').expect("a name").1.split_whitespace().collect();
    let ticks = fields[11].parse::<u64>().expect("a number") + fields[12].parse::<u64>().expect("a number");
    Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second())
}

/// The part of a processor that a server uses while nobody asks it for anything.
fn load(server: &servers::Tango) -> f64 {
    let before = processor_time(server.server().id());
    std::thread::sleep(Duration::from_secs(2));
    processor_time(server.server().id()).saturating_sub(before).as_secs_f64() / 2.0
}
