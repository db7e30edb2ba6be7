//! [`Count`]: how many files a program made, and what they hold.

use crate::backend::desk::Quota;
use crate::execution::{Limit, Limits};

/// What a program's files amount to: what it handed over, and what lies in its folders.
#[derive(Debug, Clone)]
pub(in crate::backend) struct Count {
    limit_files: u64,
    limit_bytes: u64,
    pub(in crate::backend) files: u64,
    pub(in crate::backend) bytes: u64,
    /// Whether more was ever asked for than there is.
    pub(in crate::backend) refused: bool,
}

impl Count {
    pub(in crate::backend) fn new(limits: &Limits) -> Self {
        Self { limit_files: limits.files, limit_bytes: limits.file_bytes, files: 0, bytes: 0, refused: false }
    }
}

impl Quota for Count {
    fn add_file(&mut self) -> Result<(), Limit> {
        if self.files >= self.limit_files {
            self.refused = true;
            return Err(Limit::Files);
        }
        self.files += 1;
        Ok(())
    }

    fn grow(&mut self, growth: u64) -> Result<(), Limit> {
        if growth > self.limit_bytes.saturating_sub(self.bytes) {
            self.refused = true;
            return Err(Limit::FileBytes);
        }
        self.bytes += growth;
        Ok(())
    }
}
