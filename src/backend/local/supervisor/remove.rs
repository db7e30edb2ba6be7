//! Removes the folder of a program whose host is gone.

use std::path::Path;

use crate::backend::local::tree;

/// Removes a folder with everything in it, if `work` is in it: a wrong order must not remove anything else.
pub(super) fn remove(folder: &Path, work: &Path) {
    if folder.parent().is_none() || !folder.is_absolute() || !work.starts_with(folder) {
        return;
    }
    // Who could be told of an error is gone. The next Aerie tries again.
    let _ = tree::remove(folder);
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn only_a_folder_around_the_work_is_removed() {
        let outer = tempfile::tempdir().unwrap();
        let (root, other) = (outer.path().join("root"), outer.path().join("other"));
        for folder in [root.join("work/locked/inner"), other.clone()] {
            fs::create_dir_all(folder).unwrap();
        }
        fs::set_permissions(root.join("work/locked"), fs::Permissions::from_mode(0o000)).unwrap();
        std::os::unix::fs::symlink(&other, root.join("work/link")).unwrap();
        remove(&other, &root.join("work"));
        remove(Path::new("/"), &root.join("work"));
        assert!(other.exists() && root.exists());
        remove(&root, &root.join("work"));
        assert!(!root.exists() && other.exists());
    }
}
