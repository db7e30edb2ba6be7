//! What people are shown, and what they are told though nothing is wrong.

use super::*;

#[test]
fn sections_of_others_are_left_alone() {
    let text = "models: {x: !tag 1, x: 2}\napi: {}\nproject_name: p\nsomething_else: 1\nservices: {pipelines: {port: 1}, jupyter: {path: p}}\nfile_paths: {logs_dir: l}\nexecution_control: {epics: {writes_enabled: true}}\n";
    let config = read(text).unwrap();
    let ours = read("{}").unwrap();
    assert_eq!(config, ours);
    let keys: Vec<&str> = config.check().iter().map(|note| note.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "models",
            "api",
            "project_name",
            "something_else",
            "services.pipelines",
            "services.jupyter.path",
            "file_paths.logs_dir",
            "execution_control"
        ]
    );
    assert_eq!(config.check().last().unwrap().kind, NoteKind::Older);
    assert!(config.check()[0].to_string().starts_with("config.yml:1:1: models: it is not Aerie's"));
}

#[test]
fn keys_without_effect_and_older_spellings_are_noted() {
    let text = format!("{PAGE}    memory: {{enabled: true}}\n");
    let config = read(&text.replace("\"container\"  #", "wasi #")).unwrap();
    let notes: Vec<(&str, NoteKind)> = config.check().iter().map(|note| (note.key.as_str(), note.kind)).collect();
    assert_eq!(
        notes,
        [
            ("execution.container", NoteKind::NoEffectYet),
            ("execution.local", NoteKind::NoEffectYet),
            ("approval.capabilities.python_execution.mode", NoteKind::Older),
            ("approval.capabilities.memory", NoteKind::NoEffect),
        ]
    );
    let config =
        read("execution: {python_env_path: /venv, modes: {read_only: {description: d}}, execution_method: auto}\n")
            .unwrap();
    let notes: Vec<String> = config.check().iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "config.yml:1:13: execution.python_env_path: an older spelling; write `execution.local.python_env_path`",
            "config.yml:1:57: execution.modes.read_only.description: it has no effect here: it is for whoever reads the file",
        ]
    );
    assert_eq!(config.python_env_path().unwrap().unwrap().to_str(), Some("/venv"));
}

#[test]
fn what_holds_is_shown_with_its_origin_and_says_the_same_when_read() {
    let config = read(PAGE).unwrap();
    let yaml = config.effective().to_yaml();
    for line in [
        "execution:\n  execution_method: container  # config.yml:10\n",
        "    jupyter_port: 8888  # config.yml:24\n",
        "    https: false  # default\n",
        "    python_env_path: \"${LOCAL_PYTHON_VENV}\"  # config.yml:28; LOCAL_PYTHON_VENV is not set\n",
        "  expires_after: 24h  # default\n",
    ] {
        assert!(yaml.contains(line), "{line}\n{yaml}");
    }
    let again = read(&yaml).unwrap();
    assert_eq!(again.approval, config.approval);
    assert_eq!(again.execution.modes, config.execution.modes);
    assert_eq!(again.limits(), config.limits());
    let json = config.effective().to_json();
    assert_eq!(json["values"]["execution.local.python_env_path"]["unset"], "LOCAL_PYTHON_VENV");
    assert_eq!(json["values"]["execution.container.jupyter_port"]["origin"]["line"], 24);
    assert_eq!(json["values"]["retention.keep_written"]["origin"]["kind"], "default");
}

#[test]
fn secrets_are_not_shown() {
    let text = "execution:\n  container: {token: '${KEY}'}\n  modes: {read_only: {environment: {API_KEY: very-hidden, DEBUG: 1}}}\n  generators:\n    g: {api_key: '${KEY}', deep: [{password: very-hidden}], model: m}\n    h: {api_key: 'very-hidden${NOWHERE}'}\n";
    let config = read(text).unwrap();
    let shown = format!("{}{}", config.effective().to_yaml(), config.effective().to_json());
    let debug = format!("{config:?}{:?}", config.execution);
    assert!(!shown.contains("very-hidden"), "{shown}");
    assert!(shown.contains("\"model\":\"m\"") && shown.contains("# config.yml:2, from KEY"), "{shown}");
    assert!(debug.contains("token: Some(Set(***))") && !debug.contains("very-hidden"), "{debug}");
    // A value that is wrong may be a secret in the wrong place.
    let wrong = read("execution: {container: {jupyter_port: '${KEY}'}}\n").unwrap_err().to_string();
    assert!(wrong.contains("what `${KEY}` gives is a text, but should be a whole number"), "{wrong}");
}
