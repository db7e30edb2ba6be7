//! `aerie explain CODE`: the page of an error code.

use clap::Args;

use super::Failure;
use crate::error::ErrorCode;

/// Explain an error code, such as AE0104; without one, list them all.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The code.
    code: Option<String>,
}

impl Explain {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let Some(wanted) = self.code else {
            for code in ErrorCode::ALL {
                let title = code.page().lines().next().unwrap_or_default().trim_start_matches("# ");
                anstream::println!("{title}");
            }
            return Ok(0);
        };
        let code = ErrorCode::ALL.iter().find(|code| code.as_str().eq_ignore_ascii_case(&wanted)).ok_or_else(|| {
            Failure::new(
                ErrorCode::UnknownCode,
                format!("there is no error code `{wanted}`; `aerie explain` lists them all"),
            )
        })?;
        anstream::print!("{}", code.page());
        Ok(0)
    }
}
