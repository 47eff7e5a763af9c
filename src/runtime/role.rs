//! Whom the daemon is to those who send it signals.

use crate::runtime::companion::Companion;

/// A daemon like any other, or the init of a machine.
pub enum Role {
    /// It ends when it is told to; in a container, the container with it.
    Service,
    /// It is the init of a machine, which it never leaves.
    Machine(Box<dyn Companion>),
}

impl Role {
    /// Whether it is the init of a machine.
    #[must_use]
    pub fn is_machine(&self) -> bool {
        matches!(self, Role::Machine(_))
    }

    /// Who else has processes in the loop.
    pub fn companion(&mut self) -> Option<&mut (dyn Companion + 'static)> {
        match self {
            Role::Service => None,
            Role::Machine(companion) => Some(companion.as_mut()),
        }
    }
}
