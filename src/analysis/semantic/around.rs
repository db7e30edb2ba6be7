//! Ways to a control system that are no library of it: a command line, a socket, native code, a web service.
//!
//! A command that the tables know is an operation like any other; the rest is not resolved.

use std::borrow::Cow;
use std::rc::Rc;

use ruff_text_size::TextRange;

use super::Interpreter;
use super::record::Dark;
use super::value::{Arguments, PathId, Shape, Value};
use crate::analysis::library::Effect;

/// Calls that start a process, and whether their first argument is a line for a shell.
const PROCESSES: &[&str] = &[
    "asyncio.create_subprocess_exec",
    "asyncio.create_subprocess_shell",
    "asyncio.subprocess.create_subprocess_exec",
    "asyncio.subprocess.create_subprocess_shell",
    "os.execl",
    "os.execle",
    "os.execlp",
    "os.execlpe",
    "os.execv",
    "os.execve",
    "os.execvp",
    "os.execvpe",
    "os.popen",
    "os.posix_spawn",
    "os.posix_spawnp",
    "os.spawnl",
    "os.spawnle",
    "os.spawnlp",
    "os.spawnlpe",
    "os.spawnv",
    "os.spawnve",
    "os.spawnvp",
    "os.spawnvpe",
    "os.startfile",
    "os.system",
    "posix.execv",
    "posix.execve",
    "posix.popen",
    "posix.posix_spawn",
    "posix.posix_spawnp",
    "posix.system",
    "psutil.Popen",
    "pty.spawn",
    "subprocess.Popen",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "subprocess.run",
    "_posixsubprocess.fork_exec",
    "pexpect.spawn",
    "pexpect.run",
    "pydoc.pipepager",
    "pydoc.tempfilepager",
    "pydoc.pipe_pager",
    "pydoc.tempfile_pager",
    "imaplib.IMAP4_stream",
    "webbrowser.get",
    "webbrowser.register",
    "platform.popen",
];

/// Calls that run native code, or send what nobody reads.
const OTHERS: &[(&str, &str)] = &[
    ("ctypes.CDLL", "native code is loaded"),
    ("ctypes.PyDLL", "native code is loaded"),
    ("ctypes.WinDLL", "native code is loaded"),
    ("ctypes.OleDLL", "native code is loaded"),
    ("ctypes.cdll.LoadLibrary", "native code is loaded"),
    ("ctypes.LibraryLoader", "native code is loaded"),
    ("ctypes.pythonapi", "native code is called"),
    ("ctypes.PYFUNCTYPE", "native code is called"),
    ("ctypes.CFUNCTYPE", "native code is called"),
    ("ctypes.memmove", "memory is written"),
    ("cffi.FFI", "native code is loaded"),
    ("_ctypes.dlopen", "native code is loaded"),
    ("socket.socket", "bytes may be sent over a connection"),
    ("socket.create_connection", "bytes may be sent over a connection"),
    ("socket.fromfd", "bytes may be sent over a connection"),
    ("_socket.socket", "bytes may be sent over a connection"),
    ("asyncio.open_connection", "bytes may be sent over a connection"),
    ("asyncio.open_unix_connection", "bytes may be sent over a connection"),
    ("telnetlib.Telnet", "bytes may be sent over a connection"),
    ("zmq.Context.socket", "messages may be sent over a connection"),
    ("paramiko.SSHClient", "another machine may be commanded"),
    ("xmlrpc.client.ServerProxy", "another machine may be commanded"),
    ("requests.post", "data are sent to a web service"),
    ("requests.put", "data are sent to a web service"),
    ("requests.patch", "data are sent to a web service"),
    ("requests.delete", "data are sent to a web service"),
    ("requests.Session.post", "data are sent to a web service"),
    ("requests.Session.put", "data are sent to a web service"),
    ("httpx.post", "data are sent to a web service"),
    ("httpx.put", "data are sent to a web service"),
    ("httpx.Client.post", "data are sent to a web service"),
    ("httpx.Client.put", "data are sent to a web service"),
    ("urllib.request.Request", "data may be sent to a web service"),
    ("http.client.HTTPConnection.request", "data may be sent to a web service"),
    ("http.client.HTTPSConnection.request", "data may be sent to a web service"),
];

/// Modules from which one gets at processes, native code, connections, or any other module.
const LEADING: &[&str] = &[
    "_ctypes",
    "_posixsubprocess",
    "_socket",
    "builtins",
    "code",
    "ctypes",
    "http.client",
    "importlib",
    "multiprocessing",
    "os",
    "pickle",
    "posix",
    "pty",
    "requests",
    "runpy",
    "socket",
    "subprocess",
    "urllib.request",
];

/// How a path leads to a control system past the libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It does not.
    None,
    /// It is a module, or `getattr`, from which one gets there.
    Leads,
    /// It starts a process.
    Process,
    /// It does something else, said here.
    Other(&'static str),
}

impl Way {
    /// By the dotted path.
    pub(super) fn of(dotted: &str) -> Self {
        let functions =
            ["builtins.getattr", "builtins.exec", "builtins.eval", "builtins.__import__", "importlib.import_module"];
        if LEADING.contains(&dotted) || functions.contains(&dotted) {
            return Self::Leads;
        }
        let plain = if dotted.contains("()") { Cow::Owned(dotted.replace("()", "")) } else { Cow::Borrowed(dotted) };
        if PROCESSES.contains(&&*plain) {
            return Self::Process;
        }
        OTHERS.iter().find(|(other, _)| *other == plain).map_or(Self::None, |(_, why)| Self::Other(why))
    }
}

impl Interpreter<'_> {
    /// A module that leads on is passed around: what is done with it then shows only where calls are followed.
    pub(super) fn note_module_as_value(&mut self, value: Value, range: TextRange) {
        let Shape::Path(path) = *self.values.shape(value) else { return };
        // `from os import system`, and then `system` handed on.
        if !path.is_tame() && self.paths.get(path).way != Way::None {
            let name = Rc::clone(&self.paths.get(path).dotted);
            self.passed_on(range, name);
        }
    }

    /// A way around is kept as a value instead of being called.
    pub(super) fn note_way_as_value(&mut self, value: Value, range: TextRange) {
        let Shape::Path(path) = *self.values.shape(value) else { return };
        if path.is_tame() {
            return;
        }
        let name = Rc::clone(&self.paths.get(path).dotted);
        match self.paths.get(path).way {
            Way::None => {}
            Way::Leads => self.passed_on(range, name),
            Way::Process | Way::Other(_) => {
                self.unresolved_way(range, &format!("`{name}` is kept as a value"), true, true);
            }
        }
    }

    fn passed_on(&mut self, range: TextRange, name: Rc<str>) {
        if !self.deep {
            let range = self.place(range);
            self.record.passed_on.push((range, name));
        }
    }

    /// A call that may reach a control system past its libraries.
    pub(super) fn way_around(&mut self, path: PathId, arguments: &Arguments, range: TextRange) {
        match self.paths.get(path).way {
            Way::Process => {
                let name = self.paths.get(path).dotted.replace("()", "");
                self.process(&name, arguments, range);
            }
            Way::Other(why) => self.unresolved_way(range, why, true, true),
            Way::None | Way::Leads => {}
        }
    }

    /// `mock.patch('epics.caput')`, `mock.patch.object(epics, 'caput')`.
    pub(super) fn patched_for_a_test(&mut self, arguments: &Arguments, range: TextRange) {
        let Some(first) = arguments.positional.first() else { return };
        let what = match self.values.shape(*first) {
            Shape::Str(text) => text.to_string(),
            Shape::Path(path) => self.paths.get(*path).dotted.to_string(),
            _ => return,
        };
        let at = self.place(range);
        self.record.darkness(at, Dark::Tampering, what, true);
    }

    fn process(&mut self, name: &str, arguments: &Arguments, range: TextRange) {
        let words = self.words(arguments);
        let mut known = !words.is_empty();
        let mut found = Vec::new();
        for command in commands(&words) {
            let program = command[0].rsplit('/').next().unwrap_or(&command[0]).to_owned();
            match self.libraries.command(&program) {
                Some((library, effect)) => found.push((library, effect, program, command)),
                None => known = false,
            }
        }
        for (library, effect, program, command) in found {
            if effect == Effect::Nothing {
                continue;
            }
            // Options first, then the channel, then the value.
            let plain: Vec<&String> = command[1..].iter().filter(|word| !word.starts_with('-')).collect();
            let channel = plain.first().map(|word| self.values.str(word));
            let value = plain.get(1).map(|word| self.values.str(word));
            self.record_one(library, &program, effect, channel, value, range, None);
        }
        if !known {
            self.unresolved_way(range, &format!("`{name}` starts a process, which may do anything"), true, true);
        }
    }

    /// The words of a command line, as far as they are constant; none if not.
    fn words(&mut self, arguments: &Arguments) -> Vec<String> {
        let mut words = Vec::new();
        let args = self.names.name("args");
        let given = arguments.keywords.iter().find(|(name, _)| *name == args).map(|(_, value)| *value);
        let positional: Vec<Value> = arguments.positional.iter().copied().chain(given).collect();
        for (index, value) in positional.iter().enumerate() {
            match self.values.shape(*value).clone() {
                Shape::Str(text) => words.extend(split(&text)),
                Shape::Template(text) => words.extend(split(&text)),
                Shape::Tuple(_) | Shape::List(_) => {
                    let (elements, rest) = self.elements(*value);
                    if rest != Value::NOTHING {
                        return Vec::new();
                    }
                    for element in elements {
                        let Some(text) = self.word(element) else { return Vec::new() };
                        words.push(text);
                    }
                }
                _ if index == 0 => return Vec::new(),
                _ => {}
            }
        }
        words
    }

    fn word(&self, value: Value) -> Option<String> {
        match self.values.shape(value) {
            Shape::Str(text) => Some(Rc::clone(text).to_string()),
            Shape::Template(text) => Some(text.to_string()),
            Shape::Int(number) => Some(number.to_string()),
            Shape::Float(bits) => Some(f64::from_bits(*bits).to_string()),
            _ if self.values.is_data(value) => Some("{…}".to_owned()),
            _ => None,
        }
    }
}

/// A shell's line, roughly: what ends a command is a word of its own.
fn split(line: &str) -> Vec<String> {
    let mut spaced = String::new();
    for c in line.chars() {
        match c {
            ';' | '|' | '&' | '\n' | '(' | ')' | '`' | '$' => {
                spaced.push_str(" ; ");
            }
            '\'' | '"' => {}
            _ => spaced.push(c),
        }
    }
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// The commands in a line.
fn commands(words: &[String]) -> Vec<Vec<String>> {
    words
        .split(|word| word == ";")
        .map(|command| {
            // `timeout 5 caput …`, `sh -c caput …`, `VAR=1 caput …`: not looked into, so the command is not known.
            command.to_vec()
        })
        .filter(|command| !command.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_into_its_commands() {
        let line = split("caget -t X; caput 'SR:X' 1 | cat && echo done");
        let programs: Vec<String> = commands(&line).into_iter().map(|command| command[0].clone()).collect();
        assert_eq!(programs, ["caget", "caput", "cat", "echo"]);
    }
}
