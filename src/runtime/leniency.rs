//! What may go wrong at the start without keeping the daemon from starting. In a container, and as the first process, nobody is
//! there to mend a folder that cannot be written or a limit that cannot be raised; there the programs matter more.

use crate::model::LogLevel;
use crate::runtime::startup::StartError;
use crate::sys::surroundings;

/// Whether troubles at the start are forgiven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leniency {
    /// Never refuse to run.
    Forgives,
    /// Each of them ends the start, as in the original.
    Refuses,
}

impl Leniency {
    /// As it is where we run.
    pub(super) fn here() -> Leniency {
        if surroundings::is_first_process() || surroundings::is_container() {
            Leniency::Forgives
        } else {
            Leniency::Refuses
        }
    }

    /// Goes on without what failed, and notes that; or not.
    pub(super) fn without<T>(
        self,
        result: Result<T, StartError>,
        notes: &mut Vec<(LogLevel, String)>,
    ) -> Result<Option<T>, StartError> {
        match (result, self) {
            (Ok(value), _) => Ok(Some(value)),
            (Err(error), Leniency::Refuses) => Err(error),
            (Err(error), Leniency::Forgives) => {
                notes.push((LogLevel::Critical, format!("going on without it: {error}")));
                Ok(None)
            }
        }
    }
}
