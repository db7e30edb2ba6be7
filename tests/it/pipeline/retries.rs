//! What fails, who is told, and what is tried again: code by the generator, machinery with the same code, and nothing that wrote.

use std::sync::atomic::Ordering;
use std::time::Duration;

use aerie::execution::{ErrorCategory, Stage};
use aerie::generation::{Behaviour, MockFault, MockGenerator};
use aerie::service::ServiceStatus;

use super::{Bench, by, task};

const GOOD: &str = "results = {'mean': 2.0}\n";

#[tokio::test]
async fn a_program_that_fails_goes_back_with_its_code_message_and_traceback_and_is_corrected() {
    let first = "values = []\n\nresults = {'mean': sum(values) / len(values)}\n";
    let (bench, generator) = Bench::new().answering(&[first, GOOD]);
    let result = bench.execute(task("the mean")).await;
    assert_eq!((result.status, result.generation_attempt), (ServiceStatus::Succeeded, 2), "{result:#?}");
    assert_eq!(result.generated_code.as_deref().map(str::trim_end), Some(GOOD.trim_end()));
    let calls = generator.calls();
    assert_eq!(calls.len(), 2);
    assert!(calls[0].errors.is_empty());
    let error = &calls[1].errors[0];
    assert_eq!((error.attempt, error.stage.as_str(), error.error_type.as_str()), (1, "execution", "CodeRuntimeError"));
    assert!(error.message.contains("ZeroDivisionError") && error.traceback.contains("line 3"), "{error:?}");
    assert_eq!(error.code.trim(), first.trim());
    assert_eq!(result.error_chain.len(), 1);
    assert_eq!(result.error_chain[0].1.category, ErrorCategory::CodeRelated);
}

#[tokio::test]
async fn what_does_not_pass_the_analysis_goes_back_with_its_findings() {
    let risky = "import subprocess\nresults = {'x': eval(\"1\")}\nsubprocess.run(['id'])\n";
    let (bench, generator) = Bench::new().answering(&["def f(:\n", risky, GOOD]);
    let result = bench.execute(task("the mean")).await;
    assert_eq!(result.status, ServiceStatus::Succeeded, "{result:#?}");
    let calls = generator.calls();
    let kinds: Vec<&str> = calls.last().expect("a call").errors.iter().map(|error| error.error_type.as_str()).collect();
    assert_eq!(kinds[0], "CodeSyntaxError");
    assert_eq!(calls[1].errors[0].stage, "analysis");
    assert!(!calls[1].errors[0].findings.is_empty());
    assert!(bench.parts.machinery.jobs.lock().expect("a lock").iter().all(|code| !code.contains("def f(:")));
}

#[tokio::test]
async fn both_kinds_of_retries_are_counted_apart() {
    // Two that do not compile, two that fail: with three of each, the fifth succeeds.
    let programs = ["def f(:\n", "x = 1 / 0\n", "x = (\n", "x = [][0]\n", GOOD];
    let (bench, generator) = Bench::new().answering(&programs);
    let result = bench.execute(task("the mean")).await;
    assert_eq!((result.status, generator.calls().len()), (ServiceStatus::Succeeded, 5), "{result:#?}");
    // The third that fails is the last one of its kind.
    let (bench, generator) = Bench::new().answering(&["x = 1 / 0\n", "x = (\n", "x = [][0]\n", "x = {}['a']\n", GOOD]);
    let result = bench.execute(task("the mean")).await;
    assert_eq!((result.status, generator.calls().len()), (ServiceStatus::Failed, 4), "{result:#?}");
    assert!(result.failure.expect("a failure").message.contains("KeyError"));
}

#[tokio::test]
async fn an_outage_of_the_generator_never_runs_old_code_again() {
    let generator = MockGenerator::answering("recorded", vec!["x = 1 / 0\n".to_owned()]).expect("a generator");
    let (bench, generator) = Bench::new().generator(generator.failing(vec![None, Some(MockFault::Unreachable)]));
    let result = bench.execute(task("the mean")).await;
    let failure = result.failure.expect("a failure");
    assert_eq!((failure.category, failure.stage), (ErrorCategory::Infrastructure, Stage::Generation));
    assert_eq!((result.status, generator.calls().len()), (ServiceStatus::Failed, 2));
    assert_eq!(bench.parts.machinery.jobs.lock().expect("a lock").len(), 1, "it ran once, before the outage");
}

#[tokio::test]
async fn broken_machinery_tries_the_same_code_again_and_asks_no_generator() {
    let (bench, generator) = Bench::new().answering(&[GOOD]);
    bench.parts.machinery.fails.store(2, Ordering::SeqCst);
    let result = bench.execute(task("the mean")).await;
    assert_eq!(result.status, ServiceStatus::Succeeded, "{result:#?}");
    assert_eq!(generator.calls().len(), 1);
    let jobs = bench.parts.machinery.jobs.lock().expect("a lock").clone();
    assert_eq!(jobs.len(), 3);
    assert!(jobs.iter().all(|job| *job == jobs[0]));
    assert_eq!(bench.events(result.execution_id, "run_broken").await.len(), 2);
    // Without end it is not tried.
    bench.parts.machinery.fails.store(50, Ordering::SeqCst);
    let result = bench.execute(task("the mean")).await;
    let failure = result.failure.as_ref().expect("a failure");
    assert_eq!((result.status, failure.category), (ServiceStatus::Failed, ErrorCategory::Infrastructure));
    assert_eq!(result.exit_code(), 6);
    assert_eq!(bench.events(result.execution_id, "run_broken").await.len(), 3);
}

#[tokio::test]
async fn machinery_that_breaks_while_it_applies_is_not_tried_again() {
    let bench = Bench::new();
    let result = bench.run(super::TWO).await;
    let service = bench.service().await;
    service.answer(result.execution_id, "bob", super::approve(super::asked(&result))).await.expect("an answer");
    bench.parts.machinery.fails.store(1, Ordering::SeqCst);
    let result = service.carry(result.execution_id, by("alice")).await.expect("the pipeline works");
    assert_eq!(result.status, ServiceStatus::Failed, "{result:#?}");
    assert_eq!(bench.parts.machinery.jobs.lock().expect("a lock").len(), 2, "one plan, one apply");
    assert!(bench.writes().is_empty());
}

#[tokio::test]
async fn configuration_and_policy_are_fatal() {
    let generator = MockGenerator::answering("recorded", vec![GOOD.to_owned()]).expect("a generator");
    let (bench, generator) = Bench::new().generator(generator.failing(vec![Some(MockFault::Denied)]));
    let result = bench.execute(task("the mean")).await;
    assert_eq!(result.failure.as_ref().expect("a failure").category, ErrorCategory::Configuration);
    assert_eq!((result.status, result.exit_code(), generator.calls().len()), (ServiceStatus::Failed, 2, 1));

    let (bench, generator) = Bench::new().answering(&["import epics\nepics.caput('A:SP', 7.0)\nresults = {}\n", GOOD]);
    let result = bench.execute(task("move it")).await;
    assert!(bench.writes().is_empty());
    let failure = result.failure.as_ref().expect("a failure");
    assert_eq!((failure.category, failure.error_type.as_str()), (ErrorCategory::Policy, "ChannelLimitsViolationError"));
    assert_eq!((result.status, result.exit_code(), generator.calls().len()), (ServiceStatus::Refused, 3, 1));
}

#[tokio::test]
async fn a_timeout_is_not_tried_again() {
    let (bench, generator) = Bench::new()
        .set(|settings| {
            settings.limits.wall = Duration::from_millis(400);
            settings.limits.cpu = Duration::from_millis(400);
        })
        .answering(&["n = 0\nwhile True: n += 1\n", GOOD]);
    let result = bench.execute(task("wait")).await;
    assert_eq!((result.status, result.exit_code()), (ServiceStatus::TimedOut, 5), "{result:#?}");
    assert_eq!(
        (result.failure.expect("a failure").error_type.as_str(), generator.calls().len()),
        ("ExecutionTimeoutError", 1)
    );
}

#[tokio::test]
async fn code_that_has_written_is_never_run_again_nor_generated_anew() {
    // It fails only once it has really written.
    let code = "import epics\nepics.caput('A:SP', 1.5)\nepics.caput('LOSES', 1.0)\nresults = {}\n";
    let (bench, generator) = Bench::new().answering(&[code, GOOD]);
    let result = bench.execute(task("move it")).await;
    let service = bench.service().await;
    service.answer(result.execution_id, "bob", super::approve(super::asked(&result))).await.expect("an answer");
    let result = service.carry(result.execution_id, by("alice")).await.expect("the pipeline works");
    assert_eq!(result.status, ServiceStatus::Failed, "{result:#?}");
    assert_eq!(generator.calls().len(), 1);
    assert_eq!(bench.wrote().iter().filter(|name| *name == "A:SP").count(), 1);
    let again = service.carry(result.execution_id, by("alice")).await.expect("the pipeline works");
    assert_eq!(again.status, ServiceStatus::Failed);
    assert_eq!(bench.parts.machinery.jobs.lock().expect("a lock").len(), 2);
    assert_eq!(result.writes.expect("writes").sent, 2);
}

#[tokio::test]
async fn generated_code_without_results_has_failed_and_given_code_has_not() {
    let missing = MockGenerator::behaving("recorded", Behaviour::MissingResults).expect("a generator");
    let (bench, generator) = Bench::new().generator(missing);
    let result = bench.execute(task("the mean")).await;
    assert_eq!((result.status, generator.calls().len()), (ServiceStatus::Failed, 3), "{result:#?}");
    assert!(result.failure.expect("a failure").message.contains("`results`"));
    assert_eq!(bench.run("print(1)\n").await.status, ServiceStatus::Succeeded);
}

#[tokio::test]
async fn an_error_aware_generator_corrects_itself() {
    let aware = MockGenerator::behaving("recorded", Behaviour::ErrorAware).expect("a generator");
    let (bench, _) = Bench::new().generator(aware);
    let result = bench.execute(task("the total")).await;
    let success = result.execution_result.expect("it succeeds");
    assert_eq!((success.results["total"].as_u64(), result.generation_attempt), (Some(6), 2));
}
