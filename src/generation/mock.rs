//! [`MockGenerator`]: known answers, for rehearsal and tests. It asks nobody.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;

use super::error::{GenerationError, excerpt};
use super::extract::{NoCode, extract_code};
use super::generated::{Generated, GenerationRecord};
use super::prompt::Prompts;
use super::settings::{Behaviour, MockSettings, PromptSettings};
use super::task::Task;
use super::{Generator, Heard};

/// Largest file with a program, in bytes.
const MAX_FILE: u64 = 4 << 20;
/// Most calls that are remembered.
const MAX_CALLS: usize = 1_000;

/// A fault that is rehearsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MockFault {
    /// The server cannot be reached.
    Unreachable,
    /// It takes too long.
    TimedOut,
    /// It is overloaded.
    Busy,
    /// It answers with something else.
    Malformed,
    /// It refuses the key.
    Denied,
    /// It answers with nothing.
    Empty,
    /// It answers with prose.
    NoCode,
    /// Its answer is cut off.
    Cut,
}

/// Gives known programs.
#[derive(Debug)]
pub struct MockGenerator {
    name: String,
    script: Script,
    failures: Vec<Option<MockFault>>,
    prompts: Prompts,
    state: Mutex<State>,
}

#[derive(Debug)]
enum Script {
    Answers(Vec<String>),
    Behaviour(Behaviour),
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<Task>,
    count: usize,
    answered: usize,
}

impl MockGenerator {
    /// Gives these answers one after the other; the last repeats. Behaves as [`Behaviour::Success`] if there is none.
    pub fn answering(name: &str, answers: Vec<String>) -> Result<Self, GenerationError> {
        let script = if answers.is_empty() { Script::Behaviour(Behaviour::Success) } else { Script::Answers(answers) };
        Self::new(name, script, Vec::new())
    }

    /// Behaves in a known way.
    pub fn behaving(name: &str, behaviour: Behaviour) -> Result<Self, GenerationError> {
        Self::new(name, Script::Behaviour(behaviour), Vec::new())
    }

    /// What the settings say. Files are below `base`.
    pub fn from_settings(name: &str, settings: MockSettings, base: &Path) -> Result<Self, GenerationError> {
        let wrong = |message: String| GenerationError::Settings { generator: name.to_owned(), message };
        let MockSettings { code, codes, file, files, behavior, failures } = settings;
        let files = files.or(file.clone().map(|file| vec![file]));
        let given = [code.is_some(), codes.is_some(), files.is_some(), behavior.is_some()];
        if given.iter().filter(|given| **given).count() > 1
            || (file.is_some()
                && files.as_ref().is_some_and(|files| Some(&files[..]) != file.as_ref().map(std::slice::from_ref)))
        {
            return Err(wrong("give one of code, codes, file, files, behavior".to_owned()));
        }
        let answers = match (code, codes, files) {
            (Some(code), ..) => Some(vec![code]),
            (_, Some(codes), _) => Some(codes),
            (.., Some(files)) => {
                let read = |file: &std::path::PathBuf| {
                    read(&base.join(file)).map_err(|reason| wrong(format!("{}: {reason}", file.display())))
                };
                Some(files.iter().map(read).collect::<Result<_, _>>()?)
            }
            _ => None,
        };
        let script = match answers {
            Some(answers) if answers.is_empty() => return Err(wrong("its list of programs is empty".to_owned())),
            Some(answers) => Script::Answers(answers),
            None => Script::Behaviour(behavior.unwrap_or_default()),
        };
        Self::new(name, script, failures)
    }

    fn new(name: &str, script: Script, failures: Vec<Option<MockFault>>) -> Result<Self, GenerationError> {
        let prompts = Prompts::load(&PromptSettings::default())?;
        Ok(Self { name: name.to_owned(), script, failures, prompts, state: Mutex::default() })
    }

    /// What goes wrong at the first, second, … call.
    #[must_use]
    pub fn failing(mut self, failures: Vec<Option<MockFault>>) -> Self {
        self.failures = failures;
        self
    }

    /// The tasks of its calls, oldest first; the first thousand.
    #[must_use]
    pub fn calls(&self) -> Vec<Task> {
        self.state().calls.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a call, which is remembered. A call that fails uses up no answer.
    fn answer(&self, task: &Task) -> Result<String, MockFault> {
        let mut state = self.state();
        let call = state.count;
        state.count += 1;
        if state.calls.len() < MAX_CALLS {
            state.calls.push(task.clone());
        }
        if let Some(fault) = self.failures.get(call).copied().flatten() {
            return Err(fault);
        }
        match &self.script {
            Script::Answers(answers) => {
                let at = state.answered.min(answers.len() - 1);
                state.answered += 1;
                Ok(answers[at].clone())
            }
            Script::Behaviour(behaviour) => Ok(behave(*behaviour, task).to_owned()),
        }
    }

    fn fault(&self, fault: MockFault) -> GenerationError {
        let generator = self.name.clone();
        let message = "rehearsed".to_owned();
        match fault {
            MockFault::Unreachable => {
                GenerationError::Unreachable { generator, url: "mock:".to_owned(), reason: message, tries: 1 }
            }
            MockFault::TimedOut => {
                GenerationError::TimedOut { generator, what: "did not answer", seconds: "300".to_owned(), tries: 1 }
            }
            MockFault::Busy => GenerationError::Busy { generator, status: "503".to_owned(), tries: 1, message },
            MockFault::Malformed => GenerationError::Malformed { generator, reason: message },
            MockFault::Denied => GenerationError::Denied { generator, status: 401, message },
            MockFault::Empty => GenerationError::Empty { generator },
            MockFault::NoCode => GenerationError::NoCode { generator, answer: message },
            MockFault::Cut => GenerationError::Cut { generator, limit: None },
        }
    }
}

#[async_trait]
impl Generator for MockGenerator {
    fn name(&self) -> &str {
        &self.name
    }

    async fn generate(&self, task: &Task, heard: &mut Heard<'_>) -> Result<Generated, GenerationError> {
        let begun = Instant::now();
        let prompt = self.prompts.render(task)?;
        let answer = self.answer(task).map_err(|fault| self.fault(fault))?;
        answer.split_inclusive('\n').for_each(&mut *heard);
        let generator = self.name.clone();
        let code = extract_code(&answer).map_err(|error| match error {
            NoCode::Empty => GenerationError::Empty { generator: generator.clone() },
            NoCode::Prose => GenerationError::NoCode { generator: generator.clone(), answer: excerpt(&answer) },
        })?;
        let behaviour = match &self.script {
            Script::Answers(answers) => format!("{} answers", answers.len()),
            Script::Behaviour(behaviour) => format!("{behaviour:?}"),
        };
        let record = GenerationRecord {
            generator,
            model: None,
            parameters: json!({"behavior": behaviour}),
            prompt: prompt.digest(),
            input_tokens: None,
            output_tokens: None,
            tries: 1,
            seconds: begun.elapsed().as_secs_f64(),
        };
        Ok(Generated { code, answer, record })
    }
}

fn read(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    let read = file.take(MAX_FILE + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if read as u64 > MAX_FILE { Err(format!("it is larger than {MAX_FILE} bytes")) } else { Ok(text) }
}

const SUCCESS: &str = "\
import math

values = [math.sin(step / 10) for step in range(100)]
results = {'count': len(values), 'mean': sum(values) / len(values), 'largest': max(values)}
";
const SYNTAX_ERROR: &str = "def compute(:\n    return 1\n\nresults = {'value': compute()}\n";
const RUNTIME_ERROR: &str = "values = []\nresults = {'mean': sum(values) / len(values)}\n";
const MISSING_RESULTS: &str = "import math\n\nvalue = math.sqrt(2)\nprint(value)\n";
const CHANNEL_WRITE: &str = "\
from epics import caget, caput

before = caget('SR:C01:HCM:SP')
caput('SR:C01:HCM:SP', before + 0.1)
results = {'before': before, 'after': caget('SR:C01:HCM:SP')}
";
const CHANNEL_READ: &str = "\
from epics import caget

results = {'beam_current': caget('SR:DCCT')}
";
const SECURITY_RISK: &str = "\
import os
import subprocess

os.system('id')
results = {'out': eval(\"subprocess.check_output(['id'])\")}
";
const WITH_ERRORS_SHOWN: &str = "results = {'total': sum(numbers)}\n";

/// The program of a behaviour. [`Behaviour::ErrorAware`] looks at the last error, as far as words go.
fn behave(behaviour: Behaviour, task: &Task) -> &'static str {
    match behaviour {
        Behaviour::Success => SUCCESS,
        Behaviour::SyntaxError => SYNTAX_ERROR,
        Behaviour::RuntimeError => RUNTIME_ERROR,
        Behaviour::MissingResults => MISSING_RESULTS,
        Behaviour::ChannelWrite => CHANNEL_WRITE,
        Behaviour::ChannelRead => CHANNEL_READ,
        Behaviour::SecurityRisk => SECURITY_RISK,
        Behaviour::ErrorAware => {
            let Some(error) = task.errors.last() else { return WITH_ERRORS_SHOWN };
            let said = format!("{} {} {}", error.error_type, error.message, error.traceback).to_lowercase();
            let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
            if has(&["nameerror", "not defined"]) {
                "numbers = [1, 2, 3]\nresults = {'total': sum(numbers)}\n"
            } else if has(&["zerodivision", "division by zero"]) {
                "values = []\nresults = {'mean': sum(values) / len(values) if values else None}\n"
            } else if has(&["import", "modulenotfound"]) {
                "import math\n\nresults = {'root': math.sqrt(2)}\n"
            } else if has(&["max_exceeded", "min_exceeded", "limit", "max_step"]) {
                CHANNEL_READ
            } else {
                SUCCESS
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::task::FailedAttempt;

    async fn ask(mock: &MockGenerator, task: &Task) -> Result<Generated, GenerationError> {
        mock.generate(task, &mut |_| {}).await
    }

    #[tokio::test]
    async fn the_last_answer_repeats_and_calls_are_recorded() {
        let codes = ["x = 1", "```python\nx = 2\n```"].map(str::to_owned).to_vec();
        let mock = MockGenerator::answering("m", codes).unwrap().failing(vec![None, Some(MockFault::Busy)]);
        let mut codes = Vec::new();
        for attempt in 1..=4 {
            let task = Task { attempt, ..Task::default() };
            codes.push(
                ask(&mock, &task).await.map(|generated| generated.code).map_err(|error| error.category().as_str()),
            );
        }
        let ok = |code: &str| Ok(code.to_owned());
        assert_eq!(codes, [ok("x = 1"), Err("infrastructure"), ok("x = 2"), ok("x = 2")]);
        assert_eq!(mock.calls().iter().map(|task| task.attempt).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }

    #[tokio::test]
    async fn every_behaviour_gives_its_program_piece_by_piece() {
        use Behaviour as B;
        for (behaviour, says) in [
            (B::Success, "results ="),
            (B::SyntaxError, "def compute(:"),
            (B::RuntimeError, "len(values)"),
            (B::MissingResults, "print(value)"),
            (B::ChannelWrite, "caput("),
            (B::ChannelRead, "caget("),
            (B::SecurityRisk, "eval("),
        ] {
            let mock = MockGenerator::behaving("m", behaviour).unwrap();
            let mut heard = Vec::new();
            let generated = mock.generate(&Task::default(), &mut |text| heard.push(text.to_owned())).await.unwrap();
            assert!(generated.code.contains(says), "{behaviour:?}: {}", generated.code);
            assert_eq!(heard.concat(), generated.answer);
            assert!(heard.len() > 1, "{behaviour:?}");
        }
    }

    #[tokio::test]
    async fn it_corrects_what_the_errors_name() {
        let mock = MockGenerator::behaving("m", Behaviour::ErrorAware).unwrap();
        let mut task = Task::default();
        assert!(!ask(&mock, &task).await.unwrap().code.contains("numbers = "));
        let message = "name 'numbers' is not defined".to_owned();
        task.errors.push(FailedAttempt { error_type: "NameError".to_owned(), message, ..FailedAttempt::default() });
        assert!(ask(&mock, &task).await.unwrap().code.contains("numbers = [1, 2, 3]"));
    }

    #[tokio::test]
    async fn every_fault_is_rehearsed_with_its_category() {
        use MockFault as F;
        for (fault, category) in [
            (F::Unreachable, "infrastructure"),
            (F::TimedOut, "infrastructure"),
            (F::Busy, "infrastructure"),
            (F::Malformed, "infrastructure"),
            (F::Denied, "configuration"),
            (F::Empty, "code_related"),
            (F::NoCode, "code_related"),
            (F::Cut, "code_related"),
        ] {
            let mock = MockGenerator::behaving("m", Behaviour::Success).unwrap().failing(vec![Some(fault)]);
            assert_eq!(ask(&mock, &Task::default()).await.unwrap_err().category().as_str(), category);
            assert!(ask(&mock, &Task::default()).await.is_ok());
        }
    }

    #[tokio::test]
    async fn files_are_read_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.py"), "a = 1\n").unwrap();
        std::fs::write(folder.path().join("b.py"), "b = 1\n").unwrap();
        let read = |text: &str| serde_json::from_str::<MockSettings>(text).unwrap();
        let files = read(r#"{"files": ["a.py", "b.py"]}"#);
        let mock = MockGenerator::from_settings("m", files, folder.path()).unwrap();
        std::fs::remove_file(folder.path().join("a.py")).unwrap();
        for code in ["a = 1", "b = 1", "b = 1"] {
            assert_eq!(ask(&mock, &Task::default()).await.unwrap().code, code);
        }
        let one = MockGenerator::from_settings("m", read(r#"{"file": "b.py"}"#), folder.path()).unwrap();
        assert_eq!(ask(&one, &Task::default()).await.unwrap().code, "b = 1");
        for text in [
            r#"{"file": "a.py"}"#,
            r#"{"files": []}"#,
            r#"{"codes": []}"#,
            r#"{"code": "x", "behavior": "success"}"#,
            r#"{"file": "b.py", "files": ["b.py", "b.py"]}"#,
        ] {
            assert!(MockGenerator::from_settings("m", read(text), folder.path()).is_err(), "{text}");
        }
    }
}
