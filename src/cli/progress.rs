//! Shows what a preparation is doing: a spinner with elapsed time on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anstream::eprintln;
use indicatif::{ProgressBar, ProgressStyle};

use crate::backend::wasi::pack::{Progress, Stage, format_duration};

/// Progress on standard error.
pub(super) struct Shown {
    quiet: bool,
    terminal: bool,
    current: Mutex<Option<(Stage, Instant, ProgressBar)>>,
}

impl Shown {
    pub(super) fn new(quiet: bool) -> Self {
        Self { quiet, terminal: std::io::stderr().is_terminal(), current: Mutex::new(None) }
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Option<(Stage, Instant, ProgressBar)>> {
        self.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Wait => "Waiting",
        Stage::Download => "Downloading",
        Stage::Check => "Checking",
        Stage::Compile => "Compiling",
        Stage::Library => "Unpacking",
        Stage::Preload => "Importing",
        Stage::Store => "Storing",
    }
}

/// What to expect, where it takes long.
fn hint(stage: Stage) -> &'static str {
    match stage {
        Stage::Compile => " (once; about a minute on two cores)",
        Stage::Download => " (98 MB)",
        _ => "",
    }
}

impl Progress for Shown {
    fn begin(&self, stage: Stage, detail: &str) {
        if self.quiet {
            return;
        }
        let detail: String =
            if detail.len() > 60 { detail.chars().take(57).chain("...".chars()).collect() } else { detail.into() };
        let bar = if self.terminal {
            let bar = ProgressBar::new_spinner();
            let style = ProgressStyle::with_template("{spinner:.cyan} {prefix:>11.cyan.bold} {msg} {elapsed:.dim}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.set_prefix(name(stage));
            bar.set_message(format!("{detail}{}", hint(stage)));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        } else {
            eprintln!("{:>12} {detail}{}", name(stage), hint(stage));
            ProgressBar::hidden()
        };
        *self.current() = Some((stage, Instant::now(), bar));
    }

    fn end(&self, stage: Stage) {
        let Some((current, started, bar)) = self.current().take() else { return };
        if current != stage {
            return;
        }
        bar.finish_and_clear();
        if self.terminal {
            let style = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Green.into()));
            eprintln!(
                "{style}{:>13}{style:#} {} {}",
                "done",
                name(stage).to_lowercase(),
                format_duration(started.elapsed())
            );
        }
    }
}
