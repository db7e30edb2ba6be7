//! Values that may wait for an environment variable ([`Expandable`]), and values that nobody is shown ([`Secret`]).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::problem::{ConfigErrors, Place, Problem};
use super::yaml::Spot;
use crate::error::{Coded, ErrorCode};

/// A value that names an environment variable which is not set. It is an error only for whoever needs the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{file}:{line}:{column}: {key}: it needs the environment variable {variable}, which is not set")]
#[serde(deny_unknown_fields)]
pub struct Unset {
    /// The key, dotted.
    pub key: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The variable.
    pub variable: String,
}

impl Coded for Unset {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidSettings
    }
}

impl From<Unset> for ConfigErrors {
    fn from(unset: Unset) -> Self {
        let spot = Spot { line: unset.line, column: unset.column, length: 1 };
        let place = Place::File { file: unset.file.as_str().into(), spot };
        let message = format!("it needs the environment variable {}, which is not set", unset.variable);
        let help = format!("set it, or give a default: `${{{}:-default}}`", unset.variable);
        Self { problems: vec![Problem { place, key: unset.key, message, help: Some(help) }] }
    }
}

/// A value of a part of the configuration that may not be used at all.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Expandable<T> {
    /// A variable in it is not set.
    Unset(Unset),
    /// The value.
    Set(T),
}

impl<T> Expandable<T> {
    /// The value.
    ///
    /// # Errors
    ///
    /// It needs a variable that is not set.
    pub fn get(&self) -> Result<&T, Unset> {
        match self {
            Self::Set(value) => Ok(value),
            Self::Unset(unset) => Err(unset.clone()),
        }
    }
}

/// A text that neither messages nor `Debug` show.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether there is nothing to hide.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text itself, for whoever needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Whether the value of a key with this name should not be shown.
pub(super) fn sounds_secret(key: &str) -> bool {
    let key: String = key.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    ["apikey", "password", "passwd", "passphrase", "secret", "credential", "privatekey", "accesskey", "authorization"]
        .iter()
        .any(|word| key.contains(word))
        || key.ends_with("token")
        || key.ends_with("key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known() {
        for name in ["token", "api_key", "API-KEY", "openaiKey", "db_password", "Authorization", "client_secret"] {
            assert!(sounds_secret(name), "{name}");
        }
        for name in ["max_tokens", "model", "base_url", "temperature", "keyboard"] {
            assert!(!sounds_secret(name), "{name}");
        }
    }
}
