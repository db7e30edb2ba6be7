//! `OpenAI`'s chat completions, as many servers and gateways speak them.

use serde_json::{Map, Value, json};

use super::api::Dialect;
use super::http::{Answer, Finish, Protocol, Wrong};
use super::prompt::Prompt;
use super::settings::ApiSettings;

pub(super) struct OpenAi;

impl Dialect for OpenAi {
    fn path(&self, _: &str) -> &'static str {
        "/chat/completions"
    }

    fn needs_key(&self) -> bool {
        false
    }

    fn headers(&self, key: Option<&str>) -> Vec<(&'static str, String)> {
        key.map(|key| ("authorization", format!("Bearer {key}"))).into_iter().collect()
    }

    fn prompt_keys(&self) -> &'static [&'static str] {
        &["messages"]
    }

    fn body(&self, settings: &ApiSettings, prompt: &Prompt) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(settings.model));
        body.insert(
            "messages".to_owned(),
            json!([{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.task}]),
        );
        body.insert("stream".to_owned(), json!(true));
        body.insert("stream_options".to_owned(), json!({"include_usage": true}));
        for (key, value) in [
            ("temperature", settings.temperature.map(Value::from)),
            ("top_p", settings.top_p.map(Value::from)),
            ("max_tokens", settings.max_tokens.map(Value::from)),
        ] {
            if let Some(value) = value {
                body.insert(key.to_owned(), value);
            }
        }
        body
    }
}

impl Protocol for OpenAi {
    fn event(&self, data: &str, answer: &mut Answer) -> Result<(), Wrong> {
        if data.trim() == "[DONE]" {
            answer.finish.get_or_insert(Finish::Stop);
            answer.done = true;
            return Ok(());
        }
        let event: Value = serde_json::from_str(data).map_err(|error| format!("an event is no JSON: {error}"))?;
        common(&event, answer)?;
        // The event with the use of tokens has no choice.
        if let Some(choice) = event.pointer("/choices/0") {
            take(choice, choice.get("delta"), answer);
        } else if event.get("choices").is_none() && event.get("usage").is_none() {
            return Err(Wrong::Malformed("an event has no choices".to_owned()));
        }
        Ok(())
    }

    fn document(&self, document: &Value, answer: &mut Answer) -> Result<(), Wrong> {
        common(document, answer)?;
        let Some(choice) = document.pointer("/choices/0") else {
            return Err(Wrong::Malformed("it has no choices".to_owned()));
        };
        take(choice, choice.get("message"), answer);
        answer.finish.get_or_insert(Finish::Stop);
        Ok(())
    }
}

/// What events and documents share.
fn common(event: &Value, answer: &mut Answer) -> Result<(), Wrong> {
    if let Some(error) = event.get("error").filter(|error| !error.is_null()) {
        let message = error.get("message").and_then(Value::as_str).map_or_else(|| error.to_string(), str::to_owned);
        let code = error.get("code").and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
        let again = code.is_none_or(|code| matches!(code, 408 | 409 | 429 | 500..));
        let status = code.map_or_else(|| "an error".to_owned(), |code| code.to_string());
        return Err(Wrong::Server { status, message, again });
    }
    if let Some(model) = event.get("model").and_then(Value::as_str).filter(|model| !model.is_empty()) {
        answer.model = Some(model.chars().take(200).collect());
    }
    let tokens = |key: &str| event.get("usage").and_then(|usage| usage.get(key)).and_then(Value::as_u64);
    answer.input_tokens = tokens("prompt_tokens").or(answer.input_tokens);
    answer.output_tokens = tokens("completion_tokens").or(answer.output_tokens);
    Ok(())
}

/// Takes the text of a choice. Thoughts of a model have fields of their own, which are left.
fn take(choice: &Value, message: Option<&Value>, answer: &mut Answer) {
    let text = |key: &str| message.and_then(|message| message.get(key)).and_then(Value::as_str);
    if let Some(content) = text("content") {
        answer.text.push_str(content);
    }
    if let Some(refusal) = text("refusal").filter(|refusal| !refusal.is_empty()) {
        match &mut answer.finish {
            Some(Finish::Declined(reason)) => reason.push_str(refusal),
            finish => *finish = Some(Finish::Declined(refusal.to_owned())),
        }
    }
    let finish = match choice.get("finish_reason").and_then(Value::as_str) {
        Some("length") => Finish::Cut,
        Some("content_filter") => Finish::Declined("its content filter".to_owned()),
        Some("") | None => return,
        Some(_) => Finish::Stop,
    };
    if !matches!(answer.finish, Some(Finish::Declined(_))) {
        answer.finish = Some(finish);
    }
}
