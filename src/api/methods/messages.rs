//! Messages for processes: text for their standard input, events for listeners.

use crate::api::arguments;
use crate::api::dispatch::Call;
use crate::api::fault::Code;
use crate::api::methods::names;
use crate::api::{Outcome, Reply, StdinError};
use crate::engine::{Event, State};
use crate::wire::xmlrpc::Value;

/// Wanted difference: where a process does not read and enough waits for it already, the original answers 500; here it is
/// FAILED.
pub(in crate::api) fn stdin(call: &mut Call<'_>) -> Outcome {
    let Value::Text(chars) = call.param(1) else {
        let shown = call.param(1);
        let fault = if *shown == Value::Nil {
            Code::IncorrectParameters.bare()
        } else {
            Code::IncorrectParameters.with(arguments::text_of(shown))
        };
        return Err(fault.into());
    };
    let name = arguments::name(call.param(0))?;
    let id = names::find_one(call.host.engine(), name)?;
    let reachable =
        |view: &crate::engine::ServiceView<'_>| view.pid().is_some() && view.state() != State::Stopping;
    if call.host.engine().service(id).filter(reachable).is_none() {
        return Err(Code::NotRunning.with(name).into());
    }
    call.host.write_stdin(id, chars.as_bytes()).map_err(|error| match error {
        StdinError::Closed => Code::NoFile.with(name),
        StdinError::Full => Code::Failed.with(format!("{name} does not read its standard input")),
    })?;
    Ok(Reply::Now(true.into()))
}

/// The one method that works while the daemon is about to leave.
pub(in crate::api) fn remote_communication(call: &mut Call<'_>) -> Outcome {
    let (kind, data) = (arguments::text_of(call.param(0)), arguments::text_of(call.param(1)));
    call.host.emit(Event::RemoteCommunication { kind, data });
    Ok(Reply::Now(true.into()))
}
