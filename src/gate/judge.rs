//! One write is judged, in the order of the design: name, policy, connection, type, limits, step, rate, alarm. The first
//! thing that speaks against it ends the judgement; everything that was looked at is kept for the person who decides.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::plan::Overlay;
use super::{Asked, Ended, Site};
use crate::approval::Operation;
use crate::channel::{AlarmSeverity, Channel, Description, Part, Range, Reading, Refusal, Value};
use crate::control::ControlError;
use crate::policy::judge as by_rules;
use crate::policy::{
    Confirm, OnViolation, Principal, Rate, RateExceeded, RateLimiter, Violation, WriteRequest, WriteRules, WriteRuling,
};

/// How long the gate waits for all that it reads itself before a write.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// What is known about a write once it was judged.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) channel: Channel,
    pub(super) rules: Option<Box<WriteRules>>,
    pub(super) description: Option<Description>,
    /// Of the channel's own type as soon as that is known.
    pub(super) value: Value,
    pub(super) before: Option<Reading>,
    pub(super) limits: Range,
    pub(super) alarm: AlarmSeverity,
    pub(super) reasons: Vec<String>,
    pub(super) refusal: Option<Violation>,
}

impl Judged {
    /// Nothing is known yet.
    pub(super) fn unseen(channel: Channel, value: Value) -> Self {
        Self {
            channel,
            rules: None,
            description: None,
            value,
            before: None,
            limits: Range::default(),
            alarm: AlarmSeverity::None,
            reasons: Vec::new(),
            refusal: None,
        }
    }

    /// Largest distance of one write.
    pub(super) fn max_step(&self) -> Option<f64> {
        self.rules.as_ref().and_then(|rules| rules.max_step.as_ref()).map(|step| step.value)
    }

    /// The line that decided.
    pub(super) fn rule(&self) -> Option<String> {
        let by_refusal = self.refusal.as_ref().and_then(|refusal| refusal.rule.as_ref()).map(ToString::to_string);
        by_refusal.or_else(|| self.rules.as_ref().map(|rules| rules.rule.to_string()))
    }

    /// Whether a person confirms this write by itself.
    pub(super) fn confirm(&self) -> Confirm {
        self.rules.as_ref().map_or(Confirm::Always, |rules| rules.confirm)
    }

    /// The label of an enumeration's value.
    pub(super) fn label(&self, value: &Value) -> Option<String> {
        let Value::Enum(index) = value else { return None };
        let labels = &self.description.as_ref()?.labels;
        labels.get(usize::try_from(*index).ok()?).cloned()
    }
}

/// Where and for whom a write is judged.
pub(super) struct Bench<'a> {
    pub(super) site: &'a Site,
    pub(super) principal: &'a Principal,
    pub(super) now: Timestamp,
    /// What a plan holds; `None` when it is for real.
    pub(super) overlay: Option<&'a Overlay>,
}

/// What can be said without knowing who asks: the name, and whether the site writes at all.
pub(super) fn beforehand(site: &Site, asked: &Asked) -> Option<Ended> {
    let channel = match &asked.channel {
        Ok(channel) => channel,
        Err(fault) => return Some(Ended::refused(Refusal::InvalidChannel, fault.to_string())),
    };
    let is_command = channel.part() == Part::Command;
    if is_command != (asked.operation == Operation::Command) {
        let message = format!("`{channel}` is {}", if is_command { "a command: call it" } else { "no command" });
        return Some(Ended::refused(Refusal::Unsupported, message));
    }
    if !site.writes_enabled {
        let message =
            format!("`{channel}` is not written: this site has switched all writes off (writes_enabled: false)");
        return Some(Ended::refused(Refusal::WritesDisabled, message));
    }
    match site.routes.of(channel.protocol()) {
        None => {
            let message = format!("`{channel}`: this site has no control system that speaks {}", channel.protocol());
            Some(Ended::refused(Refusal::NotConnected, message))
        }
        Some(route) if route.write.is_none() => {
            let message = format!("`{channel}`: this site only reads by {}", channel.protocol());
            Some(Ended::refused(Refusal::NotWritable, message))
        }
        Some(_) => None,
    }
}

fn refused(refusal: Refusal, message: String) -> Violation {
    Violation { refusal, message, rule: None, on_violation: OnViolation::Skip }
}

fn unreachable(fault: &ControlError) -> Violation {
    refused(Refusal::NotConnected, fault.to_string())
}

impl Bench<'_> {
    /// Judges one write. `limiter` counts it if nothing speaks against it.
    pub(super) async fn judge(
        &self,
        channel: &Channel,
        asked: &Asked,
        limiter: impl Fn(&WriteRules) -> Result<(), Violation>,
    ) -> Judged {
        let mut judged = Judged::unseen(channel.clone(), asked.value.clone());
        if let Err(violation) = self.examine(&mut judged, asked, limiter).await {
            judged.reasons.push(violation.message.clone());
            judged.refusal = Some(violation);
        }
        judged
    }

    async fn examine(
        &self,
        judged: &mut Judged,
        asked: &Asked,
        limiter: impl Fn(&WriteRules) -> Result<(), Violation>,
    ) -> Result<(), Violation> {
        let channel = judged.channel.clone();
        let request = WriteRequest { channel: &channel, principal: self.principal, now: self.now };
        let rules = match self.site.policy.write(&request) {
            WriteRuling::Refused(violation) => return Err(violation),
            WriteRuling::Allowed(mut rules) => {
                rules.tolerance = rules.tolerance.or(self.site.default_tolerance);
                &*judged.rules.insert(rules)
            }
        };
        judged.reasons.push(format!("allowed by {}", rules.rule));
        // The program has no say in how old the evidence may be.
        let deadline = Instant::now() + READ_TIMEOUT;
        for condition in &rules.conditions {
            let (reading, labels) = self.condition_reading(&condition.channel, deadline).await?;
            // How old a reading is, is a matter of real time, in a plan too.
            let holds = condition.holds(&reading, &labels, Timestamp::now());
            holds.map_err(|why| refused(Refusal::MachineState, why))?;
            judged.reasons.push(format!("{condition}"));
        }

        let route = self.site.routes.of(channel.protocol()).and_then(|route| route.write.as_ref());
        let system = route.ok_or_else(|| refused(Refusal::NotWritable, format!("`{channel}` is only read here")))?;
        let description = system.describe(&channel, deadline).await.map_err(|fault| unreachable(&fault))?;
        let description = &*judged.description.insert(description);
        if !description.writable {
            let message = format!("`{channel}` is not writable: the control system does not let us");
            return Err(refused(Refusal::NotWritable, message));
        }
        judged.limits = Range {
            low: rules.min.as_ref().map(|bound| bound.value),
            high: rules.max.as_ref().map(|bound| bound.value),
        }
        .intersect(description.control);
        judged.value = by_rules::value(rules, description, &judged.value)?;
        if !judged.limits.is_unbounded() && asked.operation == Operation::Write {
            judged.reasons.push(format!("within {}", bounds(judged.limits, &description.unit)));
        }

        if asked.operation == Operation::Write && description.readable {
            match system.get(&channel, deadline).await {
                Ok(mut reading) => {
                    judged.alarm = reading.severity;
                    if let Some(overlay) = self.overlay {
                        overlay.apply(channel.name(), &mut reading, None);
                    }
                    judged.before = Some(reading);
                }
                // Some values cannot be read, and say so; without a step to check, that is no reason not to write them.
                Err(ControlError::Unsupported { .. }) if rules.max_step.is_none() => {}
                Err(fault) => {
                    let message = format!("`{channel}`: its present value could not be read: {fault}");
                    return Err(refused(Refusal::StepCheckFailed, message));
                }
            }
        }
        if let Some(step) = &rules.max_step {
            let present = judged.before.as_ref().map(|reading| &reading.value);
            let present = present.ok_or_else(|| {
                refused(
                    Refusal::StepCheckFailed,
                    format!("`{channel}` has no present value to step from ({})", step.by),
                )
            })?;
            by_rules::step(rules, description, &judged.value, present)?;
            judged.reasons.push(format!("a step of at most {}", step.value));
        }
        limiter(rules)?;
        if let Some(before) = &judged.before {
            rules.alarm(&channel, &Reading { severity: judged.alarm, ..before.clone() })?;
        }
        if let Some(readback) = &rules.readback {
            let reading = self.read(readback, deadline).await.map_err(|fault| unreachable(&fault))?;
            rules.alarm(readback, &reading)?;
            judged.alarm = judged.alarm.max(reading.severity);
        }
        Ok(())
    }

    /// The present value of another channel, as far as the plan leaves it alone.
    async fn read(&self, channel: &Channel, deadline: Instant) -> Result<Reading, ControlError> {
        let route = self.site.routes.of(channel.protocol()).ok_or_else(|| ControlError::NotConnected {
            channel: channel.to_string(),
            reason: format!("this site has no control system that speaks {}", channel.protocol()),
        })?;
        let mut reading = route.read.get(channel, deadline).await?;
        if let Some(overlay) = self.overlay {
            overlay.apply(channel.name(), &mut reading, None);
        }
        Ok(reading)
    }

    async fn condition_reading(
        &self,
        channel: &Channel,
        deadline: Instant,
    ) -> Result<(Reading, Vec<String>), Violation> {
        let unknown =
            |fault: ControlError| refused(Refusal::MachineState, format!("a condition could not be checked: {fault}"));
        let reading = self.read(channel, deadline).await.map_err(unknown)?;
        let labels = match (&reading.value, self.site.routes.of(channel.protocol())) {
            (Value::Enum(_), Some(route)) => route.read.describe(channel, deadline).await.map_err(unknown)?.labels,
            _ => Vec::new(),
        };
        Ok((reading, labels))
    }
}

/// Whether the rules' rates have room for a write now. It is not counted.
pub(super) fn has_room(
    limiter: &RateLimiter,
    channel: &Channel,
    principal: &Principal,
    rules: &WriteRules,
    now: Timestamp,
) -> Result<(), Violation> {
    limiter
        .check(channel.name(), &principal.name, &rates(rules), now)
        .map_err(|exceeded| too_often(channel, rules, exceeded))
}

fn rates(rules: &WriteRules) -> Vec<Rate> {
    rules.rates.iter().map(|(rate, _)| *rate).collect()
}

fn too_often(channel: &Channel, rules: &WriteRules, exceeded: RateExceeded) -> Violation {
    Violation {
        refusal: Refusal::RateExceeded,
        message: format!("`{channel}` is written too often: {exceeded}"),
        rule: rules.rates.first().map(|(_, rule)| rule.clone()),
        on_violation: rules.on_violation,
    }
}

/// Counts a write against its rules' rates.
pub(super) fn count(
    limiter: &mut RateLimiter,
    channel: &Channel,
    principal: &Principal,
    rules: &WriteRules,
    now: Timestamp,
) -> Result<(), Violation> {
    limiter
        .take(channel.name(), &principal.name, &rates(rules), now)
        .map_err(|exceeded| too_often(channel, rules, exceeded))
}

/// A range for people.
pub(super) fn bounds(range: Range, unit: &str) -> String {
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    match (range.low, range.high) {
        (Some(low), Some(high)) => format!("{low} … {high}{unit}"),
        (Some(low), None) => format!("at least {low}{unit}"),
        (None, Some(high)) => format!("at most {high}{unit}"),
        (None, None) => "no limits".to_owned(),
    }
}

/// Whether two values are the same within the rules' tolerance.
pub(super) fn same(rules: &WriteRules, description: Option<&Description>, one: &Value, other: &Value) -> bool {
    description
        .is_some_and(|description| by_rules::readback(rules, description, one, other) == by_rules::Comparison::Within)
}
