//! The integration tests: one binary, grouped by what they hold.

mod numbers;
mod support;
