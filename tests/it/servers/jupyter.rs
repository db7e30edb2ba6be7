//! A real Jupyter server with the configuration, kernelspecs and kernel supervisor of `deploy/jupyter`.
//!
//! Its Python is made of `deploy/jupyter/requirements.txt`, so that what is tested is what the image holds. Kernels run in
//! sessions of their own: killing or pausing the server touches none of them, but their supervisors end them when the
//! server is gone.

use std::fmt::Write as _;
use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::ports::Port;
use super::process::{Paused, Recipe, Server};

/// What is otherwise than in the deployment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Setting {
    /// Everything lies below [`Jupyter::base_path`].
    BaseUrl,
    /// TLS, with a certificate that is its own authority: [`Jupyter::certificate`].
    Https,
    /// The server does not know the v1 WebSocket subprotocol.
    LegacyProtocol,
    /// The limits on output of a server that nobody configured.
    RateLimits,
    /// Kernels whose client is gone are ended after two seconds.
    Cull,
    /// A variable of the supervisor's, as `AERIE_KERNEL_MEMORY`.
    Supervisor(&'static str, String),
}

/// A running Jupyter server.
pub(crate) struct Jupyter {
    server: Server,
    port: Port,
    token: String,
    settings: Vec<Setting>,
    folder: TempDir,
}

impl Jupyter {
    /// The server that all tests of this process share, as deployed. Kernels of other tests come and go in it.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: LazyLock<Jupyter> = LazyLock::new(|| Jupyter::start(&[]));
        &SHARED
    }

    /// A server of the caller's own.
    pub(crate) fn start(settings: &[Setting]) -> Self {
        let port = Port::take();
        // A short path: it holds Unix sockets, whose names have at most 107 bytes.
        let folder = tempfile::Builder::new().prefix("aj-").tempdir().expect("a folder for a Jupyter server");
        let token = format!("test-token-{}-{}", port.number(), std::process::id());
        let path = folder.path().to_str().expect("a path in UTF-8").to_owned();
        let mut arguments = vec![port.number().to_string(), hexadecimal(&token), path];
        let mut environment = Vec::new();
        for setting in settings {
            match setting {
                Setting::BaseUrl => arguments.push("base-url".to_owned()),
                Setting::Https => arguments.push("https".to_owned()),
                Setting::LegacyProtocol => arguments.push("legacy-protocol".to_owned()),
                Setting::RateLimits => arguments.push("rate-limits".to_owned()),
                Setting::Cull => arguments.push("cull".to_owned()),
                Setting::Supervisor(name, value) => environment.push(((*name).to_owned(), value.clone())),
            }
        }
        let recipe = Recipe { script: "jupyter/start.py", arguments, environment, ports: vec![port.number()] };
        Self { server: Server::start(recipe), port, token, settings: settings.to_vec(), folder }
    }

    /// Where it listens.
    pub(crate) fn host() -> String {
        Ipv4Addr::LOCALHOST.to_string()
    }

    /// The port of [`Self::host`].
    pub(crate) fn port(&self) -> u16 {
        self.port.number()
    }

    /// What opens it.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// What comes before `api/`.
    pub(crate) fn base_path(&self) -> &'static str {
        if self.settings.contains(&Setting::BaseUrl) { "/below/here/" } else { "/" }
    }

    /// The certificate to trust, if it speaks TLS.
    pub(crate) fn certificate(&self) -> Option<PathBuf> {
        self.settings.contains(&Setting::Https).then(|| self.folder.path().join("certificate.pem"))
    }

    /// Kills the server alone, as by `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.server.kill();
    }

    /// Kills it if it runs, and starts it again with the same port and token. It knows nothing of its kernels of before.
    pub(crate) fn restart(&mut self) {
        self.server.restart();
    }

    /// Stops the server alone, as by `kill -STOP`, until the guard is dropped.
    pub(crate) fn pause(&self) -> Paused<'_> {
        self.server.pause()
    }

    /// Its process, to hang up on.
    pub(crate) fn server_mut(&mut self) -> &mut Server {
        &mut self.server
    }

    /// The kernels' processes: in them the programs run.
    pub(crate) fn kernels(&self) -> Vec<u32> {
        let of_kernels = self.mentions("/kernels/");
        let leads = |pid: &u32| session(*pid) == Some(*pid);
        let of_kernel = |pid: &u32| read(*pid, "cmdline").ends_with(b"/connection.json\0");
        of_kernels.into_iter().filter(|pid| leads(pid) && of_kernel(pid)).collect()
    }

    /// The supervisors' processes, two for each kernel.
    pub(crate) fn supervisors(&self) -> Vec<u32> {
        let is_supervisor = |pid: &u32| contains(&read(*pid, "cmdline"), b"kernel_supervisor.py");
        self.mentions("/runtime/").into_iter().filter(is_supervisor).collect()
    }

    /// Every process of every kernel, with what programs started: empty when nothing is left. A process that a program
    /// started with another environment and another command line is not seen.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let server = self.server_id();
        self.mentions("/").into_iter().filter(|pid| Some(*pid) != server).collect()
    }

    /// Where the private folders of kernels lie.
    pub(crate) fn kernel_root(&self) -> PathBuf {
        self.folder.path().join("kernels")
    }

    /// The private folders of kernels: none when nothing is left.
    pub(crate) fn kernel_folders(&self) -> Vec<PathBuf> {
        // A server that was hung up on removes what it made.
        let folders = fs::read_dir(self.kernel_root()).into_iter().flatten();
        folders.map(|folder| folder.expect("a folder").path()).collect()
    }

    fn server_id(&self) -> Option<u32> {
        let whole = self.folder.path().as_os_str().as_bytes();
        let is_server = |pid: &u32| {
            let line = read(*pid, "cmdline");
            contains(&line, b"jupyter/start.py") && line.split(|byte| *byte == 0).any(|word| word == whole)
        };
        self.mentions("").into_iter().find(is_server)
    }

    /// Living processes that have this place below the server's folder in their command line or environment.
    fn mentions(&self, place: &str) -> Vec<u32> {
        let needle = format!("{}{place}", self.folder.path().display());
        let is_meant = |pid: &u32| ["cmdline", "environ"].iter().any(|of| contains(&read(*pid, of), needle.as_bytes()));
        let entries = fs::read_dir("/proc").expect("/proc").filter_map(Result::ok);
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter(|pid| *pid != std::process::id()).filter(is_meant).collect()
    }
}

/// A file of a process; empty if the process is gone, has ended, or is not ours to look into.
fn read(pid: u32, file: &str) -> Vec<u8> {
    fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default()
}

fn session(pid: u32) -> Option<u32> {
    let stat = String::from_utf8_lossy(&read(pid, "stat")).into_owned();
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(3)?.parse().ok()
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len().max(1)).any(|window| window == needle) || needle.is_empty()
}

fn hexadecimal(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
