//! Starts the program: fork, walls, exec.

use std::io::{PipeWriter, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use nix::sys::signal::SigSet;
use rustix::process::{Pid, Signal, getpid, getppid, set_parent_process_death_signal, setsid};

use crate::backend::local::spec::Spec;
use crate::backend::local::walls::{self, Walls, cgroup::Group};

/// Most that the child says about its walls, in bytes.
const MAX_WORD: u64 = 1 << 16;

/// Starts the program with the door as its standard input; its process, and the walls around it. `Err`: why not.
pub(super) fn start(spec: &Spec, door: OwnedFd, group: Option<Arc<Group>>) -> Result<(Pid, Walls), String> {
    let (heard, word) = std::io::pipe().map_err(|error| error.to_string())?;
    let mut command = Command::new(&spec.program);
    command.args(&spec.arguments).env_clear().current_dir(&spec.cwd).stdin(Stdio::from(door));
    command.envs(spec.environment.iter().map(|(name, value)| (name, value)));
    let spawned = spawn(command, getpid(), spec.clone(), group, word);
    let mut text = Vec::new();
    heard.take(MAX_WORD).read_to_end(&mut text).map_err(|error| error.to_string())?;
    let word: Option<Result<Walls, String>> = serde_json::from_slice(&text).ok();
    match (spawned, word) {
        (Ok(pid), Some(Ok(walls))) => Ok((pid, walls)),
        (_, Some(Err(reason))) => Err(reason),
        (Err(error), _) => {
            Err(format!("`{}` cannot be started in `{}`: {error}", spec.program.display(), spec.cwd.display()))
        }
        (Ok(_), None) => Err("the program started without a word about its walls".to_owned()),
    }
}

#[expect(unsafe_code, reason = "what has to be done between fork and exec")]
fn spawn(
    mut command: Command,
    supervisor: Pid,
    spec: Spec,
    group: Option<Arc<Group>>,
    mut word: PipeWriter,
) -> std::io::Result<Pid> {
    // SAFETY: this process has one thread, so that its child may do whatever it could, allocation included. The numbers
    // given to `close_range` are no memory, and close nothing before exec; `SIG_DFL` is no handler.
    unsafe {
        command.pre_exec(move || {
            libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, libc::CLOSE_RANGE_CLOEXEC);
            for signal in 1..32 {
                // A program interrupted by SIGINT has to notice, whatever Aerie was started from. `KILL` and `STOP` refuse.
                libc::signal(signal, libc::SIG_DFL);
            }
            let walls = enter(supervisor, &spec, group.as_deref());
            let refused = walls.is_err();
            let said = serde_json::to_vec(&walls).unwrap_or_default();
            word.write_all(&said)?;
            if refused { Err(std::io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
        });
    }
    let child = command.spawn()?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    pid.ok_or_else(|| std::io::Error::other("the new process has no number"))
}

/// In the child: everything that has to hold when the program begins.
fn enter(supervisor: Pid, spec: &Spec, group: Option<&Group>) -> Result<Walls, String> {
    // What the supervisor does not hear, the program does.
    SigSet::all().thread_unblock().map_err(|error| format!("signals stay blocked: {error}"))?;
    setsid().map_err(|error| format!("no session of its own: {error}"))?;
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| format!("no death signal: {error}"))?;
    // The signal comes only for a death that is yet to come.
    if getppid() != Some(supervisor) {
        return Err("the supervisor is gone".to_owned());
    }
    walls::raise(spec, group).map_err(|error| error.to_string())
}
