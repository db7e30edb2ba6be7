//! `aerie policy`: what the channel rules would decide, without touching anything.

use std::path::{Path, PathBuf};

use anstream::{eprintln, println};
use anstyle::{AnsiColor, Style};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::failure::{Failure, show};
use super::launch::{PlaceArgs, open, plain, read_limited};
use super::run::print;
use crate::approval::hexadecimal;
use crate::channel::{Array, Channel, Description, Kind, NativeType, Protocol, ScalarKind, Value};
use crate::config::ControlSystemConfig;
use crate::error::{ErrorCode, Exit};
use crate::gate::open::open_policy;
use crate::policy::{Access, Explanation, MAX_SOURCE, Policy, PolicyTest, Principal, Question, Verdict};

/// Check, test and question the channel rules. Nothing is read from or written to a control system.
#[derive(Debug, Args)]
pub(super) struct PolicyCommand {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Check(Check),
    Test(Test),
    Explain(Explain),
}

/// Say everything that is wrong with the rules, with file and line.
#[derive(Debug, Args)]
struct Check {
    /// Rules (YAML) and limits databases (JSON); without any, those of the configuration.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Ask the rules what a file of tests asks, and compare.
#[derive(Debug, Args)]
struct Test {
    /// Files of tests.
    #[arg(value_name = "TESTS", required = true)]
    tests: Vec<PathBuf>,
    /// The rules; without any, those of the configuration. May be repeated.
    #[arg(long = "rules", value_name = "FILE")]
    rules: Vec<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Say whether something would be allowed, and by which line.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 allowed, 2 usage, 3 refused.\n\n\
Examples:\n  aerie policy explain alice write SR:C01:HCM1:SP 1.5 --config config.yml\n  aerie policy explain bob read HR:PAY --rules channels.yml")]
struct Explain {
    /// Who asks; `alice,role:operator` gives roles too.
    #[arg(value_name = "WHO")]
    who: String,
    /// What they want.
    #[arg(value_name = "read|write")]
    access: Wanted,
    /// The channel.
    #[arg(value_name = "CHANNEL")]
    channel: String,
    /// The value, as JSON or as text.
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    value: Option<String>,
    /// What the channel holds now, for the step.
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    present: Option<String>,
    /// The protocol; without it names with three slashes are Tango's.
    #[arg(long, value_name = "ca|pva|tango")]
    protocol: Option<Speaks>,
    /// When, such as 2026-11-23T08:30:00Z; now if it is not given.
    #[arg(long, value_name = "TIME")]
    at: Option<jiff::Timestamp>,
    /// The rules; without any, those of the configuration. May be repeated.
    #[arg(long = "rules", value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// One JSON document on stdout.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Wanted {
    Read,
    Write,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Speaks {
    Ca,
    Pva,
    Tango,
}

impl PolicyCommand {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        match self.command {
            What::Check(command) => command.execute(),
            What::Test(command) => command.execute(),
            What::Explain(command) => command.execute(),
        }
    }
}

/// The rules of these files, or those of the configuration.
fn load(files: &[PathBuf], place: &PlaceArgs) -> Result<Policy, Failure> {
    let (mut config, base) = place.config()?;
    if files.is_empty() {
        return Ok(open_policy(&config, &base)?);
    }
    if files.iter().filter(|path| is_limits(path)).count() > 1 {
        return Err(Failure::new(ErrorCode::InvalidOption, "give at most one limits database (.json)"));
    }
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    named(&mut config, files, &here);
    Ok(open_policy(&config, &here)?)
}

fn is_limits(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

/// A configuration with these files instead of its own.
fn named(config: &mut ControlSystemConfig, files: &[PathBuf], here: &Path) {
    config.policy = files.iter().filter(|path| !is_limits(path)).map(|path| here.join(path)).collect();
    let limits = files.iter().find(|path| is_limits(path)).map(|path| here.join(path));
    config.limits_checking.enabled = limits.is_some();
    config.limits_checking.database_path = limits;
}

impl Check {
    fn execute(self) -> Result<u8, Failure> {
        let policy = load(&self.files, &self.place)?;
        for warning in policy.warnings() {
            let yellow = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
            eprintln!("{yellow}warning{yellow:#}: {warning}");
        }
        let digest = hexadecimal(&policy.digest()[..6]);
        println!("{} rules, no errors, {} warnings (digest {digest}…)", policy.len(), policy.warnings().len());
        Ok(Exit::Done as u8)
    }
}

impl Test {
    fn execute(self) -> Result<u8, Failure> {
        let policy = load(&self.rules, &self.place)?;
        let mut count = 0;
        let mut failures = Vec::new();
        for path in &self.tests {
            let name = show(path);
            let bytes = read_limited(open(path)?, MAX_SOURCE as u64, &name)?;
            let text = String::from_utf8(bytes)
                .map_err(|_| Failure::new(ErrorCode::InvalidPolicy, format!("{name} is not UTF-8")))?;
            let test = PolicyTest::read(&name, &text)
                .map_err(|errors| Failure::new(ErrorCode::InvalidPolicy, errors.to_string()))?;
            count += test.len();
            failures.extend(test.run(&policy));
        }
        for failure in &failures {
            eprintln!("{}: {}", failure.place, failure.message);
        }
        if failures.is_empty() {
            println!("{count} tests passed");
            return Ok(Exit::Done as u8);
        }
        Err(Failure::new(ErrorCode::PolicyTestFailed, format!("{} of {count} tests failed", failures.len())))
    }
}

impl Explain {
    fn execute(self) -> Result<u8, Failure> {
        let usage = |message: String| Failure::new(ErrorCode::InvalidOption, message);
        let policy = load(&self.rules, &self.place)?;
        let protocol = match self.protocol {
            Some(Speaks::Ca) => Protocol::Ca,
            Some(Speaks::Pva) => Protocol::Pva,
            Some(Speaks::Tango) => Protocol::Tango,
            None if self.channel.matches('/').count() >= 3 => Protocol::Tango,
            None => Protocol::Ca,
        };
        let channel = Channel::parse(protocol, &self.channel).map_err(|error| usage(error.to_string()))?;
        let value = self.value.as_deref().map(value);
        let present = self.present.as_deref().map(self::value);
        let mut who = self.who.split(',').map(str::trim);
        let name = who.next().unwrap_or_default().to_owned();
        let roles = who.map(|role| role.strip_prefix("role:").unwrap_or(role).to_owned()).collect();
        let principal = Principal { name, roles };
        // Nobody is asked what the channel is: it is taken to be what is written to it.
        let described = value.as_ref().map(|value| Description::of(native(value)));
        let explanation = policy.explain(&Question {
            principal: &principal,
            access: if self.access == Wanted::Read { Access::Read } else { Access::Write },
            channel: &channel,
            value: value.as_ref(),
            description: described.as_ref(),
            present: present.as_ref(),
            now: self.at.unwrap_or_else(jiff::Timestamp::now),
        });
        if self.json {
            print(&json!({ "channel": channel.name(), "explanation": explanation }));
        } else {
            tell(&explanation);
        }
        Ok(if explanation.verdict == Verdict::Fail { Exit::Refused as u8 } else { Exit::Done as u8 })
    }
}

/// The type of a channel that takes this as it is.
fn native(value: &Value) -> NativeType {
    let (kind, shape) = match value {
        Value::Bool(_) => (Kind::Number(ScalarKind::Bool), Vec::new()),
        Value::Int(_) | Value::Float(_) => (Kind::Number(ScalarKind::F64), Vec::new()),
        Value::Enum(_) => (Kind::Enum, Vec::new()),
        Value::Array(array) => (Kind::Number(ScalarKind::F64), array.shape().to_vec()),
        Value::Text(_) | Value::Texts(_) => (Kind::Text, Vec::new()),
        Value::None | Value::Structure(..) => (Kind::None, Vec::new()),
    };
    NativeType { kind, shape, name: "double".to_owned() }
}

/// What a person types: JSON if it is some, a text otherwise.
fn value(text: &str) -> Value {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Bool(value)) => Value::Bool(value),
        Ok(serde_json::Value::Number(number)) => match number.as_i64() {
            Some(number) => Value::Int(i128::from(number)),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Ok(serde_json::Value::Array(items)) if items.iter().all(serde_json::Value::is_number) => {
            let numbers: Vec<f64> = items.iter().filter_map(serde_json::Value::as_f64).collect();
            Value::Array(Array::of_doubles(&numbers))
        }
        Ok(serde_json::Value::String(text)) => Value::Text(text),
        _ => match text.to_ascii_lowercase().as_str() {
            "nan" => Value::Float(f64::NAN),
            "inf" => Value::Float(f64::INFINITY),
            "-inf" => Value::Float(f64::NEG_INFINITY),
            _ => Value::Text(text.to_owned()),
        },
    }
}

fn tell(explanation: &Explanation) {
    let style = |verdict: Verdict| {
        let colour = match verdict {
            Verdict::Pass => AnsiColor::Green,
            Verdict::Fail => AnsiColor::Red,
            Verdict::Unknown => AnsiColor::Yellow,
        };
        Style::new().fg_color(Some(colour.into()))
    };
    for check in &explanation.checks {
        let (style, word) = (style(check.verdict), word(check.verdict));
        println!("{style}{word:<8}{style:#} {:<10} {}", check.what, plain(&check.detail));
    }
    let bold = style(explanation.verdict).bold();
    let refusal = explanation.refusal.map(|refusal| format!(" {}", refusal.word())).unwrap_or_default();
    let rule = explanation.rule.as_ref().map(|rule| format!(" by {rule}")).unwrap_or_default();
    let verdict = match explanation.verdict {
        Verdict::Pass => "allowed",
        Verdict::Fail => "refused",
        Verdict::Unknown => "allowed as far as can be said without asking the machine",
    };
    println!("{bold}{verdict}{bold:#}{refusal}{}", plain(&rule));
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Unknown => "unknown",
    }
}
