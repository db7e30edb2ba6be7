//! Files, devices, TCP, signals and abstract sockets, by Landlock. Every right that the newest known ABI has is handled; what
//! an older kernel lacks is reported, not hidden.
//!
//! Landlock does not judge `stat`, `chdir`, `readlink`: that a file exists, and how large it is, can be seen. What it leaves
//! open besides (`chmod`, `chown`, `utime`, extended attributes, `inotify`) is refused by the [`seccomp`](super::seccomp) wall.

use std::path::{Path, PathBuf};

use ::landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset,
    RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetError, Scope, make_bitflags,
};

use super::{Error, Wall, Walls, system_paths};
use crate::backend::local::spec::Spec;

/// The newest ABI that is known here; what the kernel does not know of it is left out of the rules.
const NEWEST: ABI = ABI::V10;

/// Each wall with the release of Linux that brought it.
const WALLS: [(Wall, &str); 7] = [
    (Wall::Files, "5.13"),
    (Wall::Links, "5.19"),
    (Wall::Truncation, "6.2"),
    (Wall::Tcp, "6.7"),
    (Wall::Devices, "6.10"),
    (Wall::Signals, "6.12"),
    (Wall::AbstractSockets, "6.12"),
];

fn read() -> BitFlags<AccessFs> {
    make_bitflags!(AccessFs::{ReadFile | ReadDir})
}

/// Sockets, pipes and devices are not made in a folder that the host reads later: opening them could stop it.
fn write() -> BitFlags<AccessFs> {
    read()
        | make_bitflags!(AccessFs::{
            WriteFile | RemoveDir | RemoveFile | MakeDir | MakeReg | MakeSym | Refer | Truncate
        })
}

/// Restricts the calling thread.
pub(super) fn restrict(spec: &Spec, walls: &mut Walls) -> Result<(), Error> {
    if !probe(walls) {
        return Ok(());
    }
    let refused = |error: RulesetError| Error::Landlock(error.to_string());
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(NEWEST)))
        .and_then(|rules| rules.scope(Scope::from_all(NEWEST)))
        .and_then(Ruleset::create)
        .map_err(refused)?;
    let system = system_paths();
    let execute = read() | AccessFs::Execute;
    let device = make_bitflags!(AccessFs::{ReadFile | WriteFile | Truncate});
    // `/proc/self` is opened here, in the process itself: the rule is for its own folder and for no other's.
    let own = [PathBuf::from("/proc/self")];
    for (paths, access) in [
        (&system.readable[..], read()),
        (&spec.readable, read()),
        (&own, read()),
        (&system.devices, device),
        (&system.executable, execute),
        (&spec.executable, execute),
    ] {
        for path in paths {
            if let Ok(opened) = PathFd::new(path) {
                rules = add(rules, path, opened, access)?;
            }
        }
    }
    for (path, access) in [(&spec.inputs, read()), (&spec.work, write()), (&spec.scratch, write())] {
        let opened = PathFd::new(path).map_err(|error| Error::folder(path, &error))?;
        rules = add(rules, path, opened, access)?;
    }
    rules.restrict_self().map_err(refused)?;
    Ok(())
}

fn add(
    rules: RulesetCreated,
    path: &Path,
    opened: PathFd,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, Error> {
    let kind = rustix::fs::fstat(&opened).map_err(|error| Error::folder(path, &error))?.st_mode;
    let folder = rustix::fs::FileType::from_raw_mode(kind).is_dir();
    let access = if folder { access } else { access & AccessFs::from_file(NEWEST) };
    rules.add_rule(PathBeneath::new(opened, access)).map_err(|error| Error::Landlock(error.to_string()))
}

/// Rules that are refused if the kernel does not know them.
fn required() -> Ruleset {
    Ruleset::default().set_compatibility(CompatLevel::HardRequirement)
}

/// Whether this kernel's Landlock judges truncation: Linux 6.2.
pub(super) fn judges_truncation() -> bool {
    required().handle_access(AccessFs::Truncate).is_ok()
}

/// Adds what this kernel offers; whether it has Landlock at all.
pub(super) fn probe(walls: &mut Walls) -> bool {
    let mut any = false;
    for (wall, release) in WALLS {
        let offered = match wall {
            Wall::Files => required().handle_access(AccessFs::from_all(ABI::V1)),
            Wall::Links => required().handle_access(AccessFs::Refer),
            Wall::Truncation => required().handle_access(AccessFs::Truncate),
            Wall::Tcp => required().handle_access(AccessNet::from_all(ABI::V4)),
            Wall::Devices => required().handle_access(AccessFs::IoctlDev),
            Wall::Signals => required().scope(Scope::Signal),
            _ => required().scope(Scope::AbstractUnixSocket),
        };
        // What Landlock lacks of it, seccomp has.
        let other = wall == Wall::Truncation && any && super::seccomp::offered();
        if offered.is_ok() || other {
            walls.stand(wall);
            any = true;
        } else if any {
            walls.lack(wall, format!("this kernel's Landlock is too old; Linux {release} has it"));
        } else {
            // With seccomp, any Landlock is enough for that one.
            let release = if wall == Wall::Truncation { "5.13" } else { release };
            walls.lack(
                wall,
                format!("no Landlock: it takes Linux {release} with `landlock` in its list of security modules (lsm=)"),
            );
        }
    }
    any
}
