//! [`GenerationError`]: why there is no program, and what to do.

use crate::error::{Coded, ErrorCode};
use crate::execution::ErrorCategory;

/// Why there is no program. No key is in any text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are in the texts, one sentence each")]
pub enum GenerationError {
    /// The answer was empty.
    #[error("{generator} answered with nothing; ask again, or say more exactly what is to be computed")]
    Empty { generator: String },
    /// There is no program in the answer.
    #[error("{generator} answered without a Python program. It began: {answer}")]
    NoCode { generator: String, answer: String },
    /// The model met its limit of tokens.
    #[error("{generator}'s answer was cut off at {}; raise max_tokens, or ask for a shorter program",
            .limit.map_or_else(|| "the model's limit of tokens".to_owned(), |limit| format!("max_tokens = {limit}")))]
    Cut { generator: String, limit: Option<u64> },
    /// The model would not.
    #[error("{generator} declined to write this program: {reason}")]
    Declined { generator: String, reason: String },
    /// The answer is larger than any program.
    #[error("{generator} wrote more than {limit} bytes, which is no program; ask for less in one program")]
    TooLarge { generator: String, limit: usize },

    /// The server cannot be reached, or the connection broke.
    #[error("{generator} cannot be reached at {url} (tries: {tries}): {reason}")]
    Unreachable { generator: String, url: String, reason: String, tries: u32 },
    /// It took too long.
    #[error("{generator} {what} within {seconds} s (tries: {tries}); look after it, or raise the time-out")]
    TimedOut { generator: String, what: &'static str, seconds: String, tries: u32 },
    /// The server is overloaded or broken.
    #[error("{generator} answered {status} (tries: {tries}); try again later. It said: {message}")]
    Busy { generator: String, status: String, tries: u32, message: String },
    /// What came is not the protocol.
    #[error("{generator} answered with something that is not its protocol: {reason}; check base_url and type")]
    Malformed { generator: String, reason: String },
    /// The command failed.
    #[error("{generator}'s command {status}. The end of its standard error: {stderr}")]
    CommandFailed { generator: String, status: String, stderr: String },

    /// The key was refused.
    #[error("{generator} refused the key ({status}); check api_key or api_key_env. It said: {message}")]
    Denied { generator: String, status: u16, message: String },
    /// There is no such model or address.
    #[error(
        "{generator} knows neither the address {url} nor the model `{model}` (404); check base_url and model. It said: {message}"
    )]
    NotFound { generator: String, url: String, model: String, message: String },
    /// The server does not take such a request.
    #[error("{generator} refused the request ({status}); check its settings, `extra` too. It said: {message}")]
    Rejected { generator: String, status: String, message: String },
    /// The server sends elsewhere.
    #[error(
        "{generator} redirects to {to}, which is not followed, since the key would go there; set base_url to the right address"
    )]
    Redirected { generator: String, to: String },
    /// There is no key.
    #[error("{generator} has no key: {how}")]
    MissingKey { generator: String, how: String },
    /// The settings of a generator are wrong.
    #[error("execution.generators.{generator}: {message}")]
    Settings { generator: String, message: String },
    /// No generator has that name.
    #[error("there is no code generator `{name}`{}; there are: {}",
            .nearest.as_ref().map(|near| format!(", perhaps `{near}`")).unwrap_or_default(), .known.join(", "))]
    Unknown { name: String, known: Vec<String>, nearest: Option<String> },
    /// The command cannot be started.
    #[error("{generator}'s command `{program}` cannot be started: {reason}; give its path in argv")]
    CommandUnusable { generator: String, program: String, reason: String },
    /// A template cannot be used.
    #[error("the template {file} cannot be used: {reason}")]
    Template { file: String, reason: String },
    /// The prompt is too large.
    #[error("the prompt has {bytes} bytes, more than {limit}; give less in the request, or as context data")]
    PromptTooLarge { bytes: usize, limit: usize },
}

impl GenerationError {
    /// What becomes of it.
    #[must_use]
    pub fn category(&self) -> ErrorCategory {
        match self {
            Self::Empty { .. }
            | Self::NoCode { .. }
            | Self::Cut { .. }
            | Self::Declined { .. }
            | Self::TooLarge { .. } => ErrorCategory::CodeRelated,
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Busy { .. }
            | Self::Malformed { .. }
            | Self::CommandFailed { .. } => ErrorCategory::Infrastructure,
            Self::Denied { .. }
            | Self::NotFound { .. }
            | Self::Rejected { .. }
            | Self::Redirected { .. }
            | Self::MissingKey { .. }
            | Self::Settings { .. }
            | Self::Unknown { .. }
            | Self::CommandUnusable { .. }
            | Self::Template { .. }
            | Self::PromptTooLarge { .. } => ErrorCategory::Configuration,
        }
    }
}

impl Coded for GenerationError {
    fn code(&self) -> ErrorCode {
        match self.category() {
            ErrorCategory::CodeRelated => ErrorCode::NoCodeGenerated,
            ErrorCategory::Configuration => ErrorCode::GeneratorMisconfigured,
            _ => ErrorCode::GenerationFailed,
        }
    }
}

/// The beginning of a text for an error, on one line.
pub(super) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 400;
    let mut words = String::new();
    for word in text.split_whitespace() {
        if words.len() > SHOWN {
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(word.chars().filter(|c| !c.is_control()).take(SHOWN));
    }
    match words.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None if words.is_empty() => "(nothing)".to_owned(),
        None => words,
    }
}
