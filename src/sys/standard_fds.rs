//! Descriptors 0 to 2 of a process that was started without them.
//!
//! Rust's start-up code opens /dev/null in their place and aborts where there is none, before `main`. As PID 1 of a machine
//! whose /dev is still empty that would be a kernel panic, so a function that runs even earlier puts the end of a pipe there, from which
//! nothing can be read and to which nothing can be written.

use nix::errno::Errno;
use nix::libc;
use std::fs::OpenOptions;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const NULL: &std::ffi::CStr = c"/dev/null";

/// Run by the C library before `main`, and so before Rust's own start-up code.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = fill_as_init;

extern "C" fn fill_as_init() {
    // SAFETY: plain system calls on numbers and on a local array; nothing of Rust's runtime is used. A closed number gives
    // EBADF, and what is opened takes the lowest free number, which is the one that was just found closed.
    unsafe {
        if libc::getpid() != 1 {
            return;
        }
        for number in 0..=2 {
            let mut ends = [0; 2];
            if libc::fcntl(number, libc::F_GETFD) != -1 || libc::open(NULL.as_ptr(), libc::O_RDWR) == number {
                continue;
            }
            if libc::pipe(ends.as_mut_ptr()) == 0 {
                libc::close(ends[1]);
            }
        }
    }
}

/// Puts that file in the place of every standard descriptor that leads nowhere: closed, /dev/null, or put there before `main`.
///
/// # Errors
/// The file cannot be opened.
pub fn replace_stand_ins(path: &Path) -> io::Result<()> {
    for number in 0..=2 {
        if !is_stand_in(number) {
            continue;
        }
        let file = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOCTTY).open(path)?;
        // SAFETY: dup2 replaces one of the three standard descriptors, which no owner in this program holds.
        Errno::result(unsafe { libc::dup2(file.as_raw_fd(), number) })?;
    }
    Ok(())
}

fn is_stand_in(number: i32) -> bool {
    // SAFETY: a valid place for the answer; a closed number gives EBADF.
    let (result, stat) = unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        (libc::fstat(number, &raw mut stat), stat)
    };
    let is_null = stat.st_mode & libc::S_IFMT == libc::S_IFCHR && stat.st_rdev == libc::makedev(1, 3);
    result != 0 || is_null || stat.st_mode & libc::S_IFMT == libc::S_IFIFO
}
