//! The floors point down: a room imports from its own floor or a lower one, never upwards. The map is `ARCHITECTURE.md`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room of `src/` and its floor.
const FLOORS: &[(&str, u8)] = &[
    ("error", 0),
    ("execution", 0),
    ("channel", 0),
    ("config", 0),
    ("analysis", 1),
    ("policy", 1),
    ("approval", 1),
    ("ledger", 1),
    ("backend", 2),
    ("control", 2),
    ("generation", 2),
    ("store", 2),
    ("artifacts", 3),
    ("gate", 3),
    ("service", 3),
    ("cli", 4),
];

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn all() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    paths.sort();
    let name = |path: &Path| path.strip_prefix(&root).expect("below src").to_str().expect("text").to_owned();
    paths.iter().map(|path| (name(path), fs::read_to_string(path).expect("text"))).collect()
}

#[test]
fn imports_never_point_upwards() {
    let mut wrong = String::new();
    for (file, text) in all() {
        let room = file.split(['/', '.']).next().unwrap_or_default().to_owned();
        if room == "lib" || room == "main" {
            continue;
        }
        let own = floor(&room).unwrap_or_else(|| panic!("{file}: the room `{room}` has no floor in this test"));
        for (number, line) in text.lines().enumerate() {
            let Some(rest) = line.split("crate::").nth(1) else { continue };
            if line.trim_start().starts_with("//") {
                continue;
            }
            let target: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if floor(&target).is_some_and(|target| target > own) {
                let _ = writeln!(wrong, "{file}:{}: {room} (floor {own}) imports {target}", number + 1);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_file_opens_with_what_it_is_for_and_stays_short() {
    for (file, text) in all() {
        assert!(text.starts_with("//! "), "{file} opens with a doc comment");
        let lines = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().lines().count();
        assert!(lines <= 600, "{file} has {lines} lines; split it");
    }
}

/// Unsafe code lives in two files: mapping memory, and loading compiled code.
#[test]
fn unsafe_code_is_where_it_is_said_to_be() {
    let with: Vec<String> = all()
        .into_iter()
        .filter(|(_, text)| text.contains("unsafe {") || text.contains("unsafe impl"))
        .map(|(file, _)| file)
        .collect();
    assert_eq!(with, ["backend/local/supervisor/child.rs", "backend/wasi/image.rs", "backend/wasi/slots.rs"]);
}
