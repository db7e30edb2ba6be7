//! [`CommandGenerator`]: any program that writes programs: a script around an agent, a company's own client.
//!
//! It gets one JSON document on its standard input and writes the code to its standard output. No shell is between. It is
//! given few variables of this process, a bounded output, and a time; when it ends, fails or is given up, its whole process
//! group is killed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::api::below;
use super::error::{GenerationError, excerpt};
use super::extract::{NoCode, extract_code};
use super::generated::{Generated, GenerationRecord};
use super::prompt::Prompts;
use super::secret::{Secret, mask};
use super::settings::CommandSettings;
use super::task::Task;
use super::{Generator, Heard};

/// Variables of this process that every command gets.
const ALLOWED: [&str; 6] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"];
/// How much of its standard error is kept: the end.
const STDERR_KEPT: usize = 8 << 10;
/// How long output is waited for after the program itself has ended.
const GRACE: Duration = Duration::from_secs(2);

/// Asks a program.
#[derive(Debug)]
pub struct CommandGenerator {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    environment: Environment,
    secrets: Vec<Secret>,
    folder: PathBuf,
    timeout: Duration,
    max_output: usize,
    model: Option<String>,
    prompts: Prompts,
}

impl CommandGenerator {
    /// What the settings say. Paths are below `base`; `variable` gives environment variables.
    pub fn new(
        name: &str,
        settings: CommandSettings,
        base: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, GenerationError> {
        let wrong =
            |message: &str| GenerationError::Settings { generator: name.to_owned(), message: message.to_owned() };
        let prompts = Prompts::load(&below(base, settings.prompts()))?;
        let Some((program, arguments)) = settings.argv.split_first().filter(|(program, _)| !program.is_empty()) else {
            return Err(wrong("argv is empty; give the program and its arguments"));
        };
        if settings.argv.iter().any(|argument| argument.contains('\0')) {
            return Err(wrong("argv has a zero byte"));
        }
        let timeout = Duration::try_from_secs_f64(settings.timeout_seconds).unwrap_or_default();
        if timeout.is_zero() || timeout > Duration::from_hours(24) {
            return Err(wrong("timeout_seconds must be more than 0 and at most a day"));
        }
        if settings.max_output_bytes == 0 || settings.max_output_bytes > 1 << 30 {
            return Err(wrong("max_output_bytes must be from 1 to 1 GiB"));
        }
        let passed = ALLOWED.into_iter().chain(settings.pass_env.iter().map(String::as_str));
        let passed = passed.filter_map(|name| Some((name.to_owned(), OsString::from(variable(name)?))));
        let own = settings.env.iter().map(|(name, value)| (name.clone(), OsString::from(value.expose())));
        let environment: Vec<(String, OsString)> = passed.chain(own).collect();
        if environment
            .iter()
            .any(|(name, value)| name.is_empty() || name.contains(['=', '\0']) || value.as_encoded_bytes().contains(&0))
        {
            return Err(wrong("env has a name or a value that no variable can have"));
        }
        let passed_secrets = settings.pass_env.iter().filter_map(|name| Some(Secret::new(&variable(name)?)));
        Ok(Self {
            name: name.to_owned(),
            program: if program.contains('/') { base.join(program) } else { PathBuf::from(program) },
            arguments: arguments.to_vec(),
            environment: Environment(environment),
            secrets: settings.env.values().cloned().chain(passed_secrets).collect(),
            folder: settings.folder.map_or_else(|| base.to_owned(), |folder| base.join(folder)),
            timeout,
            max_output: settings.max_output_bytes,
            model: settings.model,
            prompts,
        })
    }

    fn spawn(&self) -> Result<Child, GenerationError> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.0.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        if !self.folder.as_os_str().is_empty() {
            command.current_dir(&self.folder);
        }
        command.spawn().map_err(|error| GenerationError::CommandUnusable {
            generator: self.name.clone(),
            program: self.program.display().to_string(),
            reason: error.to_string(),
        })
    }

    async fn run(
        &self,
        input: &[u8],
        output: &mut Output,
        heard: &mut Heard<'_>,
    ) -> Result<ExitStatus, GenerationError> {
        let mut child = self.spawn()?;
        let group = Group::of(&child);
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let Output { stdout: out, stderr: err } = output;
        // A program that does not read its input, or ends before it has, is no failure.
        let feed = async {
            if let Some(mut stdin) = stdin {
                let _ = stdin.write_all(input).await;
            }
            Ok(())
        };
        let mut pipes = Box::pin(async {
            tokio::try_join!(feed, read_bounded(stdout, out, self.max_output, heard), read_tail(stderr, err)).map(drop)
        });
        let too_large = || GenerationError::TooLarge { generator: self.name.clone(), limit: self.max_output };
        let mut drained = false;
        let status = loop {
            tokio::select! {
                read = &mut pipes, if !drained => {
                    read.map_err(|TooLarge| too_large())?;
                    drained = true;
                }
                status = child.wait() => break status,
            }
        };
        // Whatever it left behind holds its pipes, and has no business any more.
        drop(group);
        if !drained && let Ok(read) = tokio::time::timeout(GRACE, pipes).await {
            read.map_err(|TooLarge| too_large())?;
        }
        status.map_err(|error| GenerationError::CommandFailed {
            generator: self.name.clone(),
            status: format!("cannot be waited for: {error}"),
            stderr: String::new(),
        })
    }

    fn shown(&self, bytes: &[u8]) -> String {
        excerpt(&mask(&self.secrets, &String::from_utf8_lossy(bytes)))
    }

    /// The end of its standard error. A key that the cut went through is gone with the first word.
    fn tail(&self, output: &Output) -> String {
        let text = mask(&self.secrets, &String::from_utf8_lossy(&output.stderr));
        let text = if output.stderr.len() < STDERR_KEPT {
            &text
        } else {
            text.split_once(char::is_whitespace).map_or("", |(_, rest)| rest)
        };
        let from = text.char_indices().rev().nth(380).map_or(0, |(at, _)| at);
        excerpt(&text[from..])
    }
}

#[async_trait]
impl Generator for CommandGenerator {
    fn name(&self) -> &str {
        &self.name
    }

    async fn generate(&self, task: &Task, heard: &mut Heard<'_>) -> Result<Generated, GenerationError> {
        let begun = Instant::now();
        let prompt = self.prompts.render(task)?;
        let input = json!({
            "version": 1, "model": self.model, "system": prompt.system, "prompt": prompt.task, "task": task,
        });
        let mut output = Output::default();
        let run = tokio::time::timeout(self.timeout, self.run(input.to_string().as_bytes(), &mut output, heard)).await;
        let generator = self.name.clone();
        let status = match run {
            Ok(status) => status?,
            Err(_) => {
                let seconds = self.timeout.as_secs_f64().to_string();
                return Err(GenerationError::TimedOut { generator, what: "did not end", seconds, tries: 1 });
            }
        };
        if !status.success() {
            let status = match status.code() {
                Some(code) => format!("ended with status {code}"),
                None => format!("was killed ({status})"),
            };
            return Err(GenerationError::CommandFailed { generator, status, stderr: self.tail(&output) });
        }
        let Ok(answer) = String::from_utf8(std::mem::take(&mut output.stdout)) else {
            return Err(GenerationError::Malformed { generator, reason: "its output is not UTF-8".to_owned() });
        };
        let code = extract_code(&answer).map_err(|error| match error {
            NoCode::Empty => GenerationError::Empty { generator: generator.clone() },
            NoCode::Prose => {
                GenerationError::NoCode { generator: generator.clone(), answer: self.shown(answer.as_bytes()) }
            }
        })?;
        let argv: Vec<String> =
            [self.program.display().to_string()].into_iter().chain(self.arguments.clone()).collect();
        let argv: Vec<String> = argv.iter().map(|argument| mask(&self.secrets, argument)).collect();
        let record = GenerationRecord {
            generator,
            model: self.model.clone(),
            parameters: json!({"argv": argv}),
            prompt: prompt.digest(),
            input_tokens: None,
            output_tokens: None,
            tries: 1,
            seconds: begun.elapsed().as_secs_f64(),
        };
        Ok(Generated { code, answer, record })
    }
}

/// The variables, which are shown to nobody.
struct Environment(Vec<(String, OsString)>);

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[derive(Debug, Default)]
struct Output {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// More came than is taken.
struct TooLarge;

/// Reads to the end, and shows whole characters as they come.
async fn read_bounded(
    pipe: Option<impl AsyncRead + Unpin>,
    kept: &mut Vec<u8>,
    most: usize,
    heard: &mut Heard<'_>,
) -> Result<(), TooLarge> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    let mut buffer = vec![0; 16 << 10];
    let mut shown = 0;
    while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
        if kept.len() + read > most {
            return Err(TooLarge);
        }
        kept.extend_from_slice(&buffer[..read]);
        let whole = match std::str::from_utf8(&kept[shown..]) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&kept[shown..shown + error.valid_up_to()]).unwrap_or_default(),
        };
        if !whole.is_empty() {
            heard(whole);
            shown += whole.len();
        }
    }
    Ok(())
}

/// Reads to the end, and keeps the end.
async fn read_tail(pipe: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) -> Result<(), TooLarge> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    let mut buffer = vec![0; 4 << 10];
    while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
        kept.extend_from_slice(&buffer[..read]);
        if kept.len() > STDERR_KEPT {
            kept.drain(..kept.len() - STDERR_KEPT);
        }
    }
    Ok(())
}

/// A process group that is killed when this is dropped.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Fails if nobody is left. Right after its leader was waited for, its number is not given to anybody else yet.
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
