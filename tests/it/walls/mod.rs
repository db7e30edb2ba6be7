//! The walls of the `local` backend: programs that try to get out of them, and processes that try to outlive them.

mod attacks;
mod bed;
mod clinging;
mod groups;
