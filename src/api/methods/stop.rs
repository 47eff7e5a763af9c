//! Stopping: one process, a group, all.

use crate::api::arguments;
use crate::api::dispatch::Call;
use crate::api::fault::Code;
use crate::api::methods::names::{self, Target};
use crate::api::methods::start::unknown_group;
use crate::api::methods::wait::{self, Batch, Started, Wait};
use crate::api::{Host, Outcome, Refusal, Reply};
use crate::base::ServiceId;
use crate::engine::batch::{self, Scope};
use crate::engine::{Input, State};

pub(in crate::api) fn one(call: &mut Call<'_>) -> Outcome {
    let (name, waits) = (arguments::name(call.param(0))?, call.flag(1));
    match names::find(call.host.engine(), name)? {
        Target::Group(group) => several(call.host, Scope::Group(group), waits),
        Target::One(id) => match stop(call.host, id, name, waits)? {
            None => Ok(Reply::Now(true.into())),
            Some(wait) => Reply::of(wait, call.host),
        },
    }
}

pub(in crate::api) fn group(call: &mut Call<'_>) -> Outcome {
    let (name, waits) = (arguments::key(call.param(0))?, call.flag(1));
    several(call.host, Scope::Group(name), waits)
}

pub(in crate::api) fn all(call: &mut Call<'_>) -> Outcome {
    let waits = call.flag(0);
    several(call.host, Scope::All, waits)
}

fn several(host: &mut dyn Host, scope: Scope<'_>, waits: bool) -> Outcome {
    let ids = batch::to_stop(host.engine(), scope).ok_or_else(|| unknown_group(scope))?;
    let batch = Batch::new(host, ids, |host, id, name| stop(host, id, name, waits).map_err(Refusal::from))?;
    Reply::of(batch, host)
}

/// Tells one process to stop. Of a failure the log holds the reason.
fn stop(host: &mut dyn Host, id: ServiceId, name: &str, waits: bool) -> Started {
    let view = host.engine().service(id).filter(|view| view.state().is_running());
    let pid = view.ok_or_else(|| Code::NotRunning.with(name))?.pid();
    host.apply(Input::Stop(id));
    let after = wait::state(host.engine().service(id));
    if after == State::Unknown {
        let pid = pid.map_or(0, |pid| pid.0);
        return Err(Code::Failed.with(format!("unknown problem killing {name} ({pid})")));
    }
    let now = host.now().mono;
    Ok((waits && !after.is_stopped()).then(|| Wait::until_down(id, name, now)))
}
