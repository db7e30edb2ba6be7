//! Programs that were written for the real libraries run unchanged: each is run natively with the real library and in the
//! sandbox with ours, against servers that are alike and went through the same, and prints the same.
//!
//! Programs in `*_different` show the differences that are meant: ours print what the text beside them says.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use aerie::backend::{Job, Workspace};
use aerie::channel::Protocol;
use aerie::control::ControlSystem;
use aerie::control::epics::{ChannelAccess, EpicsSettings, PvAccess};
use aerie::control::tango::{Tango as TangoAdapter, TangoSettings};
use aerie::execution::Status;
use aerie::gate::{self, Permission, Route, Routes, Run, Site, StopSwitch, WriteRecord};
use aerie::policy::{Machine, Options, Policy, Principal, Source, SourceKind};

use crate::servers::{Ioc, Kind, Tango, python_path};
use crate::support::{block_on, sandbox, scratch};

/// Whoever runs these programs may write, and is not asked: what is compared is the libraries.
const OPEN: &str = r#"
version: 1
reads: allow
rules:
  - name: everything
    channels: ["*", "*()", "tango://*", "tango://*()", "tango://*#dbase=no", "tango://*()#dbase=no"]
    access: write
    fields: [A, B, DESC, EGU, PREC, HIHI, HIGH, LOW, LOLO, HOPR, LOPR, PROC, DRVH, DRVL, ODLY]
    limits: none
    confirm: never
    refuse_alarm: never
    max_elements: 1000000
    settle: 500ms
"#;

/// How a library's programs find their server.
enum Server {
    Epics(Box<Ioc>),
    Tango(Box<Tango>),
}

impl Server {
    fn routes(&self) -> Routes {
        match self {
            Self::Epics(ioc) => {
                let ca = EpicsSettings { address_list: vec![ioc.ca_address()], ..EpicsSettings::channel_access() };
                let pva = EpicsSettings { address_list: vec![ioc.pva_search_address()], ..EpicsSettings::pv_access() };
                let route = |system: Arc<dyn ControlSystem>| Some(Route::both(system));
                Routes {
                    ca: route(Arc::new(ChannelAccess::connect(&ca).expect("an adapter"))),
                    pva: route(Arc::new(PvAccess::connect(&pva).expect("an adapter"))),
                    tango: None,
                }
            }
            Self::Tango(_) => {
                let adapter = TangoAdapter::connect(&TangoSettings::default()).expect("an adapter");
                Routes { tango: Some(Route::both(Arc::new(adapter))), ..Routes::default() }
            }
        }
    }

    /// What a program has in its text, and what it must have for this server.
    fn place(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Epics(ioc) => vec![("BI:", ioc.prefix().to_owned()), ("PP:", ioc.prefix().to_owned())],
            Self::Tango(tango) => {
                let address = tango.address();
                let port = address.rsplit(':').next().unwrap_or_default().to_owned();
                vec![("127.0.0.1:25450", address), ("25450", port)]
            }
        }
    }

    fn environment(&self) -> Vec<(String, String)> {
        match self {
            Self::Epics(ioc) => ioc.client_environment(),
            Self::Tango(_) => Vec::new(),
        }
    }

    fn program(&self, text: &str) -> String {
        self.place().iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }

    /// What it printed, as if the server were the one in the program's text.
    fn normal(&self, printed: &str) -> String {
        let mut text = printed.to_owned();
        match self {
            Self::Epics(ioc) => text = text.replace(ioc.prefix(), "BI:"),
            Self::Tango(_) => {
                for (name, own) in self.place() {
                    text = replaced(&text, &own, name);
                }
            }
        }
        if let Self::Epics(ioc) = self {
            // Ports are this server's own.
            text = text
                .replace(&ioc.ca_address(), "HOST")
                .replace("localhost:", "127.0.0.1:")
                .replace(&ioc.ca_address(), "HOST");
        }
        text
    }
}

/// `from` replaced, but not where it is a part of a longer number.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let (mut kept, mut rest) = (String::new(), text);
    while let Some((before, behind)) = rest.split_once(from) {
        let within = before.ends_with(|c: char| c.is_ascii_digit()) || behind.starts_with(|c: char| c.is_ascii_digit());
        kept.push_str(before);
        kept.push_str(if within { from } else { to });
        rest = behind;
    }
    kept + rest
}

fn site(server: &Server) -> Arc<Site> {
    let source = Source { name: "open.yml", text: OPEN, kind: SourceKind::Rules };
    let policy = Policy::load(&[source], &Options { machine: Machine::Real, ..Options::default() }).expect("rules");
    let protocol = if matches!(server, Server::Tango(_)) { Protocol::Tango } else { Protocol::Ca };
    Arc::new(Site::new(server.routes(), protocol, policy, true))
}

/// With the real library.
fn native(server: &Server, text: &str, folder: &Path) -> String {
    const START: &str = "\
import os, runpy, sys
import epicscorelibs.path
os.environ['PYEPICS_LIBCA'] = epicscorelibs.path.get_lib('ca')
runpy.run_path(sys.argv[1], run_name='__main__')";
    let path = folder.join("program.py");
    std::fs::write(&path, server.program(text)).expect("a file");
    let mut command = Command::new(python_path());
    command.args(["-c", START]).arg(&path).current_dir(folder).envs(server.environment());
    command.env("PYTHONDONTWRITEBYTECODE", "1").env_remove("TANGO_HOST");
    let output = command.output().expect("a Python");
    let mut printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let _ = writeln!(printed, "exit {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    server.normal(&printed)
}

/// In the sandbox, with ours.
fn ours(server: &Server, site: &Arc<Site>, text: &str, folder: &Path) -> String {
    let mut job = Job::new(server.program(text), 1);
    "program.py".clone_into(&mut job.filename);
    job.limits.host_calls = 100_000;
    let place = |name: &str| {
        let path = folder.join(name);
        std::fs::create_dir(&path).expect("a folder");
        path
    };
    job.workspace = Some(Workspace { work: place("work"), scratch: place("tmp"), inputs: place("inputs") });
    let record = folder.join("writes.jsonl");
    let _ = std::fs::remove_file(&record);
    let record = WriteRecord::create(&record).expect("a record");
    let run = Run::new(Arc::clone(site), Principal::named("tester"));
    let ran = gate::apply(sandbox(), job, run, (Permission::Unattended, record), None, StopSwitch::default());
    let report = block_on(ran).expect("it starts").ran.expect("the machinery works").report;
    let mut printed = report.outcome.stdout;
    if report.outcome.status != Status::Succeeded {
        let _ = writeln!(printed, "exit {:?}: {}", report.outcome.status, report.outcome.stderr);
    }
    server.normal(&printed)
}

fn programs(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs").join(folder);
    let entries = std::fs::read_dir(&folder).expect("the folder of programs").flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "py")).collect();
    found.sort();
    let only = std::env::var("AERIE_ONLY_PROGRAM").unwrap_or_default();
    found.retain(|path| path.to_string_lossy().contains(&only));
    found
}

/// Where two texts part, for whoever reads the failure.
fn difference(one: &str, other: &str) -> String {
    let (mut text, mut shown) = (String::new(), 0);
    for (place, (a, b)) in
        one.lines().chain(std::iter::repeat("")).zip(other.lines().chain(std::iter::repeat(""))).enumerate()
    {
        if place > one.lines().count().max(other.lines().count()) || shown > 6 {
            break;
        }
        if a != b {
            let _ = writeln!(text, "    line {}\n      real | {a}\n      ours | {b}", place + 1);
            shown += 1;
        }
    }
    // What a failing program says last is why it failed.
    for (whose, printed) in [("real", one), ("ours", other)] {
        let last = printed.lines().rfind(|line| !line.trim().is_empty());
        if let Some(last) = last.filter(|_| printed.contains("exit ")) {
            let _ = writeln!(text, "    {whose} ends | {last}");
        }
    }
    text
}

/// Runs all programs of a folder on two servers that are alike, and compares what they print.
fn compare(folder: &str, start: fn() -> Server) {
    let (theirs, own) = (start(), start());
    let site = site(&own);
    let mut wrong = String::new();
    for path in programs(folder) {
        let text = std::fs::read_to_string(&path).expect("text");
        let scratch = (scratch(), scratch());
        // Both at once: what takes its time does so only once.
        let (real, printed) = std::thread::scope(|scope| {
            let real = scope.spawn(|| native(&theirs, &text, scratch.0.path()));
            let printed = ours(&own, &site, &text, scratch.1.path());
            (real.join().expect("the native run"), printed)
        });
        if real != printed {
            let _ = writeln!(wrong, "  {}\n{}", path.display(), difference(&real, &printed));
        }
    }
    assert!(wrong.is_empty(), "programs that print something else in the sandbox:\n{wrong}");
}

/// Programs that are meant to print something else: ours print what the text beside them says.
fn as_said(folder: &str, start: fn() -> Server) {
    let server = start();
    let site = site(&server);
    let mut wrong = String::new();
    for path in programs(folder) {
        let text = std::fs::read_to_string(&path).expect("text");
        let scratch = scratch();
        let printed = ours(&server, &site, &text, scratch.path());
        if std::env::var_os("AERIE_BLESS").is_some() {
            std::fs::write(path.with_extension("txt"), &printed).expect("what it prints, written");
        }
        let said = std::fs::read_to_string(path.with_extension("txt")).expect("what it should print");
        let said = said.strip_suffix("exit status 0\n").unwrap_or(&said);
        if said != printed {
            let _ = writeln!(wrong, "  {}\n{}", path.display(), difference(said, &printed));
        }
    }
    assert!(wrong.is_empty(), "programs that do not print what is said (`real` is what is said):\n{wrong}");
}

fn base() -> Server {
    Server::Epics(Box::new(Ioc::start(Kind::Base)))
}

fn p4p() -> Server {
    Server::Epics(Box::new(Ioc::start(Kind::P4p)))
}

fn tango() -> Server {
    Server::Tango(Box::new(Tango::start()))
}

#[test]
fn programs_for_pyepics_print_the_same_in_the_sandbox() {
    compare("epics", base);
}

#[test]
fn programs_for_p4p_print_the_same_in_the_sandbox() {
    compare("p4p", p4p);
}

#[test]
fn programs_for_pytango_print_the_same_in_the_sandbox() {
    compare("tango", tango);
}

#[test]
fn what_is_answered_differently_is_what_is_said() {
    as_said("epics_different", base);
    as_said("p4p_different", p4p);
    as_said("tango_different", tango);
}
