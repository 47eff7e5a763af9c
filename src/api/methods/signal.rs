//! Sending signals that are not meant to stop anything.

use crate::api::arguments;
use crate::api::dispatch::Call;
use crate::api::fault::Code;
use crate::api::methods::names::{self, Target};
use crate::api::methods::start::unknown_group;
use crate::api::methods::wait::{self, Batch};
use crate::api::{Host, Outcome, Refusal, Reply};
use crate::base::ServiceId;
use crate::engine::batch::{self, Scope};
use crate::engine::{Input, State};
use crate::wire::xmlrpc::Value;

pub(in crate::api) fn one(call: &mut Call<'_>) -> Outcome {
    let (name, signal) = (arguments::name(call.param(0))?, call.param(1));
    match names::find(call.host.engine(), name)? {
        Target::Group(group) => several(call.host, Scope::Group(group), signal),
        Target::One(id) => send(call.host, id, name, signal).map(|()| Reply::Now(true.into())),
    }
}

pub(in crate::api) fn group(call: &mut Call<'_>) -> Outcome {
    let (name, signal) = (arguments::key(call.param(0))?, call.param(1));
    several(call.host, Scope::Group(name), signal)
}

pub(in crate::api) fn all(call: &mut Call<'_>) -> Outcome {
    let signal = call.param(0);
    several(call.host, Scope::All, signal)
}

/// A signal that does not exist is a fault of each member, and none where there is no member.
fn several(host: &mut dyn Host, scope: Scope<'_>, signal: &Value) -> Outcome {
    let ids = batch::to_signal(host.engine(), scope).ok_or_else(|| unknown_group(scope))?;
    let batch = Batch::new(host, ids, |host, id, name| send(host, id, name, signal).map(|()| None))?;
    Reply::of(batch, host)
}

/// Of a failure the log holds the reason.
fn send(host: &mut dyn Host, id: ServiceId, name: &str, signal: &Value) -> Result<(), Refusal> {
    let signal = arguments::signal(signal)?;
    let view = host.engine().service(id).filter(|view| view.state().is_signallable());
    let pid = view.ok_or_else(|| Code::NotRunning.with(name))?.pid().map_or(0, |pid| pid.0);
    host.apply(Input::Send(id, signal));
    if wait::state(host.engine().service(id)) == State::Unknown {
        return Err(Code::Failed.with(format!("unknown problem sending sig {name} ({pid})")).into());
    }
    Ok(())
}
