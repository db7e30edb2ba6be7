//! Durations, rates and tolerances as people write them: `2s`, `10/min`, `1%`.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// So many in any span of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In how long.
    pub per: Duration,
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {:?}", self.count, self.per)
    }
}

/// Most operations that a rate may count; each takes eight bytes while it counts.
const MAX_COUNT: u32 = 100_000;
/// Longest duration: a year.
const MAX_SECONDS: f64 = 366.0 * 86_400.0;

/// How far a value read back may be from the written one. Where both are given, both hold.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Tolerance {
    /// In the channel's unit.
    pub absolute: Option<f64>,
    /// As a part of the written value: 0.01 is one per cent.
    pub relative: Option<f64>,
}

impl Tolerance {
    /// What satisfies both.
    #[must_use]
    pub fn tightest(self, other: Self) -> Self {
        let pick = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self { absolute: pick(self.absolute, other.absolute), relative: pick(self.relative, other.relative) }
    }

    /// Largest difference to this value, if anything is said.
    #[must_use]
    pub fn around(self, written: f64) -> Option<f64> {
        let relative = self.relative.map(|part| part * written.abs());
        match (self.absolute, relative) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}

/// `250ms`, `2s`, `1.5min`, `1h`, `1d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(unit_at).unwrap_or((text, ""));
    let scale = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => {
            return Err(format!(
                "`{}` should be a duration with its unit (ms, s, min, h, d): 500ms, 2s",
                super::source::cut(text)
            ));
        }
    };
    let number = number.trim_end();
    let digits =
        number.starts_with(|c: char| c.is_ascii_digit()) && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let seconds = number.parse::<f64>().ok().filter(|_| digits).map(|number| number * scale);
    match seconds {
        Some(seconds) if seconds <= MAX_SECONDS => Ok(Duration::from_secs_f64(seconds)),
        Some(_) => Err(format!("`{}` is more than a year", super::source::cut(text))),
        None => Err(format!("`{}` should be a duration: 500ms, 2s, 1.5min", super::source::cut(text))),
    }
}

/// `10/min`, `1000/s`, `5/10s`.
pub(super) fn rate(text: &str) -> Result<Rate, String> {
    let wrong = || format!("`{}` should be a rate: 10/min, 1000/s, 5/10s", super::source::cut(text));
    let (count, per) = text.split_once('/').ok_or_else(wrong)?;
    let (count, per) = (count.trim_end(), per.trim_start());
    let count: u32 = count.parse().ok().filter(|_| !count.starts_with('+')).ok_or_else(wrong)?;
    let per = if per.starts_with(|c: char| c.is_ascii_digit()) {
        duration(per)?
    } else {
        duration(&format!("1{per}")).map_err(|_| wrong())?
    };
    if count == 0 {
        return Err("a rate of 0 forbids everything; say `access: read`".to_owned());
    }
    if count > MAX_COUNT {
        return Err(format!("a rate counts at most {MAX_COUNT}; say it for a shorter time"));
    }
    if per.is_zero() {
        return Err(wrong());
    }
    Ok(Rate { count, per })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write() {
        assert_eq!(duration("250ms").unwrap(), Duration::from_millis(250));
        assert_eq!(duration("1.5min").unwrap(), Duration::from_secs(90));
        assert_eq!(rate("10/min").unwrap(), Rate { count: 10, per: Duration::from_mins(1) });
        assert_eq!(rate("5 / 10s").unwrap(), Rate { count: 5, per: Duration::from_secs(10) });
        for text in ["", "2", "s", "-1s", "1 year", "1e300s", "400d", "..s", "é", "NaNs"] {
            assert!(duration(text).is_err(), "{text}");
        }
        for text in ["", "10", "0/s", "10/", "/s", "-1/s", "10/0s", "1000000/s", "1/é", "+1/s"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_tightest_holds() {
        let both = Tolerance { absolute: Some(0.5), relative: Some(0.01) };
        assert_eq!(both.around(10.0), Some(0.1));
        assert_eq!(both.around(-100.0), Some(0.5));
        assert_eq!(Tolerance::default().around(1.0), None);
    }
}
