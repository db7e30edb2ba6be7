//! Real control-system servers for tests, and an independent witness of what arrived in them.
//!
//! The servers are the Python files in `tests/servers`. A test that only reads and writes uses a shared server
//! (`Ioc::shared`, `Tango::shared`), started by the first test that asks; a test that kills or stops a server, or needs a
//! quiet one, starts its own. Statics are never dropped, so a shared server ends when its standard input closes, which
//! the operating system does when the test process is gone, however it went.

mod environment;
mod ioc;
mod jupyter;
mod ports;
mod process;
mod proxy;
mod tango;
mod witness;

use std::time::{Duration, Instant};

pub(crate) use environment::{environment, kernels_python, python, python_path};
pub(crate) use ioc::{Ioc, Kind};
pub(crate) use jupyter::{Jupyter, Setting};
pub(crate) use proxy::Proxy;
pub(crate) use tango::Tango;
pub(crate) use witness::{Witness, number};

/// Asks again and again until it is so; panics after a minute.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_mins(1), "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
