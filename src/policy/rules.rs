//! [`Policy`]: all sources together.
//!
//! Rules in YAML, of however many files, are one list in the order of the files; limits databases are another. Each list
//! decides by itself, and what both allow is allowed, under the tightest of what they ask.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::channel::{AlarmSeverity, Channel, Refusal};

use super::attributes::Access;
use super::check;
use super::decision::{
    Bound, Confirm, Principal, ReadDecision, ReadRequest, ReadRules, RuleRef, Verify, Violation, WriteRequest,
    WriteRules, WriteRuling,
};
use super::layer::{Found, Layer};
use super::limits;
use super::names::Names;
use super::rule::Rule;
use super::site;
use super::source::{Findings, MAX_SOURCE, Machine, OnViolation, Options, PolicyErrors, Problem, Source, SourceKind};
use super::units::Rate;

/// What holds where nothing is configured.
pub const BUILT_IN: &str = include_str!("../../policies/default.yml");

/// Most elements of a written value where no rule says it.
const DEFAULT_WRITE_ELEMENTS: usize = 65_536;
/// Most elements of a reading where no rule says it.
const DEFAULT_READ_ELEMENTS: usize = 10_000_000;

/// Channel rules, ready to be asked. It knows nothing of the machine but what it is asked.
#[derive(Debug)]
pub struct Policy {
    site: Option<Layer>,
    /// One for each limits database.
    limits: Vec<Layer>,
    reads_listed: bool,
    unlisted_to_limits: bool,
    read_rates: Vec<Rate>,
    read_max_elements: usize,
    options: Options,
    /// The first limits database, for what is not in it.
    limits_file: Arc<str>,
    digest: [u8; 32],
    warnings: Vec<Problem>,
}

impl Policy {
    /// Reads all sources. Nothing is left out: one error anywhere and there is no policy.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once.
    pub fn load(sources: &[Source<'_>], options: &Options) -> Result<Self, PolicyErrors> {
        let (mut errors, mut warnings) = (Vec::new(), Vec::new());
        let mut rules = Vec::new();
        let mut policy = Self {
            site: None,
            limits: Vec::new(),
            reads_listed: false,
            unlisted_to_limits: false,
            read_rates: Vec::new(),
            read_max_elements: DEFAULT_READ_ELEMENTS,
            options: *options,
            limits_file: Arc::from(""),
            digest: digest(sources, *options),
            warnings: Vec::new(),
        };
        let mut has_site = false;
        for source in sources {
            let mut findings = Findings::new(source.name);
            if source.text.len() > MAX_SOURCE {
                findings.error(1, format!("more than {} MiB", MAX_SOURCE >> 20));
            } else if source.kind == SourceKind::Rules {
                let site = site::read(source.text, *options, &mut findings);
                rules.extend(site.rules);
                policy.reads_listed |= site.reads_listed;
                // Every file has to agree to what opens something.
                policy.unlisted_to_limits = site.unlisted_to_limits && (!has_site || policy.unlisted_to_limits);
                policy.read_rates.extend(site.read_rate);
                policy.read_max_elements =
                    site.read_max_elements.map_or(policy.read_max_elements, |most| most.min(policy.read_max_elements));
                has_site = true;
            } else {
                policy.limits.push(Layer::new(limits::read(source.text, *options, &mut findings)));
                if policy.limits_file.is_empty() {
                    policy.limits_file = Arc::from(source.name);
                }
            }
            errors.append(&mut findings.errors);
            warnings.append(&mut findings.warnings);
        }
        if has_site {
            let layer = Layer::new(rules);
            let mut checked = check::rules(&layer);
            errors.append(&mut checked.errors);
            warnings.append(&mut checked.warnings);
            policy.site = Some(layer);
        }
        if errors.is_empty() {
            policy.warnings = warnings;
            Ok(policy)
        } else {
            Err(PolicyErrors { problems: errors })
        }
    }

    /// What holds where nothing is configured: the simulated machine may be written with a plan, a real one not at all.
    pub fn built_in(machine: Machine) -> Result<Self, PolicyErrors> {
        let source = Source { name: "policies/default.yml", text: BUILT_IN, kind: SourceKind::Rules };
        Self::load(&[source], &Options { machine, ..Options::default() })
    }

    /// SHA-256 of the sources' bytes, their names and kinds, and the options: what an approval is bound to.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// What is odd, but no error.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    pub(super) fn site(&self) -> Option<&Layer> {
        self.site.as_ref()
    }

    pub(super) fn limits(&self) -> &[Layer] {
        &self.limits
    }

    /// How many rules there are, entries of limits databases included.
    #[must_use]
    pub fn len(&self) -> usize {
        [&self.site].into_iter().flatten().chain(&self.limits).map(|layer| layer.rules.len()).sum()
    }

    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// May this be read?
    #[must_use]
    pub fn read(&self, request: &ReadRequest<'_>) -> ReadDecision {
        let names = Names::of(request.channel);
        let channel = request.channel;
        let mut rules = ReadRules { rates: self.read_rates.clone(), max_elements: self.read_max_elements, rule: None };
        // A limits database is about writing.
        let found = self.site.as_ref().map_or(Found::Nothing, |layer| layer.find(&names, request.principal, false));
        match found {
            Found::Denied(rule) => {
                let message = with_reason(format!("{channel} may not be read"), rule);
                ReadDecision::Refused(Violation::new(Refusal::Forbidden, message, Some(&rule.by)))
            }
            Found::Rule(rule) | Found::OtherField(rule) if rule.access() == Access::None => {
                let message = with_reason(format!("{channel} may not be read"), rule);
                ReadDecision::Refused(Violation::new(Refusal::Forbidden, message, Some(&rule.by)))
            }
            Found::Rule(rule) | Found::OtherField(rule) => {
                rules.rule = Some(rule.by.clone());
                rules.rates.extend(rule.attributes.read_rate.flatten());
                rules.max_elements =
                    rule.attributes.read_max_elements.map_or(rules.max_elements, |most| most.min(rules.max_elements));
                ReadDecision::Allowed(rules)
            }
            Found::Nothing if self.reads_listed => {
                let message = format!("no rule lets {} read {channel}", request.principal.name);
                ReadDecision::Refused(Violation::new(Refusal::UnlistedChannel, message, None))
            }
            // A name that says where to connect would take a program to any host.
            Found::Nothing if channel.name().starts_with("tango://") => {
                let message = format!("{channel} names a host: it is read only if a rule names it, with `tango://`");
                ReadDecision::Refused(Violation::new(Refusal::UnlistedChannel, message, None))
            }
            Found::Nothing => ReadDecision::Allowed(rules),
        }
    }

    /// May this be written, and how?
    #[must_use]
    pub fn write(&self, request: &WriteRequest<'_>) -> WriteRuling {
        match self.rule_on(request) {
            Ok(rules) => WriteRuling::Allowed(Box::new(rules)),
            Err(violation) => WriteRuling::Refused(violation),
        }
    }

    fn rule_on(&self, request: &WriteRequest<'_>) -> Result<WriteRules, Violation> {
        let names = Names::of(request.channel);
        let site = self.site.as_ref().map(|layer| layer.find(&names, request.principal, true));
        let mut rules = match site {
            None => None,
            Some(Found::Nothing) if self.unlisted_to_limits && !self.limits.is_empty() => None,
            Some(found) => Some(consent(found, request, None, OnViolation::Skip)?),
        };
        // Of several databases one has to list it; all that do are heard.
        let mut listed = false;
        for layer in &self.limits {
            match layer.find(&names, request.principal, true) {
                Found::Nothing => {}
                found => {
                    listed = true;
                    rules = Some(consent(found, request, rules, self.options.on_violation)?);
                }
            }
        }
        if !listed && !self.limits.is_empty() {
            if !self.options.allow_unlisted_channels {
                return Err(unlisted(request).then(self.options.on_violation));
            }
            if rules.is_none() {
                let by =
                    RuleRef { name: "allow_unlisted_channels".into(), file: Arc::clone(&self.limits_file), line: 1 };
                let mut open = WriteRules::new(request.channel, by);
                open.limits_required = self.options.limits_required;
                open.on_violation = self.options.on_violation;
                rules = Some(open);
            }
        }
        rules.ok_or_else(|| unlisted(request))
    }
}

fn unlisted(request: &WriteRequest<'_>) -> Violation {
    let WriteRequest { channel, principal, .. } = request;
    let message =
        format!("no rule lets {} write {channel}", if principal.name.is_empty() { "anybody" } else { &principal.name });
    Violation::new(Refusal::UnlistedChannel, message, None)
}

fn with_reason(message: String, rule: &Rule) -> String {
    match &rule.attributes.reason {
        Some(reason) => format!("{message}: {reason}"),
        None => message,
    }
}

/// What one list says, joined with what the other said.
fn consent(
    found: Found<'_>,
    request: &WriteRequest<'_>,
    rules: Option<WriteRules>,
    on_violation: OnViolation,
) -> Result<WriteRules, Violation> {
    let channel = request.channel;
    let refuse = |refusal, message: String, rule: &Rule| {
        Err(Violation::new(refusal, with_reason(message, rule), Some(&rule.by)).then(on_violation))
    };
    let rule = match found {
        Found::Nothing => return Err(unlisted(request).then(on_violation)),
        Found::Denied(rule) => return refuse(Refusal::Forbidden, format!("{channel} may not be written"), rule),
        Found::OtherField(rule) => {
            let field = channel.field().map_or("", |(_, field)| field);
            return refuse(
                Refusal::UnlistedField,
                format!("{channel}: the rule does not list the field {field}"),
                rule,
            );
        }
        Found::Rule(rule) => rule,
    };
    match rule.access() {
        Access::None => return refuse(Refusal::Forbidden, format!("{channel} may not be written"), rule),
        Access::Read => return refuse(Refusal::ReadOnlyChannel, format!("{channel} may be read only"), rule),
        Access::Write => {}
    }
    if let Some(windows) = &rule.attributes.time
        && !windows.iter().any(|window| window.contains(request.now))
    {
        let open: Vec<String> = windows.iter().map(ToString::to_string).collect();
        let now = request.now;
        let message = format!("{channel} may be written {}, and now is {now:.0}", open.join(" or "));
        return refuse(Refusal::OutsideTimeWindow, message, rule);
    }
    let (mut rules, first) = match rules {
        Some(mut rules) => {
            rules.rules.push(rule.by.clone());
            (rules, false)
        }
        None => (WriteRules::new(channel, rule.by.clone()), true),
    };
    rules.take(rule, first, on_violation);
    Ok(rules)
}

impl WriteRules {
    fn new(channel: &Channel, by: RuleRef) -> Self {
        Self {
            channel: channel.clone(),
            rules: vec![by.clone()],
            rule: by,
            min: None,
            max: None,
            max_step: None,
            values: Vec::new(),
            limits_required: true,
            rates: Vec::new(),
            confirm: Confirm::default(),
            verify: Verify::default(),
            readback: None,
            tolerance: None,
            settle: Duration::ZERO,
            refuse_alarm: Some(AlarmSeverity::Major),
            conditions: Vec::new(),
            allow_nan: false,
            max_elements: DEFAULT_WRITE_ELEMENTS,
            on_violation: OnViolation::Skip,
            reason: None,
        }
    }

    /// Takes what a rule says. The `first` rule may say less than the product's defaults; what a further one says counts
    /// where it is tighter, and where it says nothing it has no opinion.
    fn take(&mut self, rule: &Rule, first: bool, on_violation: OnViolation) {
        let a = &rule.attributes;
        let tighter = |own: &mut Option<Bound>, other: Option<Bound>, better: fn(f64, f64) -> bool| {
            if let Some(other) = other
                && own.as_ref().is_none_or(|own| better(other.value, own.value))
            {
                *own = Some(other);
            }
        };
        tighter(&mut self.min, a.min.clone().flatten(), |a, b| a > b);
        tighter(&mut self.max, a.max.clone().flatten(), |a, b| a < b);
        tighter(&mut self.max_step, a.max_step.clone().flatten(), |a, b| a < b);
        self.values.extend(a.values.clone().flatten());
        self.rates.extend(a.rate.clone().flatten());
        self.conditions.extend(a.conditions.iter().flatten().map(Arc::clone));
        self.settle = self.settle.max(a.settle.unwrap_or_default());
        self.on_violation = self.on_violation.max(on_violation);
        let own = |own, other: Option<bool>, both: fn(bool, bool) -> bool| match other {
            Some(other) if first => other,
            Some(other) => both(own, other),
            None => own,
        };
        self.limits_required = own(self.limits_required, a.limits_required, |a, b| a || b);
        self.allow_nan = own(self.allow_nan, a.allow_nan, |a, b| a && b);
        if let Some(confirm) = a.confirm {
            self.confirm = if first { confirm } else { self.confirm.max(confirm) };
        }
        if let Some(verify) = a.verify {
            self.verify = if first { verify } else { self.verify.max(verify) };
        }
        if let Some(elements) = a.max_elements {
            self.max_elements = if first { elements } else { self.max_elements.min(elements) };
        }
        if let Some(refuse) = a.refuse_alarm {
            self.refuse_alarm = match (self.refuse_alarm, refuse) {
                (Some(own), Some(other)) if !first => Some(own.min(other)),
                (own, None) if !first => own,
                (_, other) => other,
            };
        }
        if let Some(tolerance) = a.tolerance.flatten() {
            self.tolerance = Some(self.tolerance.unwrap_or_default().tightest(tolerance));
        }
        if self.readback.is_none() {
            self.readback =
                a.readback.as_ref().and_then(Option::as_ref).and_then(|readback| readback.of(&self.channel));
        }
        if self.reason.is_none() {
            self.reason.clone_from(&a.reason);
        }
    }
}

fn digest(sources: &[Source<'_>], options: Options) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(b"aerie channel policy 1");
    // Every option by name: a new one changes every digest, as it may change every decision.
    part(serde_json::to_string(&options).unwrap_or_default().as_bytes());
    for source in sources {
        part(if source.kind == SourceKind::Rules { b"rules" } else { b"limits" });
        part(source.name.as_bytes());
        part(source.text.as_bytes());
    }
    hash.finalize().into()
}

/// Who asks, for messages.
pub(super) fn who(principal: &Principal) -> String {
    let roles = principal.roles.iter().map(|role| format!("role:{role}"));
    std::iter::once(principal.name.clone()).chain(roles).collect::<Vec<_>>().join(", ")
}
