//! Gives memory back to the kernel.

use nix::libc;

/// Returns what the allocator keeps for itself, after a burst such as reading a configuration. Costs nothing where
/// there is nothing to return.
pub fn trim() {
    // SAFETY: malloc_trim(3) has no preconditions; it only releases free pages.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0);
    }
}
