//! [`Searcher`]: which server has a channel. One UDP socket and one TCP connection per name server for the whole adapter,
//! however many names are looked for; an unknown name costs a few bytes per second for as long as somebody waits for it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, interval, sleep, sleep_until, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::wire::{self, Header};

/// Most names that are looked for at once.
const MOST_NAMES: usize = 50_000;
/// Most bytes in a datagram: it must never be cut into fragments.
const DATAGRAM: usize = 1024;
/// Most datagrams in a row, and the pause after them: a server's receive buffer holds about a hundred.
const BURST: usize = 32;
const PAUSE: Duration = Duration::from_millis(5);
/// A name is asked for again after this time, then after twice as long, and so on.
const FIRST_REPEAT: Duration = Duration::from_millis(30);
const LONGEST_REPEAT: Duration = Duration::from_secs(1);
/// How often a name server is asked whether it is there; one that says nothing four times is connected to anew.
const LOOK: Duration = Duration::from_secs(10);

/// Too many names are looked for already.
#[derive(Debug)]
pub(super) struct TooMany;

/// Finds servers. Dropping it ends its work.
#[derive(Debug)]
pub(super) struct Searcher {
    wanted: mpsc::UnboundedSender<Wanted>,
    waiting: Arc<AtomicUsize>,
    _work: AbortOnDropHandle<()>,
}

struct Wanted {
    name: Arc<str>,
    found: oneshot::Sender<SocketAddr>,
}

impl Searcher {
    /// A searcher that asks these; must be called in the runtime that is meant.
    pub(super) fn start(
        runtime: &Handle,
        targets: Vec<SocketAddr>,
        name_servers: &[SocketAddr],
        introduction: &[u8],
    ) -> io::Result<Self> {
        let _entered = runtime.enter();
        let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.set_broadcast(true)?;
        socket.set_nonblocking(true)?;
        let socket = UdpSocket::from_std(socket)?;
        let (wanted, requests) = mpsc::unbounded_channel();
        let (answers, answered) = mpsc::channel(1024);
        let mut helpers = Vec::new();
        let mut servers = Vec::new();
        for address in name_servers {
            let (questions, asked) = mpsc::channel(64);
            servers.push(questions);
            let work = ask_name_server(*address, introduction.to_vec(), asked, answers.clone());
            helpers.push(AbortOnDropHandle::new(runtime.spawn(work)));
        }
        let waiting = Arc::new(AtomicUsize::new(0));
        let search = Search {
            socket,
            targets,
            name_servers: servers,
            pending: HashMap::new(),
            due: BinaryHeap::new(),
            next: 1,
            waiting: Arc::clone(&waiting),
        };
        let work = async move {
            // They end with the search.
            let _helpers = helpers;
            let _keeps_the_channel_open = answers;
            search.run(requests, answered).await;
        };
        Ok(Self { wanted, waiting, _work: AbortOnDropHandle::new(runtime.spawn(work)) })
    }

    /// Asks for a name until somebody answers; whoever drops the answer's end stops the asking.
    pub(super) fn find(&self, name: Arc<str>) -> Result<oneshot::Receiver<SocketAddr>, TooMany> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MOST_NAMES {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(TooMany);
        }
        let (found, answer) = oneshot::channel();
        self.wanted.send(Wanted { name, found }).map_err(|_| TooMany)?;
        Ok(answer)
    }
}

struct Pending {
    name: Arc<str>,
    found: oneshot::Sender<SocketAddr>,
    repeat: Duration,
}

struct Search {
    socket: UdpSocket,
    targets: Vec<SocketAddr>,
    name_servers: Vec<mpsc::Sender<Vec<u8>>>,
    pending: HashMap<u32, Pending>,
    due: BinaryHeap<Reverse<(Instant, u32)>>,
    next: u32,
    waiting: Arc<AtomicUsize>,
}

impl Search {
    async fn run(
        mut self,
        mut requests: mpsc::UnboundedReceiver<Wanted>,
        mut answered: mpsc::Receiver<(u32, SocketAddr)>,
    ) {
        let mut fresh = Vec::new();
        let mut datagram = vec![0; 65_536];
        let mut not_before = Instant::now();
        loop {
            let wake = self.due.peek().map(|Reverse((due, _))| (*due).max(not_before));
            tokio::select! {
                count = requests.recv_many(&mut fresh, 4096) => {
                    if count == 0 {
                        return;
                    }
                    for Wanted { name, found } in fresh.drain(..) {
                        let id = self.free_id();
                        self.pending.insert(id, Pending { name, found, repeat: FIRST_REPEAT });
                        self.due.push(Reverse((Instant::now(), id)));
                    }
                    // What else is wanted at this moment shares the datagrams.
                    tokio::task::yield_now().await;
                }
                received = self.socket.recv_from(&mut datagram) => match received {
                    Ok((length, from)) => {
                        self.read_answers(datagram.get(..length).unwrap_or_default(), from.ip());
                        // Some servers answer every name by itself, and the receive buffer is small.
                        for _ in 0..256 {
                            let Ok((length, from)) = self.socket.try_recv_from(&mut datagram) else { break };
                            self.read_answers(datagram.get(..length).unwrap_or_default(), from.ip());
                        }
                    }
                    Err(error) => {
                        tracing::debug!(%error, "a search's answer could not be received");
                        sleep(PAUSE).await;
                    }
                },
                Some((id, server)) = answered.recv() => self.found(id, server),
                () = sleep_until(wake.unwrap_or(not_before)), if wake.is_some() => {
                    if self.ask().await {
                        not_before = Instant::now() + PAUSE;
                    }
                }
            }
        }
    }

    fn free_id(&mut self) -> u32 {
        loop {
            self.next = self.next.wrapping_add(1);
            if !self.pending.contains_key(&self.next) {
                return self.next;
            }
        }
    }

    fn found(&mut self, id: u32, server: SocketAddr) {
        if let Some(pending) = self.pending.remove(&id) {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            let _ = pending.found.send(server);
        }
    }

    fn read_answers(&mut self, mut bytes: &[u8], from: IpAddr) {
        while let Some((header, rest)) = Header::split(bytes) {
            let Some(rest) = usize::try_from(header.size).ok().and_then(|size| rest.get(size..)) else { return };
            if let Some(server) = answer(&header, from) {
                self.found(header.second, server);
            }
            bytes = rest;
        }
    }

    /// Asks for what is due; whether more than one burst was due.
    async fn ask(&mut self) -> bool {
        let now = Instant::now();
        // The more names nobody has, the rarer each is asked for: the traffic stays the same.
        let many = u32::try_from(self.pending.len()).unwrap_or(u32::MAX);
        let longest = LONGEST_REPEAT + Duration::from_micros(100) * many;
        let mut sent = 0;
        let mut batch = empty_batch();
        while let Some(Reverse((due, id))) = self.due.peek().copied() {
            if due > now || sent >= BURST {
                break;
            }
            self.due.pop();
            let Some(pending) = self.pending.get_mut(&id) else { continue };
            if pending.found.is_closed() {
                self.pending.remove(&id);
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let name = wire::zero_terminated(&pending.name);
            let again = pending.repeat;
            pending.repeat = (again * 2).min(longest);
            self.due.push(Reverse((now + again, id)));
            if batch.len() + wire::HEADER + name.len() + 8 > DATAGRAM {
                self.send(std::mem::replace(&mut batch, empty_batch())).await;
                sent += 1;
            }
            let data = (wire::DO_NOT_REPLY, u32::from(wire::MINOR));
            let _ = wire::append(&mut batch, wire::SEARCH, data, (id, id), &name);
        }
        if batch.len() > wire::HEADER {
            self.send(batch).await;
        }
        sent >= BURST
    }

    async fn send(&self, batch: Vec<u8>) {
        for target in &self.targets {
            if let Err(error) = self.socket.send_to(&batch, target).await {
                tracing::debug!(%target, %error, "a search could not be sent");
            }
        }
        for server in &self.name_servers {
            // One that does not take it is asked again with the next repetition.
            let _ = server.try_send(batch.clone());
        }
    }
}

fn empty_batch() -> Vec<u8> {
    wire::message(wire::VERSION, (0, u32::from(wire::MINOR)), (0, 0), &[]).unwrap_or_default()
}

/// The server in an answer to a search.
fn answer(header: &Header, from: IpAddr) -> Option<SocketAddr> {
    if header.command != wire::SEARCH || header.kind == 0 {
        return None;
    }
    let address = match header.first {
        // The server is where the answer comes from.
        u32::MAX | 0 => from,
        other => IpAddr::V4(Ipv4Addr::from_bits(other)),
    };
    Some(SocketAddr::new(address, header.kind))
}

/// Keeps a connection to a name server, for ever.
async fn ask_name_server(
    address: SocketAddr,
    introduction: Vec<u8>,
    mut questions: mpsc::Receiver<Vec<u8>>,
    answers: mpsc::Sender<(u32, SocketAddr)>,
) {
    loop {
        match timeout(Duration::from_secs(5), TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                tracing::debug!(%address, "connected to the name server");
                let ended = talk(stream, address, &introduction, &mut questions, &answers).await;
                tracing::debug!(%address, reason = ended.err().map(|error| error.to_string()), "the name server is gone");
            }
            Ok(Err(error)) => tracing::debug!(%address, %error, "the name server does not answer"),
            Err(_) => tracing::debug!(%address, "the name server does not answer"),
        }
        sleep(Duration::from_millis(500)).await;
        // What was asked meanwhile is asked again anyway.
        while questions.try_recv().is_ok() {}
    }
}

async fn talk(
    mut stream: TcpStream,
    address: SocketAddr,
    introduction: &[u8],
    questions: &mut mpsc::Receiver<Vec<u8>>,
    answers: &mpsc::Sender<(u32, SocketAddr)>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(introduction).await?;
    let (mut reader, mut writer) = stream.split();
    let heard = AtomicBool::new(true);
    let listen = async {
        let mut bytes = Vec::new();
        loop {
            if reader.read_buf(&mut bytes).await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            }
            heard.store(true, Ordering::Relaxed);
            let mut rest = bytes.as_slice();
            while let Some((header, after)) = Header::split(rest) {
                if header.size > 65_536 {
                    return Err(io::Error::other("an answer is too long"));
                }
                let Some(after) = usize::try_from(header.size).ok().and_then(|size| after.get(size..)) else { break };
                if let Some(server) = answer(&header, address.ip()) {
                    let _ = answers.send((header.second, server)).await;
                }
                rest = after;
            }
            let used = bytes.len() - rest.len();
            bytes.drain(..used);
        }
    };
    let speak = async {
        let mut clock = interval(LOOK);
        let mut quiet = 0;
        loop {
            tokio::select! {
                question = questions.recv() => match question {
                    Some(question) => writer.write_all(&question).await?,
                    None => return Ok(()),
                },
                _ = clock.tick() => {
                    quiet = if heard.swap(false, Ordering::Relaxed) { 0 } else { quiet + 1 };
                    if quiet > 3 {
                        return Err(io::Error::from(io::ErrorKind::TimedOut));
                    }
                    writer.write_all(&wire::message(wire::ECHO, (0, 0), (0, 0), &[]).unwrap_or_default()).await?;
                }
            }
        }
    };
    tokio::select! { ended = listen => ended, ended = speak => ended }
}
