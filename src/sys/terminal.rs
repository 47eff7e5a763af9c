//! The terminal on standard input, as far as a password prompt needs it.

use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};
use std::io;

/// While this lives, what is typed does not show. Gives the terminal back as it was when dropped.
#[derive(Debug)]
pub struct EchoOff {
    before: Termios,
}

impl EchoOff {
    /// Switches the echo off.
    ///
    /// # Errors
    /// Standard input is no terminal (ENOTTY).
    pub fn new() -> io::Result<EchoOff> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_flags.remove(LocalFlags::ECHO);
        tcsetattr(io::stdin(), SetArg::TCSAFLUSH, &silent)?;
        Ok(EchoOff { before })
    }
}

impl Drop for EchoOff {
    fn drop(&mut self) {
        // Fails only where the terminal is gone, and then nobody is there to see it.
        let _ = tcsetattr(io::stdin(), SetArg::TCSADRAIN, &self.before);
    }
}
