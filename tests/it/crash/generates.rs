//! `aerie ask`: attempts of generation are kept, and no program runs that a later attempt was to replace.

use super::desk::Desk;
use super::kill::{Kill, Kind, When, at_every_moment};

fn generator(settings: &str) -> Desk {
    let desk = Desk::with(&format!(
        "control_system: {{type: mock}}\nexecution:\n  code_generator: demo\n  generators:\n    demo: {settings}\n"
    ));
    assert!(desk.list().is_empty());
    desk
}

/// Asks, is killed, goes on. `results`: what it comes to.
fn asks(desk: &mut Desk, kill: Kill, results: &str) -> bool {
    let known = desk.list().len();
    let ended = desk.killed(&["ask", "--json", "Sum up"], kill);
    desk.run(&["executions", "resume"]);
    let list = desk.list();
    if list.len() > known {
        let id = list[0]["id"].as_str().expect("an id");
        let shown = desk.show(id);
        let events = desk.events(id);
        assert_eq!(shown["summary"]["state"], "succeeded", "{kill:?} {events:#?}");
        assert_eq!(shown["results"].to_string(), results, "{kill:?}");
        // What runs is what was generated last; what failed is told to the next attempt.
        let (mut attempt, mut ready) = (0, 0);
        for (kind, body) in &events {
            let number = body["attempt"].as_u64().unwrap_or(0);
            match kind.as_str() {
                "generation_started" => {
                    assert!(number == attempt || number == attempt + 1, "{kill:?} an attempt is lost: {events:#?}");
                    (attempt, ready) = (number, 0);
                }
                "code_ready" => {
                    assert!(number >= attempt, "{kill:?} {events:#?}");
                    (attempt, ready) = (number, number);
                }
                "analysed" | "run_started" => assert!(number > 0 && number == ready, "{kill:?} old code: {events:#?}"),
                _ => {}
            }
        }
        assert_eq!(attempt, 2, "{kill:?} {events:#?}");
        assert_eq!(shown["error_chain"].as_array().map(Vec::len), Some(1), "{kill:?} {shown:#}");
    }
    desk.is_sound();
    ended.is_err()
}

#[test]
fn attempts_are_kept_and_what_failed_is_not_run_again() {
    let prepare = |_: When| generator("{type: mock, behavior: error_aware}");
    for (kind, stride) in [(Kind::Sync, 1), (Kind::Name, 6), (Kind::Data, 31)] {
        at_every_moment((kind, stride), prepare, |desk, kill| asks(desk, kill, r#"{"total":6}"#));
    }
}

#[test]
fn after_a_generation_that_failed_nothing_old_runs() {
    // Broken first, then nothing, then right; a process that goes on begins with the first again.
    let prepare = |_: When| generator("{type: mock, codes: ['results = {', 'I cannot.', 'results = 1']}");
    at_every_moment((Kind::Sync, 1), prepare, |desk, kill| {
        let known = desk.list().len();
        let ended = desk.killed(&["ask", "--json", "--retries", "8", "One"], kill);
        desk.run(&["executions", "resume"]);
        let list = desk.list();
        if list.len() > known {
            let id = list[0]["id"].as_str().expect("an id");
            let events = desk.events(id);
            let shown = desk.show(id);
            assert_eq!(
                (&shown["summary"]["state"], &shown["results"]),
                (&"succeeded".into(), &1.into()),
                "{kill:?} {events:#?}"
            );
            let runs = events.iter().filter(|(kind, _)| kind == "run_started");
            let last = shown["attempt"].clone();
            for (_, body) in runs {
                assert_eq!(body["attempt"], last, "{kill:?} {events:#?}");
            }
        }
        desk.is_sound();
        ended.is_err()
    });
}
