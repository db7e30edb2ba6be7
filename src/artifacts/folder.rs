//! [`ExecutionFolder`]: made before the program runs, filled in after it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde::Serialize;
use serde_json::{Value, json};

use super::Error;
use super::kept::{KeptRequest, digest_of_folder};
use crate::approval::Digest;
use crate::backend::{Job, Report, Workspace};
use crate::execution::{ExecutionId, Status};

/// Most files that are listed as artifacts; the program may have been allowed more.
const MAX_LISTED: usize = 10_000;

/// Where to make a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewFolder {
    /// Below `<scripts>/<month>/`, with a name made of time, `name` and id.
    Below {
        /// The seed's `<agent_data_dir>/executed_scripts`.
        scripts: PathBuf,
        /// What the execution is about; unsafe characters are replaced.
        name: String,
    },
    /// This very folder, which must be empty or not exist.
    At(PathBuf),
}

/// The folder of one execution.
#[derive(Debug)]
pub struct ExecutionFolder {
    path: PathBuf,
    inputs: PathBuf,
    /// `/tmp` of the program; removed with this value.
    private: tempfile::TempDir,
}

/// A figure on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FigureFile {
    /// Absolute path.
    pub path: PathBuf,
    /// Its title; may be empty.
    pub title: String,
    /// `png` or `svg`.
    pub format: String,
}

/// An artifact on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArtifactFile {
    /// Absolute path.
    pub path: PathBuf,
    /// Path below `artifacts/`.
    pub name: String,
    /// What the program called it; empty for a file that it just left.
    pub title: String,
    /// Bytes.
    pub bytes: u64,
}

/// What the folder holds after the execution.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// In the order of their numbers.
    pub figures: Vec<FigureFile>,
    /// In the order of their names.
    pub artifacts: Vec<ArtifactFile>,
}

impl ExecutionFolder {
    /// Makes the folder and its working folder `artifacts/`.
    pub fn create(place: &NewFolder, id: ExecutionId, now: &jiff::Zoned) -> Result<Self, Error> {
        let path = make(place, id, now)?;
        let inputs = path.join("inputs");
        fs::create_dir(&inputs).map_err(|error| Error::unwritable(&inputs, &error))?;
        Self::within(path, inputs)
    }

    /// Makes the folder of one run of an execution whose inputs are elsewhere.
    pub(super) fn of_run(path: &Path, inputs: &Path) -> Result<Self, Error> {
        if let Some(above) = path.parent() {
            fs::create_dir_all(above).map_err(|error| Error::unwritable(above, &error))?;
        }
        fs::create_dir(path).map_err(|error| Error::unwritable(path, &error))?;
        Self::within(path.to_owned(), inputs.to_owned())
    }

    fn within(path: PathBuf, inputs: PathBuf) -> Result<Self, Error> {
        let private = tempfile::Builder::new()
            .prefix(".private-")
            .tempdir_in(&path)
            .map_err(|error| Error::unwritable(&path, &error))?;
        for folder in [private.path().join("tmp"), path.join("artifacts")] {
            fs::create_dir(&folder).map_err(|error| Error::unwritable(&folder, &error))?;
        }
        Ok(Self { path, inputs, private })
    }

    /// The folder's absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the program sees of it.
    #[must_use]
    pub fn workspace(&self) -> Workspace {
        Workspace {
            work: self.path.join("artifacts"),
            scratch: self.private.path().join("tmp"),
            inputs: self.inputs.clone(),
        }
    }

    /// Puts a copy of a file or folder among the program's read-only inputs.
    /// Symbolic links inside a folder are left out: they could point anywhere.
    pub fn add_input(&self, name: &str, source: &Path) -> Result<(), Error> {
        add_input(&self.inputs, name, source)
    }

    /// One digest of everything in `inputs/`.
    pub fn inputs_digest(&self) -> Result<Digest, Error> {
        digest_of_folder(&self.inputs)
    }

    /// Writes what went in: `request.json`, `code.py` and `context.json`.
    pub fn write_inputs(&self, job: &Job, request: &KeptRequest) -> Result<(), Error> {
        self.write_request(job, request)?;
        self.write_json("context.json", &Value::Object(job.context.clone()))
    }

    /// Writes what one run starts with: `request.json` and `code.py`.
    pub fn write_request(&self, job: &Job, request: &KeptRequest) -> Result<(), Error> {
        let text = serde_json::to_value(request).unwrap_or_default();
        self.write_json("request.json", &text)?;
        self.write("code.py", job.code.as_bytes())
    }

    /// Writes what came out, and lists all files. Consumes the folder's private parts.
    ///
    /// `method` is the backend that it ran in.
    pub fn finish(
        self,
        id: ExecutionId,
        method: &str,
        report: &Report,
        times: (&jiff::Zoned, &jiff::Zoned),
    ) -> Result<Files, Error> {
        let mut files = Files::default();
        let outcome = &report.outcome;
        // First what nobody could make again.
        if let Some(results) = &outcome.results {
            self.write_json("results.json", results)?;
        }
        if !outcome.types.is_empty() {
            self.write_json("results.types.json", &serde_json::to_value(&outcome.types).unwrap_or_default())?;
        }
        if !report.figures.is_empty() {
            let folder = self.path.join("figures");
            fs::create_dir_all(&folder).map_err(|error| Error::unwritable(&folder, &error))?;
        }
        for figure in &report.figures {
            let name = format!("figures/figure_{:02}.{}", figure.number, figure.format);
            self.write(&name, &figure.bytes)?;
            let (title, format) = (figure.title.clone(), figure.format.clone());
            files.figures.push(FigureFile { path: self.path.join(name), title, format });
        }
        for artifact in &report.artifacts {
            self.write_artifact(&artifact.name, &artifact.bytes)?;
        }
        files.artifacts = self.list_artifacts(report);
        let error = outcome.error.as_ref();
        let metadata = json!({
            "id": id,
            "status": outcome.status,
            "success": outcome.status == Status::Succeeded,
            "exit_code": outcome.exit_code,
            "start_time": times.0.timestamp().to_string(),
            "end_time": times.1.timestamp().to_string(),
            "execution_method": method,
            "walls": outcome.walls,
            "seed": outcome.seed,
            "usage": outcome.usage,
            "stdout": outcome.stdout,
            "stderr": outcome.stderr,
            "error_type": error.map(|error| &error.kind),
            "error_message": error.map(|error| &error.message),
            "error_line": error.and_then(|error| error.line),
            "traceback": error.map(|error| &error.traceback),
            "results_saved": outcome.results.is_some(),
            "results_missing": outcome.results.is_none(),
            "figure_count": files.figures.len(),
            "artifacts": files.artifacts.iter().map(|a| json!({ "name": a.name, "title": a.title, "bytes": a.bytes })).collect::<Vec<_>>(),
        });
        self.write_json("execution_metadata.json", &metadata)?;
        // Of an execution without inputs there is no folder for them. One that has its inputs elsewhere has none either.
        let _ = fs::remove_dir(self.path.join("inputs"));
        Ok(files)
    }

    /// Writes a document of the execution, such as `plan.json`.
    pub fn write_json(&self, name: &str, value: &Value) -> Result<(), Error> {
        self.write(name, json_text(value).as_bytes())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.path.join(name);
        fs::write(&path, bytes).map_err(|error| Error::unwritable(&path, &error))
    }

    /// Writes below `artifacts/`, where the program may have put anything: never through a link, never out of it.
    fn write_artifact(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let folder = self.path.join("artifacts");
        let write = || -> std::io::Result<()> {
            let dir = Dir::open_ambient_dir(&folder, ambient_authority())?;
            // What the program saved by this name goes before what it left by it.
            if dir.remove_file(name).is_err() {
                let _ = dir.remove_dir_all(name);
            }
            let mut file = dir.create(name)?;
            file.write_all(bytes)
        };
        write().map_err(|error| Error::unwritable(&folder.join(name), &error))
    }

    /// Regular files below `artifacts/`, links not followed.
    fn list_artifacts(&self, report: &Report) -> Vec<ArtifactFile> {
        let root = self.path.join("artifacts");
        let mut found = Vec::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            // A folder too deep for a path is the program's doing, and no reason to lose the rest.
            let Ok(entries) = fs::read_dir(root.join(&folder)) else { continue };
            for entry in entries.flatten() {
                let below = folder.join(entry.file_name());
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push(below),
                    Ok(kind) if kind.is_file() && found.len() < MAX_LISTED => {
                        let name = below.to_string_lossy().into_owned();
                        let saved = report.artifacts.iter().find(|saved| saved.name == name);
                        found.push(ArtifactFile {
                            path: root.join(&below),
                            title: saved.map(|saved| saved.title.clone()).unwrap_or_default(),
                            bytes: entry.metadata().map_or(0, |metadata| metadata.len()),
                            name,
                        });
                    }
                    _ => {}
                }
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }
}

/// Makes the folder that `place` names, and gives its absolute path.
pub(super) fn make(place: &NewFolder, id: ExecutionId, now: &jiff::Zoned) -> Result<PathBuf, Error> {
    let path = match place {
        NewFolder::At(path) => {
            if fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) {
                return Err(Error::NotEmpty { path: path.clone() });
            }
            path.clone()
        }
        NewFolder::Below { scripts, name } => scripts.join(now.strftime("%Y-%m").to_string()).join(format!(
            "execution_{}_{}_{}",
            now.strftime("%Y%m%d_%H%M%S"),
            plain(name),
            id.short()
        )),
    };
    fs::create_dir_all(&path).map_err(|error| Error::unwritable(&path, &error))?;
    path.canonicalize().map_err(|error| Error::unwritable(&path, &error))
}

/// Puts a copy of a file or folder below `inputs`. Symbolic links inside a folder are left out: they could point anywhere.
pub(super) fn add_input(inputs: &Path, name: &str, source: &Path) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::Input {
        name: name.to_owned(),
        path: source.to_owned(),
        reason: error.to_string(),
    };
    // The path that the user names may be a link; what lies below it may not.
    let source = source.canonicalize().map_err(failed)?;
    place(&source, &inputs.join(name)).map_err(failed)
}

/// JSON for people where it is short, and for machines where it is long: indenting deep values can take a hundred times
/// their text.
#[must_use]
pub fn json_text(value: &Value) -> String {
    const SHORT: usize = 64 << 10;
    let mut text = value.to_string();
    if text.len() <= SHORT {
        text = serde_json::to_string_pretty(value).unwrap_or(text);
    }
    text.push('\n');
    text
}

/// A name that is safe in a path: letters, digits, dashes and underscores, at most 40 of them.
fn plain(name: &str) -> String {
    let cleaned: String =
        name.chars().take(40).map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    if cleaned.is_empty() { "script".to_owned() } else { cleaned }
}

fn place(source: &Path, target: &Path) -> std::io::Result<()> {
    let metadata = fs::symlink_metadata(source)?;
    if metadata.is_dir() {
        fs::create_dir(target)?;
        for entry in fs::read_dir(source)? {
            let entry = entry?;
            place(&entry.path(), &target.join(entry.file_name()))?;
        }
        Ok(())
    } else if metadata.is_file() {
        // A copy: a link would share its bytes with whoever goes on writing the file. Where the disk can, it shares them until
        // then. Never through an existing file: it could be a link to somebody's own.
        let mut copy = fs::OpenOptions::new().write(true).create_new(true).open(target)?;
        std::io::copy(&mut fs::File::open(source)?, &mut copy).map(|_| ())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_plain() {
        assert_eq!(plain("Beam lifetime / SR"), "Beam_lifetime___SR");
        assert_eq!(plain("../../etc"), "______etc");
        assert_eq!(plain(""), "script");
        assert_eq!(plain(&"x".repeat(99)).len(), 40);
    }
}
