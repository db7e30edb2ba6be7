//! Many channels, and many names that nobody has.

use std::time::{Duration, Instant};

use aerie::channel::{Array, Channel, Protocol, Value};
use aerie::control::epics::{ChannelAccess, EpicsSettings};
use aerie::control::{ControlError, ControlSystem};
use futures_util::future::join_all;

use crate::epics::{ca, ca_name, put, pva, pva_name, value, within};
use crate::servers::{Ioc, Kind as Server};

fn bulk(ioc: &Ioc, of: fn(&Ioc, &str) -> Channel) -> Vec<Channel> {
    (0..1000).map(|number| of(ioc, &format!("BULK{number}"))).collect()
}

async fn read_all(system: &dyn ControlSystem, channels: &[Channel]) -> Duration {
    let started = Instant::now();
    let readings = system.get_many(channels, within(30.0)).await;
    let took = started.elapsed();
    for (number, reading) in (0_u32..).zip(readings) {
        assert_eq!(reading.expect("a reading").value, Value::Float(f64::from(number)));
    }
    took
}

#[tokio::test]
async fn a_thousand_channels_are_read_at_once() {
    let ioc = Ioc::shared(Server::Base);
    let (one, two) = (ca(ioc), pva(ioc));
    for (system, channels) in [(&one as &dyn ControlSystem, bulk(ioc, ca_name)), (&two, bulk(ioc, pva_name))] {
        let cold = read_all(system, &channels).await;
        let mut warm = Vec::new();
        for _ in 0..20 {
            warm.push(read_all(system, &channels).await);
        }
        warm.sort();
        eprintln!("{}: 1000 cold {cold:?}, warm {:?} median, {:?} best", system.name(), warm[10], warm[0]);
        let mut single = Vec::new();
        for _ in 0..500 {
            let started = Instant::now();
            value(system, &channels[7]).await;
            single.push(started.elapsed());
        }
        single.sort();
        let mut puts = Vec::new();
        let record = channels[7].clone();
        for _ in 0..200 {
            let started = Instant::now();
            put(system, &record, Value::Float(7.0)).await;
            puts.push(started.elapsed());
        }
        puts.sort();
        eprintln!(
            "{}: one get {:?} p50 {:?} p99; one put {:?} p50",
            system.name(),
            single[250],
            single[495],
            puts[100]
        );
    }
}

#[tokio::test]
async fn a_million_doubles_go_both_ways() {
    let ioc = Ioc::shared(Server::Base);
    let (one, two) = (ca(ioc), pva(ioc));
    let numbers: Vec<f64> = (0..1_000_000).map(f64::from).collect();
    let wanted = Value::Array(Array::of_doubles(&numbers));
    // The record holds what the last one wrote; both are right.
    for (system, channel) in [(&one as &dyn ControlSystem, ca_name(ioc, "BIGWF")), (&two, pva_name(ioc, "BIGWF"))] {
        value(system, &channel).await;
        let started = Instant::now();
        put(system, &channel, wanted.clone()).await;
        let wrote = started.elapsed();
        let started = Instant::now();
        let read = value(system, &channel).await;
        eprintln!("{}: 8 MB written in {wrote:?}, read in {:?}", system.name(), started.elapsed());
        drop(read);
    }
}

#[tokio::test]
async fn names_that_nobody_has_cost_little_and_slow_nobody() {
    let ioc = Ioc::start(Server::Base);
    let (one, two) = (ca(&ioc), pva(&ioc));
    for (system, protocol) in [(&one as &dyn ControlSystem, Protocol::Ca), (&two, Protocol::Pva)] {
        let warm = Channel::parse(protocol, &ioc.name("LONGIN")).unwrap();
        value(system, &warm).await;
        let sockets = sockets();
        let unknown: Vec<Channel> =
            (0..1000).map(|number| Channel::parse(protocol, &format!("NO:{number}")).unwrap()).collect();
        let started = Instant::now();
        let (results, meanwhile) = futures_util::future::join(system.get_many(&unknown, within(1.0)), async {
            let mut meanwhile = Vec::new();
            for _ in 0..50 {
                let started = Instant::now();
                value(system, &warm).await;
                meanwhile.push(started.elapsed());
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            meanwhile.sort();
            meanwhile[25]
        })
        .await;
        assert!(results.iter().all(|read| matches!(read, Err(ControlError::NotConnected { .. }))));
        let took = started.elapsed();
        assert!(took < Duration::from_secs(20), "{took:?}");
        // The middle one: a busy machine may hold up a few.
        assert!(meanwhile < Duration::from_millis(500), "{meanwhile:?}");
        // Again: they are known to be unknown.
        let started = Instant::now();
        let again = system.get_many(&unknown, within(20.0)).await;
        let cheap = started.elapsed();
        assert!(again.iter().all(Result::is_err));
        assert!(cheap < Duration::from_secs(15), "{cheap:?}");
        // A loop over ever new ones.
        let started = Instant::now();
        for round in 0..20 {
            let names = (0..500).map(|number| Channel::parse(protocol, &format!("NO:{round}:{number}")).unwrap());
            let names: Vec<Channel> = names.collect();
            let results = join_all(names.iter().map(|name| system.get(name, within(0.05)))).await;
            assert!(results.iter().all(Result::is_err));
        }
        let loops = started.elapsed();
        let after = Instant::now();
        value(system, &warm).await;
        let found = Instant::now();
        value(system, &Channel::parse(protocol, &ioc.name("COUNT")).unwrap()).await;
        eprintln!(
            "{}: 1000 unknown {took:?} (warm meanwhile {meanwhile:?}), again {cheap:?}, 10000 more {loops:?}; then warm {:?}, new {:?}",
            system.name(),
            found - after,
            found.elapsed()
        );
        assert!(self::sockets() <= sockets + 2, "{} sockets, {sockets} before", self::sockets());
    }
}

/// Open files of this process; other tests open some too.
fn sockets() -> usize {
    let open = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    if std::env::var_os("ONE_TEST_AT_A_TIME").is_some() { open } else { 0 }
}

#[tokio::test]
async fn cold_names_connect_together_whatever_is_among_them() {
    let ioc = Ioc::start(Server::Base);
    for bad in ["MODE.Z", "NOSUCH"] {
        let system = ca(&ioc);
        let mut channels = bulk(&ioc, ca_name);
        for place in [0, 10, 500, 999] {
            channels[place] = ca_name(&ioc, &format!("{bad}{place}"));
        }
        let started = Instant::now();
        let readings = system.get_many(&channels, within(6.0)).await;
        eprintln!("1000 cold with 4 times {bad}: {:?}", started.elapsed());
        assert_eq!(readings.iter().filter(|reading| reading.is_err()).count(), 4);
    }
}

#[tokio::test]
async fn many_names_are_bounded() {
    let ioc = Ioc::start(Server::Base);
    let system = ca(&ioc);
    let warm = ca_name(&ioc, "LONGIN");
    value(&system, &warm).await;
    for round in 0..3 {
        let names: Vec<Channel> =
            (0..10_000).map(|number| Channel::parse(Protocol::Ca, &format!("NO:{round}:{number}")).unwrap()).collect();
        assert!(system.get_many(&names, within(0.5)).await.iter().all(Result::is_err));
    }
    let started = Instant::now();
    value(&system, &warm).await;
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test]
async fn name_servers_are_enough() {
    let ioc = Ioc::shared(Server::Base);
    let settings = EpicsSettings { name_servers: vec![ioc.ca_address()], ..EpicsSettings::channel_access() };
    let system = ChannelAccess::connect(&settings).unwrap();
    assert_eq!(value(&system, &ca_name(ioc, "LONGIN")).await, Value::Int(-42));
    let settings = EpicsSettings { name_servers: vec![ioc.pva_address()], ..EpicsSettings::pv_access() };
    let system = aerie::control::epics::PvAccess::connect(&settings).unwrap();
    assert_eq!(value(&system, &pva_name(ioc, "LONGIN")).await, Value::Int(-42));
}

#[tokio::test]
async fn adapters_with_different_settings_live_side_by_side() {
    let (here, there) = (Ioc::shared(Server::Base), Ioc::shared(Server::Caproto));
    let (one, two) = (ca(here), ca(there));
    let foreign = one.get(&ca_name(there, "COUNT"), within(0.5)).await;
    assert!(matches!(foreign, Err(ControlError::NotConnected { .. })), "{foreign:?}");
    assert_eq!(value(&two, &ca_name(there, "COUNT")).await, Value::Int(7));
    assert_eq!(value(&one, &ca_name(here, "LONGIN")).await, Value::Int(-42));
}
