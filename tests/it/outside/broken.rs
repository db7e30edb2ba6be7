//! Settings and servers that are wrong, and connections that break: each error says which, and what can be tried again is.

use std::time::Duration;

use aerie::Coded as _;
use aerie::backend::container::ContainerBackend;
use aerie::backend::{Backend as _, Surroundings};
use aerie::execution::Status;
use serde_json::json;

use super::desk::{Desk, container};
use crate::servers::{Jupyter, Proxy, Setting, until};
use crate::support::{block_on_shared, container_on, job};

/// The code of the failure of an execution that could not run, and how `aerie` ended.
fn failure(desk: &Desk) -> (String, String, i32) {
    let (run, code) = desk.json(&["run", "-c", "print(1)", "--json", "--read-only"]);
    let failure = &run["failure"];
    let message = failure["message"].as_str().unwrap_or_default().to_owned();
    (failure["error_type"].as_str().unwrap_or_default().to_owned(), message, code)
}

#[test]
fn what_is_wrong_with_a_server_is_told() {
    let server = Jupyter::shared();
    let unused = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("a port").port();
    let web = web_server();
    let kernel = "  modes: {read_only: {kernel_name: python3-none}}\n";
    let right = container(server.port(), server.token());
    for (section, kind, what, exit) in [
        (container(unused, "x"), "ContainerConnectivityError", "AE0903", 6),
        (container(server.port(), "wrong-token"), "ContainerConfigurationError", "AE0904", 2),
        (container(web, "x"), "ContainerConfigurationError", "AE0905", 2),
        (format!("{kernel}{right}"), "ContainerConfigurationError", "AE0906", 2),
        ("  execution_method: container\n".to_owned(), "ContainerConfigurationError", "execution.container", 2),
    ] {
        let (found, message, code) = failure(&Desk::new(&section));
        assert_eq!((found.as_str(), code), (kind, exit), "{message}");
        assert!(message.contains(what) && !message.contains("wrong-token"), "{message}");
    }
}

/// Something on a port that is no Jupyter server.
fn web_server() -> u16 {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("a port").port();
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let _ = client.read(&mut [0; 4096]);
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 14\r\nConnection: close\r\n\r\n<html>hi</html");
        }
    });
    port
}

#[test]
fn a_python_that_is_none_is_told() {
    for path in ["/does/not/exist", "/bin/true", "/etc"] {
        let section = format!("  execution_method: local\n  local: {{python_env_path: {path}}}\n");
        let (_, message, code) = failure(&Desk::new(&section));
        assert_eq!(code, 2, "{message}");
        assert!(message.contains("AE0404") && message.contains(path), "{message}");
    }
}

/// A backend whose connection to the server goes through a line that can be cut.
fn over(proxy: &Proxy, server: &Jupyter) -> ContainerBackend {
    let port = proxy.port();
    container_on(server, |settings| {
        settings.endpoint.port = port;
        settings.timing.reconnect = Duration::from_secs(20);
    })
}

#[test]
fn a_connection_that_is_lost_and_found_again_loses_nothing_unsaid() {
    let server = Jupyter::start(&[]);
    let proxy = Proxy::start(server.port());
    let backend = over(&proxy, &server);
    let code = "import time\nfrom aerie_guest import door\nfor n in range(40):\n    print(n, flush=True)\n    time.sleep(0.1)\n    try: door.call('none')\n    except door.HostError: pass\nresults = n\n";
    let cutting = std::thread::scope(|scope| {
        let cutter = scope.spawn(|| {
            until("the program runs", || server.kernels().len() == 1);
            for _ in 0..3 {
                std::thread::sleep(Duration::from_millis(900));
                proxy.cut();
                std::thread::sleep(Duration::from_millis(300));
                proxy.restore();
            }
        });
        let report = block_on_shared(backend.run(job(code), Surroundings::default())).expect("a report");
        cutter.join().expect("it cuts");
        report
    });
    let outcome = &cutting.outcome;
    assert_eq!(outcome.status, Status::Succeeded, "{}", outcome.stderr);
    // What was between the server and us when the line was cut is lost, and told to the byte.
    let lines: Vec<String> = (0..40).map(|n| format!("{n}\n")).collect();
    let come: Vec<&str> = outcome.stdout.split_inclusive('\n').collect();
    let missing: Vec<&String> = lines.iter().filter(|line| !come.contains(&line.as_str())).collect();
    assert_eq!(come.len() + missing.len(), lines.len(), "{}", outcome.stdout);
    assert!(come.is_sorted_by_key(|line| line.trim().parse::<u32>().ok()) && missing.len() <= 3, "{}", outcome.stdout);
    let bytes: usize = missing.iter().map(|line| line.len()).sum();
    assert_eq!(bytes > 0, outcome.stderr.contains(&format!("{bytes} bytes of output were lost")), "{}", outcome.stderr);
    assert_eq!((cutting.outcome.results, cutting.outcome.usage.host_calls), (Some(json!(39)), 40));
    block_on_shared(backend.close());
    until("no kernel is left", || server.kernels().is_empty());
}

#[test]
fn a_connection_that_stays_away_is_an_error_that_says_so() {
    let server = Jupyter::start(&[]);
    let proxy = Proxy::start(server.port());
    let port = proxy.port();
    let backend = container_on(&server, |settings| {
        settings.endpoint.port = port;
        settings.timing.reconnect = Duration::from_secs(2);
    });
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            until("the program runs", || server.kernels().len() == 1);
            std::thread::sleep(Duration::from_secs(1));
            proxy.cut();
        });
        block_on_shared(backend.run(job("import time\ntime.sleep(60)"), Surroundings::default()))
            .expect_err("it is lost")
    });
    assert_eq!(error.code().as_str(), "AE0908", "{error}");
    proxy.restore();
}

#[test]
fn older_servers_and_base_paths_do() {
    let server = Jupyter::start(&[Setting::LegacyProtocol, Setting::BaseUrl]);
    let backend = container_on(&server, |_| {});
    let code = "from aerie_guest import door\nimport sys\nprint('out', file=sys.stderr)\nresults = len(door.call('door.echo', {}, bytes(3_000_000))[1])";
    let report = block_on_shared(backend.run(job(code), Surroundings::default())).expect("a report");
    assert_eq!((report.outcome.results, report.outcome.stderr.as_str()), (Some(json!(3_000_000)), "out\n"));
    block_on_shared(backend.close());
}

#[test]
fn a_server_with_a_certificate_is_trusted_when_that_is_given() {
    let server = Jupyter::start(&[Setting::Https]);
    let backend = container_on(&server, |settings| {
        settings.endpoint.https = true;
        settings.endpoint.host = "localhost".to_owned();
        settings.endpoint.ca_file = server.certificate();
    });
    let report = block_on_shared(backend.run(job("results = 1"), Surroundings::default())).expect("a report");
    assert_eq!(report.outcome.results, Some(json!(1)));
    block_on_shared(backend.close());
    let stranger = container_on(&server, |settings| {
        settings.endpoint.https = true;
        settings.endpoint.host = "localhost".to_owned();
    });
    let error =
        block_on_shared(stranger.run(job("results = 1"), Surroundings::default())).expect_err("it is not trusted");
    assert_eq!(error.code().as_str(), "AE0905", "{error}");
}

#[test]
fn output_that_a_server_holds_back_is_told() {
    let server = Jupyter::start(&[Setting::RateLimits]);
    let backend = container_on(&server, |_| {});
    // Written past Python, and so past the pace that the guest keeps.
    let flood = "import os\nfor _ in range(200):\n    os.write(1, b'x' * 99_999 + b'\\n')\nprint('end')\nresults = 1";
    let report = block_on_shared(backend.run(job(flood), Surroundings::default())).expect("a report");
    let outcome = report.outcome;
    let whole = outcome.stdout.len() >= 20_000_000;
    assert!(
        whole || outcome.stderr.contains("rate exceeded") || outcome.stderr.contains("were lost"),
        "{}",
        outcome.stderr
    );
    // What Python itself prints comes whole, a little later.
    let printed = "for n in range(40):\n    print('y' * 99_999)\nresults = 1";
    let report = block_on_shared(backend.run(job(printed), Surroundings::default())).expect("a report");
    assert_eq!(report.outcome.stdout.len(), 4_000_000, "{}", report.outcome.stderr);
    block_on_shared(backend.close());
}
