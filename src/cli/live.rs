//! What people see while an execution goes its way: the program's output, and the stages where somebody waits for them.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anstream::eprintln;
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use super::apply::Terminal;
use super::drive::forward;
use super::failure::Failure;
use super::launch::{plain, principal};
use crate::backend::wasi::pack::format_duration;
use crate::execution::{ExecutionId, State};
use crate::gate::Asker;
use crate::service::{Caller, Notice, Watcher};

/// Passes the program's output on, and says where the execution is.
pub(super) struct Live {
    /// Whether the program's output is shown.
    output: bool,
    /// Whether the stages are.
    stages: bool,
    /// Whether writes are under way.
    writing: AtomicBool,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    stage: Option<(&'static str, Instant, ProgressBar)>,
    attempt: u32,
    heard: usize,
}

impl Live {
    pub(super) fn new(output: bool, stages: bool) -> Arc<Self> {
        Arc::new(Self { output, stages, writing: AtomicBool::new(false), now: Mutex::default() })
    }

    /// Whether writes are under way, which are still verified when everything else ends.
    pub(super) fn writes(&self) -> bool {
        self.writing.load(Ordering::Relaxed)
    }

    fn now(&self) -> std::sync::MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the line of the stage that was, and begins that of the next.
    fn stage(&self, word: Option<&'static str>, attempt: u32) {
        let mut now = self.now();
        if now.stage.as_ref().map(|(stage, ..)| *stage) == word && now.attempt == attempt {
            return;
        }
        if let Some((stage, started, bar)) = now.stage.take() {
            bar.finish_and_clear();
            let (green, dim) = (Style::new().bold().fg_color(Some(AnsiColor::Green.into())), Style::new().dimmed());
            let which = if now.attempt > 1 { format!(" (attempt {})", now.attempt) } else { String::new() };
            eprintln!("{green}{stage:>12}{green:#}{which} {dim}{}{dim:#}", format_duration(started.elapsed()));
        }
        now.attempt = attempt;
        now.heard = 0;
        let Some(word) = word else { return };
        let bar = if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new_spinner();
            let style = ProgressStyle::with_template("{spinner:.cyan} {prefix:>10.cyan.bold} {msg} {elapsed:.dim}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.set_prefix(word);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        } else {
            ProgressBar::hidden()
        };
        now.stage = Some((word, Instant::now(), bar));
    }

    /// Nothing more is shown.
    pub(super) fn done(&self) {
        if self.stages {
            self.stage(None, 0);
        }
    }
}

/// What a state is called while it lasts; `None`: it takes no time that anybody sees.
fn word(state: &State) -> Option<&'static str> {
    Some(match state {
        State::ToGenerate | State::Generating => "generating",
        State::ToAnalyse => "analysing",
        State::ToRun(_) | State::Running { .. } => match state.as_str() {
            "planning" => "running",
            word => word,
        },
        State::ToAsk(..) | State::Waiting(_) | State::ToEnd(..) | State::Ended(..) => return None,
    })
}

impl Watcher for Live {
    fn see(&self, _: ExecutionId, notice: &Notice<'_>) {
        if let Notice::Progress(progress) = notice {
            self.writing.store(matches!(progress.state, State::ToRun(kind) if kind.writes()), Ordering::Relaxed);
        }
        match notice {
            Notice::Progress(progress) if self.stages => self.stage(word(&progress.state), progress.attempt),
            Notice::Progress(progress) if self.output => {
                if matches!(progress.state, State::ToRun(kind) if kind.as_str() == "apply") {
                    eprintln!("approved; the program runs again to make its writes");
                }
            }
            Notice::Model(text) if self.stages => {
                let mut now = self.now();
                now.heard += text.chars().count();
                let heard = now.heard;
                if let Some((_, _, bar)) = &now.stage {
                    bar.set_message(format!("{heard} characters"));
                }
            }
            Notice::Program(event) if self.output => {
                let bar = self.now().stage.as_ref().map(|(_, _, bar)| bar.clone());
                match bar {
                    Some(bar) => bar.suspend(|| forward(*event)),
                    None => forward(*event),
                }
            }
            Notice::Failed(failure) if self.stages => {
                let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
                let line = failure.line.map(|line| format!(" (line {line})")).unwrap_or_default();
                let text = format!("{red}{:>12}{red:#} {}{line}", "failed", plain(&failure.message));
                let bar = self.now().stage.as_ref().map(|(_, _, bar)| bar.clone());
                match bar {
                    Some(bar) => bar.suspend(|| eprintln!("{text}")),
                    None => eprintln!("{text}"),
                }
            }
            Notice::Warning(text) => eprintln!("warning: {}", plain(text)),
            _ => {}
        }
    }
}

/// Whoever is at this command line, as the pipeline knows them.
pub(super) fn caller(watcher: Arc<dyn Watcher>, cancel: &CancellationToken) -> Result<Caller, Failure> {
    let asker: Option<Arc<dyn Asker>> = std::io::stdin().is_terminal().then(|| Arc::new(Terminal) as Arc<dyn Asker>);
    Ok(Caller { principal: principal()?, watcher, cancel: cancel.clone(), asker })
}
