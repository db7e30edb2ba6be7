//! [`Desk`]: a state folder, a configuration and a simulated machine, and what every scenario asks afterwards.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::kill::Kill;
use crate::support::{aerie, said, scratch};

/// What a command said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) out: String,
    pub(super) err: String,
    pub(super) code: i32,
}

impl Said {
    /// Its JSON document.
    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// States in which nothing is left to do.
const ENDED: [&str; 8] =
    ["succeeded", "failed", "refused", "rejected", "expired", "timed_out", "cancelled", "interrupted"];

/// Whether it ended.
pub(super) fn has_ended(state: &str) -> bool {
    ENDED.contains(&state)
}

/// A place to work at.
pub(super) struct Desk {
    folder: tempfile::TempDir,
    /// Where the state folder is a disk of its own: the process that keeps its namespaces.
    disk: Option<Child>,
}

/// A program that plans two writes.
pub(super) const WRITES: &str =
    "import epics\nepics.caput('A:SP', 1.5)\nepics.caput('B:SP', 2.5)\nresults = {'a': epics.caget('A:SP')}\n";

impl Desk {
    pub(super) fn new() -> Self {
        Self::with(
            "control_system:\n  type: mock\n  connector: {mock: {machine: machine.yml}}\n  policy: [rules.yml]\n",
        )
    }

    pub(super) fn with(config: &str) -> Self {
        let folder = scratch();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
        write(
            "machine.yml",
            "noise: 0\nonly: true\nchannels:\n  A:SP: {type: double, value: 1.0, unit: A, limits: [-9, 9]}\n  B:SP: {type: double, value: 2.0, limits: [-9, 9]}\n",
        );
        write(
            "rules.yml",
            "version: 1\nrules:\n  - {name: all, channels: ['*'], access: write, max: 5, min: -5, settle: 50ms}\n",
        );
        write("config.yml", config);
        Self { folder, disk: None }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.within(&aerie(&self.state()));
        command.args(arguments).arg("--config").arg(self.path().join("config.yml")).stdin(Stdio::null());
        command
    }

    /// Puts the state folder on a disk of this many bytes.
    pub(super) fn mount(&mut self, bytes: u64) {
        std::fs::create_dir(self.state()).expect("a folder");
        let script = format!("mount -t tmpfs -o mode=700,size={bytes} tmpfs \"$0\"; echo; read -r _");
        let mut child = Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-ec", &script])
            .arg(self.state())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare starts");
        let mounted = child.stdout.as_mut().expect("a pipe").read_exact(&mut [0]);
        mounted.expect("a user namespace may mount a tmpfs here");
        self.disk = Some(child);
    }

    /// Does something to the state folder where it is mounted; `$S` is its path.
    #[track_caller]
    pub(super) fn shell(&self, script: &str) -> String {
        let mut shell = Command::new("sh");
        shell.args(["-ec", script]).env("S", self.state());
        let output = self.within(&shell).output().expect("sh starts");
        assert!(output.status.success(), "{script}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The command, in the namespaces of the disk.
    fn within(&self, command: &Command) -> Command {
        let mut inside = match &self.disk {
            None => Command::new(command.get_program()),
            Some(disk) => {
                let mut inside = Command::new("nsenter");
                inside.args(["--user", "--mount", "--preserve-credentials", "--target", &disk.id().to_string(), "--"]);
                inside.arg(command.get_program());
                inside
            }
        };
        inside.args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            inside.current_dir(folder);
        }
        inside
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Said {
        of(self.command(arguments))
    }

    /// Runs a command that has to work.
    #[track_caller]
    pub(super) fn done(&self, arguments: &[&str]) -> Said {
        let said = self.run(arguments);
        assert_eq!(said.code, 0, "{arguments:?}: {said:?}");
        said
    }

    /// The same, killed. `Err`: it was.
    pub(super) fn killed(&self, arguments: &[&str], kill: Kill) -> Result<Said, Said> {
        let of = |output| {
            let (out, err, code) = said(&output);
            Said { out, err, code }
        };
        kill.run(self.command(arguments)).map(of).map_err(of)
    }

    /// All executions, newest first.
    #[track_caller]
    pub(super) fn list(&self) -> Vec<Value> {
        self.done(&["executions", "list", "--json"]).json().as_array().expect("a list").clone()
    }

    /// What waits for a person.
    #[track_caller]
    pub(super) fn waiting(&self) -> Vec<Value> {
        self.done(&["approvals", "list", "--json"]).json().as_array().expect("a list").clone()
    }

    #[track_caller]
    pub(super) fn show(&self, id: &str) -> Value {
        self.done(&["executions", "show", id, "--json"]).json()
    }

    #[track_caller]
    pub(super) fn state_of(&self, id: &str) -> String {
        self.show(id)["summary"]["state"].as_str().expect("a state").to_owned()
    }

    /// The digest of what is asked.
    #[track_caller]
    pub(super) fn digest(&self, id: &str) -> String {
        self.done(&["approvals", "show", id, "--json"]).json()["digest"].as_str().expect("a digest").to_owned()
    }

    /// An execution's events: their words and bodies.
    #[track_caller]
    pub(super) fn events(&self, id: &str) -> Vec<(String, Value)> {
        let said = self.done(&["executions", "logs", id, "--json"]);
        let of = |line: &str| {
            let entry: Value = serde_json::from_str(line).expect("an entry");
            (entry["kind"].as_str().expect("a kind").to_owned(), entry["body"].clone())
        };
        said.out.lines().map(of).collect()
    }

    /// How often something happened to an execution.
    #[track_caller]
    pub(super) fn count(&self, id: &str, kind: &str) -> usize {
        self.events(id).iter().filter(|(known, _)| known == kind).count()
    }

    /// What is true after every crash: the ledger is whole, nothing is held or half-made, and going on twice is going on once.
    #[track_caller]
    pub(super) fn is_sound(&self) {
        self.done(&["ledger", "verify"]);
        let before = self.list();
        let again = self.done(&["executions", "resume"]);
        assert!(again.err.contains("nothing to go on with"), "{again:?}");
        assert_eq!(before, self.list(), "a second resume changes something");
        for one in &before {
            let state = one["state"].as_str().expect("a state");
            assert!(has_ended(state) || state == "awaiting_approval", "{one}");
            self.shell(&format!("test -f '{}/context.json'", one["folder"].as_str().expect("a folder")));
        }
        assert_eq!(self.shell("ls $S/claims"), "", "nobody holds anything");
    }

    /// An execution of [`WRITES`] that waits for a person.
    pub(super) fn asks(&self) -> (String, String) {
        let said = self.run(&["run", "--no-ask", "--json", "-c", WRITES]);
        assert_eq!(said.code, 4, "{said:?}");
        let id = said.json()["id"].as_str().expect("an id").to_owned();
        let digest = self.digest(&id);
        (id, digest)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(disk) = &mut self.disk {
            let _ = disk.kill();
            let _ = disk.wait();
        }
    }
}

pub(super) fn of(mut command: Command) -> Said {
    let (out, err, code) = said(&command.output().expect("aerie starts"));
    Said { out, err, code }
}

/// A state folder as it was at one moment, to be put back at the same place.
pub(super) struct Snapshot(tempfile::TempDir);

impl Snapshot {
    pub(super) fn of(desk: &Desk) -> Self {
        let folder = scratch();
        copy(&desk.state(), folder.path());
        Self(folder)
    }

    pub(super) fn put_back(&self, desk: &Desk) {
        std::fs::remove_dir_all(desk.state()).expect("removed");
        copy(&self.0.path().join("state"), desk.path());
    }
}

fn copy(from: &Path, into: &Path) {
    let made = Command::new("cp").arg("-a").arg(from).arg(into).status().expect("cp starts");
    assert!(made.success());
}
