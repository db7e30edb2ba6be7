//! `ledger/checkpoints.jsonl`: the checkpoints once more, outside the database, to be copied away. Whoever puts back an old
//! database is found out by it.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::ledger::Checkpoint;

/// Adds the checkpoints that are not in the file yet. A line that a crash cut off is removed.
pub(super) fn add(path: &Path, checkpoints: &[Checkpoint]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    flock(&file, FlockOperation::LockExclusive)?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < text.len() {
        file.set_len(whole as u64)?;
    }
    let known: HashSet<&[u8]> = text[..whole].split(|byte| *byte == b'\n').collect();
    let mut added = Vec::new();
    for checkpoint in checkpoints {
        let line = serde_json::to_vec(checkpoint)?;
        if !known.contains(line.as_slice()) {
            added.extend(line);
            added.push(b'\n');
        }
    }
    if !added.is_empty() || whole < text.len() {
        file.write_all(&added)?;
        file.sync_all()?;
    }
    Ok(())
}

/// Adds one checkpoint that was signed just now, without reading the others again.
pub(super) fn add_new(path: &Path, checkpoint: &Checkpoint) -> std::io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    flock(&file, FlockOperation::LockExclusive)?;
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(-1)).is_ok() {
        file.read_exact(&mut last)?;
    }
    if last != *b"\n" {
        drop(file);
        return add(path, std::slice::from_ref(checkpoint));
    }
    let mut line = serde_json::to_vec(checkpoint)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_data()
}

/// The lines of the file, for `read_against`; empty if there is none.
pub(super) fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    match File::open(path) {
        Ok(mut file) => {
            flock(&file, FlockOperation::LockShared)?;
            file.read_to_end(&mut text)?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    // A line that a crash cut off says nothing.
    text.truncate(text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1));
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{CheckpointKey, Head};

    #[test]
    fn a_line_that_was_cut_off_is_replaced_and_none_is_there_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoints.jsonl");
        let key = CheckpointKey::new([1; 32]);
        let mut head = Head::start();
        let one = key.sign(&head, jiff::Timestamp::UNIX_EPOCH);
        head.seq = 5;
        let two = key.sign(&head, jiff::Timestamp::UNIX_EPOCH);
        assert!(read(&path).unwrap().is_empty());
        add(&path, std::slice::from_ref(&one)).unwrap();
        let whole = read(&path).unwrap();
        std::fs::write(&path, [&whole[..], b"{\"seq\":5,"].concat()).unwrap();
        assert_eq!(read(&path).unwrap(), whole);
        add_new(&path, &two).unwrap();
        add(&path, &[one.clone(), two.clone()]).unwrap();
        let lines: Vec<Checkpoint> =
            read(&path).unwrap().lines_of().map(|line| serde_json::from_slice(line).unwrap()).collect();
        assert_eq!(lines, [one, two]);
    }

    trait LinesOf {
        fn lines_of(&self) -> impl Iterator<Item = &[u8]>;
    }

    impl LinesOf for Vec<u8> {
        fn lines_of(&self) -> impl Iterator<Item = &[u8]> {
            self.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
        }
    }
}
