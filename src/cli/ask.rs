//! `aerie ask`: a task in words, from words to results, with a live view of the stages.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::failure::{Failure, show};
use super::launch::{AnswerArgs, MethodChoice, PlaceArgs, open, parse_context, parse_input, read_limited};
use super::live::Live;
use super::run::{Manner, carry_out};
use crate::error::ErrorCode;
use crate::execution::{ExecutionId, Mode, PythonExecutionRequest};

/// Largest request file.
const MAX_REQUEST: u64 = 64 << 20;

/// Have a model write the program for a task, and run it.
///
/// The program is analysed, run with its writes noted, and shown to a person if it wants to write, like any other; what
/// fails goes back to the model. The generator is `execution.code_generator` of the configuration.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done, 1 no program succeeded, 2 usage, 3 refused, 4 waits for approval, 5 timed out or cancelled,\n\
6 infrastructure, 7 rejected or expired.\n\nExamples:\n  aerie ask 'Fit the beam lifetime from the DCCT' --context data.json --expect lifetime_h=float\n  \
aerie ask 'Plot the residuals' --from fit=ex_01kaqm…\n  aerie ask --request request.json --json"
)]
pub(super) struct Ask {
    /// What is to be done, in words.
    #[arg(value_name = "TASK", required_unless_present = "request")]
    task: Option<String>,
    /// The whole request as JSON, with the names of `PythonExecutionRequest`; `-` reads it from standard input.
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// What this execution has to achieve, where that is more exact than the task.
    #[arg(long, value_name = "TEXT")]
    objective: Option<String>,
    /// A further instruction for the model. May be repeated.
    #[arg(long, value_name = "TEXT")]
    prompt: Vec<String>,
    /// What `results` has to hold: a name, and a type or a description. May be repeated.
    #[arg(long, value_name = "NAME=TYPE")]
    expect: Vec<String>,
    /// Data for the program's `context`: a JSON file, or a JSON object itself.
    #[arg(long, value_name = "FILE|JSON")]
    context: Option<String>,
    /// The results of an earlier execution as a part of the context, arrays and frames as they were. May be repeated.
    #[arg(long = "from", value_name = "NAME=EXECUTION")]
    earlier: Vec<String>,
    /// A file or folder that the program may read as /inputs/NAME. May be repeated.
    #[arg(long = "input", value_name = "NAME=PATH")]
    inputs: Vec<String>,
    /// What the folder is named after.
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// The generator, instead of the configured one.
    #[arg(long, value_name = "NAME")]
    generator: Option<String>,
    /// Where to run, instead of as configured.
    #[arg(long, value_name = "WHERE")]
    method: Option<MethodChoice>,
    /// Attempts of generation and of execution each, instead of as configured.
    #[arg(long, value_name = "N")]
    retries: Option<u32>,
    /// The program may not write, whatever anybody would approve.
    #[arg(long)]
    read_only: bool,
    /// The conversation that it belongs to.
    #[arg(long, value_name = "ID")]
    thread: Option<String>,
    /// Do not ask at this terminal: what needs an approval waits for one.
    #[arg(long)]
    no_ask: bool,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

impl Ask {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let request = self.request()?;
        let live = Live::new(!self.answer.json, !self.answer.json && !self.answer.quiet);
        let filename = request.filename.clone().unwrap_or_else(|| "code.py".to_owned());
        carry_out(&self.place, request, &live, &Manner { answer: self.answer, asks: !self.no_ask, filename })
    }

    fn request(&self) -> Result<PythonExecutionRequest, Failure> {
        let mut request = match &self.request {
            Some(path) => read_request(path)?,
            None => PythonExecutionRequest::default(),
        };
        if let Some(task) = &self.task {
            request.user_query.clone_from(task);
        }
        if let Some(objective) = &self.objective {
            request.task_objective.clone_from(objective);
        }
        request.capability_prompts.extend(self.prompt.iter().cloned());
        for expected in &self.expect {
            let (name, kind) = pair("--expect", expected)?;
            request.expected_results.insert(name.to_owned(), Value::String(kind.to_owned()));
        }
        if let Some(context) = &self.context {
            request.capability_context_data.extend(parse_context(context)?);
        }
        for input in &self.inputs {
            let (name, path) = parse_input(input)?;
            request.inputs.insert(name, path);
        }
        for earlier in &self.earlier {
            let (name, execution) = pair("--from", earlier)?;
            let id: ExecutionId = execution
                .parse()
                .map_err(|error| Failure::new(ErrorCode::InvalidOption, format!("--from {earlier}: {error}")))?;
            request.results_of.insert(name.to_owned(), id);
        }
        if let Some(name) = &self.name {
            request.execution_folder_name.clone_from(name);
        }
        request.code_generator = self.generator.clone().or(request.code_generator);
        request.execution_method = self.method.map(Into::into).or(request.execution_method);
        request.retries = self.retries.or(request.retries);
        request.thread_id = self.thread.clone().or(request.thread_id);
        if self.read_only {
            request.execution_mode = Some(Mode::ReadOnly);
        }
        Ok(request)
    }
}

fn read_request(path: &Path) -> Result<PythonExecutionRequest, Failure> {
    let name = show(path);
    let bytes = if path.as_os_str() == "-" {
        read_limited(std::io::stdin(), MAX_REQUEST, "standard input")?
    } else {
        read_limited(open(path)?.by_ref(), MAX_REQUEST, &name)?
    };
    if bytes.len() as u64 > MAX_REQUEST {
        return Err(Failure::new(ErrorCode::InvalidRequest, format!("{name} is larger than 64 MiB")));
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::new(ErrorCode::InvalidRequest, format!("{name} is no request: {error}")))
}

fn pair<'t>(option: &str, text: &'t str) -> Result<(&'t str, &'t str), Failure> {
    let wrong = || Failure::new(ErrorCode::InvalidOption, format!("{option} {text}: write it as NAME=VALUE"));
    text.split_once('=')
        .map(|(name, value)| (name.trim(), value.trim()))
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(wrong)
}
