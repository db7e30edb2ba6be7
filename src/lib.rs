//! Aerie runs the Python that an AI agent writes in a control room: isolated, fast, and with every hardware write behind a
//! gate.
//!
//! This file is the table of contents; `ARCHITECTURE.md` is the map. Floors point down only:
//!
//! | floor | rooms |
//! |---|---|
//! | 4 faces | [`cli`] |
//! | 3 service | [`service`], [`gate`], [`artifacts`] |
//! | 2 ports and adapters | [`backend`], [`control`], [`generation`], [`store`] |
//! | 1 judgement | [`analysis`], [`policy`], [`approval`], [`ledger`] |
//! | 0 vocabulary | [`config`], [`channel`], [`execution`], [`error`] |

pub mod analysis;
pub mod approval;
pub mod artifacts;
pub mod backend;
pub mod channel;
pub mod cli;
pub mod config;
pub mod control;
pub mod error;
pub mod execution;
pub mod gate;
pub mod generation;
pub mod ledger;
pub mod policy;
pub mod service;
pub mod store;

pub use error::{Coded, ErrorCode};

/// The README's program compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The program in the page on the pipeline compiles.
#[cfg(doctest)]
#[doc = include_str!("../docs/pipeline.md")]
struct PipelinePage;

/// The program in the page on analysis works.
#[cfg(doctest)]
#[doc = include_str!("../docs/analysis.md")]
struct AnalysisPage;
