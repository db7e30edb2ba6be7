//! Retention: folders of old executions are removed; the ledger stays, and so does, unless somebody says otherwise, all that
//! wrote.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::Service;
use super::error::ServiceError;
use crate::execution::ExecutionId;
use crate::store::{Query, StoreError};

/// What is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Executions that ended longer ago than this.
    pub older_than: Duration,
    /// Whether executions that may have written are kept for ever.
    pub keep_written: bool,
    /// Only say what would be.
    pub dry_run: bool,
}

/// One execution whose folder was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Which.
    pub id: ExecutionId,
    /// What it was called.
    pub name: String,
    /// The folder.
    pub folder: String,
    /// Bytes in it.
    pub bytes: u64,
}

const ENDED: [&str; 8] =
    ["succeeded", "failed", "refused", "rejected", "expired", "timed_out", "cancelled", "interrupted"];

impl Service {
    /// Removes the folders of old executions, and the programs that only they used. Their events stay for ever.
    pub async fn prune(&self, retention: Retention, by: &str) -> Result<Vec<Removed>, ServiceError> {
        let age = jiff::SignedDuration::try_from(retention.older_than).unwrap_or(jiff::SignedDuration::MAX);
        let Ok(before) = jiff::Timestamp::now().checked_sub(age) else { return Ok(Vec::new()) };
        let states = ENDED.iter().map(|state| (*state).to_owned()).collect();
        let mut query = Query { states, limit: 1_000, ..Query::default() };
        let mut removed = Vec::new();
        let mut gone = Vec::new();
        loop {
            let page = self.store.list(&query).await?;
            for summary in &page {
                let kept = summary.may_have_written && retention.keep_written;
                let Some(folder) = summary.folder.clone().filter(|_| !kept && summary.updated < before) else {
                    continue;
                };
                let path = Path::new(&folder);
                // A crash may have come between a folder and its programs.
                if !path.exists() {
                    gone.push(summary.id);
                    continue;
                }
                if !is_ours(path, summary.id) {
                    continue;
                }
                let bytes = size(path);
                removed.push(Removed { id: summary.id, name: summary.name.clone(), folder, bytes });
            }
            match page.last() {
                Some(last) if page.len() == query.limit as usize => query.before = Some(last.id),
                _ => break,
            }
        }
        if retention.dry_run {
            return Ok(removed);
        }
        if !removed.is_empty() {
            let ids: Vec<ExecutionId> = removed.iter().map(|one| one.id).collect();
            // First it is written down, then it is done: a folder that is gone has its entry.
            self.store.record_note("executions_removed", by, json!({ "executions": ids })).await?;
        }
        let mut done = Vec::new();
        for one in removed {
            // Somebody may look at it just now.
            match self.store.claim(one.id).await {
                Ok(_claim) => {
                    let path = Path::new(&one.folder);
                    remove(path).map_err(|error| ServiceError::Unusable {
                        path: one.folder.clone(),
                        reason: error.to_string(),
                    })?;
                    done.push(one);
                }
                Err(StoreError::Held { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        gone.extend(done.iter().map(|one| one.id));
        if !gone.is_empty() {
            self.store.forget_blobs(&gone, by).await?;
        }
        Ok(done)
    }
}

/// Whether a folder is one that Aerie made for this execution: a path in a database is not enough to remove something.
fn is_ours(folder: &Path, id: ExecutionId) -> bool {
    let named = folder.file_name().is_some_and(|name| name.to_string_lossy().ends_with(&id.short()));
    let kept = crate::artifacts::KeptExecution::open(folder).is_ok_and(|kept| kept.request.id == id);
    // One that never ran, or whose removal was cut off.
    let last = folder.join(LAST).is_file();
    let empty = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    named && folder.is_dir() && !folder.is_symlink() && (kept || last || empty)
}

/// What is removed last, so that what a crash leaves of a folder is still known as Aerie's.
const LAST: &str = "notebook.ipynb";

fn remove(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == LAST {
            continue;
        }
        if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        } else {
            std::fs::remove_file(entry.path())?;
        }
    }
    std::fs::remove_dir_all(folder)
}

fn size(folder: &Path) -> u64 {
    let mut total = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in std::fs::read_dir(current).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => total += entry.metadata().map_or(0, |metadata| metadata.len()),
                _ => {}
            }
        }
    }
    total
}
