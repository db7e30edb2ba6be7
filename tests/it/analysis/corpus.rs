//! Programs with known truths: every write is found or marked as unresolved, and no innocent program is called a write.
//!
//! Each program opens with its truth: what it does when it is executed to its end, and for the plain ones each operation
//! with its channel and value. The truths were checked by executing the programs with libraries that record.

use std::fs;
use std::path::{Path, PathBuf};

use aerie::analysis::{Certainty, Presence, Report, Request, detect_control_system_operations};

use super::analyzer;

struct Program {
    path: PathBuf,
    text: String,
    writes: bool,
    reads: bool,
}

fn programs(kind: &str) -> Vec<Program> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/corpus").join(kind);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("text");
            let truth = text.lines().find(|line| line.starts_with("# truth: ")).expect("a truth").to_owned();
            let (writes, reads) = (truth.contains("writes=yes"), truth.contains("reads=yes"));
            Program { path, text, writes, reads }
        })
        .collect()
}

/// Innocent programs of which a careful reader cannot be sure either, and what makes it so. They count as found wrongly
/// in the figures; none of them is said to write for certain.
const DOUBTFUL: &[(&str, &str)] = &[
    ("early_return_before_write", "a write after return"),
    ("fake_epics_module", "the library is replaced before it is imported"),
    ("false_constant_guard", "a write under `if False`"),
    ("function_never_called", "a function that writes, and that nothing calls"),
    ("hidden_read", "a module of the control system is handed on"),
    ("http_elog_json", "data are sent to a web service"),
    ("mock_patched_writer", "the library is replaced for a test"),
    ("plan_never_run", "a plan that nothing executes"),
    ("plan_only_summarised", "a plan that is only printed"),
    ("raise_before_write", "a write after raise"),
    ("shelve_and_pickle", "a pickle is loaded"),
    ("writer_only_named_in_list", "a function that writes, in a list"),
];

#[derive(Default)]
struct Count {
    found: usize,
    missed: usize,
    wrong: usize,
    right: usize,
}

impl Count {
    fn add(&mut self, truth: bool, said: bool) {
        match (truth, said) {
            (true, true) => self.found += 1,
            (true, false) => self.missed += 1,
            (false, true) => self.wrong += 1,
            (false, false) => self.right += 1,
        }
    }

    fn show(&self, name: &str) -> String {
        let ratio = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        format!(
            "{name:32} precision {:5.1} %  recall {:5.1} %   ({} found, {} missed, {} wrong, {} rightly passed)",
            ratio(self.found, self.found + self.wrong),
            ratio(self.found, self.found + self.missed),
            self.found,
            self.missed,
            self.wrong,
            self.right
        )
    }
}

#[test]
fn every_write_is_found_or_marked_and_no_innocent_program_is_called_one() {
    let analyzer = analyzer();
    let (mut ours, mut sure, mut regexes) = (Count::default(), Count::default(), Count::default());
    let (mut missed, mut wrong, mut total) = (Vec::new(), Vec::new(), 0);
    let mut share = Vec::new();
    for kind in ["hostile", "innocent", "ordinary"] {
        let all = programs(kind);
        share.push((kind, all.len()));
        for program in &all {
            total += 1;
            let name = program.path.file_stem().expect("a name").to_string_lossy().into_owned();
            let report = analyzer.analyze(program.text.as_bytes(), Request::default());
            ours.add(program.writes, report.writes != Presence::None);
            sure.add(program.writes, report.writes == Presence::Certain);
            // The header names the truth; the regexes get to see the program alone.
            let body: String =
                program.text.lines().filter(|line| !is_header(line)).map(|line| format!("{line}\n")).collect();
            regexes.add(program.writes, detect_control_system_operations(&body, None, None).has_writes);
            if program.writes && report.writes == Presence::None {
                missed.push(format!("{kind}/{name}"));
            }
            let doubtful = DOUBTFUL.iter().any(|(known, _)| *known == name);
            if !program.writes && report.writes == Presence::Certain
                || !program.writes && !doubtful && report.writes != Presence::None
            {
                wrong.push(format!("{kind}/{name}"));
            }
            if program.reads && report.reads == Presence::None {
                missed.push(format!("{kind}/{name}: its reads"));
            }
        }
    }
    eprintln!("{total} programs: {share:?}");
    eprintln!("{}", ours.show("the analysis"));
    eprintln!("{}", sure.show("the analysis, certain ones only"));
    eprintln!("{}", regexes.show("the default regexes alone"));
    assert!(total >= 120 && share.iter().take(2).all(|(_, count)| count * 3 >= total), "{share:?}");
    assert!(missed.is_empty(), "missed: {missed:#?}");
    assert!(wrong.is_empty(), "called a write although innocent: {wrong:#?}");
}

fn is_header(line: &str) -> bool {
    ["# truth: ", "# write: ", "# read: ", "# why: "].iter().any(|start| line.starts_with(start))
}

/// Operations of plain programs of which the text shows less than what happens, and why.
const BEYOND: &[(&str, &str)] = &[
    ("bluesky_grid_of_two", "the detectors of a scan"),
    ("bluesky_list_scan_and_rd", "the detectors of a scan"),
    ("bluesky_scan", "the points between start and stop, and the detectors"),
    ("cothread_orbit_bump", "lists that a comprehension makes"),
    ("dataframe_of_setpoints", "the rows of a data frame"),
    ("json_text_settings", "what json.loads gives"),
    ("labview_activex", "a library of Windows"),
    ("ophyd_pv_positioner", "the parts of a positioner"),
    ("osprey_ramp_function", "values that a loop computes"),
    ("p4p_list_put", "lists that a comprehension makes"),
    ("pvaccess_channel_put", "a value within an object"),
    ("quad_scan_fit", "values that numpy computes"),
    ("subprocess_command_tools", "a command's words are text"),
    ("tango_group_correctors", "the members of a group"),
];

#[test]
fn operations_of_plain_programs_have_their_channels_and_values() {
    let analyzer = analyzer();
    let (mut expected, mut wrong) = (0, Vec::new());
    for program in programs("ordinary") {
        let name = program.path.file_stem().expect("a name").to_string_lossy().into_owned();
        if BEYOND.iter().any(|(beyond, _)| *beyond == name) {
            continue;
        }
        let report = analyzer.analyze(program.text.as_bytes(), Request::default());
        for line in program.text.lines().filter(|line| line.starts_with("# write: ") || line.starts_with("# read: ")) {
            expected += 1;
            if !has(&report, line) {
                wrong.push(format!("{name}: {line}"));
            }
        }
    }
    assert!(expected > 150, "{expected} operations are written down");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether a report has the operation of a `# write: CALL CHANNEL VALUE` line.
fn has(report: &Report, line: &str) -> bool {
    let mut words = line.splitn(5, ' ').skip(1);
    let writes = words.next() == Some("write:");
    let (_call, channel, value) = (words.next(), words.next().unwrap_or("?"), words.next().unwrap_or("?"));
    report.operations.iter().any(|operation| {
        // A command without an argument has no value.
        let constant: Option<serde_json::Value> =
            serde_json::from_str(value).ok().filter(|value| *value != serde_json::Value::Null);
        operation.kind.may_write() == writes
            && operation.certainty == Certainty::Certain
            && (channel == "?" || operation.channels.iter().any(|one| one == channel))
            && constant.is_none_or(|value| operation.values.contains(&value))
    })
}

/// Short programs that were written to get past the analysis, each by another way: names, scopes, protocols, dead code,
/// text that something executes. All of them write.
#[test]
fn no_evasion_gets_past() {
    let analyzer = analyzer();
    let programs = programs("evasions");
    assert!(programs.len() > 240);
    // Long programs are read otherwise, and a header that names a library is a hint that an attacker does not give.
    let padding: String = (0..400).map(|k| format!("v{k} = [j * {k} for j in range(3)]\n")).collect();
    let mut missed = Vec::new();
    for program in programs.iter().filter(|program| program.writes) {
        let code = program.text.lines().filter(|line| !line.starts_with("# ")).collect::<Vec<_>>().join("\n");
        for text in [program.text.clone(), code.clone(), format!("{code}\n{padding}")] {
            if analyzer.analyze(text.as_bytes(), Request::default()).writes == Presence::None {
                missed.push((&program.path, text.len()));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// What is shown as known is what happens: Python's own formatting, slicing, arithmetic and mutation.
#[test]
fn no_channel_or_value_is_misread() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/corpus/misread");
    let analyzer = analyzer();
    let mut count = 0;
    for path in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
        let text = fs::read_to_string(&path).expect("text");
        let written = text.lines().find_map(|line| line.strip_prefix("# written: ")).expect("what is written");
        let written: Vec<(String, serde_json::Value)> = serde_json::from_str(written.trim()).expect("pairs");
        let report = analyzer.analyze(text.as_bytes(), Request::default());
        for operation in report.operations.iter().filter(|operation| operation.kind.may_write()) {
            let told = |channel: &String| written.iter().any(|(real, _)| real == channel);
            if let Some(channel) = &operation.channel {
                assert!(told(channel), "{}: {channel}, not {written:?}", path.display());
            }
            assert!(
                !operation.channels_known || operation.channels.iter().any(told),
                "{}: {operation:?}",
                path.display()
            );
            if let Some(value) = &operation.value {
                assert!(written.iter().any(|(_, real)| real == value), "{}: {value}, not {written:?}", path.display());
            }
        }
        count += 1;
    }
    assert!(count > 50);
}
