//! The integration tests: one binary, grouped by what they hold.

mod cli;
mod hostile;
mod numbers;
mod packs;
mod programs;
mod support;
mod workers;
