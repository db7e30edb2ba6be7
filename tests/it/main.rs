//! The integration tests: one binary, grouped by what they hold.

mod hostile;
mod numbers;
mod programs;
mod support;
