//! [`Checkpoint`]: a signature over the end of the chain. Who keeps one elsewhere can show later that all entries up to it
//! are the same.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Head;
use crate::approval::{Digest, hexadecimal};

/// Every entry whose place is a multiple of this has a checkpoint.
pub const CHECKPOINT_EVERY: u64 = 256;

/// A signed end of the chain. The signature is Ed25519 over five lines, each ended by a line feed: `aerie ledger
/// checkpoint`, `1`, and the texts of `seq`, `digest` and `time` as they stand here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The place of the entry; 0 for a ledger without entries.
    pub seq: u64,
    /// Its digest.
    pub digest: Digest,
    /// When it was signed, RFC 3339.
    pub time: String,
    /// 128 digits.
    pub signature: String,
    /// The public key, 64 digits.
    pub key: PublicKey,
}

/// The key that signs checkpoints.
#[derive(Clone)]
pub struct CheckpointKey(SigningKey);

/// The public half of a [`CheckpointKey`], by which anybody can check: 64 digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// A text that is no public key.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no public key: it must be 64 digits of 0-9 and a-f that an Ed25519 key can have")]
pub struct InvalidPublicKey(String);

impl CheckpointKey {
    /// The key that these random bytes make. Whoever has them can sign.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&secret))
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs the end of a chain.
    #[must_use]
    pub fn sign(&self, head: &Head, time: Timestamp) -> Checkpoint {
        let mut checkpoint = Checkpoint {
            seq: head.seq,
            digest: head.digest.clone(),
            time: time.to_string(),
            signature: String::new(),
            key: self.public(),
        };
        checkpoint.signature = hexadecimal(&self.0.sign(checkpoint.signed_text().as_bytes()).to_bytes());
        checkpoint
    }
}

impl fmt::Debug for CheckpointKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckpointKey({})", self.public())
    }
}

impl Checkpoint {
    /// What is signed.
    #[must_use]
    pub fn signed_text(&self) -> String {
        format!("aerie ledger checkpoint\n1\n{}\n{}\n{}\n", self.seq, self.digest, self.time)
    }

    /// Whether the key that it names signed it.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        // A digest of another form could move the border between the lines that are signed.
        let Some(_) = Digest::parse(self.digest.as_str()) else { return false };
        let Some(signature) = unhexadecimal::<64>(&self.signature) else { return false };
        VerifyingKey::from_bytes(&self.key.0).is_ok_and(|key| {
            key.verify_strict(self.signed_text().as_bytes(), &Signature::from_bytes(&signature)).is_ok()
        })
    }
}

/// Bytes from pairs of digits, small letters only, so that there is one way to write them.
fn unhexadecimal<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

impl FromStr for PublicKey {
    type Err = InvalidPublicKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidPublicKey(text.chars().take(80).collect());
        let bytes = unhexadecimal::<32>(text).ok_or_else(invalid)?;
        VerifyingKey::from_bytes(&bytes).map_err(|_| invalid())?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hexadecimal(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_holds_until_any_part_of_it_changes() {
        let key = CheckpointKey::new([7; 32]);
        let good = key.sign(&Head { seq: 17, digest: Digest::of(b"x") }, Timestamp::UNIX_EPOCH);
        assert!(good.is_signed());
        let text = serde_json::to_string(&good).unwrap();
        assert_eq!(serde_json::from_str::<Checkpoint>(&text).unwrap(), good);
        // Every byte of its JSON: what still reads as a checkpoint no longer holds.
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= [1, 32][place % 2];
            if let Ok(changed) = serde_json::from_slice::<Checkpoint>(&bytes) {
                assert!(changed == good || !changed.is_signed(), "{}", String::from_utf8_lossy(&bytes));
            }
        }
    }

    #[test]
    fn a_checkpoint_by_another_key_holds_only_for_that_key() {
        let head = Head { seq: 1, digest: Digest::of(b"x") };
        let mut other = CheckpointKey::new([8; 32]).sign(&head, Timestamp::UNIX_EPOCH);
        assert!(other.is_signed());
        other.key = CheckpointKey::new([7; 32]).public();
        assert!(!other.is_signed());
    }

    #[test]
    fn refuses_what_is_no_key() {
        for text in ["", "00", &"g".repeat(64), &"A".repeat(64), &"0".repeat(63), &"é".repeat(32)] {
            assert!(text.parse::<PublicKey>().is_err(), "{text}");
        }
    }
}
