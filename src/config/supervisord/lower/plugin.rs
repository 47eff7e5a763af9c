//! `[rpcinterface:x]` and `[ctlplugin:x]`: Python plugins, of which only the built-in ones exist here.

use crate::config::Diagnostic;
use crate::config::supervisord::expand::expand;
use crate::config::supervisord::keys::{Key, rpc_interface};
use crate::config::supervisord::lower::Context;
use crate::config::supervisord::lower::reader::Reader;
use crate::model::RpcInterface;
use indexmap::IndexMap;

/// The factory that every configuration names.
const BUILT_IN: &str = "supervisor.rpcinterface:make_main_rpcinterface";

/// A plugin section taken apart.
pub(crate) struct PluginSection {
    pub(crate) name: String,
    pub(crate) factory: String,
    pub(crate) options: IndexMap<String, String>,
}

/// All `[rpcinterface:x]`.
pub(crate) fn rpc_interfaces(context: &Context<'_>) -> Vec<RpcInterface> {
    let resolves = |factory: &str| factory == BUILT_IN;
    sections(context, "rpcinterface:", &rpc_interface::FACTORY, resolves)
        .into_iter()
        .map(|found| RpcInterface { namespace: found.name, factory: found.factory, options: found.options })
        .collect()
}

/// All sections whose name starts so, as `Options.get_plugins` reads them.
pub(crate) fn sections(
    context: &Context<'_>,
    prefix: &str,
    key: &'static Key,
    resolves: impl Fn(&str) -> bool,
) -> Vec<PluginSection> {
    let mut found = Vec::new();
    for section in context.source.sections.keys() {
        let Some(name) = section.strip_prefix(prefix) else { continue };
        let reader = Reader::new(context, section);
        if reader.raw(key).is_none() {
            reader.wrong(key, format!("section [{section}] does not specify a {}", key.name));
            continue;
        }
        let Some(factory) = reader.text(key) else { continue };
        if !resolves(&factory) {
            let message = format!("{factory} cannot be resolved within [{section}]");
            let help = "Python packages cannot be loaded here; take the section out, or run what it offers beside the \
                        daemon, as a client of its XML-RPC";
            let diagnostic = Diagnostic::error(reader.place(key), message).about(section, Some(key.name));
            context.report.add(diagnostic.with_help(help));
            continue;
        }
        let options = options(context, section, key);
        found.push(PluginSection { name: name.to_owned(), factory: factory.into_owned(), options });
    }
    found
}

/// Every other option of the section, those of `[DEFAULT]` too, expanded.
fn options(context: &Context<'_>, section: &str, factory: &Key) -> IndexMap<String, String> {
    let source = context.source;
    let own = source.sections.get(section).map(|section| &section.entries);
    let reader = Reader::new(context, section);
    let mut options = IndexMap::new();
    for (name, entry) in own.into_iter().flatten().chain(&source.defaults.entries) {
        if name == factory.name || options.contains_key(name) {
            continue;
        }
        match expand(&entry.value.text, &reader.names, &format!("{section}.{name}")) {
            Ok(text) => {
                options.insert(name.clone(), text.into_owned());
            }
            Err(failure) => {
                let place = source.place(entry.file, entry.value.span_of(failure.start, failure.end));
                let diagnostic = Diagnostic::error(place, failure.message).about(section, Some(name));
                context.report.add(diagnostic.with_help(failure.help));
            }
        }
    }
    options
}
