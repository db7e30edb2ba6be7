//! [`Authority`]: makes grants and redeems each of them once, across processes and crashes.
//!
//! The key and the list of spent grants are files of the site's state folder, which programs in the sandbox never see.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::approval::{Grant, GrantError, Plan, SigningKey};
use crate::error::{Coded, ErrorCode};

/// Why a grant was not made or not redeemed.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// It does not hold.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// The key or the list of spent grants cannot be used.
    #[error("{path}: {reason}")]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Coded for AuthorityError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Grant(GrantError::NothingToApprove) => ErrorCode::NothingToApprove,
            Self::Grant(_) => ErrorCode::GrantInvalid,
            Self::Unusable { .. } => ErrorCode::StateUnusable,
        }
    }
}

/// A grant that was valid, for this plan, at this moment, and is now spent. There is no other way to make one.
#[derive(Debug)]
pub struct Redeemed {
    grant: Grant,
    plan: Plan,
}

impl Redeemed {
    /// The grant.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The plan that it allows.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// Who makes and redeems grants.
#[derive(Debug, Clone)]
pub struct Authority {
    key: SigningKey,
    spent: PathBuf,
}

impl Authority {
    /// Opens the authority of a state folder; makes its key if there is none.
    pub fn open(state: &Path) -> Result<Self, AuthorityError> {
        let folder = state.join("authority");
        let spent = folder.join("spent");
        let unusable = |path: &Path| {
            let path = path.to_owned();
            move |error: std::io::Error| AuthorityError::Unusable { path, reason: error.to_string() }
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&spent).map_err(unusable(&spent))?;
        let path = folder.join("key");
        let key = match File::open(&path) {
            Ok(mut file) => {
                let mut key = [0; 32];
                file.read_exact(&mut key).map_err(unusable(&path))?;
                key
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Self::make(&folder, &path).map_err(unusable(&path))?,
            Err(error) => return Err(unusable(&path)(error)),
        };
        Ok(Self { key: SigningKey::new(key), spent })
    }

    /// A new key, whole or not there; the first of two processes wins.
    fn make(folder: &Path, path: &Path) -> std::io::Result<[u8; 32]> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| std::io::Error::other(error.to_string()))?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&key)?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(path) {
            Ok(_) => {
                File::open(folder)?.sync_all()?;
                Ok(key)
            }
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
                File::open(path)?.read_exact(&mut key)?;
                Ok(key)
            }
            Err(error) => Err(error.error),
        }
    }

    /// What shows that a plan was made here.
    #[must_use]
    pub fn seal(&self, plan: &Plan) -> String {
        self.key.seal(plan)
    }

    /// Whether a plan was made here.
    #[must_use]
    pub fn is_ours(&self, plan: &Plan, seal: &str) -> bool {
        self.key.is_sealed(plan, seal)
    }

    /// Makes a grant for a plan. What `grant` says of plan, digest and signature is replaced.
    pub fn grant(&self, plan: &Plan, grant: Grant) -> Result<Grant, AuthorityError> {
        Ok(self.key.sign(plan, grant)?)
    }

    /// Spends a grant. Whoever gets the result may apply the plan; nobody gets it twice.
    pub fn redeem(&self, grant: Grant, plan: Plan, now: Timestamp) -> Result<Redeemed, AuthorityError> {
        self.key.check(&grant, &plan, now)?;
        // A plan is applied once, whoever allows it how often: its digest names the mark.
        let path = self.spent.join(grant.digest.as_str());
        let unusable =
            |error: std::io::Error| AuthorityError::Unusable { path: path.clone(), reason: error.to_string() };
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                file.write_all(grant.id.to_string().as_bytes()).and_then(|()| file.sync_all()).map_err(unusable)?;
                File::open(&self.spent).and_then(|folder| folder.sync_all()).map_err(unusable)?;
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(GrantError::Spent.into()),
            Err(error) => return Err(unusable(error)),
        }
        Ok(Redeemed { grant, plan })
    }
}
