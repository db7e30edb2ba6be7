//! The integration tests: one binary, grouped by what they hold.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test ends at the first fault, and says what takes long"
)]

mod analysis;
mod architecture;
mod chains;
mod cli;
mod config_tables;
mod conformance;
mod crash;
mod docs;
mod epics;
mod examples;
mod gate;
mod generation;
mod guest;
mod hostile;
mod jupyter_works;
mod notebooks;
mod numbers;
mod outside;
mod packs;
mod pipeline;
mod programs;
mod servers;
mod servers_work;
mod store;
mod support;
mod tango;
mod walls;
mod workers;
