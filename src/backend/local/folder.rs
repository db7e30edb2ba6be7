//! [`Private`]: the folder of one process, made before its job is known; inputs are put in, what the program left is taken out.
//!
//! Nothing that a program leaves can mislead whoever reads it later: only regular files and folders are taken, with plain
//! rights. It is all done while nothing of the program runs.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::Error;
use crate::backend::desk::Quota as _;
use crate::backend::outside::{Count, started};
use crate::execution::Limit;

/// What the names of private folders begin with; the process that made one follows.
const PREFIX: &str = "run-";
/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 64;

/// A folder with `work`, `scratch` and `inputs`, removed with this value.
#[derive(Debug)]
pub(super) struct Private {
    folder: tempfile::TempDir,
}

impl Private {
    /// Makes one below `root`.
    pub(super) fn make(root: &Path) -> Result<Self, Error> {
        let failed = |error: &io::Error| Error::folder(root, error);
        fs::create_dir_all(root).map_err(|error| failed(&error))?;
        let folder = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{}.{}-", std::process::id(), started(std::process::id()).unwrap_or(0)))
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(root)
            .map_err(|error| failed(&error))?;
        let private = Self { folder };
        for inner in [private.work(), private.scratch(), private.inputs()] {
            fs::create_dir(&inner).map_err(|error| Error::folder(&inner, &error))?;
        }
        Ok(private)
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub(super) fn scratch(&self) -> PathBuf {
        self.folder.path().join("scratch")
    }

    pub(super) fn inputs(&self) -> PathBuf {
        self.folder.path().join("inputs")
    }

    /// Puts the inputs in. Copies, since a link would let a program without walls write to the original.
    pub(super) fn put_inputs(&self, from: &Path) -> Result<(), Error> {
        copy_folder(from, &self.inputs(), 0).map_err(|error| Error::folder(from, &error))
    }

    /// What lies in it is counted on top of `count`.
    ///
    /// # Errors
    ///
    /// The limit that it exceeds.
    pub(super) fn count(&self, count: &mut Count) -> Result<(), Limit> {
        for folder in [self.work(), self.scratch()] {
            count_folder(&folder, count, 0)?;
        }
        Ok(())
    }

    /// Moves what the program left in its working folder to where it is kept.
    pub(super) fn take_work(&self, to: &Path) -> Result<(), Error> {
        move_folder(&self.work(), to, 0).map_err(|error| Error::folder(to, &error))
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // A program may have taken rights away from its own folders.
        open_up(self.folder.path(), 0);
    }
}

/// Removes what processes left that are gone.
pub(super) fn sweep(root: &Path) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next()?.split_once('.'));
        let owner = owner.and_then(|(process, at)| Some((process.parse::<u32>().ok()?, at.parse::<u64>().ok()?)));
        if owner.is_some_and(|(process, at)| started(process) != Some(at)) {
            open_up(&entry.path(), 0);
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn count_folder(folder: &Path, count: &mut Count, depth: usize) -> Result<(), Limit> {
    if depth > MAX_DEPTH {
        return Err(Limit::Files);
    }
    let read = fs::read_dir(folder).or_else(|error| match error.kind() {
        // A program may have taken its own right to look away.
        io::ErrorKind::PermissionDenied => {
            open_up_one(folder);
            fs::read_dir(folder)
        }
        _ => Err(error),
    });
    let entries = match read {
        Ok(entries) => entries,
        // What vanishes meanwhile counts no more; what cannot be counted is too much.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(_) => return Err(Limit::Files),
    };
    for entry in entries.flatten() {
        let Ok(about) = entry.metadata() else { continue };
        count.add_file()?;
        if about.is_dir() {
            count_folder(&entry.path(), count, depth + 1)?;
        } else {
            count.grow(about.len())?;
        }
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path, depth: usize) -> io::Result<()> {
    if depth > MAX_DEPTH {
        return Err(io::Error::other("folders are nested too deep"));
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            fs::create_dir(&target)?;
            copy_folder(&entry.path(), &target, depth + 1)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), &target)?;
            fs::set_permissions(&target, Permissions::from_mode(0o400))?;
        }
    }
    Ok(())
}

fn move_folder(from: &Path, to: &Path, depth: usize) -> io::Result<()> {
    if depth > MAX_DEPTH {
        return Ok(());
    }
    open_up_one(from);
    // Of folders whose names are too long to be opened nothing is kept; they were too many files as well.
    let Ok(entries) = fs::read_dir(from) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let (kind, source, target) = (entry.file_type()?, entry.path(), to.join(entry.file_name()));
        if kind.is_dir() {
            match fs::create_dir(&target) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => move_folder(&source, &target, depth + 1)?,
            }
        } else if kind.is_file() {
            fs::set_permissions(&source, Permissions::from_mode(0o600))?;
            // On another file system it is copied.
            if fs::rename(&source, &target).is_err() {
                fs::copy(&source, &target)?;
            }
        }
    }
    Ok(())
}

fn open_up(folder: &Path, depth: usize) {
    open_up_one(folder);
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        if depth < 4 * MAX_DEPTH {
            open_up(&entry.path(), depth + 1);
        }
    }
}

fn open_up_one(folder: &Path) {
    let _ = fs::set_permissions(folder, Permissions::from_mode(0o700));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execution::Limits;

    #[test]
    fn only_plain_files_are_taken_out() {
        let root = tempfile::tempdir().unwrap();
        let kept = root.path().join("kept");
        fs::create_dir(&kept).unwrap();
        fs::write(root.path().join("secret"), "secret").unwrap();
        let private = Private::make(&root.path().join("local")).unwrap();
        let work = private.work();
        fs::create_dir_all(work.join("deep/er")).unwrap();
        fs::write(work.join("deep/er/a.txt"), "a").unwrap();
        fs::write(work.join("set"), "x").unwrap();
        fs::set_permissions(work.join("set"), Permissions::from_mode(0o6777)).unwrap();
        std::os::unix::fs::symlink("../../../secret", work.join("link")).unwrap();
        std::os::unix::fs::symlink("/", work.join("root")).unwrap();
        nix::unistd::mkfifo(&work.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        fs::set_permissions(work.join("deep"), Permissions::from_mode(0o0)).unwrap();
        private.take_work(&kept).unwrap();
        let mut names: Vec<_> = fs::read_dir(&kept).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["deep", "set"]);
        assert_eq!(fs::read_to_string(kept.join("deep/er/a.txt")).unwrap(), "a");
        assert_eq!(fs::metadata(kept.join("set")).unwrap().permissions().mode() & 0o7777, 0o600);
        let path = private.path().to_owned();
        drop(private);
        assert!(!path.exists());
    }

    #[test]
    fn files_are_counted_up_to_their_limits() {
        let root = tempfile::tempdir().unwrap();
        let private = Private::make(root.path()).unwrap();
        fs::write(private.work().join("a"), [0; 600]).unwrap();
        fs::write(private.scratch().join("b"), [0; 600]).unwrap();
        let count =
            |files, file_bytes| private.count(&mut Count::new(&Limits { files, file_bytes, ..Limits::default() }));
        assert_eq!(count(2, 1_200), Ok(()));
        assert_eq!(count(1, 1_200), Err(Limit::Files));
        assert_eq!(count(2, 1_199), Err(Limit::FileBytes));
    }

    #[test]
    fn what_dead_processes_left_is_swept_away() {
        let root = tempfile::tempdir().unwrap();
        let left = root.path().join(format!("{PREFIX}4194305.1-x"));
        fs::create_dir_all(left.join("work")).unwrap();
        let ours = Private::make(root.path()).unwrap();
        sweep(root.path());
        assert!(!left.exists() && ours.path().exists());
    }
}
