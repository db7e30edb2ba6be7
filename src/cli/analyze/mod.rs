//! `aerie analyze`: what a program's text shows, without running it.

mod people;
mod sarif;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::failure::{Failure, show};
use super::launch::{open, parse_time, read_limited};
use crate::analysis::{
    Analyzer, BackendKind, Inventories, Inventory, MAX_SOURCE_BYTES, RULES, Request, Settings, Version, rule,
};
use crate::artifacts::json_text;
use crate::backend::wasi::pack::{DEFAULT_PACK, Manifest, PackError};
use crate::error::{ErrorCode, Exit};

/// Largest configuration file.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// Read a Python program without running it: its reads and writes of control systems, and its dangers.
///
/// Says whether it would pass, where it would run, and whether a person has to be asked.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 passed, 2 usage or configuration, 3 refused.\n\n\
Examples:\n  aerie analyze scan.py\n  echo \"import epics; epics.caput('SR:HCM1', 1)\" | aerie analyze - --json\n  \
aerie analyze --explain network")]
pub(super) struct Analyze {
    /// The program; `-` reads it from standard input.
    #[arg(value_name = "FILE", required_unless_present_any = ["code", "explain"], conflicts_with = "code")]
    file: Option<PathBuf>,
    /// The program itself.
    #[arg(short, long, value_name = "CODE")]
    code: Option<String>,
    /// Where it is to run; `auto` chooses.
    #[arg(long, value_name = "BACKEND", default_value = "auto")]
    backend: BackendChoice,
    /// The site's configuration: control system, patterns, approval, `analysis`.
    #[arg(long, value_name = "FILE", env = "AERIE_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
    /// The sandbox's runtime pack, whose modules imports are held against.
    #[arg(long, value_name = "NAME", default_value = DEFAULT_PACK)]
    pack: String,
    /// A Python of the host, whose modules imports are held against.
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// How long it is expected to run, such as 30, 90s or 5m.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    expected_time: Option<Duration>,
    /// It has to be kept from the host and from others.
    #[arg(long)]
    isolated: bool,
    /// How the analysis is shown.
    #[arg(long, value_name = "FORMAT", default_value = "text", conflicts_with = "json")]
    format: Format,
    /// One JSON document on stdout; short for `--format json`.
    #[arg(long)]
    json: bool,
    /// Explain a rule; without a name, list them all.
    #[arg(long, value_name = "RULE", num_args = 0..=1, default_missing_value = "")]
    explain: Option<String>,
    /// More runtime manifests.
    #[arg(long, value_name = "FOLDER", env = "AERIE_RUNTIMES_DIR", hide_env_values = true)]
    runtimes_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum BackendChoice {
    Auto,
    Wasi,
    Container,
    Local,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
}

impl Analyze {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        if let Some(name) = &self.explain {
            return explain(name, self.json);
        }
        let settings = self.settings()?;
        let inventories = self.inventories()?;
        let analyzer = Analyzer::new(settings, inventories)?;
        let (program, name) = self.program()?;
        let request = Request {
            backend: match self.backend {
                BackendChoice::Auto => None,
                BackendChoice::Wasi => Some(BackendKind::Wasi),
                BackendChoice::Container => Some(BackendKind::Container),
                BackendChoice::Local => Some(BackendKind::Local),
            },
            requires_isolation: self.isolated,
            expected_time: self.expected_time,
        };
        let report = analyzer.analyze(&program, request);
        let format = if self.json { Format::Json } else { self.format };
        let text = match format {
            Format::Json => json_text(&serde_json::to_value(&report).unwrap_or_default()),
            Format::Sarif => json_text(&sarif::document(&report, &name)),
            Format::Text => people::page(&report, &program, &name),
        };
        if format == Format::Text {
            anstream::print!("{text}");
        } else {
            // Whoever reads it may have left.
            let _ = std::io::stdout().lock().write_all(text.as_bytes());
        }
        Ok(if report.passed { Exit::Done as u8 } else { Exit::Refused as u8 })
    }

    fn program(&self) -> Result<(Vec<u8>, String), Failure> {
        let limit = MAX_SOURCE_BYTES as u64;
        match (&self.code, &self.file) {
            (Some(code), _) => Ok((code.clone().into_bytes(), "code.py".to_owned())),
            (None, Some(path)) if path.as_os_str() == "-" => {
                Ok((read_limited(std::io::stdin(), limit, "standard input")?, "stdin.py".to_owned()))
            }
            (None, Some(path)) => Ok((read_limited(open(path)?, limit, &show(path))?, show(path))),
            (None, None) => Err(Failure::new(ErrorCode::EmptyProgram, "name a program, or give one with -c")),
        }
    }

    fn settings(&self) -> Result<Settings, Failure> {
        let Some(path) = &self.config else { return Ok(Settings::default()) };
        let bytes = read_limited(open(path)?, MAX_CONFIG_BYTES, &show(path))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::new(ErrorCode::InvalidSettings, format!("{} is not UTF-8", show(path))))?;
        if text.len() as u64 > MAX_CONFIG_BYTES {
            let message = format!("{} is larger than the 1 MiB that a configuration may have", show(path));
            return Err(Failure::new(ErrorCode::InvalidSettings, message));
        }
        let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        Settings::from_yaml(&text, &show(path), &names)
            .map_err(|error| Failure::new(ErrorCode::InvalidSettings, error.to_string()))
    }

    fn inventories(&self) -> Result<Inventories, Failure> {
        let manifest = Manifest::find(&self.pack, self.runtimes_dir.as_deref()).map_err(PackError::from)?;
        let version = Version::try_from(manifest.python.clone()).unwrap_or(Version::NEWEST);
        let local = self.python.as_deref().map(python_of_host).transpose()?;
        Ok(Inventories { wasi: Inventory::of_pack(&manifest.name, version), container: None, local })
    }
}

/// What a Python of the host answers.
#[derive(Debug, Deserialize)]
struct Answer {
    version: String,
    modules: Vec<String>,
}

/// Asks a Python for its modules. It runs isolated, and none of the program.
fn python_of_host(path: &Path) -> Result<Inventory, Failure> {
    const QUESTION: &str = "import json, pkgutil, sys\n\
        found = set(sys.stdlib_module_names) | set(sys.builtin_module_names) | {m.name for m in pkgutil.iter_modules()}\n\
        try:\n    import importlib.metadata as metadata\n    found |= set(metadata.packages_distributions())\n\
        except Exception:\n    pass\n\
        print(json.dumps({'version': '%d.%d' % sys.version_info[:2], 'modules': sorted(found)}))";
    let unusable =
        |why: String| Failure::new(ErrorCode::PythonUnusable, format!("{} does not answer: {why}", show(path)));
    let output = Command::new(path)
        .args(["-I", "-c", QUESTION])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| unusable(error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().last().unwrap_or("it failed").to_owned();
        return Err(unusable(super::launch::plain(&last)));
    }
    let answer: Answer = serde_json::from_slice(&output.stdout).map_err(|error| unusable(error.to_string()))?;
    let version = Version::try_from(answer.version).map_err(unusable)?;
    Ok(Inventory::new(show(path), version, answer.modules))
}

fn explain(name: &str, json: bool) -> Result<u8, Failure> {
    if name.is_empty() {
        if json {
            let all: Vec<_> =
                RULES.iter().map(|rule| serde_json::json!({ "rule": rule.name, "summary": rule.summary })).collect();
            anstream::println!("{}", serde_json::to_string_pretty(&all).unwrap_or_default());
        } else {
            for rule in RULES {
                anstream::println!("{:22} the program {}", rule.name, rule.summary);
            }
        }
        return Ok(0);
    }
    let Some(found) = rule(name) else {
        let names = RULES.iter().map(|rule| rule.name).collect::<Vec<_>>().join(", ");
        return Err(Failure::new(ErrorCode::UnknownRule, format!("there is no rule `{name}`; there are {names}")));
    };
    if json {
        let document = serde_json::json!({ "rule": found.name, "summary": found.summary, "page": found.page() });
        anstream::println!("{}", serde_json::to_string_pretty(&document).unwrap_or_default());
    } else {
        anstream::print!("{}", found.page());
    }
    Ok(0)
}
