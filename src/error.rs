//! Error codes: every error that a user can meet has one, with an exit code and a page (`aerie explain AE0042`).
//!
//! A failing script, a refusal and broken machinery are three types: the first is a [`crate::execution::Status`]; what
//! is here is usage, configuration and machinery.

use std::fmt;

/// How `aerie` ends. One table for the whole program (`docs/exit-codes.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The script failed.
    ScriptFailed = 1,
    /// Usage or configuration.
    Usage = 2,
    /// Refused by analysis or policy.
    Refused = 3,
    /// Waits for approval.
    Waiting = 4,
    /// Timed out or cancelled.
    Stopped = 5,
    /// Infrastructure.
    Infrastructure = 6,
    /// Rejected or expired.
    Rejected = 7,
}

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $exit:ident;)*) => {
        /// The code of an error.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)*
        }

        impl ErrorCode {
            /// All codes, in order.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The code as it is written, such as `AE0001`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// How `aerie` ends with it.
            #[must_use]
            pub fn exit(self) -> Exit {
                match self { $(Self::$name => Exit::$exit),* }
            }

            /// Its page: Markdown, the title on the first line.
            #[must_use]
            pub fn page(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!("../docs/errors/", $code, ".md"))),* }
            }
        }
    };
}

error_codes! {
    /// A file that was named cannot be read.
    UnreadableFile = "AE0001", Usage;
    /// A program is not UTF-8.
    NotUtf8 = "AE0002", Usage;
    /// A program is empty.
    EmptyProgram = "AE0003", Usage;
    /// A program is too large.
    ProgramTooLarge = "AE0004", Usage;
    /// A context is not a JSON object.
    InvalidContext = "AE0005", Usage;
    /// An `--input` is wrong.
    InvalidInput = "AE0006", Usage;
    /// The folder for results cannot be used.
    OutputUnusable = "AE0007", Usage;
    /// The memory limit is below what the runtime itself takes.
    MemoryBelowImage = "AE0008", Usage;
    /// An option's value is wrong.
    InvalidOption = "AE0009", Usage;
    /// There is no pack of that name.
    UnknownPack = "AE0101", Usage;
    /// A manifest cannot be read.
    InvalidManifest = "AE0102", Usage;
    /// A pack is not installed.
    PackNotInstalled = "AE0103", Infrastructure;
    /// The download failed.
    DownloadFailed = "AE0104", Infrastructure;
    /// The named source is unusable.
    NoSource = "AE0105", Usage;
    /// A file has another digest than the manifest says.
    WrongDigest = "AE0106", Infrastructure;
    /// A file in the cache is damaged.
    CorruptImage = "AE0107", Infrastructure;
    /// A file in the cache might be somebody else's.
    ForeignImage = "AE0108", Infrastructure;
    /// The cache cannot be written.
    CacheUnwritable = "AE0109", Infrastructure;
    /// The disk is full.
    NoSpace = "AE0110", Infrastructure;
    /// The pack's interpreter does not start.
    PackUnusable = "AE0111", Infrastructure;
    /// Wasmtime failed.
    EngineFailed = "AE0201", Infrastructure;
    /// A folder of the workspace cannot be opened.
    FolderUnusable = "AE0202", Infrastructure;
    /// A worker process failed.
    WorkerFailed = "AE0203", Infrastructure;
    /// The configuration file cannot be used.
    InvalidSettings = "AE0401", Usage;
    /// A table of a library cannot be used.
    InvalidTable = "AE0402", Usage;
    /// There is no rule of that name.
    UnknownRule = "AE0403", Usage;
    /// The Python whose modules were asked for does not answer.
    PythonUnusable = "AE0404", Usage;
    /// A grant does not hold for what it is used for.
    GrantInvalid = "AE0501", Refused;
    /// There is nothing that could be approved.
    NothingToApprove = "AE0502", Refused;
    /// The state folder cannot be used.
    StateUnusable = "AE0503", Infrastructure;
    /// There is no such execution, or it lacks what is needed.
    UnknownExecution = "AE0504", Usage;
    /// A journal cannot be read.
    JournalUnusable = "AE0505", Usage;
    /// A request for an execution makes no sense.
    InvalidRequest = "AE0506", Usage;
    /// An answer to a question does not count.
    DecisionInvalid = "AE0507", Refused;
    /// Code cannot be generated at the moment.
    GenerationFailed = "AE0701", Infrastructure;
    /// A generator's settings are wrong.
    GeneratorMisconfigured = "AE0702", Usage;
    /// A model gave no program.
    NoCodeGenerated = "AE0703", ScriptFailed;
    /// The store of executions cannot be used.
    StoreUnusable = "AE0801", Infrastructure;
    /// The ledger is not what was written.
    LedgerBroken = "AE0802", Infrastructure;
    /// Somebody else changed the same execution, or holds it.
    StoreConflict = "AE0803", Infrastructure;
    /// This backend is not there.
    BackendUnavailable = "AE0901", Usage;
    /// A process for a program could not be started or held.
    ProcessFailed = "AE0902", Infrastructure;
    /// The Jupyter server cannot be reached.
    JupyterUnreachable = "AE0903", Infrastructure;
    /// The Jupyter server does not accept the token.
    JupyterRefused = "AE0904", Usage;
    /// What answers is no Jupyter server, or not one that is understood.
    NotJupyter = "AE0905", Usage;
    /// The Jupyter server has no kernel of this name.
    KernelMissing = "AE0906", Usage;
    /// A kernel did not start, or died.
    KernelDied = "AE0907", Infrastructure;
    /// A kernel cannot run programs as it is.
    KernelUnfit = "AE0909", Usage;
    /// The connection to a kernel was lost, or what came over it made no sense.
    KernelLost = "AE0908", Infrastructure;
    /// Channel rules cannot be used.
    InvalidPolicy = "AE0601", Usage;
    /// A connector's settings cannot be used.
    ConnectorUnusable = "AE0602", Usage;
    /// A test of the rules did not come out as expected.
    PolicyTestFailed = "AE0603", ScriptFailed;
    /// There is no code of that number.
    UnknownCode = "AE0301", Usage;
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error with a code.
pub trait Coded: std::error::Error {
    /// Its code.
    fn code(&self) -> ErrorCode;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_unique_and_has_a_page_that_says_what_to_do() {
        let mut seen = std::collections::HashSet::new();
        for code in ErrorCode::ALL {
            assert!(seen.insert(code.as_str()), "{code} twice");
            let page = code.page();
            assert!(page.starts_with(&format!("# {code}: ")), "{code}: the first line is the title");
            assert!(page.contains("## What to do"), "{code}: says what to do");
        }
    }
}
