//! [`Policy::explain`]: every check of a read or write in the gate's order, what it says, and which line decides, without
//! asking the machine.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::channel::{Channel, Description, Refusal, Value};

use super::decision::{
    Principal, ReadDecision, ReadRequest, RuleRef, Violation, WriteRequest, WriteRules, WriteRuling,
};
use super::rules::{Policy, who};
use super::{judge, source};

/// Reading or writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Reading.
    Read,
    /// Writing.
    Write,
}

/// What would happen?
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// Who asks.
    pub principal: &'q Principal,
    /// Whether to read or write.
    pub access: Access,
    /// Which channel.
    pub channel: &'q Channel,
    /// What is written.
    pub value: Option<&'q Value>,
    /// What is known about the channel.
    pub description: Option<&'q Description>,
    /// The present value, if it is known.
    pub present: Option<&'q Value>,
    /// When.
    pub now: Timestamp,
}

/// What one check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It lets it through.
    Pass,
    /// It refuses.
    Fail,
    /// Only the machine, or the moment, can tell.
    Unknown,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What is checked, in a word or two.
    pub what: String,
    /// What comes of it.
    pub verdict: Verdict,
    /// The sentence.
    pub detail: String,
    /// The line that says so.
    pub rule: Option<RuleRef>,
}

/// All checks, in the gate's order; after one that fails there is no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// `Fail` if one fails, `Unknown` if the machine has a say, else `Pass`.
    pub verdict: Verdict,
    /// Why not, if not.
    pub refusal: Option<Refusal>,
    /// The line that decided.
    pub rule: Option<RuleRef>,
    /// The checks.
    pub checks: Vec<Check>,
}

impl Explanation {
    fn new() -> Self {
        Self { verdict: Verdict::Pass, refusal: None, rule: None, checks: Vec::new() }
    }

    fn add(&mut self, what: &str, verdict: Verdict, detail: impl Into<String>, rule: Option<&RuleRef>) {
        if verdict == Verdict::Fail || self.verdict == Verdict::Pass {
            self.verdict = verdict;
        }
        self.checks.push(Check { what: what.to_owned(), verdict, detail: detail.into(), rule: rule.cloned() });
    }

    /// Adds the outcome of a check; whether it passed.
    fn outcome(&mut self, what: &str, outcome: Result<String, Violation>, rule: Option<&RuleRef>) -> bool {
        match outcome {
            Ok(detail) => {
                self.add(what, Verdict::Pass, detail, rule);
                true
            }
            Err(violation) => {
                self.add(what, Verdict::Fail, violation.message, violation.rule.as_ref());
                self.refusal = Some(violation.refusal);
                self.rule = violation.rule;
                false
            }
        }
    }
}

impl Policy {
    /// What would be said to this, check by check.
    #[must_use]
    pub fn explain(&self, question: &Question<'_>) -> Explanation {
        let mut explanation = Explanation::new();
        explanation.add("channel", Verdict::Pass, format!("the canonical name is {}", question.channel), None);
        let (channel, principal) = (question.channel, question.principal);
        if question.access == Access::Read {
            let (outcome, rule) = match self.read(&ReadRequest { channel, principal }) {
                ReadDecision::Refused(violation) => (Err(violation), None),
                ReadDecision::Allowed(rules) => {
                    (Ok(format!("{} may read it", source::cut(&who(principal)))), rules.rule)
                }
            };
            explanation.outcome("rule", outcome, rule.as_ref());
            explanation.rule = explanation.rule.or(rule);
            return explanation;
        }
        match self.write(&WriteRequest { channel, principal, now: question.now }) {
            WriteRuling::Refused(violation) => {
                explanation.outcome("rule", Err(violation), None);
            }
            WriteRuling::Allowed(rules) => {
                let detail = format!("{} may write it", source::cut(&who(principal)));
                explanation.add("rule", Verdict::Pass, detail, Some(&rules.rule));
                explanation.rule = Some(rules.rule.clone());
                explain_rules(&mut explanation, &rules, question);
            }
        }
        explanation
    }
}

fn explain_rules(explanation: &mut Explanation, rules: &WriteRules, question: &Question<'_>) {
    for other in rules.rules.iter().skip(1) {
        explanation.add("rule", Verdict::Pass, "another source agrees", Some(other));
    }
    for condition in &rules.conditions {
        explanation.add(
            "machine",
            Verdict::Unknown,
            format!("asks the machine whether {condition}"),
            Some(&condition.by),
        );
    }
    let Some(description) = question.description else {
        explanation.add("connection", Verdict::Unknown, "asks the machine for the channel's type and limits", None);
        later(explanation, rules);
        return;
    };
    let writable = if description.writable {
        Ok("the control system lets it be written".to_owned())
    } else {
        Err(rules.violation(
            Refusal::NotWritable,
            format!("{}: the control system does not let it be written", rules.channel),
            None,
        ))
    };
    if !explanation.outcome("connection", writable, None) {
        return;
    }
    let Some(sent) = question.value else {
        explanation.add("value", Verdict::Unknown, "no value was given", None);
        later(explanation, rules);
        return;
    };
    let judged = judge::value(rules, description, sent);
    let detail =
        judged.as_ref().map(|native| format!("{native} fits the type and is within the limits")).map_err(Clone::clone);
    let by = rules.max.as_ref().or(rules.min.as_ref()).map(|bound| bound.by.clone());
    if !explanation.outcome("value", detail, by.as_ref()) {
        return;
    }
    if let (Some(step), Ok(native)) = (&rules.max_step, &judged) {
        match question.present {
            None => explanation.add(
                "step",
                Verdict::Unknown,
                format!("reads the present value; {} is the largest step", step.value),
                Some(&step.by),
            ),
            Some(present) => {
                let outcome = judge::step(rules, description, native, present);
                let outcome = outcome.map(|()| format!("the step from {present} is not larger than {}", step.value));
                if !explanation.outcome("step", outcome, Some(&step.by)) {
                    return;
                }
            }
        }
    }
    later(explanation, rules);
}

/// What only the moment can tell.
fn later(explanation: &mut Explanation, rules: &WriteRules) {
    for (rate, by) in &rules.rates {
        explanation.add("rate", Verdict::Unknown, format!("at most {rate}"), Some(by));
    }
    if let Some(severity) = rules.refuse_alarm {
        let detail = format!("reads the alarm state; {severity:?} and worse refuse").to_lowercase();
        explanation.add("alarm", Verdict::Unknown, detail, Some(&rules.rule));
    }
    let detail = match rules.confirm {
        super::Confirm::Never => "no person is asked",
        super::Confirm::Plan => "a person approves the plan",
        super::Confirm::Always => "a person confirms each write",
    };
    let verdict = if rules.confirm == super::Confirm::Never { Verdict::Pass } else { Verdict::Unknown };
    explanation.add("approval", verdict, detail, Some(&rules.rule));
}
