//! Values and metadata out of Channel Access answers. The numbers of an array are swapped in place, never one by one.

use super::link::Link;
use super::wire;
use crate::channel::{AlarmSeverity, Array, Description, Kind, NativeType, Range, Reading, ScalarKind, Value};

/// Seconds from 1970 to 1990, when EPICS's time begins.
const EPOCH: i64 = 631_152_000;

/// The type of a channel's elements.
pub(super) fn kind_of(link: &Link) -> Option<Kind> {
    Some(match link.kind {
        wire::STRING => Kind::Text,
        wire::ENUM if link.is_scalar() => Kind::Enum,
        other => Kind::Number(number_of(other)?),
    })
}

pub(super) fn number_of(kind: u16) -> Option<ScalarKind> {
    Some(match kind {
        wire::SHORT => ScalarKind::I16,
        wire::FLOAT => ScalarKind::F32,
        // A waveform of enumerations has no labels worth having.
        wire::ENUM => ScalarKind::U16,
        // The protocol says nothing about its sign; most clients take it as unsigned.
        wire::CHAR => ScalarKind::U8,
        wire::LONG => ScalarKind::I32,
        wire::DOUBLE => ScalarKind::F64,
        _ => return None,
    })
}

/// A channel's own type.
pub(super) fn native(link: &Link) -> Option<NativeType> {
    let shape = if link.is_scalar() { Vec::new() } else { vec![usize::try_from(link.count).ok()?] };
    Some(NativeType { kind: kind_of(link)?, shape, name: wire::type_name(link.kind).to_owned() })
}

/// The reading in an answer of the type with time and alarm, of `count` elements.
pub(super) fn reading(link: &Link, kind: u16, count: u32, payload: Vec<u8>) -> Option<Reading> {
    if kind != link.kind.saturating_add(wire::TIME) {
        return None;
    }
    let mut fields = Fields(&payload);
    let (status, severity) = (fields.u16()?, fields.u16()?);
    let (seconds, nanoseconds) = (fields.u32()?, fields.u32()?);
    let start = match link.kind {
        wire::SHORT | wire::ENUM => 14,
        wire::CHAR => 15,
        wire::DOUBLE => 16,
        _ => 12,
    };
    let value = value(link, usize::try_from(count).ok()?, payload, start)?;
    Some(Reading {
        value,
        set_value: None,
        severity: AlarmSeverity::of_number(severity),
        status,
        message: if status == 0 && severity == 0 { String::new() } else { alarm_name(status) },
        time: (EPOCH + i64::from(seconds), nanoseconds.min(999_999_999)),
    })
}

fn value(link: &Link, count: usize, mut payload: Vec<u8>, start: usize) -> Option<Value> {
    let data = payload.get(start..)?;
    if link.kind == wire::STRING {
        if link.is_scalar() {
            return Some(Value::Text(wire::text(data.get(..wire::STRING_SIZE).unwrap_or(data))));
        }
        let texts: Vec<String> = data.chunks(wire::STRING_SIZE).take(count).map(wire::text).collect();
        return (texts.len() == count).then_some(Value::Texts(texts));
    }
    let number = number_of(link.kind)?;
    if link.is_scalar() {
        let mut fields = Fields(data);
        return Some(match link.kind {
            wire::SHORT => Value::Int(fields.u16()?.cast_signed().into()),
            wire::FLOAT => Value::Float(f32::from_bits(fields.u32()?).into()),
            wire::ENUM => Value::Enum(fields.u16()?.into()),
            wire::CHAR => Value::Int(fields.u8()?.into()),
            wire::LONG => Value::Int(fields.u32()?.cast_signed().into()),
            _ => Value::Float(fields.f64()?),
        });
    }
    let length = count.checked_mul(number.size())?;
    payload.truncate(start.checked_add(length)?);
    if payload.len() != start + length {
        return None;
    }
    payload.drain(..start);
    swap(number.size(), &mut payload);
    Array::new(number, vec![count], payload).map(Value::Array)
}

/// Turns every element around: the wire is big-endian, arrays are little-endian.
pub(super) fn swap(size: usize, bytes: &mut [u8]) {
    match size {
        2 => bytes.as_chunks_mut::<2>().0.iter_mut().for_each(|chunk| chunk.reverse()),
        4 => {
            bytes.as_chunks_mut::<4>().0.iter_mut().for_each(|chunk| *chunk = u32::from_be_bytes(*chunk).to_le_bytes());
        }
        8 => {
            bytes.as_chunks_mut::<8>().0.iter_mut().for_each(|chunk| *chunk = u64::from_be_bytes(*chunk).to_le_bytes());
        }
        _ => {}
    }
}

/// The description of a channel from an answer of the type with limits; without one, what the channel itself says.
pub(super) fn description(link: &Link, answer: Option<(u16, &[u8])>) -> Option<Description> {
    let mut about = Description::of(native(link)?);
    about.readable = link.may_read();
    about.writable = link.may_write();
    about.server = link.circuit.address.to_string();
    let Some((kind, payload)) = answer else { return Some(about) };
    if kind != link.kind.saturating_add(wire::CONTROL) {
        return None;
    }
    let mut fields = Fields(payload);
    fields.take(4)?;
    match link.kind {
        wire::STRING => return Some(about),
        wire::ENUM => {
            about.labels = labels(kind, payload)?;
            return Some(about);
        }
        wire::FLOAT | wire::DOUBLE => {
            about.precision = Some(i32::from(fields.u16()?.cast_signed()));
            fields.take(2)?;
        }
        _ => {}
    }
    about.unit = wire::text(fields.take(8)?);
    let mut bounds = [0.0; 8];
    for bound in &mut bounds {
        *bound = match link.kind {
            wire::SHORT => f64::from(fields.u16()?.cast_signed()),
            wire::CHAR => f64::from(fields.u8()?),
            wire::LONG => f64::from(fields.u32()?.cast_signed()),
            wire::FLOAT => f64::from(f32::from_bits(fields.u32()?)),
            _ => fields.f64()?,
        };
    }
    let [display_high, display_low, alarm_high, warning_high, warning_low, alarm_low, control_high, control_low] =
        bounds;
    about.display = Range::of_bounds(display_low, display_high);
    about.alarm = Range::of_sides(alarm_low, alarm_high);
    about.warning = Range::of_sides(warning_low, warning_high);
    about.control = Range::of_bounds(control_low, control_high);
    Some(about)
}

/// The labels in an answer of the enumeration's type with labels.
pub(super) fn labels(kind: u16, payload: &[u8]) -> Option<Vec<String>> {
    if kind != wire::ENUM + wire::CONTROL {
        return None;
    }
    let mut fields = Fields(payload);
    fields.take(4)?;
    let count = usize::from(fields.u16()?).min(16);
    Some(fields.take(16 * 26)?.chunks(26).take(count).map(wire::text).collect())
}

/// Fields one after the other.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn chunk<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u8(&mut self) -> Option<u8> {
        self.chunk().map(u8::from_be_bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.chunk().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.chunk().map(u32::from_be_bytes)
    }

    fn f64(&mut self) -> Option<f64> {
        self.chunk().map(f64::from_be_bytes)
    }
}

/// The word for a record's alarm status.
fn alarm_name(status: u16) -> String {
    const NAMES: [&str; 22] = [
        "NO_ALARM",
        "READ",
        "WRITE",
        "HIHI",
        "HIGH",
        "LOLO",
        "LOW",
        "STATE",
        "COS",
        "COMM",
        "TIMEOUT",
        "HWLIMIT",
        "CALC",
        "SCAN",
        "LINK",
        "SOFT",
        "BAD_SUB",
        "UDF",
        "DISABLE",
        "SIMM",
        "READ_ACCESS",
        "WRITE_ACCESS",
    ];
    NAMES.get(usize::from(status)).map_or_else(|| format!("status {status}"), |name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::epics::ca::circuit::Circuit;

    #[tokio::test]
    async fn no_answer_makes_it_panic() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let circuit = Circuit::open(listener.local_addr().unwrap(), Vec::new()).await.unwrap();
        for kind in [0, 1, 2, 3, 4, 5, 6, 7, 38, u16::MAX] {
            for count in [0, 1, 2, 100, u32::MAX] {
                let link = Link::new(circuit.clone(), std::sync::Arc::default(), (1, 1), (kind, count));
                for length in (0..64).chain([100, 431, 432, 500, 4000]) {
                    for fill in [0, 1, 0x7f, 0xff] {
                        let payload = vec![fill; length];
                        for answered in [0, 1, 2, 100, u32::MAX] {
                            for form in [0, wire::TIME, wire::CONTROL, u16::MAX] {
                                let answer = kind.saturating_add(form);
                                if let Some(reading) = reading(&link, answer, answered, payload.clone()) {
                                    assert!(reading.time.1 < 1_000_000_000);
                                    assert!(link.is_scalar() || reading.value.len() == answered as usize);
                                }
                                let _ = description(&link, Some((answer, &payload)));
                                let _ = labels(answer, &payload);
                            }
                        }
                    }
                }
                let _ = description(&link, None);
            }
        }
    }
}
