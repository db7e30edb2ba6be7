//! The Python that lives in the guest: `runtimes/guest/`, carried in the binary.

use sha2::{Digest, Sha256};

use super::digest::{Sha256Hex, hex};

macro_rules! guest_files {
    ($($path:literal),* $(,)?) => {
        /// Path below the guest folder of the library, and contents.
        pub(super) const FILES: &[(&str, &str)] = &[
            $(($path, include_str!(concat!("../../../../runtimes/guest/", $path)))),*
        ];
    };
}

guest_files![
    "aerie_guest/__init__.py",
    "aerie_guest/artifacts.py",
    "aerie_guest/context.py",
    "aerie_guest/door.py",
    "aerie_guest/figures.py",
    "aerie_guest/integers/__init__.py",
    "aerie_guest/integers/compiled.py",
    "aerie_guest/integers/of_numpy.py",
    "aerie_guest/integers/of_pandas.py",
    "aerie_guest/integers/of_scipy.py",
    "aerie_guest/integers/wrap.py",
    "aerie_guest/preload.py",
    "aerie_guest/program.py",
    "aerie_guest/values.py",
    "aerie_guest/warm_science.py",
];

/// Digest of all of it: part of every image's key.
pub(super) fn digest() -> Sha256Hex {
    let mut hasher = Sha256::new();
    for (path, text) in FILES {
        hasher.update((path.len() as u64).to_le_bytes());
        hasher.update(path);
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    Sha256Hex::try_from(hex(&hasher.finalize())).unwrap_or_else(|_| Sha256Hex::of(b""))
}
