//! `aerie plan`: a dry run that shows every write before it happens.

use anstream::eprintln;
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::drive::{STOP_GRACE, cancelling, drive, events, given_up};
use super::failure::Failure;
use super::launch::{AnswerArgs, Launch, PlaceArgs, ProgramArgs, parse_time, plain};
use super::run::{document, print, summary, warn_about_journal};
use super::writes;
use crate::error::{ErrorCode, Exit};
use crate::gate::{self, Authority, PlanSettings, Site};

/// Show the writes that a program would make, without making them.
///
/// The program runs in the sandbox and reads live values. Its writes are noted instead of made, and its later reads see
/// them; from the first one on `time.sleep` takes no time. `aerie apply` makes the writes that were shown.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 planned, 1 the script failed or the plan is incomplete, 2 usage, 3 a write would be refused,\n\
5 timed out or cancelled, 6 infrastructure.\n\nExamples:\n  aerie plan correct_orbit.py\n  aerie plan ramp.py --config config.yml --json"
)]
pub(super) struct Plan {
    #[command(flatten)]
    program: ProgramArgs,
    #[command(flatten)]
    limits: PlanArgs,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

/// How far a plan may go.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct PlanArgs {
    /// How much virtual time may pass after the first planned write.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = parse_time)]
    plan_time: std::time::Duration,
    /// How many writes a plan may have.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    max_writes: u32,
}

impl From<PlanArgs> for PlanSettings {
    fn from(args: PlanArgs) -> Self {
        Self { horizon: args.plan_time, max_writes: args.max_writes }
    }
}

impl Plan {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let site = self.place.site()?;
        let launch = self.program.prepare(&self.place, &site, "plan", self.answer.quiet)?;
        plan(launch, site, self.limits.into(), self.answer, &Authority::open(&self.place.state()?)?)
    }
}

/// `plan.json`: a plan, and what shows that it was made here.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptPlan {
    pub(super) plan: crate::approval::Plan,
    pub(super) seal: String,
}

/// Plans, keeps the plan, and shows it.
pub(super) fn plan(
    launch: Launch,
    site: std::sync::Arc<Site>,
    settings: PlanSettings,
    answer: AnswerArgs,
    authority: &Authority,
) -> Result<u8, Failure> {
    if launch.job.deterministic {
        let message = "a plan shows when each write comes: it cannot be made with --deterministic";
        return Err(Failure::new(ErrorCode::InvalidOption, message));
    }
    let cancel = CancellationToken::new();
    let simulated = site.routes.is_simulated();
    let run = gate::Run {
        site,
        principal: launch.principal.clone(),
        journal: Some(launch.journal()?),
        events: events(answer),
        cancel: cancel.clone(),
    };
    let identity = (launch.id, launch.fingerprint());
    let planned = drive(
        gate::plan(&launch.backend, launch.job.clone(), run, identity, settings),
        STOP_GRACE,
        cancelling(&cancel),
    )?;
    let Some(planned) = planned.transpose()? else { return Ok(given_up()) };
    let report = &planned.ran.report;
    let kept = KeptPlan { seal: authority.seal(&planned.plan), plan: planned.plan.clone() };
    launch.write_json("plan.json", &serde_json::to_value(&kept).unwrap_or_default())?;
    let (id, job, path, named) = (launch.id, launch.job.clone(), launch.path.clone(), launch.named());
    let files = launch.finish(report)?;
    let refused = planned.plan.writes.iter().any(|write| !write.is_allowed());
    if answer.json {
        let mut document = document(id, report, &files, &path);
        let extra = json!({
            "control_system": planned.plan.fingerprint.control_system,
            "simulated": simulated,
            "writes": planned.plan.writes.iter().map(writes::json).collect::<Vec<_>>(),
            "complete": planned.plan.incomplete.is_none(),
            "incomplete": planned.plan.incomplete,
            "can_be_approved": planned.plan.can_be_approved(),
            "confirm": planned.confirm,
            "digest": planned.plan.digest(),
            "fingerprint": planned.plan.fingerprint,
        });
        if let (Value::Object(document), Value::Object(extra)) = (&mut document, extra) {
            document.extend(extra);
        }
        print(&document);
    } else if !answer.quiet {
        summary(&job, report, &files, &path);
        writes::show_plan(&planned.plan, simulated);
        if planned.plan.can_be_approved() {
            eprintln!("\nto make these writes: aerie apply {named}");
        }
    }
    warn_about_journal(planned.ran.journal_lacks.as_deref());
    if let Some(incomplete) = &planned.plan.incomplete
        && (answer.quiet || answer.json)
    {
        eprintln!("warning: {}", plain(&writes::incomplete(incomplete)));
    }
    Ok(match report.outcome.status.exit_code() {
        5 if planned.plan.incomplete.is_some() && !cancel.is_cancelled() => Exit::ScriptFailed as u8,
        0 if refused => Exit::Refused as u8,
        code => code,
    })
}
