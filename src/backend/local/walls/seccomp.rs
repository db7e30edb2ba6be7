//! Which system calls a program may make, by two seccomp filters. The first answers by the call: what programs need, after
//! the default profile of Docker, is allowed, what is known to be harmful is refused (`EPERM`), and everything else does not
//! exist (`ENOSYS`: glibc then does without `clone3`). The second refuses by arguments. The stricter answer counts.
//!
//! `chmod` and `utime` succeed without doing anything: Landlock does not judge them, and copying a file ends with them.
//!
//! Before Linux 6.2 Landlock does not judge truncation either. There a file is truncated only by who opened it for writing,
//! which Landlock does judge; `truncate`, by name, is refused everywhere.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, sock_filter,
};

use super::{Error, Wall, Walls};

#[path = "syscalls.rs"]
mod syscalls;

/// Filters that are ready to be put up.
#[derive(Debug)]
pub(super) struct Filters(Vec<BpfProgram>);

/// For whom filters are.
#[derive(Debug, Clone, Copy)]
struct Program {
    /// The only process there will be; none if it may start others.
    process: Option<u64>,
    /// Whether these filters must judge truncation, because Landlock does not.
    truncation: bool,
}

/// Filters for the calling process. With `processes`, it may start others, and signal them. To be called while the list of
/// what the kernel offers can still be read.
pub(super) fn prepare(processes: bool, walls: &mut Walls) -> Result<Filters, Error> {
    let mut offered = Walls::default();
    probe(&mut offered);
    let process = (!processes).then(|| u64::from(std::process::id()));
    let program = Program { process, truncation: !super::landlock::judges_truncation() };
    let filters = if offered.stands(Wall::Syscalls) { filters(program)? } else { Vec::new() };
    walls.standing.extend(offered.standing.into_iter().filter(|wall| !processes || *wall != Wall::Processes));
    walls.missing.extend(offered.missing.into_iter().filter(|missing| !processes || missing.wall != Wall::Processes));
    Ok(Filters(filters))
}

impl Filters {
    /// Restricts the calling thread. The filter that refuses further ones comes last.
    pub(super) fn restrict(&self) -> Result<(), Error> {
        let mut filters = self.0.iter().rev();
        filters
            .try_for_each(|filter| seccompiler::apply_filter(filter).map_err(|error| Error::Seccomp(error.to_string())))
    }
}

fn in_kernel() -> bool {
    let actions = std::fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail").unwrap_or_default();
    actions.split_whitespace().any(|action| action == "errno")
}

/// Whether there can be filters.
pub(super) fn offered() -> bool {
    in_kernel() && arch().is_some()
}

/// Adds what this kernel offers.
pub(super) fn probe(walls: &mut Walls) {
    let in_kernel = in_kernel();
    for wall in [Wall::Syscalls, Wall::Processes] {
        match (in_kernel, arch()) {
            (true, Some(_)) => walls.stand(wall),
            (true, None) => {
                walls.lack(wall, "there is no list of system calls for this processor; x86_64 and aarch64 have");
            }
            (false, _) => walls.lack(wall, "this kernel has no seccomp filters (CONFIG_SECCOMP_FILTER)"),
        }
    }
}

fn arch() -> Option<TargetArch> {
    match std::env::consts::ARCH {
        "x86_64" => Some(TargetArch::x86_64),
        "aarch64" => Some(TargetArch::aarch64),
        _ => None,
    }
}

/// The filters: by call, and by arguments.
fn filters(program: Program) -> Result<Vec<BpfProgram>, Error> {
    let arch = arch().ok_or_else(|| Error::Seccomp("no filter for this processor".to_owned()))?;
    let judged = SeccompFilter::new(refusals(program)?, SeccompAction::Allow, errno(libc::EPERM), arch)
        .and_then(BpfProgram::try_from)
        .map_err(|error| Error::Seccomp(error.to_string()))?;
    Ok(vec![table(&answers(program), arch), judged])
}

fn errno(number: i32) -> SeccompAction {
    SeccompAction::Errno(number.unsigned_abs())
}

/// What each known call is answered, whatever its arguments are.
fn answers(Program { process, truncation }: Program) -> BTreeMap<u32, SeccompAction> {
    let with_processes = if process.is_none() { syscalls::WITH_PROCESSES } else { &[] };
    let starting = if process.is_none() { SeccompAction::Allow } else { errno(libc::EPERM) };
    let lists = [
        (syscalls::ALLOWED, SeccompAction::Allow),
        (syscalls::JUDGED, SeccompAction::Allow),
        (with_processes, SeccompAction::Allow),
        (syscalls::STARTING, starting),
        (syscalls::PRETENDED, SeccompAction::Errno(0)),
        (syscalls::REFUSED, errno(libc::EPERM)),
    ];
    let all = lists.into_iter().flat_map(|(calls, answer)| calls.iter().map(move |call| (*call, answer.clone())));
    // The flags of `openat2` lie in memory, where no filter looks: it does not exist, and callers take `openat`.
    let by_name = [(libc::SYS_truncate, errno(libc::EPERM)), (libc::SYS_openat2, errno(libc::ENOSYS))];
    let all = all.chain(by_name.into_iter().filter(|_| truncation));
    all.filter_map(|(call, answer)| Some((u32::try_from(call).ok()?, answer))).collect()
}

/// A filter that looks answers up by ranges of numbers. The kernel tries every call when a filter is put up, which takes a
/// long chain of comparisons most of a millisecond, and this a tenth of it.
fn table(answers: &BTreeMap<u32, SeccompAction>, arch: TargetArch) -> BpfProgram {
    // Instructions of classic BPF: load a word of `seccomp_data`, jump if equal, greater, greater or equal, return.
    const LOAD: u16 = 0x20;
    const EQUAL: u16 = 0x15;
    const GREATER: u16 = 0x25;
    const AT_LEAST: u16 = 0x35;
    const RETURN: u16 = 0x06;
    let step = |code: u16, k: u32, jt: u8, jf: u8| sock_filter { code, jt, jf, k };
    // AUDIT_ARCH_* of <linux/audit.h>.
    let audit = match arch {
        TargetArch::x86_64 => 0xc000_003e,
        TargetArch::aarch64 => 0xc000_00b7,
        TargetArch::riscv64 => 0xc000_00f3,
    };
    let unknown = u32::from(errno(libc::ENOSYS));
    let mut program = vec![
        step(LOAD, 4, 0, 0),
        step(EQUAL, audit, 1, 0),
        step(RETURN, u32::from(SeccompAction::KillProcess), 0, 0),
        step(LOAD, 0, 0, 0),
    ];
    let mut ranges: Vec<(u32, u32, u32)> = Vec::new();
    for (call, answer) in answers {
        let answer = u32::from(answer.clone());
        match ranges.last_mut() {
            Some((_, last, same)) if *same == answer && *last + 1 == *call => *last = *call,
            _ => ranges.push((*call, *call, answer)),
        }
    }
    for (first, last, answer) in ranges {
        program.extend([
            step(GREATER, last, 3, 0),
            step(AT_LEAST, first, 0, 1),
            step(RETURN, answer, 0, 0),
            step(RETURN, unknown, 0, 0),
        ]);
    }
    program.push(step(RETURN, unknown, 0, 0));
    program
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// A condition on the lower half of an argument (the kernel takes these as 32-bit numbers).
struct When(u8, SeccompCmpOp, u64);

/// Only on 32-bit processors is `c_long` another type.
#[expect(clippy::useless_conversion, reason = "so that it says what it does")]
fn number(call: c_long) -> i64 {
    i64::from(call)
}

/// What is refused by its arguments.
fn refusals(Program { process, truncation }: Program) -> Result<Rules, Error> {
    use SeccompCmpOp::{Eq, MaskedEq, Ne};
    let mut rules = Rules::new();
    let mut refuse = |call: c_long, alternatives: Vec<Vec<When>>| -> Result<(), Error> {
        for conditions in alternatives {
            let conditions = conditions
                .into_iter()
                .map(|When(argument, operator, value)| {
                    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
                })
                .collect::<Result<Vec<_>, _>>();
            let rule = conditions.and_then(SeccompRule::new).map_err(|error| Error::Seccomp(error.to_string()))?;
            rules.entry(number(call)).or_default().push(rule);
        }
        Ok(())
    };
    let bits = |flags: i32| u64::from(flags.cast_unsigned());

    // Namespaces, and (unless it may) anything that is not a thread.
    let mut clone: Vec<Vec<When>> =
        syscalls::NAMESPACES.iter().map(|flag| vec![When(0, MaskedEq(bits(*flag)), bits(*flag))]).collect();
    if process.is_some() {
        clone.push(vec![When(0, MaskedEq(bits(libc::CLONE_THREAD)), 0)]);
    }
    refuse(libc::SYS_clone, clone)?;

    // Unix stream pairs only: a datagram socket could be pointed at another address later, with `sendmsg`.
    let kind = |kind: i32| vec![When(1, MaskedEq(0xf), bits(kind))];
    refuse(
        libc::SYS_socketpair,
        vec![vec![When(0, Ne, bits(libc::AF_UNIX))], kind(libc::SOCK_DGRAM), kind(libc::SOCK_RAW)],
    )?;

    // `O_TRUNC` without writing needs no right to write: opened for reading, or for nothing at all (3, see open(2)).
    if truncation {
        /// Linux's own; a C library may count more to it (musl does).
        const ACCESS: i32 = 3;
        let all = bits(ACCESS | libc::O_TRUNC);
        for unwritten in [libc::O_RDONLY, ACCESS] {
            let rule = |flags: u8| vec![vec![When(flags, MaskedEq(all), bits(unwritten | libc::O_TRUNC))]];
            refuse(libc::SYS_openat, rule(2))?;
            #[cfg(target_arch = "x86_64")]
            refuse(libc::SYS_open, rule(1))?;
        }
    }

    // Space beyond a file's end, and holes, are counted by nobody.
    refuse(libc::SYS_fallocate, vec![vec![When(1, Ne, 0)]])?;

    // What grows like a stack counts as one, and not as memory.
    let stack = bits(libc::MAP_GROWSDOWN);
    refuse(libc::SYS_mmap, vec![vec![When(3, MaskedEq(stack), stack)]])?;

    // Shared memory without a file is counted by no rlimit.
    let shared = bits(libc::MAP_SHARED | libc::MAP_ANONYMOUS);
    if process.is_some() {
        refuse(libc::SYS_mmap, vec![vec![When(3, MaskedEq(shared), shared)]])?;
    }

    // Others of the same user: their limits, their priority, signals to them by any way.
    let other = |argument: u8| {
        let mut conditions = vec![When(argument, Ne, 0)];
        conditions.extend(process.map(|own| When(argument, Ne, own)));
        vec![conditions]
    };
    for call in [libc::SYS_prlimit64, libc::SYS_sched_setaffinity, libc::SYS_sched_setparam, libc::SYS_sched_setattr] {
        refuse(call, other(0))?;
    }
    refuse(libc::SYS_sched_setscheduler, other(0))?;
    // Of one process only: the other kinds are a group, and everything that a user runs.
    for (call, process) in [(libc::SYS_setpriority, 0), (libc::SYS_ioprio_set, 1)] {
        refuse(call, other(1))?;
        refuse(call, vec![vec![When(0, Ne, process)]])?;
    }
    if process.is_some() {
        refuse(libc::SYS_kill, other(0))?;
        refuse(libc::SYS_tgkill, other(0))?;
    }
    let one_of = |argument: u8, commands: &[u64]| -> Vec<Vec<When>> {
        commands.iter().map(|command| vec![When(argument, Eq, *command)]).collect()
    };
    refuse(libc::SYS_fcntl, one_of(1, syscalls::FCNTL))?;
    let none_of = |commands: &[u64]| vec![commands.iter().map(|command| When(1, Ne, *command)).collect()];
    refuse(libc::SYS_ioctl, none_of(syscalls::IOCTL))?;
    refuse(libc::SYS_prctl, one_of(0, syscalls::PRCTL))?;
    refuse(libc::SYS_personality, vec![vec![When(0, Ne, 0xffff_ffff)]])?;
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_call_is_in_two_lists() {
        let lists = [
            syscalls::ALLOWED,
            syscalls::PRETENDED,
            syscalls::REFUSED,
            syscalls::JUDGED,
            syscalls::WITH_PROCESSES,
            syscalls::STARTING,
        ];
        let mut all: Vec<c_long> = lists.concat();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    /// One process or several, with and without Landlock's help.
    const PROGRAMS: [Program; 4] = [
        Program { process: None, truncation: false },
        Program { process: None, truncation: true },
        Program { process: Some(77), truncation: false },
        Program { process: Some(77), truncation: true },
    ];

    #[test]
    fn the_filters_fit_into_the_kernels_limit() {
        for program in PROGRAMS {
            for filter in filters(program).unwrap() {
                assert!(filter.len() < 4096, "{}", filter.len());
            }
        }
    }

    #[test]
    fn the_table_answers_every_call_as_listed() {
        // Just enough of a machine for what `table` writes.
        fn answer(program: &[sock_filter], call: u32) -> u32 {
            let (mut at, mut word) = (0, 0);
            loop {
                let step = &program[at];
                let jump = |taken: bool| usize::from(if taken { step.jt } else { step.jf });
                at += 1 + match step.code {
                    0x20 => {
                        word = if step.k == 4 { 0xc000_003e } else { call };
                        0
                    }
                    0x15 => jump(word == step.k),
                    0x25 => jump(word > step.k),
                    0x35 => jump(word >= step.k),
                    _ => return step.k,
                };
            }
        }
        for program in PROGRAMS {
            let answers = answers(program);
            let program = table(&answers, TargetArch::x86_64);
            for call in (0..2000).chain([0x4000_0000, u32::MAX]) {
                let listed = answers.get(&call).cloned().unwrap_or(errno(libc::ENOSYS));
                assert_eq!(answer(&program, call), u32::from(listed), "{call}");
            }
        }
    }

    #[test]
    fn what_is_judged_has_a_rule() {
        let rules = refusals(PROGRAMS[2]).unwrap();
        assert!(syscalls::JUDGED.iter().all(|call| rules.get(call).is_some_and(|rules| !rules.is_empty())));
    }

    #[test]
    fn truncation_is_judged_by_landlock_or_here() {
        let truncate = u32::try_from(libc::SYS_truncate).unwrap();
        for program in PROGRAMS {
            let refused = answers(program)[&truncate] == errno(libc::EPERM);
            let rules = refusals(program).unwrap().contains_key(&number(libc::SYS_openat));
            assert_eq!((refused, rules), (program.truncation, program.truncation));
        }
    }
}
