//! Plans: what they show, and that nothing is written.

use std::time::{Duration, Instant};

use aerie::approval::Incomplete;
use aerie::channel::{Refusal, Value};
use aerie::execution::Status;
use aerie::gate::PlanSettings;
use serde_json::json;

use super::Bench;

#[test]
fn a_plan_shows_each_write_in_its_order_and_makes_none() {
    let bench = Bench::new();
    let planned = bench.plan(
        "import epics\n\
         epics.caput('HCM1:SP', 1.5)\n\
         x = epics.caget('HCM1:SP'), epics.caget('HCM1:RB')\n\
         epics.caput('MODE', 'Shutdown')\n\
         epics.caput('WAVE', [0.5] * 8)\n\
         epics.caput('HCM1:SP.VAL', 2.0)\n\
         results = {'x': x}\n",
    );
    assert_eq!(planned.ran.report.outcome.status, Status::Succeeded, "{}", planned.ran.report.outcome.stderr);
    // A later read sees what was planned, on the channel and on its readback.
    assert_eq!(planned.ran.report.outcome.results, Some(json!({ "x": [1.5, 1.5] })));
    let seen: Vec<_> = planned
        .plan
        .writes
        .iter()
        .map(|write| (write.order, write.channel.name(), write.before.clone(), write.value.clone(), write.line))
        .collect();
    let number = |value: f64| Value::Float(value);
    assert_eq!(seen[0], (1, "HCM1:SP", Some(number(1.0)), number(1.5), Some(2)));
    assert_eq!(seen[1], (2, "MODE", Some(Value::Enum(1)), Value::Enum(0), Some(4)));
    assert_eq!((seen[2].1, seen[2].3.len(), seen[2].4), ("WAVE", 8, Some(5)));
    assert_eq!(seen[3], (4, "HCM1:SP", Some(number(1.5)), number(2.0), Some(6)));
    let first = &planned.plan.writes[0];
    assert_eq!((first.unit.as_str(), first.limits.low, first.limits.high), ("A", Some(-10.0), Some(10.0)));
    assert_eq!((first.max_step, first.step()), (Some(1.0), Some(0.5)));
    assert!(first.rule.as_ref().unwrap().contains("rules.yml:"), "{:?}", first.rule);
    assert_eq!(planned.plan.writes[1].labels, (Some("Studies".to_owned()), Some("Shutdown".to_owned())));
    assert!(planned.plan.can_be_approved());
    assert_eq!(bench.writes(), []);
}

#[test]
fn a_program_that_writes_nothing_has_run() {
    let bench = Bench::new();
    let planned = bench.plan("import epics\nresults = epics.caget('MEASURED')\n");
    assert_eq!(planned.ran.report.outcome.results, Some(json!(5.0)));
    assert!(planned.plan.writes.is_empty() && planned.plan.incomplete.is_none() && !planned.plan.can_be_approved());
}

#[test]
fn after_the_first_planned_write_time_is_virtual() {
    let bench = Bench::new();
    let begun = Instant::now();
    let planned = bench.plan(
        "import epics, time\n\
         start, wall = time.monotonic(), time.time()\n\
         for k in range(10):\n    epics.caput('OTHER:SP', k / 10)\n    time.sleep(60)\n\
         results = [round(time.monotonic() - start), round(time.time() - wall)]\n",
    );
    assert_eq!(planned.ran.report.outcome.results, Some(json!([600, 600])));
    assert!(begun.elapsed() < Duration::from_mins(1), "ten minutes were planned, not waited for");
    assert!((planned.plan.writes[9].at - 540.0).abs() < 1.0);
}

#[test]
fn what_would_be_refused_is_shown_with_the_reason() {
    let bench = Bench::new();
    let cases = [
        ("'HCM1:SP', 99.0", Refusal::MaxExceeded),
        ("'HCM1:SP', 2.5", Refusal::MaxStepExceeded),
        ("'NOWHERE', 1.0", Refusal::UnlistedChannel),
        ("'HCM1:SP.DRVH', 1e9", Refusal::UnlistedField),
        ("'NOLIMITS', 1.0", Refusal::NoLimits),
        ("'MEASURED', 1.0", Refusal::NotWritable),
        ("'BROKEN:SP', 1.0", Refusal::Alarm),
        ("'HCM1:SP', float('nan')", Refusal::NotFinite),
        ("'COUNT', 3.5", Refusal::WrongType),
        ("'COUNT', 101", Refusal::MaxExceeded),
        ("'WAVE', [0.0] * 7 + [2.0]", Refusal::MaxExceeded),
        ("'WAVE', [0.0] * 7 + [float('inf')]", Refusal::NotFinite),
    ];
    for (arguments, refusal) in cases {
        let code = format!(
            "from aerie_guest.control import put\ntry:\n    put('ca', {arguments})\nexcept Exception as e:\n    print(e)\n"
        );
        let planned = bench.plan(&code);
        let write = planned.plan.writes.first().unwrap_or_else(|| panic!("{arguments}: nothing was noted"));
        assert_eq!(write.verdict, aerie::approval::Verdict::Refused(refusal), "{arguments}: {:?}", write.reasons);
        assert!(!planned.plan.can_be_approved());
    }
    assert_eq!(bench.writes(), []);
}

#[test]
fn a_machine_state_that_forbids_is_told() {
    let bench = Bench::new();
    let planned = bench.plan(
        "import epics\nepics.caput('MODE', 'User')\n\
         try:\n    epics.caput('HCM1:SP', 1.5)\nexcept epics.ca.CASeverityException as e:\n    print(e.reason)\n",
    );
    // The plan itself moves the mode: what is judged next is judged with it.
    assert_eq!(planned.ran.report.outcome.stdout, "MACHINE_STATE\n");
    assert!(
        planned.plan.writes[1].reasons.last().unwrap().contains("is `User`"),
        "{:?}",
        planned.plan.writes[1].reasons
    );
}

#[test]
fn a_program_that_waits_for_ever_is_told_what_it_waits_for() {
    let bench = Bench::new();
    let planned = bench.plan(
        "import epics, time\nepics.caput('OTHER:SP', 3.0)\n\
         while abs(epics.caget('MEASURED') - 3.0) > 0.1:\n    time.sleep(1)\n",
    );
    let Some(Incomplete::Waiting { channel, reads, .. }) = &planned.plan.incomplete else {
        panic!("{:?}", planned.plan.incomplete)
    };
    assert_eq!(channel.as_deref(), Some("MEASURED"));
    assert!(*reads > 100, "{reads}");
    assert!(!planned.plan.can_be_approved());
}

#[test]
fn ten_thousand_writes_in_a_loop_are_no_plan() {
    let bench = Bench::new();
    let settings = PlanSettings { max_writes: 50, ..PlanSettings::default() };
    let code = "import epics\nfor k in range(10_000):\n    epics.caput('OTHER:SP', (k % 10) / 10)\n";
    let planned = bench.plan_with(code, settings);
    assert_eq!(planned.plan.incomplete, Some(Incomplete::TooManyWrites { limit: 50 }));
    assert_eq!(planned.plan.writes.len(), 50);
    assert!(!planned.plan.can_be_approved());
}

#[test]
fn a_program_that_fails_after_a_write_is_an_incomplete_plan() {
    let bench = Bench::new();
    let planned = bench.plan("import epics\nepics.caput('OTHER:SP', 1.0)\n1 / 0\n");
    assert_eq!(planned.plan.incomplete, Some(Incomplete::Ended { status: "failed".to_owned() }));
}

#[test]
fn commands_are_planned_and_their_results_are_said_to_be_unknown() {
    let bench = Bench::new();
    let planned = bench.plan("import tango\nps = tango.DeviceProxy('sr/ps/1')\nprint(ps.Ramp(50.0))\n");
    let write = &planned.plan.writes[0];
    assert_eq!(
        (write.channel.name(), write.before.clone()),
        ("sr/ps/1/ramp()", None),
        "{:?}",
        planned.ran.report.outcome
    );
    assert!(write.reasons.iter().any(|reason| reason.contains("cannot know")), "{:?}", write.reasons);
    assert_eq!(bench.writes(), []);
}

#[test]
fn followers_hear_of_planned_values() {
    let bench = Bench::new();
    let planned = bench.plan(
        "import epics, time\nseen = []\n\
         pv = epics.PV('HCM1:RB', callback=lambda value=None, **kw: seen.append(value))\ntime.sleep(0.2)\n\
         epics.caput('HCM1:SP', 1.25)\ntime.sleep(1)\nresults = seen[-1]\n",
    );
    assert_eq!(planned.ran.report.outcome.results, Some(json!(1.25)), "{}", planned.ran.report.outcome.stderr);
}

#[test]
fn what_may_not_be_read_is_not_read() {
    let bench = Bench::new();
    let ran = bench.read_only(
        "import epics\ntry:\n    epics.caget('SECRET:KEY')\nexcept Exception as e:\n    print(type(e).__name__, 'secrets' in str(e))\n",
    );
    assert_eq!(ran.report.outcome.stdout, "ChannelAccessException True\n", "{}", ran.report.outcome.stderr);
}

#[test]
fn a_read_only_execution_has_no_way_to_write() {
    let bench = Bench::new();
    let ran = bench.read_only(
        "import epics\nfrom aerie_guest import door, control\n\
         for name in ('control.write', 'control.put', 'control.command', 'epics.caput'):\n    try:\n        \
         value, _ = door.call(name, {'protocol': 'ca', 'writes': [{'channel': 'OTHER:SP', 'value': {'t': 'float', 'v': 1.0}}]})\n        \
         print(name, value[0]['reason'])\n    except door.HostError as e:\n        print(name, e.kind)\n",
    );
    assert_eq!(
        ran.report.outcome.stdout,
        "control.write READ_ONLY_EXECUTION\ncontrol.put UnknownHostCall\ncontrol.command DoorError\nepics.caput UnknownHostCall\n"
    );
    assert_eq!(bench.writes(), []);
}

#[test]
fn programs_of_osprey_are_planned_too() {
    let bench = Bench::new();
    let planned = bench.plan(
        "from osprey.runtime import read_channel, write_channel, write_channels\n\
         before = read_channel('OTHER:SP')\nwrite_channel('OTHER:SP', 1.5)\n\
         write_channels({'HCM1:SP': 1.25, 'COUNT': 8})\n\
         results = [before, read_channel('OTHER:SP'), read_channel('HCM1:RB')]\n\
         try:\n    write_channel('HCM1:SP', 99.0)\nexcept RuntimeError as e:\n    print(type(e).__name__, e.gate_reason)\n",
    );
    let outcome = &planned.ran.report.outcome;
    assert_eq!(outcome.results, Some(json!([0.0, 1.5, 1.25])), "{}", outcome.stderr);
    assert!(outcome.stdout.ends_with(" MAX_EXCEEDED\n"), "{}", outcome.stdout);
    assert_eq!(planned.plan.writes.len(), 4);
    assert_eq!(bench.writes(), []);
}
