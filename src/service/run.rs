//! Runs: the program in its backend, behind the gate, with no way to write, with its writes noted, or with them made.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::carry::Carried;
use super::error::ServiceError;
use super::failures::{count, failure_of, machine_failure, over_a_write, write_failure, write_note};
use super::log::{Committed, Writes};
use super::plans::{KeptPlan, changed};
use super::question::code_digest;
use super::settings::Ask;
use super::{Facilities, Notice, Service, Unavailable};
use crate::analysis::BackendKind;
use crate::approval::{Digest, Fingerprint, Plan};
use crate::artifacts::{ExecutionFolder, Files, KeptRequest, json_text};
use crate::backend::wasi::pack::DEFAULT_PACK;
use crate::backend::{Backend, Confinement, Job, Report};
use crate::channel::WriteOutcome;
use crate::config::ModeName;
use crate::error::{Coded, ErrorCode};
use crate::execution::{
    Covers, ErrorCategory, Event, ExecutionId, Failure, Outcome, PlanNote, Progress, RunKind, Stage, WriteNote,
};
use crate::gate::{self, Applied, JournalWriter, Permission, Run, Site, StopSwitch, WriteRecord};

/// What the last run of an execution left in this process's hands.
#[derive(Debug)]
pub struct LastRun {
    /// How it was run.
    pub kind: RunKind,
    /// Its folder below the execution's, until that ends.
    pub folder: String,
    /// What the program left.
    pub report: Report,
    /// Its files, where they are now.
    pub files: Files,
    /// What it planned, or what it applied.
    pub plan: Option<Plan>,
    /// What became of its writes.
    pub applied: Option<Applied>,
    /// Why it cannot be replayed whole, if it cannot.
    pub journal_lacks: Option<String>,
}

/// Results that are longer are in the folder alone.
const INLINE_RESULTS: usize = 64 << 10;
/// How often a running execution is looked after: whether somebody cancelled it.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// First pause before broken machinery is tried again; each further one is four times as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// A run that is ready to start.
struct Ready {
    backend: Arc<dyn Backend>,
    site: Arc<Site>,
    job: Job,
    folder: ExecutionFolder,
    path: std::path::PathBuf,
    fingerprint: Fingerprint,
    journal: JournalWriter,
}

impl Service {
    /// The backend of an execution, for a run of this kind.
    pub(super) async fn backend_of(&self, progress: &Progress, run: RunKind) -> Result<Arc<dyn Backend>, Unavailable> {
        let kind = match progress.backend.as_str() {
            "container" => BackendKind::Container,
            "local" => BackendKind::Local,
            _ => BackendKind::Wasi,
        };
        self.backend(kind, progress.submitted.request.pack.clone(), run).await
    }

    /// A backend for a run of this kind.
    pub(super) async fn backend(
        &self,
        kind: BackendKind,
        pack: Option<String>,
        run: RunKind,
    ) -> Result<Arc<dyn Backend>, Unavailable> {
        let mode = if run.writes() { ModeName::WriteAccess } else { ModeName::ReadOnly };
        // A runtime may have to be prepared first.
        self.opened(move |facilities| facilities.backend(kind, pack.as_deref(), mode)).await
    }

    pub(super) async fn site(&self) -> Result<Arc<Site>, Unavailable> {
        self.opened(|facilities| facilities.site()).await
    }

    /// Opens something on a thread that may wait.
    pub(super) async fn opened<T: Send + 'static>(
        &self,
        open: impl FnOnce(&dyn Facilities) -> Result<T, Unavailable> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let facilities = Arc::clone(&self.facilities);
        let opened = tokio::task::spawn_blocking(move || open(&*facilities)).await;
        opened.unwrap_or_else(|fault| {
            Err(Unavailable { code: ErrorCode::EngineFailed, message: format!("opening it failed: {fault}") })
        })
    }

    /// One run. `None`: it did not come to a report, and its events say why.
    pub(super) async fn run(
        &self,
        carried: &Carried,
        progress: &Progress,
        kind: RunKind,
    ) -> Result<Option<LastRun>, ServiceError> {
        if progress.machine_failures > 0 && !kind.writes() {
            let pause = FIRST_PAUSE * 4u32.saturating_pow(progress.machine_failures.saturating_sub(1).min(4));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.cancelled(carried) => return Ok(None),
            }
        }
        let run = progress.runs + 1;
        let name = format!("runs/{run:02}_{}", kind.as_str());
        carried.root.set_aside(&name);
        carried.log.lock().await.note(Event::RunStarted {
            run,
            attempt: progress.attempt,
            kind,
            folder: name.clone(),
        })?;
        let ready = match self.prepare(carried, progress, (run, kind, &name)).await? {
            Ok(ready) => ready,
            Err(failure) => {
                self.broken(carried, run, failure, None).await?;
                return Ok(None);
            }
        };
        if carried.log.lock().await.commit().await? == Committed::Superseded {
            return Ok(None);
        }
        match kind {
            RunKind::ReadOnly | RunKind::Plan => self.look_only(carried, progress, (run, kind, name), ready).await,
            RunKind::Apply | RunKind::Unattended => self.apply(carried, progress, (run, kind, name), ready).await,
        }
    }

    async fn broken(
        &self,
        carried: &Carried,
        run: u32,
        failure: Failure,
        writes: Option<WriteNote>,
    ) -> Result<(), ServiceError> {
        carried.see(&Notice::Failed(&failure));
        let mut log = carried.log.lock().await;
        log.note(Event::RunBroken { run, failure, writes })?;
        log.commit().await?;
        Ok(())
    }

    /// Opens everything that a run needs, and makes sure that what was approved is what will run.
    async fn prepare(
        &self,
        carried: &Carried,
        progress: &Progress,
        (_, kind, name): (u32, RunKind, &str),
    ) -> Result<Result<Ready, Failure>, ServiceError> {
        let unavailable = |missing: Unavailable| {
            let category = match missing.code.exit() {
                crate::error::Exit::Infrastructure => ErrorCategory::Infrastructure,
                _ => ErrorCategory::Configuration,
            };
            let message = format!("{} [{}]", missing.message, missing.code);
            let kind = if category == ErrorCategory::Infrastructure {
                "BackendUnavailable"
            } else {
                "ContainerConfigurationError"
            };
            let kind = if progress.backend == "container" { kind } else { "BackendUnavailable" };
            Failure::new((category, Stage::Execution), kind, message, "Correct what is named, and start it again.")
        };
        let backend = match self.backend_of(progress, kind).await {
            Ok(backend) => backend,
            Err(missing) => return Ok(Err(unavailable(missing))),
        };
        let site = match self.site().await {
            Ok(site) => site,
            Err(missing) => return Ok(Err(unavailable(missing))),
        };
        // What was approved as code is run as it was shown.
        let approved = progress.approved.iter().find(|one| one.covers == Covers::Code);
        if let Some(late) = approved.filter(|one| jiff::Timestamp::now() >= one.expires) {
            return Ok(Err(changed(&format!("the approval expired at {}", late.expires))));
        }
        if let Some(approved) = approved
            && code_digest(progress, Some(&site), Some(&*backend)) != approved.digest
        {
            return Ok(Err(changed("the rules, the machine or the runtime changed since it was approved")));
        }
        let submitted = &progress.submitted;
        let request = &submitted.request;
        let context = match &carried.context {
            Ok(context) => context.clone(),
            Err(reason) => {
                let advice = "Start it anew.";
                let what = (ErrorCategory::Configuration, Stage::Execution);
                return Ok(Err(Failure::new(what, "ContextLost", reason, advice)));
            }
        };
        let inputs = carried.root.inputs_digest()?;
        if inputs != submitted.inputs {
            return Ok(Err(changed("its inputs were altered since it was started")));
        }
        let folder = carried.root.run_folder(name)?;
        let job = Job {
            code: carried.code().await?,
            filename: request.filename.clone().unwrap_or_else(|| "code.py".to_owned()),
            context,
            limits: self.limits(progress),
            seed: submitted.seed,
            deterministic: request.deterministic && kind == RunKind::ReadOnly,
            svg: request.svg,
            workspace: Some(folder.workspace()),
        };
        let fingerprint = Fingerprint {
            code: Digest::of(job.code.as_bytes()),
            inputs: inputs.clone(),
            context: submitted.context.clone(),
            policy: site.rules(),
            backend: backend.fingerprint(),
            control_system: site.machine(),
            principal: submitted.principal.clone(),
            seed: submitted.seed,
        };
        let kept = KeptRequest {
            id: carried.id,
            kind: if kind.writes() { "apply" } else { "run" }.to_owned(),
            filename: job.filename.clone(),
            seed: job.seed,
            deterministic: job.deterministic,
            svg: job.svg,
            limits: job.limits.clone(),
            pack: match backend.name() {
                "wasi" => backend.fingerprint().split('/').nth(1).unwrap_or_default().to_owned(),
                // What takes writes back runs in the sandbox.
                _ => DEFAULT_PACK.to_owned(),
            },
            backend: fingerprint.backend.clone(),
            principal: submitted.principal.clone(),
            control_system: fingerprint.control_system.clone(),
            policy: fingerprint.policy.clone(),
            inputs,
            plan: None,
        };
        folder.write_request(&job, &kept)?;
        let path = folder.path().to_owned();
        let journal = start_journal(&path, carried.id)?;
        Ok(Ok(Ready { backend, site, job, folder, path, fingerprint, journal }))
    }

    /// A run that writes nothing.
    async fn look_only(
        &self,
        carried: &Carried,
        progress: &Progress,
        (run, kind, name): (u32, RunKind, String),
        ready: Ready,
    ) -> Result<Option<LastRun>, ServiceError> {
        let Ready { backend, site, job, folder, fingerprint, journal, .. } = ready;
        // Somebody was asked because of what it may do past the gate, or nobody is ever asked.
        let approval = &self.settings.approval;
        let nobody_asked = !approval.enabled || approval.ask == Ask::Disabled;
        let unseen = matches!(backend.confinement(), Confinement::Mediated { .. })
            && (nobody_asked || progress.approved.iter().any(|one| one.covers == Covers::Code));
        let cancel = CancellationToken::new();
        let started = jiff::Zoned::now();
        let behind = gate_run(carried, progress, &site, journal, cancel.clone());
        let running = async {
            match kind {
                RunKind::Plan => gate::plan(&*backend, job, behind, (carried.id, fingerprint), self.settings.plan)
                    .await
                    .map(|planned| (planned.ran, Some((planned.plan, planned.confirm)))),
                _ => gate::read_only(&*backend, job, behind).await.map(|ran| (ran, None)),
            }
        };
        let stop = || cancel.cancel();
        let (ran, planned) = match self.looking_after(carried, running, stop).await? {
            Ok(ran) => ran,
            Err(error) => {
                let mut failure = machine_failure(&error);
                if unseen && failure.category == ErrorCategory::Infrastructure {
                    // It may have done what the gate does not see: a person decides whether it does so again.
                    failure.category = ErrorCategory::Workflow;
                    "Interrupted".clone_into(&mut failure.error_type);
                    "See what it did, and start it again if that does no harm.".clone_into(&mut failure.advice);
                }
                drop(folder);
                self.broken(carried, run, failure, None).await?;
                return Ok(None);
            }
        };
        if let Some((plan, _)) = &planned {
            let kept = KeptPlan { seal: self.authority.seal(plan), plan: plan.clone() };
            if !plan.writes.is_empty() || plan.incomplete.is_some() {
                folder.write_json("plan.json", &serde_json::to_value(&kept).unwrap_or_default())?;
            }
        }
        let report = ran.report;
        let files = folder.finish(carried.id, backend.name(), &report, (&started, &jiff::Zoned::now()))?;
        let failure = failure_of(progress, &report.outcome, planned.as_ref().map(|(plan, _)| plan));
        let note = planned.as_ref().map(|(plan, confirm)| PlanNote {
            digest: plan.digest(),
            allowed: if plan.can_be_approved() { count(plan.allowed().count()) } else { 0 },
            refused: count(plan.writes.len() - plan.allowed().count()),
            incomplete: plan.incomplete.as_ref().and_then(|why| serde_json::to_string(why).ok()),
            ask: self.asks_about(plan, *confirm, progress.author.as_deref()),
        });
        if let (Some((plan, _)), None) = (&planned, &failure)
            && !plan.writes.is_empty()
        {
            carried.see(&Notice::Planned(plan));
        }
        self.run_ended(carried, run, &report.outcome, failure, (note, None)).await?;
        let plan = planned.map(|(plan, _)| plan);
        let journal_lacks = ran.journal_lacks;
        Ok(Some(LastRun { kind, folder: name, report, files, plan, applied: None, journal_lacks }))
    }

    /// A run that makes the planned writes.
    async fn apply(
        &self,
        carried: &Carried,
        progress: &Progress,
        (run, kind, name): (u32, RunKind, String),
        ready: Ready,
    ) -> Result<Option<LastRun>, ServiceError> {
        let Ready { backend, site, job, folder, path, fingerprint, journal } = ready;
        let (permission, kept) = if kind == RunKind::Unattended {
            (Permission::Unattended, None)
        } else {
            match self.redeem(carried, progress, &fingerprint) {
                Ok((permission, kept)) => (permission, Some(kept)),
                Err(failure) => {
                    self.broken(carried, run, *failure, None).await?;
                    return Ok(None);
                }
            }
        };
        let record = WriteRecord::create(&path.join("writes.jsonl")).map_err(|error| ServiceError::Unusable {
            path: path.join("writes.jsonl").display().to_string(),
            reason: error.to_string(),
        })?;
        let record = record.seen_by(Arc::new(Writes { log: Arc::clone(&carried.log), run }));
        if let Some(kept) = &kept {
            folder.write_json("plan.json", &serde_json::to_value(kept).unwrap_or_default())?;
        }
        let cancel = CancellationToken::new();
        let started = jiff::Zoned::now();
        let behind = gate_run(carried, progress, &site, journal, cancel);
        let switch = StopSwitch::default();
        let asker = carried.caller.asker.clone().map(|asker| Box::new(asker) as Box<dyn gate::Asker>);
        let applying = gate::apply(&*backend, job, behind, (permission, record), asker, switch.clone());
        let stop = || switch.stop("it was cancelled");
        let applied = match self.looking_after(carried, applying, stop).await? {
            Ok(applied) => applied,
            Err(error) => {
                let advice = "Look after the state folder.";
                let what = (ErrorCategory::Configuration, Stage::Execution);
                let failure = Failure::new(what, "NotRecorded", format!("{error} [{}]", error.code()), advice);
                self.broken(carried, run, failure, None).await?;
                return Ok(None);
            }
        };
        let writes = write_note(&applied.applied);
        carried.see(&Notice::Applied(&applied.applied));
        let good = applied.is_good();
        let ran = match applied.ran {
            Ok(ran) => ran,
            Err(error) => {
                drop(folder);
                self.broken(carried, run, machine_failure(&error), Some(writes)).await?;
                return Ok(None);
            }
        };
        let report = ran.report;
        let files = folder.finish(carried.id, backend.name(), &report, (&started, &jiff::Zoned::now()))?;
        // Without a plan a refusal is told to the program, which goes on or fails by itself.
        let only_refused = applied
            .applied
            .writes
            .iter()
            .all(|write| write.outcome.is_good() || write.outcome == WriteOutcome::Refused);
        let all_made = good || (kind == RunKind::Unattended && applied.applied.stopped.is_none() && only_refused);
        let failure = match Failure::of_outcome(&report.outcome) {
            Some(failure) if !all_made => Some(over_a_write(failure, &applied.applied)),
            None if !all_made => Some(write_failure(&applied.applied)),
            failure => failure,
        };
        self.run_ended(carried, run, &report.outcome, failure, (None, Some(writes))).await?;
        // What became of the machine is stored at once, whatever comes after it.
        carried.log.lock().await.commit().await?;
        Ok(Some(LastRun {
            kind,
            folder: name,
            report,
            files,
            plan: kept.map(|kept| kept.plan),
            applied: Some(applied.applied),
            journal_lacks: ran.journal_lacks,
        }))
    }

    async fn run_ended(
        &self,
        carried: &Carried,
        run: u32,
        outcome: &Outcome,
        failure: Option<Failure>,
        (plan, writes): (Option<PlanNote>, Option<WriteNote>),
    ) -> Result<(), ServiceError> {
        if let Some(failure) = &failure {
            carried.see(&Notice::Failed(failure));
        }
        let results = outcome.results.clone().filter(|results| results.to_string().len() <= INLINE_RESULTS);
        let results_digest = outcome.results.as_ref().map(|results| Digest::of(json_text(results).as_bytes()));
        let failed = failure.clone();
        carried.log.lock().await.note(Event::RunEnded {
            run,
            status: outcome.status,
            failure,
            results,
            results_digest,
            usage: Box::new(outcome.usage.clone()),
            plan,
            writes,
        })?;
        if failed.is_some() {
            self.attempt_notebook_of(carried, "execution_failed", failed.as_ref(), None, Some(outcome)).await?;
        }
        Ok(())
    }

    /// Waits until the caller, or somebody elsewhere, wants this execution to end.
    pub(super) async fn cancelled(&self, carried: &Carried) {
        let mut asked = false;
        loop {
            tokio::select! {
                () = carried.caller.cancel.cancelled(), if !asked => {
                    asked = true;
                    let by = carried.caller.principal.name.clone();
                    // What runs is stopped whether or not that can be stored.
                    let _ = self.cancel(carried.id, &by, "").await;
                }
                () = tokio::time::sleep(LOOK_EVERY), if !asked => {}
            }
            let mut log = carried.log.lock().await;
            let known = log.look().await.is_ok_and(|progress| progress.cancelled.is_some());
            if asked || known {
                return;
            }
        }
    }

    /// Drives what runs, and stops it when somebody wants it to end.
    async fn looking_after<T>(
        &self,
        carried: &Carried,
        running: impl Future<Output = T>,
        stop: impl Fn(),
    ) -> Result<T, ServiceError> {
        tokio::pin!(running);
        tokio::select! {
            ended = &mut running => return Ok(ended),
            () = self.cancelled(carried) => stop(),
        }
        Ok(running.await)
    }
}

fn start_journal(path: &Path, id: ExecutionId) -> Result<JournalWriter, ServiceError> {
    let path = path.join("journal.jsonl.zst");
    let started = std::fs::File::create_new(&path)
        .and_then(|file| JournalWriter::start(Box::new(std::io::BufWriter::new(file)), id));
    started.map_err(|error| ServiceError::Unusable { path: path.display().to_string(), reason: error.to_string() })
}

fn gate_run(
    carried: &Carried,
    progress: &Progress,
    site: &Arc<Site>,
    journal: JournalWriter,
    cancel: CancellationToken,
) -> Run {
    let watcher = Arc::clone(&carried.caller.watcher);
    let id = carried.id;
    let submitted = &progress.submitted;
    Run {
        site: Arc::clone(site),
        // Whoever carries it: what it may do is what its requester may.
        principal: crate::policy::Principal { name: submitted.principal.clone(), roles: submitted.roles.clone() },
        journal: Some(journal),
        events: Box::new(move |event| watcher.see(id, &Notice::Program(event))),
        cancel,
    }
}
