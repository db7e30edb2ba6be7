//! The tables, the types, the default file, the schema and the document say the same.

use std::collections::BTreeSet;

use super::super::keys::{Key, Kind, Others};
use super::super::table::SECTIONS;
use super::*;

#[test]
fn the_default_file_says_the_defaults_and_every_key() {
    let config = Config::from_yaml(DEFAULT, "config.default.yml", |_| None).unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(config.check(), []);
    let (_, found) = uncommented();
    let mut missing: Vec<String> = paths().into_iter().filter(|path| !found.contains(path)).collect();
    missing.retain(|path| !path.contains("<name>."));
    assert_eq!(missing, Vec::<String>::new());
}

/// The default file with every key in use, and its keys.
pub(super) fn uncommented() -> (String, BTreeSet<String>) {
    let mut text = String::new();
    for line in DEFAULT.lines() {
        let body = line.trim_start();
        let key = body.strip_prefix('#').filter(|rest| !rest.starts_with(' ') && !rest.is_empty());
        let indent = &line[..line.len() - body.len()];
        match key {
            Some(key) => {
                // Whatever is commented out below `key: {}` stands in its place.
                let before = text.trim_end_matches('\n').rsplit('\n').find(|line| !line.trim_start().starts_with('#'));
                if let Some(empty) = before.filter(|line| line.ends_with(": {}") || line.ends_with(": []")) {
                    let level = empty.len() - empty.trim_start().len();
                    if level < indent.len() {
                        let (head, tail) = text.rsplit_once(&empty.to_owned()).unwrap();
                        text = format!("{head}{}{tail}", &empty[..empty.len() - 3]);
                    }
                }
                text.push_str(&[indent, key, "\n"].concat());
            }
            None => text.push_str(&[line, "\n"].concat()),
        }
    }
    let node = yaml::read(&text).unwrap_or_else(|broken| panic!("{broken:?}\n{text}")).unwrap();
    let mut found = BTreeSet::new();
    collect(&node, "", &mut found);
    (text, found)
}

fn collect(node: &yaml::Node, path: &str, found: &mut BTreeSet<String>) {
    match &node.content {
        yaml::Content::Map(entries) => {
            for entry in entries {
                let path = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
                collect(&entry.value, &path, found);
                found.insert(path);
            }
        }
        yaml::Content::List(items) => items.iter().for_each(|item| collect(item, path, found)),
        yaml::Content::Scalar { .. } => {}
    }
}

/// All paths of the tables; names that a site chooses are `<name>`.
fn paths() -> Vec<String> {
    fn below(kind: &Kind, path: &str, all: &mut Vec<String>) {
        match kind {
            Kind::Section { keys, others } => {
                each(keys, path, all);
                if let Others::Each(kind) = others {
                    below(kind, &format!("{path}.<name>"), all);
                }
            }
            Kind::List(of) => below(of, path, all),
            _ => {}
        }
    }
    fn each(keys: &[Key], path: &str, all: &mut Vec<String>) {
        for key in keys {
            let path = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
            all.push(path.clone());
            below(&key.kind, &path, all);
        }
    }
    let mut all = Vec::new();
    each(SECTIONS, "", &mut all);
    all
}

#[test]
fn every_key_of_the_default_file_works() {
    let (text, _) = uncommented();
    // A simulated machine is scripted or recorded.
    let text = text.replace("recording: recording.csv", "");
    let config =
        Config::from_yaml(&text, "config.default.yml", |_| None).unwrap_or_else(|errors| panic!("{errors}\n{text}"));
    assert_eq!(config.services.jupyter.containers.len(), 1);
    assert_eq!(config.effective().to_json()["values"]["analysis.policy"]["value"][0]["then"], "refuse");
    let of_others: Vec<&Note> = config.check().iter().filter(|note| note.kind == NoteKind::NotOurs).collect();
    assert_eq!(of_others, Vec::<&Note>::new());
    // What is shown says the same when it is read.
    let shown = config.effective().to_yaml();
    let again = Config::from_yaml(&shown, "shown.yml", |_| None).unwrap_or_else(|errors| panic!("{errors}\n{shown}"));
    assert_eq!(again.control_system, config.control_system);
    assert_eq!(again.approval, config.approval);
    // Secrets are shown as stars, and so compared.
    assert_eq!(format!("{:?}", again.services), format!("{:?}", config.services));
}

/// The typed reader says which keys it knows when it meets one that it does not.
#[test]
fn the_table_of_the_control_system_has_the_keys_of_its_reader() {
    fn names(section: &'static Kind, path: &[&str], others: &mut Vec<(Vec<String>, Vec<String>)>) {
        let Kind::Section { keys, .. } = section else { return };
        let own: Vec<String> = keys.iter().map(|key| key.name.to_owned()).collect();
        others.push((path.iter().map(|name| (*name).to_owned()).collect(), own));
        for key in *keys {
            // The analysis reads patterns.
            if key.name != "patterns" {
                names(&key.kind, &[path, &[key.name]].concat(), others);
            }
        }
    }
    let mut sections = Vec::new();
    names(&crate::config::table_readers::CONTROL_SYSTEM, &[], &mut sections);
    assert!(sections.len() > 10);
    for (path, keys) in sections {
        let open: Vec<String> = path.iter().map(|name| format!("{name}: {{")).collect();
        let text = format!("control_system: {{{}zzz: 1{}}}\n", open.concat(), "}".repeat(path.len()));
        let error = ControlSystemConfig::from_yaml(&text, "c").unwrap_err().message;
        let known: BTreeSet<&str> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(known, keys.iter().map(String::as_str).collect(), "{path:?}: {error}");
    }
}

#[test]
fn every_key_is_in_the_document_and_the_schema() {
    let document = include_str!("../../../docs/configuration.md");
    let schema = schema();
    for path in paths() {
        assert!(document.contains(&format!("`{path}`")), "docs/configuration.md lacks `{path}`");
        let mut at = &schema;
        for name in path.split('.') {
            while at.get("items").is_some() {
                at = &at["items"];
            }
            at = if name == "<name>" { &at["additionalProperties"] } else { &at["properties"][name] };
        }
        assert!(at.is_object(), "the schema lacks {path}");
    }
}

#[test]
fn the_schema_file_is_the_schema() {
    let file: serde_json::Value = serde_json::from_str(include_str!("../../../policies/config.schema.json")).unwrap();
    assert_eq!(file, schema());
}

#[test]
fn the_schema_knows_types_ranges_and_defaults() {
    let schema = schema();
    let own = &schema["properties"]["python_executor"];
    assert_eq!(own["additionalProperties"], false);
    assert_eq!(own["properties"]["max_execution_retries"]["default"], 3);
    assert_eq!(own["properties"]["max_execution_retries"]["anyOf"][0]["maximum"], 1000);
    assert_eq!(schema["properties"]["osprey"]["properties"]["python_executor"], *own);
    assert_eq!(schema["properties"]["execution"]["properties"]["python_env_path"]["deprecated"], true);
}
