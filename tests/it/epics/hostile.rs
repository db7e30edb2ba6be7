//! A Channel Access server that does what no good one does.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use aerie::channel::{Channel, Protocol, Value};
use aerie::control::epics::{ChannelAccess, EpicsSettings};
use aerie::control::{ControlError, ControlSystem, Put};

use crate::epics::within;

/// What it has: any name. A name decides how it is treated.
struct Fake {
    address: String,
    /// The type of every channel.
    kind: Arc<AtomicU16>,
    connections: Arc<AtomicUsize>,
    hang_up: Arc<AtomicBool>,
}

fn message(command: u16, kind: u16, count: u16, first: u32, second: u32, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let padded = payload.len().next_multiple_of(8);
    for number in [command, u16::try_from(padded).unwrap(), kind, count] {
        out.extend(number.to_be_bytes());
    }
    out.extend(first.to_be_bytes());
    out.extend(second.to_be_bytes());
    out.extend(payload);
    out.resize(16 + padded, 0);
    out
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + N].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn n32(bytes: &[u8], at: usize) -> u32 {
    u32::try_from(number::<4>(bytes, at)).unwrap()
}

impl Fake {
    fn start() -> Self {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = tcp.local_addr().unwrap().port();
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let fake = Self {
            address: udp.local_addr().unwrap().to_string(),
            kind: Arc::new(AtomicU16::new(6)),
            connections: Arc::default(),
            hang_up: Arc::default(),
        };
        thread::spawn(move || {
            let mut datagram = vec![0; 2048];
            while let Ok((length, from)) = udp.recv_from(&mut datagram) {
                let mut rest = &datagram[..length];
                while rest.len() >= 16 {
                    let size = usize::try_from(number::<2>(rest, 2)).unwrap();
                    if number::<2>(rest, 0) == 6 {
                        let id = n32(rest, 12);
                        // Noise first, then the answer, then one for somebody else.
                        for noise in [
                            &[0xff; 7][..],
                            &[0xff; 64],
                            &message(6, 0, 0, 0, id, &[]),
                            &message(6, port, 0, 0, !id, &[]),
                        ] {
                            let _ = udp.send_to(noise, from);
                        }
                        let _ = udp.send_to(&message(6, port, 0, u32::MAX, id, &[0, 13]), from);
                    }
                    rest = &rest[16 + size..];
                }
            }
        });
        let (kind, connections, hang_up) =
            (Arc::clone(&fake.kind), Arc::clone(&fake.connections), Arc::clone(&fake.hang_up));
        thread::spawn(move || {
            for stream in tcp.incoming().map_while(Result::ok) {
                connections.fetch_add(1, Ordering::SeqCst);
                let (kind, hang_up) = (Arc::clone(&kind), Arc::clone(&hang_up));
                thread::spawn(move || serve(stream, &kind, &hang_up));
            }
        });
        fake
    }

    fn client(&self) -> ChannelAccess {
        let settings = EpicsSettings { address_list: vec![self.address.clone()], ..EpicsSettings::channel_access() };
        ChannelAccess::connect(&settings).unwrap()
    }
}

/// Serves until the client leaves. Server ids are client ids; names are kept by id.
fn serve(mut stream: TcpStream, kind: &AtomicU16, hang_up: &AtomicBool) -> Option<()> {
    let mut names: Vec<(u32, String)> = Vec::new();
    stream.write_all(&message(0, 0, 13, 0, 0, &[])).ok()?;
    stream.set_read_timeout(Some(Duration::from_millis(20))).ok()?;
    loop {
        let mut head = [0; 16];
        loop {
            if hang_up.swap(false, Ordering::SeqCst) {
                return None;
            }
            match stream.peek(&mut head) {
                Ok(16) => break,
                Ok(0) => return None,
                _ => thread::sleep(Duration::from_millis(1)),
            }
        }
        stream.read_exact(&mut head).ok()?;
        let mut payload = vec![0; usize::try_from(number::<2>(&head, 2)).unwrap()];
        stream.read_exact(&mut payload).ok()?;
        let (first, second) = (n32(&head, 8), n32(&head, 12));
        let kind = kind.load(Ordering::SeqCst);
        let asked = u16::try_from(number::<2>(&head, 4)).unwrap();
        let name_of = |id| names.iter().find(|(known, _)| *known == id).map_or("", |(_, name)| name.as_str());
        let answer = match number::<2>(&head, 0) {
            18 => {
                let name = String::from_utf8_lossy(&payload).trim_end_matches('\0').to_owned();
                names.push((first, name.clone()));
                match name.as_str() {
                    "REFUSED" => message(26, 0, 0, first, 0, &[]),
                    "MUTE" => continue,
                    "STRANGE" => message(18, 65_535, 1, first, first, &[]),
                    _ => message(18, kind, 1, first, first, &[]),
                }
            }
            15 => match name_of(first) {
                "OTHER" => message(15, 14, 1, 1, second, &[b'x'; 56]),
                "SHORT" => message(15, asked, 1, 1, second, &[0; 8]),
                "EMPTY" => message(15, asked, 1, 1, second, &[]),
                "STATUS" => message(15, asked, 1, 152, second, &[]),
                "COMPLAINT" => {
                    let about = [&head[..], b"it hurts"].concat();
                    message(11, 0, 0, 0, 48, &about)
                }
                "TWICE" => {
                    let one = message(15, asked, 1, 1, second, &[0; 24]);
                    [one.clone(), one].concat()
                }
                "HUGE" => {
                    let mut bytes = message(15, asked, 0, 1, second, &[]);
                    bytes[2..4].copy_from_slice(&[0xff, 0xff]);
                    bytes.extend(u32::MAX.to_be_bytes());
                    bytes.extend(1_u32.to_be_bytes());
                    bytes
                }
                "SILENT" => continue,
                "GONE" => message(27, 0, 0, first, 0, &[]),
                "DEAD" => return None,
                _ => {
                    let mut payload = vec![0; 12 + if asked == 20 { 12 } else { 40 }];
                    if asked == 20 {
                        payload[16..].copy_from_slice(&2.5_f64.to_be_bytes());
                    } else {
                        payload[12] = b'k';
                    }
                    message(15, asked, 1, 1, second, &payload)
                }
            },
            19 => match name_of(first) {
                "DEAD" => return None,
                "SILENT" => continue,
                "COMPLAINT" => message(11, 0, 0, 0, 160, &[&head[..], b"it hurts"].concat()),
                _ => message(19, asked, 1, 1, second, &[]),
            },
            _ => continue,
        };
        stream.write_all(&answer).ok()?;
    }
}

fn channel(name: &str) -> Channel {
    Channel::parse(Protocol::Ca, name).unwrap()
}

#[tokio::test]
async fn a_server_that_announces_and_refuses_a_name_is_not_avoided() {
    let fake = Fake::start();
    let system = fake.client();
    for _ in 0..3 {
        let started = Instant::now();
        let refused = system.get(&channel("REFUSED"), within(10.0)).await;
        assert!(matches!(refused, Err(ControlError::NotConnected { .. })), "{refused:?}");
        let read = system.get(&channel(&format!("GOOD{:?}", started.elapsed().as_nanos())), within(10.0)).await;
        assert_eq!(read.unwrap().value, Value::Float(2.5));
        assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
    }
    // In one go with others: nobody else waits for it.
    let mut many: Vec<Channel> = (0..1000).map(|number| channel(&format!("N{number}"))).collect();
    for bad in ["REFUSED", "MUTE", "STRANGE"] {
        many.push(channel(bad));
    }
    let started = Instant::now();
    let readings = system.get_many(&many, within(6.0)).await;
    assert_eq!(readings.iter().filter(|reading| reading.is_ok()).count(), 1000);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!(fake.connections.load(Ordering::SeqCst), 1, "one connection for all");
}

#[tokio::test]
async fn answers_that_make_no_sense_are_errors() {
    let fake = Fake::start();
    let system = fake.client();
    for (name, expected) in [
        ("OTHER", "BAD_ANSWER"),
        ("SHORT", "BAD_ANSWER"),
        ("EMPTY", "BAD_ANSWER"),
        ("STRANGE", "BAD_ANSWER"),
        ("STATUS", "ECA_GETFAIL"),
        ("COMPLAINT", "ECA_ALLOCMEM"),
        ("SILENT", "TimedOut"),
        ("HUGE", "NotConnected"),
        ("GONE", "NotConnected"),
        ("DEAD", "NotConnected"),
        ("MUTE", "NotConnected"),
    ] {
        let read = system.get(&channel(name), within(1.5)).await;
        let got = match &read {
            Err(ControlError::Refused { reason, .. }) => reason.as_str(),
            Err(ControlError::TimedOut { .. }) => "TimedOut",
            Err(ControlError::NotConnected { .. }) => "NotConnected",
            _ => "?",
        };
        assert_eq!(got, expected, "{name}: {read:?}");
        let about = system.describe(&channel(name), within(0.3)).await;
        assert!(about.is_err(), "{name}: {about:?}");
        let read = system.get(&channel("GOOD"), within(10.0)).await;
        assert_eq!(read.expect("the others go on").value, Value::Float(2.5), "after {name}");
    }
    assert_eq!(system.get(&channel("TWICE"), within(10.0)).await.unwrap().value, Value::Float(0.0));
}

#[tokio::test]
async fn a_put_ends_as_it_ended() {
    let fake = Fake::start();
    let system = fake.client();
    let write = async |name: &str| system.put(&channel(name), &Value::Float(1.0), within(1.5)).await;
    assert_eq!(write("GOOD").await, Ok(Put::Accepted));
    assert!(matches!(write("SILENT").await, Ok(Put::Unknown { .. })));
    assert!(matches!(write("DEAD").await, Ok(Put::Unknown { .. })));
    let refused = write("COMPLAINT").await;
    let Err(ControlError::Refused { reason, message, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!((reason.as_str(), message.as_str()), ("ECA_PUTFAIL", "it hurts"));
    assert!(matches!(write("MUTE").await, Err(ControlError::NotConnected { .. })));
}

#[tokio::test]
async fn a_channel_that_comes_back_with_another_type() {
    let fake = Fake::start();
    let system = fake.client();
    let name = channel("CHANGES");
    assert_eq!(system.get(&name, within(10.0)).await.unwrap().value, Value::Float(2.5));
    fake.kind.store(0, Ordering::SeqCst);
    fake.hang_up.store(true, Ordering::SeqCst);
    // A read that leaves before the end of the connection is noticed fails, and rightly so.
    let end = within(30.0);
    let read = loop {
        match system.get(&name, within(10.0)).await {
            Ok(read) if read.value != Value::Float(2.5) => break read,
            other => assert!(Instant::now() < end, "{other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(read.value, Value::Text("k".to_owned()));
    let wrong = system.put(&name, &Value::Float(1.0), within(10.0)).await;
    assert!(matches!(wrong, Err(ControlError::WrongType { .. })), "{wrong:?}");
    assert_eq!(system.put(&name, &Value::Text("x".to_owned()), within(10.0)).await, Ok(Put::Accepted));
}
