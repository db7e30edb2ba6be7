//! What an execution was started with, kept so that it can be planned, applied and repeated: `request.json` and `inputs/`.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::Error;
use crate::approval::Digest;
use crate::backend::Job;
use crate::execution::{ExecutionId, Limits};

/// Longest `code.py` and `context.json` that are read back.
const MAX_TEXT: u64 = 64 << 20;

/// `request.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptRequest {
    /// The execution.
    pub id: ExecutionId,
    /// What it was: `run`, `plan`, `apply`.
    pub kind: String,
    /// What tracebacks call the program.
    pub filename: String,
    /// The seed of everything random.
    pub seed: u64,
    /// Whether time was fixed.
    pub deterministic: bool,
    /// Whether figures were kept as SVG.
    pub svg: bool,
    /// What it might use.
    pub limits: Limits,
    /// The runtime pack.
    pub pack: String,
    /// Where it ran, with the runtime's own digest.
    pub backend: String,
    /// For whom.
    pub principal: String,
    /// The machine.
    pub control_system: String,
    /// The rules of the site.
    pub policy: Digest,
    /// Names and contents of its inputs.
    pub inputs: Digest,
    /// The plan that it applied.
    pub plan: Option<ExecutionId>,
}

/// An execution's folder, opened again.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptExecution {
    /// Where it is.
    pub path: PathBuf,
    /// What it was started with.
    pub request: KeptRequest,
    /// The program.
    pub code: String,
    /// Its context.
    pub context: Map<String, Value>,
}

impl KeptExecution {
    /// Opens the folder of an execution.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let read = |name: &str| -> Result<String, Error> {
            let path = path.join(name);
            let unreadable = |reason: String| Error::Unreadable { path: path.clone(), reason };
            let mut text = String::new();
            let file = File::open(&path).map_err(|error| unreadable(error.to_string()))?;
            file.take(MAX_TEXT).read_to_string(&mut text).map_err(|error| unreadable(error.to_string()))?;
            Ok(text)
        };
        let malformed = |name: &str, error: &serde_json::Error| Error::Unreadable {
            path: path.join(name),
            reason: format!("it is not what Aerie writes: {error}"),
        };
        let request: KeptRequest =
            serde_json::from_str(&read("request.json")?).map_err(|error| malformed("request.json", &error))?;
        let context: Map<String, Value> =
            serde_json::from_str(&read("context.json")?).map_err(|error| malformed("context.json", &error))?;
        Ok(Self { path: path.to_owned(), request, code: read("code.py")?, context })
    }

    /// The folder of the execution with this id below `<agent_data_dir>/executed_scripts/`.
    pub fn find(agent_data_dir: &Path, id: ExecutionId) -> Result<Self, Error> {
        let scripts = agent_data_dir.join("executed_scripts");
        let ending = format!("_{}", id.short());
        let months = fs::read_dir(&scripts).into_iter().flatten().flatten();
        for month in months {
            for entry in fs::read_dir(month.path()).into_iter().flatten().flatten() {
                if !entry.file_name().to_string_lossy().ends_with(&ending) {
                    continue;
                }
                if let Ok(kept) = Self::open(&entry.path())
                    && kept.request.id == id
                {
                    return Ok(kept);
                }
            }
        }
        Err(Error::Unknown { id, agent_data_dir: agent_data_dir.to_owned() })
    }

    /// A job like the one that it was; it has no folders yet.
    #[must_use]
    pub fn job(&self) -> Job {
        let request = &self.request;
        let mut job = Job::new(self.code.clone(), request.seed);
        job.filename.clone_from(&request.filename);
        job.context.clone_from(&self.context);
        job.limits = request.limits.clone();
        job.deterministic = request.deterministic;
        job.svg = request.svg;
        job
    }

    /// Its inputs, by name.
    pub fn inputs(&self) -> Result<Vec<(String, PathBuf)>, Error> {
        let folder = self.path.join("inputs");
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::Unreadable { path: folder, reason: error.to_string() }),
        };
        let mut inputs: Vec<_> =
            entries.flatten().map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect();
        inputs.sort();
        Ok(inputs)
    }
}

/// One digest of names and contents of all files below a folder, in the order of their names.
pub fn digest_of_folder(folder: &Path) -> Result<Digest, Error> {
    let unreadable =
        |path: &Path, error: &std::io::Error| Error::Unreadable { path: path.to_owned(), reason: error.to_string() };
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(&current).map_err(|error| unreadable(&current, &error))? {
            let path = entry.map_err(|error| unreadable(&current, &error))?.path();
            let kind = fs::symlink_metadata(&path).map_err(|error| unreadable(&path, &error))?.file_type();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut lines = Vec::new();
    for path in files {
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
        let mut hasher = Sha256::new();
        let mut file = File::open(&path).map_err(|error| unreadable(&path, &error))?;
        let mut block = vec![0; 1 << 16];
        loop {
            let length = file.read(&mut block).map_err(|error| unreadable(&path, &error))?;
            if length == 0 {
                break;
            }
            hasher.update(block.get(..length).unwrap_or_default());
        }
        lines.extend_from_slice(&(name.len() as u64).to_le_bytes());
        lines.extend_from_slice(name.as_bytes());
        lines.extend_from_slice(&hasher.finalize());
    }
    Ok(Digest::of(&lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folders_digest_is_of_names_and_contents() {
        let folder = tempfile::tempdir().unwrap();
        let digest = || digest_of_folder(folder.path()).unwrap();
        let empty = digest();
        fs::create_dir(folder.path().join("d")).unwrap();
        fs::write(folder.path().join("d/a"), "1").unwrap();
        let one = digest();
        fs::write(folder.path().join("d/a"), "2").unwrap();
        let two = digest();
        fs::rename(folder.path().join("d/a"), folder.path().join("a")).unwrap();
        let moved = digest();
        let all = [empty, one, two, moved];
        for (place, digest) in all.iter().enumerate() {
            assert!(!all.iter().skip(place + 1).any(|other| other == digest));
        }
    }
}
