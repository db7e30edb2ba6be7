//! Installs, inspects, verifies and removes packs.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use wasmtime::{Engine, Module, Store};

use super::cache::{self, Cache};
use super::digest::Sha256Hex;
use super::manifest::Manifest;
use super::stamp::{self, Sealed};
use super::{PackError, Progress, Stage, library, patch, source, split};
use crate::backend::wasi::image::{Loaded, Parts};
use crate::backend::wasi::{engine, run};
use crate::backend::{Job, Workspace};
use crate::execution::{Limits, format_bytes};

/// Disk space that preparing a pack takes at most: the wheel, the code, one image.
pub(super) const SPACE_NEEDED: u64 = 1_200 << 20;

const CODE: &str = "module.cwasm";
const CODE_RECORD: &str = "code.json";
const INITIAL: &str = "initial.wasm";
const MEMORY: &str = "memory.image";
const IMAGE_RECORD: &str = "image.json";
const LIBRARY: &str = "library";

/// What stands beside the compiled code.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeRecord {
    key: Sha256Hex,
    code: Sealed,
    initial: Sealed,
}

/// What stands beside an image.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ImageRecord {
    key: Sha256Hex,
    code: Sha256Hex,
    manifest: Manifest,
    memory: Sealed,
    memory_pages: u64,
    globals: Vec<(String, i32)>,
    library: Sealed,
    /// Digest of every file below the library.
    library_tree: Sha256Hex,
}

/// A pack that is ready to run.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) manifest: Manifest,
    /// The first digits of the image's key.
    pub(crate) key: String,
    pub(crate) code: PathBuf,
    pub(crate) memory: PathBuf,
    pub(crate) library: PathBuf,
    pub(crate) memory_pages: u64,
    pub(crate) globals: Vec<(String, i32)>,
}

/// What `install` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The pack's name.
    pub pack: String,
    /// The image's folder.
    pub folder: PathBuf,
    /// Bytes on disk: image, library and code.
    pub bytes: u64,
    /// Whether it was there already.
    pub already: bool,
    /// How long it took.
    pub took: Duration,
}

/// How a pack stands in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PackState {
    /// Ready to run.
    Ready,
    /// Prepared by another version of Aerie or from another manifest; the next run prepares it again.
    Stale,
    /// Not there.
    Absent,
    /// There, but damaged or not to be trusted.
    Corrupt,
}

/// The keys of a pack under this build of Aerie.
struct Keys {
    code: Sha256Hex,
    image: Sha256Hex,
}

impl Keys {
    fn of(manifest: &Manifest, engine: &Engine) -> Result<Self, PackError> {
        let code = cache::code_key(manifest, engine)?;
        let image = cache::image_key(manifest, &code);
        Ok(Self { code, image })
    }
}

/// Finds a prepared pack; `None` if it must be prepared first.
pub(crate) fn find(manifest: &Manifest, cache: &Cache, engine: &Engine) -> Result<Option<Ready>, PackError> {
    let keys = Keys::of(manifest, engine)?;
    let folder = cache.image_folder(manifest, &keys.image);
    let code_folder = cache.code_folder(&keys.code);
    if !folder.is_dir() || !code_folder.is_dir() {
        return Ok(None);
    }
    for parent in [cache.root(), &folder, &code_folder] {
        stamp::check_folder(parent)?;
    }
    let record: ImageRecord = read_record(&folder.join(IMAGE_RECORD))?;
    let code: CodeRecord = read_record(&code_folder.join(CODE_RECORD))?;
    if record.key != keys.image || code.key != keys.code {
        return Err(PackError::Corrupt { path: folder, reason: "its record names another key".to_owned() });
    }
    code.code.check(&code_folder.join(CODE))?;
    record.memory.check(&folder.join(MEMORY))?;
    let library = folder.join(LIBRARY);
    record.library.check(&library.join(&manifest.library.zip))?;
    Ok(Some(Ready {
        key: keys.image.short().to_owned(),
        manifest: record.manifest,
        code: code_folder.join(CODE),
        memory: folder.join(MEMORY),
        library,
        memory_pages: record.memory_pages,
        globals: record.globals,
    }))
}

/// Installs a pack: does only what is missing. `force` does all of it again.
pub fn install(
    manifest: &Manifest,
    cache: &Cache,
    from: Option<&Path>,
    force: bool,
    progress: &dyn Progress,
) -> Result<Installed, PackError> {
    let started = Instant::now();
    let engine = engine::preparing().map_err(|error| PackError::Engine(error.to_string()))?;
    let keys = Keys::of(manifest, &engine)?;
    let there = |already| -> Result<Installed, PackError> {
        let folder = cache.image_folder(manifest, &keys.image);
        let bytes = size_of(&folder) + size_of(&cache.code_folder(&keys.code));
        Ok(Installed { pack: manifest.name.clone(), folder, bytes, already, took: started.elapsed() })
    };
    if !force && find(manifest, cache, &engine)?.is_some() {
        return there(true);
    }
    cache.create()?;
    let _lock = cache.lock("prepare", || progress.begin(Stage::Wait, "another process is preparing a runtime"))?;
    progress.end(Stage::Wait);
    // Whoever held the lock may have done it for us.
    if !force && find(manifest, cache, &engine)?.is_some() {
        return there(true);
    }
    check_space(cache)?;
    let scratch = cache.scratch()?;
    let opened = source::open(manifest, cache, from, scratch.path(), progress)?;

    let code_folder = cache.code_folder(&keys.code);
    let code = match load_code(&engine, &code_folder, force) {
        Some(code) => code,
        None => prepare_code(manifest, &engine, &keys, &opened, scratch.path(), &code_folder, progress)?,
    };

    let folder = cache.image_folder(manifest, &keys.image);
    prepare_image(manifest, &engine, &keys, code, &opened, scratch.path(), &folder, &code_folder, progress)?;
    there(false)
}

/// Code that an earlier or interrupted preparation finished.
fn load_code(engine: &Engine, folder: &Path, force: bool) -> Option<Module> {
    if force {
        return None;
    }
    let record: CodeRecord = read_record(&folder.join(CODE_RECORD)).ok()?;
    record.code.check(&folder.join(CODE)).ok()?;
    record.initial.check_bytes(&folder.join(INITIAL)).ok()?;
    crate::backend::wasi::image::load_native(engine, &folder.join(CODE)).ok()
}

/// Patches, splits and compiles the interpreter.
fn prepare_code(
    manifest: &Manifest,
    engine: &Engine,
    keys: &Keys,
    opened: &source::Opened,
    scratch: &Path,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Module, PackError> {
    progress.begin(Stage::Compile, &format!("CPython {} and its packages", manifest.python));
    let mut wasm = opened.read(&manifest.source.module)?;
    patch::apply(&mut wasm, &manifest.patches()?)?;
    let split = split::split(&wasm)?;
    drop(wasm);
    let staged = scratch.join("code");
    create_private(&staged)?;
    write(&staged.join(INITIAL), &split.initial.encode())?;
    let module = Module::new(engine, &split.code).map_err(PackError::engine)?;
    drop(split);
    let bytes = module.serialize().map_err(PackError::engine)?;
    write(&staged.join(CODE), &bytes)?;
    drop(bytes);
    let record = CodeRecord {
        key: keys.code.clone(),
        code: Sealed::of(&staged.join(CODE))?,
        initial: Sealed::of(&staged.join(INITIAL))?,
    };
    write_record(&staged.join(CODE_RECORD), &record)?;
    publish(&staged, folder)?;
    progress.end(Stage::Compile);
    Ok(module)
}

/// Starts the interpreter, imports what is to be preloaded, and keeps its memory.
#[expect(clippy::too_many_arguments, reason = "one call site; a struct would only rename them")]
fn prepare_image(
    manifest: &Manifest,
    engine: &Engine,
    keys: &Keys,
    code: Module,
    opened: &source::Opened,
    scratch: &Path,
    folder: &Path,
    code_folder: &Path,
    progress: &dyn Progress,
) -> Result<(), PackError> {
    progress.begin(Stage::Library, &manifest.library.zip);
    let staged = scratch.join("image");
    create_private(&staged)?;
    let library = staged.join(LIBRARY);
    library::lay_out(manifest, &opened.read(&manifest.source.library)?, &library)?;
    progress.end(Stage::Library);

    progress.begin(Stage::Preload, &manifest.preload.join(", "));
    let initial = read(&code_folder.join(INITIAL))?;
    let memory_module = Module::new(engine, &initial).map_err(PackError::engine)?;
    drop(initial);
    let loaded = Loaded::new(
        engine.clone(),
        Parts { code, memory: memory_module, globals: Vec::new(), library: library.clone(), memory_pages: 0, manifest },
    )
    .map_err(|error| PackError::Engine(error.to_string()))?;
    let Preloaded { store, memory, globals } = preload(manifest, &loaded, scratch)?;
    progress.end(Stage::Preload);

    let memory = memory.data(&store);
    progress.begin(Stage::Store, &format!("{} of memory", format_bytes(memory.len() as u64)));
    write_sparse(&staged.join(MEMORY), memory)?;
    let record = ImageRecord {
        key: keys.image.clone(),
        code: keys.code.clone(),
        manifest: manifest.clone(),
        memory: Sealed::of(&staged.join(MEMORY))?,
        memory_pages: memory.len() as u64 / 65_536,
        globals,
        library: Sealed::of(&library.join(&manifest.library.zip))?,
        library_tree: stamp::tree(&library)?,
    };
    write_record(&staged.join(IMAGE_RECORD), &record)?;
    publish(&staged, folder)?;
    // The first run should find stamps, not hash half a gigabyte.
    let _ = find(manifest, &Cache::at(folder.ancestors().nth(2).unwrap_or(folder)), engine)?;
    progress.end(Stage::Store);
    Ok(())
}

/// An interpreter that has started and imported, and is now at rest.
struct Preloaded {
    store: Store<crate::backend::wasi::guest::Guest>,
    memory: wasmtime::Memory,
    globals: Vec<(String, i32)>,
}

/// Runs the start-up and the preload in a fresh instance, and takes its memory and globals.
fn preload(manifest: &Manifest, loaded: &Loaded, scratch: &Path) -> Result<Preloaded, PackError> {
    let failed = |reason: String| PackError::Preload { pack: manifest.name.clone(), reason };
    let workspace =
        Workspace { work: scratch.join("work"), scratch: scratch.join("scratch"), inputs: scratch.join("inputs") };
    for path in [&workspace.work, &workspace.scratch, &workspace.inputs] {
        create_private(path)?;
    }
    let job =
        Job { limits: Limits { memory: 4 << 30, ..Limits::default() }, workspace: Some(workspace), ..Job::new("", 0) };
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| failed(error.to_string()))?;
    let mut store =
        run::preparing_store(loaded, &job, runtime.handle().clone()).map_err(|error| failed(error.to_string()))?;
    let source = format!(
        "import sys; sys.path.insert(0, '/usr/local/lib/{}')\nimport aerie_guest.preload as _preload\n_preload.preload({}, {})\ndel _preload\nimport aerie_guest\n",
        library::GUEST_FOLDER,
        serde_json::to_string(&manifest.preload).unwrap_or_default(),
        manifest.warm.as_ref().map_or_else(|| "None".to_owned(), |warm| format!("{warm:?}")),
    );
    let ended = run::start_up(loaded, &mut store).and_then(|instance| {
        let status = run::turn(&mut store, &instance, &source)?;
        Ok((instance, status))
    });
    let said = String::from_utf8_lossy(&store.data().output.stderr).into_owned();
    let (instance, status) = ended.map_err(|error| failed(format!("{error:#}\n{said}")))?;
    if status != 0 {
        return Err(failed(format!("the preload ended with status {status}\n{said}")));
    }
    if store.data().files.open() > 0 {
        return Err(failed("the preload left a file open; it would be closed in every execution".to_owned()));
    }
    let names: Vec<String> = instance
        .exports(&mut store)
        .map(|export| export.name().to_owned())
        .filter(|name| name.starts_with(split::GLOBAL_PREFIX))
        .collect();
    let mut globals = Vec::new();
    for name in names {
        if let Some(value) = instance.get_global(&mut store, &name).and_then(|global| global.get(&mut store).i32()) {
            globals.push((name, value));
        }
    }
    let memory = store.data().memory.ok_or_else(|| failed("it has no memory".to_owned()))?;
    Ok(Preloaded { store, memory, globals })
}

/// How a pack stands, and its bytes on disk.
pub fn inspect(manifest: &Manifest, cache: &Cache) -> Result<(PackState, u64), PackError> {
    let engine = engine::preparing().map_err(|error| PackError::Engine(error.to_string()))?;
    let keys = Keys::of(manifest, &engine)?;
    let bytes = || size_of(&cache.image_folder(manifest, &keys.image)) + size_of(&cache.code_folder(&keys.code));
    Ok(match find(manifest, cache, &engine) {
        Ok(Some(_)) => (PackState::Ready, bytes()),
        Ok(None) => {
            let old = cache.image_folders(&manifest.name);
            let state = if old.is_empty() { PackState::Absent } else { PackState::Stale };
            (state, old.iter().map(|folder| size_of(folder)).sum())
        }
        Err(_) => (PackState::Corrupt, bytes()),
    })
}

/// Checks every byte of a prepared pack.
pub fn verify(manifest: &Manifest, cache: &Cache) -> Result<(), PackError> {
    let engine = engine::preparing().map_err(|error| PackError::Engine(error.to_string()))?;
    let keys = Keys::of(manifest, &engine)?;
    let ready = find(manifest, cache, &engine)?
        .ok_or_else(|| PackError::NotInstalled { pack: manifest.name.clone(), cache: cache.root().to_owned() })?;
    let code: CodeRecord = read_record(&cache.code_folder(&keys.code).join(CODE_RECORD))?;
    let image: ImageRecord = read_record(&cache.image_folder(manifest, &keys.image).join(IMAGE_RECORD))?;
    code.code.check_bytes(&ready.code)?;
    image.memory.check_bytes(&ready.memory)?;
    code.initial.check_bytes(&ready.code.with_file_name(INITIAL))?;
    if stamp::tree(&ready.library)? != image.library_tree {
        let reason = "a file in it was changed, added or removed".to_owned();
        return Err(PackError::Corrupt { path: ready.library, reason });
    }
    let source = cache.source(manifest);
    if source.is_file() {
        let found = Sha256Hex::of_file(&source).map_err(|error| PackError::unwritable(&source, &error))?;
        if found != manifest.source.sha256 {
            return Err(PackError::WrongDigest { path: source, expected: manifest.source.sha256.clone(), found });
        }
    }
    Ok(())
}

/// Removes a pack's images, or with `stale_only` those that this build does not use; code and source too when no image
/// is left. Gives the bytes freed.
pub fn remove(manifest: &Manifest, cache: &Cache, stale_only: bool) -> Result<u64, PackError> {
    let engine = engine::preparing().map_err(|error| PackError::Engine(error.to_string()))?;
    let keys = Keys::of(manifest, &engine)?;
    let current = cache.image_folder(manifest, &keys.image);
    if !cache.root().is_dir() {
        return Ok(0);
    }
    cache.create()?;
    let _lock = cache.lock("prepare", || {})?;
    let mut freed = 0;
    for folder in cache.image_folders(&manifest.name) {
        if !(stale_only && folder == current) {
            freed += size_of(&folder);
            discard(&folder)?;
        }
    }
    let used = used_code(cache);
    if let Ok(entries) = fs::read_dir(cache.root().join("code")) {
        for folder in entries.flatten().map(|entry| entry.path()) {
            let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if !used.contains(&name) && folder.extension().is_none() {
                freed += size_of(&folder);
                discard(&folder)?;
            }
        }
    }
    if used.is_empty() {
        let source = cache.source(manifest);
        if let Ok(metadata) = fs::metadata(&source) {
            freed += metadata.len();
            fs::remove_file(&source).map_err(|error| PackError::unwritable(&source, &error))?;
        }
    }
    Ok(freed)
}

/// The code folders that some image needs.
fn used_code(cache: &Cache) -> Vec<String> {
    let Ok(entries) = fs::read_dir(cache.root().join("images")) else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| read_record::<ImageRecord>(&entry.path().join(IMAGE_RECORD)).ok())
        .map(|record| record.code.short().to_owned())
        .collect()
}

fn check_space(cache: &Cache) -> Result<(), PackError> {
    let Ok(disk) = rustix::fs::statvfs(cache.root()) else { return Ok(()) };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < SPACE_NEEDED {
        return Err(PackError::NoSpace {
            path: cache.root().to_owned(),
            free: format_bytes(free),
            needed: format_bytes(SPACE_NEEDED),
        });
    }
    Ok(())
}

fn create_private(path: &Path) -> Result<(), PackError> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path).map_err(|error| PackError::unwritable(path, &error))
}

/// Writes a file that only we may read or write, through to the disk.
fn write(path: &Path, bytes: &[u8]) -> Result<(), PackError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt;
    let write = || -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|error| PackError::unwritable(path, &error))
}

fn read(path: &Path) -> Result<Vec<u8>, PackError> {
    fs::read(path).map_err(|error| PackError::Corrupt { path: path.to_owned(), reason: error.to_string() })
}

/// Writes a memory, leaving holes where it is zero.
fn write_sparse(path: &Path, memory: &[u8]) -> Result<(), PackError> {
    use std::os::unix::fs::{FileExt, OpenOptionsExt};
    const GRAIN: usize = 65_536;
    let write = || -> std::io::Result<()> {
        let file = fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
        file.set_len(memory.len() as u64)?;
        for (index, chunk) in memory.chunks(GRAIN).enumerate() {
            if chunk.iter().any(|byte| *byte != 0) {
                file.write_all_at(chunk, (index * GRAIN) as u64)?;
            }
        }
        file.sync_all()
    };
    write().map_err(|error| PackError::unwritable(path, &error))
}

fn write_record(path: &Path, record: &impl Serialize) -> Result<(), PackError> {
    let bytes = serde_json::to_vec_pretty(record).unwrap_or_default();
    write(path, &bytes)
}

fn read_record<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, PackError> {
    serde_json::from_slice(&read(path)?)
        .map_err(|error| PackError::Corrupt { path: path.to_owned(), reason: error.to_string() })
}

/// Moves a whole folder to its place. What was there (stale, or damaged) goes away first.
fn publish(staged: &Path, folder: &Path) -> Result<(), PackError> {
    if folder.exists() {
        discard(folder)?;
    }
    fs::rename(staged, folder).map_err(|error| PackError::unwritable(folder, &error))
}

/// Removes a folder in two steps, so that nobody sees half of it.
fn discard(folder: &Path) -> Result<(), PackError> {
    let doomed = folder.with_extension(cache::DOOMED);
    let _ = fs::remove_dir_all(&doomed);
    fs::rename(folder, &doomed)
        .and_then(|()| fs::remove_dir_all(&doomed))
        .map_err(|error| PackError::unwritable(folder, &error))
}

fn size_of(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
