//! What the text of a program shows, before anything runs: syntax, imports, dangers, and above all which reads and writes
//! of a control system it makes, on which channels, with which values.
//!
//! Promises: any bytes give a report, never a panic, an overflow or a hang; what cannot be resolved is said to be
//! unresolved; and what fails refuses. Nothing here ever runs the program. Nothing here enforces either: detection decides
//! who is asked and where code goes, the gate decides what is possible.
//!
//! ```
//! use aerie::analysis::{Analyzer, Presence, Request};
//!
//! let analyzer = Analyzer::new(Default::default(), Default::default())?;
//! let report = analyzer.analyze(b"from epics import caput as p\np('SR:C01:HCM1:SP', 1.2)\n", Request::default());
//! assert_eq!(report.writes, Presence::Certain);
//! assert_eq!(report.operations[0].channel.as_deref(), Some("SR:C01:HCM1:SP"));
//! # Ok::<(), aerie::analysis::AnalyzerError>(())
//! ```

mod inventory;
pub mod library;
mod pattern;
mod report;
mod rules;
mod semantic;
mod settings;
mod site;
mod source;
mod syntax;
mod verdict;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use inventory::{Inventory, Limit};
pub use pattern::{DetectedPatterns, Detection, Pattern, PatternError, Patterns, detect_control_system_operations};
pub use report::{
    Asks, BackendKind, Certainty, ExecutionMode, Finding, Operation, OperationKind, Presence, Report, Risk, Severity,
};
pub use rules::{Example, RULES, Rule, rule};
pub use settings::{ApprovalMode, Settings, SettingsError};
pub use site::{SiteAnalyzer, SiteError, SiteFinding, Subject};
pub use source::{MAX_SOURCE_BYTES, Place, Source, SourceError};
pub use syntax::Version;
pub use verdict::{Inventories, Request};

use crate::error::{Coded, ErrorCode};
use library::{Libraries, TableError};
use semantic::Watch;
use semantic::record::{Record, SeenOperation};

/// An analyser that cannot be set up: it never is half of one.
#[derive(Debug, thiserror::Error)]
pub enum AnalyzerError {
    /// The configuration is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A table of a library is wrong.
    #[error("the table of a library is wrong: {0}")]
    Table(#[from] TableError),
}

impl Coded for AnalyzerError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Settings(_) => ErrorCode::InvalidSettings,
            Self::Table(_) => ErrorCode::InvalidTable,
        }
    }
}

/// Analyses programs. Made once, used for many; cheap to share between threads.
pub struct Analyzer {
    settings: Settings,
    inventories: Inventories,
    libraries: Libraries,
    watch: Watch,
    plugged: Vec<Box<dyn SiteAnalyzer>>,
}

impl std::fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Analyzer").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// What one reading of a program gave.
struct Reading {
    source: Source,
    record: Record,
    errors: Vec<syntax::SyntaxError>,
}

impl Analyzer {
    /// Makes one for a site.
    pub fn new(settings: Settings, inventories: Inventories) -> Result<Self, AnalyzerError> {
        let more = settings.libraries.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let mut libraries = Libraries::new(more)?;
        libraries.add_inert(settings.inert.iter().map(String::as_str));
        Ok(Self {
            settings,
            inventories,
            libraries,
            watch: Watch::new(inventory::sandbox_limits()),
            plugged: Vec::new(),
        })
    }

    /// Adds an analyser of the site's own.
    #[must_use]
    pub fn with(mut self, analyzer: impl SiteAnalyzer + 'static) -> Self {
        self.plugged.push(Box::new(analyzer));
        self
    }

    /// Its settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Analyses a program.
    pub fn analyze(&self, program: &[u8], request: Request) -> Report {
        let analysed = catch_unwind(AssertUnwindSafe(|| syntax::with_stack(|| self.analyze_inner(program, request))));
        analysed.unwrap_or_else(|_| {
            let help = "Please report the program; until this is repaired, it does not pass.";
            let finding = rules::unreadable("the analysis failed on this program".to_owned(), None, help);
            self.refused(finding, request)
        })
    }

    fn analyze_inner(&self, program: &[u8], request: Request) -> Report {
        let reading = match self.read(program, request) {
            Ok(reading) => reading,
            Err(finding) => return self.refused(finding, request),
        };
        let Reading { source, record, errors } = reading;
        let (backend, backend_reason) = verdict::choose(&record, &self.inventories, request, &self.settings);
        let inventory = self.inventories.of(backend);

        let kind = self.settings.control_system_type.clone();
        let (detection, matches) =
            self.settings.patterns.search(source.text(), kind.as_deref().unwrap_or(pattern::DEFAULT_CONTROL_SYSTEM));
        let operations = self.operations(&source, &record, &matches, backend);
        let writes = verdict::presence(&operations, |operation| operation.kind.may_write());
        let reads = verdict::presence(&operations, |operation| operation.kind.may_read());

        let uses: Vec<_> = record.uses.iter().map(|one| (one.path.replace("()", ""), one)).collect();
        let mut findings = rules::run(&rules::Look {
            source: &source,
            record: &record,
            uses: &uses,
            operations: &operations,
            errors: &errors,
            site: &matches,
            settings: &self.settings,
            backend,
            inventory,
        });
        let imports: Vec<String> = record.imports.iter().map(|import| import.module.clone()).collect();
        let subject = Subject { code: source.text(), operations: &operations, findings: &findings, imports: &imports };
        let site = site::run(&self.plugged, &self.settings.policy, subject);
        findings.extend(site.findings);
        findings.sort_by(|a, b| a.place.cmp(&b.place).then(b.severity.cmp(&a.severity)).then(a.rule.cmp(&b.rule)));

        let (needs_approval, asks, approval_reason) =
            verdict::approval(&self.settings, writes, backend, &site.approval);
        let spoken =
            operations.iter().find_map(|operation| operation.control_system.clone()).filter(|one| one != "any");
        let mut roots: Vec<String> =
            imports.iter().filter_map(|import| import.split('.').next()).map(str::to_owned).collect();
        roots.sort_unstable();
        roots.dedup();
        Report {
            passed: findings.iter().all(|finding| finding.severity != Severity::Refusal),
            writes,
            reads,
            has_writes: writes != Presence::None,
            has_reads: reads != Presence::None,
            control_system_type: kind.or(spoken).unwrap_or(detection.control_system_type),
            detected_patterns: detection.detected_patterns,
            needs_approval,
            asks,
            approval_reason,
            execution_mode: verdict::mode(writes),
            backend,
            backend_reason,
            risk: verdict::risk(writes, &findings),
            operations,
            findings,
            imports: roots,
        }
    }

    fn read(&self, program: &[u8], request: Request) -> Result<Reading, Finding> {
        let source = Source::from_bytes(program).map_err(|error| {
            let help = match error {
                SourceError::Empty => "Write a program; there is nothing to read.",
                SourceError::TooLarge { .. } => "Put the data into an input file.",
                SourceError::NotUtf8 { .. } | SourceError::Encoding { .. } => {
                    "Save the program as UTF-8, without an encoding declaration; put data into an input file."
                }
                SourceError::Nul { .. } => "Remove it; Python refuses such a program as well.",
            };
            rules::unreadable(error.to_string(), None, help)
        })?;
        let backend = request.backend.or(self.settings.backend).unwrap_or(BackendKind::Wasi);
        let version = self.inventories.of(backend).map_or(Version::NEWEST, Inventory::python);
        let tree = syntax::parse(source.text(), version).map_err(|error| {
            let place = source.place(syntax::at(error.offset));
            let help = "Split it into several statements, or put the data into an input file.";
            rules::unreadable(error.to_string(), Some(place), help)
        })?;
        let trees = semantic::Trees::new();
        let record = semantic::interpret(&tree.module, &source, &self.libraries, &self.watch, &trees);
        Ok(Reading { record, errors: tree.errors, source })
    }

    /// The report of a program that cannot be read.
    fn refused(&self, finding: Finding, request: Request) -> Report {
        let backend = request.backend.or(self.settings.backend).unwrap_or(BackendKind::Wasi);
        let kind = self.settings.control_system_type.as_deref().unwrap_or(pattern::DEFAULT_CONTROL_SYSTEM);
        let (needs_approval, asks, approval_reason) =
            verdict::approval(&self.settings, Presence::Possible, backend, &[]);
        Report {
            passed: false,
            // What cannot be read may do anything.
            writes: Presence::Possible,
            reads: Presence::Possible,
            has_writes: true,
            has_reads: true,
            control_system_type: kind.to_owned(),
            detected_patterns: DetectedPatterns::default(),
            needs_approval,
            asks,
            approval_reason,
            execution_mode: ExecutionMode::ReadOnly,
            backend,
            backend_reason: "it was not read, so it runs nowhere".to_owned(),
            risk: Risk::High,
            operations: Vec::new(),
            findings: vec![finding],
            imports: Vec::new(),
        }
    }

    /// The operations that were seen, with what counts as one besides.
    fn operations(
        &self,
        source: &Source,
        record: &Record,
        matches: &pattern::SiteMatches,
        backend: BackendKind,
    ) -> Vec<Operation> {
        let mut all: Vec<Operation> = record
            .operations()
            .iter()
            // In the sandbox nothing goes past the libraries: there is nowhere to go.
            .filter(|seen| !(seen.around && backend == BackendKind::Wasi))
            .map(|seen| self.operation(source, seen))
            .collect();
        if record.renamed {
            for operation in &mut all {
                operation.channel = None;
                operation.channels_known = false;
            }
        }
        if record.reachable {
            let known: Vec<Place> = all.iter().map(|operation| operation.place).collect();
            for seen in &record.suspicions {
                let operation = self.operation(source, seen);
                if !known.contains(&operation.place) {
                    all.push(operation);
                }
            }
        }
        self.doubt_plans(&mut all);
        self.doubt_replaced(record, &mut all);
        let unresolved = |call: String, place: Place, reason: String| Operation {
            kind: OperationKind::Unresolved,
            call,
            library: None,
            control_system: None,
            place,
            channel: None,
            channels: Vec::new(),
            channels_known: false,
            value: None,
            values: Vec::new(),
            certainty: Certainty::Possible,
            reason: Some(reason),
        };
        for import in &record.imports {
            let root = import.module.split('.').next().unwrap_or(&import.module);
            if import.relative || !self.libraries.is_inert_root(root) && !self.libraries.is_control_root(root) {
                let reason = format!("`{}` is not known: what it does is not in this text", import.module);
                all.push(unresolved(format!("import {}", import.module), source.place(import.range), reason));
            }
        }
        for dark in record.dark.iter().filter(|dark| !dark.followed && dark.why != semantic::record::Dark::Tampering) {
            let place = source.place(dark.range);
            if !all.iter().any(|operation| operation.place == place) {
                let call: String =
                    source.slice(dark.range).lines().next().unwrap_or_default().chars().take(80).collect();
                all.push(unresolved(call, place, dark.what.clone()));
            }
        }
        for (range, name) in written_modules(record) {
            let reason = format!("`{name}` writes a module, which an import then executes");
            all.push(unresolved(name, source.place(range), reason));
        }
        let site = matches.writes.iter().map(|one| (one, OperationKind::Write));
        let site = site.chain(matches.reads.iter().map(|one| (one, OperationKind::Read)));
        for ((pattern, at), kind) in site {
            let offset = at.and_then(|at| u32::try_from(at).ok()).unwrap_or(0);
            let place = source.place(syntax::at(offset.into()));
            // A site names its own libraries by patterns; where the tree shows an operation, it says more.
            if !all.iter().any(|operation| operation.place.line == place.line && operation.kind == kind) {
                let reason = format!("the site's pattern `{pattern}` matches");
                all.push(Operation { kind, ..unresolved(pattern.clone(), place, reason) });
            }
        }
        for (pattern, writes) in &matches.gave_up {
            let kind = if *writes { OperationKind::Write } else { OperationKind::Read };
            let place = source.place(syntax::at(0.into()));
            let reason = format!("the search for the site's pattern `{pattern}` took too long");
            all.push(Operation { kind, ..unresolved(pattern.clone(), place, reason) });
        }
        all.sort_by(|a, b| a.place.cmp(&b.place).then_with(|| a.call.cmp(&b.call)));
        all
    }

    /// Operations that only make a plan are not certain if nothing in the text executes one.
    fn doubt_plans(&self, all: &mut [Operation]) {
        let calls: Vec<String> = all.iter().map(|operation| operation.call.clone()).collect();
        for operation in all {
            let library = self.libraries.all().find(|library| operation.library.as_deref() == Some(&*library.name));
            let Some(engine) = library.and_then(|library| library.acts_by.as_deref()) else { continue };
            if operation.certainty == Certainty::Certain && !calls.iter().any(|call| call.starts_with(engine)) {
                operation.certainty = Certainty::Possible;
                operation.reason = Some(format!("it makes a plan, and nothing here calls `{engine}` to execute it"));
            }
        }
    }

    /// Where a program replaces parts of a library, what its calls do is no longer certain.
    fn doubt_replaced(&self, record: &Record, all: &mut [Operation]) {
        for dark in record.dark.iter().filter(|dark| dark.why == semantic::record::Dark::Tampering) {
            let root = dark.what.split('.').next().unwrap_or(&dark.what);
            let Some(library) = self.libraries.of_module(root) else { continue };
            for operation in all.iter_mut().filter(|operation| operation.library.as_deref() == Some(&*library.name)) {
                if operation.certainty == Certainty::Certain {
                    operation.certainty = Certainty::Possible;
                    operation.reason = Some(format!("the program replaces `{}`", dark.what));
                }
            }
        }
    }

    fn operation(&self, source: &Source, seen: &SeenOperation) -> Operation {
        let library = seen.library.map(|id| self.libraries.library(id));
        let one = |known: bool, count: usize| known && count == 1;
        Operation {
            kind: seen.effect.into(),
            call: seen.call.clone(),
            library: library.map(|library| library.name.to_string()),
            control_system: library.map(|library| library.control_system.to_string()),
            place: source.place(seen.range),
            channel: seen.channels.first().filter(|_| one(seen.channels_exact, seen.channels.len())).cloned(),
            channels: seen.channels.clone(),
            channels_known: seen.channels_exact && !seen.channels.is_empty(),
            value: seen.values.first().filter(|_| one(seen.values_exact, seen.values.len())).cloned(),
            values: seen.values.clone(),
            certainty: if seen.certain && seen.effect.is_some() { Certainty::Certain } else { Certainty::Possible },
            reason: seen.why.clone(),
        }
    }
}

/// Files that are written and that an import would execute.
fn written_modules(record: &Record) -> Vec<(ruff_text_size::TextRange, String)> {
    use semantic::record::Constant;
    let is_module = |value: &Option<Constant>| match value {
        Some(Constant::Text(text) | Constant::Template(text)) => {
            [".py", ".pyc", ".pth", ".so", ".zip", ".egg"].iter().any(|end| text.ends_with(end))
        }
        _ => false,
    };
    let writes_paths = record.uses.iter().any(|one| {
        let name = one.path.replace("()", "");
        name.starts_with("pathlib.")
            && ["write_text", "write_bytes", "open", "rename", "replace", "symlink_to"]
                .iter()
                .any(|end| name.ends_with(end))
    });
    let mut found = Vec::new();
    for one in &record.uses {
        let Some(call) = &one.call else { continue };
        let name = one.path.replace("()", "");
        let reads =
            call.positional.get(1).is_none_or(|mode| {
                *mode == Some(Constant::Text("r".into())) || *mode == Some(Constant::Text("rb".into()))
            }) && call.keywords.iter().all(|(keyword, _)| &**keyword != "mode");
        let named = call.positional.iter().any(is_module);
        let writes = match name.as_str() {
            "builtins.open" | "io.open" => !reads,
            "os.open" | "shutil.copy" | "shutil.copyfile" | "shutil.move" | "os.rename" | "os.replace"
            | "os.symlink" => true,
            "pathlib.Path" => writes_paths,
            _ => false,
        };
        if writes && named {
            found.push((one.range, name));
        }
    }
    found
}
