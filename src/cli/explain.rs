//! `aerie explain CODE`: the page of an error code.

use clap::Args;
use serde_json::{Value, json};

use super::Failure;
use crate::error::ErrorCode;

/// Explain an error code, such as AE0104; without one, list them all.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The code.
    code: Option<String>,
    /// One JSON document on stdout.
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let Some(wanted) = self.code else {
            if self.json {
                let all: Vec<_> = ErrorCode::ALL.iter().map(|code| document(*code)).collect();
                anstream::println!("{}", serde_json::to_string_pretty(&all).unwrap_or_default());
            } else {
                for code in ErrorCode::ALL {
                    anstream::println!("{code}: {}", title(*code));
                }
            }
            return Ok(0);
        };
        let code = ErrorCode::ALL.iter().find(|code| code.as_str().eq_ignore_ascii_case(&wanted)).ok_or_else(|| {
            Failure::new(
                ErrorCode::UnknownCode,
                format!("there is no error code `{wanted}`; `aerie explain` lists them all"),
            )
        })?;
        if self.json {
            anstream::println!("{}", serde_json::to_string_pretty(&document(*code)).unwrap_or_default());
        } else {
            anstream::print!("{}", code.page());
        }
        Ok(0)
    }
}

fn title(code: ErrorCode) -> &'static str {
    code.page().lines().next().and_then(|line| line.split_once(": ")).map_or("", |(_, title)| title)
}

fn document(code: ErrorCode) -> Value {
    json!({ "code": code.as_str(), "title": title(code), "exit_code": code.exit() as u8, "page": code.page() })
}
