//! Carrying an execution from where it is to where it ends, or waits for a person.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::error::ServiceError;
use super::log::Log;
use super::result::check_results;
use super::{Caller, LastRun, Notice, PythonServiceResult, Service};
use crate::artifacts::{ExecutionRoot, NewFolder, as_context};
use crate::execution::{
    Digest, Ending, Event, ExecutionId, GenerationNote, Limits, Progress, PythonExecutionRequest, State, Submitted,
};
use crate::store::{Claim, StoreError};

/// An execution in this process's hands.
pub(super) struct Carried {
    pub(super) id: ExecutionId,
    pub(super) log: Arc<tokio::sync::Mutex<Log>>,
    pub(super) root: ExecutionRoot,
    /// The context, or why it cannot be read any more: what is over can be ended without it.
    pub(super) context: Result<Map<String, Value>, String>,
    pub(super) caller: Caller,
    /// Nobody else has it as long as this lives.
    _claim: Claim,
}

impl Carried {
    pub(super) async fn progress(&self) -> Result<Progress, ServiceError> {
        self.log.lock().await.progress().cloned()
    }

    pub(super) fn see(&self, notice: &Notice<'_>) {
        self.caller.watcher.see(self.id, notice);
    }

    /// The present program.
    pub(super) async fn code(&self) -> Result<String, ServiceError> {
        let log = self.log.lock().await;
        let digest = log.progress()?.code.clone();
        let Some(digest) = digest else {
            return Err(ServiceError::Broken { id: self.id, reason: "it has no program".to_owned() });
        };
        let bytes = log.blob(&digest).await?;
        String::from_utf8(bytes)
            .map_err(|_| ServiceError::Broken { id: self.id, reason: "its program is not UTF-8".to_owned() })
    }
}

/// An id for this moment, and random bits.
fn entropy(now: &jiff::Zoned) -> (ExecutionId, u128) {
    let mut bytes = [0; 16];
    // Without a random source the id is still unique in time, which one process on one machine can tell apart.
    let _ = getrandom::fill(&mut bytes);
    let random = u128::from_le_bytes(bytes);
    (ExecutionId::from_parts(u64::try_from(now.timestamp().as_millisecond()).unwrap_or(0), random), random)
}

impl Service {
    /// Carries out a request: until it ended, or waits for a person.
    ///
    /// The same `idempotency_key` of the same principal a second time is the same execution.
    ///
    /// # Errors
    ///
    /// When the pipeline itself cannot go on. That the program fails is a result.
    pub async fn execute(
        &self,
        request: PythonExecutionRequest,
        caller: Caller,
    ) -> Result<PythonServiceResult, ServiceError> {
        let key = request.idempotency_key.clone().map(|key| (caller.principal.name.clone(), key));
        let digest = digest_of(&request);
        if let Some((principal, key)) = &key
            && let Some(id) = self.store.find_key(principal, key).await?
        {
            self.same_request(id, &digest).await?;
            return Box::pin(self.carry(id, caller)).await;
        }
        let (id, carried) = Box::pin(self.begin(request, caller.clone(), None)).await?;
        match Box::pin(self.advance(carried)).await {
            // Somebody else was first with this key.
            Err(ServiceError::Store(StoreError::KeyUsed { execution })) if execution != id => {
                self.same_request(execution, &digest).await?;
                Box::pin(self.carry(execution, caller)).await
            }
            other => other,
        }
    }

    /// Does an execution again, with what it was started with: a new one.
    pub async fn rerun(&self, id: ExecutionId, caller: Caller) -> Result<PythonServiceResult, ServiceError> {
        let log = Log::load(Arc::clone(&self.store), id, None).await?;
        let progress = log.progress()?.clone();
        let mut request = progress.submitted.request.clone();
        let root = ExecutionRoot::at(PathBuf::from(&progress.submitted.folder));
        request.capability_context_data = root.context(&progress.submitted.context)?;
        if root.inputs_digest()? != progress.submitted.inputs {
            let (path, reason) =
                (root.path().join("inputs").display().to_string(), "they were altered since".to_owned());
            return Err(ServiceError::Unusable { path, reason });
        }
        // The program that it came to, not another one.
        if let Some(code) = &progress.code {
            let bytes = log.blob(code).await?;
            request.approved_code = Some(String::from_utf8_lossy(&bytes).into_owned());
        }
        request.seed = Some(progress.submitted.seed);
        request.idempotency_key = None;
        request.existing_execution_folder = None;
        request.inputs = kept_inputs(&root)?;
        // They are in the context and the inputs already.
        request.results_of.clear();
        let (_, carried) = Box::pin(self.begin(request, caller, Some(id))).await?;
        Box::pin(self.advance(carried)).await
    }

    /// Prepares a new execution: its folder, its inputs, its first event. Nothing is stored yet.
    async fn begin(
        &self,
        mut request: PythonExecutionRequest,
        caller: Caller,
        repeats: Option<ExecutionId>,
    ) -> Result<(ExecutionId, Carried), ServiceError> {
        request.check()?;
        let now = jiff::Zoned::now();
        let (id, random) = entropy(&now);
        let place = match request.existing_execution_folder.clone() {
            Some(folder) => NewFolder::At(folder),
            None => NewFolder::Below { scripts: self.settings.scripts.clone(), name: request.name() },
        };
        let digest = digest_of(&request);
        let claim = self.store.claim_new(id).await?;
        let root = ExecutionRoot::create(&place, id, &now)?;
        let mut context = std::mem::take(&mut request.capability_context_data);
        if let Err(error) = self.fill(&request, &caller, &root, &mut context).await {
            // What did not begin leaves nothing behind.
            root.remove(matches!(place, NewFolder::Below { .. }));
            return Err(error);
        }
        let code = request.approved_code.take();
        let attempts = |configured: u32| request.retries.unwrap_or(configured).clamp(1, MAX_ATTEMPTS);
        let submitted = Submitted {
            principal: caller.principal.name.clone(),
            roles: caller.principal.roles.clone(),
            folder: root.path().to_string_lossy().into_owned(),
            context: root.keep_context(&context)?,
            inputs: root.inputs_digest()?,
            seed: request.seed.unwrap_or_else(|| if request.deterministic { 0 } else { seed_from(random) }),
            generates: code.is_none(),
            generation_attempts: attempts(self.settings.generation_attempts),
            execution_attempts: attempts(self.settings.execution_attempts),
            digest,
            config: self.settings.config.clone(),
            repeats,
            request,
        };
        let key = submitted.request.idempotency_key.clone().map(|key| (caller.principal.name.clone(), key));
        let mut log = Log::new(Arc::clone(&self.store), id, claim.epoch, key);
        log.note_by(Event::Submitted(Box::new(submitted)), &caller.principal.name)?;
        if let Some(code) = code {
            let digest = log.keep(code.into_bytes());
            log.note(Event::CodeReady { attempt: 1, code: digest, note: GenerationNote::Given })?;
        }
        let log = Arc::new(tokio::sync::Mutex::new(log));
        Ok((id, Carried { id, log, root, context: Ok(context), caller, _claim: claim }))
    }

    /// Whether a key is used for the request that it was used for.
    async fn same_request(&self, id: ExecutionId, digest: &Digest) -> Result<(), ServiceError> {
        if self.progress(id).await?.submitted.digest == *digest { Ok(()) } else { Err(ServiceError::KeyOfAnother(id)) }
    }

    /// Puts inputs into the folder, and the results of earlier executions into the context, arrays and frames as they were.
    async fn fill(
        &self,
        request: &PythonExecutionRequest,
        caller: &Caller,
        root: &ExecutionRoot,
        context: &mut Map<String, Value>,
    ) -> Result<(), ServiceError> {
        for (name, path) in &request.inputs {
            root.add_input(name, path)?;
        }
        let mut added = std::collections::BTreeSet::new();
        for (name, id) in &request.results_of {
            let earlier = self.progress(*id).await?;
            if earlier.submitted.principal != caller.principal.name {
                return Err(ServiceError::Unknown(*id));
            }
            if !matches!(earlier.state, State::Ended(Ending::Succeeded, _)) {
                let (path, reason) = (id.to_string(), format!("it has no results: it is {}", earlier.state.as_str()));
                return Err(ServiceError::Unusable { path, reason });
            }
            let folder = Path::new(&earlier.submitted.folder);
            check_results(folder, &earlier.returned)?;
            let chained = as_context(folder)?;
            for (input, path) in chained.files {
                if added.insert(input.clone()) {
                    root.add_input(&input, &path)?;
                }
            }
            if context.insert(name.clone(), chained.value).is_some() {
                let reason = format!("the context has a `{name}` already");
                return Err(ServiceError::Unusable { path: id.to_string(), reason });
            }
        }
        Ok(())
    }

    /// Goes on with an execution that is there: after an answer, after a restart.
    pub async fn carry(&self, id: ExecutionId, caller: Caller) -> Result<PythonServiceResult, ServiceError> {
        Box::pin(self.carry_within(id, caller, true)).await
    }

    /// The same, but nothing is started: what is left is only ended, if it is to be ended.
    pub(super) async fn carry_within(
        &self,
        id: ExecutionId,
        caller: Caller,
        starts: bool,
    ) -> Result<PythonServiceResult, ServiceError> {
        let log = Log::load(Arc::clone(&self.store), id, None).await?;
        if log.progress()?.has_ended() {
            return self.result(id).await;
        }
        let claim = self.claim(id).await?;
        let log = Log::load(Arc::clone(&self.store), id, Some(claim.epoch)).await?;
        let submitted = log.progress()?.submitted.clone();
        let root = ExecutionRoot::at(PathBuf::from(&submitted.folder));
        let context = root.context(&submitted.context).map_err(|error| error.to_string());
        let log = Arc::new(tokio::sync::Mutex::new(log));
        let carried = Carried { id, log, root, context, caller, _claim: claim };
        self.recover_running(&carried).await?;
        Box::pin(self.advance_while(carried, starts)).await
    }

    /// Takes an execution; whoever holds it for a moment only is waited for.
    async fn claim(&self, id: ExecutionId) -> Result<Claim, ServiceError> {
        for _ in 0..40 {
            match self.store.claim(id).await {
                Err(StoreError::Held { .. }) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                other => return Ok(other?),
            }
        }
        Ok(self.store.claim(id).await?)
    }

    /// The loop: whatever is to be done next, until nothing is.
    async fn advance(&self, carried: Carried) -> Result<PythonServiceResult, ServiceError> {
        Box::pin(self.advance_while(carried, true)).await
    }

    async fn advance_while(&self, carried: Carried, starts: bool) -> Result<PythonServiceResult, ServiceError> {
        let mut last: Option<LastRun> = None;
        loop {
            let progress = carried.progress().await?;
            carried.see(&Notice::Progress(&progress));
            match progress.state {
                State::ToGenerate | State::Generating | State::ToAnalyse | State::ToAsk(..) | State::ToRun(_)
                    if !starts =>
                {
                    return self.result_of(carried.id, &progress, last).await;
                }
                State::ToGenerate | State::Generating => Box::pin(self.generate(&carried, &progress)).await?,
                State::ToAnalyse => Box::pin(self.analyse(&carried, &progress)).await?,
                State::ToAsk(covers, ref reason) => Box::pin(self.ask(&carried, &progress, covers, reason)).await?,
                State::Waiting(ref open) => {
                    if jiff::Timestamp::now() < open.expires {
                        return self.result_of(carried.id, &progress, last).await;
                    }
                    let mut log = carried.log.lock().await;
                    log.note(Event::ApprovalExpired { number: open.number })?;
                    log.commit().await?;
                }
                State::ToRun(kind) => last = Box::pin(self.run(&carried, &progress, kind)).await?.or(last),
                State::ToEnd(ending, ref failure) => {
                    let left = last.as_mut();
                    Box::pin(self.finish(&carried, &progress, (ending, failure.as_ref()), left)).await?;
                }
                State::Ended(..) => return self.result_of(carried.id, &progress, last).await,
                State::Running { .. } => {
                    let reason = "it runs, and nobody carries it".to_owned();
                    return Err(ServiceError::Broken { id: carried.id, reason });
                }
            }
        }
    }

    /// What a program of this execution may use.
    pub(super) fn limits(&self, progress: &Progress) -> Limits {
        progress.submitted.request.limits.clone().unwrap_or_else(|| self.settings.limits.clone())
    }
}

/// The digest of everything in a request.
fn digest_of(request: &PythonExecutionRequest) -> Digest {
    Digest::of(&serde_json::to_vec(request).unwrap_or_default())
}

/// More attempts than these help nobody.
const MAX_ATTEMPTS: u32 = 100;

/// A seed that people can read and type: 32 bits.
fn seed_from(random: u128) -> u64 {
    u64::from(u32::try_from((random >> 96) & 0xffff_ffff).unwrap_or(0))
}

/// The inputs that an execution was given, where they are kept.
fn kept_inputs(root: &ExecutionRoot) -> Result<BTreeMap<String, PathBuf>, ServiceError> {
    let folder = root.path().join("inputs");
    let unusable = |error: std::io::Error| ServiceError::Unusable {
        path: folder.display().to_string(),
        reason: error.to_string(),
    };
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(unusable(error)),
    };
    let mut inputs = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(unusable)?;
        inputs.insert(entry.file_name().to_string_lossy().into_owned(), entry.path());
    }
    Ok(inputs)
}
