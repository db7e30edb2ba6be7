//! [`Generated`]: a program, and how it came about.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::approval::Digest;

/// What a generator wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generated {
    /// The program.
    pub code: String,
    /// The answer that it was taken from, as it came.
    pub answer: String,
    /// How it came about.
    pub record: GenerationRecord,
}

/// How a program came about. No key is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GenerationRecord {
    /// The generator's name.
    pub generator: String,
    /// The model: as the server says, else as it was asked for.
    pub model: Option<String>,
    /// What was asked of it beside the prompt.
    pub parameters: Value,
    /// SHA-256 of the exact prompt ([`super::Prompt::digest`]).
    pub prompt: Digest,
    /// Tokens of the prompt, as the server counts them.
    pub input_tokens: Option<u64>,
    /// Tokens of the answer, as the server counts them.
    pub output_tokens: Option<u64>,
    /// How often the server or program was asked.
    pub tries: u32,
    /// How long it took, pauses between tries included.
    pub seconds: f64,
}
