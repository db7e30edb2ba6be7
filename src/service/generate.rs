//! Generation: a model is asked for a program, with everything that failed before.

use std::collections::BTreeMap;

use super::carry::Carried;
use super::error::ServiceError;
use super::log::Committed;
use super::{Notice, Service, Unavailable};
use crate::analysis::BackendKind;
use crate::execution::{
    ErrorCategory, Event, FailedAttempt as Failed, Failure, GenerationNote, Method, Mode, Progress, Stage, format_bytes,
};
use crate::generation::{FailedAttempt, GenerationError, Surroundings, Task, describe_context};

impl Service {
    pub(super) async fn generate(&self, carried: &Carried, progress: &Progress) -> Result<(), ServiceError> {
        let attempt = if matches!(progress.state, crate::execution::State::Generating) {
            // The process before this one was asking when it ended; the question is asked again.
            progress.attempt
        } else {
            progress.attempt + 1
        };
        {
            let mut log = carried.log.lock().await;
            log.note(Event::GenerationStarted { attempt })?;
            if log.commit().await? == Committed::Superseded {
                return Ok(());
            }
        }
        let event = match self.generated(carried, progress, attempt).await? {
            Ok((code, record)) => {
                let digest = carried.log.lock().await.keep(code.into_bytes());
                Event::CodeReady { attempt, code: digest, note: GenerationNote::Generated { record } }
            }
            Err(failure) => {
                carried.see(&Notice::Failed(&failure));
                Event::GenerationFailed { attempt, failure }
            }
        };
        let mut log = carried.log.lock().await;
        log.note(event)?;
        log.commit().await?;
        Ok(())
    }

    async fn generated(
        &self,
        carried: &Carried,
        progress: &Progress,
        attempt: u32,
    ) -> Result<Result<(String, serde_json::Value), Failure>, ServiceError> {
        let task = match self.task(carried, progress, attempt).await? {
            Ok(task) => task,
            Err(missing) => return Ok(Err(misconfigured(&missing))),
        };
        let generators = match self.opened(|facilities| facilities.generators()).await {
            Ok(generators) => generators,
            Err(missing) => return Ok(Err(misconfigured(&missing))),
        };
        let request = &progress.submitted.request;
        let Some(named) = request.code_generator.as_deref().or(self.settings.generator.as_deref()) else {
            let what = (ErrorCategory::Configuration, Stage::Generation);
            let message = format!(
                "no code generator is configured: give one below execution.generators, and its name as \
                 execution.code_generator (docs/generation.md); there are: {}",
                generators.names().join(", ")
            );
            let advice = "Configure a generator, or give a program.";
            return Ok(Err(Failure::new(what, "CodeGenerationError", message, advice)));
        };
        let generator = match generators.get(named) {
            Ok(generator) => generator,
            Err(error) => return Ok(Err(failure_of(&error))),
        };
        let watcher = std::sync::Arc::clone(&carried.caller.watcher);
        let id = carried.id;
        let mut heard = move |text: &str| watcher.see(id, &Notice::Model(text));
        let generating = generator.generate(&task, &mut heard);
        let generated = tokio::select! {
            generated = generating => generated,
            () = self.cancelled(carried) => {
                let advice = "Start it again if that was an error.";
                let what = (ErrorCategory::Workflow, Stage::Generation);
                return Ok(Err(Failure::new(what, "WorkflowError", "cancelled while the model was asked", advice)));
            }
        };
        Ok(match generated {
            Ok(generated) => Ok((generated.code, serde_json::to_value(&generated.record).unwrap_or_default())),
            Err(error) => Err(failure_of(&error)),
        })
    }

    /// What the model is told.
    async fn task(
        &self,
        carried: &Carried,
        progress: &Progress,
        attempt: u32,
    ) -> Result<Result<Task, Unavailable>, ServiceError> {
        let request = &progress.submitted.request;
        let site = match self.site().await {
            Ok(site) => site,
            Err(missing) => return Ok(Err(missing)),
        };
        let kind = match request.execution_method.unwrap_or(self.settings.method) {
            Method::Container => BackendKind::Container,
            Method::Local => BackendKind::Local,
            Method::Wasi | Method::Auto => BackendKind::Wasi,
        };
        let limits = self.limits(progress);
        let read_only = request.execution_mode == Some(Mode::ReadOnly) || !self.settings.write_access.allows_writes;
        let mut errors = Vec::new();
        for failed in &progress.failed {
            errors.push(told(carried, failed).await?);
        }
        let mut prompts = request.capability_prompts.clone();
        if let Some(plan) = &request.structured_plan {
            prompts.push(format!("Follow this plan:\n{}", serde_json::to_string_pretty(plan).unwrap_or_default()));
        }
        Ok(Ok(Task {
            user_query: request.user_query.clone(),
            task_objective: request.task_objective.clone(),
            capability_prompts: prompts,
            expected_results: request.expected_results.clone(),
            context_summary: describe_context(carried.context.as_ref().unwrap_or(&serde_json::Map::new()))
                .into_iter()
                .collect::<BTreeMap<_, _>>(),
            surroundings: Surroundings {
                backend: kind.as_str().to_owned(),
                packages: self.facilities.packages(kind, request.pack.as_deref()),
                control_system: site.routes.name(),
                channel_rules: site.policy.lines(&carried.caller.principal),
                limits: vec![
                    format!("time: {} s", limits.wall.as_secs_f64()),
                    format!("memory: {}", format_bytes(limits.memory)),
                    format!("output: {}", format_bytes(limits.output)),
                    format!("files: {}, {} together", limits.files, format_bytes(limits.file_bytes)),
                    format!("calls of the control system: {}", limits.host_calls),
                ],
                writes_enabled: site.writes_enabled && !read_only,
            },
            errors,
            attempt,
        }))
    }
}

/// A failed attempt, as the model reads it.
async fn told(carried: &Carried, failed: &Failed) -> Result<FailedAttempt, ServiceError> {
    let code = match &failed.code {
        Some(digest) => String::from_utf8_lossy(&carried.log.lock().await.blob(digest).await?).into_owned(),
        None => String::new(),
    };
    let failure = &failed.failure;
    Ok(FailedAttempt {
        attempt: failed.attempt,
        stage: failure.stage.as_str().to_owned(),
        error_type: failure.error_type.clone(),
        message: failure.message.clone(),
        code,
        traceback: failure.traceback.clone(),
        findings: failure.findings.clone(),
    })
}

fn failure_of(error: &GenerationError) -> Failure {
    use crate::error::Coded;
    let advice = match error.category() {
        ErrorCategory::Infrastructure => "Look after the model's server, and start it again.",
        ErrorCategory::Configuration => "Correct the configuration of the generator.",
        _ => "Say more exactly what is wanted.",
    };
    let message = format!("{error} [{}]", error.code());
    Failure::new((error.category(), Stage::Generation), "CodeGenerationError", message, advice)
}

fn misconfigured(missing: &Unavailable) -> Failure {
    let message = format!("{} [{}]", missing.message, missing.code);
    let advice = "Correct the configuration.";
    Failure::new((ErrorCategory::Configuration, Stage::Generation), "CodeGenerationError", message, advice)
}
