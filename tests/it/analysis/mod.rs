//! What the text of a program shows: the analysis against programs whose truth is known, against the standard library,
//! against arbitrary text, and its faces.

#![expect(
    clippy::format_collect,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::large_stack_arrays,
    clippy::unnecessary_literal_bound,
    reason = "tests build odd texts, print ratios, and implement a trait for a few lines"
)]

mod corpus;
mod faces;
mod robust;
mod rules;
mod site;
mod standard_library;

use aerie::analysis::{Analyzer, BackendKind, Inventories, Inventory, Report, Request, Settings, Version};

/// An analyser as `aerie analyze` makes one without options.
pub(crate) fn analyzer() -> Analyzer {
    let wasi = Inventory::of_pack("science", Version::three(15));
    let inventories = Inventories { wasi, ..Inventories::default() };
    Analyzer::new(Settings::default(), inventories).expect("the built-in tables load")
}

pub(crate) fn on(backend: BackendKind) -> Request {
    Request { backend: Some(backend), ..Request::default() }
}

pub(crate) fn analyze(code: &str) -> Report {
    analyzer().analyze(code.as_bytes(), Request::default())
}
