//! Turns the tables of libraries, which people write as YAML, into JSON, which the program reads twenty times as fast: a
//! command that runs a program of milliseconds has no time for half a megabyte of YAML.

use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new("policies/libraries");
    println!("cargo::rerun-if-changed={}", folder.display());
    let target = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo does not say where to write")?);
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "yml") {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let value: serde_json::Value =
            serde_yaml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = path.file_stem().ok_or("a table without a name")?;
        std::fs::write(target.join(name).with_extension("json"), value.to_string())?;
    }
    Ok(())
}
