//! One suite for all backends: the programs of `tests/conformance/*.yml` with what must come of them, run by the same
//! runner on each. Where a backend must differ, the program's entry says how and why; `docs/backends.md` has them as a table.
//!
//! A group's test reports every mismatch of its backend at once. `AERIE_ONLY_PROGRAM` runs only the programs whose name
//! contains it.

mod compare;
mod differences;
mod expect;
mod host;
mod program;
mod run;

use std::fmt::Write as _;

use aerie::backend::Backend;

use program::{Program, groups, programs};

/// A test for each group on each backend, such as `conformance::local::outputs`.
macro_rules! conformance {
    ($($group:ident)*) => {
        const GROUPS: &[&str] = &[$(stringify!($group)),*];
        conformance!(@backend wasi, crate::support::sandbox(), $($group)*);
        conformance!(@backend local, crate::support::local(), $($group)*);
        conformance!(@backend container, crate::support::container(), $($group)*);
    };
    (@backend $name:ident, $backend:expr, $($group:ident)*) => {
        mod $name {
            $(#[test]
            fn $group() {
                super::conforms(stringify!($name), $backend, stringify!($group));
            })*
        }
    };
}

conformance! {
    artifacts_and_files big_data cancellation context_and_inputs errors exits figures host_calls language limits outputs
    results time_and_seed unicode
}

/// The backends by name, as `differs` has them.
const BACKENDS: &[&str] = &["wasi", "local", "container"];

/// Runs a group's programs on a backend; panics with all that is not as it should be.
fn conforms(name: &str, backend: &dyn Backend, group: &str) {
    let only = std::env::var("AERIE_ONLY_PROGRAM").unwrap_or_default();
    let mut wrong = String::new();
    let mut failed = 0;
    let programs = programs(group);
    for program in programs.iter().filter(|program| program.name.contains(&only)) {
        let found = mismatches(name, backend, program);
        if !found.is_empty() {
            failed += 1;
            let needs =
                if program.needs.is_empty() { String::new() } else { format!(" (needs {})", program.needs.join(", ")) };
            let _ = writeln!(wrong, "  {}{needs}", program.name);
            for mismatch in found {
                let _ = writeln!(wrong, "    {}", mismatch.replace('\n', "\n      "));
            }
        }
    }
    assert!(wrong.is_empty(), "{failed} of {} programs of `{group}` differ on `{name}`:\n{wrong}", programs.len());
}

/// What came of a program and should not have.
fn mismatches(name: &str, backend: &dyn Backend, program: &Program) -> Vec<String> {
    let expect = program.expect(name);
    let first = run::run(backend, program);
    let mut found = compare::compare(&expect, &first);
    if let (true, Ok(first)) = (program.repeats, &first) {
        match run::run(backend, program) {
            Ok(second) => found.extend(compare::same(first, &second)),
            Err(error) => found.push(format!("the second run: {error}")),
        }
    }
    found
}

#[test]
fn every_file_of_programs_is_a_group_and_every_program_has_a_name_of_its_own() {
    assert_eq!(groups(), GROUPS);
    let mut names = std::collections::BTreeSet::new();
    for group in GROUPS {
        for program in programs(group) {
            assert!(names.insert(program.name.clone()), "two programs have the name `{}`", program.name);
            assert!(
                program.name.contains(' ') && !program.name.ends_with('.'),
                "{}: a name is a sentence",
                program.name
            );
            for backend in BACKENDS {
                program.expect(backend);
            }
            for (backend, _) in program.differences() {
                assert!(BACKENDS.contains(&backend), "{}: there is no backend `{backend}`", program.name);
            }
        }
    }
    assert!(names.len() >= 75, "{} programs", names.len());
}

/// What the suite needs, every backend's Python must have; the sandbox says what it has.
#[test]
fn packages_that_programs_need_are_in_the_pack() {
    let pack = crate::support::manifest(aerie::backend::wasi::pack::DEFAULT_PACK);
    for program in GROUPS.iter().flat_map(|group| programs(group)) {
        for package in &program.needs {
            assert!(pack.packages.contains_key(package), "{}: `{package}` is not in the pack", program.name);
        }
    }
}
