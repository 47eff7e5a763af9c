//! The daemon itself: versions, state, shutdown, restart.

use crate::api::dispatch::Call;
use crate::api::fault::Code;
use crate::api::{Outcome, Reply};
use crate::engine::{Input, Mood};
use crate::wire::xmlrpc::Value;

/// The version of the interface; `supervisorctl` refuses any other.
pub const API_VERSION: &str = "3.0";

/// The release of Supervisor that this daemon equals.
pub const SUPERVISOR_VERSION: &str = "4.3.0";

pub(in crate::api) fn api_version(_: &mut Call<'_>) -> Outcome {
    Ok(Reply::Now(API_VERSION.into()))
}

pub(in crate::api) fn supervisor_version(_: &mut Call<'_>) -> Outcome {
    Ok(Reply::Now(SUPERVISOR_VERSION.into()))
}

pub(in crate::api) fn identification(call: &mut Call<'_>) -> Outcome {
    Ok(Reply::Now(call.host.settings().identifier.as_str().into()))
}

pub(in crate::api) fn state(call: &mut Call<'_>) -> Outcome {
    let mood = call.host.engine().mood();
    let name = match mood {
        Mood::Running => "RUNNING",
        Mood::Restarting => "RESTARTING",
        Mood::Shutdown => "SHUTDOWN",
    };
    Ok(Reply::Now(Value::record([("statecode", (mood as i32).into()), ("statename", name.into())])))
}

pub(in crate::api) fn pid(call: &mut Call<'_>) -> Outcome {
    Ok(Reply::Now(call.host.pid().0.into()))
}

pub(in crate::api) fn shutdown(call: &mut Call<'_>) -> Outcome {
    call.host.apply(Input::Shutdown);
    Ok(Reply::Now(true.into()))
}

/// Wanted difference: a configuration that cannot be used is a fault, and everything keeps running. The original finds out
/// when everything is stopped, and ends.
pub(in crate::api) fn restart(call: &mut Call<'_>) -> Outcome {
    call.host.restart().map_err(|why| Code::CantReread.with(why))?;
    Ok(Reply::Now(true.into()))
}
