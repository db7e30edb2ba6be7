//! [`system_paths`]: what every Python reads of its system, whoever installed it.

use std::path::PathBuf;

/// Paths of the system; those that do not exist are among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SystemPaths {
    /// Read.
    pub readable: Vec<PathBuf>,
    /// Read and executed: the dynamic linkers. The kernel executes them for every program.
    pub executable: Vec<PathBuf>,
    /// Devices that are read and written.
    pub devices: Vec<PathBuf>,
}

/// Libraries, time zones, locales, fonts, processor and memory descriptions. Nothing about users, hosts, other processes.
#[must_use]
pub fn system_paths() -> SystemPaths {
    let all = |paths: &[&str]| paths.iter().map(PathBuf::from).collect();
    SystemPaths {
        readable: all(&[
            "/lib",
            "/lib32",
            "/lib64",
            "/libx32",
            "/usr/lib",
            "/usr/lib32",
            "/usr/lib64",
            "/usr/local/lib",
            "/usr/local/lib64",
            "/etc/ld.so.cache",
            "/etc/ld.so.preload",
            "/etc/localtime",
            "/etc/timezone",
            "/etc/mime.types",
            "/etc/fonts",
            "/usr/share/zoneinfo",
            "/usr/share/locale",
            "/usr/share/i18n",
            "/usr/share/fonts",
            "/usr/share/fontconfig",
            "/usr/local/share/fonts",
            "/var/cache/fontconfig",
            "/dev/zero",
            "/dev/random",
            "/dev/urandom",
            "/proc/cpuinfo",
            "/proc/meminfo",
            "/proc/stat",
            "/proc/loadavg",
            "/proc/uptime",
            "/proc/version",
            "/proc/sys/vm/overcommit_memory",
            "/proc/sys/kernel/random",
            "/sys/devices/system/cpu",
            "/sys/devices/system/node",
            "/sys/kernel/mm/transparent_hugepage",
        ]),
        executable: all(&[
            "/lib64/ld-linux-x86-64.so.2",
            "/lib/ld-linux-aarch64.so.1",
            "/lib/ld-musl-x86_64.so.1",
            "/lib/ld-musl-aarch64.so.1",
        ]),
        devices: all(&["/dev/null", "/dev/full"]),
    }
}
