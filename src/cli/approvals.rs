//! `aerie approvals`: what waits for a person, and the person's answer.

use std::path::PathBuf;

use anstream::eprintln;
use clap::{Args, Subcommand};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::drive::{STOP_GRACE, drive};
use super::failure::Failure;
use super::launch::{AnswerArgs, PlaceArgs, plain, principal, program_text, read_program};
use super::live::{Live, caller};
use super::run::{Manner, go_on, print};
use super::{question, service, writes};
use crate::error::ErrorCode;
use crate::execution::{ExecutionId, Verdict};
use crate::service::{Answer, FRESH, Question};
use crate::store::Query;

/// See and answer what waits for a person.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aerie approvals list\n  aerie approvals show ex_01kaqm…\n  \
aerie approvals approve ex_01kaqm… --digest 3f0c51c5a0b2 --comment 'shift 3'\n  \
aerie approvals reject ex_01kaqm… --reason 'not during injection'")]
pub(super) struct Approvals {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List what waits.
    List(List),
    /// Show what exactly is asked.
    Show(Show),
    /// Say yes to what is shown, and go on with it here.
    Approve(Approve),
    /// Say no.
    Reject(Reject),
    /// Put another program in its place: it is analysed and planned anew, and asked about again.
    Edit(Edit),
}

#[derive(Debug, Args)]
struct List {
    /// One JSON document on stdout.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct Show {
    /// The execution that waits.
    execution: ExecutionId,
    /// The whole program too, where what changed is shown.
    #[arg(long)]
    code: bool,
    /// One JSON document on stdout.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct Approve {
    /// The execution that waits.
    execution: ExecutionId,
    /// The digest of what you looked at, or its first 8 digits or more. Without it the question is shown and asked here.
    #[arg(long, value_name = "DIGITS")]
    digest: Option<String>,
    /// What is kept with the approval.
    #[arg(long, value_name = "TEXT", default_value = "")]
    comment: String,
    /// Only store the answer; `aerie executions resume`, or whoever waits for it, goes on.
    #[arg(long)]
    no_run: bool,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct Reject {
    /// The execution that waits.
    execution: ExecutionId,
    /// Why: whoever asked reads it.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct Edit {
    /// The execution that waits.
    execution: ExecutionId,
    /// The other program; `-` reads it from standard input.
    file: PathBuf,
    /// Why: kept with the answer.
    #[arg(long, value_name = "TEXT", default_value = "")]
    comment: String,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

impl Approvals {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        match self.command {
            Command::List(command) => command.execute(),
            Command::Show(command) => command.execute(),
            Command::Approve(command) => command.execute(),
            Command::Reject(command) => command.execute(),
            Command::Edit(command) => command.execute(),
        }
    }
}

/// Does something with the pipeline that takes no time.
pub(super) fn at_once<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let interrupted = || Failure::new(ErrorCode::EngineFailed, "interrupted");
    drive(future, STOP_GRACE, || {})?.ok_or_else(interrupted)?
}

impl List {
    fn execute(self) -> Result<u8, Failure> {
        let waiting = at_once(async {
            let service = service::open(&self.place, true).await?;
            let caller = caller(Live::new(false, false), &CancellationToken::new())?;
            service.settle(&caller, FRESH).await?;
            let states = vec!["awaiting_approval".to_owned()];
            Ok(service.store().list(&Query { states, limit: 1_000, ..Query::default() }).await?)
        })?;
        if self.json {
            print(&json!(waiting));
            return Ok(0);
        }
        if waiting.is_empty() {
            eprintln!("nothing waits for approval");
        }
        for one in waiting {
            let question = &one.detail["question"];
            let text = |name: &str| plain(question[name].as_str().unwrap_or_default());
            say!(
                "{}  {:<24} {:<12} until {}",
                one.id,
                plain(&one.name),
                plain(&one.principal),
                one.expires.map(|at| at.to_string()).unwrap_or_default()
            );
            say!("    {} [{}]", text("reason"), text("digest"));
        }
        Ok(0)
    }
}

/// A question as machines read it.
fn document(question: &Question, simulated: bool) -> serde_json::Value {
    let mut value = json!(question);
    if let Some(plan) = &question.plan {
        value["writes"] = plan.writes.iter().map(writes::json).collect();
        value["control_system"] = json!(plan.fingerprint.control_system);
    }
    value["simulated"] = json!(simulated);
    value
}

impl Show {
    fn execute(self) -> Result<u8, Failure> {
        let (asked, simulated) = at_once(async {
            let service = service::open(&self.place, true).await?;
            Ok((service.question(self.execution).await?, service.is_simulated().await))
        })?;
        if self.json {
            print(&document(&asked, simulated));
        } else {
            question::show(&asked, simulated);
            if self.code {
                question::show_code(&asked.code);
            }
        }
        Ok(0)
    }
}

impl Approve {
    fn execute(self) -> Result<u8, Failure> {
        if self.digest.is_none() && !question::can_ask() {
            let message = "say what you looked at with --digest: `aerie approvals show` gives it";
            return Err(Failure::new(ErrorCode::InvalidOption, message));
        }
        let Some(digest) = &self.digest else { return self.at_the_terminal() };
        let (verdict, code, seen) = (Verdict::Approve, None, Some(digest.clone()));
        let answer = Answer { verdict, comment: self.comment.clone(), seen, code };
        let progress = at_once(async {
            let service = service::open(&self.place, true).await?;
            Ok(service.answer(self.execution, &principal()?.name, answer).await?)
        })?;
        after(self.execution, &progress.state, self.no_run, self.answer, &self.place)
    }

    /// Shows the question and asks it here; goes on with what is answered.
    fn at_the_terminal(self) -> Result<u8, Failure> {
        let live = Live::new(!self.answer.json, false);
        let manner = Manner { answer: self.answer, asks: true, filename: "code.py".to_owned() };
        go_on(&self.place, self.execution, &live, &manner)
    }
}

/// Goes on with an execution that was answered, unless more people have to, or somebody else does.
fn after(
    id: ExecutionId,
    state: &crate::execution::State,
    no_run: bool,
    answer: AnswerArgs,
    place: &PlaceArgs,
) -> Result<u8, Failure> {
    if let crate::execution::State::Waiting(open) = state {
        let missing = (open.approvals.needed as usize).saturating_sub(open.approvals.given.len());
        let people = if missing == 1 { "one person more has" } else { "more people have" };
        eprintln!("approved; {people} to");
        return Ok(crate::error::Exit::Waiting as u8);
    }
    if no_run {
        eprintln!("stored; to go on: aerie executions resume {id}{}", place.again());
        if answer.json {
            print(&json!({ "id": id, "status": state.as_str() }));
        }
        return Ok(0);
    }
    let live = Live::new(!answer.json, false);
    let manner = Manner { answer, asks: true, filename: "code.py".to_owned() };
    match go_on(place, id, &live, &manner) {
        Err(failure) if failure.code == ErrorCode::StoreConflict => {
            eprintln!("stored; another process goes on with it");
            Ok(0)
        }
        other => other,
    }
}

impl Reject {
    fn execute(self) -> Result<u8, Failure> {
        let (verdict, seen, code) = (Verdict::Reject, None, None);
        let answer = Answer { verdict, comment: self.reason.clone(), seen, code };
        let progress = at_once(async {
            let service = service::open(&self.place, true).await?;
            Ok(service.answer(self.execution, &principal()?.name, answer).await?)
        })?;
        let code = after(self.execution, &progress.state, false, self.answer, &self.place)?;
        // That it was rejected is what was wanted here.
        Ok(if code == crate::error::Exit::Rejected as u8 { 0 } else { code })
    }
}

impl Edit {
    fn execute(self) -> Result<u8, Failure> {
        let (bytes, name) = read_program(&self.file)?;
        let code = Some(program_text(bytes, &name)?);
        let answer = Answer { verdict: Verdict::Edit, comment: self.comment.clone(), seen: None, code };
        let progress = at_once(async {
            let service = service::open(&self.place, true).await?;
            Ok(service.answer(self.execution, &principal()?.name, answer).await?)
        })?;
        after(self.execution, &progress.state, false, self.answer, &self.place)
    }
}
