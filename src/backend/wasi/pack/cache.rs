//! Where packs live on disk, and under which keys.
//!
//! ```text
//! <cache>/                     mode 0700, ours
//!   sources/<wheel>            as downloaded, checked; may be deleted
//!   code/<key>/module.cwasm    compiled code, shared by packs with the same source and patches
//!   images/<pack>-<key>/       memory.image, image.json, library/ : all that a run needs beside the code
//!   locks/                     one writer at a time
//!   tmp/                       half-written things; swept by the next writer
//! ```
//!
//! Everything appears under its final name only when it is whole (rename). A `.cwasm` is native code: it is loaded only
//! if it is ours, private, and still the file whose digest was checked ([`super::stamp`]).

use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::Engine;

use super::PackError;
use super::digest::{Sha256Hex, hex};
use super::manifest::Manifest;
use crate::backend::guest;

/// Counts up when what is stored, or how it is made, changes.
const FORMAT: u32 = 1;
/// The same for images alone.
const IMAGE_FORMAT: u32 = 2;

/// Extension of a folder that is being removed.
pub(super) const DOOMED: &str = "removed";

/// The folder that holds packs, sources and images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// A cache in this folder, which need not exist.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn source(&self, manifest: &Manifest) -> PathBuf {
        self.root.join("sources").join(&manifest.source.wheel)
    }

    pub(super) fn code_folder(&self, key: &Sha256Hex) -> PathBuf {
        self.root.join("code").join(key.short())
    }

    pub(super) fn image_folder(&self, manifest: &Manifest, key: &Sha256Hex) -> PathBuf {
        self.root.join("images").join(format!("{}-{}", manifest.name, key.short()))
    }

    /// All image folders of a pack, current or stale.
    pub(super) fn image_folders(&self, pack: &str) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.root.join("images")) else { return Vec::new() };
        let mut folders: Vec<_> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                name.rsplit_once('-').is_some_and(|(name, key)| name == pack && key.len() == 16)
            })
            .collect();
        folders.sort();
        folders
    }

    /// Makes the cache's folders, private to us.
    pub(super) fn create(&self) -> Result<(), PackError> {
        use std::os::unix::fs::DirBuilderExt;
        for folder in ["sources", "code", "images", "locks", "tmp"] {
            let path = self.root.join(folder);
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&path)
                .map_err(|error| PackError::unwritable(&path, &error))?;
        }
        Ok(())
    }

    /// Takes the lock of this name; other processes wait here for as long as we hold the file.
    pub(super) fn lock(&self, name: &str, waiting: impl FnOnce()) -> Result<fs::File, PackError> {
        let path = self.root.join("locks").join(format!("{name}.lock"));
        let file = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| PackError::unwritable(&path, &error))?;
        if file.try_lock().is_err() {
            waiting();
            file.lock().map_err(|error| PackError::unwritable(&path, &error))?;
        }
        Ok(file)
    }

    /// A new folder for half-written things. Call with a lock held: what others left behind is swept first.
    pub(super) fn scratch(&self) -> Result<tempfile::TempDir, PackError> {
        let tmp = self.root.join("tmp");
        for folder in ["tmp", "images", "code"] {
            for path in fs::read_dir(self.root.join(folder)).into_iter().flatten().flatten().map(|entry| entry.path()) {
                if folder == "tmp" || path.extension().is_some_and(|extension| extension == DOOMED) {
                    let _ = fs::remove_dir_all(path);
                }
            }
        }
        tempfile::TempDir::new_in(&tmp).map_err(|error| PackError::unwritable(&tmp, &error))
    }
}

/// The key of the compiled code: source, patches, compiler and its settings.
pub(super) fn code_key(manifest: &Manifest, engine: &Engine) -> Result<Sha256Hex, PackError> {
    let mut hasher = Keyed(Sha256::new());
    FORMAT.hash(&mut hasher);
    String::from(manifest.source.module.sha256.clone()).hash(&mut hasher);
    for patch in manifest.patches()? {
        (patch.offset, patch.expect, patch.replace).hash(&mut hasher);
    }
    engine.precompile_compatibility_hash().hash(&mut hasher);
    Ok(hasher.digest())
}

/// The key of an image: its code, its manifest, and the guest package.
pub(super) fn image_key(manifest: &Manifest, code: &Sha256Hex) -> Sha256Hex {
    let mut hasher = Keyed(Sha256::new());
    IMAGE_FORMAT.hash(&mut hasher);
    code.to_string().hash(&mut hasher);
    guest::digest(&[guest::GUEST]).hash(&mut hasher);
    serde_json::to_string(manifest).unwrap_or_default().hash(&mut hasher);
    hasher.digest()
}

/// SHA-256 behind the interface that `Hash` writes to.
struct Keyed(Sha256);

impl Keyed {
    fn digest(self) -> Sha256Hex {
        Sha256Hex::try_from(hex(&self.0.finalize())).unwrap_or_else(|_| Sha256Hex::of(b""))
    }
}

impl Hasher for Keyed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finalize();
        u64::from_le_bytes(digest[..8].try_into().unwrap_or_default())
    }
}
