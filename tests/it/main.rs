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
mod crash;
mod docs;
mod epics;
mod examples;
mod gate;
mod generation;
mod guest;
mod hostile;
mod notebooks;
mod numbers;
mod packs;
mod pipeline;
mod programs;
mod servers;
mod servers_work;
mod store;
mod support;
mod tango;
mod workers;
