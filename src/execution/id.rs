//! [`ExecutionId`]: `ex_` and 26 characters that sort by time.

use std::fmt;
use std::str::FromStr;

/// Names one execution, for ever. 48 bits of milliseconds since 1970 and 80 random bits, in Crockford's base 32.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExecutionId(u128);

/// A text that is no execution id.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no execution id: it must be `ex_` and 26 characters of 0-9 and a-z without i, l, o, u")]
pub struct InvalidExecutionId(String);

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl ExecutionId {
    /// The id for this moment (`millis` since 1970) and these random bits, of which 80 are used.
    #[must_use]
    pub fn from_parts(millis: u64, random: u128) -> Self {
        Self((u128::from(millis & 0xffff_ffff_ffff) << 80) | (random & ((1 << 80) - 1)))
    }

    /// The last eight characters: enough to tell executions of one day apart in a folder's name.
    #[must_use]
    pub fn short(&self) -> String {
        let text = self.to_string();
        text[text.len() - 8..].to_owned()
    }
}

impl fmt::Display for ExecutionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ex_")?;
        for place in (0..26).rev() {
            let digit = (self.0 >> (5 * place)) & 31;
            write!(f, "{}", char::from(ALPHABET[usize::try_from(digit).unwrap_or(0)]))?;
        }
        Ok(())
    }
}

impl fmt::Debug for ExecutionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ExecutionId {
    type Err = InvalidExecutionId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidExecutionId(text.chars().take(64).collect());
        let digits = text.strip_prefix("ex_").filter(|rest| rest.len() == 26).ok_or_else(invalid)?;
        let mut value = 0u128;
        for (place, byte) in digits.bytes().enumerate() {
            let digit = ALPHABET.iter().position(|known| *known == byte).ok_or_else(invalid)?;
            if place == 0 && digit > 7 {
                return Err(invalid());
            }
            value = (value << 5) | digit as u128;
        }
        Ok(Self(value))
    }
}

impl serde::Serialize for ExecutionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for ExecutionId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_writes_and_sorts_by_time() {
        let early = ExecutionId::from_parts(1_790_000_000_000, u128::MAX);
        let late = ExecutionId::from_parts(1_790_000_000_001, 0);
        assert_eq!(early.to_string().parse::<ExecutionId>().unwrap(), early);
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(early.to_string().len(), 29);
    }

    #[test]
    fn refuses_what_is_no_id() {
        for text in [
            "",
            "ex_",
            "ex_zzzzzzzzzzzzzzzzzzzzzzzzzz",
            "ex_0000000000000000000000000i",
            "xx_00000000000000000000000000",
        ] {
            assert!(text.parse::<ExecutionId>().is_err(), "{text}");
        }
    }
}
