//! Osprey's page, defaults, variables, and what goes before what.

mod hostile;
mod shown;
mod tables;
mod wrong;

use super::*;

/// The page's first block.
const PAGE: &str = r#"# config.yml - Python Execution Configuration
osprey:
  # Python Executor Service Configuration
  python_executor:
    max_generation_retries: 3      # Maximum retries for code generation failures
    max_execution_retries: 3       # Maximum retries for execution failures
    execution_timeout_seconds: 600 # Execution timeout in seconds (default: 10 minutes)

  execution:
    execution_method: "container"  # or "local"
    modes:
      read_only:
        kernel_name: "python3-epics-readonly"
        allows_writes: false
        requires_approval: false
      write_access:
        kernel_name: "python3-epics-write"
        allows_writes: true
        requires_approval: true

    # Container execution settings
    container:
      jupyter_host: "localhost"
      jupyter_port: 8888

    # Local execution settings
    local:
      python_env_path: "${LOCAL_PYTHON_VENV}"

# Approval configuration for Python execution
approval:
  global_mode: "selective"
  capabilities:
    python_execution:
      enabled: true
      mode: "epics_writes"  # disabled, all_code, epics_writes
"#;

/// The page's further blocks.
const PAGES_OTHERS: [&str; 4] = [
    r"control_system:
  type: epics
  patterns:
    epics:
      write:
        - 'epics\.caput\('       # Matches: epics.caput(...)
        - '\.put\('              # Matches: pv.put(...)
      read:
        - 'epics\.caget\('       # Matches: epics.caget(...)
        - '\.get\('              # Matches: pv.get(...)
",
    r#"approval:
  global_mode: "selective"
  capabilities:
    python_execution:
      enabled: true
      mode: "epics_writes"    # Require approval for EPICS writes
"#,
    r"control_system:
  type: tango
  patterns:
    tango:
      write:
        - 'tango\.write_attribute\('
        - 'device_proxy\.write_attribute\('
      read:
        - 'tango\.read_attribute\('
        - 'device_proxy\.read_attribute\('
",
    r#"osprey:
  execution:
    execution_method: "container"  # or "local"
    container:
      jupyter_host: "localhost"
      jupyter_port: 8888
    local:
      python_env_path: "${LOCAL_PYTHON_VENV}"
"#,
];

fn variable(name: &str) -> Option<String> {
    match name {
        "PORT" => Some("8889".to_owned()),
        "WORD" => Some("local".to_owned()),
        "YES" => Some("true".to_owned()),
        "EMPTY" => Some(String::new()),
        "KEY" => Some("very-hidden".to_owned()),
        _ => None,
    }
}

fn read(text: &str) -> Result<Config, ConfigErrors> {
    Config::from_yaml(text, "config.yml", variable)
}

fn nested(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("  {line}\n")).collect();
    format!("osprey:\n{}", lines.concat())
}

#[test]
fn ospreys_page_works_as_it_stands() {
    let config = read(PAGE).unwrap();
    assert_eq!(config.python_executor.max_generation_retries, 3);
    assert_eq!(config.python_executor.execution_timeout.as_secs(), 600);
    assert_eq!(config.execution.execution_method, ExecutionMethod::Container);
    assert!(config.execution.modes.write_access.allows_writes && config.execution.modes.write_access.requires_approval);
    assert_eq!(config.approval.capabilities.python_execution.mode, ApprovalMode::ControlWrites);
    let endpoint = config.jupyter(ModeName::WriteAccess).unwrap();
    assert_eq!((endpoint.host, endpoint.port, endpoint.https), ("localhost", 8888, false));
    assert_eq!(endpoint.kernel_name, "python3-epics-write");
    // The variable of the method that is not used is missed by whoever uses it.
    let missing = config.python_env_path().unwrap_err();
    assert_eq!(
        (missing.key.as_str(), missing.line, missing.variable.as_str()),
        ("execution.local.python_env_path", 28, "LOCAL_PYTHON_VENV")
    );
    let set = Config::from_yaml(PAGE, "config.yml", |name| (name == "LOCAL_PYTHON_VENV").then(|| "/venv".to_owned()));
    assert_eq!(set.unwrap().python_env_path().unwrap().unwrap().to_str(), Some("/venv"));
    for text in PAGES_OTHERS {
        read(text).unwrap();
        if !text.starts_with("osprey") {
            assert_eq!(read(&nested(text)).unwrap(), read(text).unwrap());
        }
    }
}

#[test]
fn sections_stand_flat_or_below_osprey_but_not_both() {
    let (front, approval) = PAGE.split_once("# Approval").unwrap();
    let front: Vec<&str> =
        front.lines().filter(|line| *line != "osprey:").map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
    let flat = format!("{}\n# Approval{approval}", front.join("\n"));
    assert!(flat.contains("\nexecution:\n  execution_method"), "{flat}");
    assert_eq!(read(&flat).unwrap().execution.modes, read(PAGE).unwrap().execution.modes);
    assert_eq!(read(&nested(&flat)).unwrap().approval, read(&flat).unwrap().approval);
    let both = "approval: {}\nosprey:\n  approval:\n    global_mode: disabled\n";
    assert_eq!(
        read(both).unwrap_err().to_string(),
        "config.yml:3:3: approval: the section is there twice: flat on line 1, and below `osprey` on line 3; keep one of them"
    );
}

#[test]
fn without_a_configuration_nothing_is_real() {
    let config = Config::default();
    assert_eq!(config.execution.execution_method, ExecutionMethod::Wasi);
    assert_eq!(config.control_system, ControlSystemConfig::default());
    assert_eq!(config.limits(), crate::execution::Limits::default());
    assert_eq!(config.approval.expires_after.as_secs(), 86_400);
    assert_eq!(config.agent_data_dir, None);
    assert_eq!((config.approval.approvals_needed, config.approval.not_by_requester), (1, false));
    assert_eq!(config.retention, Retention { executions_days: None, keep_written: true });
    for nothing in
        ["", "# nothing\n", "osprey:\n", "{}", "execution:\n", "osprey: {approval: null}\n", "\u{feff}execution:\n"]
    {
        assert_eq!(read(nothing).unwrap(), config, "{nothing:?}");
    }
}

#[test]
fn variables_are_replaced_in_values_of_every_kind() {
    let text = "execution:\n  execution_method: ${WORD}\n  container: {jupyter_port: \"${PORT}\", https: '${YES}', token: '${KEY}', base_path: '/a/${PORT}/'}\napproval:\n  capabilities: {python_execution: {enabled: \"${YES}\", mode: '${MODE:-all_code}'}}\ncontrol_system: {writes_enabled: \"${YES}\", connector: {tango: {host: \"${T}\"}}}\n";
    let config = read(text).unwrap();
    assert_eq!(config.execution.execution_method, ExecutionMethod::Local);
    let endpoint = config.jupyter(ModeName::ReadOnly).unwrap();
    assert_eq!((endpoint.port, endpoint.https, endpoint.base_path), (8889, true, "/a/8889/"));
    assert_eq!(endpoint.token.unwrap().expose(), "very-hidden");
    assert_eq!(config.approval.capabilities.python_execution.mode, ApprovalMode::AllCode);
    assert_eq!(config.control_system.writes_enabled, Some(true));
    // Other readers get truth values, numbers and words; texts are theirs to expand.
    assert_eq!(config.text().lines().count(), text.lines().count());
    assert!(config.text().contains("execution_method: local\n"), "{}", config.text());
    assert!(config.text().contains("enabled: true, mode: all_code}"), "{}", config.text());
    assert!(config.text().contains("host: \"${T}\""));
}

#[test]
fn a_variable_that_is_not_set_is_missed_where_it_is_needed() {
    let text = "execution:\n  execution_method: container\n  container:\n    jupyter_port: ${JUPYTER_PORT}\n  generators:\n    a: {key: \"${A_KEY}\"}\n    b: {key: \"${KEY}\"}\n";
    let config = read(text).unwrap();
    assert_eq!(
        config.jupyter(ModeName::ReadOnly).unwrap_err().to_string(),
        "config.yml:4:19: execution.container.jupyter_port: it needs the environment variable JUPYTER_PORT, which is not set; set it, or give a default: `${JUPYTER_PORT:-default}`"
    );
    let [a, b] = config.execution.generators.as_slice() else { panic!() };
    assert_eq!((a.settings.get().unwrap_err().variable.as_str(), a.settings.get().unwrap_err().line), ("A_KEY", 6));
    assert_eq!(b.settings.get().unwrap(), &serde_json::json!({"key": "very-hidden"}));
    assert_eq!(b.place.to_string(), "config.yml:7:5");
}

#[test]
fn a_mode_takes_its_jupyter_server() {
    let text = "services:\n  jupyter:\n    containers:\n      z: {hostname: one, port_host: 8088, execution_modes: [read_only]}\n      a: {port_host: 8089, execution_modes: [read_only]}\n";
    let config = read(text).unwrap();
    let endpoint = config.jupyter(ModeName::ReadOnly).unwrap();
    assert_eq!((endpoint.host, endpoint.port), ("one", 8088));
    let missing = config.jupyter(ModeName::WriteAccess).unwrap_err().to_string();
    assert!(missing.contains("no Jupyter server is configured for `write_access`"), "{missing}");
    let missing = read("execution:\n  execution_method: container\n").unwrap().jupyter(ModeName::ReadOnly).unwrap_err();
    assert!(missing.to_string().starts_with("config.yml:2:3: execution.container: no Jupyter"), "{missing}");
}

#[test]
fn gateways_in_their_older_place_count_if_the_new_one_has_none() {
    let older = "execution: {epics: {gateways: {read_only: {address: '${GW}', port: 5064}}}}\n";
    let config = read(older).unwrap();
    let gateway = config.control_system.connector.epics.unwrap().gateways.read_only.unwrap();
    assert_eq!((gateway.address.as_str(), gateway.port), ("${GW}", Some(5064)));
    let both =
        format!("{older}control_system: {{connector: {{epics: {{gateways: {{write_access: {{address: b}}}}}}}}}}\n");
    let config = read(&both).unwrap();
    assert_eq!(config.control_system.connector.epics.unwrap().gateways.read_only, None);
}

#[test]
fn flags_and_variables_go_before_the_file() {
    let over = |key: &str, value: &str, place| Override { key: key.to_owned(), value: value.to_owned(), place };
    let flag = Place::Flag("--backend".to_owned());
    let overrides = [
        over("execution.execution_method", "local", flag.clone()),
        over("state_dir", "/s", Place::Variable("AERIE_STATE_DIR".to_owned())),
        over("execution.container.jupyter_port", "1234", Place::Flag("--port".to_owned())),
    ];
    let config =
        Config::layered("execution: {execution_method: container}\n", "config.yml", variable, &overrides).unwrap();
    assert_eq!(config.execution.execution_method, ExecutionMethod::Local);
    assert_eq!(config.state_dir.as_deref().and_then(|path| path.to_str()), Some("/s"));
    assert_eq!(config.jupyter(ModeName::ReadOnly).unwrap().port, 1234);
    let json = config.effective().to_json();
    assert_eq!(json["values"]["state_dir"]["origin"]["name"], "AERIE_STATE_DIR");
    let wrong = [over("execution.execution_method", "locl", flag.clone()), over("execution.x", "1", flag)];
    assert_eq!(
        Config::layered("", "config.yml", variable, &wrong).unwrap_err().to_string(),
        "--backend: execution.execution_method: `locl` is not possible; it should be `wasi`, `container`, `local` or `auto`; did you mean `local`?\n--backend: execution.x: there is no such key; `aerie config schema` has all keys"
    );
}

#[test]
fn a_file_is_read_and_what_cannot_be_is_said() {
    let folder = std::env::temp_dir().join(format!("aerie-config-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("config.yml");
    let error = Config::read(&path).unwrap_err();
    assert!(matches!(error, ReadError::Unreadable { .. }) && error.to_string().contains("config.yml"));
    std::fs::write(&path, b"approval:\n  x: \xff\n").unwrap();
    assert!(matches!(Config::read(&path), Err(ReadError::NotUtf8 { byte: 15, .. })));
    std::fs::write(&path, " ".repeat(MAX_BYTES + 5)).unwrap();
    assert!(Config::read(&path).unwrap_err().to_string().contains("16 MiB"));
    std::fs::write(&path, PAGES_OTHERS[0]).unwrap();
    assert_eq!(Config::read(&path).unwrap().control_system.kind, Kind::Epics);
    assert!(matches!(Config::read(&folder), Err(ReadError::Unreadable { .. })));
    std::fs::remove_dir_all(&folder).unwrap();
}
