//! `aerie config`: what holds, what is wrong with a configuration, and what there is to say in one.

use std::path::PathBuf;

use annotate_snippets::Renderer;
use anstream::eprintln;
use clap::{Args, Subcommand};
use serde_json::json;

use super::config_frame;
use super::failure::{Failure, show};
use super::launch::{open, plain, read_limited};
use super::run::{print, print_text};
use crate::config::{Config, DEFAULT, MAX_BYTES, NoteKind, Problem, schema};
use crate::error::{ErrorCode, Exit};

/// Show and check the configuration.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 it can be used, 2 it cannot.\n\nExamples:\n  aerie config check config.yml\n  \
aerie config show --config config.yml\n  aerie config default > config.yml")]
pub(super) struct ConfigCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show every value that holds, and where it comes from. Secrets are not shown.
    Show(Which),
    /// Say everything that is wrong with a configuration, and what has no effect.
    Check(Which),
    /// Print the JSON schema of configurations.
    Schema,
    /// Print a configuration with every key, its default and its meaning.
    Default,
}

#[derive(Debug, Args)]
struct Which {
    /// The configuration.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The same, as other commands name it.
    #[arg(long, value_name = "FILE", env = "AERIE_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
    /// One JSON document on stdout.
    #[arg(long)]
    json: bool,
}

impl ConfigCommand {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        match self.command {
            Command::Show(which) => which.show(),
            Command::Check(which) => which.check(),
            Command::Schema => {
                print(&schema());
                Ok(0)
            }
            Command::Default => {
                print_text(DEFAULT);
                Ok(0)
            }
        }
    }
}

impl Which {
    fn path(&self) -> Option<&PathBuf> {
        self.file.as_ref().or(self.config.as_ref())
    }

    /// The configuration's text and what is made of it.
    fn read(&self) -> Result<(String, Result<Config, Vec<Problem>>), Failure> {
        let Some(path) = self.path() else { return Ok((String::new(), Ok(Config::default()))) };
        let name = show(path);
        let bytes = read_limited(open(path)?, MAX_BYTES as u64, &name)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::new(ErrorCode::InvalidSettings, format!("{name} is not UTF-8; save it as UTF-8")))?;
        let read = Config::from_yaml(&text, &name, |variable| std::env::var(variable).ok());
        Ok((text, read.map_err(|errors| errors.problems)))
    }

    fn show(&self) -> Result<u8, Failure> {
        let (text, read) = self.read()?;
        match read {
            Ok(config) => {
                if self.json {
                    print(&config.effective().to_json());
                } else {
                    print_text(&config.effective().to_yaml());
                }
                Ok(0)
            }
            Err(problems) => Ok(complain(&text, &problems, self.json)),
        }
    }

    fn check(&self) -> Result<u8, Failure> {
        let (text, read) = self.read()?;
        let config = match read {
            Ok(config) => config,
            Err(problems) => return Ok(complain(&text, &problems, self.json)),
        };
        if self.json {
            let notes: Vec<_> = config
                .check()
                .iter()
                .map(|note| json!({ "place": note.place.to_string(), "key": note.key, "message": note.message }))
                .collect();
            print(&json!({ "usable": true, "problems": [], "notes": notes }));
            return Ok(0);
        }
        for note in config.check() {
            let word = if note.kind == NoteKind::NotOurs { "not Aerie's" } else { "note" };
            say!("{}: {word}: {}: {}", note.place, note.key, plain(&note.message));
        }
        eprintln!("{} can be used", self.path().map_or_else(|| "the default".to_owned(), |path| show(path)));
        Ok(0)
    }
}

/// Everything that is wrong.
fn complain(text: &str, problems: &[Problem], json: bool) -> u8 {
    if json {
        let problems: Vec<_> = problems
            .iter()
            .map(|one| json!({ "place": one.place.to_string(), "key": one.key, "message": one.message, "help": one.help }))
            .collect();
        print(&json!({ "usable": false, "problems": problems, "notes": [] }));
        return Exit::Usage as u8;
    }
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    for problem in problems {
        match config_frame::render(text, problem, &renderer) {
            Some(frame) => eprintln!("{frame}\n"),
            None => eprintln!("{problem}\n"),
        }
    }
    let count = problems.len();
    eprintln!(
        "error[{}]: {count} {} wrong",
        ErrorCode::InvalidSettings,
        if count == 1 { "thing is" } else { "things are" }
    );
    Exit::Usage as u8
}
