//! Automatic log files: made with a random name, mode 0600, as `mkstemp(3)` does.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const ALPHABET: &[u8; 37] = b"abcdefghijklmnopqrstuvwxyz0123456789_";
const RANDOM_LENGTH: usize = 8;
const TRIES: usize = 100;

/// Creates `<folder>/<prefix><8 random characters>.log`, empty, and says its name.
///
/// # Errors
/// Those of `open(2)` with O_EXCL: EACCES, ENOSPC, EROFS and so on.
pub fn create(folder: &Path, prefix: &str) -> io::Result<PathBuf> {
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..TRIES {
        let path = folder.join(format!("{prefix}{}.log", random_name()?));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

fn random_name() -> io::Result<String> {
    let mut bytes = [0_u8; RANDOM_LENGTH];
    fill_random(&mut bytes)?;
    Ok(bytes.iter().map(|byte| ALPHABET[usize::from(*byte) % ALPHABET.len()] as char).collect())
}

fn fill_random(bytes: &mut [u8]) -> io::Result<()> {
    // SAFETY: the pointer and the length describe one writable slice. GRND_NONBLOCK: early at boot the pool may not be
    // ready, and a file name needs no cryptography, so then GRND_INSECURE is asked.
    let fill = |flags| unsafe { nix::libc::getrandom(bytes.as_ptr().cast_mut().cast(), bytes.len(), flags) };
    for flags in [nix::libc::GRND_NONBLOCK, nix::libc::GRND_INSECURE] {
        if usize::try_from(fill(flags)) == Ok(bytes.len()) {
            return Ok(());
        }
    }
    Err(io::Error::last_os_error())
}
