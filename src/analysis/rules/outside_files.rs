//! `outside-files`: a program uses files outside its working folder.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;
use crate::analysis::semantic::record::{Constant, Use};

pub(super) static RULE: Rule = Rule {
    name: "outside-files",
    summary: "uses files outside its working folder",
    why: "On a host a path such as `/etc/passwd` or `~/.ssh` is readable, and configuration, limits and programs can be overwritten. Only the working folder, `/inputs` and `/tmp` are the program's.",
    instead: "Use a relative name for what the program writes, and hand in what it reads as an input (`/inputs/NAME`).",
    example: Example { found: "text = open('/etc/passwd').read()\n", clean: "text = open('notes.txt', 'w')\n" },
    wasi: Severity::Warning,
    host: Severity::Refusal,
    check,
};

/// Calls that take a path, by the position of it.
const CALLS: &[&str] = &[
    "builtins.open",
    "io.open",
    "os.open",
    "os.listdir",
    "os.scandir",
    "os.walk",
    "os.remove",
    "os.unlink",
    "os.rmdir",
    "os.rename",
    "os.replace",
    "os.makedirs",
    "os.mkdir",
    "os.chmod",
    "os.chown",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chdir",
    "os.chroot",
    "os.stat",
    "os.utime",
    "shutil.rmtree",
    "shutil.copy",
    "shutil.copy2",
    "shutil.copyfile",
    "shutil.copytree",
    "shutil.move",
    "shutil.chown",
    "pathlib.Path",
    "pathlib.PosixPath",
    "pathlib.PurePath",
    "glob.glob",
    "glob.iglob",
    "fileinput.input",
    "sqlite3.connect",
    "shelve.open",
    "numpy.load",
    "numpy.save",
    "numpy.savez",
    "numpy.savetxt",
    "numpy.loadtxt",
    "numpy.genfromtxt",
    "numpy.fromfile",
    "numpy.memmap",
    "pandas.read_csv",
    "pandas.read_json",
    "pandas.read_excel",
    "pandas.read_hdf",
    "pandas.read_parquet",
    "pandas.read_pickle",
    "h5py.File",
    "matplotlib.pyplot.savefig",
    "joblib.load",
    "joblib.dump",
    "runpy.run_path",
    "importlib.machinery.SourceFileLoader",
    "importlib.util.spec_from_file_location",
];
/// Ways out of the working folder that need no path.
const WAYS: &[&str] = &["pathlib.Path.home", "os.path.expanduser", "pathlib.Path.expanduser", "site", "os.fchdir"];

fn check(look: &Look<'_>, seen: &mut Seen) {
    for (name, used) in look.uses.iter().filter(|(name, _)| CALLS.contains(&name.as_str())) {
        let place = look.place(used.range);
        for path in paths(used) {
            if let Some(why) = outside(path) {
                seen.at(place, format!("`{name}` uses `{}`, {why}", path.chars().take(80).collect::<String>()));
                break;
            }
        }
    }
    for (place, name, _) in look.below(WAYS) {
        seen.at(place, format!("`{name}` leads out of the working folder"));
    }
}

/// The constant texts among the first two arguments: one of them is the path.
fn paths(used: &Use) -> impl Iterator<Item = &str> {
    let call = used.call.iter();
    call.flat_map(|call| call.positional.iter().take(2).chain(call.keywords.iter().map(|(_, value)| value))).filter_map(
        |value| match value {
            Some(Constant::Text(text) | Constant::Template(text)) => Some(&**text),
            _ => None,
        },
    )
}

/// The program's own folders. Outside the sandbox they are elsewhere, and Python finds them by these names.
const GRANTED: &[&str] = &["/inputs", "/tmp", "/work"];

fn outside(path: &str) -> Option<&'static str> {
    if path.starts_with('~') {
        return Some("a home folder");
    }
    if path.split(['/', '\\']).any(|part| part == "..") {
        return Some("which leads upwards");
    }
    let absolute = path.starts_with('/') || path.starts_with("\\\\") || path.get(1..3) == Some(":\\");
    let inside = GRANTED
        .iter()
        .any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    (absolute && !inside).then_some("an absolute path")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_folder_are_told_from_those_that_do_not() {
        for path in ["/etc/passwd", "../x", "a/../../b", "~/.ssh/id", "C:\\x", "\\\\server\\x", "/inputsx"] {
            assert!(outside(path).is_some(), "{path}");
        }
        for path in ["a.csv", "data/a.csv", "/inputs/a.csv", "/tmp/x", "a..b"] {
            assert!(outside(path).is_none(), "{path}");
        }
    }
}
