//! [`Site`]: what all executions of one site share: the control systems, the rules, and the count of what was done.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use jiff::Timestamp;

use crate::approval::Digest;
use crate::channel::{Channel, Protocol};
use crate::control::ControlSystem;
use crate::policy::{Policy, Rate, RateExceeded, RateLimiter, Tolerance};

/// How one protocol is reached. Reading and writing may go through gateways of their own.
#[derive(Clone)]
pub struct Route {
    /// Who is asked.
    pub read: Arc<dyn ControlSystem>,
    /// Who is told. `None`: nobody; this protocol is only read.
    pub write: Option<Arc<dyn ControlSystem>>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let write = self.write.as_ref().map(|system| system.name());
        f.debug_struct("Route").field("read", &self.read.name()).field("write", &write).finish()
    }
}

impl Route {
    /// One control system for both.
    #[must_use]
    pub fn both(system: Arc<dyn ControlSystem>) -> Self {
        Self { read: Arc::clone(&system), write: Some(system) }
    }
}

/// A site's control systems, by protocol.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    /// EPICS Channel Access.
    pub ca: Option<Route>,
    /// EPICS PV Access.
    pub pva: Option<Route>,
    /// Tango.
    pub tango: Option<Route>,
}

impl Routes {
    /// One control system for all protocols, as the simulated machine is.
    #[must_use]
    pub fn all(system: Arc<dyn ControlSystem>) -> Self {
        let route = Route::both(system);
        Self { ca: Some(route.clone()), pva: Some(route.clone()), tango: Some(route) }
    }

    /// The route of a protocol.
    #[must_use]
    pub fn of(&self, protocol: Protocol) -> Option<&Route> {
        match protocol {
            Protocol::Ca => self.ca.as_ref(),
            Protocol::Pva => self.pva.as_ref(),
            Protocol::Tango => self.tango.as_ref(),
        }
    }

    /// The protocols that there are.
    #[must_use]
    pub fn protocols(&self) -> Vec<Protocol> {
        [Protocol::Ca, Protocol::Pva, Protocol::Tango].into_iter().filter(|p| self.of(*p).is_some()).collect()
    }

    /// Whether nothing real stands behind any of them.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.protocols()
            .into_iter()
            .filter_map(|p| self.of(p))
            .all(|route| route.read.is_simulated() && route.write.as_ref().is_none_or(|system| system.is_simulated()))
    }

    /// What people call it: `simulated machine`, `EPICS Channel Access, Tango`.
    #[must_use]
    pub fn name(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for route in self.protocols().into_iter().filter_map(|p| self.of(p)) {
            if !names.contains(&route.read.name()) {
                names.push(route.read.name());
            }
        }
        if names.is_empty() { "no control system".to_owned() } else { names.join(", ") }
    }
}

/// One site.
pub struct Site {
    /// Its control systems.
    pub routes: Routes,
    /// What `osprey.runtime` speaks.
    pub default_protocol: Protocol,
    /// Its rules.
    pub policy: Policy,
    /// Whether anything is written at all.
    pub writes_enabled: bool,
    /// How far a readback may be off where no rule says it.
    pub default_tolerance: Option<Tolerance>,
    /// How long a call waits for the machine where the program does not say it.
    pub default_timeout: Duration,
    /// What tells this control system from another of the same name; part of what an approval covers.
    pub identity: String,
    limiter: Mutex<RateLimiter>,
    read_limiter: Mutex<RateLimiter>,
    leases: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site").field("control_system", &self.routes.name()).finish_non_exhaustive()
    }
}

/// Operations that are counted at a time.
const MAX_COUNTED: usize = 1 << 20;
/// Leases that are kept before those that ended are swept out.
const SWEEP_AT: usize = 4_096;

impl Site {
    /// A site of these control systems and rules.
    #[must_use]
    pub fn new(routes: Routes, default_protocol: Protocol, policy: Policy, writes_enabled: bool) -> Self {
        Self {
            routes,
            default_protocol,
            policy,
            writes_enabled,
            default_tolerance: None,
            default_timeout: Duration::from_secs(5),
            identity: String::new(),
            limiter: Mutex::new(RateLimiter::new(MAX_COUNTED)),
            read_limiter: Mutex::new(RateLimiter::new(MAX_COUNTED)),
            leases: Mutex::default(),
        }
    }

    /// The machine's name, and what tells it from another of that name.
    #[must_use]
    pub fn machine(&self) -> String {
        format!("{} ({})", self.routes.name(), self.identity)
    }

    /// The digest of the rules, and of whether anything is written at all.
    #[must_use]
    pub fn rules(&self) -> Digest {
        let mut bytes = self.policy.digest().to_vec();
        bytes.push(u8::from(self.writes_enabled));
        bytes.extend(format!("{:?}", self.default_tolerance).bytes());
        Digest::of(&bytes)
    }

    /// Counts a read.
    pub(super) fn count_read(&self, channel: &Channel, principal: &str, rates: &[Rate]) -> Result<(), RateExceeded> {
        if rates.is_empty() {
            return Ok(());
        }
        let mut limiter = self.read_limiter.lock().unwrap_or_else(PoisonError::into_inner);
        limiter.take(channel.name(), principal, rates, Timestamp::now())
    }

    /// The count of what was written, over all executions.
    pub(super) fn limiter(&self) -> std::sync::MutexGuard<'_, RateLimiter> {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nobody else writes this channel, and keeps everybody else from it: what was checked is then still true
    /// when it is written, as far as it is ours.
    pub(super) async fn lease(&self, channel: &Channel) -> tokio::sync::OwnedMutexGuard<()> {
        let lease = {
            let mut leases = self.leases.lock().unwrap_or_else(PoisonError::into_inner);
            if leases.len() >= SWEEP_AT {
                leases.retain(|_, lease| lease.strong_count() > 0);
            }
            match leases.get(channel.name()).and_then(Weak::upgrade) {
                Some(lease) => lease,
                None => {
                    let lease = Arc::new(tokio::sync::Mutex::new(()));
                    leases.insert(channel.name().to_owned(), Arc::downgrade(&lease));
                    lease
                }
            }
        };
        lease.lock_owned().await
    }
}
