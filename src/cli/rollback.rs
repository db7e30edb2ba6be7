//! `aerie rollback`: plans the ordered inverse of what an execution wrote.

use anstream::eprintln;
use clap::Args;

use super::failure::{Failure, show};
use super::launch::{AnswerArgs, EXECUTED_SCRIPTS, Launch, PlaceArgs, Start, plain};
use super::plan::{self, PlanArgs};
use crate::artifacts::NewFolder;
use crate::backend::Job;
use crate::error::ErrorCode;
use crate::gate::{self, Authority, WriteRecord, made};

/// Plan the way back from what an execution wrote.
///
/// The plan writes back, last first, what each channel held before. It is shown, allowed and applied like any other plan:
/// nothing is written here.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: as `aerie plan`.\n\nExample:\n  aerie rollback ex_01kaqm…")]
pub(super) struct Rollback {
    /// The execution that wrote: its id or its folder.
    #[arg(value_name = "EXECUTION")]
    execution: String,
    #[command(flatten)]
    limits: PlanArgs,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

impl Rollback {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let kept = self.place.execution(&self.execution)?;
        let path = kept.path.join("writes.jsonl");
        let entries = WriteRecord::read(&path).map_err(|error| {
            let what = if error.kind() == std::io::ErrorKind::NotFound {
                "this execution wrote nothing; only an apply can be rolled back".to_owned()
            } else {
                error.to_string()
            };
            Failure::new(ErrorCode::UnknownExecution, format!("{}: {what}", show(&path)))
        })?;
        let rollback = gate::rollback(&made(&entries));
        for left in &rollback.left {
            eprintln!("not taken back: {}", plain(left));
        }
        if rollback.count == 0 {
            eprintln!("there is nothing to take back");
            return Ok(0);
        }
        let site = self.place.site()?;
        let pack = &kept.request.pack;
        let mut job = Job::new(rollback.code, 0);
        "rollback.py".clone_into(&mut job.filename);
        job.context = rollback.context;
        let start = Start {
            kind: "plan",
            backend: self.place.backend(pack, self.answer.quiet)?,
            pack,
            job,
            seed: None,
            inputs: Vec::new(),
            place: NewFolder::Below {
                scripts: self.place.state()?.join(EXECUTED_SCRIPTS),
                name: "rollback".to_owned(),
            },
            plan: None,
        };
        let launch = Launch::new(start, &site)?;
        plan::plan(launch, site, self.limits.into(), self.answer, &Authority::open(&self.place.state()?)?)
    }
}
