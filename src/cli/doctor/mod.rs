//! `aerie doctor`: what each backend promises, tried out here and now.

mod check;
mod container;
mod local;

use std::io::IsTerminal as _;

use anstream::{eprintln, println};
use anstyle::{AnsiColor, Style};
use clap::{Args, ValueEnum};
use serde_json::json;

use self::check::{Check, Verdict};
use super::drive::{STOP_GRACE, drive, given_up};
use super::failure::{Failure, cache_dir};
use super::launch::{AnswerArgs, PlaceArgs, plain};
use super::run::print;
use crate::backend::Backend as _;
use crate::backend::wasi::WasiBackend;
use crate::backend::wasi::pack::{Cache, DEFAULT_PACK};
use crate::config::Config;
use crate::error::Exit;

/// Check that the places where programs run are what they promise.
///
/// Each check is tried for real: a Python of this host is started and tries to get out of its walls, a kernel of the Jupyter
/// server looks around. Nothing of the control system is touched.
///
/// A kernel tries to get out, which sends packets if it can: TCP to 1.1.1.1, 8.8.8.8 and the gateways of its networks, UDP to
/// 192.0.2.1 and `2001:db8::1`, a question for the name example.com. Which network is the control system's is not known: that is
/// not tried.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 nothing is wrong, 2 something is.\n\n\
Examples:\n  aerie doctor\n  aerie doctor container --config config.yml --json")]
pub(super) struct Doctor {
    /// What to check; without it the sandbox, and what the configuration names.
    #[arg(value_name = "WHERE")]
    places: Vec<Where>,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Where {
    /// The sandbox.
    Wasi,
    /// A Python of this host.
    Local,
    /// The Jupyter servers.
    Container,
}

impl Doctor {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let config = self.place.whole_config()?;
        let places = if self.places.is_empty() { configured(&config) } else { self.places.clone() };
        let looking = async {
            let mut checks = Vec::new();
            for place in places {
                checks.extend(self.look(place, &config).await);
            }
            checks
        };
        let Some(checks) = drive(looking, STOP_GRACE, || {})? else { return Ok(given_up()) };
        let worst = checks.iter().map(|check| check.verdict).max().unwrap_or(Verdict::Ok);
        if self.answer.json {
            print(&json!({ "verdict": worst, "checks": checks }));
        } else {
            show(&checks);
        }
        Ok(if worst == Verdict::Wrong { Exit::Usage as u8 } else { Exit::Done as u8 })
    }

    async fn look(&self, place: Where, config: &Config) -> Vec<Check> {
        if !self.answer.quiet && !self.answer.json && std::io::stderr().is_terminal() {
            eprintln!("looking at {place:?} ...");
        }
        match place {
            Where::Wasi => vec![self.sandbox()],
            Where::Local => local::look(&self.place, config).await,
            Where::Container => container::look(&self.place, config).await,
        }
    }

    fn sandbox(&self) -> Check {
        let named = |verdict, found: String| Check::new("wasi", "runtime", verdict, found);
        let opened = self.place.manifest(DEFAULT_PACK).and_then(|manifest| {
            let cache = Cache::at(cache_dir(self.place.cache())?);
            Ok(WasiBackend::open(&manifest, &cache, 1)?)
        });
        match opened {
            Ok(backend) => named(Verdict::Ok, format!("prepared: {}", backend.fingerprint())),
            Err(failure) => named(Verdict::Warning, failure.message)
                .with_advice("The first run prepares it; so does `aerie runtime install`."),
        }
    }
}

/// The places that a configuration names.
fn configured(config: &Config) -> Vec<Where> {
    use crate::config::ExecutionMethod::{Auto, Container, Local};
    let execution = &config.execution;
    let method = execution.execution_method;
    let has_server = execution.container.is_some() || !config.services.jupyter.containers.is_empty();
    let mut places = vec![Where::Wasi];
    if execution.local.is_some() || matches!(method, Local | Auto) {
        places.push(Where::Local);
    }
    if has_server || method == Container {
        places.push(Where::Container);
    }
    places
}

fn show(checks: &[Check]) {
    let style = |verdict: Verdict| match verdict {
        Verdict::Ok => Style::new().fg_color(Some(AnsiColor::Green.into())),
        Verdict::Warning => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
        Verdict::Wrong => Style::new().fg_color(Some(AnsiColor::Red.into())).bold(),
    };
    let width = checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0);
    let mut place = "";
    for check in checks {
        if check.place != place {
            place = &check.place;
            println!("{place}");
        }
        let style = style(check.verdict);
        println!("  {style}{:7}{style:#} {:width$}  {}", check.verdict.as_str(), check.name, plain(&check.found));
        if let (Some(advice), true) = (&check.advice, check.verdict != Verdict::Ok) {
            println!("          {:width$}  {}", "", plain(advice));
        }
    }
    let count = |verdict| checks.iter().filter(|check| check.verdict == verdict).count();
    println!("{} ok, {} warnings, {} wrong", count(Verdict::Ok), count(Verdict::Warning), count(Verdict::Wrong));
}
