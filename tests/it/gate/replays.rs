//! Replays: the same output, byte for byte, without any control system.

use aerie::backend::Job;
use aerie::execution::Status;
use aerie::gate::{self, Journal};
use tokio_util::sync::CancellationToken;

use super::{Bench, InMemory, new_id};
use crate::support::{block_on, job, sandbox};

const PROGRAM: &str = "\
import epics, time, random, datetime
import numpy as np
print(time.time(), time.monotonic(), datetime.datetime.now(), time.process_time())
print(random.random(), np.random.default_rng().random())
print(epics.caget('HCM1:SP'), epics.caget_many(['HCM1:RB', 'MODE', 'NOWHERE'], connection_timeout=0.2))
wave = epics.caget('WAVE')
print(wave, wave.dtype)
start = time.perf_counter()
time.sleep(0.3)
print(time.perf_counter() - start)
seen = []
pv = epics.PV('MEASURED', callback=lambda value=None, **kw: seen.append(value))
time.sleep(0.2)
print(seen)
results = {'t': time.time(), 'wave': wave}
";

fn recorded(bench: &Bench, job: Job) -> (Vec<u8>, aerie::backend::Report) {
    let kept = InMemory::default();
    let mut run = bench.run();
    run.journal = Some(kept.writer(new_id()));
    let ran = block_on(gate::read_only(sandbox(), job, run)).expect("the machinery works");
    assert_eq!(ran.journal_lacks, None);
    (kept.bytes(), ran.report)
}

fn replayed(job: Job, journal: &[u8]) -> gate::ReplayRun {
    let journal = Journal::read(journal).expect("a journal");
    let surroundings =
        (Box::new(|_: aerie::backend::Event<'_>| {}) as aerie::backend::EventSink, CancellationToken::new());
    block_on(gate::replay(sandbox(), job, journal, surroundings)).expect("the machinery works")
}

#[test]
fn a_replay_gives_the_same_bytes() {
    let bench = Bench::new();
    let (journal, then) = recorded(&bench, job(PROGRAM));
    assert_eq!(then.outcome.status, Status::Succeeded, "{}", then.outcome.stderr);
    std::thread::sleep(std::time::Duration::from_millis(20));
    let again = replayed(job(PROGRAM), &journal);
    assert_eq!(again.departure, None);
    assert_eq!(again.report.outcome.stdout, then.outcome.stdout);
    assert_eq!(again.report.outcome.results, then.outcome.results);
}

#[test]
fn a_changed_program_is_told_where_it_departs() {
    let bench = Bench::new();
    let (journal, _) = recorded(&bench, job(PROGRAM));
    let changed = PROGRAM.replace("wave = epics.caget('WAVE')", "wave = epics.caget('COUNT')");
    let again = replayed(job(&changed), &journal);
    let departure = again.departure.expect("it departs");
    assert!(departure.then.expect("then").contains("WAVE") && departure.now.expect("now").contains("COUNT"));
    // What only prints otherwise makes the same calls.
    let wordy = PROGRAM.replace("import epics, time", "print('hello')\nimport epics, time");
    let again = replayed(job(&wordy), &journal);
    assert_eq!(again.departure, None);
    assert!(again.report.outcome.stdout.starts_with("hello\n"));
    // A program that stops early departs too.
    let short = replayed(job("import epics\nepics.caget('HCM1:SP')\n"), &journal);
    assert_eq!(short.departure.expect("it departs").now, None);
}

#[test]
fn an_apply_can_be_replayed_without_writing_again() {
    let bench = Bench::new();
    let code = "import epics\nprint(epics.caput('OTHER:SP', 2.0))\nprint(epics.caget('OTHER:SP'))\n";
    let plan = bench.plan(code).plan;
    let kept = InMemory::default();
    let mut run = bench.run();
    run.journal = Some(kept.writer(new_id()));
    let permission = (gate::Permission::Granted(Box::new(bench.redeem(&plan, |_| {}))), bench.record());
    let applied = block_on(gate::apply(sandbox(), job(code), run, permission, None, gate::StopSwitch::default()));
    let then = applied.expect("it works").ran.expect("it ran").report;
    assert_eq!(bench.writes().len(), 1);
    let again = replayed(job(code), &kept.bytes());
    assert_eq!((again.departure, again.report.outcome.stdout), (None, then.outcome.stdout));
    assert_eq!(bench.writes().len(), 1);
}
