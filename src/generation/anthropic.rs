//! Anthropic's Messages API.

use serde_json::{Map, Value, json};

use super::api::Dialect;
use super::http::{Answer, Finish, Protocol, Wrong};
use super::prompt::Prompt;
use super::settings::ApiSettings;

/// The API needs a longest answer.
const MAX_TOKENS: u64 = 8_192;

pub(super) struct Anthropic;

impl Dialect for Anthropic {
    fn path(&self, base_url: &str) -> &'static str {
        if base_url.trim_end_matches('/').ends_with("/v1") { "/messages" } else { "/v1/messages" }
    }

    fn needs_key(&self) -> bool {
        true
    }

    fn headers(&self, key: Option<&str>) -> Vec<(&'static str, String)> {
        let version = ("anthropic-version", "2023-06-01".to_owned());
        key.map(|key| ("x-api-key", key.to_owned())).into_iter().chain([version]).collect()
    }

    fn prompt_keys(&self) -> &'static [&'static str] {
        &["messages", "system"]
    }

    fn body(&self, settings: &ApiSettings, prompt: &Prompt) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(settings.model));
        body.insert("max_tokens".to_owned(), json!(settings.max_tokens.unwrap_or(MAX_TOKENS)));
        body.insert("system".to_owned(), json!(prompt.system));
        body.insert("messages".to_owned(), json!([{"role": "user", "content": prompt.task}]));
        body.insert("stream".to_owned(), json!(true));
        for (key, value) in [("temperature", settings.temperature), ("top_p", settings.top_p)] {
            if let Some(value) = value {
                body.insert(key.to_owned(), json!(value));
            }
        }
        body
    }
}

impl Protocol for Anthropic {
    fn event(&self, data: &str, answer: &mut Answer) -> Result<(), Wrong> {
        let event: Value = serde_json::from_str(data).map_err(|error| format!("an event is no JSON: {error}"))?;
        match event.get("type").and_then(Value::as_str) {
            Some("message_start") => {
                let message = event.get("message").unwrap_or(&Value::Null);
                model(message, answer);
                usage(message.get("usage"), answer);
            }
            Some("content_block_start") => text(event.get("content_block"), answer),
            // Thoughts and signatures have deltas of their own, which are left.
            Some("content_block_delta") => text(event.get("delta"), answer),
            Some("message_delta") => {
                finish(event.pointer("/delta/stop_reason"), answer);
                usage(event.get("usage"), answer);
            }
            Some("message_stop") => {
                answer.finish.get_or_insert(Finish::Stop);
                answer.done = true;
            }
            Some("error") => return Err(error(&event)),
            // `ping`, `content_block_stop`, and what later versions add.
            Some(_) => {}
            None => return Err(Wrong::Malformed("an event has no type".to_owned())),
        }
        Ok(())
    }

    fn document(&self, document: &Value, answer: &mut Answer) -> Result<(), Wrong> {
        if document.get("type").and_then(Value::as_str) == Some("error") {
            return Err(error(document));
        }
        let Some(blocks) = document.get("content").and_then(Value::as_array) else {
            return Err(Wrong::Malformed("it has no content".to_owned()));
        };
        for block in blocks {
            text(Some(block), answer);
        }
        model(document, answer);
        usage(document.get("usage"), answer);
        finish(document.get("stop_reason"), answer);
        answer.finish.get_or_insert(Finish::Stop);
        Ok(())
    }
}

fn text(block: Option<&Value>, answer: &mut Answer) {
    let field = |key: &str| block.and_then(|block| block.get(key)).and_then(Value::as_str);
    if let (Some("text" | "text_delta"), Some(text)) = (field("type"), field("text")) {
        answer.text.push_str(text);
    }
}

fn model(message: &Value, answer: &mut Answer) {
    if let Some(model) = message.get("model").and_then(Value::as_str) {
        answer.model = Some(model.chars().take(200).collect());
    }
}

fn usage(usage: Option<&Value>, answer: &mut Answer) {
    let tokens = |key: &str| usage.and_then(|usage| usage.get(key)).and_then(Value::as_u64);
    // What comes from the cache is part of the prompt, and counted apart.
    if let Some(fresh) = tokens("input_tokens") {
        let cached = ["cache_creation_input_tokens", "cache_read_input_tokens"].iter().filter_map(|key| tokens(key));
        answer.input_tokens = Some(cached.fold(fresh, u64::saturating_add));
    }
    answer.output_tokens = tokens("output_tokens").or(answer.output_tokens);
}

fn finish(reason: Option<&Value>, answer: &mut Answer) {
    answer.finish = match reason.and_then(Value::as_str) {
        None => return,
        Some("max_tokens" | "model_context_window_exceeded") => Some(Finish::Cut),
        Some("refusal") => Some(Finish::Declined("it refused".to_owned())),
        Some(_) => Some(Finish::Stop),
    };
}

fn error(event: &Value) -> Wrong {
    let field = |key: &str| event.pointer(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let status = field("/error/type");
    let again = matches!(status.as_str(), "overloaded_error" | "api_error" | "rate_limit_error" | "timeout_error");
    Wrong::Server { status, message: field("/error/message"), again }
}
