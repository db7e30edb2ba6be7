//! What each wrong configuration is told.

use super::*;

/// What each of these says, in full.
#[test]
fn what_is_wrong_is_said_with_its_place_and_what_to_do() {
    for (text, says) in [
        (
            "python_executor:\n  max_generation_retires: 3\n",
            "config.yml:2:3: python_executor.max_generation_retires: there is no such key; did you mean `max_generation_retries`?",
        ),
        (
            "python_executer:\n  x: 3\n",
            "config.yml:1:1: python_executer: there is no such section; did you mean `python_executor`?",
        ),
        ("osprey:\n  aproval: {}\n", "config.yml:2:3: aproval: there is no such section; did you mean `approval`?"),
        (
            "Control-System: {}\n",
            "config.yml:1:1: Control-System: there is no such section; did you mean `control_system`?",
        ),
        (
            "execution_method: local\n",
            "config.yml:1:1: execution_method: the key does not belong here; write it below `execution`",
        ),
        (
            "approval:\n  capabilities: {python_execution: {enabled: perhaps}}\n",
            "config.yml:2:46: approval.capabilities.python_execution.enabled: `perhaps` is a text, but should be true or false",
        ),
        (
            "approval:\n  capabilities: {python_execution: {enabled: no}}\n",
            "config.yml:2:46: approval.capabilities.python_execution.enabled: `no` is a text, but should be true or false",
        ),
        (
            "approval:\n  capabilities: {python_executio: {}}\n",
            "config.yml:2:18: approval.capabilities.python_executio: there is no such key; did you mean `python_execution`?",
        ),
        (
            "execution:\n  execution_method: contaner\n",
            "config.yml:2:21: execution.execution_method: `contaner` is not possible; it should be `wasi`, `container`, `local` or `auto`; did you mean `container`?",
        ),
        (
            "python_executor: {max_execution_retries: -1}\n",
            "config.yml:1:42: python_executor.max_execution_retries: `-1` is out of range; it should be a whole number from 0 to 1000",
        ),
        (
            "python_executor: {max_execution_retries: 1001}\n",
            "config.yml:1:42: python_executor.max_execution_retries: `1001` is out of range; it should be a whole number from 0 to 1000",
        ),
        (
            "python_executor: {max_execution_retries: 2.5}\n",
            "config.yml:1:42: python_executor.max_execution_retries: `2.5` is a number, but should be a whole number from 0 to 1000",
        ),
        (
            "python_executor: {execution_timeout_seconds: 0}\n",
            "config.yml:1:46: python_executor.execution_timeout_seconds: `0` is out of range; it should be a number of seconds above 0, a year at most",
        ),
        (
            "python_executor: {execution_timeout_seconds: '600'}\n",
            "config.yml:1:46: python_executor.execution_timeout_seconds: `600` is a text, but should be a number of seconds above 0, a year at most",
        ),
        (
            "execution:\n  container:\n    jupyter_port: 0\n",
            "config.yml:3:19: execution.container.jupyter_port: `0` is out of range; it should be a whole number from 1 to 65535",
        ),
        (
            "execution:\n  container:\n    jupyter_port: 65536\n",
            "config.yml:3:19: execution.container.jupyter_port: `65536` is out of range; it should be a whole number from 1 to 65535",
        ),
        (
            "execution:\n  container:\n    jupyter_host: 8888\n",
            "config.yml:3:19: execution.container.jupyter_host: `8888` is a number, but should be a text; put it in quotes",
        ),
        (
            "execution:\n  container:\n    token: 8888\n",
            "config.yml:3:12: execution.container.token: it is a number, but should be a text; put it in quotes",
        ),
        (
            "execution:\n  container: [a]\n",
            "config.yml:2:14: execution.container: it is a list, but should be a mapping",
        ),
        (
            "execution:\n  modes:\n    read_only:\n      allows_writes: true\n",
            "config.yml:4:7: execution.modes.read_only.allows_writes: programs that only read cannot be allowed to write; a mode for writing is `write_access`",
        ),
        (
            "execution:\n  modes:\n    readonly: {}\n",
            "config.yml:3:5: execution.modes.readonly: there is no such key; did you mean `read_only`?",
        ),
        (
            "approval:\n  global_mode: selective\n  global_mode: disabled\n",
            "config.yml:3:3: approval.global_mode: the key is there twice; first on line 2",
        ),
        ("approval: {}\napproval: {}\n", "config.yml:2:1: approval: the key is there twice; first on line 1"),
        (
            "python_executor:\n  max_execution_retries:\n",
            "config.yml:2:3: python_executor.max_execution_retries: it has no value; leave the key out, or give a whole number from 0 to 1000",
        ),
        (
            "python_executor:\n  <<: {}\n",
            "config.yml:2:3: python_executor.\"<<\": there is no such key; merge keys are not read; write it out",
        ),
        (
            "agent_data_dir: ${NOWHERE}\n",
            "config.yml:1:17: agent_data_dir: it needs the environment variable NOWHERE, which is not set; set it, or give a default: `${NOWHERE:-default}`",
        ),
        ("agent_data_dir: ${NOWHERE\n", "config.yml:1:17: agent_data_dir: a `${` without its `}`"),
        ("agent_data_dir: ${EMPTY}\n", "config.yml:1:17: agent_data_dir: it is an empty text; leave the key out"),
        (
            "agent_data_dir: a\nfile_paths: {agent_data_dir: b}\n",
            "config.yml:1:1: agent_data_dir: `file_paths.agent_data_dir` (config.yml:2:14) says something else; keep one of them",
        ),
        (
            "execution:\n  limits: {memory: 1T}\n",
            "config.yml:2:20: execution.limits.memory: `1T` is a text, but should be a number of bytes above 0, or one with a unit such as 512M or 2G",
        ),
        (
            "services: {jupyter: {containers: {read: {port_host: 1}}}}\n",
            "config.yml:1:41: services.jupyter.containers.read.execution_modes: it is missing; give a list",
        ),
        (
            "services: {jupyter: {containers: {read: {port_host: 1, execution_modes: [reed_only]}}}}\n",
            "config.yml:1:74: services.jupyter.containers.read.execution_modes[0]: `reed_only` is not possible; it should be `read_only` or `write_access`; did you mean `read_only`?",
        ),
        (
            "execution: {generators: {a: {x: 1, x: 2}}}\n",
            "config.yml:1:36: execution.generators.a.x: the key is there twice; first on line 1",
        ),
        (
            "execution: {code_generator: !x y}\n",
            "config.yml:1:29: execution.code_generator: tags (`!name`) are not read",
        ),
        ("[1, 2]\n", "config.yml:1:1: the file is a list, but should be a mapping of sections"),
        ("osprey: 1\n", "config.yml:1:9: osprey: it is a number, but should be a mapping of sections"),
        (
            "control_system: {connector: {epics: {gateways: {read_only: {adress: x}}}}}\n",
            "config.yml:1:60: control_system.connector.epics.gateways.read_only.address: it is missing; give a text\nconfig.yml:1:61: control_system.connector.epics.gateways.read_only.adress: there is no such key; did you mean `address`?",
        ),
        (
            "control_system:\n  limits_checking: {enabled: true}\n",
            "config.yml:1:1: control_system: control_system.limits_checking: it is enabled and names no database_path",
        ),
        (
            "analysis: {policy: [{name: n, when: {cal: x}, then: stop, reason: r}]}\n",
            "config.yml:1:38: analysis.policy[0].when.cal: there is no such key; did you mean `call`?\nconfig.yml:1:53: analysis.policy[0].then: `stop` is not possible; it should be `refuse`, `approve` or `warn`",
        ),
    ] {
        let errors = read(text).expect_err(text);
        assert_eq!(errors.to_string(), says, "{text}");
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let text = "python_executor: {max_execution_retries: x, timeout: 1}\naproval: {}\nexecution:\n  container: {jupyter_port: 0}\n  modes: {read_only: {allows_writes: true}}\ncontrol_system: {tpye: epics, type: epcis}\n";
    let errors = read(text).unwrap_err();
    let places: Vec<(usize, &str)> = errors
        .problems
        .iter()
        .map(|problem| match &problem.place {
            Place::File { spot, .. } => (spot.line, problem.key.as_str()),
            _ => panic!(),
        })
        .collect();
    assert_eq!(
        places,
        [
            (1, "python_executor.max_execution_retries"),
            (1, "python_executor.timeout"),
            (2, "aproval"),
            (4, "execution.container.jupyter_port"),
            (5, "execution.modes.read_only.allows_writes"),
            (6, "control_system.tpye"),
            (6, "control_system.type"),
        ]
    );
    let many: Vec<String> = (0..5000).map(|n| format!("  k{n}: 1\n")).collect();
    let many = format!("python_executor:\n{}", many.concat());
    assert_eq!(read(&many).unwrap_err().problems.len(), 1000);
}

#[test]
fn what_is_no_yaml_has_a_place_too() {
    for (text, says) in [
        ("approval: {\n", "this is no YAML"),
        ("a: b: c\n", "this is no YAML"),
        ("a: [1\nb: 2\n", "this is no YAML"),
        ("--- {}\n--- {}\n", "second document"),
        ("a: 'x\n", "this is no YAML"),
    ] {
        let error = read(text).expect_err(text).to_string();
        assert!(error.starts_with("config.yml:") && error.contains(says), "{error}");
    }
}
