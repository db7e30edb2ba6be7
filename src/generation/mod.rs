//! From a task in words to Python code: the trait [`Generator`], and its adapters for `OpenAI`-compatible servers, Anthropic's
//! Messages API, any program, and rehearsal.
//!
//! A generator writes text, nothing more: what it wrote is analysed, planned and asked about like any other program. Faults of
//! the way to a model are met with new tries in here, which do not count as attempts of the execution.

mod anthropic;
mod api;
mod client;
mod command;
mod describe;
mod error;
mod extract;
mod generated;
mod http;
mod mock;
mod openai;
mod prompt;
mod registry;
mod secret;
mod settings;
mod sse;
mod task;

use async_trait::async_trait;

pub use api::ApiGenerator;
pub use command::CommandGenerator;
pub use describe::describe_context;
pub use error::GenerationError;
pub use extract::{NoCode, extract_code};
pub use generated::{Generated, GenerationRecord};
pub use http::ASKED_AGAIN;
pub use mock::{MockFault, MockGenerator};
pub use prompt::{Prompt, Prompts};
pub use registry::Registry;
pub use secret::Secret;
pub use settings::{ApiSettings, Behaviour, CommandSettings, GeneratorSettings, MockSettings, PromptSettings};
pub use task::{FailedAttempt, Surroundings, Task};

/// What hears an answer as it is written.
pub type Heard<'a> = dyn FnMut(&str) + Send + 'a;

/// Writes a program for a task.
#[async_trait]
pub trait Generator: Send + Sync {
    /// The name under which it is configured.
    fn name(&self) -> &str;

    /// Writes a program. Text arrives at `heard` as the model writes it: for showing only, since after a broken stream it
    /// starts anew, announced by [`ASKED_AGAIN`]. Dropping the future gives up: connections are closed, processes killed.
    async fn generate(&self, task: &Task, heard: &mut Heard<'_>) -> Result<Generated, GenerationError>;
}
