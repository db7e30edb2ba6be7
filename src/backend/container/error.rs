//! [`Error`]: what can go wrong between here and a kernel, each with what to do about it.

use std::time::Duration;

use super::execution::Finish;
use super::rest::KernelId;
use crate::error::{Coded, ErrorCode};

/// Why a Jupyter server or one of its kernels could not be used. No text holds the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// What is configured cannot be used.
    #[error("the container's settings cannot be used: {0}")]
    Settings(String),
    /// Nothing answers: refused, no such host, no way there.
    #[error("the Jupyter server at {server} cannot be reached: {reason}; check that it runs, and host and port")]
    Unreachable {
        /// Its address.
        server: String,
        /// What the network says.
        reason: String,
    },
    /// The connection ended before the answer did.
    #[error("the Jupyter server at {server} broke off its answer: {reason}; check https, and look at its log")]
    Broken {
        /// Its address.
        server: String,
        /// What the network says.
        reason: String,
    },
    /// No answer in time.
    #[error("the Jupyter server at {server} did not {what} within {after:?}; it may be overloaded or hang")]
    TimedOut {
        /// Its address.
        server: String,
        /// What it was to do.
        what: &'static str,
        /// How long it had.
        after: Duration,
    },
    /// No secure connection.
    #[error(
        "no secure connection to the Jupyter server at {server}: {reason}; check https, the certificate and ca_file"
    )]
    Tls {
        /// Its address.
        server: String,
        /// What TLS says.
        reason: String,
    },
    /// Something else answers there.
    #[error("what answers at {server} is no Jupyter server: {reason}; check host, port and base_path")]
    NotJupyter {
        /// Its address.
        server: String,
        /// What was seen.
        reason: String,
    },
    /// It sends elsewhere, where the token does not go.
    #[error(
        "the Jupyter server at {server} redirects to {to}, which is not followed; configure the server's own address, and check the token"
    )]
    Redirected {
        /// Its address.
        server: String,
        /// Where to, without a query.
        to: String,
    },
    /// The token is wrong or missing.
    #[error("the Jupyter server at {server} refuses the {}; configure the token that it was started with", if *.sent { "token" } else { "request without a token" })]
    Denied {
        /// Its address.
        server: String,
        /// Whether a token was sent.
        sent: bool,
    },
    /// It has no such kernelspec.
    #[error("the Jupyter server at {server} has no kernelspec `{name}` (it has {}); install it there or set kernel_name", listed(.there))]
    NoKernelspec {
        /// Its address.
        server: String,
        /// What was asked for.
        name: String,
        /// Those that there are.
        there: Vec<String>,
    },
    /// It says that it failed.
    #[error("the Jupyter server at {server} could not {what} (status {status}): {message}")]
    Failed {
        /// Its address.
        server: String,
        /// What it was to do.
        what: &'static str,
        /// The HTTP status.
        status: u16,
        /// Its own words, shortened.
        message: String,
    },
    /// The server does not know the kernel.
    #[error("kernel {kernel} no longer exists on the Jupyter server at {server}")]
    NoKernel {
        /// Its address.
        server: String,
        /// Which.
        kernel: KernelId,
    },
    /// It ended before it should have.
    #[error("kernel {kernel} died: {reason}")]
    Died {
        /// Which.
        kernel: KernelId,
        /// How that was seen.
        reason: String,
    },
    /// It was started and says nothing.
    #[error("kernel {kernel} did not answer within {after:?}; look at its log on the Jupyter server")]
    Mute {
        /// Which.
        kernel: KernelId,
        /// How long it had.
        after: Duration,
    },
    /// The connection to a kernel was lost and not found again.
    #[error("the connection to kernel {kernel} was lost for {after:?}: {reason}")]
    Lost {
        /// Which.
        kernel: KernelId,
        /// How long it was tried.
        after: Duration,
        /// What the last try said.
        reason: String,
    },
    /// What came over a kernel's connection is not the protocol.
    #[error("what the Jupyter server sends for kernel {kernel} is not the kernel protocol: {reason}")]
    Protocol {
        /// Which.
        kernel: KernelId,
        /// What is wrong.
        reason: String,
    },
    /// More than a message may hold.
    #[error("{what} has {bytes} bytes; {most} is the most that one message takes")]
    TooLarge {
        /// What.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The most.
        most: usize,
    },
    /// The code that prepares a kernel failed in it.
    #[error(
        "a kernel `{name}` could not be prepared: {message}; its Python must be 3.10 or newer with ipykernel 6 or 7"
    )]
    Unprepared {
        /// Its kernelspec.
        name: String,
        /// The exception.
        message: String,
    },
    /// A kernel still runs after all that was done to end it.
    #[error("kernel {kernel} on the Jupyter server at {server} could not be ended; end it there")]
    NotEnded {
        /// Its address.
        server: String,
        /// Which.
        kernel: KernelId,
    },
    /// The pool has been closed.
    #[error("no more kernels are started: the service is ending")]
    Closed,
}

impl Error {
    /// A cell of which nobody knows whether it ran.
    pub(super) fn unseen(kernel: KernelId, finish: Finish) -> Self {
        Self::Died { kernel, reason: format!("the end of its first cell was not seen ({finish:?})") }
    }

    /// Whether a person has to change the settings or the deployment before another try makes sense.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        matches!(
            self,
            Self::Settings(_)
                | Self::Tls { .. }
                | Self::NotJupyter { .. }
                | Self::Redirected { .. }
                | Self::Denied { .. }
                | Self::NoKernelspec { .. }
                | Self::Unprepared { .. }
        )
    }

    /// Whether another try may help. That it is safe is for the caller to know: only while no program has begun.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Broken { .. }
            | Self::TimedOut { .. }
            | Self::NoKernel { .. }
            | Self::Died { .. }
            | Self::Mute { .. }
            | Self::Lost { .. }
            | Self::Protocol { .. } => true,
            Self::Failed { status, .. } => *status >= 500 || matches!(status, 408 | 409 | 429),
            _ => false,
        }
    }
}

impl Coded for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Settings(_) | Self::TooLarge { .. } => ErrorCode::InvalidSettings,
            Self::Unreachable { .. } | Self::Broken { .. } | Self::TimedOut { .. } | Self::Failed { .. } => {
                ErrorCode::JupyterUnreachable
            }
            Self::Tls { .. } | Self::NotJupyter { .. } | Self::Redirected { .. } => ErrorCode::NotJupyter,
            Self::Denied { .. } => ErrorCode::JupyterRefused,
            Self::NoKernelspec { .. } => ErrorCode::KernelMissing,
            Self::NoKernel { .. } | Self::Died { .. } | Self::Mute { .. } | Self::Closed => ErrorCode::KernelDied,
            Self::Unprepared { .. } => ErrorCode::KernelUnfit,
            Self::Lost { .. } | Self::Protocol { .. } | Self::NotEnded { .. } => ErrorCode::KernelLost,
        }
    }
}

fn listed(names: &[String]) -> String {
    const SHOWN: usize = 20;
    match names {
        [] => "none".to_owned(),
        names if names.len() > SHOWN => format!("{} and {} more", names[..SHOWN].join(", "), names.len() - SHOWN),
        names => names.join(", "),
    }
}

/// The beginning of a foreign text on one line.
pub(super) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 300;
    let mut shown = String::new();
    let cleaned = text.chars().map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c });
    let mut count = 0;
    for c in cleaned {
        if c == ' ' && (shown.is_empty() || shown.ends_with(' ')) {
            continue;
        }
        if count == SHOWN {
            shown.push('…');
            break;
        }
        shown.push(c);
        count += 1;
    }
    if shown.is_empty() { "(nothing)".to_owned() } else { shown.trim_end().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_texts_are_shown_short_and_on_one_line() {
        assert_eq!(excerpt(" a\n\tb\u{1b}[31m "), "a b [31m");
        assert_eq!(excerpt(""), "(nothing)");
        assert_eq!(excerpt(&"ä".repeat(10_000)).chars().count(), 301);
    }

    #[test]
    fn a_missing_kernelspec_names_those_that_are_there() {
        let error = |there: Vec<String>| Error::NoKernelspec { server: "s".into(), name: "x".into(), there };
        assert!(error(vec!["a".into(), "b".into()]).to_string().contains("(it has a, b)"));
        assert!(error(vec![]).to_string().contains("(it has none)"));
        let many = error((0..1000).map(|n| n.to_string()).collect()).to_string();
        assert!(many.contains("and 980 more"), "{many}");
    }

    #[test]
    fn what_needs_a_person_is_not_tried_again() {
        let failed = |status| Error::Failed { server: "s".into(), what: "x", status, message: String::new() };
        let denied = Error::Denied { server: "s".into(), sent: false };
        assert!(denied.is_configuration() && !denied.may_pass());
        assert!(failed(503).may_pass() && !failed(400).may_pass() && !failed(503).is_configuration());
    }
}
