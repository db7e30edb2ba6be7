//! `site-pattern`: a program matches a pattern of the site's own.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;

pub(super) static RULE: Rule = Rule {
    name: "site-pattern",
    summary: "matches a pattern of the site's own",
    why: "Patterns in `control_system.patterns` are how a site names its own libraries. A match for a write counts as a possible write.",
    instead: "Nothing, if it is meant; else make the pattern narrower.",
    example: Example { found: "mylab_set('SR:X', 1)\n", clean: "x = 1\n" },
    wasi: Severity::Note,
    host: Severity::Warning,
    check,
};

fn check(look: &Look<'_>, seen: &mut Seen) {
    for (matches, what) in [(&look.site.writes, "writes"), (&look.site.reads, "reads")] {
        for (pattern, offset) in matches {
            let place = offset
                .and_then(|at| u32::try_from(at).ok())
                .map(|at| look.place(crate::analysis::syntax::at(at.into())));
            seen.with_help(place, format!("the pattern `{pattern}` for {what} matches"), None);
        }
    }
    for (pattern, _) in &look.site.gave_up {
        let message = format!("the search for the pattern `{pattern}` took too long: it counts as a match");
        seen.with_help(None, message, Some("Make the pattern simpler.".to_owned()));
    }
}
