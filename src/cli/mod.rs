//! The command line: one file per command. The program's own output on stdout, all else on stderr.

/// A line on standard output. Whoever reads it may have left, and a full disk is no panic.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(anstream::stdout(), $($text)*);
    }};
}

mod analyze;
mod apply;
mod approvals;
mod ask;
mod config;
mod config_frame;
mod doctor;
mod drive;
mod executions;
mod explain;
mod failure;
mod launch;
mod ledger;
mod live;
mod outcome;
mod places;
mod plan;
mod policy;
mod progress;
mod question;
mod replay;
mod rollback;
mod run;
mod runtime;
mod service;
mod source_frame;
mod worker;
mod writes;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub(crate) use failure::Failure;

/// Runs the Python that AI agents write in a control room: isolated, fast, every hardware write behind a gate.
#[derive(Debug, Parser)]
#[command(name = "aerie", version, about, max_term_width = 100, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Ask(ask::Ask),
    Run(run::Run),
    Plan(plan::Plan),
    Apply(apply::Apply),
    Rollback(rollback::Rollback),
    Replay(replay::Replay),
    Approvals(approvals::Approvals),
    Executions(executions::Executions),
    Analyze(analyze::Analyze),
    Policy(policy::PolicyCommand),
    Ledger(ledger::Ledger),
    Config(config::ConfigCommand),
    Runtime(runtime::Runtime),
    Doctor(doctor::Doctor),
    Explain(explain::Explain),
    #[command(hide = true)]
    Worker(worker::Worker),
}

/// Parses the arguments, runs the command, and gives the exit code (`docs/exit-codes.md`).
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("AERIE_LOG");
    if let Ok(filter) = filter {
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
    let ended = match arguments.command {
        Command::Ask(command) => command.execute(),
        Command::Run(command) => command.execute(),
        Command::Approvals(command) => command.execute(),
        Command::Executions(command) => command.execute(),
        Command::Ledger(command) => command.execute(),
        Command::Config(command) => command.execute(),
        Command::Plan(command) => command.execute(),
        Command::Apply(command) => command.execute(),
        Command::Rollback(command) => command.execute(),
        Command::Replay(command) => command.execute(),
        Command::Analyze(command) => command.execute(),
        Command::Policy(command) => command.execute(),
        Command::Runtime(command) => command.execute(),
        Command::Doctor(command) => command.execute(),
        Command::Explain(command) => command.execute(),
        Command::Worker(command) => command.execute(),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failure.report(),
    }
}
