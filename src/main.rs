//! The `aerie` command. Everything is in the library; this is only the door to it.

use std::process::ExitCode;

use aerie::backend::local::{CONFINE, supervisor};

fn main() -> ExitCode {
    // Started for every program of the `local` backend: nothing else is set up for it.
    if std::env::args_os().nth(1).is_some_and(|word| word == CONFINE) {
        return supervisor::supervise();
    }
    aerie::cli::main()
}
