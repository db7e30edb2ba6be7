//! [`SECTIONS`]: every key that is ours, with its default and its meaning. `control_system` and `analysis` have a table of
//! their own, since other readers read them.

use super::keys::{Effect, Key, Kind, Others};
use super::table_readers::{ANALYSIS, CONTROL_SYSTEM};

/// Top-level sections of Osprey's files that are somebody else's.
pub(super) const OSPREYS: &[&str] = &[
    "api",
    "applications",
    "archiver",
    "build_dir",
    "channel_finder",
    "cli",
    "deployed_services",
    "development",
    "execution_control",
    "facility",
    "framework",
    "gateway",
    "import",
    "included_capabilities",
    "langgraph",
    "logging",
    "memory",
    "models",
    "monitoring",
    "openwebui",
    "pipeline",
    "project_name",
    "project_root",
    "prompts",
    "registry_path",
    "safe_execution",
    "simulation",
    "system",
    "tui",
];

pub(super) const fn section(keys: &'static [Key]) -> Kind {
    Kind::Section { keys, others: Others::Refused }
}

const fn sharing(keys: &'static [Key]) -> Kind {
    Kind::Section { keys, others: Others::NotOurs }
}

pub(super) const fn each(kind: &'static Kind) -> Kind {
    Kind::Section { keys: &[], others: Others::Each(kind) }
}

pub(super) const fn words(words: &'static [&'static str]) -> Kind {
    Kind::Word { words, older: &[] }
}

const RETRIES: Kind = Kind::Count { min: 0, max: 1_000 };
const PORT: Kind = Kind::Count { min: 1, max: 65_535 };
const COUNT: Kind = Kind::Count { min: 1, max: u64::MAX };
const MODE: Kind = words(&["read_only", "write_access"]);
const KERNELS: Effect = Effect::For(&["container"]);
const PROCESSES: Effect = Effect::For(&["container", "local"]);

/// All sections.
pub(super) const SECTIONS: &[Key] = &[
    Key::new(
        "python_executor",
        section(PYTHON_EXECUTOR),
        "How often programs are made and run again, and how long they may take.",
    )
    .or("{}"),
    Key::new("execution", section(EXECUTION), "Where programs run.").or("{}"),
    Key::new("services", sharing(SERVICES), "Services beside Aerie.").or("{}"),
    Key::new("approval", section(APPROVAL), "Whom to ask, and when.").or("{}"),
    Key::new("control_system", CONTROL_SYSTEM, "Which machine it is and what may be written.").or("{}"),
    Key::new("analysis", ANALYSIS, "What the analysis of programs forbids and knows.").or("{}"),
    Key::new(
        "agent_data_dir",
        Kind::Text,
        "Folder for everything that programs leave, below the configuration's folder. Without it `file_paths.agent_data_dir` says so.",
    ),
    Key::new("file_paths", sharing(FILE_PATHS), "Folders.").or("{}"),
    Key::new("retention", section(RETENTION), "What is kept of executions, and for how long.").or("{}"),
    Key::new("state_dir", Kind::Text, "Folder for plans, approvals and keys. Without it the user's state folder."),
];

const PYTHON_EXECUTOR: &[Key] = &[
    Key::new(
        "max_generation_retries",
        RETRIES,
        "How often a program is generated, at most, until one passes the analysis; 0 is 1.",
    )
    .or("3"),
    Key::new("max_execution_retries", RETRIES, "How often a program is run, at most, until one succeeds; 0 is 1.")
        .or("3"),
    Key::new("execution_timeout_seconds", Kind::Seconds, "How long one execution may take.").or("600"),
];

const EXECUTION: &[Key] = &[
    Key::new(
        "execution_method",
        words(&["wasi", "container", "local", "auto"]),
        "Where programs run: the sandbox, a Jupyter container, a Python of this host, or what the analysis chooses.",
    )
    .or("wasi"),
    Key::new("modes", section(MODES), "What programs that only read, and programs that write, are given.").or("{}"),
    Key::new(
        "container",
        section(CONTAINER),
        "A Jupyter server for all modes. It goes before `services.jupyter.containers`.",
    )
    .effect(KERNELS),
    Key::new("local", section(LOCAL), "A Python of this host.").effect(Effect::For(&["local"])),
    Key::new("python_env_path", Kind::Text, "The same as `local.python_env_path`.")
        .effect(Effect::Older("execution.local.python_env_path"))
        .late(),
    Key::new(
        "epics",
        section(EPICS),
        "The same as `control_system.connector.epics`, and counts only if that says nothing of gateways.",
    )
    .effect(Effect::Older("control_system.connector.epics")),
    Key::new(
        "code_generator",
        Kind::Text,
        "Which generator makes programs: a name below `generators`, or a built-in one.",
    ),
    Key::new(
        "generators",
        each(&Kind::Free { expands: true }),
        "Generators by name. What stands below a name is the generator's own.",
    )
    .or("{}")
    .late(),
    Key::new("limits", section(LIMITS), "What one execution may use.").or("{}"),
];

const MODES: &[Key] = &[
    Key::new("read_only", section(READ_ONLY), "Programs that only read.").or("{}"),
    Key::new("write_access", section(WRITE_ACCESS), "Programs that write.").or("{}"),
];

const ALLOWS_WRITES: &str = "Whether programs in this mode may write at all. In `read_only` it cannot be true.";
const REQUIRES_APPROVAL: &str =
    "Whether a person is asked before a program runs in this mode, whatever `approval` says.";
const KERNEL: &str = "The Jupyter kernel.";
const GATEWAY: &str = "Which gateway the kernel's environment names.";
const ENVIRONMENT: &str = "Environment of the kernel or process.";
const DESCRIPTION: &str = "For people who read the file.";
const FOR_READERS: Effect = Effect::Nothing("it is for whoever reads the file");

const READ_ONLY: &[Key] = &[
    Key::new("kernel_name", Kind::Text, KERNEL).or("python3-epics-readonly").effect(KERNELS).late(),
    Key::new("allows_writes", Kind::Flag, ALLOWS_WRITES).or("false"),
    Key::new("requires_approval", Kind::Flag, REQUIRES_APPROVAL).or("false"),
    Key::new("gateway", MODE, GATEWAY).or("read_only").effect(PROCESSES),
    Key::new("environment", each(&Kind::Written), ENVIRONMENT).or("{}").effect(PROCESSES).late(),
    Key::new("description", Kind::Text, DESCRIPTION).effect(FOR_READERS).late(),
];

const WRITE_ACCESS: &[Key] = &[
    Key::new("kernel_name", Kind::Text, KERNEL).or("python3-epics-write").effect(KERNELS).late(),
    Key::new("allows_writes", Kind::Flag, ALLOWS_WRITES).or("true"),
    Key::new("requires_approval", Kind::Flag, REQUIRES_APPROVAL).or("true"),
    Key::new("gateway", MODE, GATEWAY).or("write_access").effect(PROCESSES),
    Key::new("environment", each(&Kind::Written), ENVIRONMENT).or("{}").effect(PROCESSES).late(),
    Key::new("description", Kind::Text, DESCRIPTION).effect(FOR_READERS).late(),
];

const CONTAINER: &[Key] = &[
    Key::new("jupyter_host", Kind::Text, "Host name or address of the Jupyter server.").or("localhost").late(),
    Key::new("jupyter_port", PORT, "Its port.").or("8888").late(),
    Key::new("https", Kind::Flag, "Whether it is asked by HTTPS.").or("false").late(),
    Key::new("token", Kind::Secret, "Its token.").late(),
    Key::new("base_path", Kind::Text, BASE_PATH).or("/").late(),
    Key::new("ca_file", Kind::Text, CA_FILE).late(),
    Key::new("at_most", COUNT, "Kernels at once; further executions wait.").or("8"),
];

const BASE_PATH: &str = "Path in front of its API.";
const CA_FILE: &str =
    "Certificates (PEM) to trust besides the system's own; seen from the configuration's folder. Needs `https`.";

const LOCAL: &[Key] = &[
    Key::new(
        "python_env_path",
        Kind::Text,
        "The interpreter, or the environment that holds it. Without it the first `python3` of `PATH`.",
    )
    .late(),
    Key::new(
        "pass_environment",
        Kind::List(&Kind::Text),
        "Variables of this process that programs see as well, by name. They see no others but a few harmless ones.",
    )
    .or("[]"),
    Key::new("processes", Kind::Flag, "Whether programs may start processes of their own.").or("false"),
    Key::new(
        "cgroup",
        Kind::Text,
        "A control group that is Aerie's to divide, as `/proc/self/cgroup` writes it: each program gets one of its own below it.",
    ),
    Key::new("at_most", COUNT, "Programs at once; further executions wait.").or("8"),
];

const EPICS: &[Key] = &[Key::new("gateways", section(OLDER_GATEWAYS), "Where channels are looked for.").or("{}")];

const OLDER_GATEWAYS: &[Key] = &[
    Key::new("read_only", section(OLDER_GATEWAY), "For reads."),
    Key::new("write_access", section(OLDER_GATEWAY), "For writes."),
];

const OLDER_GATEWAY: &[Key] = &[
    Key::new("address", Kind::Text, "Host name or address.").required().late(),
    Key::new("port", PORT, "Its port."),
    Key::new("use_name_server", Kind::Flag, "Whether it is asked by TCP, as a name server.").or("false"),
];

const LIMITS: &[Key] = &[
    Key::new("memory", Kind::Size, "Memory, the runtime's own included.").or("1G"),
    Key::new(
        "cpu_seconds",
        Kind::Seconds,
        "CPU time. Without it as much as `python_executor.execution_timeout_seconds`.",
    ),
    Key::new("output", Kind::Size, "Bytes on standard output and standard error together.").or("16M"),
    Key::new("files", COUNT, "Files and folders that a program may create.").or("1000"),
    Key::new("file_bytes", Kind::Size, "Bytes in those files.").or("256M"),
    Key::new("host_calls", COUNT, "Calls to the host, such as reads of channels.").or("10000"),
];

const SERVICES: &[Key] = &[Key::new("jupyter", sharing(JUPYTER), "Jupyter servers.").or("{}")];

const JUPYTER: &[Key] = &[Key::new(
    "containers",
    each(&section(JUPYTER_CONTAINER)),
    "Jupyter servers by name. A mode takes the first that lists it.",
)
.or("{}")
.effect(KERNELS)];

const JUPYTER_CONTAINER: &[Key] = &[
    Key::new("name", Kind::Text, "Name of the container.")
        .effect(Effect::Nothing("Osprey's deployment reads it"))
        .late(),
    Key::new("hostname", Kind::Text, "Host name or address.").or("localhost").late(),
    Key::new("port_host", PORT, "Port on the host.").required().late(),
    Key::new("port_container", PORT, "Port in the container.")
        .effect(Effect::Nothing("Osprey's deployment reads it"))
        .late(),
    Key::new("https", Kind::Flag, "Whether it is asked by HTTPS.").or("false").late(),
    Key::new("token", Kind::Secret, "Its token.").late(),
    Key::new("base_path", Kind::Text, BASE_PATH).or("/").late(),
    Key::new("ca_file", Kind::Text, CA_FILE).late(),
    Key::new("execution_modes", Kind::List(&MODE), "The modes that it is for.").required(),
];

const APPROVAL: &[Key] = &[
    Key::new("global_mode", words(&["disabled", "selective", "all_capabilities"]), "`disabled` asks nobody, `selective` goes by the capabilities, `all_capabilities` asks even for those that are not enabled.").or("selective"),
    Key::new("capabilities", sharing(CAPABILITIES), "By capability.").or("{}"),
    Key::new("expires_after", Kind::Time, "How long a question waits for its answer.").or("24h"),
    Key::new("not_by_requester", Kind::Flag, "Whether whoever asked for an execution may not approve it.").or("false"),
    Key::new("approvals_needed", Kind::Count { min: 1, max: 20 }, "How many people have to approve.").or("1"),
];

const CAPABILITIES: &[Key] = &[
    Key::new("python_execution", section(PYTHON_EXECUTION), "Programs.").or("{}"),
    Key::new("memory", Kind::Free { expands: false }, "Osprey's memory.")
        .effect(Effect::Nothing("it is Osprey's memory; Aerie has none"))
        .late(),
];

const PYTHON_EXECUTION: &[Key] = &[
    Key::new("enabled", Kind::Flag, "Whether anybody is asked.").or("true"),
    Key::new(
        "mode",
        Kind::Word { words: &["disabled", "all_code", "control_writes"], older: &[("epics_writes", "control_writes")] },
        "Which programs people are asked about: none, all, or those that write.",
    )
    .or("control_writes"),
];

const FILE_PATHS: &[Key] = &[
    Key::new(
        "agent_data_dir",
        Kind::Text,
        "Folder for everything that programs leave; `agent_data_dir` says the same.",
    ),
    Key::new("executed_python_scripts_dir", Kind::Text, "Folder for execution folders, below `agent_data_dir`.")
        .or("executed_scripts"),
];

const RETENTION: &[Key] = &[
    Key::new(
        "executions_days",
        Kind::Count { min: 1, max: 36_500 },
        "Days after which execution folders may be removed. Without it they are kept.",
    ),
    Key::new("keep_written", Kind::Flag, "Whether executions that wrote to a control system are kept for ever.")
        .or("true"),
];
