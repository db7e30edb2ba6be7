//! [`supervise`]: the process between Aerie and a program. It starts the program behind its walls, watches the control socket
//! (whose end means that the host died) and the program, and does not end before everything that came of the program is dead.

mod child;
mod control;
pub(crate) mod kin;
mod remove;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{SigSet, Signal as NixSignal};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{DumpableBehavior, Pid, PidfdFlags, Signal, WaitStatus, pidfd_open, pidfd_send_signal};

use self::control::{Control, Lost};
use self::kin::Reaped;
use super::spec::{Ended, How, Limits, News, Order, Spec};
use super::walls::cgroup::Group;
use super::walls::rlimits;

/// What runs in `aerie confine`: one thread, standard input is the control socket, standard output and error are the
/// program's. It is ready to be killed at any time: the program has `SIGKILL` ordered for the death of its parent.
pub fn supervise() -> ExitCode {
    match supervised() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "`aerie confine` is started by Aerie itself: {error}");
            ExitCode::FAILURE
        }
    }
}

fn supervised() -> io::Result<()> {
    let mut control = Control::from_stdin()?;
    // Signals to the host's group or service are the host's to answer; this process ends after it, with nothing left.
    let mut blocked = SigSet::empty();
    for signal in [NixSignal::SIGINT, NixSignal::SIGTERM, NixSignal::SIGHUP, NixSignal::SIGQUIT] {
        blocked.add(signal);
    }
    blocked.thread_block()?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    // Everything that loses its parent below becomes a child of this process.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let door = control.door()?;
    let Ok(Order::Start(spec)) = control.order() else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the first order is to start something"));
    };
    let host = run(&mut control, &spec, door);
    if host.is_err()
        && let Some(folder) = &spec.remove
    {
        remove::remove(folder, &spec.work);
    }
    Ok(())
}

/// Runs the program to its end. `Err`: the host is gone.
fn run(control: &mut Control, spec: &Spec, door: std::os::fd::OwnedFd) -> Result<(), Lost> {
    let group = match &spec.cgroup {
        None => Ok(None),
        Some(parent) => Group::create(parent, std::process::id(), &spec.limits),
    };
    let group = match group {
        Ok(group) => group.map(Arc::new),
        Err(error) => return control.say(&News::Failed { reason: error.to_string() }),
    };
    let (main, walls) = match child::start(spec, door, group.clone()) {
        Ok(started) => started,
        Err(reason) => return control.say(&News::Failed { reason }),
    };
    // The pipes end when the program and what it started have.
    if let Ok(null) = std::fs::File::options().write(true).open("/dev/null") {
        let _ = nix::unistd::dup2_stdout(&null);
        let _ = nix::unistd::dup2_stderr(&null);
    }
    let mut reaped = Reaped::default();
    let mut watched = Watched { main, group: group.as_deref(), limits: spec.limits, processes: spec.processes };
    let host = control
        .say(&News::Started { pid: main.as_raw_nonzero().get().unsigned_abs(), walls })
        .and_then(|()| watched.watch(control, &mut reaped));
    if let Some(group) = &group {
        group.kill();
    }
    kin::end_all(main, &mut reaped);
    let ended = ended(&reaped, group.as_deref());
    drop(group);
    host.and_then(|()| control.say(&News::Ended(ended)))
}

struct Watched<'a> {
    main: Pid,
    group: Option<&'a Group>,
    limits: Limits,
    processes: bool,
}

impl Watched<'_> {
    /// Until the program has ended or is to be ended. `Err`: the host is gone.
    fn watch(&mut self, control: &mut Control, reaped: &mut Reaped) -> Result<(), Lost> {
        let Ok(process) = pidfd_open(self.main, PidfdFlags::empty()) else { return Ok(()) };
        // Orphans that have ended are taken now and then, so that they do not use up the number of processes.
        let tick = self.processes.then_some(Timespec { tv_sec: 1, tv_nsec: 0 });
        loop {
            let mut both = [
                PollFd::new(&*control, PollFlags::IN),
                PollFd::from_borrowed_fd(std::os::fd::AsFd::as_fd(&process), PollFlags::IN),
            ];
            match poll(&mut both, tick.as_ref()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return Ok(()),
            }
            let [orders, end] = both.map(|one| !one.revents().is_empty());
            if orders {
                control.fill()?;
                while let Some(order) = control.come()? {
                    match order {
                        Order::Kill => return Ok(()),
                        Order::Interrupt => {
                            let _ = pidfd_send_signal(&process, Signal::INT);
                        }
                        Order::Limits(limits) => {
                            self.limits = self.limits.narrowed(limits);
                            if !end && !self.limit() {
                                return Ok(());
                            }
                            control.say(&News::Limited)?;
                        }
                        Order::Start(_) => return Err(Lost),
                    }
                }
            }
            if end {
                return Ok(());
            }
            kin::reap(self.main, reaped);
            if reaped.main.is_some() {
                return Ok(());
            }
        }
    }

    /// Whether the limits hold now. A program whose limits cannot be set does not run on.
    fn limit(&self) -> bool {
        rlimits::narrow(Some(self.main), &self.limits).is_ok()
            && self.group.is_none_or(|group| group.limit(&self.limits).is_ok())
    }
}

fn ended(reaped: &Reaped, group: Option<&Group>) -> Ended {
    let status = reaped.main;
    let how = match status.and_then(WaitStatus::terminating_signal) {
        Some(signal) => How::Signalled(signal),
        None => How::Exited(status.and_then(WaitStatus::exit_status).unwrap_or(-1)),
    };
    let (cpu_seconds, max_rss) = getrusage(UsageWho::RUSAGE_CHILDREN).map_or((0.0, 0), |usage| {
        let seconds = |time: nix::sys::time::TimeVal| {
            std::time::Duration::new(
                u64::try_from(time.tv_sec()).unwrap_or(0),
                u32::try_from(time.tv_usec() * 1000).unwrap_or(0),
            )
            .as_secs_f64()
        };
        let rss = u64::try_from(usage.max_rss()).unwrap_or(0) * 1024;
        (seconds(usage.user_time()) + seconds(usage.system_time()), rss)
    });
    let leftovers = u32::try_from(reaped.killed.len()).unwrap_or(u32::MAX);
    Ended { how, cpu_seconds, max_rss, oom: group.is_some_and(Group::oom), leftovers }
}
