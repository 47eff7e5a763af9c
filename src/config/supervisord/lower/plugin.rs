//! `[rpcinterface:x]` and `[ctlplugin:x]`: Python plugins, of which only some exist here, built in.

use crate::config::Diagnostic;
use crate::config::supervisord::expand::expand;
use crate::config::supervisord::keys::{Key, plugin, rpc_interface};
use crate::config::supervisord::lower::Context;
use crate::config::supervisord::lower::reader::Reader;
use crate::config::supervisord::values;
use crate::model::{RpcFactory, RpcInterface};
use indexmap::IndexMap;

/// The factory that every configuration names.
const MAIN: &str = "supervisor.rpcinterface:make_main_rpcinterface";

/// The one of the package `supervisor_twiddler`.
const TWIDDLER: &str = "supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface";

/// The commands that supervisorctl has anyway.
const COMMANDS: &str = "supervisor.supervisorctl:DefaultControllerPlugin";

/// What can be done about another factory of an XML-RPC namespace.
const INSTEAD_OF_RPC: &str = "Python packages cannot be loaded here; take the section out, or run what it offers \
                              beside the daemon, as a client of its XML-RPC";

/// What can be done about other commands.
const INSTEAD_OF_COMMANDS: &str = "Python packages cannot be loaded here, and supervisorctl does not run with the \
                                   section; take it out, and run what it offers as a script of its own, which calls \
                                   supervisorctl or the XML-RPC";

/// A plugin section taken apart.
struct PluginSection<'a> {
    name: &'a str,
    section: &'a str,
    factory: String,
    options: IndexMap<String, String>,
}

/// All `[rpcinterface:x]`.
pub(crate) fn rpc_interfaces(context: &Context<'_>) -> Vec<RpcInterface> {
    let found =
        sections(context, "rpcinterface:", &rpc_interface::FACTORY, &[MAIN, TWIDDLER], INSTEAD_OF_RPC);
    found.into_iter().map(|section| rpc_interface(context, section)).collect()
}

/// Checks all `[ctlplugin:x]`. What they may name is there without them.
pub(crate) fn check_commands(context: &Context<'_>) {
    sections(context, "ctlplugin:", &plugin::FACTORY, &[COMMANDS], INSTEAD_OF_COMMANDS);
}

fn rpc_interface(context: &Context<'_>, found: PluginSection<'_>) -> RpcInterface {
    let whitelist = found.options.get(rpc_interface::WHITELIST.name);
    let factory = if found.factory == TWIDDLER {
        refuse_options(context, &found, |key| key != rpc_interface::WHITELIST.name);
        let whitelist = whitelist.map_or_else(Vec::new, |text| values::list_of_strings(text));
        RpcFactory::Twiddler { whitelist }
    } else {
        refuse_options(context, &found, |key| key == rpc_interface::WHITELIST.name);
        RpcFactory::Main
    };
    RpcInterface { namespace: found.name.to_owned(), factory, options: found.options }
}

/// An option that the factory does not take. It stays an error where it could be believed to keep callers out.
fn refuse_options(context: &Context<'_>, found: &PluginSection<'_>, is_wrong: impl Fn(&str) -> bool) {
    let own = context.source.sections.get(found.section).map(|section| &section.entries);
    for (key, entry) in own.into_iter().flatten() {
        if key == rpc_interface::FACTORY.name || !is_wrong(key) {
            continue;
        }
        let message = format!("Could not make {} rpc interface", found.name);
        let help = format!("{} takes no option {key}; take it out of [{}]", found.factory, found.section);
        let place = context.source.place(entry.file, entry.key);
        let diagnostic = Diagnostic::error(place, message).about(found.section, None).with_help(help);
        context.report.add(diagnostic.as_ours());
    }
}

/// All sections whose name starts so, as `Options.get_plugins` reads them.
fn sections<'c>(
    context: &Context<'c>,
    prefix: &str,
    key: &'static Key,
    built_in: &[&str],
    instead: &str,
) -> Vec<PluginSection<'c>> {
    let mut found = Vec::new();
    for section in context.source.sections.keys() {
        let Some(name) = section.strip_prefix(prefix) else { continue };
        let reader = Reader::new(context, section);
        if reader.raw(key).is_none() {
            reader.wrong(key, format!("section [{section}] does not specify a {}", key.name));
            continue;
        }
        let Some(factory) = reader.text(key) else { continue };
        if !built_in.contains(&factory.as_ref()) {
            let message = format!("{factory} cannot be resolved within [{section}]");
            let diagnostic = Diagnostic::error(reader.place(key), message).about(section, Some(key.name));
            context.report.add(diagnostic.with_help(instead).as_ours());
            continue;
        }
        let options = options(context, section, key);
        found.push(PluginSection { name, section, factory: factory.into_owned(), options });
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
