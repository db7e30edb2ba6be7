//! [`CONTROL_SYSTEM`] and [`ANALYSIS`]: the keys that [`super::ControlSystemConfig`] and the analysis' own settings read. The
//! readers stay the judges of values; what is here finds all misspelt keys at once and documents them.

use super::keys::{Effect, Key, Kind, Others};
use super::table::{each, section, words};

const ANY_COUNT: Kind = Kind::Count { min: 0, max: u64::MAX };
const PATTERNS: Kind = Kind::List(&Kind::Verbatim);
const PATHS: Kind = Kind::List(&Kind::Text);
const MAX_PERCENT: f64 = f64::INFINITY;

pub(super) const CONTROL_SYSTEM: Kind = section(&[
    Key::new("type", words(&["mock", "epics", "tango"]), "Which machine: the simulated one, EPICS, or Tango.")
        .or("mock"),
    Key::new(
        "writes_enabled",
        Kind::Flag,
        "Whether anything is written at all. Without it only the simulated machine is.",
    ),
    Key::new("limits_checking", section(LIMITS_CHECKING), "Osprey's limits database.").or("{}"),
    Key::new("write_verification", section(WRITE_VERIFICATION), "How writes are verified where no rule says it.")
        .or("{}"),
    Key::new("connector", section(CONNECTOR), "How each control system is reached.").or("{}"),
    Key::new("policy", PATHS, "Files with channel rules, below the configuration's folder.").or("[]").late(),
    Key::new(
        "patterns",
        Kind::Section { keys: PATTERN_KEYS, others: Others::Each(&LISTS) },
        "Python regular expressions that the analysis searches programs for; directly, or below a control system's name.",
    ),
]);

const LIMITS_CHECKING: &[Key] = &[
    Key::new("enabled", Kind::Flag, "Whether the database counts.").or("false"),
    Key::new("database_path", Kind::Text, "The database; needed if it is enabled.").late(),
    Key::new(
        "allow_unlisted_channels",
        Kind::Flag,
        "Whether the database says nothing against channels that it does not list.",
    )
    .or("false"),
    Key::new(
        "on_violation",
        Kind::Word { words: &["skip", "error"], older: &[("raise", "error"), ("stop", "error")] },
        "`skip` refuses the write and the program goes on; `error` ends a plan run too.",
    ),
];

const WRITE_VERIFICATION: &[Key] = &[
    Key::new("default_level", words(&["none", "callback", "readback"]), "Osprey's level.")
        .effect(Effect::Nothing("a write is read back unless its channel rule says otherwise (`verify`)")),
    Key::new(
        "default_tolerance_percent",
        Kind::Number { min: 0.0, max: MAX_PERCENT },
        "How far a readback may be off, in per cent of the written value, where no rule says it.",
    ),
];

const CONNECTOR: &[Key] = &[
    Key::new("mock", section(MOCK), "The simulated machine."),
    Key::new("epics", section(EPICS), "EPICS Channel Access."),
    Key::new("pva", section(EPICS), "EPICS PV Access."),
    Key::new("tango", section(TANGO), "Tango."),
];

const MOCK: &[Key] = &[
    Key::new("response_delay_ms", ANY_COUNT, "How long each answer takes, in milliseconds."),
    Key::new("noise_level", Kind::Number { min: 0.0, max: 1.0 }, "Relative noise of measured values."),
    Key::new("enable_writes", Kind::Flag, "Whether the simulated machine is written.")
        .effect(Effect::Older("control_system.writes_enabled")),
    Key::new("machine", Kind::Text, "A scripted machine, in YAML.").late(),
    Key::new("recording", Kind::Text, "A recorded machine, in CSV. Not with `machine`.").late(),
    Key::new("seed", ANY_COUNT, "Seeds initial values and noise."),
];

const EPICS: &[Key] = &[
    Key::new("timeout", Kind::Seconds, "Seconds that a call waits where the program does not say it."),
    Key::new(
        "gateways",
        section(GATEWAYS),
        "Where channels are looked for. Without it the usual `EPICS_*` variables say so.",
    )
    .or("{}"),
];

const GATEWAYS: &[Key] = &[
    Key::new("read_only", section(GATEWAY), "For reads."),
    Key::new("write_access", section(GATEWAY), "For writes, and the readings that judge and verify them."),
];

const GATEWAY: &[Key] = &[
    Key::new("address", Kind::Text, "Host name or address.").required().late(),
    Key::new("port", Kind::Count { min: 1, max: 65_535 }, "Its port."),
    Key::new("use_name_server", Kind::Flag, "Whether it is asked by TCP, as a name server.").or("false"),
];

const TANGO: &[Key] =
    &[Key::new("host", Kind::Text, "`host:port` of the database. Without it `TANGO_HOST` says so.").late()];

const PATTERN_KEYS: &[Key] = &[
    Key::new("mode", words(&["extend", "override"]), "Whether they come beside the built-in ones or instead of them.")
        .or("extend"),
    Key::new("write", PATTERNS, "Whatever writes."),
    Key::new("read", PATTERNS, "Whatever reads."),
];

const LISTS: Kind =
    section(&[Key::new("write", PATTERNS, "Whatever writes."), Key::new("read", PATTERNS, "Whatever reads.")]);

pub(super) const ANALYSIS: Kind = section(&[
    Key::new("rules", each(&words(&["off", "note", "warning", "refusal"])), "Other weights for rules, by their names.")
        .or("{}"),
    Key::new("policy", Kind::List(&section(POLICY)), "What the site forbids, or wants to be asked about.").or("[]"),
    Key::new("libraries", Kind::List(&Kind::Free { expands: false }), "Tables of further libraries.").or("[]"),
    Key::new("inert_modules", Kind::List(&Kind::Verbatim), "Further modules that cannot reach a control system.")
        .or("[]"),
]);

const POLICY: &[Key] = &[
    Key::new("name", Kind::Verbatim, "What it is called in findings.").required(),
    Key::new("when", section(WHEN), "All of these have to hold.").required(),
    Key::new("then", words(&["refuse", "approve", "warn"]), "What then.").required(),
    Key::new("reason", Kind::Verbatim, "What people read.").required(),
];

const WHEN: &[Key] = &[
    Key::new("call", Kind::Verbatim, "An operation's library call; `*` is any text."),
    Key::new("channel", Kind::Verbatim, "An operation's channel; `*` is any text."),
    Key::new("kind", words(&["write", "read"]), "What an operation does."),
    Key::new("import", Kind::Verbatim, "An imported module; `*` is any text."),
    Key::new("rule", Kind::Verbatim, "A rule that has a finding."),
    Key::new("pattern", Kind::Verbatim, "A Python regular expression, searched in the text."),
];
