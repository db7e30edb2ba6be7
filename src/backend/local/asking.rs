//! Programs of ours that a Python runs before any of the site's: each ends within a time, or is ended.

use std::io::{self, Read as _, Seek as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How long one may take: a first start from a slow disk is one of them.
const WITHIN: Duration = Duration::from_mins(2);

/// Runs a command to its end, in a process group of its own and without input.
///
/// # Errors
///
/// It cannot be started, or is not done in time; then it and what it started are gone.
pub(super) fn output(command: &mut Command) -> io::Result<Output> {
    output_within(command, WITHIN)
}

fn output_within(command: &mut Command, within: Duration) -> io::Result<Output> {
    // Files and not pipes: a process that it leaves behind cannot hold them open for us.
    let (mut stdout, mut stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
    let child = command
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?)
        .process_group(0)
        .spawn()?;
    let status = wait(child, within)?;
    let mut output = Output { status, stdout: Vec::new(), stderr: Vec::new() };
    for (file, into) in [(&mut stdout, &mut output.stdout), (&mut stderr, &mut output.stderr)] {
        file.rewind()?;
        file.read_to_end(into)?;
    }
    Ok(output)
}

fn wait(mut child: Child, within: Duration) -> io::Result<ExitStatus> {
    let until = Instant::now() + within;
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() >= until {
            let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
            child.wait()?;
            let reason = format!("it gave no answer within {} s", within.as_secs_f32());
            return Err(io::Error::new(io::ErrorKind::TimedOut, reason));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_is_heard_and_what_does_not_is_ended_with_all_it_started() {
        let mut command = Command::new("/bin/sh");
        let output = output(command.args(["-c", "echo said; echo complained >&2; exit 3"])).unwrap();
        assert_eq!(
            (output.status.code(), &*output.stdout, &*output.stderr),
            (Some(3), &b"said\n"[..], &b"complained\n"[..])
        );

        let folder = tempfile::tempdir().unwrap();
        let alive = folder.path().join("alive");
        let script = format!("(sleep 1; touch '{}') & wait", alive.display());
        let error =
            output_within(Command::new("/bin/sh").args(["-c", &script]), Duration::from_millis(100)).unwrap_err();
        assert_eq!(error.to_string(), "it gave no answer within 0.1 s");
        thread::sleep(Duration::from_millis(1500));
        assert!(!alive.exists());
    }
}
