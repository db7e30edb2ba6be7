//! Servers that die, come back, stop, or change their minds.

use std::time::{Duration, Instant};

use aerie::channel::{Channel, Value};
use aerie::control::{ControlError, ControlSystem, Put, Update};

use crate::epics::{ca, ca_name, next, put, pva, pva_name, value, within};
use crate::servers::{Ioc, Kind as Server};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_and_returns() {
    let mut ioc = Ioc::start(Server::Base);
    let (one, two) = (ca(&ioc), pva(&ioc));
    let systems: [(&dyn ControlSystem, Channel, Channel); 2] =
        [(&one, ca_name(&ioc, "SET"), ca_name(&ioc, "TICK")), (&two, pva_name(&ioc, "SET"), pva_name(&ioc, "TICK"))];
    for down in [Duration::ZERO, Duration::from_secs(5)] {
        let mut subscriptions = Vec::new();
        for (system, set, tick) in &systems {
            value(*system, set).await;
            let mut subscription = system.monitor(tick, within(5.0)).await.unwrap();
            assert_eq!(next(&mut subscription).await, Update::Connected);
            assert!(matches!(next(&mut subscription).await, Update::Reading(_)));
            subscriptions.push(subscription);
        }
        ioc.server_mut().kill();
        for (system, set, _) in &systems {
            let started = Instant::now();
            let read = system.get(set, within(1.0)).await;
            assert!(matches!(read, Err(ControlError::NotConnected { .. } | ControlError::TimedOut { .. })), "{read:?}");
            let wrote = system.put(set, &Value::Float(1.0), within(1.0)).await;
            assert!(
                matches!(wrote, Err(ControlError::NotConnected { .. } | ControlError::TimedOut { .. })),
                "{wrote:?}"
            );
            // Two deadlines of a second: far from waiting for ever.
            assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
        }
        tokio::time::sleep(down).await;
        ioc.server_mut().restart();
        let returned = Instant::now();
        for (system, set, _) in &systems {
            let started = Instant::now();
            let read = system.get(set, within(30.0)).await;
            eprintln!("{}: {down:?} down, read again {:?} after its return", system.name(), started.elapsed());
            assert_eq!(read.unwrap().value, Value::Float(10.0));
        }
        for ((system, ..), mut subscription) in systems.iter().zip(subscriptions) {
            let mut seen = Vec::new();
            loop {
                let update = next(&mut subscription).await;
                if update == Update::Disconnected {
                    seen.clear();
                }
                seen.push(update);
                if matches!(seen.as_slice(), [Update::Disconnected, Update::Connected, Update::Reading(_), ..]) {
                    break;
                }
            }
            eprintln!("{}: followed again within {:?}", system.name(), returned.elapsed());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_is_a_timeout() {
    let ioc = Ioc::start(Server::Base);
    let (one, two) = (ca(&ioc), pva(&ioc));
    for (system, set) in [(&one as &dyn ControlSystem, ca_name(&ioc, "SET")), (&two, pva_name(&ioc, "SET"))] {
        value(system, &set).await;
        {
            let _paused = ioc.server().pause();
            for _ in 0..3 {
                let started = Instant::now();
                let read = system.get(&set, within(0.4)).await;
                assert!(matches!(read, Err(ControlError::TimedOut { .. })), "{read:?}");
                let about = system.describe(&set, within(0.4)).await;
                assert!(matches!(about, Err(ControlError::TimedOut { .. })), "{about:?}");
                let took = started.elapsed();
                assert!(took > Duration::from_millis(700) && took < Duration::from_secs(20), "{took:?}");
            }
        }
        value(system, &set).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_under_way_when_the_server_dies_is_of_unknown_outcome_and_not_made_twice() {
    let mut ioc = Ioc::start(Server::Base);
    let (one, two) = (ca(&ioc), pva(&ioc));
    for (system, slow) in [(&one as &dyn ControlSystem, ca_name(&ioc, "SLOW.A")), (&two, pva_name(&ioc, "SLOW.A"))] {
        // Long enough that the server dies in the middle of it on any machine.
        put(&one, &ca_name(&ioc, "SLOW.ODLY"), Value::Float(15.0)).await;
        value(system, &slow).await;
        let (outcome, ()) = futures_util::future::join(
            async {
                let started = Instant::now();
                (system.put(&slow, &Value::Float(3.0), within(20.0)).await, started.elapsed())
            },
            async {
                tokio::time::sleep(Duration::from_secs(2)).await;
                ioc.server_mut().kill();
                ioc.server_mut().restart();
            },
        )
        .await;
        assert!(matches!(outcome.0, Ok(Put::Unknown { .. })), "{slow}: {outcome:?}");
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(value(system, &slow).await, Value::Float(0.0), "{slow} was written again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_appears_later_is_found() {
    let mut ioc = Ioc::start(Server::Base);
    ioc.server_mut().kill();
    let (one, two) = (ca(&ioc), pva(&ioc));
    let systems = [(&one as &dyn ControlSystem, ca_name(&ioc, "SET")), (&two, pva_name(&ioc, "SET"))];
    for (system, set) in &systems {
        let read = system.get(set, within(0.5)).await;
        assert!(matches!(read, Err(ControlError::NotConnected { .. })), "{read:?}");
    }
    ioc.server_mut().restart();
    tokio::time::sleep(Duration::from_secs(2)).await;
    for (system, set) in &systems {
        let started = Instant::now();
        put(*system, set, Value::Float(1.0)).await;
        eprintln!("{}: found {:?} after it was asked for", system.name(), started.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_server_finds_it_when_it_comes() {
    let mut ioc = Ioc::start(Server::Base);
    ioc.server_mut().kill();
    let (one, two) = (ca(&ioc), pva(&ioc));
    let names = [ca_name(&ioc, "SET"), pva_name(&ioc, "SET")];
    let reads = async {
        let one = async { (one.get(&names[0], within(40.0)).await, Instant::now()) };
        let two = async { (two.get(&names[1], within(40.0)).await, Instant::now()) };
        futures_util::future::join(one, two).await
    };
    let ((ca, pva), ready) = futures_util::future::join(reads, async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        ioc.server_mut().restart();
        Instant::now()
    })
    .await;
    for (name, (read, when)) in [("ca", ca), ("pva", pva)] {
        eprintln!("{name}: waited for, and found {:?} after its start", when.saturating_duration_since(ready));
        read.unwrap();
    }
}
