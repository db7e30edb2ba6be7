//! Questions and answers: what is shown, who may answer, what an answer covers, and what happens to it in between.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aerie::approval::DecisionError;
use aerie::execution::{Covers, Mode, PythonExecutionRequest, State, Verdict};
use aerie::gate::{Asker, Deviation};
use aerie::service::{Answer, ApprovalSettings, Ask, PythonServiceResult, ServiceError, ServiceStatus};
use async_trait::async_trait;
use serde_json::Value;

use super::{Bench, Desk, RULES, TWO, approve, asked, by, reject, task, text};
use crate::servers::{Ioc, Kind, number};

/// Approves what is asked, in a process of its own, and goes on in another.
async fn approved(bench: &Bench, result: &PythonServiceResult) -> PythonServiceResult {
    let id = result.execution_id;
    bench.service().await.answer(id, "bob", approve(asked(result))).await.expect("an answer");
    bench.service().await.carry(id, by("alice")).await.expect("the pipeline works")
}

#[tokio::test]
async fn a_question_holds_everything_that_decides_an_answer() {
    let failing = "import epics\nepics.caput('A:SP', 1.5)\nraise ValueError('no')\n";
    let (bench, _) = Bench::new().answering(&[failing, TWO]);
    let mut request = task("move both");
    request.task_objective = "Move A and B".to_owned();
    let result = bench.execute(request).await;
    let question = bench.service().await.question(result.execution_id).await.expect("a question");
    assert_eq!((question.covers, question.number, &question.digest), (Covers::Plan, 1, asked(&result)));
    assert_eq!(question.code.trim(), TWO.trim());
    assert_eq!(question.code_before.as_deref().map(str::trim), Some(failing.trim()), "what changed can be shown");
    assert!(question.reason.contains("2 writes"), "{}", question.reason);
    assert_eq!((question.requested_by.as_str(), question.task.as_str()), ("alice", "Move A and B"));
    assert!(question.expires > jiff::Timestamp::now());
    let plan = question.plan.as_ref().expect("a plan");
    let shown: Vec<_> = plan
        .writes
        .iter()
        .map(|write| (write.channel.to_string(), write.before.clone(), write.value.clone()))
        .collect();
    assert_eq!(shown.len(), 2);
    assert!(shown[0].0.contains("A:SP") && shown[1].0.contains("B:SP"), "{shown:?}");
    assert!(shown.iter().all(|(_, before, _)| before.is_some()), "present values: {shown:?}");
    assert!(question.coverage.iter().any(|line| line.contains("2 writes")), "{:?}", question.coverage);
    assert_eq!(question.coverage.last().map(String::as_str), Some("anything else asks again"));
    let findings = serde_json::to_value(&question).expect("JSON")["findings"].clone();
    assert!(findings.is_array());
    assert!(bench.writes().is_empty(), "nothing is written before the answer");
}

#[tokio::test]
async fn only_the_digest_that_was_shown_can_be_approved() {
    let bench = Bench::new();
    let result = bench.run(TWO).await;
    let service = bench.service().await;
    let digest = asked(&result).as_str().to_owned();
    for wrong in ["", "0", &digest[..7], "00000000", "zzzzzzzzzz", &format!("{digest}0")] {
        let answer = Answer { seen: Some(wrong.to_owned()), ..approve(asked(&result)) };
        let error = service.answer(result.execution_id, "bob", answer).await.expect_err("it is not what is shown");
        assert!(matches!(error, ServiceError::Decision(DecisionError::OtherThanShown { .. })), "{wrong}: {error}");
    }
    assert_eq!(approved(&bench, &result).await.status, ServiceStatus::Succeeded);
    assert_eq!(bench.wrote(), ["A:SP", "B:SP"]);
}

#[tokio::test]
async fn a_question_that_nobody_answers_expires() {
    let bench = Bench::new().set(|settings| settings.approval.expires_after = Duration::from_millis(300));
    let result = bench.run(TWO).await;
    let id = result.execution_id;
    let service = bench.service().await;
    if result.status == ServiceStatus::AwaitingApproval {
        while jiff::Timestamp::now() < result.waits.as_ref().expect("a question").expires {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let error = service.answer(id, "bob", approve(asked(&result))).await.expect_err("too late");
        assert!(matches!(error, ServiceError::Decision(DecisionError::Expired { .. })), "{error}");
        let recovered = service.settle(&by("alice"), Duration::ZERO).await.expect("settled");
        assert_eq!(recovered.expired.len(), 1);
    }
    let result = service.carry(id, by("alice")).await.expect("the pipeline works");
    assert_eq!((result.status, result.exit_code()), (ServiceStatus::Expired, 7));
    assert!(bench.writes().is_empty());
}

#[tokio::test]
async fn whoever_asked_may_be_kept_from_approving() {
    let bench = Bench::new().set(|settings| settings.approval.requester_may = false);
    let result = bench.run(TWO).await;
    let service = bench.service().await;
    let error = service.answer(result.execution_id, "alice", approve(asked(&result))).await.expect_err("one's own");
    assert!(matches!(error, ServiceError::Decision(DecisionError::OwnRequest { .. })), "{error}");
    assert_eq!(approved(&bench, &result).await.status, ServiceStatus::Succeeded);
}

#[tokio::test]
async fn two_have_to_approve_and_nobody_counts_twice() {
    let bench = Bench::new().set(|settings| settings.approval.needed = 2);
    let result = bench.run(TWO).await;
    let id = result.execution_id;
    let service = bench.service().await;
    service.answer(id, "bob", approve(asked(&result))).await.expect("an answer");
    let still = service.carry(id, by("alice")).await.expect("the pipeline works");
    assert_eq!((still.status, still.exit_code()), (ServiceStatus::AwaitingApproval, 4));
    let error = service.answer(id, "bob", approve(asked(&result))).await.expect_err("once");
    assert!(matches!(error, ServiceError::Decision(DecisionError::Again { missing: 1, .. })), "{error}");
    assert!(bench.writes().is_empty());
    service.answer(id, "carol", approve(asked(&result))).await.expect("an answer");
    let result = service.carry(id, by("alice")).await.expect("the pipeline works");
    assert_eq!(result.status, ServiceStatus::Succeeded, "{result:#?}");
    let granted = std::fs::read_to_string(result.folder.join("writes.jsonl")).expect("a record");
    assert!(granted.lines().next().expect("a line").contains("bob, carol"), "{granted}");
}

#[tokio::test]
async fn an_edited_program_is_analysed_and_planned_anew_and_asked_about_in_that_form() {
    let bench = Bench::new();
    let first = bench.run(TWO).await;
    let id = first.execution_id;
    let edited = TWO.replace("2.5", "3.5");
    let answer = Answer { verdict: Verdict::Edit, comment: "more".to_owned(), seen: None, code: Some(edited.clone()) };
    bench.service().await.answer(id, "bob", answer).await.expect("an answer");
    let second = bench.service().await.carry(id, by("alice")).await.expect("the pipeline works");
    assert_eq!(second.status, ServiceStatus::AwaitingApproval);
    assert_ne!(asked(&first), asked(&second));
    let service = bench.service().await;
    let error = service.answer(id, "bob", approve(asked(&first))).await.expect_err("the old digest");
    assert!(matches!(error, ServiceError::Decision(DecisionError::OtherThanShown { .. })), "{error}");
    let question = service.question(id).await.expect("a question");
    assert_eq!(
        (question.number, question.code.as_str(), question.code_before.as_deref()),
        (2, edited.as_str(), Some(TWO))
    );
    let done = approved(&bench, &second).await;
    assert_eq!(done.status, ServiceStatus::Succeeded, "{done:#?}");
    assert_eq!(bench.writes()[1].1, aerie::channel::Value::Float(3.5));
    assert_eq!(bench.events(id, "analysed").await.len(), 2);
    // What does not pass is no way around the analysis.
    let third = bench.run(TWO).await;
    let bad = Answer { verdict: Verdict::Edit, comment: String::new(), seen: None, code: Some("def f(:".to_owned()) };
    bench.service().await.answer(third.execution_id, "bob", bad).await.expect("an answer");
    let third = bench.service().await.carry(third.execution_id, by("alice")).await.expect("the pipeline works");
    assert_eq!(third.status, ServiceStatus::Failed, "{third:#?}");
    assert_eq!(bench.writes().len(), 2);
}

#[tokio::test]
async fn a_rejection_is_an_outcome_of_its_own_and_keeps_its_reason() {
    let bench = Bench::new();
    let result = bench.run(TWO).await;
    let id = result.execution_id;
    let service = bench.service().await;
    let error = service.answer(id, "bob", reject(" ")).await.expect_err("a reason is needed");
    assert!(matches!(error, ServiceError::Decision(DecisionError::NoReason)), "{error}");
    service.answer(id, "bob", reject("not during injection")).await.expect("an answer");
    let result = bench.service().await.carry(id, by("alice")).await.expect("the pipeline works");
    assert_eq!((result.status, result.exit_code()), (ServiceStatus::Rejected, 7));
    assert_eq!(result.failure.expect("why").message, "bob rejected it: not during injection");
    assert_eq!(bench.events(id, "decided").await[0]["comment"], "not during injection");
    assert!(bench.writes().is_empty());
}

#[tokio::test]
async fn what_is_altered_on_the_disk_between_question_and_approval_is_not_written() {
    let folder_of = |result: &PythonServiceResult| result.folder.clone();
    let alter = |path: &Path, from: &str, to: &str| {
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(text.contains(from), "{}: {text}", path.display());
        std::fs::write(path, text.replace(from, to)).expect("written");
    };
    for what in ["plan", "plan gone", "context", "input", "new input", "code"] {
        let bench = Bench::new();
        let input = bench.folder.path().join("in.csv");
        std::fs::write(&input, "1\n").expect("written");
        let mut request = PythonExecutionRequest::of_code(TWO);
        request.capability_context_data.insert("k".to_owned(), "original".into());
        request.inputs.insert("in.csv".to_owned(), input);
        let result = bench.execute(request).await;
        let folder = folder_of(&result);
        let run = folder.join("runs/01_plan");
        let digest = asked(&result).clone();
        match what {
            "plan" => alter(&run.join("plan.json"), "2.5", "4.5"),
            "plan gone" => std::fs::remove_file(run.join("plan.json")).expect("removed"),
            "context" => alter(&folder.join("context.json"), "original", "another"),
            "input" => alter(&folder.join("inputs/in.csv"), "1", "2"),
            "new input" => std::fs::write(folder.join("inputs/more.csv"), "3").expect("written"),
            _ => alter(&run.join("code.py"), "2.5", "4.5"),
        }
        let service = bench.service().await;
        service.answer(result.execution_id, "bob", approve(&digest)).await.expect("an answer");
        let ended = service.carry(result.execution_id, by("alice")).await;
        if what == "code" {
            // The program is the store's; the file is a copy for people.
            assert_eq!(ended.expect("the pipeline works").status, ServiceStatus::Succeeded);
            assert_eq!(bench.writes()[1].1, aerie::channel::Value::Float(2.5));
            continue;
        }
        match ended {
            Ok(ended) => {
                let ways = if what == "context" {
                    &[ServiceStatus::Refused, ServiceStatus::Failed][..]
                } else {
                    &[ServiceStatus::Refused]
                };
                assert!(ways.contains(&ended.status), "{what}: {ended:#?}");
                assert!(
                    ended.failure.is_some_and(|failure| failure.message.contains("altered") || what == "plan gone")
                );
            }
            Err(error) => assert!(error.to_string().contains("altered"), "{what}: {error}"),
        }
        assert!(bench.writes().is_empty(), "{what}");
    }
}

#[tokio::test]
async fn rules_that_changed_in_between_are_not_what_was_approved() {
    let bench = Bench::new();
    let result = bench.run(TWO).await;
    bench.rules(&RULES.replace("max: 5", "max: 6"));
    let result = approved(&bench, &result).await;
    assert_eq!((result.status, result.exit_code()), (ServiceStatus::Refused, 3), "{result:#?}");
    assert!(result.failure.expect("why").message.contains("the site's rules changed"));
    assert!(bench.writes().is_empty());
}

#[tokio::test]
async fn a_value_that_moved_in_between_refuses_the_write() {
    let bench = Bench::new();
    let result = bench.run(TWO).await;
    // Somebody else moves A meanwhile.
    let other = bench.run("import epics\nepics.caput('A:SP', 0.25)\n").await;
    assert_eq!(approved(&bench, &other).await.status, ServiceStatus::Succeeded);
    let result = approved(&bench, &result).await;
    assert_eq!((result.status, result.exit_code()), (ServiceStatus::Refused, 3), "{result:#?}");
    let failure = result.failure.expect("why");
    assert!(failure.message.contains("plan again") && failure.line == Some(2), "{failure:?}");
    assert_eq!(bench.wrote(), ["A:SP"], "only what the other one wrote");
    let last = result.last_run.expect("it ran").applied.expect("an apply");
    assert_eq!(last.writes[0].reason.as_deref(), Some("PRECONDITION_FAILED"));
}

#[tokio::test]
async fn an_approval_is_spent_once() {
    let bench = Bench::new();
    let result = bench.run(TWO).await;
    let digest = asked(&result).clone();
    let done = approved(&bench, &result).await;
    assert_eq!(done.status, ServiceStatus::Succeeded);
    let service = bench.service().await;
    let error = service.answer(result.execution_id, "bob", approve(&digest)).await.expect_err("it is answered");
    assert!(matches!(error, ServiceError::Decision(DecisionError::NotAsked { .. })), "{error}");
    let again = service.carry(result.execution_id, by("alice")).await.expect("the pipeline works");
    assert_eq!((again.status, bench.writes().len()), (ServiceStatus::Succeeded, 2));
}

#[tokio::test]
async fn of_two_answers_at_once_exactly_one_wins() {
    for _ in 0..5 {
        let bench = Bench::new();
        let result = bench.run(TWO).await;
        let id = result.execution_id;
        let (one, other) = (bench.service().await, bench.service().await);
        let (yes, no) =
            tokio::join!(one.answer(id, "bob", approve(asked(&result))), other.answer(id, "carol", reject("no beam")),);
        assert_ne!(yes.is_ok(), no.is_ok(), "{yes:?} {no:?}");
        assert_eq!(bench.events(id, "decided").await.len(), 1);
        let ended = bench.service().await.carry(id, by("alice")).await.expect("the pipeline works");
        let expected = if yes.is_ok() { ServiceStatus::Succeeded } else { ServiceStatus::Rejected };
        assert_eq!((ended.status, bench.writes().is_empty()), (expected, no.is_ok()));
    }
}

#[tokio::test]
async fn two_processes_that_go_on_at_once_write_once() {
    let bench = Bench::new();
    let result = bench.run(TWO).await;
    let id = result.execution_id;
    let (one, other) = (bench.service().await, bench.service().await);
    one.answer(id, "bob", approve(asked(&result))).await.expect("an answer");
    let (first, second) = tokio::join!(one.carry(id, by("alice")), other.carry(id, by("alice")));
    for ended in [first, second] {
        match ended {
            Ok(ended) => assert!(matches!(ended.status, ServiceStatus::Succeeded | ServiceStatus::InProgress)),
            Err(error) => assert!(matches!(error, ServiceError::Store(_)), "{error}"),
        }
    }
    assert_eq!(bench.wrote(), ["A:SP", "B:SP"]);
}

#[tokio::test]
async fn what_waits_can_be_cancelled() {
    let bench = Bench::new();
    let result = bench.run(TWO).await;
    let id = result.execution_id;
    let service = bench.service().await;
    service.cancel(id, "alice", "wrong magnet").await.expect("cancelled");
    let error = service.answer(id, "bob", approve(asked(&result))).await.expect_err("nothing is asked any more");
    assert!(matches!(error, ServiceError::Decision(DecisionError::NotAsked { .. })), "{error}");
    let ended = service.carry(id, by("alice")).await.expect("the pipeline works");
    assert_eq!((ended.status, ended.exit_code()), (ServiceStatus::Cancelled, 5));
    assert!(ended.failure.expect("why").message.contains("wrong magnet"));
    assert!(service.cancel(id, "alice", "").await.is_err(), "what ended cannot be cancelled");
    assert!(bench.writes().is_empty());
}

/// Says the same to each write, and counts them.
struct Says(bool, std::sync::atomic::AtomicU32);

#[async_trait]
impl Asker for Says {
    async fn allow(&self, _: &Deviation) -> bool {
        self.1.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        self.0
    }
}

#[tokio::test]
async fn channel_rules_say_never_and_always() {
    let bench = Bench::new();
    let free = bench.run("import epics\nepics.caput('FREE:SP', 1.0)\nresults = {}\n").await;
    assert_eq!(free.status, ServiceStatus::Succeeded, "`confirm: never` asks nobody: {free:#?}");
    assert_eq!(bench.wrote(), ["FREE:SP"]);
    let both = bench.run("import epics\nepics.caput('FREE:SP', 2.0)\nepics.caput('A:SP', 1.5)\n").await;
    assert_eq!(both.status, ServiceStatus::AwaitingApproval, "one that is asked about is enough");

    // `always` asks about the plan whatever the settings say, and about each write as it is made.
    let bench = Bench::new().set(|settings| settings.approval.enabled = false);
    for allowed in [true, false] {
        let each = bench.run("import epics\nepics.caput('EACH:SP', 1.0)\nresults = {}\n").await;
        assert!(each.waits.as_ref().is_some_and(|waits| waits.reason.contains("confirm: always")), "{each:#?}");
        let service = bench.service().await;
        service.answer(each.execution_id, "bob", approve(asked(&each))).await.expect("an answer");
        let asker = Arc::new(Says(allowed, 0.into()));
        let mut caller = by("alice");
        caller.asker = Some(Arc::<Says>::clone(&asker));
        let ended = service.carry(each.execution_id, caller).await.expect("the pipeline works");
        assert_eq!(asker.1.load(std::sync::atomic::Ordering::SeqCst), 1);
        assert_eq!(ended.status == ServiceStatus::Succeeded, allowed, "{ended:#?}");
        assert_eq!(bench.wrote(), ["EACH:SP"], "once, by the one that was allowed");
    }
}

#[tokio::test]
async fn unattended_programs_write_what_nobody_is_asked_about_and_nothing_else() {
    let bench = Bench::new();
    let code = "import epics\nepics.caput('FREE:SP', 1.0)\ntry:\n    epics.caput('A:SP', 1.5)\nexcept Exception as error:\n    print('refused')\nresults = 1\n";
    let mut request = PythonExecutionRequest::of_code(code);
    request.execution_mode = Some(Mode::Unattended);
    let result = bench.execute(request).await;
    assert_eq!(result.status, ServiceStatus::Succeeded, "{result:#?}");
    assert_eq!(bench.wrote(), ["FREE:SP"]);
    assert_eq!(result.execution_result.expect("results").stdout, "refused\n");
    let writes = result.writes.expect("writes");
    assert_eq!((writes.sent, writes.refused), (1, 1));
}

#[tokio::test]
async fn without_approvals_writes_are_made_and_the_record_says_that_nobody_was_asked() {
    let changes: [fn(&mut ApprovalSettings); 2] =
        [|settings| settings.enabled = false, |settings| settings.ask = Ask::Disabled];
    for change in changes {
        let bench = Bench::new().set(|settings| change(&mut settings.approval));
        let result = bench.run(TWO).await;
        assert_eq!(result.status, ServiceStatus::Succeeded, "{result:#?}");
        assert_eq!(bench.wrote(), ["A:SP", "B:SP"]);
        let kinds = bench.kinds(result.execution_id).await;
        assert!(!kinds.iter().any(|kind| kind == "approval_requested" || kind == "decided"), "{kinds:?}");
        assert_eq!(kinds.iter().filter(|kind| *kind == "write_intended").count(), 2);
        assert_eq!(bench.events(result.execution_id, "run_ended").await[0]["plan"]["ask"], Value::Null);
        let record = std::fs::read_to_string(result.folder.join("writes.jsonl")).expect("a record");
        assert!(record.lines().next().expect("a line").contains("nobody: "), "{record}");
    }
}

#[tokio::test]
async fn a_question_about_code_is_asked_before_anything_runs_and_its_writes_again() {
    let bench = Bench::new().set(|settings| settings.approval.ask = Ask::AllCode);
    let first = bench.run(TWO).await;
    assert_eq!(first.waits.as_ref().map(|waits| waits.covers), Some(Covers::Code));
    assert!(bench.parts.machinery.jobs.lock().expect("a lock").is_empty(), "nothing ran");
    let second = approved(&bench, &first).await;
    assert_eq!(second.waits.as_ref().map(|waits| waits.covers), Some(Covers::Plan), "{second:#?}");
    assert!(bench.writes().is_empty());
    assert_eq!(approved(&bench, &second).await.status, ServiceStatus::Succeeded);
    // What was approved as code is not run under other rules.
    let third = bench.run("results = 1\n").await;
    bench.rules(&RULES.replace("max: 5", "max: 6"));
    let third = approved(&bench, &third).await;
    assert_eq!((third.status, third.exit_code()), (ServiceStatus::Refused, 3), "{third:#?}");
}

#[test]
fn approvals_are_listed_shown_and_answered_at_the_command_line_hours_later() {
    let desk = Desk::new("");
    let (asked, code) = desk.json(&["run", "two.py"]);
    assert_eq!((code, text(&asked["status"])), (4, "awaiting_approval"), "{asked}");
    let id = text(&asked["id"]);
    let (list, _) = desk.json(&["approvals", "list"]);
    assert_eq!(list[0]["id"], id, "{list}");
    let (shown, code) = desk.json(&["approvals", "show", id]);
    assert_eq!((code, shown["writes"].as_array().map(Vec::len)), (0, Some(2)), "{shown}");
    assert_eq!(
        (&shown["code"], &shown["writes"][0]["before"], &shown["writes"][0]["value"]),
        (&TWO.into(), &1.0.into(), &1.5.into())
    );
    let (_, err, code) = desk.run(&["approvals", "show", id]);
    assert!(code == 0 && err.contains("A:SP") && err.contains("an approval covers") && err.contains("caput"), "{err}");
    let digest = text(&shown["digest"]);
    let (_, err, code) = desk.run(&["approvals", "approve", id]);
    assert!(code == 2 && err.contains("--digest"), "{err}");
    for wrong in ["0", "00000000", &digest[..7]] {
        let (_, err, code) = desk.run(&["approvals", "approve", id, "--digest", wrong]);
        assert_ne!(code, 0, "{err}");
    }
    let (done, code) = desk.json(&["approvals", "approve", id, "--digest", &digest[..12], "--comment", "shift 3"]);
    assert_eq!((code, text(&done["status"])), (0, "succeeded"), "{done}");
    let outcomes: Vec<&str> =
        done["writes"].as_array().expect("writes").iter().map(|write| text(&write["outcome"])).collect();
    assert_eq!(outcomes, ["confirmed", "confirmed"]);
    let (_, err, code) = desk.run(&["approvals", "approve", id, "--digest", digest]);
    assert_ne!(code, 0, "{err}");

    let (asked, _) = desk.json(&["run", "two.py"]);
    let id = text(&asked["id"]);
    let (_, err, code) = desk.run(&["approvals", "reject", id, "--reason", "no beam"]);
    assert_eq!(code, 0, "{err}");
    let (shown, _) = desk.json(&["executions", "show", id]);
    assert_eq!((text(&shown["status"]), &shown["failure"]["error_type"]), ("rejected", &"ApprovalRejected".into()));
    assert!(text(&shown["failure"]["message"]).contains("no beam"));

    let (asked, _) = desk.json(&["run", "two.py"]);
    let id = text(&asked["id"]);
    desk.write("other.py", &TWO.replace("2.5", "3.5"));
    let (again, code) = desk.json(&["approvals", "edit", id, "other.py"]);
    assert_eq!(code, 4, "{again}");
    let (shown, _) = desk.json(&["approvals", "show", id]);
    assert_eq!((&shown["number"], &shown["writes"][1]["value"]), (&2.into(), &3.5.into()));
}

#[test]
fn the_configuration_says_how_long_who_and_how_many() {
    let desk = Desk::new("approval: {expires_after: 1s, not_by_requester: true, approvals_needed: 2}\n");
    let (asked, code) = desk.json(&["run", "two.py"]);
    assert_eq!(code, 4, "{asked}");
    let id = text(&asked["id"]);
    let expires: jiff::Timestamp = text(&asked["waits"]["expires"]).parse().expect("a time");
    let (shown, _) = desk.json(&["approvals", "show", id]);
    assert_eq!((&shown["needed"], &shown["requester_may"]), (&2.into(), &false.into()));
    while jiff::Timestamp::now() < expires {
        std::thread::sleep(Duration::from_millis(20));
    }
    let (_, err, _) = desk.run(&["approvals", "list"]);
    assert!(err.contains("nothing waits"), "{err}");
    let (shown, _) = desk.json(&["executions", "show", id]);
    assert_eq!(text(&shown["status"]), "expired");
    let (_, _, code) = desk.run(&["executions", "resume", id]);
    assert_eq!(code, 7);

    let desk = Desk::new("approval: {not_by_requester: true}\n");
    let (asked, _) = desk.json(&["run", "two.py"]);
    let digest = text(&asked["waits"]["digest"]);
    let (_, err, code) = desk.run(&["approvals", "approve", text(&asked["id"]), "--digest", digest]);
    assert!(code != 0 && err.contains("somebody else"), "{err}");
}

#[test]
fn an_approved_write_arrives_in_a_real_ioc() {
    let ioc = Ioc::start(Kind::Base);
    let mut desk = Desk::new("");
    desk.environment = ioc.client_environment();
    desk.write("config.yml", "control_system: {type: epics, writes_enabled: true, policy: [rules.yml]}\n");
    let name = ioc.name("SET");
    desk.write("rules.yml", &format!("version: 1\nrules:\n  - {{name: magnet, channels: ['{name}'], access: write, min: -40, max: 40, settle: 1s}}\n"));
    desk.write(
        "set.py",
        &format!("import epics\nepics.caput('{name}', 12.5)\nresults = {{'now': epics.caget('{name}')}}\n"),
    );
    let before = number(&ioc.witness().ca_get(&name));
    let (asked, code) = desk.json(&["run", "set.py"]);
    assert_eq!(code, 4, "{asked}");
    assert!((number(&ioc.witness().ca_get(&name)) - before).abs() < 1e-12, "a plan writes nothing");
    let digest = text(&asked["waits"]["digest"]);
    let (done, code) = desk.json(&["approvals", "approve", text(&asked["id"]), "--digest", digest]);
    assert_eq!(code, 0, "{done}");
    assert!((number(&ioc.witness().ca_get(&name)) - 12.5).abs() < 1e-12);
    assert_eq!(done["results"]["now"], 12.5);
}

#[tokio::test]
async fn an_answer_holds_across_restarts_of_everything() {
    let bench = Bench::new();
    let result = bench.run(TWO).await;
    let (id, digest) = (result.execution_id, asked(&result).clone());
    drop(result);
    {
        let service = bench.service().await;
        let recovered = service.settle(&by("alice"), Duration::ZERO).await.expect("settled");
        assert!(recovered.expired.is_empty() && recovered.resumable.is_empty(), "what waits goes on waiting");
    }
    {
        let progress = bench.service().await.answer(id, "bob", approve(&digest)).await.expect("an answer");
        assert!(matches!(progress.state, State::ToRun(_)));
    }
    let result = bench.service().await.carry(id, by("carol")).await.expect("the pipeline works");
    assert_eq!(result.status, ServiceStatus::Succeeded, "{result:#?}");
    assert_eq!(bench.wrote(), ["A:SP", "B:SP"]);
}
