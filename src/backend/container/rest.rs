//! [`Server`]: what a Jupyter server does over REST, each answer with a deadline and a bound.
//!
//! Kernels are started through the sessions API, under a path that names who started them: one whose answer got lost, or
//! that a killed process left behind, can be found again and deleted.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, Method, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::endpoint::Endpoint;
use super::error::{Error, excerpt};
use super::http::{Answer, client};
use crate::backend::outside::{here, started};

/// How long things may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// Until a connection stands.
    pub connect: Duration,
    /// Until a question is answered.
    pub answer: Duration,
    /// Until a kernel is started, restarted or deleted.
    pub kernel: Duration,
    /// Until a new kernel answers.
    pub first_word: Duration,
    /// Between two pings on a kernel's connection.
    pub ping: Duration,
    /// The longest silence on a kernel's connection.
    pub silence: Duration,
    /// How long a lost connection is looked for.
    pub reconnect: Duration,
    /// How long an interrupted program has to end.
    pub grace: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(15),
            kernel: Duration::from_mins(1),
            first_word: Duration::from_mins(1),
            ping: Duration::from_secs(5),
            silence: Duration::from_secs(20),
            reconnect: Duration::from_secs(30),
            grace: Duration::from_secs(3),
        }
    }
}

/// The id of a kernel or of its session on a server.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct KernelId(String);

impl TryFrom<String> for KernelId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let good = (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if good { Ok(Self(text)) } else { Err(format!("`{}` is no id", excerpt(&text))) }
    }
}

impl fmt::Display for KernelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for KernelId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// A kernel as the server sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KernelState {
    /// Which.
    pub id: KernelId,
    /// Its kernelspec.
    #[serde(default)]
    pub name: String,
    /// `starting`, `idle`, `busy`, `restarting`, `dead`.
    #[serde(default)]
    pub execution_state: String,
    /// How many are connected to it.
    #[serde(default)]
    pub connections: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Session {
    pub(super) id: KernelId,
    #[serde(default)]
    pub(super) path: String,
    pub(super) kernel: KernelState,
}

/// What runs there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Version {
    /// The server's version.
    pub version: String,
}

/// A kernel whose deletion failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Which.
    pub kernel: KernelId,
    /// Why.
    pub error: Error,
}

/// A Jupyter server. Clones are the same server.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    endpoint: Endpoint,
    base: Url,
    client: Client,
    timing: Timing,
    /// The first part of the path of every session that is ours.
    owner: String,
    /// The second one: this process.
    run: String,
    tasks: TaskTracker,
    runtime: Handle,
    left: Mutex<BTreeMap<KernelId, (Option<KernelId>, Error)>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("base", &self.0.base.as_str()).finish_non_exhaustive()
    }
}

/// `bytes` random bytes in hexadecimal.
pub(super) fn random(bytes: usize) -> Result<String, Error> {
    let mut random = vec![0u8; bytes];
    getrandom::fill(&mut random).map_err(|error| Error::Settings(format!("the system has no randomness: {error}")))?;
    Ok(random.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
}

/// This process among all that ever were: where its number counts, that number, when it started, and something random.
fn this_process() -> Result<String, Error> {
    let process = std::process::id();
    Ok(format!("{}.{process}.{}.{}", here(), started(process).unwrap_or(0), random(8)?))
}

/// Whether the process of a run is gone. Of what is no run of ours, or was one elsewhere, that is not known.
fn is_gone(run: &str) -> bool {
    let mut parts = run.split('.');
    if parts.next() != Some(here().as_str()) {
        return false;
    }
    let mut numbers = parts.map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(process)), Some(Ok(at))) => u32::try_from(process).is_ok_and(|process| started(process) != Some(at)),
        _ => false,
    }
}

impl Server {
    /// A server that is asked nothing yet. To be called in a runtime, which later ends its kernels. `owner` names this installation among all that use the server.
    pub fn new(endpoint: Endpoint, owner: &str, timing: Timing) -> Result<Self, Error> {
        let base = endpoint.base()?;
        let client = client(&endpoint, timing.connect)?;
        let owner: String = owner.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(64).collect();
        let (tasks, left) = (TaskTracker::new(), Mutex::default());
        let runtime = Handle::try_current().map_err(|error| Error::Settings(error.to_string()))?;
        let owner = format!("aerie-{owner}");
        Ok(Self(Arc::new(Inner { base, client, timing, owner, run: this_process()?, tasks, runtime, left, endpoint })))
    }

    /// Its address.
    pub fn address(&self) -> String {
        self.0.base.to_string()
    }

    pub(super) fn timing(&self) -> &Timing {
        &self.0.timing
    }

    pub(super) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(super) fn base(&self) -> &Url {
        &self.0.base
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    #[cfg(test)]
    pub(super) fn owner(&self) -> &str {
        &self.0.owner
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.0.runtime
    }

    /// Runs a task that [`Server::settle`] waits for, from any thread.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.tasks.spawn_on(task, &self.0.runtime);
    }

    /// Its version; it needs no token.
    pub async fn version(&self) -> Result<Version, Error> {
        let answer = self.ask(Method::GET, &["api"], None, self.0.timing.answer, "say its version").await?;
        answer.read()
    }

    /// That it is a Jupyter server that takes the token and has the kernelspec.
    pub async fn check(&self) -> Result<Version, Error> {
        let version = self.version().await?;
        let status = self.ask(Method::GET, &["api", "status"], None, self.0.timing.answer, "say its status").await?;
        let _: Value = status.read()?;
        self.has(&self.0.endpoint.kernel_name).await?;
        Ok(version)
    }

    /// The names of its kernelspecs.
    pub async fn kernelspecs(&self) -> Result<Vec<String>, Error> {
        #[derive(Deserialize)]
        struct Specs {
            kernelspecs: BTreeMap<String, Value>,
        }
        let what = "list its kernelspecs";
        let answer = self.ask(Method::GET, &["api", "kernelspecs"], None, self.0.timing.answer, what).await?;
        Ok(answer.read::<Specs>()?.kernelspecs.into_keys().map(|name| excerpt(&name)).collect())
    }

    async fn has(&self, name: &str) -> Result<(), Error> {
        let there = self.kernelspecs().await?;
        if there.iter().any(|there| there == name) {
            return Ok(());
        }
        Err(Error::NoKernelspec { server: self.address(), name: name.to_owned(), there })
    }

    /// All its kernels, whosever they are.
    pub async fn kernels(&self) -> Result<Vec<KernelState>, Error> {
        self.ask(Method::GET, &["api", "kernels"], None, self.0.timing.answer, "list its kernels").await?.read()
    }

    /// One kernel; [`Error::NoKernel`] if there is none.
    pub async fn kernel(&self, id: &KernelId) -> Result<KernelState, Error> {
        self.of_kernel(Method::GET, id, &[], self.0.timing.answer, "say how a kernel is").await?.read()
    }

    /// Interrupts what runs in a kernel.
    pub async fn interrupt(&self, id: &KernelId) -> Result<(), Error> {
        let what = "interrupt a kernel";
        self.of_kernel(Method::POST, id, &["interrupt"], self.0.timing.answer, what).await.map(drop)
    }

    /// Restarts a kernel: the process that it was is no more.
    pub async fn restart(&self, id: &KernelId) -> Result<(), Error> {
        self.of_kernel(Method::POST, id, &["restart"], self.0.timing.kernel, "restart a kernel").await.map(drop)
    }

    /// Starts a kernel. A label finds it again if the answer is lost; then it is deleted.
    pub(super) async fn create(&self, name: &str) -> Result<Session, Error> {
        let label = format!("{}/{}/{}", self.0.owner, self.0.run, random(8)?);
        let body = json!({ "path": label, "name": "", "type": "aerie", "kernel": { "name": name } });
        let what = "start a kernel";
        let answer = self.ask(Method::POST, &["api", "sessions"], Some(body), self.0.timing.kernel, what).await;
        match answer.and_then(|answer| answer.read::<Session>()) {
            Ok(session) => Ok(session),
            Err(error @ (Error::Broken { .. } | Error::TimedOut { .. } | Error::NotJupyter { .. })) => {
                // It may have been started all the same.
                let server = self.clone();
                self.spawn(async move { server.find_and_delete(&label).await });
                Err(error)
            }
            Err(error @ Error::Failed { .. }) => {
                self.has(name).await?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    async fn find_and_delete(&self, label: &str) {
        for wait in [1, 5, 20, 30] {
            tokio::time::sleep(Duration::from_secs(wait)).await;
            match self.delete_where(|path| path == label).await {
                Ok(0) => {}
                Ok(_) => return,
                Err(error) => tracing::warn!(%label, %error, "a kernel that may have been started is still looked for"),
            }
        }
    }

    /// Deletes the kernels that processes of this installation left there which are gone, killed for one; says how many.
    pub async fn sweep(&self) -> Result<usize, Error> {
        let owner = format!("{}/", self.0.owner);
        self.delete_where(|path| {
            let run = path.strip_prefix(&owner).and_then(|rest| rest.split('/').next());
            run.is_some_and(is_gone)
        })
        .await
    }

    /// The same, beside everything else. What cannot be swept now is swept next time.
    pub(super) fn sweep_later(&self) {
        let server = self.clone();
        self.spawn(async move {
            match server.sweep().await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "kernels that killed processes had left were deleted"),
                Err(error) => tracing::debug!(%error, "kernels that were left could not be looked for"),
            }
        });
    }

    async fn delete_where(&self, which: impl Fn(&str) -> bool) -> Result<usize, Error> {
        let what = "list its sessions";
        let sessions: Vec<Session> =
            self.ask(Method::GET, &["api", "sessions"], None, self.0.timing.answer, what).await?.read()?;
        let mut deleted = 0;
        for session in sessions.into_iter().filter(|session| which(&session.path)) {
            self.delete(&session.kernel.id, Some(&session.id)).await?;
            deleted += 1;
        }
        Ok(deleted)
    }

    /// Deletes a kernel and sees that it is gone.
    pub(super) async fn delete(&self, id: &KernelId, session: Option<&KernelId>) -> Result<(), Error> {
        let (within, what) = (self.0.timing.kernel, "delete a kernel");
        if let Some(session) = session {
            // What it says does not matter: the kernel is looked at below.
            let _ = self.ask(Method::DELETE, &["api", "sessions", session.as_ref()], None, within, what).await;
        }
        match self.kernel(id).await {
            Err(Error::NoKernel { .. }) => return Ok(()),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        match self.of_kernel(Method::DELETE, id, &[], within, what).await {
            Ok(_) | Err(Error::NoKernel { .. }) => {}
            Err(error) => return Err(error),
        }
        match self.kernel(id).await {
            Err(Error::NoKernel { .. }) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(Error::NotEnded { server: self.address(), kernel: id.clone() }),
        }
    }

    /// Deletes a kernel with patience; one that stays is remembered.
    pub(super) async fn delete_or_remember(&self, id: KernelId, session: Option<KernelId>) -> Result<(), Error> {
        let until = Instant::now() + self.0.timing.reconnect / 3;
        let mut pause = Duration::from_millis(200);
        let mut result = self.delete(&id, session.as_ref()).await;
        while result.as_ref().is_err_and(|error| !error.is_configuration()) && Instant::now() < until {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(5));
            result = self.delete(&id, session.as_ref()).await;
        }
        let mut left = self.0.left.lock().unwrap_or_else(PoisonError::into_inner);
        match &result {
            Ok(()) => drop(left.remove(&id)),
            Err(error) => {
                tracing::error!(kernel = %id, %error, "a kernel could not be deleted");
                left.insert(id, (session, error.clone()));
            }
        }
        result
    }

    /// Waits until every kernel that was dropped is deleted, tries those again that were not, and names those that are left.
    pub async fn settle(&self) -> Vec<Left> {
        self.0.tasks.close();
        self.0.tasks.wait().await;
        self.0.tasks.reopen();
        self.delete_left().await;
        let left = self.0.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.iter().map(|(kernel, (_, error))| Left { kernel: kernel.clone(), error: error.clone() }).collect()
    }

    /// Tries those again that could not be deleted.
    async fn delete_left(&self) {
        let again = self.0.left.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (kernel, (session, _)) in again {
            if self.delete(&kernel, session.as_ref()).await.is_ok() {
                self.0.left.lock().unwrap_or_else(PoisonError::into_inner).remove(&kernel);
            }
        }
    }

    /// The same, beside everything else.
    pub(super) fn delete_left_later(&self) {
        if !self.0.left.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            let server = self.clone();
            self.spawn(async move { server.delete_left().await });
        }
    }

    async fn of_kernel(
        &self,
        method: Method,
        id: &KernelId,
        rest: &[&str],
        within: Duration,
        what: &'static str,
    ) -> Result<Answer, Error> {
        let path = [&["api", "kernels", id.as_ref()], rest].concat();
        match self.ask(method, &path, None, within, what).await {
            Err(Error::Failed { status: 404, .. }) => {
                Err(Error::NoKernel { server: self.address(), kernel: id.clone() })
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_would_leave_their_place_are_refused() {
        for id in ["", "..", "a/b", "a b", "a?b", "ä", &"x".repeat(65)] {
            assert!(KernelId::try_from(id.to_owned()).is_err(), "{id}");
        }
        assert!(KernelId::try_from("3f0c1a52-0f6b-4b5c_9".to_owned()).is_ok());
    }
}
