//! [`export`]: writes the ledger as JSON lines (`crate::ledger::ExportLine`).

use std::io::Write;

use super::{ExportError, Store};
use crate::ledger::{ExportHeader, ExportLine};

/// How many entries are read at once.
const BATCH: u32 = 1000;

/// Signs the ledger as it is now and writes it, whole. Returns how many entries that were.
pub async fn export(store: &dyn Store, output: &mut (dyn Write + Send)) -> Result<u64, ExportError> {
    let end = store.checkpoint().await?;
    let mut checkpoints = store.checkpoints().await?.into_iter().filter(|known| known.seq <= end.seq).peekable();
    write_line(output, &ExportHeader::new(end.key, end.seq))?;
    let mut after = 0;
    loop {
        while let Some(checkpoint) = checkpoints.next_if(|known| known.seq <= after) {
            write_line(output, &ExportLine::Checkpoint { checkpoint })?;
        }
        if after >= end.seq {
            break;
        }
        let due = checkpoints.peek().map_or(end.seq, |known| known.seq).min(end.seq);
        let limit = u32::try_from(due - after).unwrap_or(BATCH).min(BATCH);
        for entry in store.entries(after, limit).await? {
            after = entry.seq;
            write_line(output, &ExportLine::from(entry))?;
        }
    }
    output.flush()?;
    Ok(end.seq)
}

fn write_line(output: &mut (dyn Write + Send), line: &impl serde::Serialize) -> std::io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    output.write_all(&text)
}
