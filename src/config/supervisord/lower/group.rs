//! `[group:x]`, and the order in which the original goes over all program sections.

use crate::config::Diagnostic;
use crate::config::supervisord::keys::{Key, group as keys, program};
use crate::config::supervisord::lower::program::{Processes, processes};
use crate::config::supervisord::lower::reader::Reader;
use crate::config::supervisord::lower::{Context, fastcgi, listener};
use crate::config::supervisord::values;
use crate::model::{Group, GroupKind, Service};
use indexmap::IndexMap;
use std::collections::HashSet;

/// All groups, by priority and name; of several with one name the first, since only that is ever started.
pub(crate) fn groups(context: &Context<'_>) -> Vec<Group> {
    let mut grouped = HashSet::new();
    let mut groups = Vec::new();
    let sections = || context.source.sections.keys();
    for section in sections().filter(|section| section.starts_with("group:")) {
        groups.extend(of_several(context, section, &mut grouped).map(|group| (section, group)));
    }
    let ungrouped = |section: &&String| !grouped.contains(section.as_str());
    for section in sections().filter(|section| section.starts_with("program:")).filter(ungrouped) {
        groups.extend(of_one(context, section).map(|group| (section, group)));
    }
    for section in sections().filter(|section| section.starts_with("eventlistener:")) {
        groups.extend(listener::pool(context, section).map(|group| (section, group)));
    }
    for section in sections().filter(|section| section.starts_with("fcgi-program:")).filter(ungrouped) {
        groups.extend(fastcgi::group(context, section).map(|group| (section, group)));
    }
    groups.sort_by(|(_, a), (_, b)| (a.priority, &a.name).cmp(&(b.priority, &b.name)));
    let mut names = HashSet::new();
    groups.retain(|(section, group)| {
        let is_new = names.insert(group.name.clone());
        if !is_new {
            warn_of_twin(context, section, &group.name);
        }
        is_new
    });
    let mut groups: Vec<Group> = groups.into_iter().map(|(_, group)| group).collect();
    groups.shrink_to_fit();
    groups
}

fn warn_of_twin(context: &Context<'_>, section: &str, name: &str) {
    let message = format!("[{section}] is ignored: there is another group named {name}");
    let diagnostic = Diagnostic::warning(context.source.place_of(section), message).about(section, None);
    context.report.add_logged(diagnostic.with_help("give one of them another name"));
}

/// The part of a section's name behind the colon.
pub(crate) fn after_colon(section: &str) -> &str {
    section.split_once(':').map_or("", |(_, name)| name)
}

/// A name that must be one; reported where its section starts.
pub(crate) fn checked_name(reader: &Reader<'_>, text: &str) -> Option<String> {
    values::name(text)
        .map_err(|message| {
            let place = reader.context.source.place_of(reader.section);
            let diagnostic = Diagnostic::error(place, message + &reader.suffix).about(reader.section, None);
            let help = "a name must not contain a space, a colon or a slash";
            reader.context.report.add(diagnostic.with_help(help));
        })
        .ok()
}

/// `[group:x]`.
fn of_several<'c>(
    context: &'c Context<'c>,
    section: &'c str,
    grouped: &mut HashSet<&'c str>,
) -> Option<Group> {
    let reader = Reader::with_here(context, section);
    let name = checked_name(&reader, after_colon(section));
    let programs =
        reader.typed(&keys::PROGRAMS, |text| Ok(values::list_of_strings(text))).unwrap_or_default();
    let priority = reader.integer(&keys::PRIORITY).value;
    let name = name?;
    let mut members = Members::default();
    // The original names the section it looked at last, so from the second program on not the group.
    let mut blamed = section;
    for program in &programs {
        let Some(member) = member(&reader, blamed, program) else { continue };
        blamed = member;
        grouped.insert(member);
        let kind = if member.starts_with("fcgi") { Processes::GroupedFastCgi } else { Processes::Program };
        for service in processes(context, member, &name, kind) {
            members.add(&reader, service);
        }
    }
    Some(Group { name, priority, kind: GroupKind::Programs, services: members.into_services() })
}

/// The section of a program that a group names.
fn member<'c>(reader: &Reader<'c>, blamed: &str, program: &str) -> Option<&'c str> {
    let sections = &reader.context.source.sections;
    let find =
        |kind: &str| sections.get_key_value(&format!("{kind}:{program}")).map(|(name, _)| name.as_str());
    match (find("program"), find("fcgi-program")) {
        (Some(_), Some(_)) => {
            let message =
                format!("[{blamed}] name {program} is ambiguous (exists as program and fcgi-program)");
            unknown(reader, program, message, "rename one of the two");
            None
        }
        (None, None) => {
            let message = format!("[{blamed}] names unknown program or fcgi-program {program}");
            let known = sections.keys().filter_map(|section| {
                section.strip_prefix("program:").or_else(|| section.strip_prefix("fcgi-program:"))
            });
            let help = match crate::config::supervisord::keys::nearest(program, known) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("add a section [program:{program}], or take the name out"),
            };
            unknown(reader, program, message, &help);
            None
        }
        (found, fastcgi) => found.or(fastcgi),
    }
}

fn unknown(reader: &Reader<'_>, program: &str, message: String, help: &str) {
    let key: &Key = &keys::PROGRAMS;
    let place = match reader.entry(key) {
        Some(entry) if !program.is_empty() => {
            let at = find_item(&entry.value.text, program);
            reader.context.source.place(entry.file, entry.value.span_of(at, at + program.len()))
        }
        _ => reader.place(key),
    };
    reader
        .context
        .report
        .add(Diagnostic::error(place, message).about(reader.section, Some(key.name)).with_help(help));
}

/// Where an item of a list stands, in bytes.
fn find_item(list: &str, item: &str) -> usize {
    let mut at = 0;
    for part in list.split(',') {
        if crate::config::supervisord::python::strip(part) == item {
            return at + part.find(item).unwrap_or(0);
        }
        at += part.len() + 1;
    }
    0
}

/// `[program:x]` outside any group.
fn of_one(context: &Context<'_>, section: &str) -> Option<Group> {
    let reader = Reader::with_here(context, section);
    let name = checked_name(&reader, after_colon(section));
    let priority = reader.integer(&program::PRIORITY).value;
    let name = name?;
    let mut members = Members::default();
    for service in processes(context, section, &name, Processes::Program) {
        members.add(&reader, service);
    }
    Some(Group { name, priority, kind: GroupKind::Programs, services: members.into_services() })
}

/// Services by name. One with a name already there takes its place, as in the original's `dict`.
#[derive(Default)]
pub(crate) struct Members(IndexMap<String, Service>);

impl Members {
    pub(crate) fn add(&mut self, reader: &Reader<'_>, service: Service) {
        let (name, section) = (service.name.clone(), reader.section);
        if self.0.insert(name.clone(), service).is_some() {
            let message =
                format!("[{section}] has several processes named {name}, of which the last one counts");
            let place = reader.context.source.place_of(section);
            reader.context.report.add_logged(Diagnostic::warning(place, message).about(section, None));
        }
    }

    pub(crate) fn into_services(self) -> Vec<Service> {
        let mut services: Vec<Service> = self.0.into_values().collect();
        services.shrink_to_fit();
        services
    }
}
