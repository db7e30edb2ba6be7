//! Programs that try to write without permission, judged only by reading a real IOC back.
//!
//! Each attack in `tests/programs/attacks` is run as a read-only execution, as a plan, as an apply under a grant for
//! something harmless, and unattended. Whatever it says, prints or raises: no record may have changed but the one that was
//! granted, and that one only to what was granted.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use aerie::backend::Job;
use aerie::gate::{self, Permission, Run, Site, StopSwitch, WriteRecord};
use aerie::policy::Principal;
use serde_json::Value;

use super::real::site;
use super::{fingerprint, grant, new_id};
use crate::servers::{Ioc, Kind};
use crate::support::{block_on, sandbox, scratch};

/// Records whose values do not change by themselves.
const WATCHED: &[&str] = &[
    "SET", "SET.DRVH", "SET.DRVL", "SET.DISP", "SET.DESC", "MODE", "SHUTTER", "COUNT", "NAME", "WF", "CHARS", "I64",
    "NODRV", "STEP", "RAMP", "DISABLED", "INTLK", "LOCKED", "SLOW.A", "BULK0", "BULK1", "BULK999",
];

fn watched(ioc: &Ioc) -> BTreeMap<&'static str, Value> {
    WATCHED.iter().map(|name| (*name, ioc.witness().ca_get(&ioc.name(name)))).collect()
}

fn job(code: &str) -> Job {
    let mut job = Job::new(code, 1);
    "attack.py".clone_into(&mut job.filename);
    job.limits.wall = std::time::Duration::from_secs(6);
    job.limits.cpu = std::time::Duration::from_secs(6);
    job
}

fn run(site: &Arc<Site>) -> Run {
    Run::new(Arc::clone(site), Principal::named("mallory"))
}

/// How an attack is run.
#[derive(Debug, Clone, Copy)]
enum How {
    ReadOnly,
    Plan,
    Apply,
    Unattended,
}

fn attack(ioc: &Ioc, site: &Arc<Site>, code: &str, how: How) {
    let job = job(code);
    let folder = scratch();
    let record = || WriteRecord::create(&folder.path().join("writes.jsonl")).expect("a record");
    let settings = gate::PlanSettings { max_writes: 100, ..gate::PlanSettings::default() };
    match how {
        How::ReadOnly => drop(block_on(gate::read_only(sandbox(), job, run(site))).expect("the machinery works")),
        How::Plan => {
            let identity = (new_id(), fingerprint(&job));
            drop(block_on(gate::plan(sandbox(), job, run(site), identity, settings)).expect("the machinery works"));
        }
        How::Apply => {
            // Somebody allowed another program, which sets one record to what it is.
            let harmless = format!("import epics\nepics.caput('{}STEP', 1.0)\n", ioc.prefix());
            let identity = (new_id(), fingerprint(&self::job(&harmless)));
            let planned = block_on(gate::plan(sandbox(), self::job(&harmless), run(site), identity, settings))
                .expect("the machinery works");
            let authority = gate::Authority::open(folder.path()).expect("an authority");
            let made = authority.grant(&planned.plan, grant(&planned.plan)).expect("a grant");
            let redeemed = authority.redeem(made, planned.plan, jiff::Timestamp::now()).expect("it holds");
            let permission = (Permission::Granted(Box::new(redeemed)), record());
            drop(
                block_on(gate::apply(sandbox(), job, run(site), permission, None, StopSwitch::default()))
                    .expect("the machinery works"),
            );
        }
        How::Unattended => {
            let permission = (Permission::Unattended, record());
            drop(
                block_on(gate::apply(sandbox(), job, run(site), permission, None, StopSwitch::default()))
                    .expect("the machinery works"),
            );
        }
    }
}

#[test]
fn no_program_writes_what_it_may_not() {
    let ioc = Ioc::start(Kind::Base);
    let rules = format!(
        "version: 1\nrules:\n  - {{name: granted, channels: ['{0}STEP', '{0}SET', '{0}MODE', '{0}WF'], access: write, limits: none, settle: 100ms}}\n",
        ioc.prefix()
    );
    let site = site(&ioc, false, &rules);
    ioc.witness().ca_put(&ioc.name("STEP"), 0.0).expect("a start");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/attacks");
    let mut programs: Vec<_> =
        std::fs::read_dir(&folder).expect("the attacks").flatten().map(|entry| entry.path()).collect();
    programs.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    programs.sort();
    assert!(programs.len() >= 25, "{} attacks", programs.len());
    let only = std::env::var("AERIE_ONLY_PROGRAM").unwrap_or_default();
    let before = watched(&ioc);
    let mut wrong = String::new();
    for path in programs.iter().filter(|path| path.to_string_lossy().contains(&only)) {
        let code = std::fs::read_to_string(path).expect("text").replace("BI:", ioc.prefix());
        for how in [How::ReadOnly, How::Plan, How::Apply, How::Unattended] {
            attack(&ioc, &site, &code, how);
            let after = watched(&ioc);
            for (name, value) in &after {
                // What was granted is one write of 1.0 to STEP, in an apply.
                let granted = matches!(how, How::Apply) && *name == "STEP" && value.as_f64() == Some(1.0);
                if before[name] != *value && !granted {
                    let _ = writeln!(wrong, "{} ({how:?}): {name} was {} and is {value}", path.display(), before[name]);
                }
            }
            ioc.witness().ca_put(&ioc.name("STEP"), 0.0).expect("back to the start");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
