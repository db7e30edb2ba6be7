//! Patterns: what a look at the text alone says of reads and writes, as Osprey does it.
//!
//! `detect_control_system_operations` and its result are Osprey's, so that sites keep their configuration and their
//! callers. It sees comments and strings as well, and is fooled by an alias: what decides is the reading of the tree
//! ([`super::semantic`]). A pattern that a site adds of its own counts as a possible write.

mod defaults;
mod python_re;

use serde::Serialize;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

pub use defaults::DEFAULT_CONTROL_SYSTEM;
use defaults::default_patterns;
use python_re::{Found, PythonRegex};

pub use python_re::PatternError;

/// The patterns that matched, as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DetectedPatterns {
    /// Those for writes.
    pub writes: Vec<String>,
    /// Those for reads.
    pub reads: Vec<String>,
}

/// What patterns say of a program: Osprey's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detection {
    /// Whether a pattern for writes matches.
    pub has_writes: bool,
    /// Whether a pattern for reads matches.
    pub has_reads: bool,
    /// The control system whose patterns were used.
    pub control_system_type: String,
    /// Which patterns matched.
    pub detected_patterns: DetectedPatterns,
}

/// One pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: PythonRegex,
    built_in: bool,
}

impl Pattern {
    /// A pattern of a site. One that Aerie has as well counts as Aerie's: configurations are often copies of defaults.
    pub fn of_site(text: &str) -> Result<Self, PatternError> {
        Ok(Self { regex: PythonRegex::new(text)?, built_in: defaults::is_default(text) })
    }

    fn of_ours(text: &str) -> Option<Self> {
        PythonRegex::new(text).ok().map(|regex| Self { regex, built_in: true })
    }

    /// Whether it matches somewhere. What takes too long counts as a match.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.search(text) != Found::No
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        self.regex.as_str()
    }
}

/// The patterns of one control system.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    /// For writes.
    pub write: Vec<Pattern>,
    /// For reads.
    pub read: Vec<Pattern>,
}

/// What a search for patterns found besides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SiteMatches {
    /// Patterns of the site's own that match: the pattern, and where, in bytes of the raw text where that is known.
    pub(super) writes: Vec<(String, Option<usize>)>,
    pub(super) reads: Vec<(String, Option<usize>)>,
    /// Patterns whose search went beyond its bound.
    pub(super) gave_up: Vec<(String, bool)>,
}

impl Patterns {
    /// Those that Aerie has for a control system; for an unknown one those of the framework's API.
    pub fn built_in(control_system_type: &str) -> Self {
        let (write, read) = default_patterns(control_system_type);
        Self {
            write: write.iter().copied().filter_map(Pattern::of_ours).collect(),
            read: read.iter().copied().filter_map(Pattern::of_ours).collect(),
        }
    }

    /// Adds others, without repeating any.
    pub fn extend(&mut self, more: Self) {
        for (own, more) in [(&mut self.write, more.write), (&mut self.read, more.read)] {
            for pattern in more {
                if !own.iter().any(|known| known.as_str() == pattern.as_str()) {
                    own.push(pattern);
                }
            }
        }
    }

    /// Searches a program's text, as it is and, where that differs, as Python reads its identifiers (NFKC, PEP 3131).
    pub fn detect(&self, code: &str, control_system_type: &str) -> Detection {
        self.search(code, control_system_type).0
    }

    pub(super) fn search(&self, code: &str, control_system_type: &str) -> (Detection, SiteMatches) {
        let plain = code.is_ascii() || is_nfkc_quick(code.chars()) == IsNormalized::Yes;
        let normalised = if plain { None } else { Some(code.nfkc().collect::<String>()) };
        let normalised = normalised.filter(|text| text != code);
        let mut detected = DetectedPatterns::default();
        let mut site = SiteMatches::default();
        for (patterns, writes) in [(&self.write, true), (&self.read, false)] {
            for pattern in patterns {
                let mut found = pattern.regex.search(code);
                let mut at = match &found {
                    Found::At(range) => Some(range.start),
                    _ => None,
                };
                if found == Found::No
                    && let Some(text) = &normalised
                {
                    found = pattern.regex.search(text);
                    at = None;
                }
                let text = pattern.as_str().to_owned();
                match found {
                    Found::No => continue,
                    // What cannot be told in time counts as found.
                    Found::GaveUp => site.gave_up.push((text.clone(), writes)),
                    Found::At(_) if pattern.built_in => {}
                    Found::At(_) if writes => site.writes.push((text.clone(), at)),
                    Found::At(_) => site.reads.push((text.clone(), at)),
                }
                if writes { detected.writes.push(text) } else { detected.reads.push(text) }
            }
        }
        let detection = Detection {
            has_writes: !detected.writes.is_empty(),
            has_reads: !detected.reads.is_empty(),
            control_system_type: control_system_type.to_owned(),
            detected_patterns: detected,
        };
        (detection, site)
    }
}

/// Which reads and writes the patterns see in a program: Osprey's function of this name.
///
/// Without `patterns` the built-in ones are used, without `control_system_type` those for EPICS.
pub fn detect_control_system_operations(
    code: &str,
    patterns: Option<&Patterns>,
    control_system_type: Option<&str>,
) -> Detection {
    let kind = control_system_type.unwrap_or(DEFAULT_CONTROL_SYSTEM);
    match patterns {
        Some(patterns) => patterns.detect(code, kind),
        None => Patterns::built_in(kind).detect(code, kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_ospreys_page() {
        let code = "current = epics.caget('BEAM:CURRENT')\nif current < 400:\n    epics.caput('ALARM:STATUS', 1)\n";
        let found = detect_control_system_operations(code, None, None);
        assert!(found.has_writes && found.has_reads);
        assert_eq!(found.control_system_type, "epics");
        assert!(found.detected_patterns.writes.contains(&r"epics\.caput\(".to_owned()));
        assert!(found.detected_patterns.reads.contains(&r"epics\.caget\(".to_owned()));
    }

    #[test]
    fn patterns_see_text_and_identifiers_as_python_reads_them() {
        let found = detect_control_system_operations("epics.ｃａｐｕｔ('X', 1)", None, None);
        assert!(found.has_writes);
        assert!(detect_control_system_operations("# .put(", None, None).has_writes);
        assert!(!detect_control_system_operations("x = 1", None, Some("tango")).has_writes);
    }

    #[test]
    fn a_sites_pattern_has_pythons_meaning() {
        let pattern = Pattern::of_site(r"(?<!un)safe_set\(\s*['\x22]SR:").unwrap();
        let patterns = Patterns { write: vec![pattern], read: Vec::new() };
        assert!(patterns.detect("safe_set('SR:X', 1)", "epics").has_writes);
        assert!(!patterns.detect("unsafe_set('SR:X', 1)", "epics").has_writes);
        assert_eq!(Pattern::of_site("(a").unwrap_err().position, 0);
    }
}
