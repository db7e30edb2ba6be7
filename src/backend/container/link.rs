//! [`KernelLink`]: the conversation with a program in a kernel: its door is the stdin channel, its output are messages.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Error, Execution, Finish, Happening as Heard};
use crate::backend::Error as BackendError;
use crate::backend::Workspace;
use crate::backend::desk::{Quota as _, parse};
use crate::backend::frame::Header;
use crate::backend::outside::{Count, Exit, Happening, Link, OwnCall, Used};
use crate::execution::Walls;

/// Largest piece of a file in one message.
const PIECE: u64 = 8 << 20;
/// How long output may come after the question that followed it.
const LATE: Duration = Duration::from_millis(60);
/// Most nonsense that is put up with in one execution.
const MAX_MALFORMED: u32 = 100;

/// What is kept of a rich output, and as what. The first of these that it has is taken, as a notebook would show it.
const RICH: &[(&str, &str, bool)] = &[
    ("image/png", "png", true),
    ("image/jpeg", "jpg", true),
    ("image/svg+xml", "svg", false),
    ("application/pdf", "pdf", true),
    ("text/html", "html", false),
    ("text/latex", "tex", false),
    ("text/markdown", "md", false),
    ("application/json", "json", false),
];

pub(super) struct KernelLink<'k> {
    execution: Execution<'k>,
    inputs: BTreeMap<String, (PathBuf, u64)>,
    work: Option<Dir>,
    /// The file that is coming back, and how much of it came.
    coming: Option<(String, cap_std::fs::File, u64)>,
    /// What comes right after what was told last.
    next: Option<Happening>,
    malformed: u32,
    /// Whether anything came through the door: the job has begun.
    asked: bool,
    /// What ended the cell.
    raised: Option<String>,
    done: bool,
    /// Whether it was to be stopped: what it says from then on is not believed.
    stopped: bool,
}

impl<'k> KernelLink<'k> {
    pub(super) fn new(execution: Execution<'k>, workspace: Option<&Workspace>) -> Result<Self, BackendError> {
        let mut inputs = BTreeMap::new();
        let mut work = None;
        if let Some(workspace) = workspace {
            list(&workspace.inputs, "", &mut inputs).map_err(|error| unusable(&workspace.inputs, &error))?;
            let folder = Dir::open_ambient_dir(&workspace.work, ambient_authority());
            work = Some(folder.map_err(|error| unusable(&workspace.work, &error))?);
        }
        Ok(Self {
            execution,
            inputs,
            work,
            coming: None,
            next: None,
            malformed: 0,
            raised: None,
            asked: false,
            done: false,
            stopped: false,
        })
    }

    /// Waits until the kernel asks for its job, which it is not given yet. After an error nothing of the job has run.
    pub(super) async fn begin(&mut self) -> Result<(), BackendError> {
        loop {
            match self.next().await? {
                asked @ Happening::Request(..) => {
                    self.next = Some(asked);
                    return Ok(());
                }
                Happening::Vanished(error) => return Err(error),
                Happening::Exited(_) => {
                    return Err(BackendError::NeverBegan {
                        said: "its cell ended before it asked for its job".to_owned(),
                    });
                }
                // Nothing of the job's.
                _ => {}
            }
        }
    }

    /// Names and sizes of the inputs.
    pub(super) fn inputs(&self) -> Value {
        if self.work.is_none() {
            return Value::Null;
        }
        self.inputs.iter().map(|(name, (_, bytes))| json!([name, bytes])).collect()
    }

    /// Whether the program has ended by itself.
    pub(super) fn is_done(&self) -> bool {
        self.done && !self.stopped
    }

    /// A piece of an input.
    fn input(&self, args: Map<String, Value>) -> Result<Vec<u8>, String> {
        #[derive(Deserialize)]
        struct Args {
            name: String,
            at: u64,
        }
        let Args { name, at } = parse(Value::Object(args))?;
        let (path, _) = self.inputs.get(&name).ok_or_else(|| format!("there is no input `{name}`"))?;
        let read = || {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(at))?;
            let mut piece = Vec::new();
            file.take(PIECE).read_to_end(&mut piece)?;
            Ok(piece)
        };
        read().map_err(|error: std::io::Error| format!("the input `{name}` cannot be read: {error}"))
    }

    /// Takes a piece of a file that the program left.
    fn file(&mut self, args: Map<String, Value>, piece: &[u8], files: &mut Count) -> Result<(), String> {
        #[derive(Deserialize)]
        struct Args {
            name: String,
            at: u64,
            last: bool,
        }
        let Args { name, at, last } = parse(Value::Object(args))?;
        let Some(work) = &self.work else { return Err("this execution keeps no files".to_owned()) };
        let told = |error: std::io::Error| format!("the file `{name}` cannot be kept: {error}");
        if at == 0 {
            let path = plain_path(&name).ok_or_else(|| format!("`{name}` is no name for a file"))?;
            files.add_file().map_err(|_| "the execution may not make any more files".to_owned())?;
            let above = path.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty());
            for above in above.collect::<Vec<_>>().into_iter().rev() {
                match work.create_dir(above) {
                    Ok(()) => files.add_file().map_err(|_| "the execution may not make any more files".to_owned())?,
                    Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                    Err(error) => return Err(told(error)),
                }
            }
            let mut options = cap_std::fs::OpenOptions::new();
            let file = work.open_with(&path, options.write(true).create_new(true)).map_err(told)?;
            self.coming = Some((name.clone(), file, 0));
        }
        let coming = self.coming.as_mut().filter(|(coming, _, came)| *coming == name && *came == at);
        let Some((_, file, came)) = coming else { return Err(format!("`{name}` does not go on at {at}")) };
        files
            .grow(piece.len() as u64)
            .map_err(|_| "the execution may not fill files with any more bytes".to_owned())?;
        file.write_all(piece).map_err(told)?;
        *came += piece.len() as u64;
        if last {
            self.coming = None;
        }
        Ok(())
    }

    /// What a rich output is here: its text, and the best of its other forms as a file.
    fn displayed(&mut self, data: &Map<String, Value>) -> Option<Happening> {
        let rich = RICH.iter().find_map(|(kind, suffix, encoded)| {
            let bytes = bytes_of(data.get(*kind)?, *encoded)?;
            Some(Happening::Displayed { suffix, bytes })
        });
        let text = data.get("text/plain").and_then(Value::as_str);
        let text = text.map(|text| Happening::Stdout(format!("{text}\n").into_bytes()));
        match (text, rich) {
            (Some(text), rich) => {
                self.next = rich;
                Some(text)
            }
            (None, rich) => rich,
        }
    }

    /// What the kernel said means for the program; `None`: nothing.
    fn meaning(&mut self, heard: Heard) -> Result<Option<Happening>, Error> {
        let id = || self.execution.kernel_id();
        Ok(match heard {
            Heard::Stdout(bytes) => Some(Happening::Stdout(bytes)),
            Heard::Stderr(bytes) => Some(Happening::Stderr(bytes)),
            Heard::Display { data, .. } => self.displayed(&data),
            Heard::Request { seq, frame } => {
                self.asked = true;
                Some(Happening::Request(seq, frame.to_vec()))
            }
            Heard::Raised { name, value } => {
                self.raised = Some(format!("{name}: {value}"));
                None
            }
            Heard::Malformed(reason) => {
                self.malformed += 1;
                if self.malformed > MAX_MALFORMED {
                    return Err(Error::Protocol { kernel: id(), reason });
                }
                tracing::debug!(%reason, "a message that is none");
                None
            }
            Heard::Missed(count) => {
                tracing::warn!(count, "messages of a kernel did not arrive");
                None
            }
            Heard::Lost => {
                tracing::warn!("the connection to a kernel is lost; it is looked for");
                None
            }
            Heard::Found => {
                tracing::info!("the connection to a kernel is found again");
                None
            }
            Heard::Done(Finish::Ok | Finish::Raised) => {
                self.done = true;
                Some(match self.raised.take() {
                    None => Happening::Exited(Exit::Done),
                    // Programs do not raise into their cell: it was what runs around them.
                    Some(message) if !self.asked => {
                        Happening::Vanished(Error::Unprepared { name: id().to_string(), message }.into())
                    }
                    // Unless one that began has damaged that.
                    Some(message) => {
                        self.next = Some(Happening::Exited(Exit::Done));
                        Happening::Stderr(format!("{message}\n").into_bytes())
                    }
                })
            }
            Heard::Done(finish @ (Finish::Aborted | Finish::Unknown)) if !self.asked => {
                Some(Happening::Vanished(Error::unseen(id(), finish).into()))
            }
            // Nothing was seen of its end, but what it handed in counts.
            Heard::Done(Finish::Aborted | Finish::Unknown) => Some(Happening::Exited(Exit::Done)),
            Heard::Died(reason) => Some(Happening::Vanished(Error::Died { kernel: id(), reason }.into())),
            Heard::Gone(error) => return Err(error),
        })
    }
}

#[async_trait]
impl Link for KernelLink<'_> {
    async fn next(&mut self) -> Result<Happening, BackendError> {
        loop {
            if let Some(next) = self.next.take() {
                return Ok(next);
            }
            let heard = self.execution.next().await;
            if let Some(happening) = self.meaning(heard)? {
                return Ok(happening);
            }
        }
    }

    async fn answer(&mut self, number: u64, frame: Vec<u8>) -> Result<(), BackendError> {
        Ok(self.execution.answer(number, frame)?)
    }

    /// The kernel is stopped by whoever holds it, before the report is given out.
    async fn stop(&mut self) -> Result<(), BackendError> {
        self.stopped = true;
        Ok(())
    }

    /// Output comes on another channel than questions, and a little later.
    async fn rest(&mut self) -> Result<Happening, BackendError> {
        let late = tokio::time::timeout(LATE, self.next()).await;
        late.unwrap_or(Ok(Happening::Exited(Exit::Done)))
    }

    fn own_call(&mut self, header: Header, payload: &[u8], files: &mut Count) -> OwnCall {
        match header.call.as_str() {
            "job.input" => match self.input(header.args) {
                Ok(piece) => OwnCall::Answer(Value::Null, piece),
                Err(message) => OwnCall::Wrong(message),
            },
            "job.file" => match self.file(header.args, payload, files) {
                Ok(()) => OwnCall::Answer(Value::Null, Vec::new()),
                Err(message) => OwnCall::Wrong(message),
            },
            _ => OwnCall::NotOwn(header),
        }
    }

    fn may_lose_output(&self) -> bool {
        true
    }

    fn used(&self) -> Option<Used> {
        None
    }

    fn walls(&self) -> Option<Walls> {
        None
    }
}

fn unusable(path: &Path, error: &std::io::Error) -> BackendError {
    Error::Settings(format!("{} cannot be used for the program: {error}", path.display())).into()
}

/// Regular files below a folder, by their names with slashes.
fn list(folder: &Path, under: &str, into: &mut BTreeMap<String, (PathBuf, u64)>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let Some(name) = entry.file_name().to_str().map(|name| format!("{under}{name}")) else {
            return Err(std::io::Error::other(format!("{} has a name that is no text", entry.path().display())));
        };
        if kind.is_dir() {
            list(&entry.path(), &format!("{name}/"), into)?;
        } else if kind.is_file() {
            into.insert(name, (entry.path(), entry.metadata()?.len()));
        }
    }
    Ok(())
}

/// A path of plain names, or nothing.
fn plain_path(name: &str) -> Option<PathBuf> {
    let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\0', '\\']) && part.len() <= 255;
    (name.len() <= 4_000 && name.split('/').count() <= 64 && name.split('/').all(plain)).then(|| PathBuf::from(name))
}

/// One form of a rich output as bytes.
fn bytes_of(value: &Value, encoded: bool) -> Option<Vec<u8>> {
    match value {
        Value::String(text) if encoded => {
            let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            STANDARD.decode(text).ok()
        }
        Value::String(text) => Some(text.clone().into_bytes()),
        // A notebook may have text as lines.
        Value::Array(lines) if !encoded && lines.iter().all(Value::is_string) => {
            Some(lines.iter().filter_map(Value::as_str).collect::<String>().into_bytes())
        }
        other if !encoded => serde_json::to_vec(other).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_cannot_leave_their_folder() {
        for name in ["", "/", "/etc/x", "..", "a/../b", "a//b", "a\0", "./a", "a/.", "a\\b", &"x".repeat(256)] {
            assert_eq!(plain_path(name), None, "{name:?}");
        }
        assert_eq!(plain_path("a/b c/d.txt"), Some(PathBuf::from("a/b c/d.txt")));
    }

    #[test]
    fn rich_outputs_are_bytes() {
        assert_eq!(bytes_of(&json!("aGk=\n"), true), Some(b"hi".to_vec()));
        assert_eq!(bytes_of(&json!("!"), true), None);
        assert_eq!(bytes_of(&json!({ "a": 1 }), false), Some(b"{\"a\":1}".to_vec()));
        assert_eq!(bytes_of(&json!(["a\n", "b"]), false), Some(b"a\nb".to_vec()));
        assert_eq!(bytes_of(&json!(1), true), None);
    }
}
