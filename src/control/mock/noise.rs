//! Numbers that look like chance and are the same every time ([`Chance`]).

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// What a machine's seed gives.
#[derive(Debug, Clone)]
pub(super) struct Chance {
    seed: u64,
    generator: ChaCha8Rng,
}

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self { seed, generator: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// A number from -1 to 1 that belongs to this name.
    pub fn of_name(&self, name: &str) -> f64 {
        unit(hash(name).wrapping_add(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))) * 2.0 - 1.0
    }

    /// The noise of one reading: the `count`th of this stream.
    pub fn noise(&self, stream: u64, count: u64) -> Noise {
        let mut generator = self.generator.clone();
        generator.set_stream(stream);
        generator.set_word_pos(u128::from(count) << 32);
        Noise(generator)
    }
}

/// Numbers around 0 with a standard deviation of 1, never further than 3.5 from it.
#[derive(Debug)]
pub(super) struct Noise(ChaCha8Rng);

impl Noise {
    /// The next one.
    pub fn next(&mut self) -> f64 {
        let bits = self.0.next_u64();
        let sum: u32 = (0..4).map(|part| u32::try_from((bits >> (part * 16)) & 0xFFFF).unwrap_or(0)).sum();
        // Four even numbers from 0 to 1 have together a variance of 1/3.
        (f64::from(sum) / 65535.0 - 2.0) * 3.0_f64.sqrt()
    }
}

/// FNV-1a, mixed; stays the same on all machines and in all versions.
pub(super) fn hash(text: &str) -> u64 {
    let plain = text
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
    mix(plain)
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

fn unit(bits: u64) -> f64 {
    let upper = u32::try_from(mix(bits) >> 32).unwrap_or(0);
    f64::from(upper) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_bounded_and_reproducible() {
        let chance = Chance::new(7);
        let mut sum = 0.0;
        let mut squares = 0.0;
        for count in 0..4000 {
            let value = chance.noise(1, count).next();
            assert!(value.abs() <= 3.5);
            assert_eq!(value.to_bits(), chance.noise(1, count).next().to_bits());
            sum += value;
            squares += value * value;
        }
        assert!((sum / 4000.0).abs() < 0.1, "{sum}");
        assert!((squares / 4000.0 - 1.0).abs() < 0.1, "{squares}");
    }

    #[test]
    fn names_and_seeds_differ() {
        let (one, two) = (Chance::new(1), Chance::new(2));
        assert!((one.of_name("A") - one.of_name("B")).abs() > 0.0);
        assert!((one.of_name("A") - two.of_name("A")).abs() > 0.0);
        assert_eq!(hash("SR:C01"), hash("SR:C01"));
    }
}
