//! Crash safety (design §1, promises 4 to 6): `aerie` is killed at every moment that changes what is kept, and around every
//! message to a control system; then it is started again, and nothing is lost, and nothing is written twice.
//!
//! Nothing in the product helps with it: `kill_at.c`, preloaded, counts calls of the C library and ends the process at the
//! Nth. Each scenario is repeated with a higher N until it comes through unharmed.

mod applies;
mod clocks;
mod decisions;
mod desk;
mod disks;
mod generates;
mod kill;
mod races;
mod recoveries;
mod runs;
