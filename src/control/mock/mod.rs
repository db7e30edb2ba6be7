//! The simulated machine: any name answers, nothing real stands behind it.
//!
//! [`SimulatedMachine`] guesses what a channel is from its name, or has it from a description in YAML; a
//! [`RecordedMachine`] replays what was measured. Everything is reproducible: the same seed, names and order of reads give
//! the same values.

mod build;
mod clock;
mod core;
mod feed;
mod fields;
mod model;
mod motion;
mod names;
mod noise;
mod quantities;
mod recording;
mod script;
mod state;
mod types;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;

pub use clock::Clock;
pub use recording::{RecordedMachine, RecordingError};
pub use script::ScriptError;

use self::core::{Core, Script, Stream, refused};
use self::model::{Effect, Model, PutFault};
use super::{Called, ControlError, ControlSystem, Put, Subscription};
use crate::channel::{Channel, Description, Part, Protocol, Reading, Value};

/// A machine that is not there. EPICS names are the same channels by Channel Access and by PV Access.
///
/// Names that are only read cost 16 bytes if they are noisy, and nothing otherwise; written and followed names are kept,
/// up to a bound ([`Self::with_most_names`]), beyond which [`ControlError::Busy`] is the answer.
///
/// Subscriptions bring one update for each write and, on noisy channels and readbacks that are on their way, ten a second.
#[derive(Debug)]
pub struct SimulatedMachine {
    core: Arc<Core>,
}

impl SimulatedMachine {
    /// A machine in which every name is a channel, guessed from the name and this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { core: Arc::new(Core::new(seed, Script::default())) }
    }

    /// A machine as described in YAML (`examples/machines/machine.yml` shows everything). `file` is the name that errors have.
    ///
    /// # Errors
    ///
    /// For unknown keys and for what contradicts itself, with the line.
    pub fn from_yaml(text: &str, file: &str) -> Result<Self, ScriptError> {
        Ok(Self { core: Arc::new(build::machine(script::read(text, file)?, text, file)?) })
    }

    /// With another clock.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        self.changed(|core| core.clock = clock)
    }

    /// Every answer takes this long.
    #[must_use]
    pub fn with_delay(self, delay: Duration) -> Self {
        self.changed(|core| core.delay = clock::nanos_of(delay))
    }

    /// Readbacks without a description of their own come this much later than their setpoints.
    #[must_use]
    pub fn with_lag(self, lag: Duration) -> Self {
        self.changed(|core| core.lag = clock::nanos_of(lag))
    }

    /// All noise multiplied with this; 0 for none.
    #[must_use]
    pub fn with_noise(self, factor: f64) -> Self {
        self.changed(|core| core.noise = if factor.is_finite() { factor.max(0.0) } else { 0.0 })
    }

    /// At most this many names are kept for being written or followed (100,000).
    #[must_use]
    pub fn with_most_names(self, most: usize) -> Self {
        self.changed(|core| core.most = most)
    }

    /// A machine is changed before it is used: until then, nobody else holds it.
    fn changed(mut self, change: impl FnOnce(&mut Core)) -> Self {
        if let Some(core) = Arc::get_mut(&mut self.core) {
            change(core);
        }
        self
    }

    /// What was really applied, in order: writes (a clamped one as it was clamped), and commands with their argument. The
    /// last 100,000 are kept.
    #[must_use]
    pub fn writes(&self) -> Vec<(String, Value)> {
        self.core.log()
    }

    /// What a channel holds now, without noise and faults. A name of four parts with `/` between them is Tango's.
    #[must_use]
    pub fn value_of(&self, name: &str) -> Option<Value> {
        let tango = name.starts_with("tango:") || name.split('/').count() == 4;
        let channel = Channel::parse(if tango { Protocol::Tango } else { Protocol::Ca }, name).ok()?;
        let model = self.core.model(&channel)?;
        Some(self.core.value(&channel, &model))
    }

    async fn read(&self, channel: &Channel, deadline: Instant) -> Result<Reading, ControlError> {
        if channel.part() == Part::Command {
            return Err(unsupported(channel, "it is a command: call it"));
        }
        let model = self.core.find(channel, deadline).await?;
        self.core.answer(channel, &model, deadline).await?;
        Ok(self.core.reading(channel, &model, Stream::Reads))
    }

    /// What is wrong with a write before it is sent, or what it becomes.
    fn judged(channel: &Channel, model: &Model, value: &Value) -> Result<Value, ControlError> {
        let tango = channel.protocol() == Protocol::Tango;
        if !model.about.writable {
            let (reason, message) = if tango {
                ("API_AttrNotWritable", "it is a read-only attribute")
            } else {
                ("ECA_NOWTACCESS", "it is a readback: write access denied")
            };
            return Err(refused(channel, reason, message.to_owned()));
        }
        types::fits(&model.about.native, &model.about.labels, value)
            .map_err(|message| ControlError::WrongType { channel: channel.to_string(), message })?;
        if let PutFault::Fails(words) = &model.faults.put {
            return Err(refused(channel, if tango { "API_AttributeFailed" } else { "ECA_PUTFAIL" }, words.clone()));
        }
        let reason = if tango { "API_WAttrOutsideLimit" } else { "ECA_PUTFAIL" };
        model.limited(value).map_err(|message| refused(channel, reason, message))
    }

    fn call(&self, channel: &Channel, effect: &Effect, argument: &Value) -> Result<Value, ControlError> {
        let channel_of = |name: &str| {
            let found = Channel::parse(channel.protocol(), name).ok();
            found.and_then(|channel| Some((self.core.model(&channel)?, channel)))
        };
        match effect {
            Effect::None => Err(unsupported(channel, "it is no command")),
            Effect::Read(name) => {
                Ok(channel_of(name).map_or(Value::None, |(model, channel)| self.core.value(&channel, &model)))
            }
            Effect::Set { sets, returns } => {
                let mut writes = Vec::with_capacity(sets.len());
                for (name, value) in sets {
                    let Some((model, target)) = channel_of(name) else { continue };
                    let value = types::like(&model.about, value.clone().unwrap_or_else(|| argument.clone()));
                    types::fits(&model.about.native, &model.about.labels, &value)
                        .and_then(|()| model.limited(&value))
                        .map_err(|message| refused(channel, "API_CommandFailed", format!("`{target}`: {message}")))
                        .map(|value| writes.push((target, model, value)))?;
                }
                // Halfway there would be no telling what was done.
                if !self.core.has_room_for(writes.len()) {
                    return Err(ControlError::Busy { channel: channel.to_string() });
                }
                self.core.note(channel.name(), argument.clone());
                for (target, model, value) in writes {
                    self.core.apply(&target, &model, value)?;
                }
                Ok(returns.clone().unwrap_or_else(|| argument.clone()))
            }
        }
    }
}

impl Default for SimulatedMachine {
    /// The machine of seed 0.
    fn default() -> Self {
        Self::new(0)
    }
}

/// What is said where a write or a call was sent and its answer is missing.
fn no_answer() -> String {
    "it was sent, and the simulated channel did not answer in time".to_owned()
}

fn unsupported(channel: &Channel, message: &str) -> ControlError {
    ControlError::Unsupported { channel: channel.to_string(), message: message.to_owned() }
}

#[async_trait]
impl ControlSystem for SimulatedMachine {
    fn name(&self) -> &'static str {
        "simulated machine"
    }

    fn is_simulated(&self) -> bool {
        true
    }

    async fn describe(&self, channel: &Channel, deadline: Instant) -> Result<Description, ControlError> {
        let model = self.core.find(channel, deadline).await?;
        self.core.answer(channel, &model, deadline).await?;
        Ok(model.into_owned().about)
    }

    async fn get(&self, channel: &Channel, deadline: Instant) -> Result<Reading, ControlError> {
        self.read(channel, deadline).await
    }

    async fn put(&self, channel: &Channel, value: &Value, deadline: Instant) -> Result<Put, ControlError> {
        if channel.part() == Part::Command {
            return Err(unsupported(channel, "it is a command: call it"));
        }
        let model = self.core.find(channel, deadline).await?;
        if self.core.is_dropped(channel, &model) {
            self.core.answer(channel, &model, deadline).await?;
        }
        let value = Self::judged(channel, &model, value)?;
        let lost = matches!(model.faults.put, PutFault::Lost | PutFault::UnknownLost) || model.faults.never_answers;
        let silent =
            matches!(model.faults.put, PutFault::Unknown | PutFault::UnknownLost) || model.faults.never_answers;
        if !lost {
            self.core.apply(channel, &model, value)?;
        }
        if silent {
            self.core.wait_out(deadline).await;
        } else if self.core.wait(self.core.delay_of(&model), deadline).await {
            return Ok(Put::Accepted);
        }
        Ok(Put::Unknown { reason: no_answer() })
    }

    async fn monitor(&self, channel: &Channel, deadline: Instant) -> Result<Subscription, ControlError> {
        if channel.part() == Part::Command {
            return Err(unsupported(channel, "it is a command: call it"));
        }
        let model = self.core.find(channel, deadline).await?;
        self.core.answer(channel, &model, deadline).await?;
        feed::follow(&self.core, channel, model.into_owned())
    }

    async fn command(&self, channel: &Channel, argument: &Value, deadline: Instant) -> Result<Called, ControlError> {
        if channel.part() != Part::Command {
            return Err(unsupported(channel, "it is no command: read or write it"));
        }
        let model = self.core.find(channel, deadline).await?;
        if let Some(native) = &model.about.argument {
            types::fits(native, &[], argument)
                .map_err(|message| ControlError::WrongType { channel: channel.to_string(), message })?;
        }
        if let PutFault::Fails(words) = &model.faults.put {
            return Err(refused(channel, "API_CommandFailed", words.clone()));
        }
        let faults = &model.faults;
        let lost = matches!(faults.put, PutFault::Lost | PutFault::UnknownLost) || faults.never_answers;
        let silent = matches!(faults.put, PutFault::Unknown | PutFault::UnknownLost) || faults.never_answers;
        let result = if lost { Value::None } else { self.call(channel, &model.effect, argument)? };
        if silent {
            self.core.wait_out(deadline).await;
        } else if self.core.wait(self.core.delay_of(&model), deadline).await {
            return Ok(Called::Returned(result));
        }
        Ok(Called::Unknown { reason: no_answer() })
    }
}
