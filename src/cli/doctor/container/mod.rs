//! The `container` backend: each Jupyter server that the configuration names, tried out.
//!
//! ```text
//!   mod.rs ─► server.rs   what it answers to whom: no kernel is needed
//!     └─────► kernel.rs   starts kernels, and lets the probe look around
//!               └───► facts.rs      what the probe found, judged: around.rs, beyond.rs, limits.rs
//! ```

mod around;
mod beyond;
mod facts;
mod kernel;
mod limits;
mod server;

use super::check::{Check, Verdict};
use crate::backend::container::Endpoint;
use crate::cli::launch::PlaceArgs;
use crate::cli::places;
use crate::config::{Config, ModeName};

const PLACE: &str = "container";

/// A server, and the modes that use it.
struct Used {
    endpoint: Endpoint,
    /// With their kernelspecs.
    modes: Vec<(ModeName, String)>,
}

pub(super) async fn look(place: &PlaceArgs, config: &Config) -> Vec<Check> {
    let (servers, mut checks) = used(config);
    for server in &servers {
        checks.extend(look_at(server, place, config).await);
    }
    checks
}

/// The servers, each once, and what is wrong with the configuration.
fn used(config: &Config) -> (Vec<Used>, Vec<Check>) {
    let (mut servers, mut checks) = (Vec::<Used>::new(), Vec::new());
    for mode in [ModeName::ReadOnly, ModeName::WriteAccess] {
        let endpoint = match places::endpoint(config, mode) {
            Ok(endpoint) => endpoint,
            Err(failure) => {
                let check = Check::new(&of_mode(mode), "configured", Verdict::Warning, failure.message);
                checks.push(check.with_advice("Programs of this mode cannot run in containers."));
                continue;
            }
        };
        let kernel = (mode, endpoint.kernel_name.clone());
        match servers.iter_mut().find(|used| same_server(&used.endpoint, &endpoint)) {
            Some(used) => used.modes.push(kernel),
            None => servers.push(Used { endpoint, modes: vec![kernel] }),
        }
    }
    if servers.is_empty() {
        for check in &mut checks {
            check.verdict = Verdict::Wrong;
        }
    }
    (servers, checks)
}

fn same_server(one: &Endpoint, other: &Endpoint) -> bool {
    one.base().is_ok_and(|base| other.base() == Ok(base))
}

fn of_mode(mode: ModeName) -> String {
    format!("{PLACE} {mode}")
}

async fn look_at(used: &Used, place: &PlaceArgs, config: &Config) -> Vec<Check> {
    let name = match used.modes.as_slice() {
        [(mode, _)] => of_mode(*mode),
        _ => PLACE.to_owned(),
    };
    let (mut checks, answering) = server::look(&name, &used.endpoint, &used.modes).await;
    if used.modes.len() > 1 {
        checks
            .push(Check::new(&name, "modes apart", Verdict::Warning, "one server for both modes").with_advice(
                "Kernels of both modes run side by side as one user; give each mode a server of its own.",
            ));
    }
    let Some(answering) = answering else { return checks };
    let mut supervised = false;
    let mut looked = Vec::<&str>::new();
    for (mode, kernel) in &used.modes {
        if !answering.kernelspecs.contains(kernel) || looked.contains(&kernel.as_str()) {
            continue;
        }
        looked.push(kernel);
        let several = used.modes.iter().any(|(_, other)| other != kernel);
        let name = if several { of_mode(*mode) } else { name.clone() };
        let (found, ours) = match places::container(place, config, *mode) {
            Ok(backend) => kernel::look(&name, &backend, used.endpoint.token.as_ref()).await,
            Err(failure) => (vec![Check::new(&name, "kernel starts", Verdict::Wrong, failure.message)], false),
        };
        checks.extend(found);
        supervised |= ours;
    }
    // What else a server offers counts where it promises to offer nothing else.
    let names: Vec<&str> = used.modes.iter().map(|(_, kernel)| kernel.as_str()).collect();
    checks.extend(answering.offers(&name, &names, supervised).await);
    checks
}

/// A foreign text, short.
fn short(text: &str) -> String {
    const SHOWN: usize = 200;
    let mut shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Names, not too many of them.
fn listed<T: AsRef<str>>(names: &[T]) -> String {
    const SHOWN: usize = 8;
    let text = names.iter().take(SHOWN).map(|name| short(name.as_ref())).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{text} and {} more", names.len() - SHOWN) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_the_same_by_their_address() {
        let server = Endpoint::new("localhost", 8888);
        let write = Endpoint { kernel_name: "write".to_owned(), base_path: "/".to_owned(), ..server.clone() };
        assert!(same_server(&server, &write));
        assert!(!same_server(&server, &Endpoint { port: 8889, ..server.clone() }));
        assert!(!same_server(&server, &Endpoint { base_path: "/x".to_owned(), ..server.clone() }));
        // An address that is none is no server.
        assert!(!same_server(&Endpoint::new("a b", 1), &Endpoint::new("a b", 1)));
    }

    #[test]
    fn foreign_texts_and_lists_are_shown_short() {
        assert_eq!(short("a\u{1b}[31m\nb"), "a [31m b");
        assert_eq!(short(&"ä".repeat(10_000)).chars().count(), 201);
        let many: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        assert_eq!(listed(&many), "0, 1, 2, 3, 4, 5, 6, 7 and 92 more");
        assert_eq!(listed::<&str>(&[]), "");
    }
}
