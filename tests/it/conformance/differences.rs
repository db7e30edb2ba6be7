//! Where the backends differ, as the programs' files say it, is what `docs/backends.md` shows. `AERIE_BLESS` writes it there.

use std::fmt::Write as _;
use std::path::Path;

use super::program::programs;
use super::{BACKENDS, GROUPS};

const BEGIN: &str = "<!-- differences: written by tests/it/conformance/differences.rs -->\n";
const END: &str = "<!-- end of differences -->\n";

/// One row a program and reason, with a mark for each backend that differs.
fn table() -> String {
    let mut table = String::from("| program | differs on | why |\n|---|---|---|\n");
    for group in GROUPS {
        for program in programs(group) {
            let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
            for backend in BACKENDS {
                for (_, why) in program.differences().filter(|(name, _)| name == backend) {
                    match reasons.iter_mut().find(|(reason, _)| *reason == why) {
                        Some((_, backends)) => backends.push(backend),
                        None => reasons.push((why, vec![backend])),
                    }
                }
            }
            for (why, backends) in reasons {
                let backends: Vec<String> = backends.iter().map(|name| format!("`{name}`")).collect();
                let _ = writeln!(table, "| {} | {} | {why} |", program.name, backends.join(", "));
            }
        }
    }
    table
}

#[test]
fn the_table_of_differences_in_the_documents_is_that_of_the_programs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/backends.md");
    let text = std::fs::read_to_string(&path).expect("text");
    let (before, rest) = text.split_once(BEGIN).expect("the mark at the beginning");
    let (found, after) = rest.split_once(END).expect("the mark at the end");
    let table = table();
    if std::env::var_os("AERIE_BLESS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).expect("the table, written");
    } else {
        assert!(found == table, "docs/backends.md does not have this table (AERIE_BLESS=1 writes it):\n{table}");
    }
}
