//! [`Python`]: which Python of this host runs programs, and what it has.
//!
//! A Python is asked once what it is; the answer is kept in the cache until the interpreter or one of its folders of packages
//! changes.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Error, asking};
use crate::execution::hexadecimal;

/// What a Python is asked; it runs isolated, and no program with it.
const QUESTION: &str = include_str!("question.py");
/// What a script is asked that stands for a Python, as version managers have them: which one it starts here.
const WHICH: &str = "import sys; print('AERIE ' + sys.executable)";
/// What it begins its answer with: a site's own start-up code may print something as well.
const MARK: &str = "AERIE ";
/// Oldest Python that the guest runs in.
const OLDEST: (u32, u32) = (3, 10);

/// A Python of this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Python {
    /// The interpreter, as it is started: of a virtual environment, its own link.
    pub interpreter: PathBuf,
    /// What it said of itself.
    pub about: About,
}

/// What a Python said of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Such as `3.12.4`.
    pub version: String,
    /// What its compiled files are called by: `cpython-312`.
    pub tag: String,
    /// The interpreter behind all links.
    pub executable: PathBuf,
    /// All that it reads: its library, its packages.
    pub folders: Vec<PathBuf>,
    /// Where packages are found.
    pub site: Vec<PathBuf>,
    /// First names of its modules.
    pub modules: Vec<String>,
    /// Its distributions and their versions.
    pub packages: BTreeMap<String, String>,
}

/// An answer in the cache.
#[derive(Serialize, Deserialize)]
struct Kept {
    about: About,
    /// What it depends on, and when that changed last.
    stamps: Vec<(PathBuf, u128)>,
}

impl Python {
    /// The Python at `configured`, an interpreter or an environment that holds one; without it the first `python3` of `PATH`.
    ///
    /// # Errors
    ///
    /// There is none, or it does not answer, or is too old.
    pub fn find(configured: Option<&Path>, cache: &Path) -> Result<Self, Error> {
        let named = match configured {
            Some(path) => named(path)?,
            None => on_path()?,
        };
        // A script starts what it likes, from anywhere; what runs programs is what it starts.
        let interpreter = if is_script(&named) { behind(&named)? } else { named };
        Self::ask(interpreter, cache)
    }

    /// Asks an interpreter what it is, unless that is known.
    fn ask(interpreter: PathBuf, cache: &Path) -> Result<Self, Error> {
        let file = cache.join("pythons").join(format!("{}.json", short_digest(interpreter.as_os_str())));
        if let Some(about) = remembered(&file, &interpreter) {
            return Ok(Self { interpreter, about });
        }
        let about = answer(&interpreter)?;
        // The cache is a help: without it, it is asked again next time.
        let _ = remember(&file, &interpreter, &about);
        Ok(Self { interpreter, about })
    }

    /// Names what runs here: the version, and the packages with theirs.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for part in
            [self.about.executable.as_os_str().as_encoded_bytes(), self.interpreter.as_os_str().as_encoded_bytes()]
        {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        for (name, version) in &self.about.packages {
            hash.update(format!("{name}={version}\n"));
        }
        format!("local/{}/{}", self.about.version, &hexadecimal(&hash.finalize())[..16])
    }
}

/// The interpreter that a path of the configuration means.
fn named(path: &Path) -> Result<PathBuf, Error> {
    let unusable = |reason: String| Error::Python { path: path.to_owned(), reason };
    let absolute = std::path::absolute(path).map_err(|error| unusable(error.to_string()))?;
    let about = fs::metadata(&absolute).map_err(|error| unusable(error.to_string()))?;
    if !about.is_dir() {
        return Ok(absolute);
    }
    let inside = ["bin/python3", "bin/python"].into_iter().map(|name| absolute.join(name));
    inside.into_iter().find(|path| path.exists()).ok_or_else(|| {
        unusable(
            "the folder holds no bin/python3: give an interpreter, or the folder of a virtual environment".to_owned(),
        )
    })
}

fn on_path() -> Result<PathBuf, Error> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join("python3"))
        .find(|file| file.metadata().is_ok_and(|about| about.is_file() && about.mode() & 0o111 != 0));
    found.ok_or(Error::NoPython)
}

fn is_script(file: &Path) -> bool {
    let mut first = [0; 2];
    fs::File::open(file).and_then(|mut file| file.read_exact(&mut first)).is_ok() && first == *b"#!"
}

/// The Python that a script starts.
fn behind(script: &Path) -> Result<PathBuf, Error> {
    let path = PathBuf::from(said(script, WHICH)?);
    if path.is_absolute() && path.is_file() && !is_script(&path) {
        return Ok(path);
    }
    let reason = format!("it is a script, and the Python that it starts says that it is `{}`", path.display());
    Err(Error::Python { path: script.to_owned(), reason: format!("{reason}: name the interpreter itself") })
}

/// What a Python says after the mark.
fn said(interpreter: &Path, question: &str) -> Result<String, Error> {
    let unusable = |reason: String| Error::Python { path: interpreter.to_owned(), reason };
    let mut command = Command::new(interpreter);
    let output = asking::output(command.args(["-I", "-B", "-c", question]).env_clear());
    let output = output.map_err(|error| unusable(error.to_string()))?;
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    said.lines().find_map(|line| line.strip_prefix(MARK)).map(str::to_owned).ok_or_else(|| {
        let last = complained.lines().last().unwrap_or("it gives no answer");
        unusable(last.chars().take(300).collect())
    })
}

fn answer(interpreter: &Path) -> Result<About, Error> {
    let unusable = |reason: String| Error::Python { path: interpreter.to_owned(), reason };
    let line = said(interpreter, QUESTION)?;
    let about: About = serde_json::from_str(&line).map_err(|error| unusable(error.to_string()))?;
    let mut numbers = about.version.split('.').map_while(|part| part.parse::<u32>().ok());
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if version < OLDEST {
        return Err(unusable(format!(
            "it is Python {}; {}.{} is the oldest that will do",
            about.version, OLDEST.0, OLDEST.1
        )));
    }
    Ok(about)
}

fn remembered(file: &Path, interpreter: &Path) -> Option<About> {
    let kept: Kept = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    (kept.stamps == stamps(interpreter, &kept.about)).then_some(kept.about)
}

fn remember(file: &Path, interpreter: &Path, about: &About) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let kept = Kept { about: about.clone(), stamps: stamps(interpreter, about) };
    let mut part = tempfile::NamedTempFile::new_in(folder)?;
    part.write_all(&serde_json::to_vec(&kept)?)?;
    part.persist(file)?;
    Ok(())
}

/// When what an answer depends on changed last; 0 for what is not there.
fn stamps(interpreter: &Path, about: &About) -> Vec<(PathBuf, u128)> {
    let environment = interpreter.parent().and_then(Path::parent).map(|folder| folder.join("pyvenv.cfg"));
    let paths = [interpreter.to_owned(), about.executable.clone()];
    let paths = paths.into_iter().chain(environment).chain(about.site.iter().cloned());
    let changed = |path: &Path| {
        let time = fs::metadata(path).and_then(|about| about.modified()).ok();
        time.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |time| time.as_nanos())
    };
    paths.map(|path| (changed(&path), path)).map(|(stamp, path)| (path, stamp)).collect()
}

fn short_digest(text: &OsStr) -> String {
    hexadecimal(&Sha256::digest(text.as_encoded_bytes()))[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_python_is_asked_once_and_again_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        let site = folder.path().join("site");
        fs::create_dir_all(&site).unwrap();
        let asked = folder.path().join("asked");
        let script = folder.path().join("python3");
        let about = serde_json::json!({ "version": "3.12.4", "tag": "cpython-312", "executable": script, "folders": [],
            "site": [site], "modules": ["os"], "packages": { "numpy": "2.0" } });
        let text = format!("#!/bin/sh\necho x >> {}\necho noise\necho 'AERIE {about}'\n", asked.display());
        fs::write(&script, text).unwrap();
        fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let count = || fs::read_to_string(&asked).unwrap().len() / 2;

        let first = Python::ask(script.clone(), &cache).unwrap();
        assert_eq!(first, Python::ask(script.clone(), &cache).unwrap());
        assert_eq!((count(), first.about.packages["numpy"].as_str()), (1, "2.0"));
        fs::File::open(&site).unwrap().set_modified(UNIX_EPOCH).unwrap();
        Python::ask(script, &cache).unwrap();
        assert_eq!(count(), 2);
    }

    #[test]
    fn behind_a_script_is_the_python_that_it_starts() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        let script = folder.path().join("python3");
        let written = |text: &str| {
            fs::write(&script, format!("#!/bin/sh\n{text}\n")).unwrap();
            fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
            Python::find(Some(&script), &cache)
        };
        let real = Python::find(None, &cache).unwrap();
        assert!(!is_script(&real.interpreter));
        assert_eq!(written(&format!("exec '{}' \"$@\"", real.interpreter.display())).unwrap(), real);
        for says in ["AERIE python3".to_owned(), format!("AERIE {}", script.display())] {
            let error = written(&format!("echo {says}")).unwrap_err().to_string();
            assert!(error.contains("name the interpreter itself"), "{error}");
        }
    }

    #[test]
    fn what_is_no_python_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        for (path, what) in [
            (folder.path().to_owned(), "holds no bin/python3"),
            (folder.path().join("none"), "No such file"),
            (PathBuf::from("/bin/true"), "gives no answer"),
        ] {
            let error = Python::find(Some(&path), &cache).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
