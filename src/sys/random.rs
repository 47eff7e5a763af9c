//! Random bytes from the kernel.

use nix::libc;

/// 32 random hexadecimal digits that nobody can guess; empty when the kernel has none to give (`getrandom(2)`).
#[must_use]
pub fn token() -> String {
    let mut bytes = [0_u8; 16];
    // SAFETY: the buffer is ours and as long as we say.
    let count = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), libc::GRND_NONBLOCK) };
    if usize::try_from(count) != Ok(bytes.len()) {
        return String::new();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ() {
        let (one, other) = (token(), token());
        assert!(one.len() == 32 && one != other);
    }
}
