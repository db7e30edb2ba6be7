//! Gives up every capability, for good: also the superuser's Python has none.

use rustix::thread::{CapabilitySet, CapabilitySets};

use super::{Error, Wall, Walls};

/// Highest capability of any kernel; the sets have 64 bits.
const MOST: u32 = 63;

/// Empties all sets of the calling thread, and forbids that exec fills them again.
pub(super) fn drop_all(walls: &mut Walls) -> Result<(), Error> {
    let refused = |error: rustix::io::Errno| Error::Privileges(error.to_string());
    let none = CapabilitySet::empty();
    let now = rustix::thread::capabilities(None).map_err(refused)?;
    // Only who may take from the bounding set has something that exec could give back; others are held by no_new_privs.
    if now.effective.contains(CapabilitySet::SETPCAP) {
        for bit in 0..=MOST {
            // Unknown capabilities are refused: the kernel's end of the list.
            let one = CapabilitySet::from_bits_retain(1 << bit);
            if rustix::thread::remove_capability_from_bounding_set(one).is_err() {
                break;
            }
        }
    }
    // Kernels before 4.3 have no ambient set.
    let _ = rustix::thread::clear_ambient_capability_set();
    rustix::thread::set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
        .map_err(refused)?;
    rustix::thread::set_no_new_privs(true).map_err(refused)?;
    walls.stand(Wall::Privileges);
    Ok(())
}
