//! Folders that a program filled, handled by descriptors: no link in them leads elsewhere, no path in them is too long, and
//! rights that the program took away from itself are given back.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, chmod, fchmod, fstat, openat, renameat, unlinkat};
use rustix::io::Errno;
use rustix::path::Arg;

/// What looking into a folder takes.
pub(super) const LOOK: Mode = Mode::RUSR.union(Mode::XUSR);
/// What taking things out of it takes.
pub(super) const TAKE: Mode = Mode::RWXU;

/// Rounds over one tree. One is enough, unless somebody still adds to it.
const ROUNDS: u32 = 16;
/// Between them.
const PAUSE: Duration = Duration::from_millis(10);

/// Opens the folder `name` in `parent`, never what a link leads to, with these rights in it for its owner.
pub(super) fn open(parent: impl AsFd, name: impl Arg + Copy, rights: Mode) -> Result<OwnedFd, Errno> {
    let how = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = match openat(&parent, name, how | OFlags::RDONLY, Mode::empty()) {
        Err(Errno::ACCESS) => {
            let place = openat(&parent, name, how | OFlags::PATH, Mode::empty())?;
            // `fchmod` takes no such descriptor; this path leads to it, whatever the name means by now.
            chmod(format!("/proc/self/fd/{}", place.as_raw_fd()), Mode::RWXU)?;
            openat(&place, c".", how | OFlags::RDONLY, Mode::empty())?
        }
        opened => opened?,
    };
    if !Mode::from_raw_mode(fstat(&folder)?.st_mode).contains(rights) {
        // Who may not is told by what comes next.
        let _ = fchmod(&folder, Mode::RWXU);
    }
    Ok(folder)
}

/// Removes a folder with everything in it, however deep. Not for async threads.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let mut why = Errno::NOTEMPTY;
    for round in 0..ROUNDS {
        if round > 0 {
            std::thread::sleep(PAUSE);
        }
        let root = match open(CWD, path, TAKE) {
            Err(Errno::NOENT) => return Ok(()),
            opened => opened?,
        };
        empty(&root);
        match unlinkat(CWD, path, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => return Ok(()),
            Err(error) => why = error,
        }
    }
    Err(why.into())
}

/// Empties a folder. What is deeper than its own folders is moved up into it first: so two descriptors are enough for any
/// depth, and every folder is read once. What cannot be removed is left to the next round.
fn empty(root: &OwnedFd) {
    let mut waiting = Waiting::default();
    clear(root, |name| waiting.folders.push(name.to_owned()));
    while let Some(name) = waiting.folders.pop() {
        if let Ok(folder) = open(root, name.as_c_str(), TAKE) {
            clear(&folder, |name| waiting.lift(root, &folder, name));
        }
        let _ = unlinkat(root, name.as_c_str(), AtFlags::REMOVEDIR);
    }
}

/// Removes what a folder holds, but for folders that are not empty.
fn clear(folder: &OwnedFd, mut other: impl FnMut(&CStr)) {
    let Ok(entries) = Dir::read_from(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        // A folder is refused by either of these, which one depends on the file system.
        if let Err(Errno::ISDIR | Errno::PERM) = unlinkat(folder, name, AtFlags::empty())
            && unlinkat(folder, name, AtFlags::REMOVEDIR).is_err()
        {
            other(name);
        }
    }
}

/// Folders in the root that are to be emptied.
#[derive(Default)]
struct Waiting {
    folders: Vec<CString>,
    /// The next name that is tried.
    number: u64,
}

impl Waiting {
    /// Moves a folder up to the root.
    fn lift(&mut self, root: &OwnedFd, folder: &OwnedFd, name: &CStr) {
        // Whoever moves a folder has to be allowed to change it.
        drop(open(folder, name, TAKE));
        loop {
            self.number += 1;
            let Ok(new) = CString::new(self.number.to_string()) else { return };
            match renameat(folder, name, root, new.as_c_str()) {
                Ok(()) => return self.folders.push(new),
                Err(Errno::EXIST | Errno::NOTEMPTY | Errno::NOTDIR | Errno::ISDIR) => {}
                Err(_) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use rustix::fs::mkdirat;

    use super::*;

    /// Folders in each other, deeper than any path is long; the innermost.
    fn chain(root: &Path, names: impl IntoIterator<Item = String>) -> OwnedFd {
        let mut folder = open(CWD, root, TAKE).unwrap();
        for name in names {
            mkdirat(&folder, &*name, Mode::RWXU).unwrap();
            folder = open(&folder, &*name, TAKE).unwrap();
        }
        folder
    }

    #[test]
    fn trees_of_any_depth_are_removed() {
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().join("root");
        fs::create_dir(&root).unwrap();
        for n in 0..2 {
            let folder = chain(&root, (0..1_500).map(|level| format!("{}", (level + n) % 7)));
            openat(&folder, c"file", OFlags::CREATE | OFlags::WRONLY, Mode::RUSR).unwrap();
        }
        remove(&root).unwrap();
        assert!(!root.exists());
        remove(&root).unwrap();
    }

    #[test]
    fn neither_long_names_nor_missing_rights_keep_a_tree() {
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().join("root");
        fs::create_dir(&root).unwrap();
        let folder = chain(&root, (0..20).map(|_| "n".repeat(240)));
        for (name, mode) in [(c"none", 0o000), (c"search", 0o100), (c"read", 0o500), (c"write", 0o200)] {
            mkdirat(&folder, name, Mode::RWXU).unwrap();
            let inner = open(&folder, name, TAKE).unwrap();
            mkdirat(&inner, c"inner", Mode::empty()).unwrap();
            openat(&inner, c"file", OFlags::CREATE, Mode::empty()).unwrap();
            fchmod(&inner, Mode::from_raw_mode(mode)).unwrap();
        }
        fchmod(&folder, Mode::empty()).unwrap();
        remove(&root).unwrap();
        assert!(!root.exists());
    }

    #[test]
    fn no_link_is_followed() {
        let outer = tempfile::tempdir().unwrap();
        let (root, other) = (outer.path().join("root"), outer.path().join("other"));
        fs::create_dir_all(root.join("inner")).unwrap();
        fs::create_dir(&other).unwrap();
        fs::write(other.join("kept"), "").unwrap();
        fs::set_permissions(&other, fs::Permissions::from_mode(0o500)).unwrap();
        std::os::unix::fs::symlink(&other, root.join("link")).unwrap();
        std::os::unix::fs::symlink(&other, root.join("inner/1")).unwrap();
        let opened = open(CWD, &*root.join("link"), TAKE);
        assert!(matches!(opened, Err(Errno::NOTDIR | Errno::LOOP)), "{opened:?}");
        assert!(remove(&root.join("link")).is_err());
        remove(&root).unwrap();
        assert!(!root.exists() && other.join("kept").exists());
        assert_eq!(fs::metadata(&other).unwrap().permissions().mode() & 0o777, 0o500);
        fs::set_permissions(&other, fs::Permissions::from_mode(0o700)).unwrap();
    }
}
