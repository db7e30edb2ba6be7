//! A server process: started, waited for, stopped, killed, started again on the same ports.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{environment, ports};

/// How long a server may take until it is ready, on a busy machine.
const READY: Duration = Duration::from_secs(90);
/// How much of what a server says is kept for a panic's message.
const KEPT_LINES: usize = 60;

/// How a server is started, each time in the same way.
pub(super) struct Recipe {
    pub(super) script: &'static str,
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(String, String)>,
    /// The TCP ports it must accept on.
    pub(super) ports: Vec<u16>,
}

/// A server process. Dropping it kills it and everything it started.
pub(crate) struct Server {
    recipe: Recipe,
    running: Option<Running>,
}

struct Running {
    child: Child,
    /// Open as long as the server shall live.
    stdin: Option<ChildStdin>,
    said: Said,
}

/// The last lines a server said.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<VecDeque<String>>>);

impl Said {
    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().flat_map(|line| ["  | ", line, "\n"]).collect()
    }
}

impl Server {
    /// Starts it and waits until it is ready; panics with what it said when it is not.
    pub(super) fn start(recipe: Recipe) -> Self {
        let mut server = Self { recipe, running: None };
        server.begin();
        server
    }

    fn begin(&mut self) {
        let Recipe { script, arguments, environment, ports } = &self.recipe;
        let mut command = environment::command(script);
        command.args(arguments).envs(environment.iter().map(|(name, value)| (name, value)));
        let mut child = spawn(&mut command);
        let stdin = child.stdin.take();
        let said = Said::default();
        let (sender, ready) = mpsc::channel();
        listen(child.stderr.take().expect("a pipe"), said.clone(), None);
        listen(child.stdout.take().expect("a pipe"), said.clone(), Some(sender));
        self.running = Some(Running { child, stdin, said: said.clone() });
        match ready.recv_timeout(READY) {
            Ok(()) => ports::wait_until_accepting(ports),
            Err(why) => {
                let how = match why {
                    RecvTimeoutError::Timeout => format!("was not ready within {READY:?}"),
                    RecvTimeoutError::Disconnected => String::from("ended before it was ready"),
                };
                panic!("{script} {arguments:?} {how}. It said:\n{}", said.text());
            }
        }
    }

    /// Kills it, as by `kill -9`, with everything it started.
    pub(crate) fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            // The group is there at least until its leader is waited for.
            let _ = kill_process_group(pid(&running.child), Signal::KILL);
            let _ = running.child.wait();
        }
    }

    /// Kills it if it runs, and starts it again on the same ports.
    pub(crate) fn restart(&mut self) {
        self.kill();
        ports::wait_until_free(&self.recipe.ports);
        self.begin();
    }

    /// The same, with another environment from now on.
    pub(crate) fn restart_with(&mut self, name: &str, value: &str) {
        self.recipe.environment.push((name.to_owned(), value.to_owned()));
        self.restart();
    }

    /// Closes its standard input, as the end of the test process does, and waits for it to leave.
    pub(crate) fn hang_up(&mut self) -> ExitStatus {
        let running = self.running.as_mut().expect("a running server");
        running.stdin = None;
        let begun = Instant::now();
        loop {
            if let Some(status) = running.child.try_wait().expect("a child process") {
                return status;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{} stays when its input closes", self.recipe.script);
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops it, as by `kill -STOP`, until the guard is dropped: it keeps its connections and answers nothing.
    pub(crate) fn pause(&self) -> Paused<'_> {
        Paused::new(self)
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.running.as_ref().expect("a running server").child.id()
    }

    /// What it said last, for a failing test's message.
    pub(crate) fn said(&self) -> String {
        self.running.as_ref().map_or_else(String::new, |running| running.said.text())
    }

    fn group(&self) -> Pid {
        pid(&self.running.as_ref().expect("a running server").child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A server that is stopped. Dropping this lets it go on.
pub(crate) struct Paused<'server> {
    server: &'server Server,
    /// A stopped server cannot see its input close. This process can, and lets the server go on to see it.
    guard: Child,
}

impl<'server> Paused<'server> {
    fn new(server: &'server Server) -> Self {
        let group = server.group();
        let mut command = Command::new("sh");
        command.args(["-c", "read -r _; kill -CONT \"-$0\""]).arg(group.as_raw_nonzero().to_string());
        let guard = command.process_group(0).stdin(Stdio::piped()).spawn().expect("sh starts");
        kill_process_group(group, Signal::STOP).expect("the server can be stopped");
        // Its threads stop one after another, and the last may still answer a request.
        let stat = format!("/proc/{}/stat", group.as_raw_nonzero());
        let is_stopped = || {
            let stat = std::fs::read_to_string(&stat).expect("a server's state");
            stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('T'))
        };
        super::until("the server is stopped", is_stopped);
        Self { server, guard }
    }
}

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        let _ = kill_process_group(self.server.group(), Signal::CONT);
        // Closes the guard's input, upon which it ends.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// Starts a command in a process group of its own, with pipes.
pub(super) fn spawn(command: &mut Command) -> Child {
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"))
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// Reads a pipe to its end in a thread, so that the server never waits for a reader.
fn listen(pipe: impl Read + Send + 'static, said: Said, ready: Option<Sender<()>>) {
    thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if let Some(ready) = ready.as_ref().filter(|_| line.split(' ').next() == Some("READY")) {
                // Nobody listens any more after a restart's deadline.
                let _ = ready.send(());
            } else {
                said.push(line);
            }
        }
    });
}
