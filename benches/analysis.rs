//! What reading a program costs: a typical one, the standard library, patterns, memory, and the worst that anybody has
//! thought of.
//!
//! `cargo bench --bench analysis`. Prints medians of repeated runs. `-- slow` lists the slowest files of the library.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::format_collect,
    reason = "a benchmark ends at the first fault and prints its figures"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use aerie::analysis::{Analyzer, Inventories, Inventory, Patterns, Request, Settings, Version};

fn main() {
    let start = Instant::now();
    let wasi = Inventory::of_pack("science", Version::three(15));
    let analyzer =
        Analyzer::new(Settings::default(), Inventories { wasi, ..Inventories::default() }).expect("an analyser");
    println!("set up                          {:>9.2} ms (once for a service)", millis(start.elapsed()));

    let program = hundred_lines();
    assert_eq!(program.lines().count(), 100);
    let report = analyzer.analyze(program.as_bytes(), Request::default());
    assert_eq!(report.operations.len(), 20);
    let median = median_of(2_000, || drop(analyzer.analyze(program.as_bytes(), Request::default())));
    println!("100 lines with 20 calls         {:>9.1} us", median.as_secs_f64() * 1e6);

    let patterns = Patterns::built_in("epics");
    let big = program.repeat(200);
    let median = median_of(20, || drop(patterns.detect(&big, "epics")));
    println!("default patterns, {:.1} MB       {:>9.2} ms", big.len() as f64 / 1e6, millis(median));
    let hay = "x = y + z  # nothing to see here\n".repeat(30_000);
    let median = median_of(20, || drop(patterns.detect(&hay, "epics")));
    println!("default patterns, no match      {:>9.2} ms for {:.1} MB", millis(median), hay.len() as f64 / 1e6);

    standard_library(&analyzer);
    worst(&analyzer);
    memory();
}

/// What an agent writes: reads in loops, a fit, a plot, a few writes.
fn hundred_lines() -> String {
    let mut lines = vec![
        "import time".to_owned(),
        "import numpy as np".to_owned(),
        "import epics".to_owned(),
        "from epics import PV, caget, caput".to_owned(),
        "import matplotlib.pyplot as plt".to_owned(),
    ];
    for cell in 0..10 {
        lines.push(format!("def scan_{cell}(start, stop, points=11):"));
        lines.push("    values = np.linspace(start, stop, points)".to_owned());
        lines.push("    readings = []".to_owned());
        lines.push("    for value in values:".to_owned());
        lines.push(format!("        caput('SR:C{cell:02}:HCM1:SP', 0.5)"));
        lines.push("        time.sleep(0.2)".to_owned());
        lines.push(format!("        readings.append(caget('SR:C{cell:02}:BPM1:X'))"));
        lines.push("    return np.polyfit(values, readings, 1)[0]".to_owned());
        lines.push(format!("slope_{cell} = scan_{cell}(-1.0, 1.0)"));
    }
    while lines.len() < 99 {
        lines.push(format!("print('slope', {}, slope_0 * 2.5)", lines.len()));
    }
    lines.push("results = {'slope': slope_0}".to_owned());
    lines.join("\n") + "\n"
}

fn standard_library(analyzer: &Analyzer) {
    let question = "import sysconfig; print(sysconfig.get_path('stdlib'))";
    let output = Command::new("python3").args(["-I", "-c", question]).output().expect("python3");
    let library = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let mut files = Vec::new();
    sources(&library, &mut files);
    let texts: Vec<(PathBuf, Vec<u8>)> =
        files.into_iter().map(|path| (path.clone(), std::fs::read(path).expect("a file"))).collect();
    let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
    let mut times: Vec<(Duration, &Path, bool)> = Vec::new();
    let start = Instant::now();
    for (path, text) in &texts {
        let start = Instant::now();
        let report = analyzer.analyze(text, Request::default());
        let gave_up = report.findings.iter().any(|finding| finding.message.ends_with("is not resolved"));
        times.push((start.elapsed(), path, gave_up));
    }
    let whole = start.elapsed();
    println!(
        "standard library                {:>9.1} MB/s ({} files, {:.1} MB in {:.2} s; {} not followed to the end)",
        bytes as f64 / 1e6 / whole.as_secs_f64(),
        texts.len(),
        bytes as f64 / 1e6,
        whole.as_secs_f64(),
        times.iter().filter(|(_, _, gave_up)| *gave_up).count(),
    );
    let lost: Duration = times.iter().filter(|(_, _, gave_up)| *gave_up).map(|(time, _, _)| *time).sum();
    println!("  of that, files not followed    {:>9.2} s", lost.as_secs_f64());
    if std::env::args().any(|argument| argument == "slow") {
        times.sort_by_key(|(time, _, _)| std::cmp::Reverse(*time));
        for (time, path, gave_up) in times.iter().take(40) {
            let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
            println!(
                "    {:>8.1} ms {:>8} B {} {}",
                millis(*time),
                size,
                if *gave_up { "gave up" } else { "" },
                path.display()
            );
        }
    }
}

/// Texts that are made to be slow.
fn worst(analyzer: &Analyzer) {
    let nested = (0..60).map(|depth| format!("{}for i{depth} in x:\n", " ".repeat(depth))).collect::<String>()
        + &" ".repeat(60)
        + "f()\n";
    let calls = (0..200).fold(String::new(), |text, number| {
        text + &format!("def f{number}(a):\n    return f{}(a) + f{}(a)\n", (number + 1) % 200, (number + 7) % 200)
    }) + "f0(1)\n";
    let unions = (0..2_000).map(|number| format!("x = y.a{number} if y else x\nx(x)\n")).collect::<String>();
    let strings = "s = 'a'\n".to_owned() + &"s = s + s\n".repeat(200) + "eval(s)\n";
    let brackets = "(".repeat(50_000);
    let lambdas = "lambda a, b=".repeat(10_000) + "1";
    for (name, text) in [
        ("60 loops within each other", nested),
        ("200 functions of each other", calls),
        ("2,000 unions", unions),
        ("a string that doubles", strings),
        ("50 kB of brackets", brackets),
        ("10,000 lambdas", lambdas),
        ("1 MB of calls", "f(a)(b)(c).d.e[1](2)\n".repeat(50_000)),
    ] {
        let median = median_of(3, || drop(analyzer.analyze(text.as_bytes(), Request::default())));
        println!("worst: {name:<26} {:>8.2} ms for {:>8} B", millis(median), text.len());
    }
}

/// How much more memory a process needs for a large program than for a small one.
fn memory() {
    let folder = std::env::temp_dir().join(format!("aerie-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let program = hundred_lines();
    let (small, large) = (folder.join("small.py"), folder.join("large.py"));
    std::fs::write(&small, &program).expect("a file");
    std::fs::write(&large, program.repeat(300)).expect("a file");
    let peak = |file: &Path| -> f64 {
        let script = "import resource, subprocess, sys\nsubprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n\
                      print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
        let output = Command::new("python3")
            .args(["-c", script, env!("CARGO_BIN_EXE_aerie"), "analyze", "--json"])
            .arg(file)
            .output()
            .expect("python3");
        String::from_utf8_lossy(&output.stdout).trim().parse::<f64>().expect("kilobytes") * 1024.0
    };
    let size = std::fs::metadata(&large).expect("a file").len() as f64;
    let more = peak(&large) - peak(&small);
    println!("memory                          {:>9.1} times the source ({:.1} MB of it)", more / size, size / 1e6);
    let _ = std::fs::remove_dir_all(folder);
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "site-packages" && name != "__pycache__") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "py") {
            found.push(path);
        }
    }
}

fn median_of(runs: usize, mut work: impl FnMut()) -> Duration {
    work();
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
