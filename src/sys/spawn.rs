//! Creating a child: everything is prepared before, then one function that neither allocates nor returns runs between
//! clone and exec.
//!
//! The child shares the daemon's memory until it executes (`CLONE_VM | CLONE_VFORK`), and its table of descriptors
//! (`CLONE_FILES`) until it has split off the first few of it, so creating it costs the same whatever the daemon's size and
//! however many files it has open; where the kernel or a seccomp filter refuses that, plain `fork(2)` does.
//! Order of the set-up and failure texts: `supervisor/process.py`, `_spawn_as_child`.

use crate::base::{Gid, Pid, Uid};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::libc::{self, c_char, c_int, c_void};
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use std::ffi::{CStr, CString};
use std::fmt::Write;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::ptr;

/// What the child gets as descriptors 0, 1 and 2.
#[derive(Debug, Clone, Copy)]
pub struct Stdio<'a> {
    /// Standard input.
    pub stdin: BorrowedFd<'a>,
    /// Standard output.
    pub stdout: BorrowedFd<'a>,
    /// Standard error.
    pub stderr: BorrowedFd<'a>,
}

/// Whom the child becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Become {
    /// Stays what the daemon is.
    Same,
    /// This user.
    User {
        /// User id.
        uid: Uid,
        /// Primary group.
        gid: Gid,
        /// All groups.
        groups: Vec<Gid>,
    },
    /// It cannot: the child says why on its standard error and ends.
    Refused {
        /// User id that was wanted.
        uid: Uid,
        /// Why not.
        why: &'static str,
    },
}

/// A fully prepared child.
#[derive(Debug)]
pub struct Plan<'a> {
    /// File to execute.
    pub file: CString,
    /// Its arguments, the program's name first.
    pub args: Vec<CString>,
    /// `KEY=value` strings.
    pub env: Vec<&'a CStr>,
    /// Descriptors 0 to 2; all others are closed.
    pub stdio: Stdio<'a>,
    /// Whom it becomes.
    pub identity: Become,
    /// Where it goes.
    pub directory: Option<CString>,
    /// Its file mode mask; `None` inherits.
    pub umask: Option<u32>,
}

/// Makes children. Holds the stack on which a child runs until it executes.
#[derive(Debug)]
pub struct Spawner {
    stack: Vec<u128>,
    berths: Berths,
    may_share_memory: bool,
}

/// Three low descriptor numbers at which a child finds its standard descriptors. Splitting off a table costs as much as the
/// highest number that is kept.
#[derive(Debug)]
struct Berths {
    slots: [OwnedFd; 3],
    /// What lies in them between two spawns: the reading end of a pipe that nobody writes to.
    nothing: OwnedFd,
}

impl Berths {
    fn new() -> io::Result<Berths> {
        let (nothing, _) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
        let slots = [nothing.try_clone()?, nothing.try_clone()?, nothing.try_clone()?];
        Ok(Berths { slots, nothing })
    }

    fn fill(&mut self, stdio: &Stdio<'_>) -> nix::Result<()> {
        for (slot, source) in self.slots.iter_mut().zip([stdio.stdin, stdio.stdout, stdio.stderr]) {
            nix::unistd::dup3(source, slot, OFlag::O_CLOEXEC)?;
        }
        Ok(())
    }

    /// Lets go of a child's descriptors: as long as they lie here, its pipes do not end.
    fn clear(&mut self) {
        for slot in &mut self.slots {
            // Cannot fail: both are open.
            let _ = nix::unistd::dup3(&self.nothing, slot, OFlag::O_CLOEXEC);
        }
    }

    fn numbers(&self) -> [c_int; 3] {
        let [stdin, stdout, stderr] = &self.slots;
        [stdin.as_raw_fd(), stdout.as_raw_fd(), stderr.as_raw_fd()]
    }
}

/// Stack of a child between clone and exec, in bytes; it calls few and shallow functions.
const STACK: usize = 64 * 1024;

/// The exit status that tells of a child that never became its program.
const NOT_SPAWNED: c_int = 127;

/// The plan in the form in which the child uses it: pointers into memory that outlives the child's use of it.
struct Prepared<'a> {
    file: *const c_char,
    argv: *const *const c_char,
    envp: *const *const c_char,
    name: &'a CStr,
    stdio: [c_int; 3],
    identity: &'a Become,
    groups: &'a [libc::gid_t],
    directory: Option<&'a CStr>,
    umask: Option<u32>,
}

impl Spawner {
    /// A spawner; make it early, so that it gets low descriptor numbers.
    ///
    /// # Errors
    /// EMFILE, ENFILE.
    pub fn new() -> io::Result<Spawner> {
        Ok(Spawner {
            stack: vec![0; STACK / size_of::<u128>()],
            berths: Berths::new()?,
            may_share_memory: true,
        })
    }

    /// Creates the child. What goes wrong after that (set-up, exec) the child itself writes to its standard error and
    /// ends with status 127.
    ///
    /// # Errors
    /// Those of `clone(2)`: EAGAIN where a process limit is reached, ENOMEM.
    pub fn spawn(&mut self, plan: &Plan<'_>) -> io::Result<Pid> {
        let argv = pointers(plan.args.iter().map(CString::as_c_str));
        let envp = pointers(plan.env.iter().copied());
        let groups: Vec<libc::gid_t> = match &plan.identity {
            Become::User { groups, .. } => groups.iter().map(|group| group.0).collect(),
            Become::Same | Become::Refused { .. } => Vec::new(),
        };
        let prepared = Prepared {
            file: plan.file.as_ptr(),
            argv: argv.as_ptr(),
            envp: envp.as_ptr(),
            name: plan.args.first().map_or(plan.file.as_c_str(), CString::as_c_str),
            stdio: self.berths.numbers(),
            identity: &plan.identity,
            groups: &groups,
            directory: plan.directory.as_deref(),
            umask: plan.umask,
        };
        // No handler may run in the child while it shares our memory, so all signals wait until it has reset them.
        let mut before = SigSet::empty();
        sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), Some(&mut before))?;
        let result = match self.berths.fill(&plan.stdio) {
            Ok(()) => self.clone_child(&prepared),
            Err(error) => Err(error.into()),
        };
        self.berths.clear();
        sigprocmask(SigmaskHow::SIG_SETMASK, Some(&before), None)?;
        result
    }

    fn clone_child(&mut self, prepared: &Prepared<'_>) -> io::Result<Pid> {
        if self.may_share_memory {
            match self.vfork_child(prepared) {
                Err(Errno::EINVAL | Errno::ENOSYS | Errno::EPERM) => self.may_share_memory = false,
                result => return Ok(Pid(result?)),
            }
        }
        // SAFETY: the process has one thread, and the child only runs `child_main`, which does not return.
        match unsafe { nix::unistd::fork() }? {
            nix::unistd::ForkResult::Parent { child } => Ok(Pid(child.as_raw())),
            nix::unistd::ForkResult::Child => child_main(prepared),
        }
    }

    fn vfork_child(&mut self, prepared: &Prepared<'_>) -> Result<i32, Errno> {
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_FILES | libc::SIGCHLD;
        let top = self.stack.as_mut_ptr_range().end;
        // SAFETY: `top` ends a live, 16-byte aligned block that only the child uses. CLONE_VFORK keeps us here until the
        // child has executed or ended, so everything `prepared` points to outlives its use. The child runs
        // `child_entry`, which never returns, allocates nothing and touches no state of ours but errno.
        let pid = unsafe {
            libc::clone(
                child_entry,
                top.cast::<c_void>(),
                flags,
                ptr::from_ref(prepared).cast_mut().cast::<c_void>(),
            )
        };
        Errno::result(pid)
    }
}

/// A NULL-terminated array for execve.
fn pointers<'a>(strings: impl Iterator<Item = &'a CStr>) -> Vec<*const c_char> {
    strings.map(CStr::as_ptr).chain([ptr::null()]).collect()
}

/// Where a cloned child begins.
extern "C" fn child_entry(prepared: *mut c_void) -> c_int {
    // SAFETY: `vfork_child` passes a pointer to a Prepared that lives until this child has executed or ended.
    let prepared = unsafe { &*prepared.cast::<Prepared<'_>>() };
    child_main(prepared)
}

/// The child, from clone to exec. Only system calls and stack memory: the heap belongs to the daemon.
fn child_main(prepared: &Prepared<'_>) -> ! {
    let failure = set_up(prepared).err();
    if let Some(failure) = failure {
        complain(prepared, &failure);
    }
    say(b"supervisor: child process was not spawned\n");
    // SAFETY: _exit ends this process without running anything of ours.
    unsafe { libc::_exit(NOT_SPAWNED) }
}

/// What kept the child from becoming its program.
enum Failure {
    User(Uid, &'static str),
    Directory(Errno),
    Exec(Errno),
    /// Failures for which the original prints nothing of its own.
    Silent,
}

fn set_up(prepared: &Prepared<'_>) -> Result<(), Failure> {
    // SAFETY: setpgid takes two integers.
    unsafe { libc::setpgid(0, 0) };
    arrange_descriptors(prepared.stdio)?;
    change_user(prepared)?;
    if let Some(directory) = prepared.directory {
        // SAFETY: a NUL-terminated path.
        let result = unsafe { libc::chdir(directory.as_ptr()) };
        Errno::result(result).map_err(Failure::Directory)?;
    }
    if let Some(mask) = prepared.umask {
        // SAFETY: umask takes one integer.
        unsafe { libc::umask(mask) };
    }
    reset_signals();
    // SAFETY: NULL-terminated arrays of NUL-terminated strings, all alive (see `vfork_child`).
    unsafe { libc::execve(prepared.file, prepared.argv, prepared.envp) };
    Err(Failure::Exec(Errno::last()))
}

/// Splits off a table of descriptors of its own, puts the three standard ones in place and closes all others. Everything of
/// the daemon is close-on-exec anyway; this also closes what whoever started the daemon has leaked.
///
/// The sources are above 2, since the daemon keeps 0 to 2 occupied, so no dup2 overwrites a source that is still needed.
fn arrange_descriptors(stdio: [c_int; 3]) -> Result<(), Failure> {
    let highest = stdio.iter().copied().max().unwrap_or(2);
    if close_range(highest + 1, CLOSE_RANGE_UNSHARE).is_err() {
        // Before Linux 5.9. Nothing may be changed in a table that the daemon still uses.
        // SAFETY: unshare takes an integer.
        Errno::result(unsafe { libc::unshare(libc::CLONE_FILES) }).map_err(|_| Failure::Silent)?;
    }
    for (target, source) in (0..).zip(stdio) {
        // SAFETY: dup2 takes two integers; the child owns its descriptor table.
        let result = unsafe { libc::dup2(source, target) };
        Errno::result(result).map_err(|_| Failure::Silent)?;
    }
    if close_range(3, 0).is_err() {
        close_one_by_one();
    }
    Ok(())
}

/// Makes a table of one's own before closing (`close_range(2)`).
const CLOSE_RANGE_UNSHARE: u32 = 2;

/// Closes everything from a number on.
fn close_range(first: c_int, flags: u32) -> nix::Result<()> {
    // SAFETY: close_range takes integers; the child owns no descriptor that it would still need.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, flags) };
    Errno::result(result).map(drop)
}

fn close_one_by_one() {
    const MOST: libc::rlim_t = 65_536;
    let mut limit = libc::rlimit { rlim_cur: 1024, rlim_max: 1024 };
    // SAFETY: a valid place for the answer; then plain closes of numbers that may or may not be open.
    unsafe {
        libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit);
        let most = c_int::try_from(limit.rlim_cur.min(MOST)).unwrap_or(1024);
        for number in 3..most {
            libc::close(number);
        }
    }
}

/// Raw system calls: the C library's wrappers may want to tell other threads, of which there are none.
fn change_user(prepared: &Prepared<'_>) -> Result<(), Failure> {
    let (uid, gid) = match prepared.identity {
        Become::Same => return Ok(()),
        Become::Refused { uid, why } => return Err(Failure::User(*uid, why)),
        Become::User { uid, gid, .. } => (*uid, *gid),
    };
    let groups = prepared.groups;
    // SAFETY: the slice describes the array; the other calls take integers.
    unsafe {
        if libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()) != 0 {
            return Err(Failure::User(uid, "Could not set groups of effective user"));
        }
        if libc::syscall(libc::SYS_setgid, gid.0) != 0 {
            return Err(Failure::User(uid, "Could not set group id of effective user"));
        }
        if libc::syscall(libc::SYS_setuid, uid.0) != 0 {
            return Err(Failure::Silent);
        }
    }
    Ok(())
}

/// All dispositions to default (SIGPIPE too), then no signal blocked. In this order: between the two a signal finds no
/// handler of the daemon.
fn reset_signals() {
    // SAFETY: a zeroed sigaction is SIG_DFL with an empty mask; setting it for numbers that cannot be changed (KILL,
    // STOP, the C library's own) fails without effect.
    unsafe {
        let default: libc::sigaction = std::mem::zeroed();
        for number in 1..=64 {
            libc::sigaction(number, &raw const default, ptr::null_mut());
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
    }
}

fn complain(prepared: &Prepared<'_>, failure: &Failure) {
    let mut line = Line::default();
    // Writing to a Line cannot fail; what does not fit is cut.
    let _ = match failure {
        Failure::User(uid, why) => writeln!(line, "supervisor: couldn't setuid to {uid}: {why}"),
        Failure::Directory(error) => {
            line.push(b"supervisor: couldn't chdir to ");
            line.push(prepared.directory.map_or(b"", CStr::to_bytes));
            writeln!(line, ": {error:?}")
        }
        Failure::Exec(error) => {
            line.push(b"supervisor: couldn't exec ");
            line.push(prepared.name.to_bytes());
            writeln!(line, ": {error:?}")
        }
        Failure::Silent => Ok(()),
    };
    say(line.bytes());
}

/// Writes to standard error, which is the program's log by now.
fn say(bytes: &[u8]) {
    // SAFETY: the slice describes readable memory. A failure cannot be told to anybody.
    unsafe { libc::write(2, bytes.as_ptr().cast::<c_void>(), bytes.len()) };
}

/// A line in stack memory.
struct Line {
    buffer: [u8; Line::ROOM],
    used: usize,
}

impl Line {
    const ROOM: usize = 4096 + 128;

    fn push(&mut self, bytes: &[u8]) {
        let free = self.buffer.get_mut(self.used..).unwrap_or_default();
        let count = bytes.len().min(free.len());
        free.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        self.used += count;
    }

    fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.used).unwrap_or_default()
    }
}

impl Default for Line {
    fn default() -> Line {
        Line { buffer: [0; Line::ROOM], used: 0 }
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}
