//! [`ApiGenerator`]: a model behind an HTTP API, whichever of the protocols it speaks.

use std::path::Path;
use std::time::Instant;

use async_trait::async_trait;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Map, Value};

use super::anthropic::Anthropic;
use super::client::header;
use super::error::GenerationError;
use super::extract::{NoCode, extract_code};
use super::generated::{Generated, GenerationRecord};
use super::http::{Endpoint, Finish, Protocol};
use super::openai::OpenAi;
use super::prompt::{Prompt, Prompts};
use super::secret::Secret;
use super::settings::{ApiSettings, PromptSettings};
use super::task::Task;
use super::{Generator, Heard};

/// What tells one API from another.
pub(super) trait Dialect: Protocol {
    /// What is added to the base address.
    fn path(&self, base_url: &str) -> &'static str;
    /// Whether it goes without a key.
    fn needs_key(&self) -> bool;
    /// The headers for the key, name and value, and others that it needs.
    fn headers(&self, key: Option<&str>) -> Vec<(&'static str, String)>;
    /// The keys of the body that hold the prompt; they are not recorded as parameters.
    fn prompt_keys(&self) -> &'static [&'static str];
    /// The body of a request.
    fn body(&self, settings: &ApiSettings, prompt: &Prompt) -> Map<String, Value>;
}

/// Asks a model over HTTP.
pub struct ApiGenerator {
    name: String,
    settings: ApiSettings,
    prompts: Prompts,
    endpoint: Endpoint,
    dialect: Box<dyn Dialect>,
}

/// The settings are left out: `extra` may hold anything.
impl std::fmt::Debug for ApiGenerator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiGenerator")
            .field("name", &self.name)
            .field("model", &self.settings.model)
            .finish_non_exhaustive()
    }
}

impl ApiGenerator {
    /// Any server that speaks `OpenAI`'s chat completions. Paths are below `base`; `variable` gives environment variables.
    pub fn openai(
        name: &str,
        settings: ApiSettings,
        base: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, GenerationError> {
        Self::new(name, settings, base, variable, Box::new(OpenAi))
    }

    /// Anthropic's Messages API. Paths are below `base`; `variable` gives environment variables.
    pub fn anthropic(
        name: &str,
        settings: ApiSettings,
        base: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, GenerationError> {
        Self::new(name, settings, base, variable, Box::new(Anthropic))
    }

    fn new(
        name: &str,
        settings: ApiSettings,
        base: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
        dialect: Box<dyn Dialect>,
    ) -> Result<Self, GenerationError> {
        let wrong = |message: String| GenerationError::Settings { generator: name.to_owned(), message };
        if settings.model.trim().is_empty() {
            return Err(wrong("model is empty".to_owned()));
        }
        if let Some(key) =
            settings.extra.keys().find(|key| *key == "model" || dialect.prompt_keys().contains(&key.as_str()))
        {
            return Err(wrong(format!("extra must not have `{key}`, which the generator itself sets")));
        }
        let key = key(name, &settings, variable)?;
        if key.is_none() && dialect.needs_key() {
            let how = "set api_key or api_key_env".to_owned();
            return Err(GenerationError::MissingKey { generator: name.to_owned(), how });
        }
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream, application/json"));
        let own = dialect.headers(key.as_ref().map(Secret::expose));
        let own = own.iter().map(|(name, value)| header(name, value));
        let sites = settings.headers.iter().map(|(name, value)| header(name, value.expose()));
        for header in own.chain(sites) {
            let (name, value) = header.map_err(wrong)?;
            headers.insert(name, value);
        }
        let secrets = key.into_iter().chain(settings.headers.values().chain(&settings.proxy).cloned()).collect();
        let path = dialect.path(&settings.base_url);
        Ok(Self {
            name: name.to_owned(),
            prompts: Prompts::load(&below(base, settings.prompts()))?,
            endpoint: Endpoint::new(name, &settings, base, path, headers, secrets)?,
            settings,
            dialect,
        })
    }

    fn body(&self, prompt: &Prompt) -> Map<String, Value> {
        let mut body = self.dialect.body(&self.settings, prompt);
        for (key, value) in &self.settings.extra {
            if value.is_null() {
                body.remove(key);
            } else {
                body.insert(key.clone(), value.clone());
            }
        }
        body
    }
}

/// The settings with their folder below the configuration's own.
pub(super) fn below(base: &Path, settings: PromptSettings) -> PromptSettings {
    PromptSettings { folder: settings.folder.map(|folder| base.join(folder)), ..settings }
}

fn key(
    generator: &str,
    settings: &ApiSettings,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Secret>, GenerationError> {
    let missing = |how: String| GenerationError::MissingKey { generator: generator.to_owned(), how };
    match (&settings.api_key, &settings.api_key_env) {
        (Some(_), Some(_)) => Err(missing("give api_key or api_key_env, not both".to_owned())),
        (Some(key), None) if key.is_empty() => Err(missing("api_key is empty".to_owned())),
        (Some(key), None) => Ok(Some(key.clone())),
        (None, Some(name)) => match variable(name).map(|key| Secret::new(&key)).filter(|key| !key.is_empty()) {
            Some(key) => Ok(Some(key)),
            None => Err(missing(format!("the environment variable {name} is not set"))),
        },
        (None, None) => Ok(None),
    }
}

#[async_trait]
impl Generator for ApiGenerator {
    fn name(&self) -> &str {
        &self.name
    }

    async fn generate(&self, task: &Task, heard: &mut Heard<'_>) -> Result<Generated, GenerationError> {
        let begun = Instant::now();
        let prompt = self.prompts.render(task)?;
        let mut body = self.body(&prompt);
        let limit =
            ["max_tokens", "max_completion_tokens"].iter().find_map(|key| body.get(*key).and_then(Value::as_u64));
        let body_with_prompt = Value::Object(body.clone());
        let (answer, tries) = self.endpoint.ask(&body_with_prompt, &*self.dialect, heard).await?;
        let generator = self.name.clone();
        match answer.finish {
            Some(Finish::Cut) => return Err(GenerationError::Cut { generator, limit }),
            Some(Finish::Declined(reason)) => {
                return Err(GenerationError::Declined { generator, reason: self.endpoint.shown(&reason) });
            }
            Some(Finish::Stop) | None => {}
        }
        let code = extract_code(&answer.text).map_err(|error| match error {
            NoCode::Empty => GenerationError::Empty { generator: generator.clone() },
            NoCode::Prose => {
                GenerationError::NoCode { generator: generator.clone(), answer: self.endpoint.shown(&answer.text) }
            }
        })?;
        body.retain(|key, _| key != "model" && !self.dialect.prompt_keys().contains(&key.as_str()));
        let record = GenerationRecord {
            generator,
            model: Some(answer.model.unwrap_or_else(|| self.settings.model.clone())),
            parameters: self.endpoint.masked(&Value::Object(body)),
            prompt: prompt.digest(),
            input_tokens: answer.input_tokens,
            output_tokens: answer.output_tokens,
            tries,
            seconds: begun.elapsed().as_secs_f64(),
        };
        Ok(Generated { code, answer: answer.text, record })
    }
}
