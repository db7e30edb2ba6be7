//! The gate, through the sandbox: plans, applies, replays, and what happens in between. Most of it on a scripted machine;
//! what hostile programs try is judged on a real IOC.

mod applies;
mod command_line;
mod plans;
mod real;
mod red_team;
mod replays;

use std::path::Path;
use std::sync::{Arc, Mutex};

use aerie::approval::{Digest, Fingerprint, Grant, OnDeviation, OnFailure, Plan};
use aerie::backend::Job;
use aerie::channel::{Protocol, Value};
use aerie::control::mock::SimulatedMachine;
use aerie::execution::ExecutionId;
use aerie::gate::{
    self, ApplyRun, Asker, Authority, JournalWriter, Permission, PlanRun, PlanSettings, Ran, Redeemed, Routes, Run,
    Site, StopSwitch, WriteRecord,
};
use aerie::policy::{Machine, Options, Policy, Principal, Source, SourceKind};

use crate::support::{block_on, job, sandbox, scratch};

/// A machine of correctors whose readbacks follow, a mode, and channels that misbehave.
const MACHINE: &str = "
only: true
noise: 0
channels:
  HCM1:SP: {type: double, value: 1.0, unit: A, limits: [-20, 20]}
  HCM1:RB: {type: double, unit: A, follows: {channel: HCM1:SP}}
  HCM2:SP: {type: double, value: 2.0, unit: A, limits: [-20, 20]}
  OTHER:SP: {type: double, value: 0.0, limits: [-20, 20]}
  CLAMPS: {type: double, value: 0.0, limits: [-5, 5]}
  LOSES: {type: double, value: 0.0, limits: [-5, 5], faults: {put: lost}}
  FAILS: {type: double, value: 0.0, limits: [-5, 5], faults: {put: {fails: power supply is in local mode}}}
  MUTE: {type: double, value: 0.0, limits: [-5, 5], faults: {put: unknown}}
  MUTE:LOST: {type: double, value: 0.0, limits: [-5, 5], faults: {put: unknown_lost}}
  NOLIMITS: {type: double, value: 0.0}
  COUNT: {type: i32, value: 7, limits: [0, 100]}
  MODE: {type: enum, labels: [Shutdown, Studies, User], value: Studies}
  WAVE: {type: double, shape: [8], value: [0, 0, 0, 0, 0, 0, 0, 0]}
  MEASURED: {type: double, value: 5.0, writable: false}
  BROKEN:SP: {type: double, value: 0.0, limits: [-5, 5], severity: major}
  sr/ps/1/current: {type: double, value: 100, unit: A, limits: [0, 500]}
commands:
  sr/ps/1/ramp: {argument: double, result: double, returns: argument, sets: {sr/ps/1/current: argument}}
";

const RULES: &str = r#"
version: 1
reads: allow
rules:
  - name: secrets
    channels: ["SECRET:*"]
    access: none
  - name: correctors
    channels: ["HCM*:SP"]
    access: write
    min: -10
    max: 10
    max_step: 1.0
    readback: ":SP -> :RB"
    settle: 200ms
    when:
      machine: [{channel: MODE, is: [Studies, Shutdown]}]
  - name: the rest
    channels: ["OTHER:SP", CLAMPS, LOSES, FAILS, "MUTE*", COUNT, MEASURED, "BROKEN:SP", NOLIMITS, MODE, "sr/ps/1/current"]
    access: write
    settle: 100ms
  - name: ramps
    channels: ["sr/ps/1/ramp()"]
    access: write
    min: 0
    max: 200
  - name: waves
    channels: [WAVE]
    access: write
    min: -1
    max: 1
    settle: 100ms
"#;

/// A site on a scripted machine.
struct Bench {
    machine: Arc<SimulatedMachine>,
    site: Arc<Site>,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self::with_rules(RULES)
    }

    fn with_rules(rules: &str) -> Self {
        let machine = Arc::new(SimulatedMachine::from_yaml(MACHINE, "machine.yml").expect("a machine"));
        let source = Source { name: "rules.yml", text: rules, kind: SourceKind::Rules };
        let options = Options { machine: Machine::Simulated, ..Options::default() };
        let policy = Policy::load(&[source], &options).expect("rules");
        let site = Site::new(Routes::all(Arc::<SimulatedMachine>::clone(&machine)), Protocol::Ca, policy, true);
        Self { machine, site: Arc::new(site), folder: scratch() }
    }

    /// What was really written, in order.
    fn writes(&self) -> Vec<(String, Value)> {
        self.machine.writes()
    }

    fn run(&self) -> Run {
        Run::new(Arc::clone(&self.site), Principal::named("alice"))
    }

    fn plan(&self, code: &str) -> PlanRun {
        self.plan_with(code, PlanSettings::default())
    }

    fn plan_with(&self, code: &str, settings: PlanSettings) -> PlanRun {
        let job = job(code);
        let identity = (new_id(), fingerprint(&job));
        block_on(gate::plan(sandbox(), job, self.run(), identity, settings)).expect("the machinery works")
    }

    fn authority(&self) -> Authority {
        Authority::open(self.folder.path()).expect("an authority")
    }

    fn redeem(&self, plan: &Plan, change: impl FnOnce(&mut Grant)) -> Redeemed {
        let mut grant = grant(plan);
        change(&mut grant);
        let authority = self.authority();
        let grant = authority.grant(plan, grant).expect("a grant");
        authority.redeem(grant, plan.clone(), jiff::Timestamp::now()).expect("it holds")
    }

    /// Plans, allows, and applies; the program may be another one than was planned.
    fn apply(&self, planned: &str, applied: &str, change: impl FnOnce(&mut Grant)) -> ApplyRun {
        let plan = self.plan(planned).plan;
        assert!(plan.can_be_approved(), "{plan:#?}");
        self.apply_plan(&plan, applied, change, None)
    }

    fn apply_plan(
        &self,
        plan: &Plan,
        code: &str,
        change: impl FnOnce(&mut Grant),
        asker: Option<Box<dyn Asker>>,
    ) -> ApplyRun {
        let redeemed = self.redeem(plan, change);
        let permission = (Permission::Granted(Box::new(redeemed)), self.record());
        block_on(gate::apply(sandbox(), job(code), self.run(), permission, asker, StopSwitch::default()))
            .expect("the machinery works")
    }

    /// A record in a file of its own.
    fn record(&self) -> WriteRecord {
        WriteRecord::create(&self.folder.path().join(format!("{}.jsonl", new_id()))).expect("a record")
    }

    fn read_only(&self, code: &str) -> Ran {
        block_on(gate::read_only(sandbox(), job(code), self.run())).expect("the machinery works")
    }
}

fn new_id() -> ExecutionId {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    ExecutionId::from_parts(1_790_000_000_000 + count, u128::from(std::process::id()))
}

fn fingerprint(job: &Job) -> Fingerprint {
    let nothing = Digest::of(b"");
    Fingerprint {
        code: Digest::of(job.code.as_bytes()),
        inputs: nothing.clone(),
        context: nothing.clone(),
        policy: nothing,
        backend: "wasi".to_owned(),
        control_system: "scripted".to_owned(),
        principal: "alice".to_owned(),
        seed: job.seed,
    }
}

fn grant(plan: &Plan) -> Grant {
    let now = jiff::Timestamp::now();
    Grant {
        id: new_id(),
        plan: plan.id,
        digest: plan.digest(),
        approver: "bob".to_owned(),
        comment: String::new(),
        granted: now,
        expires: now + jiff::SignedDuration::from_mins(5),
        on_deviation: OnDeviation::Fail,
        on_failure: OnFailure::Stop,
        signature: String::new(),
    }
}

/// A journal that is kept in memory.
#[derive(Clone, Default)]
struct InMemory(Arc<Mutex<Vec<u8>>>);

impl InMemory {
    fn writer(&self, id: ExecutionId) -> JournalWriter {
        JournalWriter::start(Box::new(self.clone()), id).expect("a journal")
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("a lock").clone()
    }
}

impl std::io::Write for InMemory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The lines of a file.
fn lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).expect("text").lines().map(str::to_owned).collect()
}
