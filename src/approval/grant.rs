//! [`Grant`]: a person's permission to apply one plan, once.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::plan::Plan;
use crate::execution::{Digest, ExecutionId, hexadecimal};

/// What happens when the program departs from its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDeviation {
    /// The write is refused, and nothing more is written.
    #[default]
    Fail,
    /// The execution waits at that write until a person has said whether it may be made.
    Ask,
}

/// What happens when a planned write fails, is clamped, or cannot be established.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// No further write is made.
    #[default]
    Stop,
    /// No further write is made, and those that were made are taken back in reverse order.
    Rollback,
    /// The program is told, and goes on.
    Continue,
}

/// A permission. Whoever holds the signing key made it; nobody else can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Its own name; it is spent by it.
    pub id: ExecutionId,
    /// The execution whose plan was shown.
    pub plan: ExecutionId,
    /// The plan's digest.
    pub digest: Digest,
    /// Who allowed it.
    pub approver: String,
    /// What they said.
    pub comment: String,
    /// When.
    pub granted: jiff::Timestamp,
    /// Until when it can be used.
    pub expires: jiff::Timestamp,
    /// What happens at a deviation.
    pub on_deviation: OnDeviation,
    /// What happens at a failure.
    pub on_failure: OnFailure,
    /// HMAC-SHA-256 over all of the above, in hexadecimal.
    pub signature: String,
}

/// Why a grant does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// Its signature is not ours.
    #[error("the grant was not made here, or was altered")]
    Forged,
    /// It is for another plan, or the plan changed.
    #[error("the grant is for another plan than this one")]
    OtherPlan,
    /// Too late.
    #[error("the grant expired")]
    Expired,
    /// It was used.
    #[error("this plan was applied already, and a grant is used once: plan again")]
    Spent,
    /// There is nothing that could be approved.
    #[error("the plan cannot be approved: it is incomplete, or plans no write that would be allowed")]
    NothingToApprove,
}

/// The key of one site's grants.
#[derive(Clone)]
pub struct SigningKey([u8; 32]);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    /// A key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn mac(&self, grant: &Grant) -> Option<Hmac<Sha256>> {
        let unsigned = Grant { signature: String::new(), ..grant.clone() };
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(b"aerie grant 1\0");
        mac.update(&serde_json::to_vec(&unsigned).ok()?);
        Some(mac)
    }

    /// What shows that a plan was made by the holder of this key, in hexadecimal.
    #[must_use]
    pub fn seal(&self, plan: &Plan) -> String {
        self.plan_mac(plan).map(|mac| hexadecimal(&mac.finalize().into_bytes())).unwrap_or_default()
    }

    /// Whether that is its seal.
    #[must_use]
    pub fn is_sealed(&self, plan: &Plan, seal: &str) -> bool {
        let (Some(mac), Some(bytes)) = (self.plan_mac(plan), bytes(seal)) else { return false };
        mac.verify_slice(&bytes).is_ok()
    }

    fn plan_mac(&self, plan: &Plan) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(b"aerie plan 1\0");
        mac.update(plan.digest().as_str().as_bytes());
        Some(mac)
    }

    /// Signs a grant for a plan.
    ///
    /// # Errors
    ///
    /// [`GrantError::NothingToApprove`].
    pub fn sign(&self, plan: &Plan, mut grant: Grant) -> Result<Grant, GrantError> {
        if !plan.can_be_approved() {
            return Err(GrantError::NothingToApprove);
        }
        grant.plan = plan.id;
        grant.digest = plan.digest();
        let mac = self.mac(&grant).ok_or(GrantError::Forged)?;
        grant.signature = hexadecimal(&mac.finalize().into_bytes());
        Ok(grant)
    }

    /// Whether a grant holds for this plan at this moment. That it was not used before is not known here.
    pub fn check(&self, grant: &Grant, plan: &Plan, now: jiff::Timestamp) -> Result<(), GrantError> {
        let bytes = bytes(&grant.signature).ok_or(GrantError::Forged)?;
        self.mac(grant).ok_or(GrantError::Forged)?.verify_slice(&bytes).map_err(|_| GrantError::Forged)?;
        if grant.plan != plan.id || grant.digest != plan.digest() {
            return Err(GrantError::OtherPlan);
        }
        if now >= grant.expires || now < grant.granted {
            return Err(GrantError::Expired);
        }
        if !plan.can_be_approved() {
            return Err(GrantError::NothingToApprove);
        }
        Ok(())
    }
}

/// The 32 bytes of 64 hexadecimal digits.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes: Option<Vec<u8>> =
        digits.as_chunks::<2>().0.iter().map(|[high, low]| Some((digit(*high)? << 4) | digit(*low)?)).collect();
    bytes.filter(|_| digits.len() == 64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approval::{Fingerprint, Incomplete, Operation, PlannedWrite, Verdict};
    use crate::channel::{AlarmSeverity, Channel, Protocol, Range, Value};

    fn plan() -> Plan {
        let digest = Digest::of(b"");
        Plan {
            id: ExecutionId::from_parts(1, 2),
            fingerprint: Fingerprint {
                code: digest.clone(),
                inputs: digest.clone(),
                context: digest.clone(),
                policy: digest,
                backend: "wasi".to_owned(),
                control_system: "simulated machine".to_owned(),
                principal: "alice".to_owned(),
                seed: 1,
            },
            created: jiff::Timestamp::UNIX_EPOCH,
            writes: vec![PlannedWrite {
                order: 1,
                operation: Operation::Write,
                channel: Channel::parse(Protocol::Ca, "X:SP").unwrap(),
                before: Some(Value::Float(1.0)),
                value: Value::Float(1.5),
                labels: (None, None),
                unit: "A".to_owned(),
                limits: Range::of_bounds(0.0, 5.0),
                max_step: None,
                alarm: AlarmSeverity::None,
                line: Some(3),
                verdict: Verdict::Allowed,
                reasons: vec![],
                rule: None,
                at: 0.0,
            }],
            incomplete: None,
        }
    }

    fn grant(plan: &Plan) -> Grant {
        let second = jiff::Timestamp::from_second;
        Grant {
            id: ExecutionId::from_parts(1, 9),
            plan: plan.id,
            digest: plan.digest(),
            approver: "bob".to_owned(),
            comment: String::new(),
            granted: second(100).unwrap(),
            expires: second(200).unwrap(),
            on_deviation: OnDeviation::Fail,
            on_failure: OnFailure::Stop,
            signature: String::new(),
        }
    }

    #[test]
    fn a_grant_holds_for_its_plan_until_it_expires() {
        let (key, plan) = (SigningKey::new([7; 32]), plan());
        let grant = key.sign(&plan, grant(&plan)).unwrap();
        let at = |second| jiff::Timestamp::from_second(second).unwrap();
        assert_eq!(key.check(&grant, &plan, at(150)), Ok(()));
        assert_eq!(key.check(&grant, &plan, at(200)), Err(GrantError::Expired));
        assert_eq!(key.check(&grant, &plan, at(99)), Err(GrantError::Expired));
        assert_eq!(SigningKey::new([8; 32]).check(&grant, &plan, at(150)), Err(GrantError::Forged));
    }

    #[test]
    fn whatever_changes_asks_again() {
        let (key, plan) = (SigningKey::new([7; 32]), plan());
        let grant = key.sign(&plan, grant(&plan)).unwrap();
        let now = jiff::Timestamp::from_second(150).unwrap();
        let changes: [fn(&mut Plan); 7] = [
            |plan| plan.writes[0].value = Value::Float(1.500_000_000_000_001),
            |plan| plan.writes[0].before = None,
            |plan| plan.writes[0].channel = Channel::parse(Protocol::Ca, "Y:SP").unwrap(),
            |plan| plan.writes.push(plan.writes[0].clone()),
            |plan| plan.fingerprint.code = Digest::of(b"other"),
            |plan| plan.fingerprint.principal = "mallory".to_owned(),
            |plan| plan.fingerprint.seed = 2,
        ];
        for change in changes {
            let mut other = plan.clone();
            change(&mut other);
            assert_eq!(key.check(&grant, &other, now), Err(GrantError::OtherPlan));
        }
        let changes: [fn(&mut Grant); 5] = [
            |grant| grant.approver = "mallory".to_owned(),
            |grant| grant.expires = jiff::Timestamp::from_second(9_000).unwrap(),
            |grant| grant.on_deviation = OnDeviation::Ask,
            |grant| grant.signature = "zz".repeat(32),
            |grant| grant.signature.truncate(62),
        ];
        for change in changes {
            let mut other = grant.clone();
            change(&mut other);
            assert_eq!(key.check(&other, &plan, now), Err(GrantError::Forged));
        }
    }

    #[test]
    fn an_incomplete_plan_cannot_be_approved() {
        let mut plan = plan();
        plan.incomplete = Some(Incomplete::TooManyWrites { limit: 1 });
        assert_eq!(SigningKey::new([7; 32]).sign(&plan, grant(&plan)), Err(GrantError::NothingToApprove));
    }

    #[test]
    fn a_plan_comes_back_as_it_was_written() {
        let mut plan = plan();
        plan.writes[0].value = Value::Float(f64::NAN);
        let text = serde_json::to_string(&plan).unwrap();
        let back: Plan = serde_json::from_str(&text).unwrap();
        assert_eq!(back.digest(), plan.digest());
    }
}
