//! Trust in a file of native code: it is ours, nobody else can write it, and it has the digest that was recorded.
//!
//! Hashing 400 MB at every start would cost more than the start. So a verified file leaves a stamp: inode, size and
//! change time. The change time moves with every write, rename or copy and cannot be set back by a program, so a file that
//! still matches its stamp is the file that was hashed; any other is hashed again.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::PackError;
use super::digest::Sha256Hex;

/// Extension of a stamp.
const STAMP: &str = "stamp";

/// What a file must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sealed {
    pub(super) size: u64,
    pub(super) sha256: Sha256Hex,
}

impl Sealed {
    /// Seals a file as it is now.
    pub(super) fn of(path: &Path) -> Result<Self, PackError> {
        let sha256 = Sha256Hex::of_file(path).map_err(|error| PackError::unwritable(path, &error))?;
        let size = fs::metadata(path).map_err(|error| PackError::unwritable(path, &error))?.len();
        Ok(Self { size, sha256 })
    }

    /// Whether the file is whole and trustworthy; a stamp makes it quick.
    pub(super) fn check(&self, path: &Path) -> Result<(), PackError> {
        let metadata = self.check_ownership(path)?;
        let now = stamp(&metadata);
        let stamp_path = stamp_path(path);
        if fs::read_to_string(&stamp_path).is_ok_and(|then| then == now) {
            return Ok(());
        }
        self.check_bytes(path)?;
        // Without a stamp (a read-only cache) the file is hashed at every start: slower, and as safe.
        if let Err(error) = fs::write(&stamp_path, now) {
            tracing::debug!(path = %stamp_path.display(), %error, "cannot write the stamp");
        }
        Ok(())
    }

    /// Whether the file is whole, by its bytes.
    pub(super) fn check_bytes(&self, path: &Path) -> Result<(), PackError> {
        self.check_ownership(path)?;
        let corrupt = |reason: String| PackError::Corrupt { path: path.to_owned(), reason };
        let found = Sha256Hex::of_file(path).map_err(|error| corrupt(error.to_string()))?;
        if found == self.sha256 { Ok(()) } else { Err(corrupt(format!("its sha256 is {found}, not {}", self.sha256))) }
    }

    fn check_ownership(&self, path: &Path) -> Result<fs::Metadata, PackError> {
        let corrupt = |reason: String| PackError::Corrupt { path: path.to_owned(), reason };
        let metadata = fs::symlink_metadata(path).map_err(|error| corrupt(error.to_string()))?;
        if !metadata.is_file() {
            return Err(corrupt("it is no regular file".to_owned()));
        }
        if metadata.len() != self.size {
            return Err(corrupt(format!("it has {} bytes, not {}", metadata.len(), self.size)));
        }
        check_owner(path, &metadata)?;
        Ok(metadata)
    }
}

/// Only we or root may change it.
fn check_owner(path: &Path, metadata: &fs::Metadata) -> Result<(), PackError> {
    let foreign = |reason: String| Err(PackError::Foreign { path: path.to_owned(), reason });
    if metadata.uid() != rustix::process::geteuid().as_raw() && metadata.uid() != 0 {
        return foreign(format!("it belongs to user {}", metadata.uid()));
    }
    if metadata.mode() & 0o022 != 0 {
        return foreign("others may write it".to_owned());
    }
    Ok(())
}

/// A folder in which nobody else can put another file under a name that was checked.
pub(super) fn check_folder(path: &Path) -> Result<(), PackError> {
    let metadata =
        fs::metadata(path).map_err(|error| PackError::Corrupt { path: path.to_owned(), reason: error.to_string() })?;
    check_owner(path, &metadata)
}

/// One digest of all files below a folder: their paths and contents, in order.
pub(super) fn tree(folder: &Path) -> Result<Sha256Hex, PackError> {
    let corrupt =
        |path: &Path, error: std::io::Error| PackError::Corrupt { path: path.to_owned(), reason: error.to_string() };
    let mut folders = vec![folder.to_owned()];
    let mut lines = Vec::new();
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(&current).map_err(|error| corrupt(&current, error))? {
            let path = entry.map_err(|error| corrupt(&current, error))?.path();
            let kind = fs::symlink_metadata(&path).map_err(|error| corrupt(&path, error))?.file_type();
            if kind.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|extension| extension != STAMP) {
                let digest = Sha256Hex::of_file(&path).map_err(|error| corrupt(&path, error))?;
                lines.push(format!("{}\0{digest}\n", path.strip_prefix(folder).unwrap_or(&path).display()));
            }
        }
    }
    lines.sort();
    Ok(Sha256Hex::of(lines.concat().as_bytes()))
}

fn stamp_path(path: &Path) -> PathBuf {
    path.with_extension(STAMP)
}

fn stamp(metadata: &fs::Metadata) -> String {
    format!("{} {} {}.{:09}", metadata.ino(), metadata.size(), metadata.ctime(), metadata.ctime_nsec())
}
