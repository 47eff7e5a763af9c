//! Small types that every layer shares: ids, times, exit status, signal names. Pure; imports nothing of ours.
#![forbid(unsafe_code)]

pub mod exit_status;
pub mod ids;
pub mod machine_end;
pub mod ring;
pub mod signal;
pub mod text;
pub mod time;

pub use exit_status::ExitStatus;
pub use ids::{Gid, Pid, ServiceId, Uid};
pub use machine_end::MachineEnd;
pub use ring::Ring;
pub use signal::Signal;
pub use time::{Mono, Now, Wall};
