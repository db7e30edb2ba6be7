//! Reads: which are permitted, how many, and what a plan's overlay makes of them.

use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::{
    Answer, ChannelCall, Gate, MAX_ANSWER, MAX_CHANNELS, MAX_TIMEOUT, Mode, NamedProtocol, arguments, error,
    item_error, plain, timeout, told, wire,
};
use crate::backend::{HostCallError, HostReply};
use crate::channel::{Channel, Protocol, Reading, Value};
use crate::control::{ControlError, ControlSystem};
use crate::policy::{ReadDecision, ReadRequest};

#[derive(Deserialize)]
struct ReadCall {
    protocol: NamedProtocol,
    channels: Vec<String>,
    timeout: Option<f64>,
}

/// Bytes that a value takes in an answer.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(array) => array.bytes().len(),
        Value::Texts(texts) => texts.iter().map(|text| text.len() + 8).sum(),
        Value::Text(text) => text.len(),
        Value::Structure(_, fields) => fields.iter().map(|(name, value)| name.len() + size(value)).sum(),
        _ => 0,
    }
}

impl Gate {
    /// The channel of this name, if it may be read.
    pub(super) fn permitted(&self, protocol: Protocol, name: &str) -> Result<Channel, HostCallError> {
        self.permitted_with_size(protocol, name).map(|(channel, _)| channel)
    }

    /// The same, and how many elements a reading of it may have.
    fn permitted_with_size(&self, protocol: Protocol, name: &str) -> Result<(Channel, usize), HostCallError> {
        let channel = Channel::parse(protocol, name).map_err(|fault| error("InvalidChannel", fault.to_string()))?;
        let rules = match self.site.policy.read(&ReadRequest { channel: &channel, principal: &self.principal }) {
            ReadDecision::Allowed(rules) => rules,
            ReadDecision::Refused(violation) => return Err(error("ReadRefused", violation.message)),
        };
        let counted = self.site.count_read(&channel, &self.principal.name, &rules.rates);
        counted.map_err(|exceeded| error("ReadRefused", format!("`{channel}` is read too often: {exceeded}")))?;
        Ok((channel, rules.max_elements))
    }

    /// Who is asked about a channel.
    pub(super) fn route(&self, channel: &Channel) -> Result<Arc<dyn ControlSystem>, HostCallError> {
        let protocol = channel.protocol();
        self.site.routes.of(protocol).map(|route| Arc::clone(&route.read)).ok_or_else(|| {
            error("NoControlSystem", format!("`{channel}`: this site has no control system that speaks {protocol}"))
        })
    }

    pub(super) async fn describe(&mut self, args: Map<String, Json>) -> Answer {
        let call: ChannelCall = arguments(args)?;
        let channel = self.permitted(self.protocol(call.protocol), &call.channel)?;
        let deadline = Instant::now() + timeout(call.timeout, self.site.default_timeout, MAX_TIMEOUT);
        match self.route(&channel)?.describe(&channel, deadline).await {
            Ok(description) => plain(wire::description(channel.name(), &description)),
            Err(fault) => {
                let (kind, message, reason) = told(&fault);
                Err(HostCallError { reason, ..error(kind, message) })
            }
        }
    }

    /// What a Tango device has. Its `state` must be readable for whoever asks.
    pub(super) async fn list(&mut self, args: Map<String, Json>) -> Answer {
        let call: ChannelCall = arguments(args)?;
        let (device, suffix) =
            call.channel.split_once('#').map_or((call.channel.as_str(), ""), |(device, _)| (device, "#dbase=no"));
        let state = self.permitted(self.protocol(call.protocol), &format!("{device}/state{suffix}"))?;
        let deadline = Instant::now() + timeout(call.timeout, self.site.default_timeout, MAX_TIMEOUT);
        let listed = self.route(&state)?.list(&state, deadline).await.map_err(|fault| {
            let (kind, message, reason) = told(&fault);
            HostCallError { reason, ..error(kind, message) }
        })?;
        plain(json!({ "class": listed.class, "attributes": listed.attributes, "commands": listed.commands }))
    }

    pub(super) async fn read(&mut self, args: Map<String, Json>) -> Answer {
        let call: ReadCall = arguments(args)?;
        if call.channels.len() > MAX_CHANNELS {
            return Err(error("TooLarge", format!("at most {MAX_CHANNELS} channels in one call")));
        }
        let protocol = self.protocol(call.protocol);
        let deadline = Instant::now() + timeout(call.timeout, self.site.default_timeout, MAX_TIMEOUT);
        let mut asked = Vec::with_capacity(call.channels.len());
        let mut sizes = Vec::with_capacity(call.channels.len());
        let mut answers: Vec<Option<Json>> = Vec::with_capacity(call.channels.len());
        for name in &call.channels {
            match self.permitted_with_size(protocol, name).and_then(|found| self.route(&found.0).map(|_| found)) {
                Ok((channel, most)) => {
                    asked.push(channel);
                    sizes.push(most);
                    answers.push(None);
                }
                Err(fault) => answers.push(Some(item_error(&fault.kind, &fault.message, None))),
            }
        }
        let readings = match (asked.as_slice(), self.site.routes.of(protocol)) {
            ([], _) | (_, None) => Vec::new(),
            ([channel], Some(route)) => vec![route.read.get(channel, deadline).await],
            (_, Some(route)) => route.read.get_many(&asked, deadline).await,
        };
        let mut bulk = Vec::new();
        let mut readings = asked.into_iter().zip(sizes).zip(readings);
        for answer in &mut answers {
            if answer.is_none() {
                let read =
                    readings.next().map(|((channel, most), reading)| self.answer(&channel, most, reading, &mut bulk));
                *answer = Some(read.unwrap_or_else(|| item_error("NotConnected", "no answer", None)));
            }
        }
        Ok(HostReply { value: answers.into_iter().flatten().collect(), payload: bulk })
    }

    /// One channel's answer.
    fn answer(
        &mut self,
        channel: &Channel,
        most: usize,
        reading: Result<Reading, ControlError>,
        bulk: &mut Vec<u8>,
    ) -> Json {
        let mut reading = match reading {
            Ok(reading) => reading,
            Err(fault) => {
                let (kind, message, reason) = told(&fault);
                return item_error(kind, &message, reason.as_deref());
            }
        };
        if let Mode::Plan(planning) = &mut self.mode {
            planning.note_read(channel.name());
            planning.overlay(channel.name(), &mut reading, &self.clock);
        }
        let elements = reading.value.len();
        if elements > most {
            let message = format!("`{channel}` has {elements} elements; {most} may be read");
            return item_error("ReadRefused", &message, None);
        }
        if bulk.len().saturating_add(size(&reading.value)) > MAX_ANSWER {
            let message =
                format!("`{channel}`: the values of one call have at most {MAX_ANSWER} bytes; read fewer at once");
            return item_error("TooLarge", &message, None);
        }
        wire::reading(&reading, bulk)
    }
}
