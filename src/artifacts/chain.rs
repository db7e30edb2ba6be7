//! The results of one execution as the context of the next, without loss: [`as_context`].
//!
//! Promise: what comes out is rebuilt from `results.json`, `results.types.json` and files directly in `artifacts/`, and from
//! nothing else. All three come from a program: a type that does not fit its place leaves the plain value as it is, a file
//! that is not a plain one there is refused.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::Error;
use crate::execution::{Place, Types};

/// Longest `results.json` and `results.types.json` that are read: what the guest may hand back, indented.
const MAX_TEXT: u64 = 32 << 20;
/// Most values of an array that stands in the results; larger ones are files.
const MAX_INLINE: usize = 10_000;
/// Deepest value that can be a context: whoever reads it back allows 128 levels.
const MAX_DEPTH: usize = 120;
/// Where the program finds its inputs.
const INPUTS: &str = "/inputs";

/// Results, ready to be put under a name of the next context.
#[derive(Debug, Clone, PartialEq)]
pub struct Chained {
    /// The results with a tag at every place whose type plain JSON lost, and with files named by their place in `/inputs`.
    pub value: Value,
    /// The inputs that `value` names, each with the file to copy. A name stands for its content: the same name in the results
    /// of two executions is the same file, to be added once.
    pub files: Vec<(String, PathBuf)>,
    /// At how many places the type is not known any more: the guest left it out, or it does not fit.
    pub left_out: u64,
}

/// The results in the folder of an execution that has ended, as a value for the next context.
///
/// # Errors
/// [`Error::Unreadable`] if there are no results, or they name a file that is not a plain one directly in `artifacts/`, or
/// they are nested too deep for a context.
pub fn as_context(folder: &Path) -> Result<Chained, Error> {
    let path = folder.join("results.json");
    let Some(mut value) = read::<Value>(&path)? else {
        return Err(unreadable(&path, "the execution has no results: it failed, or set none".to_owned()));
    };
    let mut files = Files { folder, found: BTreeMap::new() };
    files.rewrite(&mut value)?;
    let types = read::<Types>(&folder.join("results.types.json"))?.unwrap_or_default();
    let misfits = restore(&mut value, &types);
    if depth(&value) > MAX_DEPTH {
        return Err(unreadable(&path, format!("with its types it is nested more than {MAX_DEPTH} levels deep")));
    }
    let files = files.found.into_values().collect();
    Ok(Chained { value, files, left_out: types.left_out.saturating_add(misfits) })
}

fn unreadable(path: &Path, reason: String) -> Error {
    Error::Unreadable { path: path.to_owned(), reason }
}

/// A JSON document, if there is one.
fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, error.to_string())),
    };
    let mut text = Vec::new();
    file.take(MAX_TEXT + 1).read_to_end(&mut text).map_err(|error| unreadable(path, error.to_string()))?;
    if text.len() as u64 > MAX_TEXT {
        return Err(unreadable(path, format!("it has more than {MAX_TEXT} bytes")));
    }
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|error| unreadable(path, format!("it is not what Aerie writes: {error}")))
}

/// The files that the results name, by the name that they have there.
struct Files<'a> {
    folder: &'a Path,
    found: BTreeMap<String, (String, PathBuf)>,
}

impl Files<'_> {
    /// Makes every `file` of a tag that can have one a path below `/inputs`.
    fn rewrite(&mut self, value: &mut Value) -> Result<(), Error> {
        match value {
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.rewrite(item)),
            Value::Object(members) => {
                let suffix = match members.get("$type").and_then(Value::as_str) {
                    Some("ndarray") => Some(".npy"),
                    Some("series" | "dataframe") => Some(".json"),
                    _ => None,
                };
                if let (Some(suffix), Some(file)) = (suffix, members.get_mut("file")) {
                    *file = Value::String(self.input(file, suffix)?);
                }
                members.values_mut().try_for_each(|item| self.rewrite(item))
            }
            _ => Ok(()),
        }
    }

    /// The path that the next program finds this file at.
    fn input(&mut self, file: &Value, suffix: &str) -> Result<String, Error> {
        let refused = || {
            let reason = format!("it names the file {file}, which is no plain file that Aerie put into artifacts/");
            unreadable(&self.folder.join("results.json"), reason)
        };
        let plain = |name: &&str| {
            name.len() <= 120
                && !name.starts_with('.')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        };
        let name = file
            .as_str()
            .and_then(|file| file.strip_prefix("artifacts/"))
            .filter(|name| name.strip_suffix(suffix).is_some_and(|stem| !stem.is_empty()))
            .filter(plain)
            .ok_or_else(refused)?;
        if let Some((input, _)) = self.found.get(name) {
            return Ok(format!("{INPUTS}/{input}"));
        }
        let folder = self.folder.join("artifacts");
        let path = folder.join(name);
        let failed = |error: std::io::Error| unreadable(&path, format!("the results name it, but {error}"));
        let dir = Dir::open_ambient_dir(&folder, ambient_authority()).map_err(failed)?;
        if !dir.symlink_metadata(name).map_err(failed)?.is_file() {
            return Err(refused());
        }
        let mut hasher = Sha256::new();
        let mut source = dir.open(name).map_err(failed)?;
        let mut block = vec![0; 1 << 16];
        loop {
            let length = source.read(&mut block).map_err(failed)?;
            if length == 0 {
                break;
            }
            hasher.update(block.get(..length).unwrap_or_default());
        }
        let digest = hasher.finalize();
        let [a, b, c, d, ..] = digest.as_slice() else { return Err(refused()) };
        let input = format!("chained_{a:02x}{b:02x}{c:02x}{d:02x}_{name}");
        self.found.insert(name.to_owned(), (input.clone(), path));
        Ok(format!("{INPUTS}/{input}"))
    }
}

/// Puts tags where `types` say what was there; gives at how many places they do not fit.
fn restore(value: &mut Value, types: &Types) -> u64 {
    let mut misfits = 0;
    let mut seen = HashSet::new();
    let mut places = Vec::new();
    for place in types.places.as_slice() {
        let each = matches!(place, Place::Numpy { each: true, .. });
        match segments(place.at()) {
            Some(path) if seen.insert((path.clone(), each)) => {
                places.push((path.len() + usize::from(each), path, place));
            }
            _ => misfits += 1,
        }
    }
    // The inner ones first: a tag puts what is in it one level deeper.
    places.sort_by_key(|(depth, ..)| std::cmp::Reverse(*depth));
    for (_, path, place) in places {
        let fits = find(value, &path).is_some_and(|value| tag(value, place));
        misfits += u64::from(!fits);
    }
    misfits
}

/// The parts of a JSON pointer, strictly as RFC 6901 writes them, so that no two texts name one place.
fn segments(pointer: &str) -> Option<Vec<String>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    pointer
        .strip_prefix('/')?
        .split('/')
        .map(|part| {
            let mut after = part.split('~');
            let escaped = after.next().is_some() && after.all(|rest| rest.starts_with(['0', '1']));
            escaped.then(|| part.replace("~1", "/").replace("~0", "~"))
        })
        .collect()
}

fn find<'a>(value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, part| match value {
        Value::Object(members) => members.get_mut(part),
        Value::Array(items) => {
            let place = part.parse::<usize>().ok().filter(|place| place.to_string() == *part)?;
            items.get_mut(place)
        }
        _ => None,
    })
}

/// Makes `value` the tag that `place` says, if it can be that.
fn tag(value: &mut Value, place: &Place) -> bool {
    let tagged = match place {
        Place::Tuple { .. } if value.is_array() || kind(value) == Some("numpy") => {
            json!({ "$type": "tuple", "items": value.take() })
        }
        Place::Numpy { dtype, each: false, .. } if is_scalar(value) => {
            json!({ "$type": "numpy", "dtype": dtype, "value": value.take() })
        }
        Place::Numpy { dtype, each: true, .. } if value.as_array().is_some_and(|all| all.iter().all(is_scalar)) => {
            json!({ "$type": "numpy", "dtype": dtype, "values": value.take() })
        }
        Place::Ndarray { dtype, shape, .. } => {
            let Some(data) = flat(value, shape.lengths()) else { return false };
            json!({ "$type": "ndarray", "dtype": dtype, "shape": shape, "data": data })
        }
        _ => return false,
    };
    *value = tagged;
    true
}

fn kind(value: &Value) -> Option<&str> {
    value.as_object().and_then(|members: &Map<String, Value>| members.get("$type")).and_then(Value::as_str)
}

/// Whether this is what a scalar of numpy becomes.
fn is_scalar(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Object(_) => matches!(kind(value), Some("float" | "complex" | "bytes" | "str")),
        Value::Null | Value::Array(_) => false,
    }
}

/// The values of nested lists that have exactly this shape.
fn flat(value: &Value, shape: &[u32]) -> Option<Vec<Value>> {
    let mut level = vec![value];
    for &length in shape {
        let length = usize::try_from(length).ok()?;
        let mut next = Vec::new();
        for item in level {
            let items = item.as_array().filter(|items| items.len() == length)?;
            if next.len() + items.len() > MAX_INLINE {
                return None;
            }
            next.extend(items);
        }
        level = next;
    }
    level.into_iter().map(|item| (item.is_boolean() || item.is_number()).then(|| item.clone())).collect()
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    fn folder(results: &Value, types: &Value) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("artifacts")).unwrap();
        fs::write(folder.path().join("results.json"), results.to_string()).unwrap();
        if !types.is_null() {
            fs::write(folder.path().join("results.types.json"), types.to_string()).unwrap();
        }
        folder
    }

    fn chained(results: &Value, places: &Value) -> Chained {
        as_context(folder(results, &json!({ "places": places })).path()).unwrap()
    }

    #[test]
    fn lost_types_become_tags_again_from_the_inside_out() {
        let results = json!({ "a/b": [[1, 2], [3, 4]], "t": [1, [2.5, 3.5]], "n": [1, 2], "s": true });
        let found = chained(
            &results,
            &json!([
                { "is": "ndarray", "at": "/a~1b", "dtype": "int8", "shape": [2, 2] },
                { "is": "tuple", "at": "/t" },
                { "is": "tuple", "at": "/t/1" },
                { "is": "numpy", "at": "/t/1", "dtype": "float32", "each": true },
                { "is": "numpy", "at": "/n/1", "dtype": "int16" },
                { "is": "ndarray", "at": "/s", "dtype": "bool", "shape": [] },
            ]),
        );
        assert_eq!(
            found.value,
            json!({
                "a/b": { "$type": "ndarray", "dtype": "int8", "shape": [2, 2], "data": [1, 2, 3, 4] },
                "t": { "$type": "tuple", "items": [1, { "$type": "tuple", "items":
                    { "$type": "numpy", "dtype": "float32", "values": [2.5, 3.5] } }] },
                "n": [1, { "$type": "numpy", "dtype": "int16", "value": 2 }],
                "s": { "$type": "ndarray", "dtype": "bool", "shape": [], "data": [true] },
            })
        );
        assert_eq!((found.files, found.left_out), (Vec::new(), 0));
    }

    #[test]
    fn types_that_do_not_fit_leave_the_value_as_it_is_and_are_counted() {
        let results =
            json!({ "a": [[1, 2], [3]], "b": "x", "c": null, "d": [1], "e": [], "f": { "$type": "later", "x": 1 } });
        for place in [
            json!({ "is": "tuple", "at": "/nowhere/0" }),
            json!({ "is": "tuple", "at": "/a/2" }),
            json!({ "is": "tuple", "at": "/a/00" }),
            json!({ "is": "tuple", "at": "/a/+0" }),
            json!({ "is": "tuple", "at": "a" }),
            json!({ "is": "tuple", "at": "/~a" }),
            json!({ "is": "tuple", "at": "/b" }),
            json!({ "is": "tuple", "at": "/f" }),
            json!({ "is": "tuple", "at": "" }),
            json!({ "is": "numpy", "at": "/c", "dtype": "int8" }),
            json!({ "is": "numpy", "at": "/f", "dtype": "int8" }),
            json!({ "is": "numpy", "at": "/a", "dtype": "int8", "each": true }),
            json!({ "is": "ndarray", "at": "/a", "dtype": "int8", "shape": [2, 2] }),
            json!({ "is": "ndarray", "at": "/a", "dtype": "int8", "shape": [2] }),
            json!({ "is": "ndarray", "at": "/d", "dtype": "int8", "shape": [4_294_967_295_u32, 4_294_967_295_u32] }),
            json!({ "is": "ndarray", "at": "/b", "dtype": "int8", "shape": [] }),
        ] {
            let found = chained(&results, &json!([place]));
            assert_eq!((found.value, found.left_out), (results.clone(), 1), "{place}");
        }
        // A place named twice is of its first type.
        let twice = json!([{ "is": "tuple", "at": "/d" }, { "is": "tuple", "at": "/d" }]);
        let found = chained(&results, &twice);
        assert_eq!((&found.value["d"], found.left_out), (&json!({ "$type": "tuple", "items": [1] }), 1));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-z~/]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 4, |inner| {
            let kind = prop_oneof![Just("of later".to_owned()), Just("tuple".to_owned()), Just("numpy".to_owned())];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::vec(("[ab~/]{0,2}", inner.clone()), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
                (kind, inner).prop_map(|(kind, inner)| json!({ "$type": kind, "items": inner })),
            ]
        })
    }

    proptest! {
        #[test]
        fn tags_stay_as_they_are_and_whatever_types_say_is_survived(
            value in any_json(),
            places in prop::collection::vec(("(/([ab01]|~0|~1|~|items)){0,4}", 0..4, prop::collection::vec(0_u32..3, 0..3)), 0..12),
        ) {
            let mut same = value.clone();
            prop_assert_eq!(restore(&mut same, &Types::default()), 0);
            prop_assert_eq!(&same, &value);
            let count = places.len() as u64;
            let places: Vec<_> = places.into_iter().map(|(at, kind, shape)| match kind {
                0 => json!({ "is": "tuple", "at": at }),
                1 => json!({ "is": "numpy", "at": at, "dtype": "int8" }),
                2 => json!({ "is": "numpy", "at": at, "dtype": "str", "each": true }),
                _ => json!({ "is": "ndarray", "at": at, "dtype": "bool", "shape": shape }),
            }).collect();
            let types: Types = serde_json::from_value(json!({ "places": places })).unwrap();
            let mut changed = value.clone();
            let misfits = restore(&mut changed, &types);
            prop_assert!(misfits <= count);
            prop_assert_eq!(misfits == count, changed == value);
        }
    }

    #[test]
    fn types_of_another_form_are_refused() {
        for types in
            [json!([]), json!({ "places": [{ "is": "ndarray", "at": "/a", "dtype": "object", "shape": [1] }] })]
        {
            let error = as_context(folder(&json!({}), &types).path()).unwrap_err().to_string();
            assert!(error.contains("results.types.json") && error.contains("not what Aerie writes"), "{error}");
        }
    }

    #[test]
    fn files_become_inputs_named_by_content() {
        let array = json!({ "$type": "ndarray", "dtype": "int8", "shape": [3], "file": "artifacts/a.npy" });
        let results = json!({ "x": [array, array], "s": { "$type": "series", "file": "artifacts/b.json" } });
        let folder = folder(&results, &Value::Null);
        fs::write(folder.path().join("artifacts/a.npy"), "abc").unwrap();
        fs::write(folder.path().join("artifacts/b.json"), "{}").unwrap();
        let found = as_context(folder.path()).unwrap();
        let names: Vec<_> = found.files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["chained_ba7816bf_a.npy", "chained_44136fa3_b.json"]);
        assert_eq!(found.value["x"][1]["file"], "/inputs/chained_ba7816bf_a.npy");
        assert_eq!(found.files[1].1, folder.path().join("artifacts/b.json"));
    }

    #[test]
    fn files_that_are_not_plain_ones_of_the_execution_are_refused() {
        for file in [
            json!("../../etc/passwd"),
            json!("artifacts/../results.json"),
            json!("/etc/passwd"),
            json!("artifacts/deep/a.npy"),
            json!("artifacts/.npy"),
            json!("artifacts/a.npy\0.npy"),
            json!("artifacts/a.json"),
            json!("artifacts/none.npy"),
            json!("artifacts/link.npy"),
            json!("artifacts/folder.npy"),
            json!("artifacts"),
            json!(""),
            json!(3),
            json!(null),
        ] {
            let folder = folder(&json!([{ "$type": "ndarray", "file": file }]), &Value::Null);
            let artifacts = folder.path().join("artifacts");
            fs::create_dir_all(artifacts.join("deep")).unwrap();
            fs::create_dir_all(artifacts.join("folder.npy")).unwrap();
            fs::write(artifacts.join("deep/a.npy"), "x").unwrap();
            fs::write(artifacts.join("a.json"), "x").unwrap();
            std::os::unix::fs::symlink("/etc/passwd", artifacts.join("link.npy")).unwrap();
            let error = as_context(folder.path()).unwrap_err();
            assert!(matches!(error, Error::Unreadable { .. }), "{file}");
        }
    }

    #[test]
    fn results_that_are_missing_or_too_deep_are_said_to_be() {
        let empty = tempfile::tempdir().unwrap();
        assert!(as_context(empty.path()).unwrap_err().to_string().contains("no results"));
        let (deep, mut places, mut at) = ("[".repeat(90) + &"]".repeat(90), Vec::new(), String::new());
        for _ in 0..90 {
            places.push(json!({ "is": "tuple", "at": at }));
            at += "/0";
        }
        let folder = folder(&serde_json::from_str(&deep).unwrap(), &json!({ "places": places }));
        assert!(as_context(folder.path()).unwrap_err().to_string().contains("120 levels"));
    }
}
