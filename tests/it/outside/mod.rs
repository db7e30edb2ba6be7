//! The backends outside the sandbox, beyond the programs of the conformance suite: the pipeline with them, killed processes and
//! servers, broken connections and settings, and a hundred executions at once.

mod broken;
mod desk;
mod hostile;
mod kills;
mod many;
mod pipeline;
