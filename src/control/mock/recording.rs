//! A machine that replays what was measured ([`RecordedMachine`]): channels, times and values from a CSV file.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::clock::{Clock, nanos_of, stamp};
use super::core::refused;
use super::{build, types};
use crate::channel::{AlarmSeverity, Channel, Description, Kind, Protocol, Reading, ScalarKind, Value};
use crate::control::{ControlError, ControlSystem, Put, Subscription, Update};

/// What is wrong with a recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct RecordingError {
    /// The file, as it was named.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// A machine that shows what was recorded, at the speed of the recording or another, and cannot be written. After its end
/// every channel keeps its last value; before a channel's first value it shows that one as invalid.
#[derive(Debug)]
pub struct RecordedMachine {
    tape: Arc<Tape>,
}

#[derive(Debug)]
struct Tape {
    channels: BTreeMap<String, Samples>,
    /// The first and the last time in it, in nanoseconds.
    begin: u64,
    end: u64,
    clock: Clock,
    started: u64,
    speed: f64,
}

#[derive(Debug)]
struct Samples {
    times: Vec<u64>,
    values: Vec<Value>,
    numbers: bool,
}

impl RecordedMachine {
    /// A recording of lines `channel,time,value` under that heading. Times are seconds, since 1970 or any other moment; a
    /// channel is of doubles if all its values are numbers, else of texts. It plays from now.
    ///
    /// # Errors
    ///
    /// For lines that are no such thing, names that are no channel's, and a recording without any.
    pub fn from_csv(text: &str, file: &str) -> Result<Self, RecordingError> {
        let wrong = |line, message: String| RecordingError { file: file.to_owned(), line, message };
        let mut lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
        match lines.next() {
            Some((head, _)) if head.trim_start_matches('\u{feff}').replace(' ', "") == "channel,time,value" => {}
            _ => return Err(wrong(1, "the first line must be channel,time,value".to_owned())),
        }
        let mut rows: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
        for (line, at) in lines {
            let fields = split(line).ok_or_else(|| wrong(at, "a quotation mark is not closed".to_owned()))?;
            let [name, time, value] = fields.as_slice() else {
                return Err(wrong(at, format!("there must be 3 columns, and there are {}", fields.len())));
            };
            let channel = build::channel_of(name).map_err(|reason| wrong(at, format!("`{name}`: {reason}")))?;
            let seconds = time.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            let time = seconds.ok_or_else(|| wrong(at, format!("`{time}` is no time in seconds")))?;
            rows.entry(channel.name().to_owned()).or_default().push((nanos_of(time), value.clone()));
        }
        let times = || rows.values().flatten().map(|(time, _)| *time);
        let (Some(begin), Some(end)) = (times().min(), times().max()) else {
            return Err(wrong(1, "there is nothing in it".to_owned()));
        };
        let channels = rows.into_iter().map(|(name, rows)| (name, samples(rows))).collect();
        let clock = Clock::real();
        Ok(Self { tape: Arc::new(Tape { channels, begin, end, started: clock.now(), clock, speed: 1.0 }) })
    }

    /// With another clock; it plays from that clock's now.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        if let Some(tape) = Arc::get_mut(&mut self.tape) {
            tape.started = clock.now();
            tape.clock = clock;
        }
        self
    }

    /// So many times as fast as it was. What is not above 0 is the recording's own speed.
    #[must_use]
    pub fn with_speed(mut self, speed: f64) -> Self {
        if let Some(tape) = Arc::get_mut(&mut self.tape) {
            tape.speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        }
        self
    }

    /// The channels in it.
    pub fn channels(&self) -> impl Iterator<Item = &str> {
        self.tape.channels.keys().map(String::as_str)
    }

    /// Whether it has been played to its end.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.tape.now() >= self.tape.end
    }

    async fn samples(&self, channel: &Channel, deadline: Instant) -> Result<&Samples, ControlError> {
        if let Some(samples) = self.tape.channels.get(channel.name()) {
            return Ok(samples);
        }
        self.tape.clock.pass(deadline.saturating_duration_since(Instant::now())).await;
        let reason = "it is not in the recording".to_owned();
        Err(ControlError::NotConnected { channel: channel.to_string(), reason })
    }
}

impl Tape {
    /// The time in the recording.
    fn now(&self) -> u64 {
        let passed = Duration::from_nanos(self.clock.now().saturating_sub(self.started)).as_secs_f64() * self.speed;
        let passed = Duration::try_from_secs_f64(passed).unwrap_or(Duration::MAX);
        self.begin.saturating_add(nanos_of(passed))
    }

    /// When the clock shows this time of the recording.
    fn when(&self, time: u64) -> u64 {
        let wait = Duration::from_nanos(time.saturating_sub(self.begin)).as_secs_f64() / self.speed;
        let wait = nanos_of(Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX));
        // Rounding must not bring it before the sample.
        self.started.saturating_add(wait).saturating_add(1)
    }
}

impl Samples {
    fn reading(&self, now: u64) -> Reading {
        let after = self.times.partition_point(|time| *time <= now);
        let at = after.saturating_sub(1);
        let value = self.values.get(at).cloned().unwrap_or(Value::None);
        let mut reading = Reading::of(value, stamp(self.times.get(at).copied().unwrap_or(0)));
        if after == 0 {
            (reading.severity, reading.status, reading.message) = (AlarmSeverity::Invalid, 17, "UDF".to_owned());
        }
        reading
    }
}

fn samples(mut rows: Vec<(u64, String)>) -> Samples {
    rows.sort_by_key(|(time, _)| *time);
    let numbers: Option<Vec<f64>> = rows.iter().map(|(_, value)| value.trim().parse().ok()).collect();
    let times = rows.iter().map(|(time, _)| *time).collect();
    match numbers {
        Some(numbers) => Samples { times, values: numbers.into_iter().map(Value::Float).collect(), numbers: true },
        None => {
            Samples { times, values: rows.into_iter().map(|(_, text)| Value::Text(text)).collect(), numbers: false }
        }
    }
}

/// The columns of a line; `"a ""b"" c"` is one.
fn split(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field).trim().to_owned()),
            letter => field.push(letter),
        }
    }
    fields.push(field.trim().to_owned());
    (!quoted).then_some(fields)
}

#[async_trait]
impl ControlSystem for RecordedMachine {
    fn name(&self) -> &'static str {
        "recorded machine"
    }

    fn is_simulated(&self) -> bool {
        true
    }

    async fn describe(&self, channel: &Channel, deadline: Instant) -> Result<Description, ControlError> {
        let samples = self.samples(channel, deadline).await?;
        let kind = if samples.numbers { Kind::Number(ScalarKind::F64) } else { Kind::Text };
        let native = types::native(channel.protocol(), kind, Vec::new());
        Ok(Description { writable: false, server: "recorded".to_owned(), ..Description::of(native) })
    }

    async fn get(&self, channel: &Channel, deadline: Instant) -> Result<Reading, ControlError> {
        Ok(self.samples(channel, deadline).await?.reading(self.tape.now()))
    }

    async fn put(&self, channel: &Channel, _value: &Value, deadline: Instant) -> Result<Put, ControlError> {
        self.samples(channel, deadline).await?;
        let tango = channel.protocol() == Protocol::Tango;
        let reason = if tango { "API_AttrNotWritable" } else { "ECA_NOWTACCESS" };
        Err(refused(channel, reason, "it is a recording, and cannot be written".to_owned()))
    }

    async fn monitor(&self, channel: &Channel, deadline: Instant) -> Result<Subscription, ControlError> {
        self.samples(channel, deadline).await?;
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            let message = "a subscription needs an asynchronous runtime around it".to_owned();
            return Err(ControlError::Unsupported { channel: channel.to_string(), message });
        };
        let (sender, updates) = mpsc::channel(16);
        let guard =
            AbortOnDropHandle::new(runtime.spawn(play(Arc::clone(&self.tape), channel.name().to_owned(), sender)));
        Ok(Subscription { updates, guard: Some(guard) })
    }
}

/// Sends each sample at its time; a slow reader misses some, never the newest.
async fn play(tape: Arc<Tape>, name: String, sender: mpsc::Sender<Update>) {
    let Some(samples) = tape.channels.get(&name) else { return };
    if sender.send(Update::Connected).await.is_err() {
        return;
    }
    loop {
        let Ok(place) = sender.reserve().await else { return };
        let now = tape.now();
        place.send(Update::Reading(samples.reading(now)));
        // What has not been shown yet; a first value that was shown as invalid is shown again.
        let Some(next) = samples.times.iter().find(|time| **time > now) else { break };
        tokio::select! {
            () = sender.closed() => return,
            () = tape.clock.until(tape.when(*next)) => {}
        }
    }
    sender.closed().await;
}
