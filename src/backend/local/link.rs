//! [`LocalLink`]: the conversation with a process of this host: its door is a socket, its output are pipes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{ChildStderr, ChildStdout};

use super::confined::{Confined, Started};
use super::folder::Private;
use super::spec::{Ended, How};
use super::walls::Wall;
use crate::backend::Error as BackendError;
use crate::backend::frame::MAX_FRAME;
use crate::backend::outside::{Count, Exit, Happening, Link, Used};
use crate::execution::{Limit, Limits, Walls};

/// How often CPU time and memory are looked at.
const TICK: Duration = Duration::from_millis(100);
/// Memory that a program may have beside what its rlimit counts: the first stack, tables of libraries.
const BESIDE: u64 = 64 << 20;
/// Looking at files may take this part of the time.
const FILES_SHARE: u32 = 20;
/// Most bytes of output taken at once.
const CHUNK: usize = 64 << 10;
/// How long output may still come after everything has ended.
const DRAIN: Duration = Duration::from_secs(2);
/// How long output that is on its way may take.
const LATE: Duration = Duration::from_millis(20);
/// How long a killed program may take to be gone.
const GONE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct LocalLink {
    confined: Confined,
    pid: u32,
    walls: Walls,
    read: OwnedReadHalf,
    write: OwnedWriteHalf,
    /// What came through the door and is no whole message yet.
    came: Vec<u8>,
    /// What goes to the program, and how much of it went.
    going: Vec<u8>,
    gone: usize,
    door_open: bool,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    private: Arc<Private>,
    limits: Limits,
    /// CPU time that the interpreter had used before the job.
    before: Duration,
    next_look: Instant,
    next_files: Instant,
    /// It is over, and until when its output may still come.
    over: Option<(Ended, Instant)>,
    ended: Option<Ended>,
    counted: Counted,
    /// The limit that its files exceeded at the end.
    beyond: Option<Limit>,
}

/// What lay in the folders at the end.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    files: u64,
    file_bytes: u64,
}

impl LocalLink {
    /// `walls` are those of `started`, in the words of results.
    pub(super) fn new(started: Started, walls: Walls, private: Private) -> Self {
        let (read, write) = started.door.into_split();
        Self {
            confined: started.confined,
            pid: started.pid,
            walls,
            read,
            write,
            came: Vec::new(),
            going: Vec::new(),
            gone: 0,
            door_open: true,
            stdout: Some(started.stdout),
            stderr: Some(started.stderr),
            private: Arc::new(private),
            limits: Limits::default(),
            before: Duration::ZERO,
            next_look: Instant::now() + TICK,
            next_files: Instant::now(),
            over: None,
            ended: None,
            counted: Counted::default(),
            beyond: None,
        }
    }

    pub(super) fn private(&self) -> &Arc<Private> {
        &self.private
    }

    /// Whether a wall stands around it.
    pub(super) fn stands(&self, wall: Wall) -> bool {
        self.walls.standing.contains(&super::name_of(wall))
    }

    /// Whether it waits for a job, unharmed.
    pub(super) fn is_waiting(&self) -> bool {
        !self.confined.is_over()
    }

    /// Lets it go. If it has ended its folder is gone when this returns; otherwise its supervisor ends it now.
    pub(super) async fn discard(self) {
        let Self { confined, private, ended, .. } = self;
        drop(confined);
        if ended.is_some()
            && let Some(private) = Arc::into_inner(private)
        {
            // It says for itself what it could not remove.
            let _ = tokio::task::spawn_blocking(move || private.remove()).await;
        }
    }

    /// Makes the process the job's own: its limits hold from now on.
    pub(super) async fn begin(&mut self, limits: &Limits) -> Result<(), super::Error> {
        self.before = cpu_time(self.pid).unwrap_or_default();
        // Whole seconds are all that the kernel knows; the rest is looked after here.
        let cpu = self.before.saturating_add(limits.cpu).as_secs().saturating_add(1);
        let ordered = super::spec::Limits {
            memory: Some(limits.memory),
            cpu_seconds: Some(cpu),
            file_bytes: Some(limits.file_bytes),
            ..super::spec::Limits::default()
        };
        self.confined.limits(ordered).await?;
        self.limits = limits.clone();
        let set = [Wall::Memory, Wall::CpuTime, Wall::FileSize].map(super::name_of);
        self.walls
            .standing
            .extend(set.into_iter().filter(|name| !self.walls.standing.contains(name)).collect::<Vec<_>>());
        Ok(())
    }

    /// A whole message, if one has come. `Err`: what comes is no message.
    fn message(&mut self) -> Result<Option<Vec<u8>>, ()> {
        let Some((length, rest)) = self.came.split_first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_le_bytes(*length) as usize;
        if length > MAX_FRAME {
            return Err(());
        }
        let Some(message) = rest.get(..length).map(<[u8]>::to_vec) else { return Ok(None) };
        self.came.drain(..4 + length);
        Ok(Some(message))
    }

    /// Whether it keeps to its limits, as far as that is looked after here.
    fn look(&mut self) -> Option<Happening> {
        if cpu_time(self.pid).is_some_and(|used| used.saturating_sub(self.before) > self.limits.cpu) {
            return Some(Happening::CpuUsed);
        }
        if memory(self.pid).is_some_and(|used| used > self.limits.memory.saturating_add(BESIDE)) {
            // Stopped in the same way, by the limit that is named.
            return Some(Happening::Exceeded(Limit::Memory));
        }
        let begun = Instant::now();
        if begun >= self.next_files {
            let counted = self.private.count(&mut Count::new(&self.limits));
            self.next_files = Instant::now() + begun.elapsed() * FILES_SHARE;
            if let Err(limit) = counted {
                return Some(Happening::Exceeded(limit));
            }
        }
        None
    }

    /// How the program ended, once its output is at its end.
    fn exit(&mut self, ended: Ended) -> Happening {
        let exit = match ended.how {
            _ if ended.oom => Exit::OutOfMemory,
            How::Exited(code) => Exit::Code(code.to_le_bytes()[0]),
            How::Signalled(signal) => Exit::Signal(signal),
        };
        self.note(ended);
        self.beyond.map_or(Happening::Exited(exit), Happening::Exceeded)
    }

    /// Nothing runs any more: what it left is counted for the last time.
    fn note(&mut self, ended: Ended) {
        self.ended = Some(ended);
        let mut count = Count::new(&self.limits);
        self.beyond = self.private.count(&mut count).err();
        self.counted = Counted { files: count.files, file_bytes: count.bytes };
    }
}

#[async_trait]
impl Link for LocalLink {
    async fn next(&mut self) -> Result<Happening, BackendError> {
        loop {
            // One thing at a time: who does not take an answer is not asked further, and fills no memory.
            let sending = self.gone < self.going.len();
            match if sending { Ok(None) } else { self.message() } {
                Ok(Some(message)) => return Ok(Happening::Request(0, message)),
                Ok(None) => {}
                Err(()) => {
                    self.stop().await?;
                    return Ok(self.beyond.map_or(Happening::Exited(Exit::Done), Happening::Exceeded));
                }
            }
            let silent = self.stdout.is_none() && self.stderr.is_none();
            // Somebody else may hold a pipe open; nobody of this program does.
            if let Some((ended, by)) = &self.over
                && (silent || Instant::now() >= *by)
            {
                let ended = ended.clone();
                return Ok(self.exit(ended));
            }
            if Instant::now() >= self.next_look {
                self.next_look = Instant::now() + TICK;
                if let Some(met) = self.look() {
                    return Ok(met);
                }
            }
            let mut out = Vec::with_capacity(CHUNK);
            let mut err = Vec::with_capacity(CHUNK);
            tokio::select! {
                biased;
                read = read_some(&mut self.stdout, &mut out) => match read {
                    0 => self.stdout = None,
                    _ => return Ok(Happening::Stdout(out)),
                },
                read = read_some(&mut self.stderr, &mut err) => match read {
                    0 => self.stderr = None,
                    _ => return Ok(Happening::Stderr(err)),
                },
                wrote = self.write.write(&self.going[self.gone..]), if sending => match wrote {
                    Ok(count @ 1..) => self.gone += count,
                    // A program that closed its door gets no answers.
                    _ => self.gone = self.going.len(),
                },
                read = self.read.read_buf(&mut self.came), if self.door_open && !sending => {
                    self.door_open = read.is_ok_and(|count| count > 0);
                }
                ended = self.confined.ended(), if self.over.is_none() => {
                    self.over = Some((ended.map_err(super::Error::from)?, Instant::now() + DRAIN));
                }
                () = tokio::time::sleep_until(self.next_look.into()) => {}
            }
        }
    }

    async fn answer(&mut self, _number: u64, frame: Vec<u8>) -> Result<(), BackendError> {
        // Written as the program reads it: one that reads nothing does not hold anybody up.
        let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        self.going.drain(..self.gone);
        self.gone = 0;
        self.going.extend_from_slice(&length.to_le_bytes());
        self.going.extend_from_slice(&frame);
        Ok(())
    }

    async fn stop(&mut self) -> Result<(), BackendError> {
        if self.ended.is_some() {
            return Ok(());
        }
        self.confined.kill().map_err(super::Error::from)?;
        let gone = tokio::time::timeout(GONE, self.confined.ended()).await;
        let ended = gone.map_err(|_| super::Error::Stays { pid: self.pid })?.map_err(super::Error::from)?;
        self.note(ended);
        Ok(())
    }

    async fn rest(&mut self) -> Result<Happening, BackendError> {
        let (mut out, mut err) = (Vec::with_capacity(CHUNK), Vec::with_capacity(CHUNK));
        loop {
            if self.stdout.is_none() && self.stderr.is_none() {
                return Ok(Happening::Exited(Exit::Done));
            }
            tokio::select! {
                biased;
                read = read_some(&mut self.stdout, &mut out), if self.stdout.is_some() => match read {
                    0 => self.stdout = None,
                    _ => return Ok(Happening::Stdout(out)),
                },
                read = read_some(&mut self.stderr, &mut err), if self.stderr.is_some() => match read {
                    0 => self.stderr = None,
                    _ => return Ok(Happening::Stderr(err)),
                },
                () = tokio::time::sleep(LATE) => return Ok(Happening::Exited(Exit::Done)),
            }
        }
    }

    fn used(&self) -> Option<Used> {
        let ended = self.ended.as_ref()?;
        let cpu = Duration::try_from_secs_f64(ended.cpu_seconds).unwrap_or_default();
        let Counted { files, file_bytes } = self.counted;
        Some(Used { cpu: cpu.saturating_sub(self.before), memory_bytes: ended.max_rss, files, file_bytes })
    }

    fn walls(&self) -> Option<Walls> {
        Some(self.walls.clone())
    }
}

/// Bytes that were read; 0 at the end of the pipe. Waits for ever where there is none.
async fn read_some(pipe: &mut Option<impl tokio::io::AsyncRead + Unpin>, into: &mut Vec<u8>) -> usize {
    match pipe {
        Some(pipe) => pipe.read_buf(into).await.unwrap_or(0),
        None => std::future::pending().await,
    }
}

/// CPU time that a process used. `None`: it is gone.
fn cpu_time(pid: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the name, which may hold anything: state, and from there the 12th and 13th are user and system time (proc(5)).
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()?.checked_add(fields.next()?.parse().ok()?)?;
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    Some(Duration::from_millis(ticks.saturating_mul(1_000) / per_second))
}

/// Bytes of memory that a process filled, with those that were swapped out. `None`: it is gone.
///
/// The kernel's own limit is of what can be written: a program could fill memory, give up writing to it, and have more.
fn memory(pid: u32) -> Option<u64> {
    let filled = |status: PathBuf| {
        let status = std::fs::read_to_string(status).ok()?;
        let kib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
        };
        Some(kib("RssAnon:")?.saturating_add(kib("VmSwap:").unwrap_or(0)).saturating_mul(1024))
    };
    let process = PathBuf::from(format!("/proc/{pid}"));
    // A first thread that has ended has no memory any more; what others have is theirs all.
    let others =
        || std::fs::read_dir(process.join("task")).ok()?.flatten().find_map(|task| filled(task.path().join("status")));
    filled(process.join("status")).or_else(others)
}
