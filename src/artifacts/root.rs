//! [`ExecutionRoot`]: the folder of an execution that may take several attempts. Each run has a folder of its own below
//! `runs/`; what the last one left becomes the execution's.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::Error;
use super::folder::{self, ArtifactFile, ExecutionFolder, FigureFile, Files, NewFolder, json_text};
use super::kept::digest_of_folder;
use crate::approval::Digest;
use crate::execution::ExecutionId;

/// What a run leaves that becomes the execution's.
const PROMOTED: [&str; 10] = [
    "code.py",
    "request.json",
    "results.json",
    "results.types.json",
    "execution_metadata.json",
    "plan.json",
    "writes.jsonl",
    "journal.jsonl.zst",
    "figures",
    "artifacts",
];

/// The folder of one execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionRoot {
    path: PathBuf,
}

impl ExecutionRoot {
    /// Makes the folder. Its name is free or empty, as [`NewFolder`] says.
    pub fn create(place: &NewFolder, id: ExecutionId, now: &jiff::Zoned) -> Result<Self, Error> {
        let path = folder::make(place, id, now)?;
        let inputs = path.join("inputs");
        fs::create_dir(&inputs).map_err(|error| Error::unwritable(&inputs, &error))?;
        Ok(Self { path })
    }

    /// A folder that was made before.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Its absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts a copy of a file or folder among the inputs.
    pub fn add_input(&self, name: &str, source: &Path) -> Result<(), Error> {
        folder::add_input(&self.path.join("inputs"), name, source)
    }

    /// One digest of all inputs.
    pub fn inputs_digest(&self) -> Result<Digest, Error> {
        let inputs = self.path.join("inputs");
        if inputs.is_dir() { digest_of_folder(&inputs) } else { Ok(Digest::of(b"")) }
    }

    /// Keeps the context, and gives the digest of its text. It is on the disk when this returns.
    pub fn keep_context(&self, context: &Map<String, Value>) -> Result<Digest, Error> {
        let text = json_text(&Value::Object(context.clone()));
        self.write_synced("context.json", text.as_bytes())?;
        Ok(Digest::of(text.as_bytes()))
    }

    /// Reads the context again.
    ///
    /// # Errors
    ///
    /// Also if it is not what was kept.
    pub fn context(&self, digest: &Digest) -> Result<Map<String, Value>, Error> {
        let path = self.path.join("context.json");
        let unreadable = |reason: String| Error::Unreadable { path: path.clone(), reason };
        let text = fs::read(&path).map_err(|error| unreadable(error.to_string()))?;
        if Digest::of(&text) != *digest {
            return Err(unreadable("it was altered since the execution began".to_owned()));
        }
        serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))
    }

    /// Makes the folder of one run, which must not be there.
    pub fn run_folder(&self, name: &str) -> Result<ExecutionFolder, Error> {
        let inputs = self.path.join("inputs");
        // A run that ended, and whose end was never stored, has taken the empty folder away.
        fs::create_dir_all(&inputs).map_err(|error| Error::unwritable(&inputs, &error))?;
        ExecutionFolder::of_run(&self.path.join(name), &inputs)
    }

    /// A run that a crash cut off leaves a folder by that name, or what it left is the execution's already though its end was
    /// never stored. Both are kept beside: they are no results of the run that follows.
    pub fn set_aside(&self, name: &str) {
        let path = self.path.join(name);
        let promoted: Vec<&str> = PROMOTED.into_iter().filter(|name| self.path.join(name).exists()).collect();
        if !path.exists() && promoted.is_empty() {
            return;
        }
        for number in 1..1_000 {
            let aside = self.path.join(format!("{name}_cut_off_{number}"));
            if aside.exists() {
                continue;
            }
            if fs::rename(&path, &aside).is_err() {
                let _ = fs::create_dir_all(&aside);
            }
            for name in promoted {
                let _ = fs::rename(self.path.join(name), aside.join(name));
            }
            return;
        }
    }

    /// Makes what a run left the execution's own. Doing it twice is doing it once.
    pub fn promote(&self, run: &str) -> Result<(), Error> {
        let from = self.path.join(run);
        for name in PROMOTED {
            let (source, target) = (from.join(name), self.path.join(name));
            if !source.exists() {
                continue;
            }
            if target.is_dir() {
                fs::remove_dir_all(&target).map_err(|error| Error::unwritable(&target, &error))?;
            }
            fs::rename(&source, &target).map_err(|error| Error::unwritable(&target, &error))?;
        }
        // What is not empty holds something that nobody foresaw: it stays.
        let _ = fs::remove_dir(&from);
        let _ = fs::remove_dir(self.path.join("runs"));
        // Of an execution without inputs there is no folder for them.
        let _ = fs::remove_dir(self.path.join("inputs"));
        Ok(())
    }

    /// The files of a run, where they are after [`Self::promote`].
    #[must_use]
    pub fn promoted(&self, run: &str, files: &Files) -> Files {
        let from = self.path.join(run);
        let moved =
            |path: &Path| path.strip_prefix(&from).map_or_else(|_| path.to_owned(), |rest| self.path.join(rest));
        Files {
            figures: files.figures.iter().map(|one| FigureFile { path: moved(&one.path), ..one.clone() }).collect(),
            artifacts: files
                .artifacts
                .iter()
                .map(|one| ArtifactFile { path: moved(&one.path), ..one.clone() })
                .collect(),
        }
    }

    /// Writes a text file, such as a notebook; folders on the way are made.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.path.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| Error::unwritable(folder, &error))?;
        }
        // Beside it first: what has the name may be a link to somewhere else.
        let aside = path.with_extension("part");
        let written = fs::remove_file(&aside).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        });
        written
            .and_then(|()| fs::OpenOptions::new().write(true).create_new(true).open(&aside))
            .and_then(|mut file| std::io::Write::write_all(&mut file, bytes))
            .and_then(|()| fs::rename(&aside, &path))
            .map_err(|error| Error::unwritable(&path, &error))
    }

    /// Removes what an execution that did not begin has in its folder, and the folder itself if it was made for it.
    pub fn remove(&self, whole: bool) {
        // What cannot be removed harms nobody: no execution is said to be there.
        let _ = fs::remove_dir_all(self.path.join("inputs"));
        let _ = fs::remove_file(self.path.join("context.json"));
        if whole {
            let _ = fs::remove_dir(&self.path);
        }
    }

    fn write_synced(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.path.join(name);
        let write = || -> std::io::Result<()> {
            let mut file = fs::File::create(&path)?;
            std::io::Write::write_all(&mut file, bytes)?;
            // What is empty can be made again from nothing.
            if bytes.len() > 4 { file.sync_all() } else { Ok(()) }
        };
        write().map_err(|error| Error::unwritable(&path, &error))
    }
}
