//! What moves a circuit's bytes: one task that writes, one that reads, one that watches whether the server is still there.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::time::interval;

use super::super::wire::{self, Header};
use super::Circuit;

/// Longest message that is taken from a server: more than any image, less than what hurts.
const LONGEST: u32 = 256 << 20;
/// How often a quiet server is looked at; after two looks without a sign of life it is asked, after five it is given up.
const LOOK: Duration = Duration::from_secs(5);

impl Circuit {
    pub(super) async fn write(
        self: Arc<Self>,
        mut stream: OwnedWriteHalf,
        mut inbox: mpsc::UnboundedReceiver<Vec<u8>>,
    ) {
        let mut batch = Vec::new();
        let work = async {
            while inbox.recv_many(&mut batch, 1024).await > 0 {
                let length: usize = batch.iter().map(Vec::len).sum();
                // Many small messages in one call; a big one as it is.
                if batch.len() == 1 || length > 1 << 20 {
                    for message in batch.drain(..) {
                        stream.write_all(&message).await?;
                    }
                } else {
                    let bytes = batch.concat();
                    batch.clear();
                    stream.write_all(&bytes).await?;
                }
                self.queued.fetch_sub(length, Ordering::Relaxed);
            }
            Ok::<(), io::Error>(())
        };
        tokio::select! {
            ended = work => if let Err(error) = ended { self.close(&error.to_string()) },
            () = self.gone.cancelled() => {}
        }
    }

    pub(super) async fn read(self: Arc<Self>, stream: OwnedReadHalf) {
        let mut stream = BufReader::with_capacity(64 << 10, stream);
        let work = async {
            loop {
                let mut head = [0; wire::HEADER];
                self.fill(&mut stream, &mut head).await?;
                let (mut header, extended) = Header::read(&head);
                if extended {
                    let mut more = [0; 8];
                    self.fill(&mut stream, &mut more).await?;
                    header.extend(more);
                }
                if header.size > LONGEST {
                    return Err::<(), io::Error>(io::Error::other(format!("a message of {} bytes", header.size)));
                }
                // Zeroed pages cost nothing before they are filled, so a server cannot take memory by announcing it.
                let mut payload = vec![0; usize::try_from(header.size).unwrap_or_default()];
                self.fill(&mut stream, &mut payload).await?;
                self.take(header, payload);
            }
        };
        tokio::select! {
            ended = work => self.close(&ended.err().map_or_else(String::new, |error| error.to_string())),
            () = self.gone.cancelled() => {}
        }
    }

    async fn fill(&self, stream: &mut BufReader<OwnedReadHalf>, mut into: &mut [u8]) -> io::Result<()> {
        while !into.is_empty() {
            let count = stream.read(into).await?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.heard.store(true, Ordering::Relaxed);
            into = into.split_at_mut_checked(count).map(|(_, rest)| rest).unwrap_or_default();
        }
        Ok(())
    }

    /// Asks a quiet server whether it is there, and closes a connection that nobody needs.
    pub(super) async fn watch(self: Arc<Self>) {
        let work = async {
            let mut clock = interval(LOOK);
            clock.tick().await;
            let (mut quiet, mut unused) = (0, 0);
            loop {
                clock.tick().await;
                quiet = if self.heard.swap(false, Ordering::Relaxed) { 0 } else { quiet + 1 };
                unused = if self.is_unused() { unused + 1 } else { 0 };
                if unused > 6 {
                    return "no channel needs it";
                }
                if quiet >= 5 {
                    return "no sign of life";
                }
                if quiet >= 2 {
                    let _ = self.send(wire::message(wire::ECHO, (0, 0), (0, 0), &[]).unwrap_or_default());
                }
            }
        };
        tokio::select! {
            reason = work => self.close(reason),
            () = self.gone.cancelled() => {}
        }
    }

    fn is_unused(&self) -> bool {
        let state = self.state();
        state.standings.is_empty() && state.requests.is_empty()
    }
}
