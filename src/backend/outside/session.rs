//! [`Session`]: one job's conversation with its program.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::{Count, Exit, Happening, Link, OwnCall};
use crate::backend::desk::{self, Desk, Used as SaidUsed, parse};
use crate::backend::ending::{Halt, Refused, Verdict};
use crate::backend::frame::{MAX_FRAME, error_frame, frame, read};
use crate::backend::output::{Output, Stream};
use crate::backend::{Error, HostCall, HostCalls, Job, ProgramClock, Report, Surroundings};
use crate::execution::{Limit, Usage};

/// How long an interpreter may take to leave after it said how its program ended.
const LEAVING: Duration = Duration::from_secs(5);
/// How long output that was on its way is waited for.
const REST: Duration = Duration::from_millis(200);
/// How long an interpreter may take to ask for its job.
const BEGIN: Duration = Duration::from_mins(1);
/// Most calls that wait behind the one that is answered, and bytes of them together if there are several.
const MAX_ASKED: usize = 8;
const MAX_ASKED_BYTES: usize = 16 << 20;
/// Longest sleep in virtual time that one call may ask for.
const LONGEST_SLEEP: f64 = 1e9;
/// Most displayed things that are kept.
const MAX_DISPLAYED: u32 = 1_000;

/// Signals that have a meaning of their own.
const SIGXCPU: i32 = 24;

pub(super) struct Session<'a, L> {
    job: &'a Job,
    link: &'a mut L,
    start: Vec<u8>,
    desk: Desk,
    files: Count,
    output: Output,
    host_calls: Box<dyn HostCalls>,
    cancel: CancellationToken,
    clock: ProgramClock,
    /// When the program was handed over.
    begun: Option<Instant>,
    waited: Duration,
    displayed: u32,
    /// Calls that wait for their turn, and the number of the one whose turn it is.
    asked: VecDeque<(u64, Vec<u8>)>,
    number: u64,
    /// Since when a host call is waited for.
    waiting: Option<Instant>,
    /// When it was to begin at the latest.
    begins_by: Instant,
    /// When it has to have left, since it said how it ended.
    leaves_by: Option<Instant>,
    /// The status that it said it would leave with.
    leaves_with: Option<u8>,
    /// What it said it used, before it was stopped.
    said: SaidUsed,
}

/// Why the conversation is over.
enum Over {
    Halted(Halt),
    Exited(Exit),
}

/// One step of it.
enum Step {
    On,
    Request(u64, Vec<u8>),
    Over(Over),
    Broken(Error),
}

impl<'a, L: Link> Session<'a, L> {
    pub(super) fn new(
        job: &'a Job,
        surroundings: Surroundings,
        link: &'a mut L,
        place: Map<String, Value>,
    ) -> Result<Self, Error> {
        let Surroundings { host_calls, events, cancel, clock } = surroundings;
        let start = desk::start(job, place)?;
        Ok(Self {
            job,
            link,
            start,
            desk: Desk::new(job),
            files: Count::new(&job.limits),
            output: Output::new(job.limits.output, events),
            host_calls,
            cancel,
            clock,
            begun: None,
            waited: Duration::ZERO,
            displayed: 0,
            asked: VecDeque::new(),
            number: 0,
            waiting: None,
            begins_by: Instant::now() + BEGIN,
            leaves_by: None,
            leaves_with: None,
            said: SaidUsed::default(),
        })
    }

    pub(super) async fn run(mut self) -> Result<Report, Error> {
        let over = self.converse().await?;
        let wall = self.wall_used();
        // Whatever it was, nothing of the program runs from here on.
        if !matches!(over, Over::Exited(_)) {
            // A line that is being written when somebody cancels is still heard to its end.
            self.take_the_rest().await;
            self.link.stop().await?;
            self.take_the_rest().await;
        }
        self.tell_what_was_lost();
        Ok(self.report(over, wall))
    }

    /// Output that is on its way when the program is stopped.
    async fn take_the_rest(&mut self) {
        let by = tokio::time::Instant::now() + REST;
        // A timeout alone does not end this: where there is always something more, it is never waited for.
        while tokio::time::Instant::now() < by
            && let Ok(Ok(happening)) = tokio::time::timeout_at(by, self.link.rest()).await
        {
            let taken = match happening {
                Happening::Stdout(bytes) => self.output.take(Stream::Stdout, &bytes),
                Happening::Stderr(bytes) => self.output.take(Stream::Stderr, &bytes),
                Happening::Exited(_) | Happening::Vanished(_) => return,
                _ => true,
            };
            if !taken {
                return;
            }
        }
    }

    /// Output that the guest wrote and that never came is told where somebody will look for it.
    fn tell_what_was_lost(&mut self) {
        let Some(written) = self.desk.finish.as_ref().and_then(|finish| finish.written) else { return };
        if !self.link.may_lose_output() {
            return;
        }
        let lost = written.stdout.saturating_add(written.stderr).saturating_sub(self.output.written);
        if lost > 0 {
            let note = format!(
                "\n[aerie: {lost} bytes of output were lost, with a connection or to the Jupyter server's limits, see AE0908]\n"
            );
            self.output.take(Stream::Stderr, note.as_bytes());
        }
    }

    /// Talks until it is over.
    async fn converse(&mut self) -> Result<Over, Error> {
        loop {
            // A program that never leaves time for a look is looked at between its calls.
            if let Some(halt) = self.too_late() {
                return Ok(Over::Halted(halt));
            }
            if self.begun.is_none() && Instant::now() >= self.begins_by {
                let said = format!("it did not ask for it within {} s", BEGIN.as_secs());
                return Err(Error::NeverBegan { said });
            }
            let deadline = self.deadline();
            let cancel = self.cancel.clone();
            let happening = tokio::select! {
                biased;
                () = cancel.cancelled() => return Ok(Over::Halted(Halt::Cancelled)),
                happening = self.link.next() => happening?,
                // Whoever floods the link uses up what a task may do before it yields: time is kept all the same.
                () = tokio::task::unconstrained(until(deadline)) => continue,
            };
            match self.note(happening) {
                Step::On => {}
                Step::Over(over) => return Ok(over),
                Step::Broken(error) => return Err(error),
                Step::Request(number, request) => {
                    self.asked.push_back((number, request));
                    // A program that gave a call up, in a signal handler for one, asks the next while it is still answered.
                    while let Some((number, request)) = self.asked.pop_front() {
                        if let Some(halt) = self.too_late() {
                            return Ok(Over::Halted(halt));
                        }
                        self.number = number;
                        if let Err(over) = self.request(&request).await? {
                            return Ok(over);
                        }
                    }
                }
            }
        }
    }

    /// Takes what happened; a request is given back.
    fn note(&mut self, happening: Happening) -> Step {
        let taken = match happening {
            Happening::Stdout(bytes) => self.output.take(Stream::Stdout, &bytes),
            Happening::Stderr(bytes) => self.output.take(Stream::Stderr, &bytes),
            Happening::Displayed { suffix, bytes } => return self.displayed(suffix, &bytes),
            Happening::Request(number, request) => return Step::Request(number, request),
            Happening::Exceeded(limit) => return Step::Over(Over::Halted(Halt::Limit(limit))),
            Happening::CpuUsed => return Step::Over(Over::Halted(Halt::Limit(Limit::Cpu))),
            Happening::Exited(_) if self.begun.is_none() => {
                return Step::Broken(Error::NeverBegan { said: self.output.last_of_stderr() });
            }
            Happening::Exited(exit) => return Step::Over(Over::Exited(exit)),
            // One that had said how it ends has ended so.
            Happening::Vanished(_) if self.desk.finish.is_some() || self.leaves_with.is_some() => {
                return Step::Over(Over::Exited(Exit::Done));
            }
            // The operating system ends whoever does not heed that the CPU time is spent.
            Happening::Vanished(_) if self.wall_used() >= self.job.limits.cpu => {
                return Step::Over(Over::Halted(Halt::Limit(Limit::Cpu)));
            }
            Happening::Vanished(error) => return Step::Broken(error),
        };
        if taken { Step::On } else { Step::Over(Over::Halted(Halt::Limit(Limit::Output))) }
    }

    /// Keeps what was displayed as an artifact.
    fn displayed(&mut self, suffix: &str, bytes: &[u8]) -> Step {
        if self.displayed >= MAX_DISPLAYED {
            return Step::Over(Over::Halted(Halt::Limit(Limit::Files)));
        }
        self.displayed += 1;
        let name = format!("output_{:02}.{suffix}", self.displayed);
        match self.desk.keep(name, String::new(), bytes, &mut self.files) {
            Ok(()) => Step::On,
            // A program that took the name keeps it.
            Err(_) if !self.files.refused => Step::On,
            Err(_) => Step::Over(Over::Halted(Halt::Limit(Limit::FileBytes))),
        }
    }

    /// Answers one call through the door. `Ok(Err(_))`: it is over.
    async fn request(&mut self, request: &[u8]) -> Result<Result<(), Over>, Error> {
        let (header, payload) = match read(request) {
            Ok(parts) => parts,
            Err(message) => return self.tell(error_frame("DoorError", message)).await,
        };
        match header.call.as_str() {
            "job.start" if self.begun.is_some() => {
                return self.tell(error_frame("DoorError", "the job has been handed over already")).await;
            }
            "job.start" => {
                self.begun = Some(Instant::now());
                let start = std::mem::take(&mut self.start);
                return self.tell(start).await;
            }
            "job.exit" => {
                #[derive(Deserialize)]
                struct Exit {
                    status: i64,
                }
                if let Ok(exit) = parse::<Exit>(Value::Object(header.args)) {
                    self.leaves_with = Some(exit.status.to_le_bytes()[0]);
                }
                return self.reply(json!({ "value": null }), &[]).await;
            }
            "job.limit" => {
                #[derive(Deserialize)]
                struct Met {
                    limit: Limit,
                    used: SaidUsed,
                }
                return match parse::<Met>(Value::Object(header.args)) {
                    Ok(Met { limit, used }) => {
                        self.said = used;
                        Ok(Err(Over::Halted(Halt::Limit(limit))))
                    }
                    Err(message) => self.tell(error_frame("DoorError", &message)).await,
                };
            }
            "job.sleep" => return self.sleep(header.args).await,
            _ => {}
        }
        if self.desk.finish.is_some() {
            return self.tell(error_frame("DoorError", "the job has finished already")).await;
        }
        let header = match self.link.own_call(header, payload, &mut self.files) {
            OwnCall::Answer(value, bulk) => return self.reply(json!({ "value": value }), &bulk).await,
            OwnCall::Wrong(message) => return self.tell(error_frame("DoorError", &message)).await,
            OwnCall::NotOwn(header) => header,
        };
        let header = match self.desk.answer(header, payload, &mut self.files) {
            Ok(reply) => {
                return self.tell(reply.unwrap_or_else(|message| error_frame("DoorError", &message))).await;
            }
            Err(header) => header,
        };
        if let Err(limit) = self.desk.count_call() {
            return Ok(Err(Over::Halted(Halt::Limit(limit))));
        }
        if header.call == "door.echo" {
            return self.reply(json!({ "value": null }), payload).await;
        }
        let call = HostCall { name: header.call, arguments: header.args, payload: payload.to_vec() };
        let begun = Instant::now();
        self.waiting = Some(begun);
        let answer = self.call(call).await?;
        self.waited += begun.elapsed();
        self.waiting = None;
        let answer = match answer {
            Ok(answer) => answer,
            Err(over) => return Ok(Err(over)),
        };
        let (header, bulk) = desk::reply(answer);
        self.reply(header, &bulk).await
    }

    /// Has somebody answer a host call, for as long as that takes; the program's output goes on meanwhile.
    async fn call(
        &mut self,
        call: HostCall,
    ) -> Result<Result<Result<crate::backend::HostReply, crate::backend::HostCallError>, Over>, Error> {
        let mut host_calls = std::mem::replace(&mut self.host_calls, Box::new(crate::backend::NoHostCalls));
        let ended = {
            let mut reply = pin!(host_calls.call(call));
            let cancel = self.cancel.clone();
            loop {
                tokio::select! {
                    biased;
                    () = cancel.cancelled() => break Err(Over::Halted(Halt::Cancelled)),
                    reply = &mut reply => break Ok(reply),
                    happening = self.link.next() => match self.note(happening?) {
                        Step::On => {}
                        // A guest asks one thing at a time, and gives one up at most now and then.
                        Step::Request(number, request) if self.may_wait(&request) => {
                            self.asked.push_back((number, request));
                        }
                        Step::Request(..) => {}
                        Step::Over(over) => break Err(over),
                        Step::Broken(error) => return Err(error),
                    },
                }
            }
        };
        self.host_calls = host_calls;
        Ok(ended)
    }

    /// A sleep while time is virtual.
    async fn sleep(&mut self, args: Map<String, Value>) -> Result<Result<(), Over>, Error> {
        #[derive(Deserialize)]
        struct Sleep {
            seconds: f64,
        }
        let wanted = parse::<Sleep>(Value::Object(args)).map_or(0.0, |sleep| sleep.seconds.clamp(0.0, LONGEST_SLEEP));
        if self.clock.is_virtual() {
            self.clock.advance(Duration::try_from_secs_f64(wanted).unwrap_or_default());
            if self.clock.met_horizon() {
                return Ok(Err(Over::Halted(Halt::Cancelled)));
            }
        }
        self.reply(json!({ "value": null }), &[]).await
    }

    /// Sends a reply, with the clock if that has left real time.
    async fn reply(&mut self, mut header: Value, bulk: &[u8]) -> Result<Result<(), Over>, Error> {
        let moved = self.clock.moved();
        if moved.is_virtual
            && let Value::Object(header) = &mut header
        {
            header.insert("clock".to_owned(), json!({ "virtual": true, "ahead": moved.ahead }));
        }
        self.tell(frame(&header, bulk)).await
    }

    async fn tell(&mut self, frame: Vec<u8>) -> Result<Result<(), Over>, Error> {
        let frame =
            if frame.len() > MAX_FRAME { error_frame("DoorError", "the answer is larger than 64 MiB") } else { frame };
        self.link.answer(self.number, frame).await?;
        Ok(Ok(()))
    }

    fn wall_used(&self) -> Duration {
        let run = self.begun.map_or(Duration::ZERO, |begun| begun.elapsed());
        let waits = self.waiting.map_or(Duration::ZERO, |since| since.elapsed());
        run.saturating_sub(self.waited).saturating_sub(waits).saturating_add(self.clock.charged())
    }

    /// Whether one more call may wait for its turn.
    fn may_wait(&self, request: &[u8]) -> bool {
        let bytes: usize = self.asked.iter().map(|(_, request)| request.len()).sum();
        self.asked.is_empty() || (self.asked.len() < MAX_ASKED && bytes + request.len() <= MAX_ASKED_BYTES)
    }

    /// Whether the time of a program that has begun is over. Whoever said how it ended has ended, whatever time it had left;
    /// what hangs on behind that is cut off.
    fn too_late(&mut self) -> Option<Halt> {
        if self.desk.finish.is_some() {
            let by = *self.leaves_by.get_or_insert_with(|| Instant::now() + LEAVING);
            return (Instant::now() >= by).then_some(Halt::Exit(0));
        }
        (self.begun.is_some() && self.wall_used() >= self.job.limits.wall).then_some(Halt::Limit(Limit::Wall))
    }

    /// When its time is over, as far as is known now.
    fn deadline(&self) -> Option<Instant> {
        match (self.begun, self.leaves_by) {
            (None, _) => Some(self.begins_by),
            (_, Some(by)) => Some(by),
            _ => Instant::now().checked_add(self.job.limits.wall.saturating_sub(self.wall_used())),
        }
    }

    fn report(self, over: Over, wall: Duration) -> Report {
        let Self { job, link, mut desk, files, output, waited, leaves_with, said, .. } = self;
        let finish = desk.finish.take();
        let said = finish.as_ref().and_then(|finish| finish.used).unwrap_or(said);
        let used = link.used();
        let usage = Usage {
            wall_seconds: wall.as_secs_f64(),
            cpu_seconds: used.map_or(said.cpu_seconds, |used| used.cpu.as_secs_f64()),
            host_call_seconds: waited.as_secs_f64(),
            memory_bytes: used.map_or(said.memory_bytes, |used| used.memory_bytes),
            output_bytes: output.written,
            files: files.files + used.map_or(0, |used| used.files),
            file_bytes: files.bytes + used.map_or(0, |used| used.file_bytes),
            host_calls: desk.calls,
        };
        // Whether memory was refused is seen only in what the program made of it.
        let too_large = |text: &str| text.contains("[Errno 27]") || text.contains("[Errno 122]");
        let by_file =
            finish.as_ref().and_then(|finish| finish.error.as_ref()).is_some_and(|error| too_large(&error.message));
        let refused = Refused { memory: true, files: files.refused || by_file };
        let limits = &job.limits;
        let verdict = match (over, finish) {
            // One that hangs on behind its end is counted as one that ended.
            (Over::Exited(_) | Over::Halted(Halt::Exit(_)), _) if usage.files > limits.files => {
                Verdict::halted(Halt::Limit(Limit::Files), limits, None, refused)
            }
            (Over::Exited(_) | Over::Halted(Halt::Exit(_)), _) if usage.file_bytes > limits.file_bytes => {
                Verdict::halted(Halt::Limit(Limit::FileBytes), limits, None, refused)
            }
            (Over::Halted(halt), finish) => Verdict::halted(halt, limits, finish, refused),
            (Over::Exited(_), Some(finish)) => Verdict::finished(finish, refused),
            (Over::Exited(exit), None) => match (leaves_with, exit) {
                (Some(status), _) | (None, Exit::Code(status)) => {
                    Verdict::halted(Halt::Exit(status), limits, None, refused)
                }
                (None, Exit::OutOfMemory) => Verdict::halted(Halt::Limit(Limit::Memory), limits, None, refused),
                (None, Exit::Signal(SIGXCPU)) => Verdict::halted(Halt::Limit(Limit::Cpu), limits, None, refused),
                (None, Exit::Signal(signal)) => {
                    Verdict::crashed(format!("the interpreter was ended by signal {signal}{}", meaning(signal)))
                }
                (None, Exit::Done) => Verdict::without_a_word(),
            },
        };
        desk.figures.sort_by_key(|figure| figure.number);
        let mut outcome = verdict.outcome(output.into_texts(), usage, job.seed);
        outcome.walls = link.walls();
        Report { outcome, figures: desk.figures, artifacts: desk.artifacts }
    }
}

/// What a signal usually means.
fn meaning(signal: i32) -> &'static str {
    match signal {
        4 => " (SIGILL: native code that this machine cannot execute)",
        6 => " (SIGABRT: native code gave up)",
        7 | 11 => " (a memory fault in native code, or the stack used up by deep recursion)",
        8 => " (SIGFPE in native code)",
        9 => " (SIGKILL: somebody killed it, or the machine ran out of memory)",
        15 => " (SIGTERM: somebody ended it)",
        31 => " (SIGSYS: a system call that is not allowed)",
        _ => "",
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
