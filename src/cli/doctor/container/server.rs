//! What a Jupyter server answers, with the token, without it, and with a wrong one; and what it offers besides kernels.

use std::net::IpAddr;
use std::time::Duration;

use super::listed;
use crate::backend::container::{Credential, Endpoint, Error, Kernel, Server, Timing};
use crate::cli::doctor::check::{Check, Verdict};
use crate::config::ModeName;

/// The kernelspec that Python installs by itself.
const NATIVE: &str = "python3";

/// A server that answers and takes the token.
pub(super) struct Answering {
    server: Server,
    pub(super) kernelspecs: Vec<String>,
}

/// The status of an answer, or why there is none.
type Answer = Result<u16, Error>;

/// Asks until something is so wrong that there is nothing more to ask.
pub(super) async fn look(
    place: &str,
    endpoint: &Endpoint,
    modes: &[(ModeName, String)],
) -> (Vec<Check>, Option<Answering>) {
    let timing = Timing {
        connect: Duration::from_secs(5),
        answer: Duration::from_secs(5),
        kernel: Duration::from_secs(30),
        first_word: Duration::from_secs(30),
        ..Timing::default()
    };
    let opened = Server::new(endpoint.clone(), "doctor", timing);
    let server = match opened {
        Ok(server) => server,
        Err(error) => return (vec![Check::new(place, "settings", Verdict::Wrong, error.to_string())], None),
    };
    let mut checks = Vec::new();
    match server.version().await {
        Ok(version) => {
            checks.push(Check::new(place, "reachable", Verdict::Ok, server.address()));
            checks.push(known(place, &version.version));
        }
        Err(error) => return (vec![unreachable(place, &error)], None),
    }
    let kernels = ["api", "kernels"];
    let none = server.status_of(&kernels, Credential::None).await;
    checks.push(refused(place, "refused without a token", &none));
    let other = server.status_of(&kernels, Credential::Random).await;
    checks.push(refused(place, "refused with another token", &other));
    let ours = server.status_of(&kernels, Credential::Configured).await;
    let has_token = endpoint.token.as_ref().is_some_and(|token| !token.is_empty());
    let accepted = accepted(place, &ours, has_token);
    let stop = accepted.verdict == Verdict::Wrong;
    checks.push(accepted);
    if stop {
        return (checks, None);
    }
    // An address is not told where others might hear it.
    if has_token && none != Ok(200) && (endpoint.https || is_near(&endpoint.host)) {
        let address = server.status_of(&kernels, Credential::InAddress).await;
        checks.push(in_address(place, &address));
    }
    let kernelspecs = match server.kernelspecs().await {
        Ok(kernelspecs) => kernelspecs,
        Err(error) => {
            checks.push(Check::new(place, "kernelspecs", Verdict::Wrong, error.to_string()));
            return (checks, None);
        }
    };
    checks.extend(modes.iter().map(|(mode, name)| there(place, *mode, name, &kernelspecs)));
    (checks, Some(Answering { server, kernelspecs }))
}

impl Answering {
    /// What it offers besides the kernels that are meant to be there.
    pub(super) async fn offers(&self, place: &str, meant: &[&str], supervised: bool) -> Vec<Check> {
        let mut checks = Vec::new();
        for what in ["contents", "terminals"] {
            let answer = self.server.status_of(&["api", what], Credential::Configured).await;
            checks.push(closed(place, what, &answer, supervised));
        }
        if supervised && !meant.contains(&NATIVE) {
            let started = Kernel::start(&self.server, NATIVE).await;
            let started = match started {
                Ok(kernel) => kernel.stop().await.map(|()| true),
                Err(error) if error.is_configuration() || matches!(error, Error::Failed { .. }) => Ok(false),
                Err(error) => Err(error),
            };
            checks.push(others(place, &started));
            for left in self.server.settle().await {
                let found = format!("{}: {}", left.kernel, left.error);
                checks.push(Check::new(place, "deleted is gone", Verdict::Wrong, found));
            }
        }
        checks
    }
}

fn unreachable(place: &str, error: &Error) -> Check {
    let (name, advice) = match error {
        Error::NotJupyter { .. } => {
            ("Jupyter", "Something else listens there, or the server's `base_url` is not the configured base_path.")
        }
        Error::Redirected { .. } => ("Jupyter", "A proxy before it? Configure the server's own address."),
        Error::Tls { .. } => ("reachable", "See `https` and the server's certificate."),
        _ => (
            "reachable",
            "Start it: `docker compose up --detach` in deploy/jupyter. In a container, `localhost` is the container itself.",
        ),
    };
    Check::new(place, name, Verdict::Wrong, error.to_string()).with_advice(advice)
}

fn known(place: &str, version: &str) -> Check {
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    let found = format!("Jupyter server {}", super::short(version));
    match major {
        Some(2) => Check::new(place, "version", Verdict::Ok, found),
        _ => Check::new(place, "version", Verdict::Warning, format!("{found}, which was not tried"))
            .with_advice("Use the versions of deploy/jupyter/requirements.txt."),
    }
}

/// Whether a request that has no right is refused.
fn refused(place: &str, name: &str, answer: &Answer) -> Check {
    match answer {
        Ok(status @ (401 | 403)) => Check::new(place, name, Verdict::Ok, format!("status {status}")),
        Ok(status @ 300..=399) => Check::new(place, name, Verdict::Ok, format!("status {status}, to a login page")),
        Ok(status @ 200..=299) => Check::new(place, name, Verdict::Wrong, format!("it was answered (status {status})"))
            .with_advice("Everybody who reaches the port runs code there. Give the server a token."),
        Ok(status) => Check::new(place, name, Verdict::Warning, format!("status {status}, not 403"))
            .with_advice("Look at the server's log, and at what stands before it."),
        Err(error) => Check::new(place, name, Verdict::Warning, format!("could not be found out: {error}")),
    }
}

fn accepted(place: &str, answer: &Answer, has_token: bool) -> Check {
    let name = "token accepted";
    match answer {
        Ok(200) => Check::new(place, name, Verdict::Ok, if has_token { "yes" } else { "none is needed" }),
        Ok(401 | 403 | 300..=399) if has_token => {
            Check::new(place, name, Verdict::Wrong, "the server refuses the configured token").with_advice(
                "Compare `printf %s TOKEN | sha256sum` with the server's digest file; after a change, create the container anew.",
            )
        }
        Ok(401 | 403 | 300..=399) => Check::new(place, name, Verdict::Wrong, "the server wants a token, and none is configured")
            .with_advice("Set `token` in the configuration; better, to a variable: \"${JUPYTER_TOKEN}\"."),
        Ok(status) => Check::new(place, name, Verdict::Wrong, format!("status {status}"))
            .with_advice("Look at the server's log."),
        Err(error) => Check::new(place, name, Verdict::Wrong, error.to_string()),
    }
}

fn in_address(place: &str, answer: &Answer) -> Check {
    let name = "token not taken from addresses";
    match answer {
        Ok(200..=299) => Check::new(place, name, Verdict::Warning, "it is")
            .with_advice("Addresses stand in logs; use deploy/jupyter's configuration."),
        Ok(status) => Check::new(place, name, Verdict::Ok, format!("status {status}")),
        Err(error) => Check::new(place, name, Verdict::Warning, format!("could not be found out: {error}")),
    }
}

fn there(place: &str, mode: ModeName, name: &str, kernelspecs: &[String]) -> Check {
    let check = format!("kernelspec of {mode}");
    if kernelspecs.iter().any(|there| there == name) {
        return Check::new(place, &check, Verdict::Ok, name);
    }
    let there = if kernelspecs.is_empty() { "none".to_owned() } else { listed(kernelspecs) };
    Check::new(place, &check, Verdict::Wrong, format!("there is no `{name}`; there are: {there}"))
        .with_advice(format!("Set execution.modes.{mode}.kernel_name, or add it (deploy/jupyter/kernels)."))
}

/// Whether a part of the server is closed to the token.
fn closed(place: &str, what: &str, answer: &Answer, supervised: bool) -> Check {
    let name = format!("{what} closed");
    match answer {
        Ok(200..=299) => {
            let (verdict, advice) = match what {
                "terminals" if supervised => (Verdict::Wrong, "Set ServerApp.terminals_enabled = False."),
                "terminals" => (
                    Verdict::Warning,
                    "Whoever has the token has a shell outside of kernels; set ServerApp.terminals_enabled = False.",
                ),
                _ => (
                    Verdict::Warning,
                    "Whoever has the token reads and writes the server's files; see KernelsOnly in deploy/jupyter.",
                ),
            };
            Check::new(place, &name, verdict, "open to whoever has the token").with_advice(advice)
        }
        Ok(status) => Check::new(place, &name, Verdict::Ok, format!("status {status}")),
        Err(error) => Check::new(place, &name, Verdict::Warning, format!("could not be found out: {error}")),
    }
}

/// Whether a kernel without a supervisor starts.
fn others(place: &str, started: &Result<bool, Error>) -> Check {
    let name = "no other kernels";
    match started {
        Ok(false) => Check::new(place, name, Verdict::Ok, format!("`{NATIVE}` does not start")),
        Ok(true) => Check::new(place, name, Verdict::Warning, format!("`{NATIVE}` starts, without a supervisor"))
            .with_advice("Remove share/jupyter/kernels/python3, and use the server configuration of deploy/jupyter."),
        Err(error) => Check::new(place, name, Verdict::Warning, format!("could not be found out: {error}")),
    }
}

/// Whether what is said to a host stays on this one.
fn is_near(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Error {
        Error::Unreachable { server: "s".to_owned(), reason: "reset".to_owned() }
    }

    #[test]
    fn an_answer_without_the_token_is_wrong() {
        for (answer, verdict) in [
            (Ok(403), Verdict::Ok),
            (Ok(401), Verdict::Ok),
            (Ok(302), Verdict::Ok),
            (Ok(200), Verdict::Wrong),
            (Ok(204), Verdict::Wrong),
            (Ok(500), Verdict::Warning),
            (Err(failed()), Verdict::Warning),
        ] {
            assert_eq!(refused("p", "n", &answer).verdict, verdict, "{answer:?}");
        }
    }

    #[test]
    fn a_token_that_is_missing_is_told_from_one_that_is_wrong() {
        assert_eq!(accepted("p", &Ok(200), true).verdict, Verdict::Ok);
        assert!(accepted("p", &Ok(403), true).found.contains("refuses"));
        assert!(accepted("p", &Ok(403), false).found.contains("none is configured"));
        for answer in [Ok(302), Ok(404), Ok(500), Err(failed())] {
            assert_eq!(accepted("p", &answer, true).verdict, Verdict::Wrong, "{answer:?}");
        }
    }

    #[test]
    fn a_missing_kernelspec_names_those_that_are_there() {
        let there = |kernelspecs: &[&str]| {
            let kernelspecs: Vec<String> = kernelspecs.iter().map(|&name| name.to_owned()).collect();
            super::there("p", ModeName::WriteAccess, "w", &kernelspecs)
        };
        assert_eq!(there(&["r", "w"]).verdict, Verdict::Ok);
        let missing = there(&["r", "x"]);
        assert_eq!((missing.verdict, missing.found.as_str()), (Verdict::Wrong, "there is no `w`; there are: r, x"));
        assert!(missing.advice.unwrap().contains("execution.modes.write_access.kernel_name"));
        assert!(there(&[]).found.contains("there are: none"));
    }

    #[test]
    fn what_else_is_open_weighs_more_where_nothing_else_was_promised() {
        assert_eq!(closed("p", "terminals", &Ok(403), true).verdict, Verdict::Ok);
        assert_eq!(closed("p", "terminals", &Ok(404), true).verdict, Verdict::Ok);
        assert_eq!(closed("p", "terminals", &Ok(200), true).verdict, Verdict::Wrong);
        assert_eq!(closed("p", "terminals", &Ok(200), false).verdict, Verdict::Warning);
        assert_eq!(closed("p", "contents", &Ok(200), true).verdict, Verdict::Warning);
        assert_eq!(others("p", &Ok(true)).verdict, Verdict::Warning);
        assert_eq!(others("p", &Ok(false)).verdict, Verdict::Ok);
    }

    #[test]
    fn versions_that_were_not_tried_are_said() {
        for (version, verdict) in [
            ("2.17.0", Verdict::Ok),
            ("1.9", Verdict::Warning),
            ("3.0", Verdict::Warning),
            ("", Verdict::Warning),
            ("2x", Verdict::Warning),
        ] {
            assert_eq!(known("p", version).verdict, verdict, "{version}");
        }
    }

    #[test]
    fn the_token_goes_into_an_address_on_this_host_only() {
        for host in ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"] {
            assert!(is_near(host), "{host}");
        }
        for host in ["localhost.example", "10.0.0.1", "0.0.0.0", "127.0.0.1.example", ""] {
            assert!(!is_near(host), "{host}");
        }
    }
}
