//! YAML to [`Node`]s. Anchors, aliases, tags and further documents are refused: a policy says in place what it means, and
//! nothing in it can grow by reference.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::node::{Builder, Node};

/// Longest line.
const MAX_LINE: usize = 64 << 10;

/// Reads one document; `None` if there is nothing in it.
pub(super) fn read(text: &str) -> Result<Option<Node>, (usize, String)> {
    // The scanner keeps a line as long as it may still turn out to be a key.
    if let Some(at) = text.lines().position(|line| line.len() > MAX_LINE) {
        return Err((at + 1, format!("a line of more than {MAX_LINE} bytes")));
    }
    let mut builder = Builder::default();
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| (error.marker().line(), format!("no YAML: {}", error.info())))?;
        let line = span.start.line();
        match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err((line, "a second document; a policy is one".to_owned()));
                }
            }
            Event::Alias(_) => return Err((line, "aliases (`*name`) are not read; write it out".to_owned())),
            Event::Scalar(text, style, anchor, tag) => {
                plain_node(line, anchor, tag.is_some())?;
                builder.scalar(line, text.into_owned(), style == ScalarStyle::Plain)?;
            }
            Event::SequenceStart(anchor, tag) => {
                plain_node(line, anchor, tag.is_some())?;
                builder.open(line, false)?;
            }
            Event::MappingStart(anchor, tag) => {
                plain_node(line, anchor, tag.is_some())?;
                builder.open(line, true)?;
            }
            Event::SequenceEnd | Event::MappingEnd => builder.close()?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }
    Ok(builder.root)
}

fn plain_node(line: usize, anchor: usize, tagged: bool) -> Result<(), (usize, String)> {
    match (anchor, tagged) {
        (0, false) => Ok(()),
        (0, true) => Err((line, "tags (`!name`) are not read".to_owned())),
        _ => Err((line, "anchors (`&name`) are not read; write it out, or use `groups` and `defaults`".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::node::NodeKind;
    use super::*;

    #[test]
    fn lines_are_those_of_the_text() {
        let node = read("# a\na: 1\nb:\n  - x\n  - y: [1,\n     2]\n").unwrap().unwrap();
        let NodeKind::Map(entries) = &node.kind else { panic!() };
        assert_eq!((entries[0].line, entries[1].line, entries[1].value.line), (2, 3, 4));
        let NodeKind::List(items) = &entries[1].value.kind else { panic!() };
        assert_eq!((items[0].line, items[1].line), (4, 5));
    }

    #[test]
    fn what_grows_by_reference_is_refused() {
        for text in ["a: &x 1\nb: *x", "a: &x [1]", "a: !!str 1", "--- 1\n--- 2", "{a: 1, a: 2}", "? [a]\n: 1"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read(&"- ".repeat(100_000)).is_err());
        assert!(read(&"{a: ".repeat(100_000)).is_err());
        assert_eq!(read("# nothing\n").unwrap(), None);
    }
}
