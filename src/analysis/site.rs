//! What a site plugs in: analysers and policy rules of its own, and the entries of `analysis.policy`.
//!
//! All of them run, and the strictest word stands. One that fails or panics refuses: a check that did not happen is not
//! one that passed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::report::{Finding, Operation, Severity};
use super::settings::{PolicyEntry, PolicyKind, PolicyVerdict};
use super::source::Place;

/// What plug-ins get to see.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'s> {
    /// The program.
    pub code: &'s str,
    /// Its reads and writes.
    pub operations: &'s [Operation],
    /// What the rules have found.
    pub findings: &'s [Finding],
    /// The modules that it imports, with their whole names.
    pub imports: &'s [String],
}

/// What a plug-in found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFinding {
    /// How much it weighs.
    pub severity: Severity,
    /// Whether a person has to be asked because of it.
    pub needs_approval: bool,
    /// What people read.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Where.
    pub place: Option<Place>,
}

/// A failure of a plug-in; it refuses.
pub type SiteError = Box<dyn std::error::Error + Send + Sync>;

/// An analyser or policy rule of a site.
pub trait SiteAnalyzer: Send + Sync {
    /// What it is called in findings.
    fn name(&self) -> &str;

    /// Looks at a program. Must not block.
    fn analyze(&self, subject: Subject<'_>) -> Result<Vec<SiteFinding>, SiteError>;
}

/// What all plug-ins say together.
#[derive(Debug, Default)]
pub(super) struct SiteWord {
    pub(super) findings: Vec<Finding>,
    /// Why a person has to be asked.
    pub(super) approval: Vec<String>,
}

/// Runs the plug-ins and the entries of the policy.
pub(super) fn run(analyzers: &[Box<dyn SiteAnalyzer>], policy: &[PolicyEntry], subject: Subject<'_>) -> SiteWord {
    let mut word = SiteWord::default();
    for analyzer in analyzers {
        let name = catch_unwind(AssertUnwindSafe(|| analyzer.name().to_owned())).unwrap_or_else(|_| "site".to_owned());
        let failed = |why: String| Finding {
            rule: name.clone(),
            severity: Severity::Refusal,
            message: format!("the site's analyser `{name}` failed: {why}"),
            help: Some("Ask the people who run this site to repair it; until then nothing passes.".to_owned()),
            place: None,
        };
        match catch_unwind(AssertUnwindSafe(|| analyzer.analyze(subject))) {
            Ok(Ok(found)) => {
                for one in found {
                    if one.needs_approval {
                        word.approval.push(format!("`{name}`: {}", one.message));
                    }
                    word.findings.push(Finding {
                        rule: name.clone(),
                        severity: one.severity,
                        message: one.message,
                        help: one.help,
                        place: one.place,
                    });
                }
            }
            Ok(Err(error)) => word.findings.push(failed(error.to_string())),
            Err(_) => word.findings.push(failed("it panicked".to_owned())),
        }
    }
    for entry in policy {
        let Some(place) = applies(entry, subject) else { continue };
        if entry.then == PolicyVerdict::Approve {
            word.approval.push(format!("`{}`: {}", entry.name, entry.reason));
        }
        word.findings.push(Finding {
            rule: entry.name.clone(),
            severity: match entry.then {
                PolicyVerdict::Refuse => Severity::Refusal,
                PolicyVerdict::Approve | PolicyVerdict::Warn => Severity::Warning,
            },
            message: entry.reason.clone(),
            help: None,
            place,
        });
    }
    word
}

/// Whether all conditions of an entry hold, and where.
#[expect(clippy::option_option, reason = "an entry may apply to no place in particular")]
fn applies(entry: &PolicyEntry, subject: Subject<'_>) -> Option<Option<Place>> {
    let when = &entry.when;
    let mut place = None;
    if when.call.is_some() || when.channel.is_some() || when.kind.is_some() {
        let operation = subject.operations.iter().find(|operation| {
            when.call.as_ref().is_none_or(|glob| glob.matches(&operation.call) || operation.library.is_none())
                && when.channel.as_ref().is_none_or(|glob| {
                    !operation.channels_known || operation.channels.iter().any(|channel| glob.matches(channel))
                })
                && when.kind.is_none_or(|kind| match kind {
                    PolicyKind::Write => operation.kind.may_write(),
                    PolicyKind::Read => operation.kind.may_read(),
                })
        })?;
        place = Some(operation.place);
    }
    if let Some(glob) = &when.import
        && !subject.imports.iter().any(|import| glob.matches(import))
    {
        return None;
    }
    if let Some(rule) = &when.rule {
        let finding = subject.findings.iter().find(|finding| finding.rule == *rule)?;
        place = place.or(finding.place);
    }
    if let Some(pattern) = &when.pattern
        && !pattern.0.matches(subject.code)
    {
        return None;
    }
    Some(place)
}
