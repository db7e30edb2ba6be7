//! [`Private`]: the folder of one process, made before its job is known; inputs are put in, what the program left is taken out.
//!
//! Nothing that a program leaves can mislead whoever reads it later: only regular files and folders are taken, with plain
//! rights, and no more than its limits allow. That is done while nothing of the program runs.

use std::fs::{self, Permissions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, statat};
use rustix::io::Errno;
use rustix::path::Arg;
use tokio::runtime::Handle;

use super::{Error, tree};
use crate::backend::desk::Quota as _;
use crate::backend::outside::{Count, here, started};
use crate::execution::{Limit, Limits};

/// What the names of private folders begin with; the process that made one follows.
const PREFIX: &str = "run-";
/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 64;

/// A folder with `work`, `scratch` and `inputs`, removed with this value.
#[derive(Debug)]
pub(super) struct Private {
    path: PathBuf,
    doomed: Option<Doomed>,
}

/// A folder that is removed with this value, at once.
#[derive(Debug)]
struct Doomed(PathBuf);

impl Drop for Doomed {
    fn drop(&mut self) {
        if let Err(error) = tree::remove(&self.0) {
            let folder = self.0.display();
            tracing::warn!(%folder, %error, "a program's folder could not be removed; the next start tries again");
        }
    }
}

impl Private {
    /// Makes one below `root`.
    pub(super) fn make(root: &Path) -> Result<Self, Error> {
        let failed = |error: &io::Error| Error::folder(root, error);
        fs::create_dir_all(root).map_err(|error| failed(&error))?;
        let process = std::process::id();
        let folder = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{}.{process}.{}-", here(), started(process).unwrap_or(0)))
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(root)
            .map_err(|error| failed(&error))?;
        let path = folder.keep();
        let private = Self { doomed: Some(Doomed(path.clone())), path };
        for inner in [private.work(), private.scratch(), private.inputs()] {
            fs::create_dir(&inner).map_err(|error| Error::folder(&inner, &error))?;
        }
        Ok(private)
    }

    /// Removes it before this returns. Not for async threads.
    pub(super) fn remove(mut self) {
        drop(self.doomed.take());
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn work(&self) -> PathBuf {
        self.path.join("work")
    }

    pub(super) fn scratch(&self) -> PathBuf {
        self.path.join("scratch")
    }

    pub(super) fn inputs(&self) -> PathBuf {
        self.path.join("inputs")
    }

    /// Puts the inputs in. Copies, since a link would let a program without walls write to the original.
    pub(super) fn put_inputs(&self, from: &Path) -> Result<(), Error> {
        copy_folder(from, &self.inputs(), 0).map_err(|error| Error::folder(from, &error))
    }

    /// What lies in it is counted on top of `count`. The program may run meanwhile, and change everything.
    ///
    /// # Errors
    ///
    /// The limit that it exceeds.
    pub(super) fn count(&self, count: &mut Count) -> Result<(), Limit> {
        for folder in [self.work(), self.scratch()] {
            count_folder(CWD, folder.as_path(), count, 0)?;
        }
        Ok(())
    }

    /// Moves what the program left in its working folder to where it is kept, as far as its limits allow. What cannot be
    /// moved is left behind, and the log says so.
    ///
    /// # Errors
    ///
    /// Nothing can be kept there.
    pub(super) fn take_work(&self, to: &Path, limits: &Limits) -> Result<(), Error> {
        let failed = |error| Error::folder(to, &error);
        fs::read_dir(to).map_err(failed)?;
        let mut taken = Taken { count: Count::new(limits), left: 0, first: None };
        let moved = taken.take(&self.work(), to, 0).map_err(failed);
        if let Some((path, why)) = taken.first {
            tracing::warn!(left = taken.left, ?path, %why, "files of a program were left behind; the first is named");
        }
        moved
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        if let (Some(doomed), Ok(runtime)) = (self.doomed.take(), Handle::try_current()) {
            // It may be much. A runtime that ends before it begins drops it, which removes the folder as well.
            runtime.spawn_blocking(move || drop(doomed));
        }
    }
}

/// Removes what processes of this machine and PID namespace left that are gone.
pub(super) fn sweep(root: &Path) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = format!("{PREFIX}{}.", here());
        let owner = name.to_str().and_then(|name| name.strip_prefix(&ours)?.split('-').next()?.split_once('.'));
        let owner = owner.and_then(|(process, at)| Some((process.parse::<u32>().ok()?, at.parse::<u64>().ok()?)));
        if owner.is_some_and(|(process, at)| started(process) != Some(at)) {
            drop(Doomed(entry.path()));
        }
    }
}

fn count_folder(parent: impl AsFd, name: impl Arg + Copy, count: &mut Count, depth: usize) -> Result<(), Limit> {
    if depth > MAX_DEPTH {
        return Err(Limit::Files);
    }
    // A program may have taken its own right to look away.
    let folder = match tree::open(parent, name, tree::LOOK) {
        Ok(folder) => folder,
        // What vanishes meanwhile, or becomes something else, counts no more; what cannot be counted is too much.
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
        Err(_) => return Err(Limit::Files),
    };
    for entry in Dir::read_from(&folder).map_err(|_| Limit::Files)? {
        let entry = entry.map_err(|_| Limit::Files)?;
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        let Ok(about) = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
        count.add_file()?;
        if FileType::from_raw_mode(about.st_mode) == FileType::Directory {
            count_folder(&folder, name, count, depth + 1)?;
        } else {
            count.grow(u64::try_from(about.st_size).unwrap_or(0))?;
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

/// What is moved, and what is not.
struct Taken {
    count: Count,
    left: u64,
    first: Option<(PathBuf, String)>,
}

impl Taken {
    fn leave(&mut self, path: &Path, why: &io::Error) {
        self.left += 1;
        self.first.get_or_insert_with(|| (path.to_owned(), why.to_string()));
    }

    /// `Err`: nothing more can be kept.
    fn take(&mut self, from: &Path, to: &Path, depth: usize) -> io::Result<()> {
        if depth > MAX_DEPTH {
            self.leave(from, &io::Error::other("folders are nested too deep"));
            return Ok(());
        }
        // Opened for its rights. A path that is too long is found out here as well.
        let entries = tree::open(CWD, from, tree::TAKE).map_err(io::Error::from).and_then(|_| fs::read_dir(from));
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                self.leave(from, &error);
                return Ok(());
            }
        };
        for entry in entries.flatten() {
            let (source, target) = (entry.path(), to.join(entry.file_name()));
            let taken = match entry.file_type() {
                Ok(kind) if kind.is_dir() => match self.take_folder(&target) {
                    Ok(()) => self.take(&source, &target, depth + 1),
                    Err(error) => Err(error),
                },
                Ok(kind) if kind.is_file() => self.take_file(&source, &target),
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
            match taken {
                Err(error) if is_full(&error) => return Err(error),
                Err(error) => self.leave(&source, &error),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    fn take_folder(&mut self, target: &Path) -> io::Result<()> {
        self.count.add_file().map_err(beyond)?;
        match fs::create_dir(target) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }

    fn take_file(&mut self, source: &Path, target: &Path) -> io::Result<()> {
        // As long as it looks: on another file system its holes are written.
        let length = fs::symlink_metadata(source)?.len();
        self.count.add_file().and_then(|()| self.count.grow(length)).map_err(beyond)?;
        fs::set_permissions(source, Permissions::from_mode(0o600))?;
        // On another file system it is copied.
        if fs::rename(source, target).is_err() {
            fs::copy(source, target).inspect_err(|_| drop(fs::remove_file(target)))?;
        }
        Ok(())
    }
}

fn beyond(limit: Limit) -> io::Error {
    io::Error::other(match limit {
        Limit::Files => "more files than the limit allows",
        _ => "more bytes in files than the limit allows",
    })
}

/// Whether nothing more can be kept, rather than one file.
fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        private.take_work(&kept, &Limits::default()).unwrap();
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
    fn no_more_is_taken_than_the_limits_allow() {
        let root = tempfile::tempdir().unwrap();
        let taken = |files, file_bytes| {
            let kept = tempfile::tempdir_in(root.path()).unwrap();
            let private = Private::make(&root.path().join("local")).unwrap();
            for n in 0..20 {
                fs::create_dir(private.work().join(format!("d{n}"))).unwrap();
                fs::File::create(private.work().join(format!("d{n}/hole"))).unwrap().set_len(1_000).unwrap();
            }
            private.take_work(kept.path(), &Limits { files, file_bytes, ..Limits::default() }).unwrap();
            let mut count = Count::new(&Limits::default());
            count_folder(CWD, kept.path(), &mut count, 0).unwrap();
            (count.files, count.bytes)
        };
        assert_eq!(taken(40, 20_000), (40, 20_000));
        assert!(taken(11, 20_000).0 <= 11);
        assert_eq!(taken(40, 7_999).1, 7_000);
    }

    #[test]
    fn one_path_that_is_too_long_costs_nothing_but_itself() {
        let root = tempfile::tempdir().unwrap();
        let private = Private::make(&root.path().join("local")).unwrap();
        fs::write(private.work().join("kept"), "kept").unwrap();
        let mut folder = tree::open(CWD, private.work().as_path(), tree::TAKE).unwrap();
        for _ in 0..20 {
            let name = "n".repeat(240);
            rustix::fs::mkdirat(&folder, &*name, rustix::fs::Mode::RWXU).unwrap();
            folder = tree::open(&folder, &*name, tree::TAKE).unwrap();
        }
        let kept = root.path().join("kept");
        fs::create_dir(&kept).unwrap();
        private.take_work(&kept, &Limits::default()).unwrap();
        assert_eq!(fs::read_to_string(kept.join("kept")).unwrap(), "kept");
        assert!(private.take_work(&root.path().join("gone"), &Limits::default()).is_err());
        let path = private.path().to_owned();
        drop(private);
        assert!(!path.exists());
    }

    #[test]
    fn looking_changes_nothing_that_a_link_leads_to() {
        let root = tempfile::tempdir().unwrap();
        let other = root.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("file"), [0; 600]).unwrap();
        fs::set_permissions(&other, Permissions::from_mode(0o0)).unwrap();
        let private = Private::make(&root.path().join("local")).unwrap();
        fs::remove_dir(private.scratch()).unwrap();
        std::os::unix::fs::symlink(&other, private.scratch()).unwrap();
        std::os::unix::fs::symlink(&other, private.work().join("link")).unwrap();
        let mut count = Count::new(&Limits::default());
        private.count(&mut count).unwrap();
        assert_eq!(count.files, 1);
        assert_eq!(fs::metadata(&other).unwrap().permissions().mode() & 0o777, 0);
        fs::set_permissions(&other, Permissions::from_mode(0o700)).unwrap();
    }

    #[tokio::test]
    async fn a_folder_goes_where_async_code_drops_it() {
        let root = tempfile::tempdir().unwrap();
        let private = Private::make(root.path()).unwrap();
        let path = private.path().to_owned();
        drop(private);
        for _ in 0..1_000 {
            if !path.exists() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("it is still there");
    }

    #[test]
    fn what_dead_processes_left_is_swept_away() {
        let root = tempfile::tempdir().unwrap();
        let left = root.path().join(format!("{PREFIX}{}.4194305.1-x", here()));
        fs::create_dir_all(left.join("work")).unwrap();
        let elsewhere = root.path().join(format!("{PREFIX}0123456789ab.4194305.1-x"));
        fs::create_dir_all(&elsewhere).unwrap();
        let ours = Private::make(root.path()).unwrap();
        sweep(root.path());
        assert!(!left.exists() && ours.path().exists() && elsewhere.exists());
    }
}
