//! Turns the tables of libraries, which people write as YAML, into JSON, which the program reads twenty times as fast: a
//! command that runs a program of milliseconds has no time for half a megabyte of YAML.

use std::path::{Path, PathBuf};

fn main() {
    let folder = Path::new("policies/libraries");
    println!("cargo::rerun-if-changed={}", folder.display());
    let target = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo says where to write"));
    for entry in std::fs::read_dir(folder).expect("the tables are there") {
        let path = entry.expect("they can be listed").path();
        if path.extension().is_none_or(|extension| extension != "yml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("they can be read");
        let value: serde_json::Value =
            serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.with_extension("json");
        let name = name.file_name().expect("a file has a name");
        std::fs::write(target.join(name), value.to_string()).expect("they can be written");
    }
}
