//! A site with a configuration, a machine and rules, and the `aerie` command in it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::servers::{Jupyter, kernels_python};
use crate::support::{bare_aerie, cache_dir, said, sandbox, scratch};

/// Channels of the simulated machine, and rules that allow to write them.
const MACHINE: &str = "noise: 0\nonly: true\nchannels:\n  A:SP: {type: double, value: 1.0, unit: A, limits: [-9, 9]}\n";
const RULES: &str =
    "version: 1\nrules:\n  - {name: all, channels: ['*'], access: write, max: 5, min: -5, settle: 50ms}\n";

pub(super) struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// A site whose `execution` section is this.
    pub(super) fn new(execution: &str) -> Self {
        sandbox();
        let folder = scratch();
        let desk = Self { folder };
        let machine =
            "control_system:\n  type: mock\n  connector: {mock: {machine: machine.yml}}\n  policy: [rules.yml]\n";
        for (name, text) in [("machine.yml", MACHINE), ("rules.yml", RULES)] {
            desk.write(name, text);
        }
        desk.write("config.yml", &format!("execution:\n{execution}{machine}"));
        desk
    }

    /// One whose programs run in the tests' environment.
    pub(super) fn local() -> Self {
        Self::new(&local(""))
    }

    /// One whose programs run in kernels of this server.
    pub(super) fn container(server: &Jupyter) -> Self {
        Self::new(&container(server.port(), server.token()))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn state(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare_aerie(self.folder.path(), &cache_dir());
        command.args(arguments).arg("--config").arg(self.path("config.yml")).stdin(Stdio::null());
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> (String, String, i32) {
        said(&self.command(arguments).output().expect("aerie starts"))
    }

    pub(super) fn json(&self, arguments: &[&str]) -> (Value, i32) {
        let (out, err, code) = self.run(arguments);
        (serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")), code)
    }

    /// Starts a command and gives it as soon as it printed something.
    pub(super) fn started(&self, arguments: &[&str]) -> Child {
        use std::io::{BufRead as _, BufReader};
        let mut command = self.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("aerie starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        assert!(!line.is_empty(), "it ended without a word");
        child
    }
}

/// The `execution` section for programs of this host.
pub(super) fn local(more: &str) -> String {
    let python = kernels_python().display();
    format!("  execution_method: local\n  local: {{python_env_path: '{python}'{more}}}\n")
}

/// The same for kernels.
pub(super) fn container(port: u16, token: &str) -> String {
    format!(
        "  execution_method: container\n  container: {{jupyter_host: 127.0.0.1, jupyter_port: {port}, token: '{token}'}}\n"
    )
}
