//! [`Secret`]: a text that shows itself to nobody.

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A key. It is not serialised, `Debug` shows `***`, and its memory is wiped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

/// Texts shorter than this are no secrets: masking them would garble everything.
const SHORTEST: usize = 4;

impl Secret {
    /// Takes a text, without the white space around it (a key file ends with a line break).
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.trim().to_owned()))
    }

    /// The text itself. For the one place that sends it.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `text` with `***` wherever the secret stood.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        if self.0.len() < SHORTEST { text.to_owned() } else { text.replace(self.0.as_str(), "***") }
    }
}

/// `text` with `***` wherever one of the secrets stood, the longest first.
pub(super) fn mask(secrets: &[Secret], text: &str) -> String {
    let mut longest_first: Vec<&Secret> = secrets.iter().collect();
    longest_first.sort_by_key(|secret| std::cmp::Reverse(secret.0.len()));
    longest_first.into_iter().fold(text.to_owned(), |text, secret| secret.mask(&text))
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&Zeroizing::new(String::deserialize(deserializer)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_itself_to_nobody() {
        let secret = Secret::new(" sk-1234567890\n");
        assert_eq!(format!("{secret:?} {:#?}", [&secret]), "*** [\n    ***,\n]");
        assert_eq!(secret.mask("Bearer sk-1234567890, sk-1234567890!"), "Bearer ***, ***!");
        assert_eq!(mask(&[Secret::new("abcd"), Secret::new("abcdefgh")], "abcdefgh abcd"), "*** ***");
        assert_eq!(Secret::new("").mask("text"), "text");
        assert_eq!(serde_json::from_str::<Secret>("\"sk-1234567890\"").unwrap(), secret);
    }
}
