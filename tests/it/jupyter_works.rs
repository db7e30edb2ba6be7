//! The Jupyter server and the proxy that other tests stand on do what those tests take for granted.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use crate::servers::{Jupyter, Proxy, Setting, until};

/// A request, and the answer's first line and body.
fn ask(port: u16, method: &str, path: &str, token: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: here\r\nAuthorization: token {token}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    (head.lines().next().expect("a first line").to_owned(), body.to_owned())
}

fn start_kernel(jupyter: &Jupyter) -> String {
    let body = r#"{"name": "python3-epics-readonly"}"#;
    let (line, body) = ask(jupyter.port(), "POST", "/api/kernels", jupyter.token(), body);
    assert!(line.contains("201"), "{line}: {body}");
    let from = body.find("\"id\": \"").expect("an id") + 7;
    body[from..from + 36].to_owned()
}

#[test]
fn a_kernel_leaves_no_process_and_no_file() {
    let jupyter = Jupyter::start(&[]);
    let id = start_kernel(&jupyter);
    until("the kernel runs", || jupyter.kernels().len() == 1);
    assert_eq!(jupyter.supervisors().len(), 2);
    let folders = jupyter.kernel_folders();
    assert_eq!(folders.len(), 1);
    assert_eq!(fs::metadata(&folders[0]).expect("a folder").permissions().mode() & 0o777, 0o700);
    let (line, _) = ask(jupyter.port(), "DELETE", &format!("/api/kernels/{id}"), jupyter.token(), "");
    assert!(line.contains("204"), "{line}");
    until("nothing is left", || jupyter.processes().is_empty());
    assert_eq!(jupyter.kernel_folders(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn only_the_token_opens_and_only_the_two_kernelspecs_start() {
    let jupyter = Jupyter::shared();
    for token in ["", "wrong", &format!("{} ", jupyter.token().to_uppercase())] {
        assert!(ask(jupyter.port(), "GET", "/api/kernels", token, "").0.contains("403"), "{token:?}");
    }
    let in_address = format!("/api/kernels?token={}", jupyter.token());
    assert!(ask(jupyter.port(), "GET", &in_address, "", "").0.contains("403"));
    let closed = ["/api/contents", "/api/config/x", "/files/x", "/api/terminals", "/login"];
    for path in closed {
        let (line, _) = ask(jupyter.port(), "GET", path, jupyter.token(), "");
        assert!(line.contains("403") || line.contains("404"), "{path}: {line}");
    }
    let (line, _) = ask(jupyter.port(), "POST", "/api/kernels", jupyter.token(), r#"{"name": "python3"}"#);
    assert!(line.contains("500"), "{line}");
}

#[test]
fn kernels_end_with_their_server() {
    let mut jupyter = Jupyter::start(&[]);
    for _ in 0..2 {
        start_kernel(&jupyter);
    }
    until("the kernels run", || jupyter.kernels().len() == 2);
    jupyter.kill();
    until("nothing is left", || jupyter.processes().is_empty() && jupyter.kernel_folders().is_empty());
    jupyter.restart();
    start_kernel(&jupyter);
    until("a kernel runs", || jupyter.kernels().len() == 1);
    jupyter.server_mut().hang_up();
    until("nothing is left again", || jupyter.processes().is_empty() && jupyter.kernel_folders().is_empty());
}

#[test]
fn a_kernel_outlives_a_pause_of_its_server() {
    let jupyter = Jupyter::start(&[]);
    start_kernel(&jupyter);
    until("the kernel runs", || jupyter.kernels().len() == 1);
    let kernels = jupyter.kernels();
    drop(jupyter.pause());
    assert!(ask(jupyter.port(), "GET", "/api/status", jupyter.token(), "").0.contains("200"));
    assert_eq!(jupyter.kernels(), kernels);
}

#[test]
fn a_killed_kernel_stays_dead_and_takes_what_it_started_along() {
    let jupyter = Jupyter::start(&[]);
    start_kernel(&jupyter);
    until("the kernel runs", || jupyter.kernels().len() == 1);
    let pid = i32::try_from(jupyter.kernels()[0]).expect("a process");
    let pid = rustix::process::Pid::from_raw(pid).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("ours to kill");
    until("nothing is left", || jupyter.processes().is_empty() && jupyter.kernel_folders().is_empty());
    until("the server knows", || ask(jupyter.port(), "GET", "/api/kernels", jupyter.token(), "").1 == "[]");
}

#[test]
fn a_base_path_a_certificate_and_the_supervisors_settings_are_as_asked() {
    let memory = Setting::Supervisor("AERIE_KERNEL_MEMORY", "3000000000".to_owned());
    let jupyter = Jupyter::start(&[Setting::BaseUrl, memory, Setting::LegacyProtocol, Setting::RateLimits]);
    let body = r#"{"name": "python3-epics-write"}"#;
    let path = format!("{}api/kernels", jupyter.base_path());
    assert!(ask(jupyter.port(), "POST", &path, jupyter.token(), body).0.contains("201"));
    until("the kernel runs", || jupyter.kernels().len() == 1);
    let limits = fs::read_to_string(format!("/proc/{}/limits", jupyter.kernels()[0])).expect("its limits");
    let line = limits.lines().find(|line| line.starts_with("Max address space")).expect("a limit");
    assert!(line.contains("3000000000"), "{line}");

    let secure = Jupyter::start(&[Setting::Https, Setting::Cull]);
    let certificate = fs::read_to_string(secure.certificate().expect("it speaks TLS")).expect("a certificate");
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----"));
}

#[test]
fn a_line_is_cut_stalled_and_restored() {
    let jupyter = Jupyter::shared();
    let proxy = Proxy::start(jupyter.port());
    assert!(ask(proxy.port(), "GET", "/api", "", "").0.contains("200"));
    // They are counted when they are on their way.
    until("the bytes are counted", || proxy.to_server() > 50 && proxy.to_client() > 50);

    let mut stream = TcpStream::connect(("127.0.0.1", proxy.port())).expect("a connection");
    until("it is there", || proxy.connections() == 1);
    proxy.stall();
    stream.write_all(b"GET /api HTTP/1.0\r\n\r\n").expect("a request");
    stream.set_read_timeout(Some(Duration::from_millis(200))).expect("a deadline");
    let mut byte = [0];
    assert!(stream.read(&mut byte).is_err(), "nothing comes");
    proxy.restore();
    stream.set_read_timeout(None).expect("no deadline");
    assert_eq!(stream.read(&mut byte).expect("an answer"), 1);

    let mut stream = TcpStream::connect(("127.0.0.1", proxy.port())).expect("a connection");
    until("it is there", || proxy.connections() >= 1);
    proxy.cut();
    assert_eq!(stream.read(&mut byte).unwrap_or(0), 0, "it ended");
    assert_eq!(proxy.connections(), 0);
    let mut refused = TcpStream::connect(("127.0.0.1", proxy.port())).expect("a connection");
    assert_eq!(refused.read(&mut byte).unwrap_or(0), 0, "at once");
    proxy.restore();
    assert!(ask(proxy.port(), "GET", "/api", "", "").0.contains("200"));
}
