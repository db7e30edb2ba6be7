//! The key that signs checkpoints: 32 random bytes in `ledger/key`, which only its owner can read.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::StoreError;
use crate::ledger::CheckpointKey;

/// Reads the key, or makes it if there is none.
pub(super) fn open(folder: &Path) -> Result<CheckpointKey, StoreError> {
    let path = folder.join("key");
    let unusable = |error: std::io::Error| StoreError::file(&path, &error);
    let reason = |reason: &str| StoreError::Unusable { path: path.clone(), reason: reason.to_owned() };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => make(folder, &path).map_err(unusable)?,
        Err(error) => return Err(unusable(error)),
    };
    if file.metadata().map_err(unusable)?.permissions().mode() & 0o077 != 0 {
        return Err(reason("others than its owner can read or write this key; chmod it to 600"));
    }
    let mut secret = Vec::new();
    (&file).take(33).read_to_end(&mut secret).map_err(unusable)?;
    let secret = <[u8; 32]>::try_from(secret).map_err(|_| {
        reason("it is no key of 32 bytes; restore it, or move it away for a new one (the public key then changes)")
    })?;
    Ok(CheckpointKey::new(secret))
}

/// A new key, whole or not there; the first of two processes wins. Returns the file of the winner.
fn make(folder: &Path, path: &Path) -> std::io::Result<File> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| std::io::Error::other(error.to_string()))?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&secret)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => File::open(folder)?.sync_all()?,
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.error),
    }
    File::open(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(folder.path()).unwrap().public();
        assert_eq!(open(folder.path()).unwrap().public(), first);
        let path = folder.path().join("key");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(open(folder.path()).unwrap_err().to_string().contains("chmod"));
    }

    #[test]
    fn a_damaged_key_is_not_replaced() {
        for bytes in [&b""[..], &[1; 31], &[1; 33]] {
            let folder = tempfile::tempdir().unwrap();
            open(folder.path()).unwrap();
            fs::write(folder.path().join("key"), bytes).unwrap();
            assert!(open(folder.path()).unwrap_err().to_string().contains("32 bytes"));
        }
    }
}
