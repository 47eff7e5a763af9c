//! The faults that clients compare: numbers, names and texts of `Faults` in `supervisor/xmlrpc.py`.

use crate::wire::xmlrpc::Fault;
use std::fmt::Display;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// No such method.
    UnknownMethod = 1,
    /// Wrong number or type of parameters.
    IncorrectParameters = 2,
    /// An offset and a length that do not fit together.
    BadArguments = 3,
    /// No help or signature, because there is no such method.
    SignatureUnsupported = 4,
    /// The daemon is about to leave or to restart.
    ShutdownState = 6,
    /// No such group or process.
    BadName = 10,
    /// No such signal.
    BadSignal = 11,
    /// A file that is not there.
    NoFile = 20,
    /// A command that cannot be executed.
    NotExecutable = 21,
    /// Anything else that went wrong.
    Failed = 30,
    /// A process left STARTING for something else than RUNNING.
    AbnormalTermination = 40,
    /// A process could not be started, or did not stay up.
    SpawnError = 50,
    /// A process runs already, or is about to.
    AlreadyStarted = 60,
    /// A process does not run.
    NotRunning = 70,
    /// Not a fault: the status of what went well, in a list of results.
    Success = 80,
    /// A group is there already.
    AlreadyAdded = 90,
    /// A group whose processes are not all stopped.
    StillRunning = 91,
    /// A configuration that cannot be used.
    CantReread = 92,
    /// A method of `supervisor_twiddler` that its `whitelist` does not have.
    NotInWhitelist = 230,
}

impl Code {
    /// All of them.
    pub const ALL: [Code; 19] = [
        Code::UnknownMethod,
        Code::IncorrectParameters,
        Code::BadArguments,
        Code::SignatureUnsupported,
        Code::ShutdownState,
        Code::BadName,
        Code::BadSignal,
        Code::NoFile,
        Code::NotExecutable,
        Code::Failed,
        Code::AbnormalTermination,
        Code::SpawnError,
        Code::AlreadyStarted,
        Code::NotRunning,
        Code::Success,
        Code::AlreadyAdded,
        Code::StillRunning,
        Code::CantReread,
        Code::NotInWhitelist,
    ];

    /// The number that clients compare.
    #[must_use]
    pub fn number(self) -> i32 {
        self as i32
    }

    /// The kind of that number.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Code> {
        Code::ALL.into_iter().find(|code| code.number() == number)
    }

    /// The name with which its text begins.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Code::UnknownMethod => "UNKNOWN_METHOD",
            Code::IncorrectParameters => "INCORRECT_PARAMETERS",
            Code::BadArguments => "BAD_ARGUMENTS",
            Code::SignatureUnsupported => "SIGNATURE_UNSUPPORTED",
            Code::ShutdownState => "SHUTDOWN_STATE",
            Code::BadName => "BAD_NAME",
            Code::BadSignal => "BAD_SIGNAL",
            Code::NoFile => "NO_FILE",
            Code::NotExecutable => "NOT_EXECUTABLE",
            Code::Failed => "FAILED",
            Code::AbnormalTermination => "ABNORMAL_TERMINATION",
            Code::SpawnError => "SPAWN_ERROR",
            Code::AlreadyStarted => "ALREADY_STARTED",
            Code::NotRunning => "NOT_RUNNING",
            Code::Success => "SUCCESS",
            Code::AlreadyAdded => "ALREADY_ADDED",
            Code::StillRunning => "STILL_RUNNING",
            Code::CantReread => "CANT_REREAD",
            Code::NotInWhitelist => "NOT_IN_WHITELIST",
        }
    }

    /// The fault with nothing but its name as text.
    #[must_use]
    pub fn bare(self) -> Fault {
        Fault { code: self.number(), text: self.name().to_owned() }
    }

    /// The fault with `NAME: detail` as text.
    #[must_use]
    pub fn with(self, detail: impl Display) -> Fault {
        Fault { code: self.number(), text: format!("{}: {detail}", self.name()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_originals() {
        assert_eq!(Code::BadName.with("x"), Fault { code: 10, text: "BAD_NAME: x".to_owned() });
        assert_eq!(Code::ShutdownState.bare(), Fault { code: 6, text: "SHUTDOWN_STATE".to_owned() });
    }

    #[test]
    fn numbers_are_in_order_and_lead_back() {
        assert!(Code::ALL.is_sorted_by_key(|code| code.number()));
        for code in Code::ALL {
            assert_eq!(Code::from_number(code.number()), Some(code));
        }
        assert_eq!(Code::from_number(5), None);
    }
}
