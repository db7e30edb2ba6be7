//! Lays out the guest library: the zip under its interpreter's name, archives that must lie unpacked, the guest package,
//! the licences.

use std::fs;
use std::io::{Cursor, Read, Seek, Write};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;
use zip::write::ZipWriter;

use super::PackError;
use super::manifest::Manifest;
use crate::backend::guest;

/// The folder of the guest package in the library.
pub(super) const GUEST_FOLDER: &str = "aerie";

/// Writes the library of `manifest` into `folder`, which must not exist. `zip` is the source's library.
pub(super) fn lay_out(manifest: &Manifest, zip: &[u8], folder: &Path) -> Result<(), PackError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |error: std::io::Error| PackError::unwritable(&path, &error)
    };
    fs::create_dir(folder).map_err(io(folder))?;
    let damaged =
        |reason: String| PackError::DamagedSource { path: manifest.source.library.path.clone().into(), reason };
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(|error| damaged(error.to_string()))?;
    for unpack in &manifest.library.unpack {
        let mut inner = Vec::new();
        archive
            .by_name(&unpack.archive)
            .map_err(|error| damaged(format!("{}: {error}", unpack.archive)))?
            .read_to_end(&mut inner)
            .map_err(|error| damaged(error.to_string()))?;
        let mut inner = ZipArchive::new(Cursor::new(inner)).map_err(|error| damaged(error.to_string()))?;
        extract(&mut inner, &folder.join(&unpack.folder))?;
    }
    let target = folder.join(&manifest.library.zip);
    if manifest.library.exclude.is_empty() {
        fs::write(&target, zip).map_err(io(&target))?;
    } else {
        let file = fs::File::create(&target).map_err(io(&target))?;
        let mut writer = ZipWriter::new(std::io::BufWriter::new(file));
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).map_err(|error| damaged(error.to_string()))?;
            let name = entry.name().map_err(|error| damaged(error.to_string()))?;
            let top = name.split('/').next().unwrap_or_default().to_owned();
            if !manifest.library.exclude.iter().any(|name| excludes(name, &top)) {
                writer.raw_copy_file(entry).map_err(|error| damaged(error.to_string()))?;
            }
        }
        let mut file = writer.finish().map_err(|error| damaged(error.to_string()))?;
        file.flush().map_err(io(&target))?;
    }
    for (path, text) in guest::GUEST {
        let path = folder.join(GUEST_FOLDER).join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(io(parent))?;
        }
        fs::write(&path, text).map_err(io(&path))?;
    }
    Ok(())
}

/// `name` excludes itself as a folder, a module or a distribution's metadata.
fn excludes(name: &str, top: &str) -> bool {
    top == name || top.strip_suffix(".pyc") == Some(name) || (top.ends_with(".dist-info") && name == "*.dist-info")
}

fn extract<R: Read + Seek>(archive: &mut ZipArchive<R>, folder: &Path) -> Result<(), PackError> {
    for index in 0..archive.len() {
        let damaged = |reason: String| PackError::DamagedSource { path: folder.to_owned(), reason };
        let mut entry = archive.by_index(index).map_err(|error| damaged(error.to_string()))?;
        let inside: PathBuf =
            entry.enclosed_name().ok_or_else(|| damaged("an archive leaves its folder".to_owned()))?;
        if !inside.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(damaged("an archive leaves its folder".to_owned()));
        }
        let path = folder.join(inside);
        if entry.is_dir() {
            fs::create_dir_all(&path).map_err(|error| PackError::unwritable(&path, &error))?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| PackError::unwritable(parent, &error))?;
        }
        let mut file = fs::File::create(&path).map_err(|error| PackError::unwritable(&path, &error))?;
        std::io::copy(&mut entry, &mut file).map_err(|error| PackError::unwritable(&path, &error))?;
    }
    Ok(())
}
