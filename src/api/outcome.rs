//! What comes of a call: a value at once, a job that ends later, or a refusal.

use crate::api::Host;
use crate::base::Mono;
use crate::wire::xmlrpc::{Fault, Value};
use std::fmt;

/// What comes of a call.
pub type Outcome = Result<Reply, Refusal>;

/// What comes of a job in the end.
pub type Answer = Result<Value, Refusal>;

/// What a method that was not refused leads to.
pub enum Reply {
    /// The result.
    Now(Value),
    /// The result comes later.
    Later(Box<dyn Job>),
}

/// A call that could not be answered at once. It goes on to its end even if nobody waits for the answer any more: what it
/// asked for was done when it was called.
pub trait Job {
    /// The answer, if there is one by now. To be asked after every turn in which something happened to a process, and when
    /// [`Job::deadline`] is reached; not again once it has answered.
    fn poll(&mut self, host: &mut dyn Host) -> Option<Answer>;

    /// When it wants to be asked even if nothing happens.
    fn deadline(&self) -> Option<Mono> {
        None
    }
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A fault, which clients are told with HTTP status 200.
    Fault(Fault),
    /// A mistake of the caller at which the original stumbles: HTTP status 500 and a critical line in the log. Holds the
    /// exception as Python tells it (`<class 'AttributeError'>:…`), which `system.multicall` reports.
    Broken(String),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Refusal {
        Refusal::Fault(fault)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Now(value) => f.debug_tuple("Now").field(value).finish(),
            Reply::Later(_) => f.write_str("Later"),
        }
    }
}

impl Reply {
    /// Asks the job once, so that one that is done already, or never had to wait, answers at once.
    pub(super) fn of(mut job: impl Job + 'static, host: &mut dyn Host) -> Outcome {
        match job.poll(host) {
            Some(answer) => answer.map(Reply::Now),
            None => Ok(Reply::Later(Box::new(job))),
        }
    }
}
