//! Which of a file's sections are ours: flat or below `osprey:`, somebody else's, or ours misspelt.
//!
//! **The rule.** A section is ours if the tables have it. One that Osprey is known to have is Osprey's. Of the others, one is an
//! error if it looks like one of ours: the same name but for case, `-` for `_`, or a letter wrong, missing, doubled or
//! exchanged with its neighbour (two letters in names from eight), or if it is a key that belongs inside one of our
//! sections, such as `execution_method`. Whatever is left is somebody else's, and is left alone.

use std::collections::HashMap;

use super::keys::{Kind, misspelt};
use super::problem::{NoteKind, cut};
use super::table::{OSPREYS, SECTIONS};
use super::walk::Walk;
use super::yaml::{Content, Entry, Node};

/// Name of the section that all others may stand below.
const NEST: &str = "osprey";

/// Our sections.
pub(super) fn sections<'n>(root: &'n Node, walk: &mut Walk<'_>) -> Vec<&'n Entry> {
    let Content::Map(entries) = &root.content else {
        if !root.is_null() {
            let message = format!("the file is {}, but should be a mapping of sections", root.kind());
            walk.problem(walk.place(root.at), "", message, None);
        }
        return Vec::new();
    };
    let mut all: Vec<(&Entry, bool)> = Vec::new();
    let mut nest: Option<&Entry> = None;
    for entry in entries {
        if entry.key != NEST {
            all.push((entry, false));
        } else if let Some(first) = nest {
            let message = format!("the key is there twice; first on line {}", first.at.line);
            walk.problem(walk.place(entry.at), NEST, message, None);
        } else {
            nest = Some(entry);
            match &entry.value.content {
                Content::Map(below) => all.extend(below.iter().map(|entry| (entry, true))),
                _ if entry.value.is_null() => {}
                _ => {
                    let message = format!("it is {}, but should be a mapping of sections", entry.value.kind());
                    walk.problem(walk.place(entry.value.at), NEST, message, None);
                }
            }
        }
    }
    let mut first: HashMap<&str, (&Entry, bool)> = HashMap::new();
    let mut ours = Vec::new();
    for (entry, nested) in all {
        if !SECTIONS.iter().any(|section| section.name == entry.key) {
            others(entry, walk);
            continue;
        }
        match first.get(entry.key.as_str()) {
            None => {
                first.insert(&entry.key, (entry, nested));
                ours.push(entry);
            }
            Some((earlier, same)) if *same == nested => {
                let message = format!("the key is there twice; first on line {}", earlier.at.line);
                walk.problem(walk.place(entry.at), &entry.key, message, None);
            }
            Some((flat, _)) => {
                let message = format!(
                    "the section is there twice: flat on line {}, and below `{NEST}` on line {}",
                    flat.at.line, entry.at.line
                );
                walk.problem(walk.place(entry.at), &entry.key, message, Some("keep one of them".to_owned()));
            }
        }
    }
    ours
}

fn others(entry: &Entry, walk: &mut Walk<'_>) {
    let (name, place) = (cut(&entry.key), walk.place(entry.at));
    if OSPREYS.contains(&entry.key.as_str()) {
        if entry.key == "execution_control" {
            let message = "Osprey's older place of `control_system.writes_enabled`, and not read; write that";
            walk.note(NoteKind::Older, place, &name, message.to_owned());
        } else {
            walk.note(NoteKind::NotOurs, place, &name, "it is not Aerie's; left alone".to_owned());
        }
        return;
    }
    let names = || SECTIONS.iter().map(|section| section.name).chain([NEST]);
    if let Some(near) = names().find(|near| misspelt(&entry.key, near)) {
        let help = format!("did you mean `{near}`?");
        walk.problem(place, &name, "there is no such section".to_owned(), Some(help));
    } else if let Some(section) = home(&entry.key) {
        let help = format!("write it below `{section}`");
        walk.problem(place, &name, "the key does not belong here".to_owned(), Some(help));
    } else {
        walk.note(NoteKind::NotOurs, place, &name, "it is not Aerie's; left alone".to_owned());
    }
}

/// The section that a key belongs to, if its name is no everyday word.
fn home(key: &str) -> Option<&'static str> {
    let has = |kind: &Kind| matches!(kind, Kind::Section { keys, .. } if keys.iter().any(|known| known.name == key));
    SECTIONS.iter().find(|section| key.contains('_') && has(&section.kind)).map(|section| section.name)
}
