//! [`Progress`]: how far an execution is, as the fold of its events by one pure function, [`next`]. The picture is in
//! `docs/pipeline.md`.

use super::digest::Digest;
use super::event::{Covers, Decision, Ending, Event, PlanNote, RunKind, Submitted, Verdict, WriteNote};
use super::failure::{ErrorCategory, Failure, Stage};

/// What has to be done next, or what is being done.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// A model has to be asked.
    ToGenerate,
    /// It is.
    Generating,
    /// The program's text has to be looked at.
    ToAnalyse,
    /// A person has to be asked.
    ToAsk(Covers, String),
    /// One is.
    Waiting(OpenRequest),
    /// The program has to be run.
    ToRun(RunKind),
    /// It is.
    Running {
        /// Which run.
        run: u32,
        /// How.
        kind: RunKind,
        /// Its folder below the execution's.
        folder: String,
    },
    /// There is nothing left to do but to say so.
    ToEnd(Ending, Option<Failure>),
    /// It ended.
    Ended(Ending, Option<Failure>),
}

impl State {
    /// Its word, as lists show it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::ToGenerate | Self::Generating => "generating",
            Self::ToAnalyse => "analysing",
            Self::ToAsk(..) | Self::Waiting(_) => "awaiting_approval",
            Self::ToRun(RunKind::ReadOnly) | Self::Running { kind: RunKind::ReadOnly, .. } => "running",
            Self::ToRun(RunKind::Plan) | Self::Running { kind: RunKind::Plan, .. } => "planning",
            Self::ToRun(RunKind::Apply) => "approved",
            Self::ToRun(RunKind::Unattended) | Self::Running { kind: RunKind::Apply | RunKind::Unattended, .. } => {
                "applying"
            }
            Self::ToEnd(..) => "ending",
            Self::Ended(ending, _) => ending.as_str(),
        }
    }
}

/// A question that a person has not answered.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenRequest {
    /// Counted from 1.
    pub number: u32,
    /// About what.
    pub covers: Covers,
    /// What is shown.
    pub digest: Digest,
    /// Why it is asked.
    pub reason: String,
    /// When it is too late.
    pub expires: jiff::Timestamp,
    /// Who approved so far.
    pub approvals: Approvals,
}

/// Who approved, and how many have to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approvals {
    /// Each of them once.
    pub given: Vec<Decision>,
    /// How many have to.
    pub needed: u32,
    /// Whether the requester may be among them.
    pub requester_may: bool,
}

/// What was approved, by whom, and until when that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// About what it was asked.
    pub covers: Covers,
    /// What was shown.
    pub digest: Digest,
    /// Who said yes.
    pub given: Vec<Decision>,
    /// The question's end is the answer's.
    pub expires: jiff::Timestamp,
}

/// What the last run that ended returned.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Returned {
    /// The results themselves, if they are short.
    pub results: Option<serde_json::Value>,
    /// The digest of `results.json`.
    pub digest: Option<Digest>,
}

/// One attempt that failed: what the model is told.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedAttempt {
    /// Which.
    pub attempt: u32,
    /// Its program, if there was one.
    pub code: Option<Digest>,
    /// Why.
    pub failure: Failure,
}

/// How far an execution is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// How it began.
    pub submitted: Submitted,
    /// What comes next.
    pub state: State,
    /// The present attempt; programs that a person wrote count too.
    pub attempt: u32,
    /// Its program.
    pub code: Option<Digest>,
    /// The program of the attempt before.
    pub code_before: Option<Digest>,
    /// What runs first, as the analysis said.
    pub first_run: RunKind,
    /// Where it runs.
    pub backend: String,
    /// Why there.
    pub backend_reason: String,
    /// What the analysis found in the present program.
    pub findings: Vec<String>,
    /// Programs that could not be generated or did not pass.
    pub generation_failures: u32,
    /// Programs that ran and failed.
    pub execution_failures: u32,
    /// Times that the machinery failed.
    pub machine_failures: u32,
    /// What failed so far.
    pub failed: Vec<FailedAttempt>,
    /// Runs so far.
    pub runs: u32,
    /// The last run that ended, and its folder.
    pub last_run: Option<(u32, String)>,
    /// The present plan.
    pub plan: Option<PlanNote>,
    /// Questions so far.
    pub requests: u32,
    /// Who wrote the present program, if a person did in place of another.
    pub author: Option<String>,
    /// What was approved of the present program.
    pub approved: Vec<Approved>,
    /// What the last run returned.
    pub returned: Returned,
    /// Whether anything may have been written.
    pub may_have_written: bool,
    /// What is known of the writes.
    pub writes: Option<WriteNote>,
    /// Who wants it to end, and why.
    pub cancelled: Option<(String, String)>,
}

/// An event that cannot happen there: a fault of whoever appends it, or of a store that was tampered with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{event}` cannot happen to an execution that is {state}")]
pub struct Illegal {
    /// The event's kind.
    pub event: &'static str,
    /// The state's word.
    pub state: &'static str,
}

/// The one transition function: where an execution is after an event.
///
/// # Errors
///
/// [`Illegal`], and then nothing has changed.
pub fn next(before: Option<Progress>, event: &Event) -> Result<Progress, Illegal> {
    let Some(mut progress) = before else {
        return match event {
            Event::Submitted(submitted) => Ok(Progress::new(submitted)),
            _ => Err(Illegal { event: event.kind(), state: "not there" }),
        };
    };
    let illegal = Illegal { event: event.kind(), state: progress.state.as_str() };
    let state = progress.state.clone();
    progress.state = match (state, event) {
        (State::ToGenerate | State::Generating, Event::GenerationStarted { attempt }) => {
            progress.attempt = *attempt;
            progress.author = None;
            State::Generating
        }
        (State::Generating | State::ToGenerate, Event::CodeReady { attempt, code, .. }) => {
            progress.take_code(*attempt, code)
        }
        (State::Generating, Event::GenerationFailed { failure, .. }) => {
            progress.generation_failures += 1;
            progress.after(failure, None)
        }
        (State::ToAnalyse, Event::CodeReady { attempt, code, .. }) => progress.take_code(*attempt, code),
        // What is planned is applied after its plan, never first.
        (State::ToAnalyse, Event::Analysed { failure, ask, run, backend, backend_reason, findings, .. })
            if *run != RunKind::Apply =>
        {
            progress.first_run = *run;
            progress.backend.clone_from(backend);
            progress.backend_reason.clone_from(backend_reason);
            progress.findings.clone_from(findings);
            match (failure, ask) {
                (Some(failure), _) => {
                    progress.generation_failures += 1;
                    let code = progress.code.clone();
                    progress.after(failure, code)
                }
                (None, Some(reason)) => State::ToAsk(Covers::Code, reason.clone()),
                (None, None) => State::ToRun(*run),
            }
        }
        (
            State::ToAsk(covers, _),
            Event::ApprovalRequested { number, covers: asked, digest, reason, expires, needed, requester_may },
        ) if covers == *asked => {
            progress.requests = *number;
            let approvals = Approvals { given: Vec::new(), needed: *needed, requester_may: *requester_may };
            let (digest, reason, expires) = (digest.clone(), reason.clone(), *expires);
            State::Waiting(OpenRequest { number: *number, covers, digest, reason, expires, approvals })
        }
        (State::Waiting(request), Event::Decided(decision)) if decision.answers(&request) => {
            progress.decided(request, decision)
        }
        (State::Waiting(request), Event::ApprovalExpired { number }) if *number == request.number => {
            let why = format!("nobody answered until {}", request.expires);
            State::ToEnd(Ending::Expired, Some(Progress::stopped("ApprovalExpired", why)))
        }
        (State::ToRun(due), Event::RunStarted { run, kind, folder, .. }) if due == *kind => {
            progress.runs = *run;
            State::Running { run: *run, kind: *kind, folder: folder.clone() }
        }
        (State::Running { run, kind, folder }, Event::WriteIntended { .. }) if kind.writes() => {
            progress.may_have_written = true;
            State::Running { run, kind, folder }
        }
        (state @ State::Running { .. }, Event::WriteEnded { .. }) => state,
        (
            State::Running { run: at, kind, folder },
            Event::RunEnded { run, failure, plan, writes, results, results_digest, .. },
        ) if at == *run => {
            progress.last_run = Some((*run, folder));
            progress.note_writes(writes.as_ref());
            progress.plan.clone_from(plan);
            progress.returned = Returned { results: results.clone(), digest: results_digest.clone() };
            progress.run_ended(kind, failure.as_ref())
        }
        (State::Running { run: at, kind, folder }, Event::RunBroken { run, failure, writes }) if at == *run => {
            progress.last_run = Some((*run, folder));
            progress.note_writes(writes.as_ref());
            progress.machine_failures += 1;
            let again = !kind.writes() && failure.category == ErrorCategory::Infrastructure;
            if again
                && progress.cancelled.is_none()
                && progress.machine_failures < progress.submitted.execution_attempts
            {
                State::ToRun(kind)
            } else {
                State::ToEnd(progress.ending_of(failure), Some(failure.clone()))
            }
        }
        (State::Ended(..) | State::ToEnd(..), Event::CancelRequested { .. }) => return Err(illegal),
        (state, Event::CancelRequested { by, reason }) => {
            progress.cancelled.get_or_insert_with(|| (by.clone(), reason.clone()));
            match state {
                // What runs is stopped by whoever runs it, and says how it ended.
                State::Running { .. } | State::Generating => state,
                _ => progress.end_cancelled(),
            }
        }
        (State::ToEnd(ending, failure), Event::Ended { ending: said, .. }) if ending == *said => {
            State::Ended(ending, failure)
        }
        _ => return Err(illegal),
    };
    if progress.cancelled.is_some()
        && matches!(progress.state, State::ToGenerate | State::ToAnalyse | State::ToAsk(..) | State::ToRun(_))
    {
        progress.state = progress.end_cancelled();
    }
    Ok(progress)
}

impl Decision {
    /// Whether it is about this question, as it was shown.
    #[must_use]
    pub fn answers(&self, request: &OpenRequest) -> bool {
        self.number == request.number && self.digest == request.digest
    }
}

impl Progress {
    fn new(submitted: &Submitted) -> Self {
        Self {
            submitted: submitted.clone(),
            state: State::ToGenerate,
            attempt: 0,
            code: None,
            code_before: None,
            first_run: RunKind::ReadOnly,
            backend: String::new(),
            backend_reason: String::new(),
            findings: Vec::new(),
            generation_failures: 0,
            execution_failures: 0,
            machine_failures: 0,
            failed: Vec::new(),
            runs: 0,
            last_run: None,
            plan: None,
            requests: 0,
            author: None,
            approved: Vec::new(),
            returned: Returned::default(),
            may_have_written: false,
            writes: None,
            cancelled: None,
        }
    }

    /// The fold of all events of one execution.
    ///
    /// # Errors
    ///
    /// [`Illegal`] at the first event that cannot follow.
    pub fn of<'e>(events: impl IntoIterator<Item = &'e Event>) -> Result<Option<Self>, Illegal> {
        let mut progress = None;
        for event in events {
            progress = Some(next(progress, event)?);
        }
        Ok(progress)
    }

    /// Whether nothing can happen any more.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended(..))
    }

    fn take_code(&mut self, attempt: u32, code: &Digest) -> State {
        self.attempt = attempt;
        self.code_before = self.code.replace(code.clone());
        self.plan = None;
        self.approved.clear();
        self.findings.clear();
        State::ToAnalyse
    }

    fn note_writes(&mut self, writes: Option<&WriteNote>) {
        if let Some(writes) = writes {
            self.may_have_written |= writes.sent > 0;
            self.writes = Some(writes.clone());
        }
    }

    fn decided(&mut self, mut request: OpenRequest, decision: &Decision) -> State {
        match decision.verdict {
            Verdict::Approve => {
                if !request.approvals.given.iter().any(|given| given.by == decision.by) {
                    request.approvals.given.push(decision.clone());
                }
                if (request.approvals.given.len() as u64) < u64::from(request.approvals.needed) {
                    return State::Waiting(request);
                }
                let OpenRequest { covers, digest, expires, approvals, .. } = request.clone();
                self.approved.push(Approved { covers, digest, given: approvals.given, expires });
                match request.covers {
                    Covers::Code => State::ToRun(self.first_run),
                    Covers::Plan => State::ToRun(RunKind::Apply),
                }
            }
            Verdict::Reject => {
                let why = match decision.comment.trim() {
                    "" => format!("{} rejected it", decision.by),
                    comment => format!("{} rejected it: {comment}", decision.by),
                };
                State::ToEnd(Ending::Rejected, Some(Self::stopped("ApprovalRejected", why)))
            }
            Verdict::Edit => match &decision.code {
                Some(code) => {
                    let attempt = self.attempt + 1;
                    self.author = Some(decision.by.clone());
                    self.take_code(attempt, code)
                }
                None => State::Waiting(request),
            },
        }
    }

    fn run_ended(&mut self, kind: RunKind, failure: Option<&Failure>) -> State {
        if let Some(failure) = failure {
            self.execution_failures += 1;
            let code = self.code.clone();
            return self.after(failure, code);
        }
        match (kind, &self.plan) {
            (RunKind::Plan, Some(plan)) if plan.allowed > 0 => {
                if self.cancelled.is_some() {
                    return self.end_cancelled();
                }
                match &plan.ask {
                    Some(reason) => State::ToAsk(Covers::Plan, reason.clone()),
                    None => State::ToRun(RunKind::Apply),
                }
            }
            _ => State::ToEnd(Ending::Succeeded, None),
        }
    }

    /// What follows a failure: another attempt, or the end.
    fn after(&mut self, failure: &Failure, code: Option<Digest>) -> State {
        self.failed.push(FailedAttempt { attempt: self.attempt, code, failure: failure.clone() });
        let submitted = &self.submitted;
        let attempts_left = self.generation_failures < submitted.generation_attempts
            && self.execution_failures < submitted.execution_attempts;
        let again = failure.category == ErrorCategory::CodeRelated
            && submitted.generates
            && attempts_left
            // What has written is not done again without somebody who asks for it.
            && !self.may_have_written
            && self.cancelled.is_none();
        if again { State::ToGenerate } else { State::ToEnd(self.ending_of(failure), Some(failure.clone())) }
    }

    fn ending_of(&self, failure: &Failure) -> Ending {
        // That nobody knows what was written outweighs that somebody wanted it to end.
        if failure.error_type == "Interrupted" {
            return Ending::Interrupted;
        }
        if self.cancelled.is_some() {
            return Ending::Cancelled;
        }
        match (failure.category, failure.error_type.as_str()) {
            (ErrorCategory::Workflow, "ExecutionTimeoutError") => Ending::TimedOut,
            (ErrorCategory::Workflow, "Interrupted") => Ending::Interrupted,
            (ErrorCategory::Workflow, _) => Ending::Cancelled,
            (ErrorCategory::Policy, _) => Ending::Refused,
            (ErrorCategory::CodeRelated, kind) if failure.stage == Stage::Analysis && kind != "CodeSyntaxError" => {
                Ending::Refused
            }
            _ => Ending::Failed,
        }
    }

    fn stopped(kind: &str, why: String) -> Failure {
        let advice = "Ask again, with what was said in mind.";
        Failure::new((ErrorCategory::Workflow, Stage::Approval), kind, why, advice)
    }

    fn end_cancelled(&self) -> State {
        let (by, reason) = self.cancelled.clone().unwrap_or_default();
        let why = if reason.is_empty() { format!("{by} cancelled it") } else { format!("{by} cancelled it: {reason}") };
        let advice = "Start it again if that was an error.";
        let failure = Failure::new((ErrorCategory::Workflow, Stage::Execution), "WorkflowError", why, advice);
        State::ToEnd(Ending::Cancelled, Some(failure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execution::{GenerationNote, PythonExecutionRequest, Status, Usage};
    use proptest::prelude::*;

    fn submitted(generates: bool) -> Event {
        Event::Submitted(Box::new(Submitted {
            request: PythonExecutionRequest::default(),
            principal: "alice".into(),
            roles: vec![],
            folder: "/f".into(),
            context: Digest::of(b"{}"),
            inputs: Digest::of(b""),
            seed: 1,
            digest: Digest::of(b"request"),
            config: None,
            generates,
            generation_attempts: 3,
            execution_attempts: 2,
            repeats: None,
        }))
    }

    fn code(attempt: u32) -> Event {
        Event::CodeReady { attempt, code: Digest::of(&attempt.to_le_bytes()), note: GenerationNote::Given }
    }

    fn analysed(failure: Option<Failure>, ask: Option<&str>, run: RunKind) -> Event {
        Event::Analysed {
            attempt: 1,
            failure,
            ask: ask.map(str::to_owned),
            run,
            backend: "wasi".into(),
            backend_reason: String::new(),
            writes: "none".into(),
            findings: vec![],
        }
    }

    fn started(run: u32, kind: RunKind) -> Event {
        Event::RunStarted { run, attempt: 1, kind, folder: format!("runs/{run}") }
    }

    fn ended(run: u32, failure: Option<Failure>, plan: Option<PlanNote>, writes: Option<WriteNote>) -> Event {
        let status = if failure.is_some() { Status::Failed } else { Status::Succeeded };
        Event::RunEnded {
            run,
            status,
            failure,
            results: None,
            results_digest: None,
            usage: Box::new(Usage::default()),
            plan,
            writes,
        }
    }

    fn fault(category: ErrorCategory, stage: Stage) -> Failure {
        Failure::new((category, stage), "CodeRuntimeError", "it failed", "")
    }

    fn planned(allowed: u32, ask: Option<&str>) -> PlanNote {
        PlanNote { digest: Digest::of(b"plan"), allowed, refused: 0, incomplete: None, ask: ask.map(str::to_owned) }
    }

    fn asked(number: u32, covers: Covers, needed: u32) -> Event {
        Event::ApprovalRequested {
            number,
            covers,
            digest: Digest::of(b"plan"),
            reason: "it writes".into(),
            expires: jiff::Timestamp::UNIX_EPOCH,
            needed,
            requester_may: true,
        }
    }

    fn says(number: u32, by: &str, verdict: Verdict) -> Event {
        let code = (verdict == Verdict::Edit).then(|| Digest::of(b"edited"));
        let (digest, at) = (Digest::of(b"plan"), jiff::Timestamp::UNIX_EPOCH);
        Event::Decided(Decision { number, digest, by: by.into(), verdict, comment: "no".into(), at, code })
    }

    fn fold(events: &[Event]) -> Progress {
        Progress::of(events).expect("legal").expect("something")
    }

    #[test]
    fn a_program_that_only_reads_runs_once() {
        let progress = fold(&[
            submitted(false),
            code(1),
            analysed(None, None, RunKind::Plan),
            started(1, RunKind::Plan),
            ended(1, None, Some(planned(0, None)), None),
        ]);
        assert_eq!(progress.state, State::ToEnd(Ending::Succeeded, None));
    }

    #[test]
    fn planned_writes_are_asked_about_and_then_made() {
        let mut events = vec![
            submitted(false),
            code(1),
            analysed(None, None, RunKind::Plan),
            started(1, RunKind::Plan),
            ended(1, None, Some(planned(2, Some("it writes"))), None),
        ];
        assert!(matches!(fold(&events).state, State::ToAsk(Covers::Plan, _)));
        events.push(asked(1, Covers::Plan, 2));
        events.push(says(1, "bob", Verdict::Approve));
        events.push(says(1, "bob", Verdict::Approve));
        assert!(matches!(fold(&events).state, State::Waiting(_)), "one person counts once");
        events.push(says(1, "carol", Verdict::Approve));
        assert_eq!(fold(&events).state, State::ToRun(RunKind::Apply));
        events.push(started(2, RunKind::Apply));
        events.push(Event::WriteIntended { run: 2, write: serde_json::Value::Null });
        assert!(fold(&events).may_have_written);
        let failed = fault(ErrorCategory::CodeRelated, Stage::Execution);
        events.push(ended(2, Some(failed), None, Some(WriteNote { sent: 1, ..WriteNote::default() })));
        assert!(matches!(fold(&events).state, State::ToEnd(Ending::Failed, _)), "what has written is not done again");
    }

    #[test]
    fn retries_are_counted_apart() {
        let analysis = || fault(ErrorCategory::CodeRelated, Stage::Analysis);
        let run = || fault(ErrorCategory::CodeRelated, Stage::Execution);
        let mut events = vec![submitted(true)];
        for attempt in 1..=2 {
            events.push(Event::GenerationStarted { attempt });
            events.push(code(attempt));
            events.push(analysed(Some(analysis()), None, RunKind::Plan));
        }
        assert_eq!(fold(&events).state, State::ToGenerate, "two of three");
        events.push(Event::GenerationStarted { attempt: 3 });
        events.push(code(3));
        events.push(analysed(None, None, RunKind::Plan));
        events.push(started(1, RunKind::Plan));
        events.push(ended(1, Some(run()), None, None));
        assert_eq!(fold(&events).state, State::ToGenerate, "the first of two executions");
        events.push(Event::GenerationStarted { attempt: 4 });
        let lost = Failure::new((ErrorCategory::Infrastructure, Stage::Generation), "GenerationFailed", "gone", "");
        events.push(Event::GenerationFailed { attempt: 4, failure: lost });
        let progress = fold(&events);
        assert!(matches!(progress.state, State::ToEnd(Ending::Failed, _)), "old code is never run instead");
        assert_eq!((progress.generation_failures, progress.execution_failures), (3, 1));
    }

    #[test]
    fn broken_machinery_tries_the_same_program_again_but_never_one_that_writes() {
        let broken = || Failure::new((ErrorCategory::Infrastructure, Stage::Execution), "Backend", "gone", "");
        let start = [submitted(true), code(1), analysed(None, None, RunKind::Plan), started(1, RunKind::Plan)];
        let breaks = |run| Event::RunBroken { run, failure: broken(), writes: None };
        let mut events = start.to_vec();
        events.push(breaks(1));
        assert_eq!(fold(&events).state, State::ToRun(RunKind::Plan));
        events.push(started(2, RunKind::Plan));
        events.push(breaks(2));
        assert!(matches!(fold(&events).state, State::ToEnd(Ending::Failed, _)));

        let mut events = start.to_vec();
        events.push(ended(1, None, Some(planned(1, None)), None));
        events.push(started(2, RunKind::Apply));
        events.push(breaks(2));
        assert!(matches!(fold(&events).state, State::ToEnd(Ending::Failed, _)));
    }

    #[test]
    fn an_edited_program_is_looked_at_anew() {
        let mut events = vec![
            submitted(false),
            code(1),
            analysed(None, Some("all code"), RunKind::Plan),
            asked(1, Covers::Code, 1),
            says(1, "bob", Verdict::Edit),
        ];
        let progress = fold(&events);
        assert_eq!((progress.state, progress.code), (State::ToAnalyse, Some(Digest::of(b"edited"))));
        assert_eq!(progress.code_before, Some(Digest::of(&1u32.to_le_bytes())));
        events.push(says(1, "bob", Verdict::Approve));
        assert!(Progress::of(&events).is_err(), "the answer to an old question is none");
    }

    #[test]
    fn a_rejection_is_an_ending_of_its_own() {
        let events = [
            submitted(false),
            code(1),
            analysed(None, Some("all code"), RunKind::Plan),
            asked(1, Covers::Code, 1),
            says(1, "bob", Verdict::Reject),
        ];
        let State::ToEnd(Ending::Rejected, Some(failure)) = fold(&events).state else { panic!("rejected") };
        assert_eq!(failure.message, "bob rejected it: no");
    }

    #[test]
    fn cancelling_ends_what_waits_and_marks_what_runs() {
        let cancel = Event::CancelRequested { by: "alice".into(), reason: String::new() };
        let waits = [
            submitted(false),
            code(1),
            analysed(None, Some("all code"), RunKind::Plan),
            asked(1, Covers::Code, 1),
            cancel.clone(),
        ];
        assert!(matches!(fold(&waits).state, State::ToEnd(Ending::Cancelled, _)));
        let runs = [submitted(false), code(1), analysed(None, None, RunKind::Plan), started(1, RunKind::Plan), cancel];
        let progress = fold(&runs);
        assert!(matches!(progress.state, State::Running { .. }) && progress.cancelled.is_some());
        let ended = next(Some(progress), &ended(1, None, Some(planned(3, None)), None)).unwrap();
        assert!(matches!(ended.state, State::ToEnd(Ending::Cancelled, _)), "nothing is written after it");
    }

    fn any_event() -> impl Strategy<Value = Event> {
        let kind = prop_oneof![Just(RunKind::ReadOnly), Just(RunKind::Plan), Just(RunKind::Apply)];
        let category = prop_oneof![
            Just(ErrorCategory::CodeRelated),
            Just(ErrorCategory::Infrastructure),
            Just(ErrorCategory::Policy),
            Just(ErrorCategory::Workflow)
        ];
        prop_oneof![
            any::<bool>().prop_map(submitted),
            (1u32..4).prop_map(|attempt| Event::GenerationStarted { attempt }),
            (1u32..4).prop_map(code),
            (category.clone(), kind.clone(), any::<bool>(), any::<bool>()).prop_map(|(category, kind, fails, asks)| {
                analysed(fails.then(|| fault(category, Stage::Analysis)), asks.then_some("why"), kind)
            }),
            (1u32..3, 1u32..3, any::<bool>())
                .prop_map(|(n, needed, plan)| { asked(n, if plan { Covers::Plan } else { Covers::Code }, needed) }),
            (1u32..3, "[ab]", prop_oneof![Just(Verdict::Approve), Just(Verdict::Reject), Just(Verdict::Edit)])
                .prop_map(|(n, by, verdict)| says(n, &by, verdict)),
            (1u32..3, kind).prop_map(|(run, kind)| started(run, kind)),
            (1u32..3, proptest::option::of(category.clone()), 0u32..2, any::<bool>()).prop_map(
                |(run, category, allowed, asks)| ended(
                    run,
                    category.map(|category| fault(category, Stage::Execution)),
                    Some(planned(allowed, asks.then_some("why"))),
                    None
                )
            ),
            (1u32..3, category).prop_map(|(run, category)| Event::RunBroken {
                run,
                failure: fault(category, Stage::Execution),
                writes: None
            }),
            (1u32..3).prop_map(|run| Event::WriteIntended { run, write: serde_json::Value::Null }),
            Just(Event::CancelRequested { by: "x".into(), reason: String::new() }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        /// Whatever is tried: nothing is applied that was not planned with nobody to ask, or approved as it was shown; and
        /// nothing generates anew after it may have written.
        #[test]
        fn no_sequence_of_events_applies_what_nobody_allowed(events in proptest::collection::vec(any_event(), 0..60)) {
            let mut progress: Option<Progress> = None;
            for event in &events {
                let before = progress.clone();
                let Ok(after) = next(progress.clone(), event) else { continue };
                if let (Some(before), Event::RunStarted { kind: RunKind::Apply, .. }) = (&before, event) {
                    let plan = before.plan.as_ref().expect("a plan");
                    let approved = before.approved.iter().any(|approved| {
                        approved.covers == Covers::Plan && approved.digest == plan.digest && !approved.given.is_empty()
                    });
                    prop_assert!(plan.allowed > 0 && (plan.ask.is_none() || approved));
                }
                if let Some(before) = &before && before.may_have_written {
                    prop_assert!(!matches!(after.state, State::ToGenerate | State::Generating));
                }
                progress = Some(after);
            }
        }
    }
}
