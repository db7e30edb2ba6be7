//! [`TimeWindow`]: on which days and between which hours a rule lets something be written.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::node::{Keys, Node};
use super::source::{Findings, cut, suggestion};

/// Days and hours in one zone. A window that ends before it begins goes over midnight and belongs to the day on which it
/// begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeWindow {
    /// Monday first.
    days: [bool; 7],
    /// Minutes since midnight, included.
    from: u16,
    /// Minutes since midnight, not included; 1440 is the day's end.
    to: u16,
    zone: TimeZone,
    zone_name: String,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY: u16 = 24 * 60;

impl TimeWindow {
    /// Whether it is open.
    #[must_use]
    pub fn contains(&self, now: Timestamp) -> bool {
        let local = now.to_zoned(self.zone.clone());
        let minute = u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        let today = usize::from(local.weekday().to_monday_zero_offset().unsigned_abs());
        let open = |day: usize| self.days.get(day % 7) == Some(&true);
        if self.from < self.to {
            open(today) && (self.from..self.to).contains(&minute)
        } else {
            (open(today) && minute >= self.from) || (open(today + 6) && minute < self.to)
        }
    }

    pub(super) fn read(node: &Node, findings: &mut Findings) -> Option<Self> {
        let keys = Keys::of(node, "a time", &["days", "from", "to", "zone"], findings)?;
        let mut days = [true; 7];
        if let Some(entry) = keys.get("days") {
            days = [false; 7];
            for (line, text) in entry.texts(findings) {
                add_days(text, &mut days).unwrap_or_else(|(message, help)| findings.error_with(line, message, help));
            }
            if days == [false; 7] {
                findings.error(entry.line, "`days` names no day");
            }
        }
        let mut hour = |key: &str, default: u16| match keys.get(key) {
            None => Some(default),
            Some(entry) => {
                let text = entry.text(findings)?;
                let minute = minute(text);
                if minute.is_none() {
                    findings.error(
                        entry.value.line,
                        format!("`{key}` is `{}`, but should be a time from 00:00 to 24:00", cut(text)),
                    );
                }
                minute
            }
        };
        let (from, to) = (hour("from", 0), hour("to", DAY));
        let Some(entry) = keys.get("zone") else {
            findings.error_with(
                keys.line(),
                "a time has no `zone`",
                "name one, such as Europe/Zurich or UTC".to_owned(),
            );
            return None;
        };
        let name = entry.text(findings)?;
        // The program's own zones: no host's files, so that a policy means the same on each.
        let zone = TimeZoneDatabase::bundled().get(name);
        let (Some(from), Some(to)) = (from, to) else { return None };
        if from == to || from == DAY {
            findings.error(keys.line(), "a time is empty: `from` is `to`, or the day's end");
        }
        match zone {
            Ok(zone) => Some(Self { days, from, to, zone, zone_name: name.to_owned() }),
            Err(_) => {
                findings.error_with(
                    entry.value.line,
                    format!("`{}` is no time zone that is known", cut(name)),
                    "name one of the IANA zones, such as Europe/Zurich, or UTC".to_owned(),
                );
                None
            }
        }
    }
}

impl fmt::Display for TimeWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<&str> = DAYS.iter().zip(self.days).filter(|(_, open)| *open).map(|(day, _)| *day).collect();
        let days = if days.len() == 7 { "every day".to_owned() } else { days.join(", ") };
        let (from, to) = (self.from, self.to);
        write!(f, "{days} {:02}:{:02}-{:02}:{:02} {}", from / 60, from % 60, to / 60, to % 60, self.zone_name)
    }
}

fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let digits =
        |part: &str| (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok()).flatten();
    let (hours, minutes): (u16, u16) = (digits(hours)?, digits(minutes)?);
    (minutes < 60 && hours * 60 + minutes <= DAY).then_some(hours * 60 + minutes)
}

/// `mon`, or `mon-fri`.
fn add_days(text: &str, days: &mut [bool; 7]) -> Result<(), (String, String)> {
    let find = |word: &str| {
        let word = word.trim().to_ascii_lowercase();
        let place = DAYS.iter().position(|day| *day == word);
        place.ok_or_else(|| (format!("`{}` is no day", cut(&word)), suggestion(&word, &DAYS)))
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (find(first)?, find(last)?);
    let mut day = first;
    loop {
        if let Some(open) = days.get_mut(day) {
            *open = true;
        }
        if day == last {
            return Ok(());
        }
        day = (day + 1) % 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<TimeWindow, String> {
        let mut findings = Findings::new("f");
        let node = super::super::yaml::read(text).unwrap().unwrap();
        let window = TimeWindow::read(&node, &mut findings);
        findings.errors.first().map_or(Ok(()), |error| Err(error.to_string()))?;
        window.ok_or("nothing".to_owned())
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn hours_days_and_zones() {
        let window = read("{days: [mon-fri], from: '08:00', to: '18:00', zone: Europe/Zurich}").unwrap();
        assert_eq!(window.to_string(), "mon, tue, wed, thu, fri 08:00-18:00 Europe/Zurich");
        // A Friday in winter: the zone is an hour ahead of UTC. In summer it is two.
        for (time, open) in [
            ("2026-01-09T06:59:59Z", false),
            ("2026-01-09T07:00:00Z", true),
            ("2026-01-09T16:59:59Z", true),
            ("2026-01-09T17:00:00Z", false),
            ("2026-01-10T12:00:00Z", false),
            ("2026-07-10T06:00:00Z", true),
        ] {
            assert_eq!(window.contains(at(time)), open, "{time}");
        }
        let night = read("{days: fri, from: '22:00', to: '06:00', zone: UTC}").unwrap();
        for (time, open) in [
            ("2026-01-09T21:59:59Z", false),
            ("2026-01-09T22:00:00Z", true),
            ("2026-01-10T05:59:00Z", true),
            ("2026-01-10T06:00:00Z", false),
            ("2026-01-09T05:00:00Z", false),
        ] {
            assert_eq!(night.contains(at(time)), open, "{time}");
        }
        assert!(read("{days: [sat-mon], zone: UTC}").unwrap().contains(at("2026-01-11T23:59:59Z")));
    }

    #[test]
    fn what_is_no_window() {
        for text in [
            "{from: '08:00', zone: Mars/Olympus}",
            "{from: '25:00', zone: UTC}",
            "{from: '08:00'}",
            "{days: [mo], zone: UTC}",
            "{from: '08:00', to: '08:00', zone: UTC}",
            "{days: [], zone: UTC}",
            "{form: '08:00', zone: UTC}",
            "[1]",
            "{from: 8, zone: UTC}",
            "{from: '24:00', to: '06:00', zone: UTC}",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
