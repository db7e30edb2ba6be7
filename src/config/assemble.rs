//! What happens between a file's values and [`super::Config`]: contradictions, the texts of other readers, the typed sections,
//! older places, and notes on what waits for another backend.

use super::control_system::{ControlSystemConfig, Gateway, Gateways};
use super::held::{Held, Holds, find, join, object};
use super::keys::Effect;
use super::problem::{NoteKind, Origin, Place};
use super::sections::{Execution, ExecutionMethod, Generator, OlderGateway, Sections};
use super::value::Expandable;
use super::walk::Walk;
use super::yaml::Spot;

fn said<'h>(held: &'h [Held], path: &str) -> Option<(&'h Held, &'h Place)> {
    let path: Vec<&str> = path.split('.').collect();
    let held = find(held, &path)?;
    match &held.origin {
        Origin::Said { place, .. } => Some((held, place)),
        Origin::Default => None,
    }
}

/// Keys that cannot both be as they are.
pub(super) fn contradictions(held: &[Held], walk: &mut Walk<'_>) {
    let path = "execution.modes.read_only.allows_writes";
    if let Some((reads, place)) = said(held, path)
        && reads.value() == Some(true.into())
    {
        let help = "a mode for writing is `write_access`".to_owned();
        walk.problem(place.clone(), path, "programs that only read cannot be allowed to write".to_owned(), Some(help));
    }
    for (new, older) in [
        ("agent_data_dir", "file_paths.agent_data_dir"),
        ("execution.local.python_env_path", "execution.python_env_path"),
    ] {
        if let (Some((one, place)), Some((other, second))) = (said(held, new), said(held, older))
            && let (Some(one), Some(other)) = (one.value(), other.value())
            && one.get("variable").is_none()
            && other.get("variable").is_none()
            && one != other
        {
            let message = format!("`{older}` ({second}) says something else");
            walk.problem(place.clone(), new, message, Some("keep one of them".to_owned()));
        }
    }
}

/// A text with values in these places.
pub(super) fn replaced(text: &str, values: &[(Spot, String)]) -> String {
    let mut values: Vec<&(Spot, String)> = values.iter().collect();
    values.sort_by_key(|(spot, _)| std::cmp::Reverse(*spot));
    values.dedup_by_key(|(spot, _)| *spot);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    for (spot, value) in values {
        let Some(line) = lines.get_mut(spot.line - 1) else { continue };
        let before: String = line.chars().take(spot.column - 1).collect();
        let old: String = line.chars().skip(spot.column - 1).take(spot.length).collect();
        let after: String = line.chars().skip(spot.column - 1 + spot.length).collect();
        // Texts over several lines are left to their readers.
        if old.contains("${") {
            let space = old.chars().rev().take_while(|c| c.is_whitespace()).count();
            *line = format!("{before}{value}{}{after}", " ".repeat(space));
        }
    }
    lines.join("\n")
}

/// The typed reader of `control_system` has the last word on it.
pub(super) fn read_control_system(
    text: &str,
    file: &str,
    held: &[Held],
    walk: &mut Walk<'_>,
) -> Option<ControlSystemConfig> {
    const SECTION: &str = "control_system";
    if walk
        .problems
        .iter()
        .any(|problem| ["", "osprey"].contains(&problem.key.as_str()) || problem.key.starts_with(SECTION))
    {
        return None;
    }
    match ControlSystemConfig::from_yaml(text, file) {
        Ok(config) => Some(config),
        Err(error) => {
            let (message, place) = error.message.rsplit_once(" at line ").unwrap_or((&error.message, ""));
            let mut numbers = place.split(" column ").map(|number| number.parse::<usize>().ok().filter(|n| *n > 0));
            let spot = numbers.next().flatten().zip(numbers.next().flatten());
            let place = match (spot, said(held, SECTION)) {
                (Some((line, column)), _) if line <= text.lines().count() => {
                    walk.place(Spot { line, column, length: 1 })
                }
                (_, Some((_, place))) => place.clone(),
                (_, None) => walk.place(Spot::START),
            };
            let message = message.trim_start_matches("control_system: ").to_owned();
            walk.problem(place, SECTION, message, None);
            None
        }
    }
}

pub(super) fn typed(held: &[Held], walk: &mut Walk<'_>) -> Option<Sections> {
    let mut all = object(held);
    all.shift_remove("control_system");
    all.shift_remove("analysis");
    // Generators have their places, which no value has.
    if let Some(execution) = all.get_mut("execution").and_then(serde_json::Value::as_object_mut) {
        execution.shift_remove("generators");
    }
    match serde_json::from_value(all.into()) {
        Ok(sections) => Some(sections),
        // The tables have checked all of it; the tests hold them and the types together.
        Err(error) => {
            walk.problem(walk.place(Spot::START), "", error.to_string(), None);
            None
        }
    }
}

pub(super) fn generators(held: &[Held], walk: &Walk<'_>) -> Vec<Generator> {
    let Some(section) = find(held, &["execution", "generators"]) else { return Vec::new() };
    let Holds::Section(below) = &section.holds else { return Vec::new() };
    let generator = |held: &Held| {
        let place = match &held.origin {
            Origin::Said { place, .. } => place.clone(),
            Origin::Default => walk.place(Spot::START),
        };
        let settings = match &held.holds {
            Holds::Unset { unset, .. } => Expandable::Unset(unset.clone()),
            _ => Expandable::Set(held.value().unwrap_or_default()),
        };
        Generator { name: held.name.clone(), place, settings }
    };
    below.iter().map(generator).collect()
}

/// Gateways in their older place count if the new one has none.
pub(super) fn older_gateways(execution: &Execution, control_system: &mut ControlSystemConfig) {
    let Some(epics) = &execution.epics else { return };
    let connector = control_system.connector.epics.get_or_insert_default();
    if connector.gateways != Gateways::default() {
        return;
    }
    let gateway = |older: &OlderGateway| Gateway {
        // Whoever connects replaces variables, and says so if one is not set.
        address: match &older.address {
            Expandable::Set(address) => address.clone(),
            Expandable::Unset(unset) => format!("${{{}}}", unset.variable),
        },
        port: older.port,
        use_name_server: older.use_name_server,
    };
    connector.gateways = Gateways {
        read_only: epics.gateways.read_only.as_ref().map(gateway),
        write_access: epics.gateways.write_access.as_ref().map(gateway),
    };
}

/// Notes on keys that wait for another backend.
pub(super) fn notes_by_backend(execution: &Execution, held: &[Held], walk: &mut Walk<'_>) {
    fn below(path: &str, section: &[Held], method: &str, walk: &mut Walk<'_>) {
        for held in section {
            let Origin::Said { place, .. } = &held.origin else { continue };
            let path = join(path, &held.name);
            if let Some(key) = held.key
                && let Effect::For(backends) = key.effect
                && !backends.contains(&method)
            {
                // What says the default is no news.
                let says_default = match (&held.holds, key.default) {
                    (Holds::Section(below), Some(_)) => below.is_empty(),
                    (Holds::Value { shown, .. }, Some(default)) => shown.as_str() == Some(default),
                    _ => false,
                };
                if says_default {
                    continue;
                }
                let message = format!(
                    "it counts only where programs run by `{}`; `execution.execution_method` is `{method}`",
                    backends.join("` or `")
                );
                walk.note(NoteKind::NoEffectYet, place.clone(), &path, message);
            } else if let Holds::Section(section) = &held.holds {
                below(&path, section, method, walk);
            }
        }
    }
    let method = match execution.execution_method {
        ExecutionMethod::Wasi => "wasi",
        ExecutionMethod::Container => "container",
        ExecutionMethod::Local => "local",
        ExecutionMethod::Auto => return,
    };
    below("", held, method, walk);
    let path = "services.jupyter.containers";
    if let (Some(_), Some((_, place)), ExecutionMethod::Container) =
        (&execution.container, said(held, path), execution.execution_method)
    {
        let message = "it has no effect: `execution.container` goes before it".to_owned();
        walk.note(NoteKind::NoEffectYet, place.clone(), path, message);
    }
}
