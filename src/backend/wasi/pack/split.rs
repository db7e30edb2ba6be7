//! Splits a Python module into code and memory, so that code is compiled once.
//!
//! A reactor such as `python.wasm` holds its functions and its initial memory in one module. Pre-initialising it in
//! Wizer's way (run the start-up once, keep the memory) therefore means compiling it twice: once to run the start-up,
//! once more with the new memory. Compiling is nearly all of the cost and does not depend on the memory, so we part them:
//!
//! - the **code module** has the functions and *imports* its memory as `aerie.memory`; it is compiled once per source;
//! - the **memory module** has no functions at all, only a memory; what it holds at the start is the image, a plain file
//!   that is mapped copy on write ([`super::super::slots`]).
//!
//! Mutable globals are exported as `aerie.global.N`, so that their values can be carried over with the memory.
//! See `docs/adr/0002-code-and-image-apart.md`.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    ConstExpr, DataSection, ExportKind, ExportSection, GlobalSection, ImportSection, MemorySection, MemoryType, Module,
    RawSection,
};
use wasmparser::{Parser, Payload};

/// The module name under which the code module imports its memory.
pub const MEMORY_MODULE: &str = "aerie";
/// The field name under which the code module imports its memory, and the image module exports it.
pub const MEMORY_FIELD: &str = "memory";
/// Prefix of the exports that carry the mutable globals.
pub const GLOBAL_PREFIX: &str = "aerie.global.";

/// Why a module could not be split.
#[derive(Debug, thiserror::Error)]
pub enum SplitError {
    /// The bytes are not a WebAssembly module that we can read.
    #[error("the source is not a readable WebAssembly module: {0}")]
    Malformed(#[from] wasmparser::BinaryReaderError),
    /// A section could not be written again.
    #[error("a section of the module could not be rewritten: {0}")]
    Rewrite(String),
    /// The module does not have the shape of a Python reactor.
    #[error("the module is no Python reactor that Aerie can split: {0}")]
    Shape(&'static str),
}

impl<E: std::fmt::Display> From<wasm_encoder::reencode::Error<E>> for SplitError {
    fn from(error: wasm_encoder::reencode::Error<E>) -> Self {
        Self::Rewrite(error.to_string())
    }
}

/// The two halves of a Python reactor.
#[derive(Debug)]
pub struct Split {
    /// The code module: functions, tables and globals; memory imported.
    pub code: Vec<u8>,
    /// The memory as the source declares it: what [`Image::encode`] of an uninitialised interpreter would hold.
    pub initial: Image,
}

/// A linear memory at rest.
#[derive(Debug, Clone)]
pub struct Image {
    /// Size in 64 KiB pages.
    pub pages: u64,
    /// Non-overlapping `(offset, bytes)` runs; everything else is zero.
    pub runs: Vec<(u32, Vec<u8>)>,
}

/// Splits `wasm` (a whole module with one memory of its own) into code and initial memory.
pub fn split(wasm: &[u8]) -> Result<Split, SplitError> {
    let mut out = Module::new();
    let mut keep = RoundtripReencoder;
    let mut memory = None;
    let mut imports = ImportSection::new();
    let mut imports_written = false;
    let mut mutable_globals = Vec::new();
    let mut imported_globals = 0u32;
    let mut runs = Vec::new();

    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::TypeSection(section) => raw(&mut out, 1, wasm, section.range()),
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    match import?.ty {
                        wasmparser::TypeRef::Memory(_) => return Err(SplitError::Shape("it imports a memory already")),
                        wasmparser::TypeRef::Global(_) => imported_globals += 1,
                        _ => {}
                    }
                }
                keep.parse_import_section(&mut imports, section)?;
            }
            Payload::FunctionSection(section) => {
                // The memory's limits come later in the file than the imports, so they are read ahead.
                let ty = declared_memory(wasm)?;
                imports.import(MEMORY_MODULE, MEMORY_FIELD, ty);
                out.section(&imports);
                imports_written = true;
                memory = Some(ty);
                raw(&mut out, 3, wasm, section.range());
            }
            Payload::TableSection(section) => raw(&mut out, 4, wasm, section.range()),
            Payload::TagSection(section) => raw(&mut out, 13, wasm, section.range()),
            Payload::GlobalSection(section) => {
                for (index, global) in section.clone().into_iter().enumerate() {
                    let ty = global?.ty;
                    if ty.mutable {
                        if ty.content_type != wasmparser::ValType::I32 {
                            return Err(SplitError::Shape("a mutable global is not an i32"));
                        }
                        mutable_globals.push(imported_globals + u32::try_from(index).unwrap_or(u32::MAX));
                    }
                }
                let mut globals = GlobalSection::new();
                keep.parse_global_section(&mut globals, section)?;
                out.section(&globals);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                keep.parse_export_section(&mut exports, section)?;
                for index in &mutable_globals {
                    exports.export(&format!("{GLOBAL_PREFIX}{index}"), ExportKind::Global, *index);
                }
                out.section(&exports);
            }
            Payload::StartSection { .. } => return Err(SplitError::Shape("it has a start function")),
            Payload::ElementSection(section) => raw(&mut out, 9, wasm, section.range()),
            Payload::CodeSectionStart { range, .. } => raw(&mut out, 10, wasm, range),
            Payload::DataSection(section) => {
                for segment in section {
                    let segment = segment?;
                    runs.push((active_offset(&segment)?, segment.data.to_vec()));
                }
            }
            _ => {}
        }
    }
    let memory = memory.filter(|_| imports_written).ok_or(SplitError::Shape("it has no functions"))?;
    Ok(Split { code: out.finish(), initial: Image { pages: memory.minimum, runs } })
}

impl Image {
    /// A memory of this size that holds nothing: its contents are mapped when it is made.
    #[must_use]
    pub fn blank(pages: u64) -> Self {
        Self { pages, runs: Vec::new() }
    }

    /// The image module: one exported memory with these contents, and nothing that runs.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: self.pages,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut exports = ExportSection::new();
        exports.export(MEMORY_FIELD, ExportKind::Memory, 0);
        let mut data = DataSection::new();
        for (at, bytes) in &self.runs {
            data.active(0, &ConstExpr::i32_const(at.cast_signed()), bytes.iter().copied());
        }
        let mut module = Module::new();
        module.section(&memories).section(&exports).section(&data);
        module.finish()
    }
}

fn raw(out: &mut Module, id: u8, wasm: &[u8], range: std::ops::Range<usize>) {
    out.section(&RawSection { id, data: &wasm[range] });
}

fn declared_memory(wasm: &[u8]) -> Result<MemoryType, SplitError> {
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::MemorySection(section) => {
                let mut memories = section.into_iter();
                let memory = memories.next().ok_or(SplitError::Shape("it has no memory"))??;
                if memories.next().is_some() || memory.memory64 || memory.shared {
                    return Err(SplitError::Shape("its memory is not one plain 32-bit memory"));
                }
                return Ok(MemoryType {
                    minimum: memory.initial,
                    maximum: None,
                    memory64: false,
                    shared: false,
                    page_size_log2: None,
                });
            }
            Payload::CodeSectionStart { .. } => break,
            _ => {}
        }
    }
    Err(SplitError::Shape("it has no memory"))
}

fn active_offset(segment: &wasmparser::Data<'_>) -> Result<u32, SplitError> {
    let wasmparser::DataKind::Active { memory_index: 0, offset_expr } = &segment.kind else {
        return Err(SplitError::Shape("a data segment is not placed at start-up"));
    };
    match offset_expr.get_operators_reader().read()? {
        wasmparser::Operator::I32Const { value } => Ok(value.cast_unsigned()),
        _ => Err(SplitError::Shape("a data segment is not at a constant place")),
    }
}
