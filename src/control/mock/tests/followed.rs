//! Subscriptions.

use super::*;

async fn next(subscription: &mut Subscription) -> Update {
    tokio::time::timeout(Duration::from_secs(5), subscription.updates.recv()).await.unwrap().unwrap()
}

fn value(update: &Update) -> f64 {
    match update {
        Update::Reading(reading) => reading.value.as_float().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_write_is_an_update_also_of_the_readback() {
    let machine = SimulatedMachine::new(1).with_noise(0.0);
    let mut setpoint = machine.monitor(&ca("A:CURRENT:SP"), soon()).await.unwrap();
    let mut readback = machine.monitor(&ca("A:CURRENT:RB"), soon()).await.unwrap();
    for written in [1.0, 2.0, 3.0] {
        put(&machine, &ca("A:CURRENT:SP"), written).unwrap();
    }
    for subscription in [&mut setpoint, &mut readback] {
        assert_eq!(next(subscription).await, Update::Connected);
        next(subscription).await;
        for written in [1.0, 2.0, 3.0] {
            assert!((value(&next(subscription).await) - written).abs() < 1e-12);
        }
    }
}

#[tokio::test]
async fn a_slow_reader_keeps_the_newest() {
    let machine = SimulatedMachine::new(1);
    let mut followed = machine.monitor(&ca("A:CURRENT:SP"), soon()).await.unwrap();
    for written in 0..300 {
        put(&machine, &ca("A:CURRENT:SP"), written).unwrap();
    }
    assert_eq!(next(&mut followed).await, Update::Connected);
    let mut last = f64::NAN;
    while let Ok(Some(update)) = tokio::time::timeout(Duration::from_millis(50), followed.updates.recv()).await {
        if let Update::Reading(reading) = update {
            last = reading.value.as_float().unwrap();
        }
    }
    assert!((last - 299.0).abs() < 1e-12, "{last}");
}

#[tokio::test]
async fn noisy_channels_tick_with_the_clock_and_ramps_arrive() {
    let clock = Clock::virtual_at(Duration::from_secs(1));
    let machine = SimulatedMachine::from_yaml(EXAMPLE, "m").unwrap().with_clock(clock.clone());
    let mut noisy = machine.monitor(&ca("RF:TEMP"), soon()).await.unwrap();
    next(&mut noisy).await;
    let first = value(&next(&mut noisy).await);
    tokio::task::yield_now().await;
    clock.advance(Duration::from_millis(100));
    assert!((value(&next(&mut noisy).await) - first).abs() > 0.0);
    let mut ramp = machine.monitor(&tango("sr/ps/1/current"), soon()).await.unwrap();
    put(&machine, &tango("sr/ps/1/current"), 110.0).unwrap();
    let mut seen = Vec::new();
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(2)).await;
        clock.advance(Duration::from_millis(100));
    }
    while let Ok(update) = ramp.updates.try_recv() {
        if let Update::Reading(reading) = update {
            seen.push(reading.value.as_float().unwrap());
        }
    }
    assert!(seen.contains(&105.0) && seen.last() == Some(&110.0), "{seen:?}");
}

#[tokio::test]
async fn a_dropped_subscription_is_forgotten_and_a_broken_one_says_so() {
    let (machine, _clock) = example();
    let mut followed = machine.monitor(&ca("TEST:DROPS"), soon()).await.unwrap();
    for _ in 0..3 {
        put(&machine, &ca("TEST:DROPS"), 1.0).unwrap();
    }
    for _ in 0..5 {
        next(&mut followed).await;
    }
    assert_eq!(next(&mut followed).await, Update::Disconnected);
    assert_eq!(machine.core.feeds.count(), 1);
    drop(followed);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(machine.core.feeds.count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_do_not_hang() {
    let machine = Arc::new(SimulatedMachine::new(1).with_lag(Duration::from_millis(1)));
    let tasks = (0..8).map(|task| {
        let machine = Arc::clone(&machine);
        tokio::spawn(async move {
            for round in 0..100 {
                let mut followed = machine.monitor(&ca("A:CURRENT:RB"), soon()).await.unwrap();
                machine.put(&ca("A:CURRENT:SP"), &Value::Float(f64::from(task + round)), soon()).await.unwrap();
                assert_eq!(followed.updates.recv().await, Some(Update::Connected));
                machine.get(&ca("A:CURRENT:RB"), soon()).await.unwrap();
            }
        })
    });
    let all = futures_util::future::join_all(tasks);
    assert!(tokio::time::timeout(Duration::from_mins(1), all).await.unwrap().into_iter().all(|done| done.is_ok()));
    assert_eq!(machine.writes().len(), 800);
}
