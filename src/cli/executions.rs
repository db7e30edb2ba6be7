//! `aerie executions`: what was asked for, how far it is, and what can be done about it.

use std::time::Duration;

use anstream::eprintln;
use anstyle::{AnsiColor, Style};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::approvals::at_once;
use super::drive::{STOP_GRACE, WRITE_GRACE, drive_within, given_up};
use super::failure::Failure;
use super::launch::{AnswerArgs, PlaceArgs, parse_time, plain, principal};
use super::live::{Live, caller};
use super::outcome::json_of;
use super::run::{Manner, answered, go_on, print, told};
use super::service;
use crate::error::ErrorCode;
use crate::execution::{Event, ExecutionId, format_bytes};
use crate::ledger::Entry;
use crate::service::{FRESH, Recovered, Retention, Service};
use crate::store::{Query, Summary};

/// List, show, follow, cancel and repeat executions.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aerie executions list --state awaiting_approval --state failed\n  aerie executions show ex_01kaqm…\n  \
aerie executions logs -f ex_01kaqm…\n  aerie executions prune --older-than 90d --dry-run"
)]
pub(super) struct Executions {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List executions, newest first.
    List(List),
    /// Show one: where it is, what failed on the way, what it left.
    Show(One),
    /// Show what happened to one, event by event.
    Logs(Logs),
    /// End one, wherever it is. A write that is under way is still verified.
    Cancel(Cancel),
    /// Do one again with everything it was started with, as a new execution.
    Rerun(Rerun),
    /// Go on with what a process left that is gone, or that was answered meanwhile.
    Resume(Resume),
    /// Remove the folders of old executions. Their events, and all that wrote, stay.
    Prune(Prune),
}

#[derive(Debug, Args)]
struct List {
    /// Only those in this state, such as succeeded, failed or `awaiting_approval`. May be repeated.
    #[arg(long, value_name = "STATE")]
    state: Vec<String>,
    /// Only those of this principal.
    #[arg(long, value_name = "NAME")]
    principal: Option<String>,
    /// Only those with this in their name.
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
    /// Only those begun before this one: the last of the page before.
    #[arg(long, value_name = "EXECUTION")]
    before: Option<ExecutionId>,
    /// One JSON document on stdout.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct One {
    /// The execution.
    execution: ExecutionId,
    /// One JSON document on stdout.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct Logs {
    /// The execution.
    execution: ExecutionId,
    /// Wait for more until it has ended.
    #[arg(short, long)]
    follow: bool,
    /// One JSON document per event on stdout.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct Cancel {
    /// The execution.
    execution: ExecutionId,
    /// Why: kept for ever.
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct Rerun {
    /// The execution.
    execution: ExecutionId,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct Resume {
    /// The execution; without it, all that nobody carries.
    execution: Option<ExecutionId>,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct Prune {
    /// Executions that ended longer ago than this, such as 90d, 12h. Default: `retention.executions_days`.
    #[arg(long, value_name = "TIME", value_parser = parse_age)]
    older_than: Option<Duration>,
    /// Also those that may have written to a control system.
    #[arg(long)]
    written: bool,
    /// Only say what would be removed.
    #[arg(long)]
    dry_run: bool,
    /// One JSON document on stdout.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

/// What executions can be.
const STATES: [&str; 16] = [
    "generating",
    "analysing",
    "running",
    "planning",
    "awaiting_approval",
    "approved",
    "applying",
    "ending",
    "succeeded",
    "failed",
    "refused",
    "rejected",
    "expired",
    "timed_out",
    "cancelled",
    "interrupted",
];

fn parse_age(text: &str) -> Result<Duration, String> {
    match text.strip_suffix('d').map(str::parse::<u32>) {
        Some(Ok(days)) => Ok(Duration::from_hours(24) * days),
        Some(Err(_)) => Err(format!("`{text}` is no time: write 90d, 12h, 30m")),
        None => parse_time(text),
    }
}

impl Executions {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        match self.command {
            Command::List(command) => command.execute(),
            Command::Show(command) => command.execute(),
            Command::Logs(command) => command.execute(),
            Command::Cancel(command) => command.execute(),
            Command::Rerun(command) => command.execute(),
            Command::Resume(command) => command.execute(),
            Command::Prune(command) => command.execute(),
        }
    }
}

/// Looks after what processes left that are gone.
async fn settled(service: &Service, fresh: Duration) -> Result<Recovered, Failure> {
    let caller = caller(Live::new(false, false), &CancellationToken::new())?;
    let recovered = service.settle(&caller, fresh).await?;
    for one in &recovered.interrupted {
        eprintln!("{} was interrupted while its writes were made: aerie executions show {}", one.id, one.id);
    }
    for (one, why) in &recovered.troubled {
        eprintln!("warning: {} could not be looked after: {}", one.id, plain(why));
    }
    for one in &recovered.resumable {
        eprintln!("{} is {}, and nobody carries it: aerie executions resume {}", one.id, one.state, one.id);
    }
    Ok(recovered)
}

impl List {
    fn execute(self) -> Result<u8, Failure> {
        if self.limit == 0 || self.limit > 10_000 {
            return Err(Failure::new(ErrorCode::InvalidOption, "--limit must be 1 to 10000"));
        }
        if let Some(odd) = self.state.iter().find(|state| !STATES.contains(&state.as_str())) {
            let message = format!("there is no state `{}`; there are: {}", plain(odd), STATES.join(", "));
            return Err(Failure::new(ErrorCode::InvalidOption, message));
        }
        let query = Query {
            states: self.state,
            principal: self.principal,
            name: self.name,
            before: self.before,
            limit: self.limit,
        };
        let found = at_once(async {
            let service = service::open(&self.place, true).await?;
            settled(&service, FRESH).await?;
            Ok(service.store().list(&query).await?)
        })?;
        if self.json {
            print(&json!(found));
            return Ok(0);
        }
        if found.is_empty() {
            eprintln!("no executions");
        }
        for one in &found {
            say!("{}", line(one));
        }
        Ok(0)
    }
}

fn colour(state: &str) -> Style {
    let colour = match state {
        "succeeded" => AnsiColor::Green,
        "awaiting_approval" => AnsiColor::Yellow,
        "failed" | "refused" | "interrupted" | "timed_out" => AnsiColor::Red,
        "rejected" | "expired" | "cancelled" => AnsiColor::Magenta,
        _ => AnsiColor::Cyan,
    };
    Style::new().fg_color(Some(colour.into()))
}

fn line(one: &Summary) -> String {
    let style = colour(&one.state);
    let began = one.created.strftime("%Y-%m-%d %H:%M:%S");
    let wrote = if one.may_have_written { " wrote" } else { "" };
    let error = one.detail["error"].as_str().map(|error| format!(" · {}", plain(error))).unwrap_or_default();
    let name: String = plain(&one.name).chars().take(32).collect();
    format!("{}  {began}  {style}{:<17}{style:#} {name:<32} {}{wrote}{error}", one.id, one.state, plain(&one.principal))
}

impl One {
    fn execute(self) -> Result<u8, Failure> {
        let (summary, result, events) = at_once(async {
            let service = service::open(&self.place, true).await?;
            settled(&service, FRESH).await?;
            let result = service.result(self.execution).await?;
            let summary = service.store().summary(self.execution).await?;
            Ok((summary, result, service.store().events(self.execution).await?))
        })?;
        if self.json {
            let mut value = json_of(&result);
            value["summary"] = json!(summary);
            value["error_chain"] = json!(result.error_chain);
            value["code"] = json!(result.generated_code);
            print(&value);
            return Ok(0);
        }
        if let Some(summary) = &summary {
            say!("{}", line(summary));
        }
        for entry in &events {
            say!("  {}", told_event(entry));
        }
        if let Some(failure) = &result.failure {
            say!("\n{} ({}): {}", failure.error_type, failure.category.as_str(), plain(&failure.message));
            for finding in &failure.findings {
                say!("  {}", plain(finding));
            }
            say!("what to do: {}", plain(&failure.advice));
        }
        if let Some(success) = &result.execution_result {
            let text = success.results.to_string();
            let short: String = plain(&text).chars().take(200).collect();
            say!("\nresults   {short}{}", if short.len() < text.len() { "…" } else { "" });
        }
        say!("folder    {}", result.folder.display());
        Ok(0)
    }
}

/// An event in one line.
fn told_event(entry: &Entry) -> String {
    let Ok(body) = entry.read() else { return format!("{} is not readable; aerie ledger verify", entry.seq) };
    let at = body.time.strftime("%H:%M:%S%.3f");
    let event: Option<Event> = serde_json::from_value(body.body.clone()).ok();
    let text = match event {
        Some(Event::Submitted(submitted)) => format!("asked for by {}", submitted.principal),
        Some(Event::GenerationStarted { attempt }) => format!("attempt {attempt}: a model is asked"),
        Some(Event::CodeReady { attempt, code, .. }) => format!("attempt {attempt}: program {}", code.short()),
        Some(Event::GenerationFailed { attempt, failure }) => {
            format!("attempt {attempt}: no program: {}", failure.message)
        }
        Some(Event::Analysed { failure: Some(failure), .. }) => format!("does not pass: {}", failure.message),
        Some(Event::Analysed { backend, writes, .. }) => format!("passes; writes: {writes}; runs in {backend}"),
        Some(Event::ApprovalRequested { number, covers, reason, digest, .. }) => {
            format!("question {number} about its {}: {reason} [{}]", covers.as_str(), digest.short())
        }
        Some(Event::Decided(decision)) => {
            let verdict = serde_json::to_value(decision.verdict).ok().and_then(|word| word.as_str().map(str::to_owned));
            format!("{}: {} {}", decision.by, verdict.unwrap_or_default(), decision.comment)
        }
        Some(Event::ApprovalExpired { .. }) => "nobody answered in time".to_owned(),
        Some(Event::RunStarted { run, kind, .. }) => format!("run {run} ({})", kind.as_str()),
        Some(Event::WriteIntended { write, .. }) => {
            let value: Option<crate::channel::Value> = serde_json::from_value(write["value"].clone()).ok();
            let value = value.map_or_else(|| "…".to_owned(), |value| value.to_string());
            format!("write {}: {} = {value}", write["n"], name_of(&write["channel"]))
        }
        Some(Event::WriteEnded { write, .. }) => {
            let outcome = write["outcome"].as_str().unwrap_or_default();
            format!("write {}: {outcome} {}", write["n"], write["message"].as_str().unwrap_or_default())
        }
        Some(Event::RunEnded { run, status, failure, plan, .. }) => {
            let planned = plan.filter(|plan| plan.allowed > 0).map(|plan| format!(", {} writes planned", plan.allowed));
            let why = failure.map(|failure| format!(": {}", failure.message)).unwrap_or_default();
            format!("run {run} {}{}{why}", status.as_str(), planned.unwrap_or_default())
        }
        Some(Event::RunBroken { run, failure, .. }) => format!("run {run} broke off: {}", failure.message),
        Some(Event::CancelRequested { by, reason }) => format!("{by} wants it to end {reason}"),
        Some(Event::Ended { ending, .. }) => format!("ended: {}", ending.as_str()),
        None => body.kind,
    };
    format!("{at}  {}", plain(&text))
}

fn name_of(channel: &Value) -> String {
    channel.as_str().or_else(|| channel[1].as_str()).unwrap_or_default().to_owned()
}

impl Logs {
    fn execute(self) -> Result<u8, Failure> {
        let going = async {
            let service = service::open(&self.place, true).await?;
            let mut shown = 0;
            loop {
                let entries = service.store().events(self.execution).await?;
                if entries.is_empty() {
                    return Err(crate::service::ServiceError::Unknown(self.execution).into());
                }
                for entry in entries.iter().skip(shown) {
                    if self.json {
                        say!("{}", entry.text);
                    } else {
                        say!("{}", told_event(entry));
                    }
                }
                shown = entries.len();
                let ended = entries.last().and_then(|entry| entry.read().ok()).is_some_and(|body| body.kind == "ended");
                if ended || !self.follow {
                    return Ok::<u8, Failure>(0);
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        drive_within(going, || Duration::ZERO, || {})?.unwrap_or(Ok(0))
    }
}

impl Cancel {
    fn execute(self) -> Result<u8, Failure> {
        let ended = at_once(async {
            let service = service::open(&self.place, true).await?;
            let caller = caller(Live::new(false, false), &CancellationToken::new())?;
            let by = principal()?.name;
            service.cancel(self.execution, &by, &self.reason).await?;
            // What nobody carries is ended here; what runs is ended by its own process.
            match service.carry(self.execution, caller).await {
                Ok(result) => Ok(Some(result)),
                Err(crate::service::ServiceError::Store(crate::store::StoreError::Held { .. })) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })?;
        match ended {
            Some(result) => {
                let word = serde_json::to_value(result.status).unwrap_or_default();
                eprintln!("{}", word.as_str().unwrap_or_default().replace('_', " "));
            }
            None => eprintln!("asked for; the process that carries it ends it"),
        }
        Ok(0)
    }
}

impl Rerun {
    fn execute(self) -> Result<u8, Failure> {
        let cancel = CancellationToken::new();
        let live = Live::new(!self.answer.json, false);
        let caller = caller(live.clone(), &cancel)?;
        let manner = Manner { answer: self.answer, asks: true, filename: "code.py".to_owned() };
        let going = async {
            let service = service::open(&self.place, self.answer.quiet).await?;
            let ended = async {
                let result = service.rerun(self.execution, caller.clone()).await?;
                Box::pin(answered(&service, result, &caller, &manner)).await
            };
            let ended = ended.await;
            service.close().await;
            ended
        };
        let grace = || if live.writes() { WRITE_GRACE } else { STOP_GRACE };
        let Some(result) = drive_within(going, grace, || cancel.cancel())?.transpose()? else { return Ok(given_up()) };
        Ok(told(&result, &self.place, &manner))
    }
}

impl Resume {
    fn execute(self) -> Result<u8, Failure> {
        let ids = match self.execution {
            Some(id) => vec![id],
            None => at_once(async {
                let service = service::open(&self.place, true).await?;
                let recovered = settled(&service, Duration::ZERO).await?;
                Ok(recovered.resumable.into_iter().map(|one| one.id).collect())
            })?,
        };
        if ids.is_empty() {
            eprintln!("there is nothing to go on with");
        }
        let (mut worst, mut failed) = (0, None::<Failure>);
        for id in ids {
            let live = Live::new(!self.answer.json, false);
            let manner = Manner { answer: self.answer, asks: true, filename: "code.py".to_owned() };
            match go_on(&self.place, id, &live, &manner) {
                Ok(code) => worst = worst.max(code),
                // Of those that nobody carried, somebody may carry this one by now.
                Err(failure) if self.execution.is_none() && failure.code == ErrorCode::StoreConflict => {
                    eprintln!("{id}: another process goes on with it");
                }
                // One that cannot be gone on with keeps no other from it.
                Err(failure) => {
                    if let Some(before) = failed.replace(failure) {
                        before.report();
                    }
                }
            }
        }
        failed.map_or(Ok(worst), Err)
    }
}

impl Prune {
    fn execute(self) -> Result<u8, Failure> {
        let config = self.place.whole_config()?;
        let configured = config.retention.executions_days.map(|days| Duration::from_hours(24) * days);
        let Some(older_than) = self.older_than.or(configured) else {
            let message = "say how old with --older-than, or set retention.executions_days";
            return Err(Failure::new(ErrorCode::InvalidOption, message));
        };
        let keep_written = config.retention.keep_written && !self.written;
        let retention = Retention { older_than, keep_written, dry_run: self.dry_run };
        let removed = at_once(async {
            let service = service::open(&self.place, true).await?;
            Ok(service.prune(retention, &principal()?.name).await?)
        })?;
        if self.json {
            print(&json!({ "dry_run": self.dry_run, "removed": removed }));
            return Ok(0);
        }
        let bytes = removed.iter().map(|one| one.bytes).sum();
        for one in &removed {
            say!("{}  {}  {}", one.id, format_bytes(one.bytes), one.folder);
        }
        let word = if self.dry_run { "would be removed" } else { "removed" };
        eprintln!("{} executions {word}, {}; their events stay in the ledger", removed.len(), format_bytes(bytes));
        Ok(0)
    }
}
