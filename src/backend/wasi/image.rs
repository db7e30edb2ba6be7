//! [`Loaded`]: a prepared pack in this process, from which instances are made.

use std::path::{Path, PathBuf};

use wasmtime::{Engine, Linker, Module};

use super::guest::Guest;
use super::pack::{Manifest, PackError, Ready, split};
use super::slots::Slots;
use super::{Error, calls, engine};

/// A prepared pack, mapped into this process.
pub(super) struct Loaded {
    engine: Engine,
    linker: Linker<Guest>,
    code: Module,
    memory: Module,
    memory_pages: u64,
    globals: Vec<(String, i32)>,
    library: PathBuf,
    extra_folders: Vec<(PathBuf, String)>,
    environment: Vec<(String, String)>,
}

/// What a [`Loaded`] is made of.
pub(super) struct Parts<'a> {
    pub(super) code: Module,
    pub(super) memory: Module,
    pub(super) globals: Vec<(String, i32)>,
    pub(super) library: PathBuf,
    pub(super) memory_pages: u64,
    pub(super) manifest: &'a Manifest,
}

impl Loaded {
    pub(super) fn new(engine: Engine, parts: Parts<'_>) -> Result<Self, Error> {
        let Parts { code, memory, globals, library, memory_pages, manifest } = parts;
        let mut linker = Linker::new(&engine);
        calls::link(&mut linker).map_err(Error::engine)?;
        let unpacked = &manifest.library.unpack;
        let extra_folders =
            unpacked.iter().map(|unpack| (library.join(&unpack.folder), unpack.mount.clone())).collect();
        let environment = manifest.environment.clone().into_iter().collect();
        Ok(Self { engine, linker, code, memory, memory_pages, globals, library, extra_folders, environment })
    }

    /// Maps a prepared pack.
    pub(super) fn open(ready: Ready) -> Result<Self, Error> {
        let corrupt = |reason: String| PackError::Corrupt { path: ready.memory.clone(), reason };
        let pages = u32::try_from(ready.memory_pages).map_err(|error| corrupt(error.to_string()))?;
        let bytes = pages as usize * 65_536;
        let slots = Slots::open(&ready.memory, bytes).map_err(|error| corrupt(error.to_string()))?;
        let engine = engine::running(slots)?;
        let code = load_native(&engine, &ready.code)?;
        let memory = Module::new(&engine, split::Image::blank(ready.memory_pages).encode()).map_err(Error::engine)?;
        let Ready { manifest, library, memory_pages, globals, .. } = ready;
        Self::new(engine, Parts { code, memory, globals, library, memory_pages, manifest: &manifest })
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn linker(&self) -> &Linker<Guest> {
        &self.linker
    }

    pub(super) fn code_module(&self) -> &Module {
        &self.code
    }

    pub(super) fn memory_module(&self) -> &Module {
        &self.memory
    }

    pub(super) fn globals(&self) -> &[(String, i32)] {
        &self.globals
    }

    pub(super) fn library(&self) -> &Path {
        &self.library
    }

    pub(super) fn extra_folders(&self) -> &[(PathBuf, String)] {
        &self.extra_folders
    }

    pub(super) fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// Memory that every instance has from the start.
    pub(super) fn memory_bytes(&self) -> u64 {
        self.memory_pages * 65_536
    }
}

/// Maps compiled code into this process.
///
/// The one place where Aerie trusts a file with its life: call it only with a path that [`super::pack`] has just checked
/// (owner, mode, digest) or written itself.
#[expect(unsafe_code, reason = "a compiled module is native code; there is no safe way to load one")]
pub(super) fn load_native(engine: &Engine, path: &Path) -> Result<Module, PackError> {
    // SAFETY: the file was made by `Module::serialize` of an engine with these very settings (its key says so), belongs
    // to us or root, can be written by nobody else, and has the digest that was recorded when it was made.
    unsafe { Module::deserialize_file(engine, path) }
        .map_err(|error| PackError::Corrupt { path: path.to_owned(), reason: format!("{error:#}") })
}
