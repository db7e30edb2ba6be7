//! The guest's files for one version of Python: written once into the cache, compiled, and read-only for programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Error, Python, asking};
use crate::backend::guest::{GUEST, OUTSIDE, digest};

/// The file that a local Python is started with.
const START: &str = "start.py";
/// Compiles the folder that it is given.
const COMPILE: &str = "aerie_outside/compile.py";

/// Has matplotlib write down which fonts there are, which takes it a second.
const FONTS: &str = "import matplotlib.font_manager";

/// The guest, ready for one Python.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) folder: PathBuf,
    /// Matplotlib's own cache, if the Python has matplotlib.
    pub(super) matplotlib: Option<PathBuf>,
}

impl Prepared {
    /// Finds it in the cache, or makes it.
    pub(super) fn find_or_make(python: &Python, cache: &Path) -> Result<Self, Error> {
        let name = format!("{}-{}", &digest(&[GUEST, OUTSIDE])[..16], python.about.tag);
        let folder = cache.join("guest").join(name);
        if !folder.is_dir() {
            make(python, &folder)?;
        }
        let matplotlib = python.about.packages.get("matplotlib").map(|version| {
            let name = format!("matplotlib-{version}-{}", python.fingerprint().replace('/', "-"));
            cache.join("guest").join(name)
        });
        if let Some(folder) = &matplotlib
            && !folder.is_dir()
        {
            // Without it every program that draws makes one of its own, in a second.
            let _ = list_fonts(python, folder);
        }
        Ok(Self { folder, matplotlib: matplotlib.filter(|folder| folder.is_dir()) })
    }

    /// The file that a Python is started with.
    pub(super) fn start(&self) -> PathBuf {
        self.folder.join(START)
    }
}

fn list_fonts(python: &Python, folder: &Path) -> std::io::Result<()> {
    let parent = folder.parent().unwrap_or(Path::new("."));
    let part = tempfile::Builder::new().prefix(".part-").tempdir_in(parent)?;
    let mut command = Command::new(&python.interpreter);
    command.args(["-I", "-B", "-c", FONTS]).env_clear().env("MPLCONFIGDIR", part.path()).env("HOME", part.path());
    if asking::output(&mut command)?.status.success() {
        let part = part.keep();
        if fs::rename(&part, folder).is_err() {
            fs::remove_dir_all(&part)?;
        }
    }
    Ok(())
}

/// Makes the folder beside its place and moves it there: what has the name is complete.
fn make(python: &Python, folder: &Path) -> Result<(), Error> {
    let failed = |reason: String| Error::Guest { path: folder.to_owned(), reason };
    let parent = folder.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|error| failed(error.to_string()))?;
    let part =
        tempfile::Builder::new().prefix(".part-").tempdir_in(parent).map_err(|error| failed(error.to_string()))?;
    for (path, text) in GUEST.iter().chain(OUTSIDE) {
        let path = part.path().join(path);
        let above = path.parent().unwrap_or(parent);
        fs::create_dir_all(above).and_then(|()| fs::write(&path, text)).map_err(|error| failed(error.to_string()))?;
    }
    let mut command = Command::new(&python.interpreter);
    command.args(["-I", "-B"]).args([part.path().join(COMPILE).as_path(), part.path()]).env_clear();
    let output = asking::output(&mut command).map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(said.lines().last().unwrap_or("it could not be compiled").to_owned()));
    }
    let part = part.keep();
    match fs::rename(&part, folder) {
        Ok(()) => Ok(()),
        // Somebody else was first, with the same files.
        Err(_) if folder.is_dir() => fs::remove_dir_all(&part).map_err(|error| failed(error.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}
