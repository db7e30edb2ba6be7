//! The `aerie` command. Everything is in the library; this is only the door to it.

use std::process::ExitCode;

fn main() -> ExitCode {
    aerie::cli::main()
}
