//! Both HTTP adapters against a server that behaves and misbehaves.

use std::path::Path;

use aerie::error::Coded;
use aerie::generation::{ASKED_AGAIN, ApiGenerator, ApiSettings, Generated, GenerationError, Generator};
use serde_json::{Value, json};

use super::server::{Reply, Server, Speaks, event};
use super::task;

const KEY: &str = "sk-very-secret-0123456789";
const PROGRAM: &str = "größe = 'µm'\nresults = {'mean': 1.5, 'unit': größe}";

fn settings(server: &Server, more: &Value) -> ApiSettings {
    let mut settings = json!({
        "base_url": format!("http://{}/v1", server.address), "model": "small", "api_key": KEY, "temperature": 0.0,
        "first_wait_seconds": 0.001, "max_tries": 3, "timeout_seconds": 20, "idle_timeout_seconds": 10,
    });
    for (key, value) in more.as_object().unwrap() {
        settings[key] = value.clone();
    }
    serde_json::from_value(settings).unwrap()
}

fn generator(speaks: Speaks, settings: ApiSettings) -> ApiGenerator {
    let base = Path::new("/");
    match speaks {
        Speaks::OpenAi => ApiGenerator::openai("site", settings, base, &|_| None),
        Speaks::Anthropic => ApiGenerator::anthropic("site", settings, base, &|_| None),
    }
    .unwrap()
}

struct Asked {
    outcome: Result<Generated, GenerationError>,
    heard: String,
    server: Server,
}

impl Asked {
    /// The error's text and category. It and all that can be printed are free of the key.
    fn error(&self) -> (String, &'static str) {
        let error = self.outcome.as_ref().unwrap_err();
        assert!(!format!("{error} {error:?}").contains(KEY), "{error}");
        (error.to_string(), error.category().as_str())
    }

    fn tries(&self) -> usize {
        self.server.asked().len()
    }
}

async fn ask_with(speaks: Speaks, replies: Vec<Reply>, more: Value) -> Asked {
    let server = Server::start(replies).await;
    let generator = generator(speaks, settings(&server, &more));
    assert!(!format!("{generator:?}").contains(KEY));
    let mut heard = String::new();
    let outcome = generator.generate(&task(), &mut |text| heard.push_str(text)).await;
    Asked { outcome, heard, server }
}

async fn ask(speaks: Speaks, replies: Vec<Reply>) -> Asked {
    ask_with(speaks, replies, json!({})).await
}

fn fenced() -> String {
    format!("Here:\n```python\n{PROGRAM}\n```\n")
}

#[tokio::test]
async fn a_streamed_program_arrives_with_its_record() {
    for speaks in Speaks::BOTH {
        let asked = ask_with(speaks, vec![speaks.good(&fenced())], json!({"extra": {"seed": 5, "note": KEY}})).await;
        let generated = asked.outcome.as_ref().unwrap();
        assert_eq!(generated.code, PROGRAM, "{speaks:?}");
        assert_eq!((&generated.answer, &asked.heard), (&fenced(), &fenced()));
        let record = &generated.record;
        assert_eq!((record.generator.as_str(), record.model.as_deref(), record.tries), ("site", Some("served"), 1));
        assert_eq!((record.input_tokens, record.output_tokens), (Some(107), Some(42)), "{speaks:?}");
        assert_eq!(record.parameters["temperature"], 0.0);
        assert_eq!((&record.parameters["seed"], &record.parameters["note"]), (&json!(5), &json!("***")));
        let written = serde_json::to_string(generated).unwrap();
        assert!(!written.contains(KEY) && !record.parameters.to_string().contains("How is the beam"));
        assert!(record.seconds >= 0.0 && record.prompt.as_str().len() == 64);
    }
}

#[tokio::test]
async fn requests_are_what_the_protocols_want() {
    for speaks in Speaks::BOTH {
        let asked =
            ask_with(speaks, vec![speaks.good(PROGRAM)], json!({"top_p": 0.5, "extra": {"temperature": null}})).await;
        let request = &asked.server.asked()[0];
        let (head, body) = (request.head.to_lowercase(), &request.body);
        assert!(body.get("temperature").is_none() && body["top_p"] == 0.5 && body["stream"] == true);
        assert_eq!(body["model"], "small");
        let (system, user) = match speaks {
            Speaks::OpenAi => {
                assert!(head.starts_with("post /v1/chat/completions "), "{head}");
                assert!(head.contains(&format!("authorization: bearer {KEY}")), "{head}");
                assert_eq!(body["stream_options"]["include_usage"], true);
                assert!(body.get("max_tokens").is_none());
                (&body["messages"][0]["content"], &body["messages"][1]["content"])
            }
            Speaks::Anthropic => {
                assert!(head.starts_with("post /v1/messages "), "{head}");
                assert!(head.contains(&format!("x-api-key: {KEY}")) && head.contains("anthropic-version: "), "{head}");
                assert_eq!(body["max_tokens"], 8192);
                (&body["system"], &body["messages"][0]["content"])
            }
        };
        assert!(system.as_str().unwrap().contains("`results`"));
        assert!(user.as_str().unwrap().contains("Compute the mean"));
    }
}

#[tokio::test]
async fn a_document_in_place_of_a_stream_is_taken() {
    for speaks in Speaks::BOTH {
        let asked = ask(speaks, vec![speaks.document(&fenced())]).await;
        let generated = asked.outcome.as_ref().unwrap();
        assert_eq!((generated.code.as_str(), &asked.heard), (PROGRAM, &fenced()), "{speaks:?}");
        assert_eq!((generated.record.input_tokens, generated.record.output_tokens), (Some(107), Some(42)));
    }
}

#[tokio::test]
async fn streams_may_be_cut_anywhere_and_have_comments() {
    for speaks in Speaks::BOTH {
        let text = format!(
            ": keep alive\r\n\r\n{}: again\n{}{}",
            speaks.begin(),
            speaks.text(PROGRAM),
            speaks.end(speaks.stops())
        );
        // One byte at a time cuts every letter of two bytes.
        let asked = ask(speaks, vec![Reply::stream(text.as_bytes().iter().map(|byte| vec![*byte]))]).await;
        assert_eq!(asked.outcome.unwrap().code, PROGRAM, "{speaks:?}");
    }
}

#[tokio::test]
async fn passing_faults_are_met_with_new_tries() {
    for speaks in Speaks::BOTH {
        let good = || speaks.good(PROGRAM);
        let overloaded = match speaks {
            Speaks::OpenAi => event(&json!({"error": {"message": "busy", "code": 503}})),
            Speaks::Anthropic => {
                event(&json!({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}))
            }
        };
        for bad in [
            Reply::status(500, "", "oops"),
            Reply::status(529, "", ""),
            Reply::status(408, "", ""),
            Reply::status(429, "retry-after: 0\r\n", "{\"error\": {\"message\": \"slow down\"}}"),
            Reply::raw([""]),
            Reply::raw(["HTTP/1.1 200 OK\r\ncontent-length: 99\r\ncontent-type: application/json\r\n\r\n{"]),
            Reply::stream([overloaded.clone()]),
            Reply::stream([speaks.begin()]),
            Reply::status(200, "content-type: text/event-stream\r\n", ""),
        ] {
            let shown = format!("{speaks:?} {bad:?}");
            let asked = ask(speaks, vec![bad.clone(), bad, good()]).await;
            let generated = asked.outcome.as_ref().unwrap_or_else(|error| panic!("{shown}: {error}"));
            assert_eq!((generated.code.as_str(), generated.record.tries, asked.tries()), (PROGRAM, 3, 3), "{shown}");
            assert_eq!(asked.heard, PROGRAM, "{shown}");
        }
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_asked_for_again_and_never_taken() {
    for speaks in Speaks::BOTH {
        let half = [speaks.begin(), speaks.text("```python\nresults = 1\n```\nThat is not")];
        let asked = ask(speaks, vec![Reply::stream(half.clone()), speaks.good(PROGRAM)]).await;
        assert_eq!(asked.outcome.as_ref().unwrap().code, PROGRAM);
        assert!(asked.heard.contains(ASKED_AGAIN) && asked.heard.ends_with(PROGRAM), "{}", asked.heard);
        let asked = ask(speaks, vec![Reply::stream(half)]).await;
        let (text, category) = asked.error();
        assert!(text.contains("broke off") && category == "infrastructure" && asked.tries() == 3, "{text}");
    }
}

#[tokio::test]
async fn what_breaks_after_the_model_has_finished_does_not_matter() {
    let finish = event(&json!({"choices": [{"delta": {}, "finish_reason": "stop"}]}));
    let reply = Reply::stream([Speaks::OpenAi.text(PROGRAM), finish]);
    assert_eq!(ask(Speaks::OpenAi, vec![reply.clone()]).await.outcome.unwrap().code, PROGRAM);
    let asked = ask_with(Speaks::OpenAi, vec![reply.hanging()], json!({"idle_timeout_seconds": 0.05})).await;
    assert_eq!((asked.outcome.as_ref().unwrap().code.as_str(), asked.tries()), (PROGRAM, 1));
    // The stream has ended by its own word: the connection need not.
    for speaks in Speaks::BOTH {
        let asked = ask(speaks, vec![speaks.good(PROGRAM).hanging()]).await;
        assert_eq!(asked.outcome.unwrap().code, PROGRAM);
    }
}

#[tokio::test]
async fn what_no_new_try_helps_is_said_at_once() {
    let echo = format!("{{\"error\": {{\"message\": \"bad key {KEY}\"}}}}");
    for speaks in Speaks::BOTH {
        for (reply, says, category) in [
            (Reply::status(401, "", &echo), "refused the key (401)", "configuration"),
            (Reply::status(403, "", "no"), "refused the key (403)", "configuration"),
            (Reply::status(404, "", "no"), "nor the model `small`", "configuration"),
            (Reply::status(400, "", &echo), "refused the request (400)", "configuration"),
            (Reply::status(422, "", ""), "(nothing)", "configuration"),
            (
                Reply::status(307, &format!("location: http://elsewhere/?k={KEY}\r\n"), ""),
                "http://elsewhere/?k=***",
                "configuration",
            ),
            (Reply::status(200, "content-type: text/html\r\n", "<html>"), "web page", "infrastructure"),
            (Reply::status(200, "content-type: application/json\r\n", "{"), "no JSON", "infrastructure"),
            (Reply::json(&json!([1])), "it has no", "infrastructure"),
            (Reply::stream(["no stream at all\n\n"]), "no field", "infrastructure"),
            (Reply::stream(["data: {nonsense}\n\n"]), "no JSON", "infrastructure"),
            (Reply::stream(["data: [1]\n\n"]), "an event has no", "infrastructure"),
            (Reply::stream(["data: \"".to_owned() + &"x".repeat(2 << 20)]), "longer than", "infrastructure"),
            (Reply::stream([vec![b'd', 0xff, b'\n']]), "UTF-8", "infrastructure"),
        ] {
            let asked = ask(speaks, vec![reply]).await;
            let (text, kind) = asked.error();
            assert!(text.contains(says) && kind == category, "{speaks:?}, {says}: {text}");
            assert_eq!(asked.tries(), 1, "{text}");
        }
    }
}

#[tokio::test]
async fn a_key_that_a_server_echoes_is_masked_everywhere() {
    for speaks in Speaks::BOTH {
        let text = format!("I know {KEY}");
        for reply in [
            Reply::status(503, "", &format!("your key {KEY} {KEY}")),
            speaks.good(&text),
            Reply::stream([event(&json!({"error": {"message": text, "code": 400}, "type": "error"}))]),
            Reply::status(429, "retry-after: 100000\r\n", &"x".repeat(395).replace("xxxxx", KEY)),
        ] {
            let (text, _) = ask(speaks, vec![reply]).await.error();
            assert!(!text.contains("very-secret"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_server_that_asks_for_a_long_pause_is_not_asked_again() {
    let reply = Reply::status(429, "retry-after: 3600\r\n", "later");
    let asked = ask(Speaks::OpenAi, vec![reply, Speaks::OpenAi.good(PROGRAM)]).await;
    let (text, category) = asked.error();
    assert!(text.contains("429") && text.contains("wait 3600 s") && category == "infrastructure", "{text}");
    assert_eq!(asked.tries(), 1);
}

#[tokio::test]
async fn a_server_that_falls_silent_is_given_up() {
    for speaks in Speaks::BOTH {
        let silent = Reply::stream([speaks.begin(), speaks.text("import")]).hanging();
        let asked =
            ask_with(speaks, vec![silent.clone(), speaks.good(PROGRAM)], json!({"idle_timeout_seconds": 0.05})).await;
        assert_eq!(asked.outcome.as_ref().unwrap().code, PROGRAM);
        let asked = ask_with(speaks, vec![silent.clone()], json!({"idle_timeout_seconds": 0.05})).await;
        let (text, category) = asked.error();
        assert!(text.contains("sent nothing more within 0.05 s (tries: 3)") && category == "infrastructure", "{text}");
        let never = Reply::raw([""]).hanging();
        let asked = ask_with(speaks, vec![never], json!({"timeout_seconds": 0.1})).await;
        assert!(asked.error().0.contains("did not answer within 0.1 s"), "{}", asked.error().0);
    }
}

#[tokio::test]
async fn a_stream_that_drips_for_ever_is_ended_by_the_whole_time() {
    let drips = Reply::stream((0..100_000).map(|_| ":\n"));
    let asked = ask_with(Speaks::OpenAi, vec![drips], json!({"timeout_seconds": 0.2})).await;
    assert!(asked.error().0.contains("did not answer within 0.2 s"), "{}", asked.error().0);
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let server = Server::start(vec![]).await;
    let settings = settings(&server, &json!({"base_url": format!("http://{address}/v1")}));
    let error = generator(Speaks::OpenAi, settings).generate(&task(), &mut |_| {}).await.unwrap_err();
    assert!(matches!(error, GenerationError::Unreachable { tries: 3, .. }), "{error}");
    assert_eq!(error.code().as_str(), "AE0701");
}

#[tokio::test]
async fn a_cut_answer_is_no_program() {
    for (speaks, reason) in [(Speaks::OpenAi, "length"), (Speaks::Anthropic, "max_tokens")] {
        let reply = Reply::stream([speaks.begin(), speaks.text(&fenced()), speaks.end(reason)]);
        let asked = ask_with(speaks, vec![reply], json!({"max_tokens": 50})).await;
        let (text, category) = asked.error();
        assert!(text.contains("cut off at max_tokens = 50; raise max_tokens") && category == "code_related", "{text}");
        assert_eq!(asked.outcome.unwrap_err().code().as_str(), "AE0703");
    }
}

#[tokio::test]
async fn an_answer_without_a_program_is_told_from_a_fault() {
    for speaks in Speaks::BOTH {
        let declined = if speaks == Speaks::OpenAi { "content_filter" } else { "refusal" };
        for (reply, says) in [
            (speaks.good(""), "answered with nothing"),
            (speaks.good("I am sorry, I cannot."), "It began: I am sorry, I cannot."),
            (Reply::stream([speaks.begin(), speaks.end(declined)]), "declined"),
        ] {
            let asked = ask(speaks, vec![reply]).await;
            let (text, category) = asked.error();
            assert!(text.contains(says) && category == "code_related" && asked.tries() == 1, "{text}");
        }
    }
    let refusal = Reply::json(&json!({"choices": [{"message": {"content": null, "refusal": "It is dangerous."}}]}));
    assert!(ask(Speaks::OpenAi, vec![refusal]).await.error().0.contains("It is dangerous."));
}

#[tokio::test]
async fn an_endless_answer_is_bounded() {
    let line = Speaks::OpenAi.text(&"x = 1\n".repeat(10_000));
    let asked = ask(Speaks::OpenAi, vec![Reply::stream((0..200).map(|_| line.clone()))]).await;
    let (text, category) = asked.error();
    assert!(text.contains("wrote more than") && category == "code_related", "{text}");
}

#[tokio::test]
async fn giving_up_closes_the_connection() {
    let server = Server::start(vec![Reply::raw([""]).hanging()]).await;
    let generator = generator(Speaks::OpenAi, settings(&server, &json!({})));
    let task = task();
    let mut heard = |_: &str| {};
    let asked = async {
        while server.asked().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = generator.generate(&task, &mut heard) => panic!("there is no answer"),
        () = asked => {}
    }
    server.closed().await;
}
