//! Applies: what was shown is made, nothing else, and the truth about each write is told.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use aerie::approval::{GrantError, OnDeviation, OnFailure};
use aerie::channel::{Value, WriteOutcome};
use aerie::execution::Status;
use aerie::gate::{self, ApplyRun, Asker, Authority, AuthorityError, Deviation, Permission, StopSwitch};
use async_trait::async_trait;

use super::{Bench, grant};
use crate::support::{block_on, job, sandbox};

fn outcomes(run: &ApplyRun) -> Vec<(WriteOutcome, Option<String>)> {
    run.applied.writes.iter().map(|write| (write.outcome, write.reason.clone())).collect()
}

fn put(channel: &str, value: &str) -> String {
    format!("import epics\nepics.caput('{channel}', {value})\n")
}

#[test]
fn what_was_shown_is_made_and_confirmed() {
    let bench = Bench::new();
    let code = "import epics, time\nfor k in (1, 2, 3):\n    epics.caput('HCM1:SP', 1.0 + k / 4)\n    print(epics.caget('HCM1:RB'))\n";
    let run = bench.apply(code, code, |_| {});
    assert!(run.is_good(), "{:?} {}", run.applied, run.ran.as_ref().expect("it ran").report.outcome.stderr);
    assert_eq!(run.ran.as_ref().expect("it ran").report.outcome.stdout, "1.25\n1.5\n1.75\n");
    let written: Vec<Value> = bench.writes().into_iter().map(|(_, value)| value).collect();
    assert_eq!(written, [1.25, 1.5, 1.75].map(Value::Float));
    assert!(run.applied.writes.iter().all(|write| write.outcome == WriteOutcome::Confirmed));
}

#[test]
fn every_outcome_is_told_truthfully() {
    let cases = [
        ("CLAMPS", "3.0", WriteOutcome::Confirmed, None),
        ("LOSES", "3.0", WriteOutcome::Mismatch, None),
        ("FAILS", "3.0", WriteOutcome::Failed, Some("ECA_PUTFAIL")),
        // Done, and no answer came: what is read back tells.
        ("MUTE", "3.0", WriteOutcome::Confirmed, None),
        ("MUTE:LOST", "3.0", WriteOutcome::Unknown, None),
    ];
    for (channel, value, outcome, reason) in cases {
        let bench = Bench::new();
        let code = format!(
            "import epics\ntry:\n    epics.caput('{channel}', {value}, wait=True, timeout=2)\nexcept Exception:\n    pass\n"
        );
        let run = bench.apply(&code, &code, |_| {});
        assert_eq!(outcomes(&run), [(outcome, reason.map(str::to_owned))], "{channel}: {:?}", run.applied);
    }
}

#[test]
fn a_clamped_write_is_a_mismatch_and_no_success() {
    // The device takes -5 … 5; the rule allows more than it, so that only the device stands in the way.
    let rules = "version: 1\nrules:\n  - {name: all, channels: ['*'], access: write, limits: none, settle: 50ms}\n";
    let bench = Bench::with_rules(rules);
    let code = put("CLAMPS", "9.0");
    let plan = bench.plan(&code).plan;
    // What the device itself says it takes is a limit too.
    assert!(!plan.can_be_approved(), "{plan:?}");
}

#[test]
fn only_the_next_planned_write_is_made() {
    let planned = "import epics\nepics.caput('HCM1:SP', 1.5)\nepics.caput('OTHER:SP', 2.0)\n";
    let others = [
        "epics.caput('HCM1:SP', 1.6)",
        "epics.caput('OTHER:SP', 2.0)",
        "epics.caput('COUNT', 8)",
        "epics.caput('HCM1:SP', 1.5); epics.caput('HCM1:SP', 1.5)",
        "epics.caput('HCM1:SP', 1.5); epics.caput('OTHER:SP', 2.0); epics.caput('OTHER:SP', 0.0)",
    ];
    for other in others {
        let bench = Bench::new();
        let code = format!("import epics\n{other}\n");
        let run = bench.apply(planned, &code, |_| {});
        let last = run.applied.writes.last().expect("a write");
        assert_eq!(last.reason.as_deref(), Some("DEVIATES_FROM_PLAN"), "{other}: {:?}", run.applied);
        assert!(run.applied.stopped.is_some() && !run.is_good(), "{other}");
        assert_eq!(bench.writes().len(), run.applied.writes.len() - 1, "{other}");
    }
}

#[test]
fn what_was_not_made_is_said() {
    let bench = Bench::new();
    let planned = "import epics\nepics.caput('HCM1:SP', 1.5)\nepics.caput('OTHER:SP', 2.0)\n";
    let run = bench.apply(planned, "import epics\nepics.caput('HCM1:SP', 1.5)\n", |_| {});
    assert_eq!(run.applied.left, [2]);
    assert!(!run.is_good());
}

#[test]
fn what_moved_since_planning_asks_again() {
    let bench = Bench::new();
    let code = put("OTHER:SP", "2.0");
    let plan = bench.plan(&code).plan;
    // Somebody else moves it before it is applied.
    let moved = bench.apply(&put("OTHER:SP", "0.7"), &put("OTHER:SP", "0.7"), |_| {});
    assert!(moved.is_good());
    let run = bench.apply_plan(&plan, &code, |_| {}, None);
    assert_eq!(outcomes(&run), [(WriteOutcome::Refused, Some("PRECONDITION_FAILED".to_owned()))]);
    assert_eq!(bench.writes().len(), 1);
}

/// Answers as it is told, and keeps what it was asked.
struct Told {
    answer: bool,
    asked: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl Asker for Told {
    async fn allow(&self, deviation: &Deviation) -> bool {
        self.asked.lock().expect("a lock").push(deviation.reason.clone());
        // A person takes a while; the program waits.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        self.answer
    }
}

#[test]
fn a_deviation_waits_for_a_person_if_so_configured() {
    for answer in [true, false] {
        let bench = Bench::new();
        let plan = bench.plan(&put("OTHER:SP", "2.0")).plan;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let asker = Box::new(Told { answer, asked: Arc::clone(&asked) });
        let ask = |grant: &mut aerie::approval::Grant| grant.on_deviation = OnDeviation::Ask;
        let run = bench.apply_plan(&plan, &put("OTHER:SP", "3.0"), ask, Some(asker));
        assert_eq!(asked.lock().expect("a lock").len(), 1);
        assert_eq!(bench.writes().len(), usize::from(answer), "{:?}", run.applied);
        let outcome = if answer { WriteOutcome::Confirmed } else { WriteOutcome::Refused };
        assert_eq!(run.applied.writes[0].outcome, outcome);
    }
}

#[test]
fn a_rule_can_have_each_write_confirmed_by_itself() {
    let rules =
        "version: 1\nrules:\n  - {name: each, channels: ['OTHER:SP'], access: write, confirm: always, settle: 50ms}\n";
    for answer in [true, false] {
        let bench = Bench::with_rules(rules);
        let code = put("OTHER:SP", "2.0");
        let plan = bench.plan(&code).plan;
        let asker = Box::new(Told { answer, asked: Arc::default() });
        bench.apply_plan(&plan, &code, |_| {}, Some(asker));
        assert_eq!(bench.writes().len(), usize::from(answer));
        // Nobody to ask is no.
        let bench = Bench::with_rules(rules);
        let plan = bench.plan(&code).plan;
        let run = bench.apply_plan(&plan, &code, |_| {}, None);
        assert_eq!(outcomes(&run), [(WriteOutcome::Refused, Some("NOT_GRANTED".to_owned()))]);
    }
}

const THREE: &str = "import epics\n\
    for name, value in (('HCM1:SP', 1.5), ('OTHER:SP', 2.0), ('LOSES', 1.0), ('COUNT', 9)):\n    \
    try:\n        epics.caput(name, value)\n    except Exception as e:\n        print(type(e).__name__)\n";

#[test]
fn after_a_failure_the_rest_is_stopped_continued_or_taken_back() {
    let apply = |on_failure| {
        let bench = Bench::new();
        let run = bench.apply(THREE, THREE, |grant| grant.on_failure = on_failure);
        let count = bench.machine.value_of("COUNT");
        let other = bench.machine.value_of("OTHER:SP");
        (run, count, other)
    };
    let (run, count, other) = apply(OnFailure::Stop);
    assert_eq!((count, other), (Some(Value::Int(7)), Some(Value::Float(2.0))));
    assert_eq!(run.applied.writes[2].outcome, WriteOutcome::Mismatch);
    assert_eq!(run.ran.as_ref().expect("it ran").report.outcome.stdout, "WriteMismatch\nWriteRefused\n");

    let (_, count, other) = apply(OnFailure::Continue);
    assert_eq!((count, other), (Some(Value::Int(9)), Some(Value::Float(2.0))));

    let (run, count, other) = apply(OnFailure::Rollback);
    assert_eq!((count, other), (Some(Value::Int(7)), Some(Value::Float(0.0))));
    let back: Vec<_> = run
        .applied
        .writes
        .iter()
        .filter_map(|write| Some((write.takes_back?, write.channel.name().to_owned())))
        .collect();
    assert_eq!(back, [(3, "LOSES".to_owned()), (2, "OTHER:SP".to_owned()), (1, "HCM1:SP".to_owned())]);
}

#[test]
fn a_grant_is_used_once_and_only_for_its_plan() {
    let bench = Bench::new();
    let plan = bench.plan(&put("OTHER:SP", "2.0")).plan;
    let other = bench.plan(&put("OTHER:SP", "3.0")).plan;
    let authority = bench.authority();
    let made = authority.grant(&plan, grant(&plan)).expect("a grant");
    let now = jiff::Timestamp::now();
    let why = |result: Result<gate::Redeemed, AuthorityError>| match result {
        Err(AuthorityError::Grant(error)) => Some(error),
        _ => None,
    };
    assert_eq!(why(authority.redeem(made.clone(), other, now)), Some(GrantError::OtherPlan));
    let mut altered = made.clone();
    altered.approver = "mallory".to_owned();
    assert_eq!(why(authority.redeem(altered, plan.clone(), now)), Some(GrantError::Forged));
    let later = now + jiff::SignedDuration::from_mins(6);
    assert_eq!(why(authority.redeem(made.clone(), plan.clone(), later)), Some(GrantError::Expired));
    // Another site's authority made no such grant.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let foreign = Authority::open(elsewhere.path()).expect("an authority");
    assert_eq!(why(foreign.redeem(made.clone(), plan.clone(), now)), Some(GrantError::Forged));

    assert!(authority.redeem(made.clone(), plan.clone(), now).is_ok());
    assert_eq!(why(authority.redeem(made.clone(), plan.clone(), now)), Some(GrantError::Spent));
    // Spent is spent after a restart, too.
    assert_eq!(why(bench.authority().redeem(made, plan, now)), Some(GrantError::Spent));
}

#[test]
fn two_that_redeem_at_once_are_one() {
    let bench = Bench::new();
    let plan = bench.plan(&put("OTHER:SP", "2.0")).plan;
    let authority = bench.authority();
    let made = authority.grant(&plan, grant(&plan)).expect("a grant");
    let won = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                if authority.redeem(made.clone(), plan.clone(), jiff::Timestamp::now()).is_ok() {
                    won.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(won.into_inner(), 1);
}

#[test]
fn a_stop_halts_between_two_writes() {
    let bench = Bench::new();
    let code = "import epics, time\nfor k in range(20):\n    epics.caput('OTHER:SP', k / 10)\n    time.sleep(0.5)\n";
    let plan = bench.plan(code).plan;
    let permission = (Permission::Granted(Box::new(bench.redeem(&plan, |_| {}))), bench.record());
    let stop = StopSwitch::default();
    let stopper = {
        let (stop, machine) = (stop.clone(), Arc::clone(&bench.machine));
        std::thread::spawn(move || {
            while machine.writes().len() < 3 {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            stop.stop("somebody said so");
        })
    };
    let run = block_on(gate::apply(sandbox(), job(code), bench.run(), permission, None, stop)).expect("it works");
    stopper.join().expect("it stopped");
    assert_eq!(run.ran.as_ref().expect("it ran").report.outcome.status, Status::Cancelled);
    assert_eq!(run.applied.stopped.as_deref(), Some("somebody said so"));
    let made = bench.writes().len();
    assert!((3..20).contains(&made), "{made}");
    // What was made was verified and kept.
    assert_eq!(run.applied.writes.iter().filter(|write| write.outcome == WriteOutcome::Confirmed).count(), made);
    assert_eq!(run.applied.left.len(), 20 - made);
}

#[test]
fn what_cannot_be_recorded_is_not_done() {
    let bench = Bench::new();
    let code = put("OTHER:SP", "2.0");
    let plan = bench.plan(&code).plan;
    // A disk that is full from the start: nothing can be kept on it.
    let record =
        aerie::gate::WriteRecord::append(std::fs::File::options().append(true).open("/dev/full").expect("a device"));
    let permission = (Permission::Granted(Box::new(bench.redeem(&plan, |_| {}))), record);
    let run = block_on(gate::apply(sandbox(), job(&code), bench.run(), permission, None, StopSwitch::default()));
    assert!(matches!(run, Err(gate::ApplyError::Record(_))), "{run:?}");
    assert_eq!(bench.writes(), []);
}

#[test]
fn unattended_writes_are_those_whose_rules_have_nobody_asked() {
    let rules = "version: 1\nrules:\n  - {name: free, channels: ['OTHER:SP'], access: write, confirm: never, settle: 50ms}\n  \
                 - {name: asked, channels: [COUNT], access: write, settle: 50ms}\n";
    let bench = Bench::with_rules(rules);
    let code = "import epics\nepics.caput('OTHER:SP', 1.0)\nepics.caput('COUNT', 8)\n";
    let permission = (Permission::Unattended, bench.record());
    let run = block_on(gate::apply(sandbox(), job(code), bench.run(), permission, None, StopSwitch::default()))
        .expect("it works");
    let seen: Vec<_> = outcomes(&run);
    assert_eq!(seen, [(WriteOutcome::Confirmed, None), (WriteOutcome::Refused, Some("NOT_GRANTED".to_owned()))]);
    assert_eq!(bench.writes().len(), 1);
}
