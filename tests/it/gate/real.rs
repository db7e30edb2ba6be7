//! Plan and apply on a real IOC, with an independent client as the witness of what arrived.

use std::sync::Arc;

use aerie::channel::{Protocol, WriteOutcome};
use aerie::control::epics::{ChannelAccess, EpicsSettings, PvAccess};
use aerie::control::tango::{Tango as TangoAdapter, TangoSettings};
use aerie::gate::{self, Permission, Route, Routes, Run, Site, StopSwitch, WriteRecord};
use aerie::policy::{Options, Policy, Principal, Source, SourceKind};

use super::{fingerprint, grant, lines, new_id};
use crate::servers::{Ioc, Kind, Tango, number, until};
use crate::support::{block_on, job, sandbox, scratch};

/// A site on real servers, with these rules.
pub(super) fn site(ioc: &Ioc, tango: bool, rules: &str) -> Arc<Site> {
    let ca = EpicsSettings { address_list: vec![ioc.ca_address()], ..EpicsSettings::channel_access() };
    let pva = EpicsSettings { address_list: vec![ioc.pva_search_address()], ..EpicsSettings::pv_access() };
    let routes = Routes {
        ca: Some(Route::both(Arc::new(ChannelAccess::connect(&ca).expect("an adapter")))),
        pva: Some(Route::both(Arc::new(PvAccess::connect(&pva).expect("an adapter")))),
        tango: tango
            .then(|| Route::both(Arc::new(TangoAdapter::connect(&TangoSettings::default()).expect("an adapter")))),
    };
    let source = Source { name: "rules.yml", text: rules, kind: SourceKind::Rules };
    let policy = Policy::load(&[source], &Options::default()).unwrap_or_else(|errors| panic!("{errors}"));
    Arc::new(Site::new(routes, Protocol::Ca, policy, true))
}

fn run(site: &Arc<Site>) -> Run {
    Run::new(Arc::clone(site), Principal::named("alice"))
}

/// Plans and applies a program; gives both.
fn plan_and_apply(
    site: &Arc<Site>,
    code: &str,
    between: impl FnOnce(),
) -> (gate::PlanRun, gate::ApplyRun, tempfile::TempDir) {
    let folder = scratch();
    let identity = (new_id(), fingerprint(&job(code)));
    let planned = block_on(gate::plan(sandbox(), job(code), run(site), identity, gate::PlanSettings::default()))
        .expect("the machinery works");
    assert!(planned.plan.can_be_approved(), "{:#?} {}", planned.plan, planned.ran.report.outcome.stderr);
    between();
    let authority = gate::Authority::open(folder.path()).expect("an authority");
    let made = authority.grant(&planned.plan, grant(&planned.plan)).expect("a grant");
    let redeemed = authority.redeem(made, planned.plan.clone(), jiff::Timestamp::now()).expect("it holds");
    let record = WriteRecord::create(&folder.path().join("writes.jsonl")).expect("a record");
    let permission = (Permission::Granted(Box::new(redeemed)), record);
    let applied = block_on(gate::apply(sandbox(), job(code), run(site), permission, None, StopSwitch::default()))
        .expect("the machinery works");
    (planned, applied, folder)
}

#[test]
fn planned_then_applied_on_a_real_ioc_and_seen_by_another_client() {
    let ioc = Ioc::start(Kind::Base);
    let rules = format!(
        "version: 1\nrules:\n  - {{name: magnet, channels: ['{0}SET'], access: write, min: -40, max: 40, readback: '{0}RBV', settle: 1s}}\n  \
         - {{name: mode, channels: ['{0}MODE'], access: write, values: [Standby, 'On']}}\n  \
         - {{name: wave, channels: ['{0}WF'], access: write, limits: none, refuse_alarm: never}}\n",
        ioc.prefix()
    );
    let site = site(&ioc, false, &rules);
    let witness = ioc.witness();
    let before = number(&witness.ca_get(&ioc.name("SET")));
    let code = format!(
        "import epics, numpy as np\nfrom p4p.client.thread import Context\nP = '{}'\n\
         epics.caput(P + 'SET', 20.5)\nepics.caput(P + 'MODE', 'On')\n\
         Context('pva').put(P + 'SET', 21.25)\nepics.caput(P + 'WF', np.arange(100.0))\nprint(epics.caget(P + 'RBV'))\n",
        ioc.prefix()
    );
    let (planned, applied, folder) = plan_and_apply(&site, &code, || {
        let now = number(&ioc.witness().ca_get(&ioc.name("SET")));
        assert!((now - before).abs() < 1e-12, "a plan writes nothing");
    });
    assert_eq!(planned.plan.writes.len(), 4);
    assert!(
        applied.is_good(),
        "{:#?} {}",
        applied.applied,
        applied.ran.as_ref().expect("it ran").report.outcome.stderr
    );
    assert!((number(&witness.ca_get(&ioc.name("SET"))) - 21.25).abs() < 1e-12);
    assert_eq!(witness.ca_get(&ioc.name("MODE"))["label"], "On");
    assert_eq!(witness.ca_get(&ioc.name("WF")).as_array().expect("a list").len(), 100);
    assert_eq!(applied.ran.as_ref().expect("it ran").report.outcome.stdout, "21.25\n");
    // An intent before and an outcome after each write, below the grant.
    assert_eq!(lines(&folder.path().join("writes.jsonl")).len(), 1 + 2 * 4);
}

#[test]
fn a_clamp_by_the_device_is_a_mismatch() {
    let tango = Tango::start();
    let ioc = Ioc::shared(Kind::Base);
    let rules =
        "version: 1\nrules:\n  - {name: all, channels: ['tango://*'], access: write, limits: none, settle: 100ms}\n";
    let site = site(ioc, true, rules);
    let code = format!(
        "import tango\nps = tango.DeviceProxy('{}')\ntry:\n    ps.clamped = 99.0\nexcept tango.DevFailed as e:\n    print(e.args[0].reason)\n",
        tango.trl()
    );
    let (_, applied, _) = plan_and_apply(&site, &code, || {});
    assert_eq!(applied.applied.writes[0].outcome, WriteOutcome::Mismatch, "{:?}", applied.applied);
    assert_eq!(applied.ran.as_ref().expect("it ran").report.outcome.stdout, "AERIE_Mismatch\n");
    assert!((number(&tango.witness().tango_get(&tango.trl(), "clamped")) - 10.0).abs() < 1e-12);
}

#[test]
fn an_ioc_that_dies_in_the_middle_leaves_the_truth() {
    let mut ioc = Ioc::start(Kind::Base);
    let rules = format!(
        "version: 1\nrules:\n  - {{name: all, channels: ['{}*'], access: write, limits: none, settle: 100ms}}\n",
        ioc.prefix()
    );
    let site = site(&ioc, false, &rules);
    let code = format!(
        "import epics, time\nP = '{}'\nprint(epics.caput(P + 'NODRV', 1.5))\ntime.sleep(8)\nprint(epics.caput(P + 'NODRV', 2.0))\n",
        ioc.prefix()
    );
    let identity = (new_id(), fingerprint(&job(&code)));
    let planned = block_on(gate::plan(sandbox(), job(&code), run(&site), identity, gate::PlanSettings::default()));
    let planned = planned.expect("the machinery works").plan;
    assert!(planned.can_be_approved(), "{planned:#?}");
    let folder = scratch();
    let authority = gate::Authority::open(folder.path()).expect("an authority");
    let made = authority.grant(&planned, grant(&planned)).expect("a grant");
    let redeemed = authority.redeem(made, planned, jiff::Timestamp::now()).expect("it holds");
    let record = WriteRecord::create(&folder.path().join("writes.jsonl")).expect("a record");
    let permission = (Permission::Granted(Box::new(redeemed)), record);
    let applied = std::thread::scope(|scope| {
        let ioc = &mut ioc;
        scope.spawn(move || {
            // It dies once the first write is there.
            let there = || (number(&ioc.witness().ca_get(&ioc.name("NODRV"))) - 1.5).abs() < 1e-12;
            until("the first write", there);
            ioc.server_mut().kill();
        });
        block_on(gate::apply(sandbox(), job(&code), run(&site), permission, None, StopSwitch::default()))
            .expect("the machinery works")
    });
    let outcomes: Vec<WriteOutcome> = applied.applied.writes.iter().map(|write| write.outcome).collect();
    assert_eq!(outcomes.first(), Some(&WriteOutcome::Confirmed));
    assert!(!outcomes.iter().skip(1).any(|outcome| outcome.is_good()), "{outcomes:?}");
    assert_eq!(applied.applied.left, [2], "what was planned and never came is said");
    assert!(!applied.is_good());
    // It comes back, and is read again by the same site.
    ioc.server_mut().restart();
    let read = format!("import epics\nresults = epics.caget('{}NODRV', timeout=10)\n", ioc.prefix());
    let ran = block_on(gate::read_only(sandbox(), job(&read), run(&site))).expect("the machinery works");
    assert_eq!(ran.report.outcome.results, Some(serde_json::json!(1.0)), "{}", ran.report.outcome.stderr);
}
