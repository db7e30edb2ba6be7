//! [`EpicsSettings`]: where one adapter looks for its servers and as whom.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};

/// Where an adapter looks for servers, and as whom it introduces itself. The same keys serve both protocols; only the
/// ports differ ([`EpicsSettings::channel_access`], [`EpicsSettings::pv_access`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpicsSettings {
    /// Hosts that are asked by UDP where a channel is: `host` or `host:port`. May be broadcast addresses.
    pub address_list: Vec<String>,
    /// Servers that are asked by TCP where a channel is: `host` or `host:port`.
    pub name_servers: Vec<String>,
    /// Whether the broadcast addresses of this machine's interfaces are asked too.
    pub auto_address_list: bool,
    /// The servers' port: of UDP and TCP for Channel Access, of TCP for PV Access.
    pub server_port: u16,
    /// The UDP port on which PV Access servers listen for searches. Channel Access searches on `server_port`.
    pub broadcast_port: u16,
    /// The user's name as servers see it. They believe it: it stops accidents, nobody who means harm.
    pub user: Option<String>,
    /// This machine's name as servers see it. As weak as `user`.
    pub host: Option<String>,
}

impl EpicsSettings {
    /// Channel Access on its usual ports, looking nowhere.
    #[must_use]
    pub fn channel_access() -> Self {
        Self::with_ports(5064, 5065)
    }

    /// PV Access on its usual ports, looking nowhere.
    #[must_use]
    pub fn pv_access() -> Self {
        Self::with_ports(5075, 5076)
    }

    fn with_ports(server_port: u16, broadcast_port: u16) -> Self {
        Self {
            address_list: Vec::new(),
            name_servers: Vec::new(),
            auto_address_list: false,
            server_port,
            broadcast_port,
            user: None,
            host: None,
        }
    }

    pub(super) fn user_name(&self) -> String {
        self.user.clone().or_else(|| std::env::var("USER").ok()).unwrap_or_else(|| "nobody".to_owned())
    }

    pub(super) fn host_name(&self) -> String {
        self.host
            .clone()
            .or_else(|| std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned()))
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "localhost".to_owned())
    }

    /// Whom to ask by UDP, on `port` unless they say otherwise.
    pub(super) fn targets(&self, port: u16) -> Result<Vec<SocketAddr>, EpicsSettingsError> {
        let mut targets = resolve_all(&self.address_list, port)?;
        if self.auto_address_list {
            targets.extend(broadcast_addresses(port));
        }
        targets.dedup();
        Ok(targets)
    }

    /// Whom to ask by TCP.
    pub(super) fn name_server_addresses(&self) -> Result<Vec<SocketAddr>, EpicsSettingsError> {
        resolve_all(&self.name_servers, self.server_port)
    }

    pub(super) fn looks_somewhere(&self) -> Result<(), EpicsSettingsError> {
        if self.address_list.is_empty() && self.name_servers.is_empty() && !self.auto_address_list {
            return Err(EpicsSettingsError::Nowhere);
        }
        Ok(())
    }
}

/// Why an adapter could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EpicsSettingsError {
    /// No address list, no name server, no broadcast.
    #[error("no server can be found: give an address list or name servers, or switch auto_address_list on")]
    Nowhere,
    /// A host that nobody knows, or no host.
    #[error("`{entry}` is no address of a server: {reason}; write host or host:port")]
    Address {
        /// What was written.
        entry: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The machine gave no thread or socket.
    #[error("EPICS cannot start: {0}")]
    System(#[from] std::io::Error),
}

fn resolve_all(entries: &[String], port: u16) -> Result<Vec<SocketAddr>, EpicsSettingsError> {
    let mut all = Vec::with_capacity(entries.len());
    for entry in entries {
        let address = resolve(entry.trim(), port)
            .map_err(|reason| EpicsSettingsError::Address { entry: entry.clone(), reason })?;
        if !all.contains(&address) {
            all.push(address);
        }
    }
    Ok(all)
}

/// The IPv4 address of `host` or `host:port`: Channel Access knows no other.
fn resolve(entry: &str, port: u16) -> Result<SocketAddr, String> {
    let (host, port) = match entry.rsplit_once(':') {
        None => (entry, port),
        Some((host, text)) => (host, text.parse().map_err(|_| format!("`{text}` is no port"))?),
    };
    if host.is_empty() {
        return Err("it has no host".to_owned());
    }
    (host, port)
        .to_socket_addrs()
        .map_err(|error| error.to_string())?
        .find(SocketAddr::is_ipv4)
        .ok_or_else(|| "it has no IPv4 address".to_owned())
}

fn broadcast_addresses(port: u16) -> Vec<SocketAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut found: Vec<SocketAddr> = interfaces
        .iter()
        .filter_map(|interface| match &interface.addr {
            if_addrs::IfAddr::V4(v4) if !v4.ip.is_loopback() => v4.broadcast,
            _ => None,
        })
        .map(|address| SocketAddr::new(IpAddr::V4(address), port))
        .collect();
    found.sort_unstable();
    found.dedup();
    if found.is_empty() {
        // A machine without a network still reaches its own servers.
        found.push(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_hosts_with_or_without_a_port() {
        assert_eq!(resolve("127.0.0.1", 5064).unwrap().to_string(), "127.0.0.1:5064");
        assert_eq!(resolve("127.0.0.1:99", 5064).unwrap().to_string(), "127.0.0.1:99");
        for bad in ["", ":5064", "127.0.0.1:x", "127.0.0.1:70000", "no such host.invalid"] {
            assert!(resolve(bad, 5064).is_err(), "{bad}");
        }
    }

    #[test]
    fn looking_nowhere_is_an_error() {
        assert!(EpicsSettings::channel_access().looks_somewhere().is_err());
    }
}
