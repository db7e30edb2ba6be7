//! `aerie ledger`: the tamper-evident record of all that happened.

use std::io::{BufReader, Write};
use std::path::PathBuf;
use std::time::Duration;

use anstream::eprintln;
use clap::{Args, Subcommand};
use serde_json::json;

use super::approvals::at_once;
use super::drive::drive_within;
use super::failure::{Failure, show};
use super::launch::{PlaceArgs, open, plain};
use super::run::print;
use crate::error::{ErrorCode, Exit};
use crate::ledger::{Faults, PublicKey, Trust, Verified, read_against, verify_export};
use crate::store::{Options, SqliteStore, Store, VerifyError, export};

/// Verify, export and follow the record of what happened.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 it is what was written, 6 it is not.\n\nExamples:\n  aerie ledger verify\n  aerie ledger export > 2026-11.jsonl\n  \
aerie ledger verify --export 2026-11.jsonl\n  aerie ledger verify --against 2026-11.jsonl\n  aerie ledger tail -f"
)]
pub(super) struct Ledger {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check every byte of every entry; name what is not what was written.
    Verify(Verify),
    /// Write the whole ledger, signed, as JSON lines.
    Export(Place),
    /// Show the last entries.
    Tail(Tail),
    /// Sign the end of the ledger as it is now, and print that: to be kept elsewhere.
    Checkpoint(Place),
}

#[derive(Debug, Args)]
struct Place {
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct Verify {
    /// Check this export instead of the database. No state folder is needed.
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Hold it against an export or checkpoints that were kept elsewhere: finds a ledger that was cut off or written anew.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// The key that must have signed, in hexadecimal. May be repeated.
    #[arg(long, value_name = "KEY")]
    key: Vec<String>,
    /// One JSON document on stdout.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct Tail {
    /// How many entries.
    #[arg(short, long, value_name = "N", default_value_t = 20)]
    number: u64,
    /// Wait for more.
    #[arg(short, long)]
    follow: bool,
    /// The entries as they are stored, one JSON document a line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

impl Ledger {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        match self.command {
            Command::Verify(command) => command.execute(),
            Command::Export(command) => command.export(),
            Command::Tail(command) => command.execute(),
            Command::Checkpoint(command) => command.checkpoint(),
        }
    }
}

async fn store(place: &PlaceArgs) -> Result<SqliteStore, Failure> {
    let config = place.whole_config()?;
    Ok(SqliteStore::open(&place.state_of(&config)?, Options::default()).await?)
}

impl Verify {
    fn execute(self) -> Result<u8, Failure> {
        let mut trust = Trust::default();
        for key in &self.key {
            let key: PublicKey =
                key.parse().map_err(|error| Failure::new(ErrorCode::InvalidOption, format!("--key {key}: {error}")))?;
            trust.keys.push(key);
        }
        let checked = match self.check(trust)? {
            Ok(verified) => verified,
            Err(faults) => return Ok(self.complain(&faults)),
        };
        if self.json {
            let keys: Vec<String> = checked.keys.iter().map(ToString::to_string).collect();
            print(&json!({ "whole": true, "entries": checked.entries, "executions": checked.executions,
                "head": checked.head, "checkpoint": checked.checkpoint, "keys": keys, "faults": [] }));
            return Ok(0);
        }
        say!("{} entries of {} executions, all as they were written", checked.entries, checked.executions);
        say!("head        {}", checked.head);
        match &checked.checkpoint {
            Some(checkpoint) => say!("signed      up to entry {} at {}", checkpoint.seq, checkpoint.time),
            None => say!("signed      nothing yet: aerie ledger checkpoint"),
        }
        for key in &checked.keys {
            say!("key         {key}");
        }
        Ok(0)
    }

    fn check(&self, mut trust: Trust) -> Result<Result<Verified, Faults>, Failure> {
        if let Some(path) = &self.against {
            match read_against(BufReader::new(open(path)?), &show(path), &trust.keys) {
                Ok(anchors) => trust.anchors.extend(anchors),
                Err(faults) => return Ok(Err(faults)),
            }
        }
        if let Some(path) = &self.export {
            return Ok(verify_export(BufReader::new(open(path)?), trust));
        }
        at_once(async {
            match store(&self.place).await?.verify(trust).await {
                Ok(verified) => Ok(Ok(verified)),
                Err(VerifyError::Broken(faults)) => Ok(Err(faults)),
                Err(error) => Err(error.into()),
            }
        })
    }

    fn complain(&self, faults: &Faults) -> u8 {
        if self.json {
            let list: Vec<String> = faults.list().iter().map(ToString::to_string).collect();
            print(&json!({ "whole": false, "faults": list, "count": faults.count() }));
        } else {
            for fault in faults.list() {
                say!("{}", plain(&fault.to_string()));
            }
            eprintln!(
                "error[{}]: the ledger is not what was written: {} faults",
                ErrorCode::LedgerBroken,
                faults.count()
            );
        }
        Exit::Infrastructure as u8
    }
}

impl Place {
    fn export(self) -> Result<u8, Failure> {
        at_once(async {
            let store = store(&self.place).await?;
            let mut text = std::io::BufWriter::new(std::io::stdout());
            let entries = export(&store, &mut text).await?;
            text.flush().map_err(|error| Failure::new(ErrorCode::OutputUnusable, error.to_string()))?;
            eprintln!("{entries} entries");
            Ok(0)
        })
    }

    fn checkpoint(self) -> Result<u8, Failure> {
        at_once(async {
            let checkpoint = store(&self.place).await?.checkpoint().await?;
            say!("{}", serde_json::to_string(&checkpoint).unwrap_or_default());
            Ok(0)
        })
    }
}

impl Tail {
    fn execute(self) -> Result<u8, Failure> {
        let going = async {
            let store = store(&self.place).await?;
            let end = store.checkpoint().await?.seq;
            let mut after = end.saturating_sub(self.number);
            loop {
                let entries = store.entries(after, 1_000).await?;
                for entry in &entries {
                    after = entry.seq;
                    if self.json {
                        say!("{}", entry.text);
                        continue;
                    }
                    match entry.read() {
                        Ok(body) => {
                            let about = body.execution.map(|id| id.to_string()).unwrap_or_default();
                            let at = body.time.strftime("%Y-%m-%d %H:%M:%S");
                            say!("{:>8}  {at}  {about:<29}  {:<20} {}", body.seq, body.kind, plain(&body.actor));
                        }
                        Err(error) => say!("{:>8}  not readable: {error}", entry.seq),
                    }
                }
                if entries.is_empty() && !self.follow {
                    return Ok::<u8, Failure>(0);
                }
                if entries.is_empty() {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                }
            }
        };
        drive_within(going, || Duration::ZERO, || {})?.unwrap_or(Ok(0))
    }
}
