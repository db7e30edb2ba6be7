//! Free ports that stay ours: across threads, across test processes, and while a killed server is away.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::{environment, until};

/// Below the range that the operating system gives to clients, which would take the port of a server that is away.
const FIRST: u32 = 12_000;
const COUNT: u32 = 20_000;

/// A port of 127.0.0.1, free for TCP and UDP when taken, and taken by no other test process while this lives.
pub(super) struct Port {
    number: u16,
    /// Locked.
    _claim: File,
}

impl Port {
    /// Takes one.
    pub(super) fn take() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder = environment::folder().join("ports");
        fs::create_dir_all(&folder).expect("a folder for claims on ports");
        // Processes start far apart, so that those of other checkouts hardly meet.
        let start = std::process::id().wrapping_mul(7919);
        for _ in 0..COUNT {
            let offset = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
            let number = u16::try_from(FIRST + offset).expect("a port");
            let claim = File::create(folder.join(number.to_string())).expect("a claim on a port");
            if claim.try_lock().is_ok() && is_free(number) {
                return Self { number, _claim: claim };
            }
        }
        panic!("no port is free between {FIRST} and {}", FIRST + COUNT);
    }

    pub(super) fn number(&self) -> u16 {
        self.number
    }

    /// `127.0.0.1:PORT`.
    pub(super) fn address(&self) -> String {
        format!("{}:{}", Ipv4Addr::LOCALHOST, self.number)
    }
}

fn is_free(number: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok() && UdpSocket::bind((Ipv4Addr::UNSPECIFIED, number)).is_ok()
}

/// Waits until a server that is gone has given its ports back.
pub(super) fn wait_until_free(numbers: &[u16]) {
    for number in numbers {
        until(&format!("port {number} is free"), || is_free(*number));
    }
}

/// Waits until the server accepts on its own ports: a library that finds a port taken quietly takes another.
pub(super) fn wait_until_accepting(numbers: &[u16]) {
    for number in numbers {
        let address = (Ipv4Addr::LOCALHOST, *number).into();
        let accepts = || TcpStream::connect_timeout(&address, Duration::from_secs(5)).is_ok();
        until(&format!("port {number} accepts"), accepts);
    }
}
