//! What a site says in `config.yml`, nested below `osprey:` or flat: one noun a file. Texts only, but for [`Config::read`];
//! whoever opens other files hands them over.
//!
//! [`Config`] is the whole file, typed. The tables of keys (`table`, `table_readers`) are the one source of what keys there are, what
//! they may hold, their defaults and their descriptions; the check, the schema, `aerie config show` and the notes read them.

mod assemble;
mod control_system;
mod held;
mod keys;
mod layout;
mod problem;
mod scalar;
mod schema;
mod sections;
mod show;
mod table;
mod table_readers;
#[cfg(test)]
mod tests;
mod value;
mod walk;
mod whole;
mod yaml;

pub use control_system::{
    Connector, ControlSystemConfig, EpicsConnector, Gateway, Gateways, Kind, LimitsChecking, MockConnector,
    OnViolation, SettingsError, TangoConnector, WriteVerification, expand,
};
pub use problem::{ConfigErrors, Note, NoteKind, Origin, Place, Problem};
pub use schema::schema;
pub use sections::{
    Approval, ApprovalMode, Capabilities, Container, Execution, ExecutionMethod, Generator, GlobalMode, Jupyter,
    JupyterContainer, Local, Mode, ModeName, Modes, PythonExecution, PythonExecutor, Retention, Services,
};
pub use show::Effective;
pub use value::{Expandable, Secret, Unset};
pub use walk::Override;
pub use whole::{Config, DEFAULT, Endpoint, ReadError};
pub use yaml::{MAX_BYTES, Spot};
