//! Applies a pack's patches to its module's bytes. The source is pinned by digest, so an offset means one thing only;
//! the expected bytes are checked all the same.

use super::PackError;
use super::digest::unhex;
use super::manifest::Patch;

/// Replaces bytes in place.
pub(super) fn apply(module: &mut [u8], patches: &[Patch]) -> Result<(), PackError> {
    for patch in patches {
        let misfit = || PackError::Patch { function: patch.function.clone(), offset: patch.offset };
        let expect = unhex(&patch.expect).ok_or_else(misfit)?;
        let replace = unhex(&patch.replace).ok_or_else(misfit)?;
        let start = usize::try_from(patch.offset).map_err(|_| misfit())?;
        let place = start.checked_add(expect.len()).and_then(|end| module.get_mut(start..end)).ok_or_else(misfit)?;
        if place != expect || replace.len() != expect.len() {
            return Err(misfit());
        }
        place.copy_from_slice(&replace);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(offset: u64, expect: &str, replace: &str) -> Patch {
        Patch { function: "f".into(), offset, expect: expect.into(), replace: replace.into(), why: "test".into() }
    }

    #[test]
    fn only_the_expected_bytes_are_replaced() {
        let mut module = vec![1, 2, 3, 4];
        apply(&mut module, &[patch(1, "0203", "0905")]).unwrap();
        assert_eq!(module, [1, 9, 5, 4]);
        for bad in [
            patch(1, "0203", "0000"),
            patch(3, "0400", "0000"),
            patch(0, "01", "0101"),
            patch(u64::MAX, "01", "02"),
            patch(0, "0x", "02"),
        ] {
            assert!(apply(&mut module, std::slice::from_ref(&bad)).is_err(), "{bad:?}");
        }
        assert_eq!(module, [1, 9, 5, 4]);
    }
}
