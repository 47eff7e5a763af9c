//! `[supervisorctl]`, as supervisorctl reads it.

use crate::config::World;
use crate::config::supervisord::keys::control as keys;
use crate::config::supervisord::lower::Context;
use crate::config::supervisord::lower::reader::Reader;
use crate::config::supervisord::python::absolute;
use crate::config::supervisord::values;
use crate::model::SupervisorctlSettings;

/// The section, if it is there.
pub(crate) fn settings(context: &Context<'_>) -> Option<SupervisorctlSettings> {
    const SECTION: &str = "supervisorctl";
    context.source.sections.get(SECTION)?;
    let with_here = Reader::with_here(context, SECTION);
    let reader = Reader::new(context, SECTION);
    let normal = |path: &str| {
        let path = values::expand_user(path, context.world);
        absolute(&path, &context.world.current_dir())
    };
    let server_url = with_here.text(&keys::SERVERURL).unwrap_or_default().into_owned();
    let server_url = match server_url.strip_prefix("unix://") {
        Some(path) => format!("unix://{}", normal(path)),
        None => server_url,
    };
    let owned = |text: std::borrow::Cow<'_, str>| text.into_owned();
    Some(SupervisorctlSettings {
        server_url,
        prompt: reader.text(&keys::PROMPT).map(owned).unwrap_or_default(),
        username: reader.text(&keys::USERNAME).map(owned),
        password: reader.text(&keys::PASSWORD).map(owned),
        history_file: with_here
            .text(&keys::HISTORY_FILE)
            .filter(|path| !path.is_empty())
            .map(|path| normal(&path).into()),
    })
}
