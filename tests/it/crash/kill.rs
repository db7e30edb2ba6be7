//! [`Kill`]: where a process is to end, and [`at_every_moment`]: a scenario, repeated for each such place.

use std::os::unix::process::ExitStatusExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Each time something is made durable.
    Sync,
    /// Each time a folder changes.
    Name,
    /// Each time a file's content changes.
    Data,
    /// Each message that leaves over TCP: to a control system.
    Send,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Name => "name",
            Self::Data => "data",
            Self::Send => "send",
        }
    }
}

/// Which of two runners of a scenario: one kills before the moment, the other after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Before,
    After,
}

/// A place where a process ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kill {
    pub(super) kind: Kind,
    /// Counted from 1.
    pub(super) at: u32,
    pub(super) when: When,
}

/// The preloaded library, made once.
static SHIM: LazyLock<PathBuf> = LazyLock::new(|| {
    // Statics are never dropped: it stays below the target folder, named by the process that made it.
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("crash");
    std::fs::create_dir_all(&folder).expect("a folder");
    let (source, part, made) = (
        folder.join(format!("{}.c", std::process::id())),
        folder.join(format!("{}.part", std::process::id())),
        folder.join("kill_at.so"),
    );
    std::fs::write(&source, include_str!("kill_at.c")).expect("a file");
    let output = Command::new("cc")
        .args(["-O1", "-shared", "-fPIC", "-o"])
        .arg(&part)
        .arg(&source)
        .arg("-ldl")
        .output()
        .expect("these tests need a C compiler, `cc`");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::rename(&part, &made).expect("moved");
    let _ = std::fs::remove_file(source);
    made
});

/// The command with the library, and no orders for it.
pub(super) fn preloaded(command: &mut Command) -> &mut Command {
    command.env("LD_PRELOAD", &*SHIM)
}

impl Kill {
    /// Runs a command to where it ends. `Err`: it was killed there.
    pub(super) fn run(self, mut command: Command) -> Result<Output, Output> {
        let when = if self.when == When::Before { "before" } else { "after" };
        preloaded(&mut command)
            .env("AERIE_KILL_KIND", self.kind.word())
            .env("AERIE_KILL_AT", self.at.to_string())
            .env("AERIE_KILL_WHEN", when);
        let output = command.output().expect("aerie starts");
        if output.status.signal() == Some(9) { Err(output) } else { Ok(output) }
    }
}

/// Repeats a scenario with a kill at the 1st, (1 + `stride`)th, … moment, until it is not killed any more: by one thread before
/// the moment, by the other after it. `prepare` makes what a thread works in; the scenario says whether it was killed.
/// Gives how many kills that were. All moments at which the scenario fails are told, not the first alone.
pub(super) fn at_every_moment<W>(
    (kind, stride): (Kind, u32),
    prepare: impl Fn(When) -> W + Sync,
    scenario: impl Fn(&mut W, Kill) -> bool + Sync,
) -> u32 {
    let (kills, failed) = (AtomicU32::new(0), Mutex::new(Vec::new()));
    let begun = std::time::Instant::now();
    std::thread::scope(|scope| {
        for when in [When::Before, When::After] {
            let (prepare, scenario, kills, failed) = (&prepare, &scenario, &kills, &failed);
            scope.spawn(move || {
                let mut work = prepare(when);
                // The two threads begin apart, so that a stride leaves out fewer places.
                let mut at = if when == When::After { 1 + stride / 2 } else { 1 };
                loop {
                    let kill = Kill { kind, at, when };
                    match catch_unwind(AssertUnwindSafe(|| scenario(&mut work, kill))) {
                        Ok(true) => {}
                        Ok(false) => return,
                        Err(_) => {
                            // What it said is on standard error.
                            failed.lock().unwrap_or_else(PoisonError::into_inner).push(kill);
                            work = prepare(when);
                        }
                    }
                    kills.fetch_add(1, Ordering::Relaxed);
                    at += stride;
                    assert!(at < 1_000, "it never comes to an end");
                }
            });
        }
    });
    let (kills, failed) = (kills.into_inner(), failed.into_inner().unwrap_or_else(PoisonError::into_inner));
    eprintln!("{kind:?}: {kills} kills in {:.1} s", begun.elapsed().as_secs_f64());
    assert!(failed.is_empty(), "{} of {kills} failed: {failed:?}", failed.len());
    kills
}
