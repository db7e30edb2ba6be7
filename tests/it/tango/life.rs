//! Servers that go, come back, stop, and change meanwhile.

use std::time::{Duration, Instant};

use aerie::channel::{Channel, Protocol, Value};
use aerie::control::tango::{Tango, TangoError, TangoSettings};
use aerie::control::{ControlError, ControlSystem as _, Put};
use serde_json::json;

use super::{adapter, attribute, get, load, put, run, within};
use crate::servers;

fn channel(text: &str) -> Channel {
    Channel::parse(Protocol::Tango, text).expect("a name")
}

#[test]
fn what_is_not_there_says_so_at_once() {
    let (server, tango) = (servers::Tango::shared(), adapter());
    let no_device = format!("tango://{}/no/such/device/x#dbase=no", server.address());
    for name in ["tango://127.0.0.1:9/a/b/c/d#dbase=no", "tango://127.0.0.1:9/a/b/c/d", &no_device, "a/b/c/d"] {
        let begun = Instant::now();
        let refused = run(tango.get(&channel(name), within(20.0))).unwrap_err();
        assert!(matches!(refused, ControlError::NotConnected { .. }), "{name}: {refused}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{name}: {:?}", begun.elapsed());
        let refused = run(tango.put(&channel(name), &Value::Float(1.0), within(5.0))).unwrap_err();
        assert!(matches!(refused, ControlError::NotConnected { .. }), "{name}: {refused}");
        eprintln!("{refused}");
    }
    // An address that swallows everything: the deadline holds.
    let begun = Instant::now();
    let refused = run(tango.get(&channel("tango://192.0.2.1:1/a/b/c/d#dbase=no"), within(0.5))).unwrap_err();
    assert!(matches!(refused, ControlError::NotConnected { .. }), "{refused}");
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[test]
fn settings_that_are_no_address_are_refused() {
    for host in ["localhost", "a:b", ":1", "a b:1", "h:99999"] {
        let settings = TangoSettings { host: Some(host.to_owned()), ..Default::default() };
        assert_eq!(Tango::connect(&settings).err(), Some(TangoError::InvalidHost(host.to_owned())));
    }
}

#[test]
fn a_server_that_comes_back_is_found_again() {
    let (mut server, tango) = (servers::Tango::start(), adapter());
    let target = attribute(&server, "i64");
    assert_eq!(put(&tango, &target, &Value::Int(5)), Ok(Put::Accepted));
    for _ in 0..2 {
        server.server_mut().kill();
        // A write that leaves before the end of the connection is noticed is unknown, and rightly so.
        std::thread::sleep(Duration::from_secs(1));
        let begun = Instant::now();
        let gone = put(&tango, &target, &Value::Int(6)).unwrap_err();
        assert!(matches!(gone, ControlError::NotConnected { .. }), "certain that nothing was written: {gone}");
        let gone = run(tango.get(&target, within(5.0))).unwrap_err();
        assert!(matches!(gone, ControlError::NotConnected { .. }), "{gone}");
        eprintln!("gone was told after {:?}", begun.elapsed());
        server.server_mut().restart();
        let begun = Instant::now();
        assert_eq!(put(&tango, &target, &Value::Int(7)), Ok(Put::Accepted));
        eprintln!("the first write after a restart took {:?}", begun.elapsed());
        assert_eq!(server.witness().tango_get(&server.trl(), "i64"), json!(7));
    }
    // Gone and back between two calls: the write is sent once, over a new connection.
    server.server_mut().restart();
    assert_eq!(put(&tango, &target, &Value::Int(8)), Ok(Put::Accepted));
}

#[test]
fn a_call_whose_server_dies_comes_back() {
    let (mut server, tango) = (servers::Tango::start(), adapter());
    let target = attribute(&server, "slow_write");
    get(&tango, &target);
    let begun = Instant::now();
    let put = std::thread::scope(|scope| {
        let put = scope.spawn(|| run(tango.put(&target, &Value::Float(1.0), within(30.0))));
        std::thread::sleep(Duration::from_millis(700));
        server.server_mut().kill();
        put.join().unwrap()
    });
    assert!(matches!(put, Ok(Put::Unknown { .. })), "{put:?}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    server.server_mut().restart();
    let begun = Instant::now();
    get(&tango, &target);
    eprintln!("the first read after a restart took {:?}", begun.elapsed());
}

#[test]
fn a_stopped_server_times_out_and_goes_on_healthy() {
    let (server, tango) = (servers::Tango::start_zoo(&[]), adapter());
    let target = attribute(&server, "a_f64");
    put(&tango, &target, &Value::Float(1.0)).unwrap();
    let paused = server.server().pause();
    let begun = Instant::now();
    let unknown = run(tango.put(&target, &Value::Float(2.0), within(0.5))).unwrap();
    assert!(matches!(unknown, Put::Unknown { .. }), "{unknown:?}");
    let late = run(tango.get(&target, within(0.5))).unwrap_err();
    assert!(matches!(late, ControlError::TimedOut { .. }), "{late}");
    // One that never connected.
    let other = adapter();
    let late = run(other.get(&target, within(0.5))).unwrap_err();
    assert!(matches!(late, ControlError::NotConnected { .. }), "{late}");
    assert!(begun.elapsed() < Duration::from_secs(15));
    drop(paused);
    // What was unknown did happen.
    assert_eq!(get(&tango, &target), Value::Float(2.0));
    assert_eq!(get(&other, &target), Value::Float(2.0));
    assert!(load(&server) < 0.2);
    let paused = server.server().pause();
    let late = run(tango.get(&target, within(0.5))).unwrap_err();
    assert!(matches!(late, ControlError::TimedOut { .. }), "{late}");
    drop(paused);
    assert_eq!(get(&tango, &target), Value::Float(2.0));
    assert!(load(&server) < 0.2);
}

/// Passes bytes on until it is told to swallow them, as a network does whose other end has vanished.
struct Wire {
    address: std::net::SocketAddr,
    silent: std::sync::Arc<std::sync::atomic::AtomicBool>,
}

impl Wire {
    fn to(server: String) -> Self {
        use std::sync::atomic::{AtomicBool, Ordering};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let silent = std::sync::Arc::new(AtomicBool::new(false));
        let swallow = std::sync::Arc::clone(&silent);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = std::net::TcpStream::connect(&server).expect("the server");
                for (mut from, mut to) in
                    [(client.try_clone().expect("a socket"), server.try_clone().expect("a socket")), (server, client)]
                {
                    let swallow = std::sync::Arc::clone(&swallow);
                    std::thread::spawn(move || {
                        let mut buffer = [0; 4096];
                        // What was swallowed once stays silent.
                        let mut gone = false;
                        while let Ok(count @ 1..) = std::io::Read::read(&mut from, &mut buffer) {
                            gone |= swallow.load(Ordering::SeqCst);
                            if !gone && std::io::Write::write_all(&mut to, &buffer[..count]).is_err() {
                                break;
                            }
                        }
                    });
                }
            }
        });
        Self { address, silent }
    }

    fn silence(&self, silent: bool) {
        self.silent.store(silent, std::sync::atomic::Ordering::SeqCst);
    }
}

/// A connection that falls silent without an end is given up, and another one is made.
#[test]
fn a_silent_connection_is_replaced() {
    let zoo = servers::Tango::start_zoo(&[]);
    let wire = Wire::to(zoo.address());
    let tango = Tango::connect(&TangoSettings { give_up: Duration::from_secs(1), ..Default::default() }).unwrap();
    let target = channel(&format!("tango://{}/test/zoo/1/a_f64#dbase=no", wire.address));
    assert_eq!(put(&tango, &target, &Value::Float(3.0)), Ok(Put::Accepted));
    wire.silence(true);
    let unknown = run(tango.put(&target, &Value::Float(4.0), within(0.3)));
    assert!(matches!(unknown, Ok(Put::Unknown { .. })), "{unknown:?}");
    wire.silence(false);
    // Waits for the old connection to be given up, and goes on over a new one.
    let begun = Instant::now();
    assert_eq!(get(&tango, &target), Value::Float(3.0), "it had not arrived");
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
}

/// Types are learnt anew from a server that was restarted.
#[test]
fn a_device_may_come_back_with_other_types() {
    let (mut server, tango) = (servers::Tango::start_zoo(&[]), adapter());
    let target = attribute(&server, "shape_shifter");
    assert_eq!(put(&tango, &target, &Value::Float(2.5)), Ok(Put::Accepted));
    server.server_mut().restart_with("ZOO_TYPES", "other");
    let refused = put(&tango, &target, &Value::Float(2.5)).unwrap_err();
    assert!(matches!(refused, ControlError::WrongType { .. }), "{refused}");
    assert_eq!(put(&tango, &target, &Value::Text("new".to_owned())), Ok(Put::Accepted));
    assert_eq!(server.witness().tango_get(&server.trl(), "shape_shifter"), json!("new"));
}

/// A stale address in the database, and a database that goes away.
#[test]
fn a_database_is_asked_again() {
    let mut server = servers::Tango::start_with_database();
    let tango = Tango::connect(&TangoSettings { host: server.host(), ..Default::default() }).unwrap();
    let target = channel("test/ps/1/i64");
    get(&tango, &target);
    server.server_mut().kill();
    let gone = run(tango.get(&target, within(5.0))).unwrap_err();
    assert!(matches!(gone, ControlError::NotConnected { .. }), "{gone}");
    server.server_mut().restart();
    let begun = Instant::now();
    get(&tango, &target);
    eprintln!("the first read after a restart, through the database, took {:?}", begun.elapsed());
    // A device that is connected needs no database.
    server.database_mut().unwrap().kill();
    get(&tango, &target);
    let gone = run(tango.get(&channel("test/ps/2/i64"), within(5.0))).unwrap_err();
    assert!(matches!(&gone, ControlError::NotConnected { reason, .. } if reason.contains("database")), "{gone}");
}

#[test]
fn more_devices_than_an_adapter_holds() {
    let (server, tango) = (servers::Tango::shared(), adapter());
    for number in 0..600 {
        let name = format!("tango://{}/no/such/{number}/x#dbase=no", server.address());
        assert!(run(tango.get(&channel(&name), within(5.0))).is_err());
    }
    get(&tango, &attribute(server, "i64"));
    let threads = std::fs::read_dir("/proc/self/task").unwrap().count();
    assert!(threads < 200, "{threads} threads");
}

#[test]
fn how_fast_it_is() {
    let (server, tango) = (servers::Tango::start(), adapter());
    let (current, echo) = (attribute(&server, "current"), super::command(&server, "Echo"));
    get(&tango, &current);
    let measure = |what: &str, call: &dyn Fn()| {
        let mut took: Vec<Duration> = (0..500)
            .map(|_| {
                let begun = Instant::now();
                call();
                begun.elapsed()
            })
            .collect();
        took.sort();
        eprintln!("{what}: median {:?}, 99 % {:?}", took[250], took[495]);
    };
    measure("read", &|| drop(get(&tango, &current)));
    measure("write", &|| drop(put(&tango, &current, &Value::Float(1.0))));
    measure("command", &|| drop(run(tango.command(&echo, &Value::Text("x".into()), within(5.0)))));
}
