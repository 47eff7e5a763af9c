//! Waiting for a signal with as little memory as possible: while it lasts, no page of this executable is mapped but those of one
//! function, and what was written to. Must not call anything between unmapping and waiting: each function that is called brings its
//! own neighbourhood back.

use super::memory;
use crate::base::Signal;
use nix::libc;

/// Waits for one of these signals, given as the kernel's set of 64, all of which are blocked.
#[must_use]
#[inline(never)]
pub(super) fn wait(set: u64) -> Signal {
    let ranges = memory::unwritten();
    stand_alone(wait as *const () as usize);
    loop {
        for (start, length) in &ranges {
            // SAFETY: the range lies inside a segment of this executable that is mapped from its file without write permission
            // from the start, so its pages equal the file's and are read again when touched.
            unsafe { call(libc::SYS_madvise, [*start, *length, libc::MADV_DONTNEED as usize, 0]) };
        }
        // SAFETY: the set is alive for the call and as long as the size says; nobody asks for details, and without a time the
        // kernel waits for ever.
        let number =
            unsafe { call(libc::SYS_rt_sigtimedwait, [(&raw const set) as usize, 0, 0, size_of_val(&set)]) };
        // A stop and its continuation interrupt the wait.
        if let Some(number) = i32::try_from(number).ok().filter(|number| *number > 0) {
            return Signal(number);
        }
    }
}

/// Makes the pages of this function, which has less than one, a mapping of their own: the kernel brings the neighbourhood of a
/// page back with it, but not beyond the mapping.
fn stand_alone(function: usize) {
    let page = memory::page_size();
    let start = function / page * page;
    // SAFETY: advice about how pages will be read changes nothing of what is in them.
    unsafe { libc::madvise(start as *mut libc::c_void, 2 * page, libc::MADV_RANDOM) };
}

/// A system call in place: the C library's function would be a call.
///
/// # Safety
/// The arguments must be what that call expects.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn call(number: libc::c_long, [a, b, c, d]: [usize; 4]) -> isize {
    let result: isize;
    // SAFETY: the kernel's calling convention; it keeps all registers but these, and does not touch the stack.
    unsafe {
        std::arch::asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") a,
            in("rsi") b,
            in("rdx") c,
            in("r10") d,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// The same.
///
/// # Safety
/// The same.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
unsafe fn call(number: libc::c_long, [a, b, c, d]: [usize; 4]) -> isize {
    let result: isize;
    // SAFETY: the kernel's calling convention; it keeps all registers but the result's, and does not touch the stack.
    unsafe {
        std::arch::asm!(
            "svc 0",
            in("x8") number as isize,
            inlateout("x0") a as isize => result,
            in("x1") b,
            in("x2") c,
            in("x3") d,
            options(nostack),
        );
    }
    result
}

/// Elsewhere the call costs a few pages more.
///
/// # Safety
/// The same.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
unsafe fn call(number: libc::c_long, [a, b, c, d]: [usize; 4]) -> isize {
    // SAFETY: the caller's promise.
    unsafe { libc::syscall(number, a, b, c, d) as isize }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_answers_in_place() {
        // SAFETY: getpid takes nothing.
        let pid = unsafe { call(libc::SYS_getpid, [0; 4]) };
        assert_eq!(usize::try_from(pid), Ok(std::process::id() as usize));
        // SAFETY: an address that is no page's start is refused, and nothing else happens.
        let refused = unsafe { call(libc::SYS_madvise, [1, 1, libc::MADV_DONTNEED as usize, 0]) };
        assert_eq!(refused, -(libc::EINVAL as isize));
    }
}
