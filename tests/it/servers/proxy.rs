//! A TCP proxy in front of a server, whose line can be cut and stalled.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::ports::Port;

/// A line to a server. Dropping it cuts it for good.
pub(crate) struct Proxy {
    port: Port,
    line: Arc<Line>,
}

/// What goes through.
#[derive(Clone, Copy, PartialEq)]
enum Flow {
    Open,
    /// Connections are made and kept, and carry nothing.
    Stalled,
    /// There are no connections, and new ones end at once.
    Cut,
    /// The proxy is gone.
    Over,
}

struct Line {
    state: Mutex<State>,
    changed: Condvar,
    to_server: AtomicU64,
    to_client: AtomicU64,
    accepted: AtomicU64,
}

struct State {
    flow: Flow,
    /// Both ends of each connection.
    ends: BTreeMap<u64, [TcpStream; 2]>,
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, flow: Flow) {
        let mut state = self.state();
        state.flow = flow;
        if matches!(flow, Flow::Cut | Flow::Over) {
            for end in std::mem::take(&mut state.ends).values().flatten() {
                let _ = end.shutdown(Shutdown::Both);
            }
        }
        self.changed.notify_all();
    }

    /// Waits while the line is stalled. Whether the connection is still there.
    fn passes(&self, connection: u64) -> bool {
        let stalled = |state: &mut State| state.flow == Flow::Stalled && state.ends.contains_key(&connection);
        let state = self.changed.wait_while(self.state(), stalled).unwrap_or_else(PoisonError::into_inner);
        state.ends.contains_key(&connection)
    }

    /// Ends a connection on both sides.
    fn end(&self, connection: u64) {
        if let Some(ends) = self.state().ends.remove(&connection) {
            for end in ends {
                let _ = end.shutdown(Shutdown::Both);
            }
        }
    }

    /// Carries one direction to its end.
    fn carry(&self, connection: u64, mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
        let mut bytes = vec![0; 65536];
        while let Ok(length @ 1..) = from.read(&mut bytes) {
            if !self.passes(connection) || to.write_all(&bytes[..length]).is_err() {
                break;
            }
            count.fetch_add(length as u64, Ordering::Relaxed);
        }
        // A stalled line does not tell that one side is gone either.
        self.passes(connection);
        self.end(connection);
    }
}

impl Proxy {
    /// A line to the server on this port of 127.0.0.1.
    pub(crate) fn start(server: u16) -> Self {
        let port = Port::take();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.number())).expect("a port that is ours");
        let line = Arc::new(Line {
            state: Mutex::new(State { flow: Flow::Open, ends: BTreeMap::new() }),
            changed: Condvar::new(),
            to_server: AtomicU64::new(0),
            to_client: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
        });
        let accepting = Arc::clone(&line);
        thread::spawn(move || accept(&listener, server, &accepting));
        Self { port, line }
    }

    /// Where to connect instead of the server.
    pub(crate) fn port(&self) -> u16 {
        self.port.number()
    }

    /// Ends all connections; new ones end at once, until [`Self::restore`].
    pub(crate) fn cut(&self) {
        self.line.set(Flow::Cut);
    }

    /// Keeps connections and accepts new ones, but lets no byte through, until [`Self::restore`].
    pub(crate) fn stall(&self) {
        self.line.set(Flow::Stalled);
    }

    /// Lets through what waits, and what comes.
    pub(crate) fn restore(&self) {
        self.line.set(Flow::Open);
    }

    /// Bytes that went to the server.
    pub(crate) fn to_server(&self) -> u64 {
        self.line.to_server.load(Ordering::Relaxed)
    }

    /// Bytes that came from the server.
    pub(crate) fn to_client(&self) -> u64 {
        self.line.to_client.load(Ordering::Relaxed)
    }

    /// Connections that are there.
    pub(crate) fn connections(&self) -> usize {
        self.line.state().ends.len()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.line.set(Flow::Over);
        // Wakes the thread that accepts, which then leaves.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port.number()));
    }
}

/// Accepts until the proxy is dropped.
fn accept(listener: &TcpListener, server: u16, line: &Arc<Line>) {
    for client in listener.incoming().map_while(Result::ok) {
        if line.state().flow == Flow::Over {
            return;
        }
        let connection = line.accepted.fetch_add(1, Ordering::Relaxed);
        let Ok(there) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)) else {
            continue;
        };
        let _ = (client.set_nodelay(true), there.set_nodelay(true));
        let copy = |end: &TcpStream| end.try_clone().expect("another handle of a socket");
        {
            let mut state = line.state();
            match state.flow {
                Flow::Open | Flow::Stalled => state.ends.insert(connection, [copy(&client), copy(&there)]),
                Flow::Cut => continue,
                Flow::Over => return,
            };
        }
        let (up, down) = (Arc::clone(line), Arc::clone(line));
        let (client_too, there_too) = (copy(&client), copy(&there));
        thread::spawn(move || up.carry(connection, client, there, &up.to_server));
        thread::spawn(move || down.carry(connection, there_too, client_too, &down.to_client));
    }
}
