//! The host's side: [`Confined`], a program behind walls, held by its control socket. Whoever drops it ends the program and
//! everything that came of it; so does the death of this process.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, send, sendmsg};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::sync::watch;

use super::CONFINE;
use super::spec::{Ended, Limits, MAX_LINE, News, Order, Spec};
use super::supervisor::kin;
use super::walls::{Walls, cgroup};

/// How long a killed program may take to be gone.
const GONE: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };

/// Why a program could not be started or held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The supervisor cannot be started.
    #[error("`{} {CONFINE}` cannot be started: {reason}", binary.display())]
    Supervisor {
        /// Aerie's own executable.
        binary: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The supervisor could not start the program.
    #[error("the program could not be confined: {reason}")]
    Refused {
        /// Why.
        reason: String,
    },
    /// The supervisor ended without saying how the program did.
    #[error("the supervisor of the program was lost")]
    Lost,
}

/// A program that was started.
#[derive(Debug)]
pub struct Started {
    /// Holds it.
    pub confined: Confined,
    /// The other end of its standard input.
    pub door: UnixStream,
    /// Its standard output, which ends when all of its processes have.
    pub stdout: ChildStdout,
    /// Its standard error.
    pub stderr: ChildStderr,
    /// Its process.
    pub pid: u32,
    /// What stands around it.
    pub walls: Walls,
}

/// Holds a program; dropping it ends everything.
#[derive(Debug)]
pub struct Confined {
    control: OwnedWriteHalf,
    /// How many orders to limit it were carried out.
    limited: watch::Receiver<u64>,
    end: watch::Receiver<Option<Result<Ended, Error>>>,
}

impl Confined {
    /// Starts a program behind walls; `binary` is Aerie's own executable. Call it in a Tokio runtime. It returns when the
    /// program begins.
    pub async fn start(binary: &Path, spec: &Spec) -> Result<Started, Error> {
        let failed = |error: io::Error| Error::Supervisor { binary: binary.to_owned(), reason: error.to_string() };
        let (control, theirs) = StdUnixStream::pair().map_err(failed)?;
        let (door, inside) = StdUnixStream::pair().map_err(failed)?;
        for socket in [&control, &door] {
            socket.set_nonblocking(true).map_err(failed)?;
        }
        pass(&control, inside.as_fd()).map_err(failed)?;
        drop(inside);
        // A group of its own: what a terminal sends to Aerie's is Aerie's to answer.
        let mut child = Command::new(binary)
            .arg(CONFINE)
            .env_clear()
            .process_group(0)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (Some(stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(Error::Lost);
        };
        let (read, mut control) = UnixStream::from_std(control).map_err(failed)?.into_split();
        let door = UnixStream::from_std(door).map_err(failed)?;
        let mut news = Heard { read: BufReader::new(read) };
        let mut line =
            serde_json::to_vec(&Order::Start(Box::new(spec.clone()))).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        if line.len() > MAX_LINE {
            return Err(Error::Refused { reason: format!("its arguments and environment exceed {MAX_LINE} bytes") });
        }
        let asked = control.write_all(&line).await;
        let first = news.next().await;
        match (asked, first) {
            (Ok(()), Ok(News::Started { pid, walls })) => {
                let (told, end) = watch::channel(None);
                let (limits, limited) = watch::channel(0);
                let held = Held { program: hold(pid, child.id()), supervisor: child, group: spec.cgroup.clone() };
                tokio::spawn(hear(news, held, limits, told));
                Ok(Started { confined: Self { control, limited, end }, door, stdout, stderr, pid, walls })
            }
            (_, Ok(News::Failed { reason })) => {
                let _ = child.wait().await;
                Err(Error::Refused { reason })
            }
            _ => {
                drop((control, news));
                let mut text = String::new();
                let _ = (&mut stderr).take(4096).read_to_string(&mut text).await;
                let status = child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string());
                let reason = format!("{status} {}", text.trim());
                Err(Error::Supervisor { binary: binary.to_owned(), reason: reason.trim().to_owned() })
            }
        }
    }

    /// Narrows the limits of the running program; they hold when this returns. What has ended already is not an error.
    pub async fn limits(&mut self, limits: Limits) -> Result<(), Error> {
        let before = *self.limited.borrow_and_update();
        self.order(&Order::Limits(limits))?;
        // An error: nobody listens any more, because it has ended.
        let _ = self.limited.wait_for(|count| *count > before).await;
        Ok(())
    }

    /// Sends `SIGINT` to the program.
    pub fn interrupt(&self) -> Result<(), Error> {
        self.order(&Order::Interrupt)
    }

    /// Ends the program and everything that came of it.
    pub fn kill(&self) -> Result<(), Error> {
        self.order(&Order::Kill)
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.end.borrow().is_some()
    }

    /// Waits until nothing is left of the program; how it ended. Can be asked again.
    pub async fn ended(&self) -> Result<Ended, Error> {
        let mut end = self.end.clone();
        let told = end.wait_for(Option::is_some).await.map_err(|_| Error::Lost)?;
        told.clone().unwrap_or(Err(Error::Lost))
    }

    fn order(&self, order: &Order) -> Result<(), Error> {
        if self.end.borrow().is_some() {
            return Ok(());
        }
        let mut line = serde_json::to_vec(order).map_err(|_| Error::Lost)?;
        line.push(b'\n');
        // Orders are short and few, and the supervisor reads them at once: they fit, or it is gone.
        match send(self.control.as_ref(), &line, SendFlags::NOSIGNAL | SendFlags::DONTWAIT) {
            Ok(sent) if sent == line.len() => Ok(()),
            // It has ended between, or is about to say so.
            Err(rustix::io::Errno::PIPE | rustix::io::Errno::CONNRESET) => Ok(()),
            _ => Err(Error::Lost),
        }
    }
}

/// Sends the inner end of the door, with a byte that carries it.
fn pass(control: &StdUnixStream, door: std::os::fd::BorrowedFd<'_>) -> io::Result<()> {
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let doors = [door];
    if !ancillary.push(SendAncillaryMessage::ScmRights(&doors)) {
        return Err(io::ErrorKind::OutOfMemory.into());
    }
    sendmsg(control, &[io::IoSlice::new(b"\n")], &mut ancillary, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// What is ended when the supervisor is lost.
struct Held {
    supervisor: Child,
    program: Option<OwnedFd>,
    group: Option<PathBuf>,
}

/// The program's process. `None`: it is gone already, and its number may be somebody else's.
fn hold(pid: u32, supervisor: Option<u32>) -> Option<OwnedFd> {
    let held = pidfd_open(Pid::from_raw(pid.cast_signed())?, PidfdFlags::empty()).ok()?;
    (supervisor.is_some() && kin::parent(pid) == supervisor).then_some(held)
}

/// Listens until the supervisor has ended, and reaps it. It outlives [`Confined`].
async fn hear(
    mut news: Heard,
    mut held: Held,
    limits: watch::Sender<u64>,
    told: watch::Sender<Option<Result<Ended, Error>>>,
) {
    let end = loop {
        match news.next().await {
            Ok(News::Limited) => limits.send_modify(|count| *count += 1),
            Ok(News::Ended(ended)) => break Ok(ended),
            _ => break Err(Error::Lost),
        }
    };
    drop(limits);
    if end.is_err() {
        // The program dies with its supervisor, but not one that became another from a second thread: the order to do so
        // is the first one's. What it had started is in its group, if there is one.
        if let Some(program) = &held.program {
            let _ = pidfd_send_signal(program, Signal::KILL);
        }
        let _ = held.supervisor.kill().await;
        let Held { program, group, .. } = held;
        let rest = tokio::task::spawn_blocking(move || {
            if let Some(program) = program {
                let _ = poll(&mut [PollFd::new(&program, PollFlags::IN)], Some(&GONE));
            }
            group.map(|group| cgroup::sweep(&group))
        });
        let _ = rest.await;
        let _ = told.send(Some(end));
    } else {
        // Who waits need not wait for the supervisor's own end.
        let _ = told.send(Some(end));
        let _ = held.supervisor.wait().await;
    }
}

#[derive(Debug)]
struct Heard {
    read: BufReader<OwnedReadHalf>,
}

impl Heard {
    async fn next(&mut self) -> Result<News, Error> {
        let mut line = Vec::new();
        let read = (&mut self.read).take(MAX_LINE as u64).read_until(b'\n', &mut line).await;
        match read {
            Ok(_) if line.ends_with(b"\n") => serde_json::from_slice(&line).map_err(|_| Error::Lost),
            _ => Err(Error::Lost),
        }
    }
}
