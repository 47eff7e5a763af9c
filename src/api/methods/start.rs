//! Starting: one process, a group, all.

use crate::api::arguments;
use crate::api::dispatch::Call;
use crate::api::fault::Code;
use crate::api::methods::names::{self, Target};
use crate::api::methods::wait::{self, Batch, Started, Wait};
use crate::api::{Host, Outcome, Refusal, Reply};
use crate::base::ServiceId;
use crate::engine::batch::{self, Scope};
use crate::engine::{Input, ServiceView, SpawnError, State};

pub(in crate::api) fn one(call: &mut Call<'_>) -> Outcome {
    let (name, waits) = (arguments::name(call.param(0))?, call.flag(1));
    match names::find(call.host.engine(), name)? {
        Target::Group(group) => several(call.host, Scope::Group(group), waits),
        Target::One(id) => match start(call.host, id, name, waits)? {
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
    let ids = batch::to_start(host.engine(), scope).ok_or_else(|| unknown_group(scope))?;
    let batch = Batch::new(host, ids, |host, id, name| start(host, id, name, waits).map_err(Refusal::from))?;
    Reply::of(batch, host)
}

/// The fault for a group that is not there.
pub(super) fn unknown_group(scope: Scope<'_>) -> Refusal {
    let fault = match scope {
        Scope::Group(name) => Code::BadName.with(name),
        Scope::All => Code::BadName.bare(),
    };
    fault.into()
}

/// Starts one process. The order of checks is the original's: the command, the state, and then what comes of trying.
fn start(host: &mut dyn Host, id: ServiceId, name: &str, waits: bool) -> Started {
    host.check_command(id).map_err(|error| match error {
        SpawnError::CommandNotFound(_) => Code::NoFile.with(error),
        _ => Code::NotExecutable.with(error),
    })?;
    let before = wait::state(host.engine().service(id));
    if before.is_running() {
        return Err(Code::AlreadyStarted.with(name));
    }
    if before == State::Unknown {
        return Err(Code::Failed.with(format!("{name} is in an unknown process state")));
    }
    host.apply(Input::Start(id));
    let view = host.engine().service(id);
    if view.and_then(ServiceView::spawn_error).is_some() {
        return Err(Code::SpawnError.with(name));
    }
    let running = wait::state(view) == State::Running;
    Ok((waits && !running).then(|| Wait::until_up(id, name)))
}
