//! `aerie apply`: a person sees the plan, allows it, and its writes are made.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use anstream::eprintln;
use async_trait::async_trait;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::approvals::at_once;
use super::drive::{WRITE_GRACE, drive, events, given_up};
use super::failure::{Failure, show};
use super::launch::{AnswerArgs, EXECUTED_SCRIPTS, Launch, PlaceArgs, Start, entropy, parse_time, plain};
use super::run::{document, print, summary, warn_about_journal};
use super::writes;
use crate::approval::{Digest, Grant, OnDeviation, OnFailure, Plan};
use crate::artifacts::{KeptExecution, NewFolder};
use crate::error::{ErrorCode, Exit};
use crate::execution::ExecutionId;
use crate::gate::{self, Asker, Authority, Deviation, Permission, StopSwitch};
use crate::service::NotedWrites;
use crate::store::{Options, SqliteStore, Store};

/// Make the writes of a plan, after a person has seen and allowed them.
///
/// Each write must be the next planned one, with the value that was shown, on a channel that still holds what it held; it
/// is read back, and what became of it is told. Ctrl-C stops between two writes.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 all writes made, 1 the script failed or a write did not end well, 2 usage, 3 refused, 5 stopped,\n\
6 infrastructure, 7 rejected or expired.\n\nExamples:\n  aerie apply ex_01kaqm…\n  aerie apply ex_01kaqm… --yes --comment 'shift 3' --on-failure rollback"
)]
pub(super) struct Apply {
    /// The plan: the id or the folder of the execution that made it.
    #[arg(value_name = "PLAN")]
    plan: String,
    /// Allow the plan as it stands. Without it the question is asked at the terminal.
    #[arg(long)]
    yes: bool,
    /// What is kept with the permission.
    #[arg(long, value_name = "TEXT", default_value = "")]
    comment: String,
    /// What happens when a write fails, is clamped, or cannot be established.
    #[arg(long, value_enum, default_value_t = Failing::Stop)]
    on_failure: Failing,
    /// What happens when the program departs from its plan.
    #[arg(long, value_enum, default_value_t = Deviating::Fail)]
    on_deviation: Deviating,
    /// How old a plan may be.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = parse_time)]
    max_age: Duration,
    /// The folder for everything that the execution leaves; it must be empty or new.
    #[arg(long, value_name = "FOLDER")]
    out: Option<std::path::PathBuf>,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Failing {
    /// No further write is made.
    Stop,
    /// No further write is made, and those that were made are taken back.
    Rollback,
    /// The program is told, and goes on.
    Continue,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Deviating {
    /// The write is refused, and nothing more is written.
    Fail,
    /// The program waits until somebody at the terminal has decided.
    Ask,
}

impl Apply {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let kept = self.place.execution(&self.plan)?;
        self.may_be_allowed_here(&kept)?;
        let authority = Authority::open(&self.place.state()?)?;
        let plan = read_plan(&kept, &authority)?;
        let site = self.place.site()?;
        let simulated = site.routes.is_simulated();
        if !self.answer.quiet {
            writes::show_plan(&plan, simulated);
        }
        self.check_age(&plan)?;
        let backend = self.place.backend(&kept.request.pack, self.answer.quiet)?;
        let mut job = kept.job();
        job.workspace = None;
        let place = match &self.out {
            Some(out) => NewFolder::At(out.clone()),
            None => NewFolder::Below { scripts: self.place.state()?.join(EXECUTED_SCRIPTS), name: "apply".to_owned() },
        };
        let start = Start {
            kind: "apply",
            backend,
            pack: &kept.request.pack,
            job,
            seed: Some(kept.request.seed),
            inputs: kept.inputs()?,
            place,
            plan: Some(plan.id),
        };
        let launch = Launch::new(start, &site)?;
        unchanged(&plan, &launch)?;
        if !self.is_allowed(&plan)? {
            eprintln!("rejected; nothing was written");
            return Ok(Exit::Rejected as u8);
        }
        // The answer may have taken its time.
        self.check_age(&plan)?;
        let site = self.place.site()?;
        launch.rules_are_those_of(&site)?;
        let redeemed = authority.redeem(
            authority.grant(&plan, self.grant(&plan, &launch.principal.name))?,
            plan,
            jiff::Timestamp::now(),
        )?;
        self.run(launch, site, redeemed)
    }

    /// What the pipeline asks about is answered there, by whom and by how many as the site says; this command has one person.
    fn may_be_allowed_here(&self, kept: &KeptExecution) -> Result<(), Failure> {
        let config = self.place.whole_config()?;
        let refuse = |message: String| Err(Failure::new(ErrorCode::GrantInvalid, message));
        if config.approval.not_by_requester || config.approval.approvals_needed > 1 {
            return refuse(
                "this site wants somebody else, or several, to approve what is written: use `aerie run` and \
                 `aerie approvals`"
                    .to_owned(),
            );
        }
        let id = kept.request.id;
        let known = at_once(async {
            let store = SqliteStore::open(&self.place.state_of(&config)?, Options::default()).await?;
            Ok(store.summary(id).await?.map(|summary| summary.state))
        })?;
        match known {
            Some(state) => refuse(format!(
                "{id} is an execution that asks by itself, and it is {state}: see `aerie approvals list`"
            )),
            None => Ok(()),
        }
    }

    fn run(&self, launch: Launch, site: std::sync::Arc<gate::Site>, redeemed: gate::Redeemed) -> Result<u8, Failure> {
        let record = launch.record()?;
        let stop = StopSwitch::default();
        let run = gate::Run {
            site,
            principal: launch.principal.clone(),
            journal: Some(launch.journal()?),
            events: events(self.answer),
            cancel: CancellationToken::new(),
        };
        let asker: Option<Box<dyn Asker>> =
            std::io::stdin().is_terminal().then(|| Box::new(Terminal) as Box<dyn Asker>);
        let interrupt = {
            let stop = stop.clone();
            move || {
                eprintln!(
                    "stopping: no further write is made; what is under way is still verified (Ctrl-C again: its outcome is lost)"
                );
                stop.stop("somebody pressed Ctrl-C");
            }
        };
        let state = self.place.state_of(&self.place.whole_config()?)?;
        let applying = async {
            let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&state, Options::default()).await?);
            let by = launch.principal.name.clone();
            let body = json!({ "execution": launch.id, "grant": redeemed.grant() });
            store.record_note("write_granted", &by, body).await?;
            let record = record.seen_by(Arc::new(NotedWrites { store, execution: launch.id, by }));
            let writing = (Permission::Granted(Box::new(redeemed)), record);
            Ok::<_, Failure>(gate::apply(&launch.backend, launch.job.clone(), run, writing, asker, stop).await?)
        };
        let Some(applied) = drive(applying, WRITE_GRACE, interrupt)?.transpose()? else {
            eprintln!(
                "what was under way is in {}: an intent without an outcome is a write of which nobody knows",
                show(&launch.path.join("writes.jsonl"))
            );
            return Ok(given_up());
        };
        // What became of the machine is said first, whatever else may fail.
        if !self.answer.json && !self.answer.quiet {
            writes::show_applied(&applied.applied);
        }
        let ran = match &applied.ran {
            Ok(ran) => ran,
            Err(error) => {
                if self.answer.json {
                    print(
                        &json!({ "writes": applied.applied.writes.iter().map(writes::applied_json).collect::<Vec<_>>(), "error": error.to_string() }),
                    );
                }
                return Err(Failure::new(crate::error::Coded::code(error), error.to_string()));
            }
        };
        let report = &ran.report;
        let (id, job, path, named) = (launch.id, launch.job.clone(), launch.path.clone(), launch.named());
        let files = launch.finish(report)?;
        if self.answer.json {
            let mut document = document(id, report, &files, &path);
            let extra = json!({
                "writes": applied.applied.writes.iter().map(writes::applied_json).collect::<Vec<_>>(),
                "stopped": applied.applied.stopped,
                "not_made": applied.applied.left,
            });
            if let (Value::Object(document), Value::Object(extra)) = (&mut document, extra) {
                document.extend(extra);
            }
            print(&document);
        } else if !self.answer.quiet {
            summary(&job, report, &files, &path);
            if has_left_something(&applied.applied) {
                eprintln!("\nto take them back: aerie rollback {named}");
            }
        }
        warn_about_journal(ran.journal_lacks.as_deref());
        Ok(exit_code(&applied))
    }

    fn check_age(&self, plan: &Plan) -> Result<(), Failure> {
        let age = jiff::Timestamp::now().duration_since(plan.created);
        let most = jiff::SignedDuration::try_from(self.max_age).unwrap_or(jiff::SignedDuration::MAX);
        if age > most || age < jiff::SignedDuration::from_secs(-60) {
            return Err(Failure::new(
                ErrorCode::GrantInvalid,
                format!(
                    "the plan is {:.0} minutes old; plan again, or allow more with --max-age",
                    age.as_secs_f64() / 60.0
                ),
            ));
        }
        Ok(())
    }

    fn is_allowed(&self, plan: &Plan) -> Result<bool, Failure> {
        if !plan.can_be_approved() {
            return Err(Failure::new(
                ErrorCode::NothingToApprove,
                "the plan cannot be approved: it is incomplete, or plans no write that would be allowed",
            ));
        }
        if self.yes {
            return Ok(true);
        }
        if !std::io::stdin().is_terminal() {
            return Err(Failure::new(
                ErrorCode::InvalidOption,
                "nobody is at a terminal to allow this plan; give --yes if you have seen it",
            ));
        }
        let count = plan.allowed().count();
        Ok(ask(&format!(
            "Make {} {}? [y/N] ",
            if count == 1 { "this".to_owned() } else { format!("these {count}") },
            if count == 1 { "write" } else { "writes" }
        )))
    }

    fn grant(&self, plan: &Plan, approver: &str) -> Grant {
        let now = jiff::Zoned::now();
        let (millis, random) = entropy(&now);
        let granted = now.timestamp();
        Grant {
            id: ExecutionId::from_parts(millis, random),
            plan: plan.id,
            digest: plan.digest(),
            approver: approver.to_owned(),
            comment: self.comment.clone(),
            granted,
            expires: granted.saturating_add(jiff::SignedDuration::from_mins(5)).unwrap_or(granted),
            on_deviation: match self.on_deviation {
                Deviating::Fail => OnDeviation::Fail,
                Deviating::Ask => OnDeviation::Ask,
            },
            on_failure: match self.on_failure {
                Failing::Stop => OnFailure::Stop,
                Failing::Rollback => OnFailure::Rollback,
                Failing::Continue => OnFailure::Continue,
            },
            signature: String::new(),
        }
    }
}

/// The plan that an execution made.
fn read_plan(kept: &KeptExecution, authority: &Authority) -> Result<Plan, Failure> {
    let path = kept.path.join("plan.json");
    let wrong = |reason: String| Failure::new(ErrorCode::UnknownExecution, format!("{}: {reason}", show(&path)));
    let text = std::fs::read_to_string(&path).map_err(|error| wrong(format!("{error}; only a plan can be applied")))?;
    let kept_plan: super::plan::KeptPlan =
        serde_json::from_str(&text).map_err(|error| wrong(format!("it is no plan: {error}")))?;
    let plan = kept_plan.plan;
    if !authority.is_ours(&plan, &kept_plan.seal) {
        return Err(wrong("it was not made here, or was altered; plan again".to_owned()));
    }
    if plan.id != kept.request.id {
        return Err(wrong("it is the plan of another execution".to_owned()));
    }
    Ok(plan)
}

/// Whether everything that the plan depends on is as it was.
fn unchanged(plan: &Plan, launch: &Launch) -> Result<(), Failure> {
    let (then, now) = (&plan.fingerprint, launch.fingerprint());
    let digest = |then: &Digest, now: &Digest| then != now;
    let changed = [
        ("the program", digest(&then.code, &now.code)),
        ("its inputs", digest(&then.inputs, &now.inputs)),
        ("its context", digest(&then.context, &now.context)),
        ("the site's rules", digest(&then.policy, &now.policy)),
        ("the runtime", then.backend != now.backend),
        ("the control system", then.control_system != now.control_system),
        ("who asks", then.principal != now.principal),
        ("the seed", then.seed != now.seed),
    ];
    let changed: Vec<&str> = changed.into_iter().filter(|(_, changed)| *changed).map(|(what, _)| what).collect();
    if changed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        ErrorCode::GrantInvalid,
        format!("not what was planned any more: {} changed; plan again", changed.join(", ")),
    ))
}

/// How an apply went, as an exit code.
pub(super) fn exit_code(applied: &gate::ApplyRun) -> u8 {
    let refused = |write: &gate::AppliedWrite| write.outcome == crate::channel::WriteOutcome::Refused;
    let status = applied.ran.as_ref().map_or(Exit::Infrastructure as u8, |ran| ran.report.outcome.status.exit_code());
    if applied.is_good() {
        Exit::Done as u8
    } else if applied.applied.stopped.as_deref() == Some("somebody pressed Ctrl-C") {
        Exit::Stopped as u8
    } else if applied.applied.writes.iter().any(refused) {
        Exit::Refused as u8
    } else if status == 0 {
        Exit::ScriptFailed as u8
    } else {
        status
    }
}

/// Whether a write was made that was not taken back.
fn has_left_something(applied: &gate::Applied) -> bool {
    let back: Vec<u32> = applied.writes.iter().filter(|w| w.outcome.is_good()).filter_map(|w| w.takes_back).collect();
    let made = |write: &&gate::AppliedWrite| write.outcome.may_have_changed_something() && write.takes_back.is_none();
    applied.writes.iter().filter(made).any(|write| !back.contains(&write.n))
}

/// Puts a terminal back to what ours is: a program may have left it hiding what follows.
pub(super) const RESET: &str = "\x1b\\\x1b[0m\x1b(B\x1b[?1049l\x1b[?25h\r\n";

/// Asks at the terminal itself; anything but yes is no. What was typed before the question is no answer to it.
fn ask(question: &str) -> bool {
    let Ok(mut terminal) = std::fs::File::options().read(true).write(true).open("/dev/tty") else { return false };
    let _ = nix::sys::termios::tcflush(&terminal, nix::sys::termios::FlushArg::TCIFLUSH);
    if terminal.write_all(format!("{RESET}{question}").as_bytes()).and_then(|()| terminal.flush()).is_err() {
        return false;
    }
    let mut answer = String::new();
    let read = std::io::BufReader::new(terminal).read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Asks whoever is at the terminal about a deviation.
pub(super) struct Terminal;

#[async_trait]
impl Asker for Terminal {
    async fn allow(&self, deviation: &Deviation) -> bool {
        let (_, channel, value) = &deviation.wanted;
        let line = deviation.line.map(|line| format!(" (line {line})")).unwrap_or_default();
        let question = format!(
            "{}\nThe program{line} wants to write {channel} = {}. Allow this one write? [y/N] ",
            plain(&deviation.reason),
            plain(&writes::shown(value, deviation.planned.as_ref().map(|write| &write.value))),
        );
        tokio::task::spawn_blocking(move || ask(&question)).await.unwrap_or(false)
    }
}
