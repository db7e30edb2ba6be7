//! The standard libraries of the Pythons on this machine are read without one wrong syntax error.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use aerie::analysis::{Analyzer, BackendKind, Inventories, Inventory, MAX_SOURCE_BYTES, Settings, Version};

use super::on;

/// The Pythons that can be found, by the folder of their library.
fn pythons() -> Vec<(PathBuf, PathBuf, Version)> {
    let mut candidates: Vec<PathBuf> =
        ["python3", "python3.11", "python3.12", "python3.13", "python3.14", "python3.15"].map(PathBuf::from).to_vec();
    let home = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".pyenv")));
    if let Some(versions) = home.and_then(|home| std::fs::read_dir(home.join("versions")).ok()) {
        candidates.extend(versions.flatten().map(|entry| entry.path().join("bin/python3")));
    }
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for python in candidates {
        let question =
            "import sys, sysconfig; print(sysconfig.get_path('stdlib')); print('%d.%d' % sys.version_info[:2])";
        let Ok(output) = Command::new(&python).args(["-I", "-c", question]).output() else { continue };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = text.lines();
        let (Some(library), Some(version)) = (lines.next(), lines.next()) else { continue };
        let version = Version::try_from(version.to_owned()).expect("a version");
        if version >= Version::three(11) && seen.insert(library.to_owned()) {
            found.push((python, PathBuf::from(library), version));
        }
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "site-packages" && name != "__pycache__") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "py") {
            found.push(path);
        }
    }
}

/// Of these files those that the Python itself compiles.
fn accepted(python: &Path, files: &[PathBuf]) -> Vec<String> {
    let program = "import sys, warnings\nwarnings.simplefilter('ignore')\nfor name in sys.argv[1:]:\n    try:\n        \
                   compile(open(name, 'rb').read(), name, 'exec')\n        print(name)\n    except (SyntaxError, ValueError, RecursionError, MemoryError):\n        pass\n";
    let output = Command::new(python).args(["-c", program]).args(files).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn no_file_that_python_compiles_is_refused_for_its_syntax() {
    let pythons = pythons();
    assert!(!pythons.is_empty(), "there is a Python of version 3.11 or newer on this machine");
    for (python, library, version) in pythons {
        let local = Some(Inventory::new("this Python", version, []));
        let inventories = Inventories { local, ..Inventories::default() };
        let analyzer = Analyzer::new(Settings::default(), inventories).expect("an analyser");
        let mut files = Vec::new();
        sources(&library, &mut files);
        assert!(files.len() > 100, "{} holds a library", library.display());
        let (mut refused, mut bytes, mut other, mut unresolved) = (Vec::new(), 0, 0, 0);
        for file in &files {
            let text = std::fs::read(file).expect("a file");
            if text.len() > MAX_SOURCE_BYTES {
                continue;
            }
            bytes += text.len();
            let report = analyzer.analyze(&text, on(BackendKind::Local));
            let rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
            if rules.contains(&"syntax-error") || rules.contains(&"newer-syntax") {
                refused.push(file.clone());
            } else if report.operations.is_empty() && !report.passed && rules == ["unreadable-source"] {
                other += 1;
            }
            unresolved += usize::from(rules.contains(&"unreadable-source") && !report.operations.is_empty());
        }
        let wrong = accepted(&python, &refused);
        eprintln!(
            "{version}: {} files, {:.1} MB; {} refused for their syntax, {} of them wrongly; {other} unreadable, {unresolved} not followed to the end",
            files.len(),
            bytes as f64 / 1e6,
            refused.len(),
            wrong.len(),
        );
        assert!(wrong.is_empty(), "refused although Python {version} compiles them: {wrong:#?}");
    }
}
