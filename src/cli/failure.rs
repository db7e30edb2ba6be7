//! [`Failure`]: an error with its code, as the command line shows it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::eprintln;
use anstyle::{AnsiColor, Style};

use crate::error::{Coded, ErrorCode};

/// What a command could not do, and the code that explains it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Shows it and gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        let bold = Style::new().bold();
        let red = bold.fg_color(Some(AnsiColor::Red.into()));
        let Self { code, message } = self;
        eprintln!("{red}error[{code}]{red:#}{bold}: {message}{bold:#}");
        eprintln!("  `aerie explain {code}` says more");
        ExitCode::from(code.exit() as u8)
    }
}

impl<E: Coded> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

/// Where packs and images live: `--cache-dir`, `AERIE_CACHE_DIR`, or the user's cache folder.
pub(super) fn cache_dir(given: Option<PathBuf>) -> Result<PathBuf, Failure> {
    folder(given, "AERIE_CACHE_DIR", |base| base.cache_dir())
}

/// Where executions live: `AERIE_STATE_DIR`, or the user's state folder.
pub(super) fn state_dir(given: Option<PathBuf>) -> Result<PathBuf, Failure> {
    folder(given, "AERIE_STATE_DIR", |base| base.state_dir().unwrap_or_else(|| base.data_dir()))
}

fn folder(
    given: Option<PathBuf>,
    variable: &str,
    default: impl FnOnce(&dyn BaseDirs) -> PathBuf,
) -> Result<PathBuf, Failure> {
    if let Some(given) = given {
        return Ok(given);
    }
    let base = etcetera::choose_base_strategy().map_err(|_| {
        Failure::new(
            ErrorCode::InvalidOption,
            format!("there is no home folder; set {variable} to a folder of your own"),
        )
    })?;
    Ok(default(&base).join("aerie"))
}

/// The part of `etcetera` that is used, as an object.
trait BaseDirs {
    fn cache_dir(&self) -> PathBuf;
    fn state_dir(&self) -> Option<PathBuf>;
    fn data_dir(&self) -> PathBuf;
}

impl<T: etcetera::BaseStrategy> BaseDirs for T {
    fn cache_dir(&self) -> PathBuf {
        etcetera::BaseStrategy::cache_dir(self)
    }

    fn state_dir(&self) -> Option<PathBuf> {
        etcetera::BaseStrategy::state_dir(self)
    }

    fn data_dir(&self) -> PathBuf {
        etcetera::BaseStrategy::data_dir(self)
    }
}

/// A path as people read it.
pub(super) fn show(path: &Path) -> String {
    path.display().to_string()
}
