//! [`Claim`]: one process works on an execution. An advisory lock (`flock`) on `claims/<execution>`, which the kernel gives
//! up when the process ends, however it ends; no clock is involved.
//!
//! A lock file is removed by whoever holds its lock, and a lock counts only if its file is still the one of that name:
//! so nobody holds the lock of a file that another has removed. The state folder must be on a file system of this host.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::StoreError;
use crate::execution::ExecutionId;

/// An execution that is this process's alone until this is dropped.
#[derive(Debug)]
pub struct Claim {
    /// Which.
    pub execution: ExecutionId,
    /// What to give to `append`; later claims have higher ones.
    pub epoch: u64,
    _lock: Lock,
}

impl Claim {
    pub(super) fn new(execution: ExecutionId, epoch: u64, lock: Lock) -> Self {
        Self { execution, epoch, _lock: lock }
    }
}

/// A lock that is held.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
    path: PathBuf,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While the lock is still held. A file that stays is swept away later.
        let _ = fs::remove_file(&self.path);
    }
}

/// Takes the lock of an execution.
pub(super) fn take(folder: &Path, execution: ExecutionId) -> Result<Lock, StoreError> {
    // A sweep holds locks for moments; it must not look like somebody at work.
    let _no_sweep = share(folder).map_err(|error| StoreError::file(folder, &error))?;
    let path = folder.join(execution.to_string());
    let unusable = |error: std::io::Error| StoreError::file(&path, &error);
    loop {
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
            .open(&path)
            .map_err(unusable)?;
        match try_lock(&file, &path).map_err(unusable)? {
            Attempt::Held => {
                let mut by = String::new();
                let _ = (&file).take(200).read_to_string(&mut by);
                let by = if by.is_empty() { "another process".to_owned() } else { by };
                return Err(StoreError::Held { execution, by });
            }
            Attempt::Gone => {}
            Attempt::Ours => {
                // For people only: a full disk does not keep anybody from claiming.
                let since = jiff::Timestamp::now();
                let _ = file.set_len(0);
                let _ = write!(file, "process {} since {since:.0}", std::process::id());
                return Ok(Lock { _file: file, path });
            }
        }
    }
}

enum Attempt {
    Ours,
    Held,
    /// Its file was removed between opening and locking.
    Gone,
}

fn try_lock(file: &File, path: &Path) -> std::io::Result<Attempt> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => return Ok(Attempt::Held),
        Err(error) => return Err(error.into()),
    }
    let ours = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(named) if (named.dev(), named.ino()) == (ours.dev(), ours.ino()) => Ok(Attempt::Ours),
        Ok(_) => Ok(Attempt::Gone),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Attempt::Gone),
        Err(error) => Err(error),
    }
}

/// Keeps sweeps away while the result lives.
fn share(folder: &Path) -> std::io::Result<File> {
    let file = File::open(folder)?;
    flock(&file, FlockOperation::LockShared)?;
    Ok(file)
}

/// Keeps everybody else from opening the store, claiming or sweeping while the result lives.
pub(super) fn alone(folder: &Path) -> std::io::Result<File> {
    let file = File::open(folder)?;
    flock(&file, FlockOperation::LockExclusive)?;
    Ok(file)
}

/// Removes the lock files of processes that ended without doing so. `_alone` keeps claims away meanwhile.
pub(super) fn sweep(folder: &Path, _alone: &File) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.parse::<ExecutionId>().is_ok());
        if is_ours
            && let Ok(file) = File::open(&path)
            && matches!(try_lock(&file, &path), Ok(Attempt::Ours))
        {
            let _ = fs::remove_file(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_that_take_and_drop_one_lock_never_hold_it_together() {
        let folder = tempfile::tempdir().unwrap();
        let id = ExecutionId::from_parts(1, 2);
        let inside = std::sync::atomic::AtomicU32::new(0);
        let taken = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for round in 0..2000 {
                        match take(folder.path(), id) {
                            Ok(lock) => {
                                assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                                taken.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                                inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                                drop(lock);
                            }
                            Err(StoreError::Held { .. }) => {}
                            Err(error) => panic!("{error}"),
                        }
                        if round % 100 == 0 {
                            sweep(folder.path(), &alone(folder.path()).unwrap());
                        }
                    }
                });
            }
        });
        assert!(taken.into_inner() > 0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_sweep_leaves_what_is_held_and_what_is_not_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (held, left) = (ExecutionId::from_parts(1, 2), ExecutionId::from_parts(3, 4));
        let lock = take(folder.path(), held).unwrap();
        fs::write(folder.path().join(left.to_string()), "process 1").unwrap();
        fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        sweep(folder.path(), &alone(folder.path()).unwrap());
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, [held.to_string(), "notes.txt".to_owned()]);
        let error = take(folder.path(), held).unwrap_err().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        drop(lock);
        take(folder.path(), held).unwrap();
    }
}
