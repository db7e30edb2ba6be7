//! [`Prompts`]: the templates that make a prompt of a task. A site replaces them file by file.
//!
//! What a task says is data: it is put into a template, and never read as one. Names that a template does not know are errors.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;
use serde_json::Value;

use super::error::GenerationError;
use super::settings::PromptSettings;
use super::task::{FailedAttempt, Surroundings, Task};
use crate::approval::Digest;

const SYSTEM: &str = "system.md.j2";
const TASK: &str = "task.md.j2";
/// Largest template, in bytes.
const MAX_TEMPLATE: u64 = 256 << 10;
/// Largest prompt, in bytes.
const MAX_PROMPT: usize = 2 << 20;
/// How many steps a template may make.
const FUEL: u64 = 5_000_000;
/// How much of a traceback is shown at either end, in characters. Osprey's numbers.
const TRACEBACK_END: usize = 500;

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What holds for every task.
    pub system: String,
    /// The task.
    pub task: String,
}

impl Prompt {
    /// SHA-256 of the system prompt, a zero byte, and the task's prompt.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&[self.system.as_bytes(), &[0], self.task.as_bytes()].concat())
    }
}

/// The two templates, ready to be used.
#[derive(Debug)]
pub struct Prompts {
    environment: Environment<'static>,
    errors_shown: usize,
}

/// What the templates see. `docs/generation.md` lists it.
#[derive(Serialize)]
struct View<'a> {
    user_query: &'a str,
    task_objective: &'a str,
    capability_prompts: &'a [String],
    expected_results: String,
    context_summary: Vec<(&'a str, &'a str)>,
    surroundings: &'a Surroundings,
    attempt: u32,
    errors: Vec<ErrorView<'a>>,
    errors_left_out: usize,
}

#[derive(Serialize)]
struct ErrorView<'a> {
    attempt: u32,
    stage: &'a str,
    error_type: &'a str,
    message: String,
    findings: &'a [String],
    code: &'a str,
    traceback: String,
    fence: String,
}

impl Prompts {
    /// Reads the templates that a folder has, takes the built-in ones for the others, and tries them.
    pub fn load(settings: &PromptSettings) -> Result<Self, GenerationError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        let built_in = [
            (SYSTEM, include_str!("../../policies/prompts/system.md.j2")),
            (TASK, include_str!("../../policies/prompts/task.md.j2")),
        ];
        for (name, built_in) in built_in {
            let (file, text) = match &settings.folder {
                Some(folder) => {
                    let path = folder.join(name);
                    (path.display().to_string(), read(&path)?.unwrap_or_else(|| built_in.to_owned()))
                }
                None => (name.to_owned(), built_in.to_owned()),
            };
            environment.add_template_owned(name, text).map_err(|error| template(&file, &error))?;
        }
        if let Some(folder) = &settings.folder
            && !folder.is_dir()
        {
            let reason = "there is no such folder".to_owned();
            return Err(GenerationError::Template { file: folder.display().to_string(), reason });
        }
        let prompts = Self { environment, errors_shown: settings.errors_shown };
        prompts.render(&example())?;
        Ok(prompts)
    }

    /// The prompt for a task.
    pub fn render(&self, task: &Task) -> Result<Prompt, GenerationError> {
        let left_out = task.errors.len().saturating_sub(self.errors_shown);
        let view = View {
            user_query: &task.user_query,
            task_objective: &task.task_objective,
            capability_prompts: &task.capability_prompts,
            expected_results: if task.expected_results.is_empty() {
                String::new()
            } else {
                format!("{:#}", Value::Object(task.expected_results.clone()))
            },
            context_summary: task.context_summary.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect(),
            surroundings: &task.surroundings,
            attempt: task.attempt,
            errors: task.errors[left_out..].iter().map(ErrorView::of).collect(),
            errors_left_out: left_out,
        };
        let view = minijinja::Value::from(minijinja::value::Serde(&view));
        let render = |name: &str| {
            let rendered = self.environment.get_template(name).and_then(|template| template.render(view.clone()));
            rendered.map_err(|error| template(name, &error))
        };
        let prompt = Prompt { system: render(SYSTEM)?, task: render(TASK)? };
        let bytes = prompt.system.len() + prompt.task.len();
        if bytes > MAX_PROMPT {
            return Err(GenerationError::PromptTooLarge { bytes, limit: MAX_PROMPT });
        }
        Ok(prompt)
    }
}

impl<'a> ErrorView<'a> {
    fn of(error: &'a FailedAttempt) -> Self {
        Self {
            attempt: error.attempt,
            stage: &error.stage,
            error_type: &error.error_type,
            message: ends(&error.message),
            findings: &error.findings,
            code: &error.code,
            traceback: ends(&error.traceback),
            fence: fence_around(&[&error.code, &error.traceback]),
        }
    }
}

/// The first and the last part of a long text.
fn ends(text: &str) -> String {
    let length = text.chars().count();
    if length <= 2 * TRACEBACK_END {
        return text.trim_end().to_owned();
    }
    let first: String = text.chars().take(TRACEBACK_END).collect();
    let last: String = text.chars().skip(length - TRACEBACK_END).collect();
    format!("{first}\n… ({} characters left out) …\n{last}", length - 2 * TRACEBACK_END)
}

/// Backticks that nothing in these texts can close.
fn fence_around(texts: &[&str]) -> String {
    let longest = texts.iter().flat_map(|text| text.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

fn read(path: &Path) -> Result<Option<String>, GenerationError> {
    let unusable = |reason: String| GenerationError::Template { file: path.display().to_string(), reason };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(error.to_string())),
    };
    let mut text = String::new();
    let read = file.take(MAX_TEMPLATE + 1).read_to_string(&mut text).map_err(|error| unusable(error.to_string()))?;
    if read as u64 > MAX_TEMPLATE {
        return Err(unusable(format!("it is larger than {MAX_TEMPLATE} bytes")));
    }
    Ok(Some(text))
}

/// What is wrong, with the line; no values of the task.
fn template(file: &str, error: &minijinja::Error) -> GenerationError {
    let line = error.line().map(|line| format!("line {line}: ")).unwrap_or_default();
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    GenerationError::Template { file: file.to_owned(), reason: format!("{line}{}{detail}", error.kind()) }
}

/// A task that reaches every part of a template, so that a wrong name is found at the start.
fn example() -> Task {
    let text = || "example".to_owned();
    Task {
        user_query: text(),
        task_objective: text(),
        capability_prompts: vec![text()],
        expected_results: [(text(), Value::Null)].into_iter().collect(),
        context_summary: [(text(), text())].into_iter().collect(),
        surroundings: Surroundings {
            backend: text(),
            packages: vec![(text(), text())],
            control_system: text(),
            channel_rules: vec![text()],
            limits: vec![text()],
            writes_enabled: true,
        },
        errors: vec![FailedAttempt {
            attempt: 1,
            stage: text(),
            error_type: text(),
            message: text(),
            code: text(),
            traceback: text(),
            findings: vec![text()],
        }],
        attempt: 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built_in() -> Prompts {
        Prompts::load(&PromptSettings::default()).unwrap()
    }

    #[test]
    fn the_prompt_says_what_is_needed() {
        let mut task = example();
        task.task_objective = "Compute {{ 7 * 7 }} {% raw %} <b>".to_owned();
        task.surroundings.packages = vec![("numpy".to_owned(), "2.3.1".to_owned())];
        task.surroundings.channel_rules = vec!["SR:* at most 500".to_owned()];
        let prompt = built_in().render(&task).unwrap();
        for text in [
            "`results`",
            "`context`",
            "numpy 2.3.1",
            "SR:* at most 500",
            "a person sees",
            "osprey.runtime",
            "Never invent",
        ] {
            assert!(prompt.system.contains(text), "{text}: {}", prompt.system);
        }
        assert!(prompt.task.contains("Compute {{ 7 * 7 }} {% raw %} <b>"), "{}", prompt.task);
        assert_eq!(prompt.digest().as_str().len(), 64);
        task.surroundings.writes_enabled = false;
        let reading = built_in().render(&task).unwrap();
        assert!(reading.system.contains("only read") && !reading.system.contains("a person sees"));
        assert_ne!(reading.digest(), prompt.digest());
    }

    #[test]
    fn an_empty_task_has_a_prompt_too() {
        let prompt = built_in().render(&Task::default()).unwrap();
        assert!(prompt.system.contains("none.\n") && prompt.task.contains("`context` is empty"));
    }

    #[test]
    fn the_last_two_errors_are_shown_cut_and_fenced() {
        let failed = |attempt: u32| FailedAttempt {
            attempt,
            stage: "execution".to_owned(),
            error_type: "ValueError".to_owned(),
            message: format!("number {attempt}"),
            code: format!("s = '''\n````\n''' # {attempt}"),
            traceback: format!("FIRST{}LAST", "ü".repeat(5_000)),
            findings: vec![format!("finding {attempt}")],
        };
        let task = Task { errors: (1..=5).map(failed).collect(), ..Task::default() };
        let text = built_in().render(&task).unwrap().task;
        assert!(text.contains("number 4") && text.contains("number 5") && !text.contains("number 3"), "{text}");
        assert!(text.contains("3 earlier failures") && text.contains("finding 5"));
        assert!(text.contains("`````python\ns = '''\n````\n''' # 5\n`````\n"), "{text}");
        assert!(text.contains("FIRSTü") && text.contains("üLAST") && text.contains("(4009 characters left out)"));
        let none = Prompts::load(&PromptSettings { folder: None, errors_shown: 0 }).unwrap().render(&task).unwrap();
        assert!(!none.task.contains("failed before"));
    }

    #[test]
    fn a_site_replaces_templates_file_by_file() {
        let folder = tempfile::tempdir().unwrap();
        let settings = PromptSettings { folder: Some(folder.path().to_owned()), errors_shown: 2 };
        std::fs::write(folder.path().join(TASK), "Do: {{ task_objective }}").unwrap();
        let task = Task { task_objective: "it".to_owned(), ..Task::default() };
        let prompt = Prompts::load(&settings).unwrap().render(&task).unwrap();
        assert_eq!(prompt.task, "Do: it");
        assert!(prompt.system.contains("`results`"));
        for (template, says) in [
            ("{{ no_such }}", "undefined"),
            ("line\n{% if %}", "line 2"),
            ("{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}", "fuel"),
            ("{{ errors[0].no_such }}", "undefined"),
        ] {
            std::fs::write(folder.path().join(TASK), template).unwrap();
            let error = Prompts::load(&settings).unwrap_err().to_string();
            assert!(error.contains(says) && error.contains(TASK), "{error}");
        }
        std::fs::write(folder.path().join(TASK), "x".repeat(300 << 10)).unwrap();
        assert!(Prompts::load(&settings).unwrap_err().to_string().contains("larger"));
        std::fs::write(folder.path().join(TASK), [0xff, 0xfe]).unwrap();
        assert!(Prompts::load(&settings).is_err());
        let gone = PromptSettings { folder: Some(folder.path().join("gone")), errors_shown: 2 };
        assert!(Prompts::load(&gone).unwrap_err().to_string().contains("no such folder"));
    }

    #[test]
    fn a_prompt_that_is_too_large_is_refused() {
        let task = Task { user_query: "x".repeat(MAX_PROMPT), ..Task::default() };
        assert!(matches!(built_in().render(&task), Err(GenerationError::PromptTooLarge { .. })));
    }
}
