//! Files to one set of sections: the main file, what `[include]` names, `%(here)s` put in as text, later values over
//! earlier ones, every section and value with the file it came from. Types nothing.

use crate::config::supervisord::expand::{Names, expand};
use crate::config::supervisord::keys::include;
use crate::config::supervisord::lexer::{BadLine, Item, Span, Value, lex};
use crate::config::supervisord::python::{absolute, dirname, join, words};
use crate::config::supervisord::report::Report;
use crate::config::supervisord::text::decode;
use crate::config::{Diagnostic, World, diagnostic::Place};
use indexmap::IndexMap;

const HERE: &str = "%(here)s";

/// One option as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Index of the file.
    pub(crate) file: usize,
    /// Where the key stands.
    pub(crate) key: Span,
    /// What it is set to.
    pub(crate) value: Value,
}

/// One section, merged from wherever it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Section {
    /// Index of the file in which it was first written.
    pub(crate) file: usize,
    /// Where it was first written.
    pub(crate) span: Span,
    /// Its own options, without those of `[DEFAULT]`.
    pub(crate) entries: IndexMap<String, Entry>,
}

/// All files of a configuration, read and merged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Source {
    /// The files by index, as they were named; the main file first.
    pub(crate) files: Vec<String>,
    /// `[DEFAULT]`: options that every section has.
    pub(crate) defaults: Section,
    /// The sections in the order in which they were first met.
    pub(crate) sections: IndexMap<String, Section>,
}

/// What reading the files needs besides them.
pub(crate) struct Surroundings<'a> {
    pub(crate) world: &'a dyn World,
    pub(crate) report: &'a Report,
    /// The environment with `ENV_` in front of the names.
    pub(crate) environment: &'a IndexMap<String, String>,
    pub(crate) host_name: &'a str,
}

impl Source {
    /// The option of a section, or its default from `[DEFAULT]`.
    pub(crate) fn entry(&self, section: &str, key: &str) -> Option<&Entry> {
        let own = self.sections.get(section)?.entries.get(key);
        own.or_else(|| self.defaults.entries.get(key))
    }

    /// The file of a section as the original names it in errors.
    pub(crate) fn file_of(&self, section: &str) -> &str {
        self.sections.get(section).map_or("", |section| self.file(section.file))
    }

    /// The name of a file.
    pub(crate) fn file(&self, index: usize) -> &str {
        self.files.get(index).map_or("", String::as_str)
    }

    /// A place in a file.
    pub(crate) fn place(&self, file: usize, span: Span) -> Place {
        Place { file: self.file(file).to_owned(), line: span.line, column: span.column, length: span.length }
    }

    /// Where a section was first written; the whole main file if it was not.
    pub(crate) fn place_of(&self, section: &str) -> Place {
        match self.sections.get(section) {
            Some(section) => self.place(section.file, section.span),
            None => self.place(0, Span::default()),
        }
    }

    /// Merges one file. Returns the sections that it touched, and whether it touched `[DEFAULT]`.
    fn merge(&mut self, name: &str, bytes: Vec<u8>, report: &Report) -> (Vec<usize>, bool) {
        let file = self.files.len();
        self.files.push(name.to_owned());
        let decoded = decode(bytes);
        let lexed = lex(&decoded.text);
        if let Some((message, _)) = decoded.error {
            let wrong = decoded.text.split_once(char::REPLACEMENT_CHARACTER).map_or("", |(before, _)| before);
            let line = u32::try_from(wrong.matches('\n').count() + 1).unwrap_or(u32::MAX);
            let last = wrong.rsplit('\n').next().unwrap_or_default();
            let column = u32::try_from(last.chars().count() + 1).unwrap_or(u32::MAX);
            let place = self.place(file, Span { line, column, length: 1 });
            report.add(Diagnostic::error(place, message).with_help("save the file as UTF-8"));
        }
        self.complain(file, lexed.headless.as_ref(), &lexed.bad_lines, report);
        self.merge_items(file, lexed.items)
    }

    fn merge_items(&mut self, file: usize, items: Vec<Item>) -> (Vec<usize>, bool) {
        let mut touched = Vec::new();
        let mut touched_defaults = false;
        let mut current = None;
        for item in items {
            match item {
                Item::Section { name, .. } if name == "DEFAULT" => {
                    touched_defaults = true;
                    current = None;
                }
                Item::Section { name, span } => {
                    let entry = self.sections.entry(name);
                    let index = entry.index();
                    entry.or_insert_with(|| Section { file, span, entries: IndexMap::new() });
                    touched.push(index);
                    current = Some(index);
                }
                Item::Option { key, span, value } => {
                    let section = current.and_then(|index| self.sections.get_index_mut(index));
                    let section = section.map_or(&mut self.defaults, |(_, section)| section);
                    section.entries.insert(key, Entry { file, key: span, value });
                }
            }
        }
        (touched, touched_defaults)
    }

    fn complain(&self, file: usize, headless: Option<&BadLine>, bad_lines: &[BadLine], report: &Report) {
        let name = crate::base::text::python_repr(self.file(file));
        if let Some(bad) = headless {
            let message = format!(
                "File contains no section headers.\nfile: {name}, line: {}\n{}",
                bad.span.line, bad.repr
            );
            let help = if bad.repr.starts_with("'\\ufeff") {
                "the file starts with a byte order mark; save it as UTF-8 without one"
            } else {
                "a file starts with a section such as [supervisord]"
            };
            report.add(Diagnostic::error(self.place(file, bad.span), message).with_help(help));
        }
        // One error of the original lists all such lines; the first diagnostic carries it, the others their own line.
        let list: String =
            bad_lines.iter().map(|bad| format!("\n\t[line {:>2}]: {}", bad.span.line, bad.repr)).collect();
        for (index, bad) in bad_lines.iter().enumerate() {
            let message = if index == 0 {
                format!("Source contains parsing errors: {name}{list}")
            } else {
                format!("Source contains parsing errors: {name}\n\t[line {:>2}]: {}", bad.span.line, bad.repr)
            };
            let help =
                "an option is written key = value, a section [name]; what continues a value is indented";
            report.add(Diagnostic::error(self.place(file, bad.span), message).with_help(help));
        }
    }

    /// `%(here)s` in the sections just read becomes the folder of their file. An option of `[DEFAULT]` with it becomes
    /// the section's own, as the original does it; `[DEFAULT]` itself keeps it for sections still to come.
    fn expand_here(&mut self, here: &str, touched: &[usize], touched_defaults: bool) {
        let inherited: Vec<(String, Entry)> = self
            .defaults
            .entries
            .iter()
            .filter(|(_, entry)| entry.value.text.contains(HERE))
            .map(|(key, entry)| (key.clone(), entry.clone()))
            .collect();
        let all = touched_defaults.then_some(0..self.sections.len()).into_iter().flatten();
        for index in touched.iter().copied().chain(all) {
            let Some((_, section)) = self.sections.get_index_mut(index) else { continue };
            for (key, entry) in &inherited {
                if !section.entries.contains_key(key) {
                    section.entries.insert(key.clone(), entry.clone());
                }
            }
            for entry in section.entries.values_mut() {
                if entry.value.text.contains(HERE) {
                    entry.value.replace(HERE, here);
                }
            }
        }
    }
}

/// Reads the main file and what it includes.
///
/// # Errors
/// The original's text where the main file cannot be found or read.
pub(crate) fn read(path: &str, around: &Surroundings<'_>) -> Result<Source, String> {
    let mut source = Source::default();
    let (touched, defaults) = read_main(&mut source, path, around)?;
    if source.sections.contains_key("include") {
        let current_dir = around.world.current_dir();
        let here = absolute(dirname(path), &current_dir);
        source.expand_here(&here, &touched, defaults);
        follow(&mut source, &here, around, &current_dir);
    }
    Ok(source)
}

/// Reads the main file alone, as the original's supervisorctl does.
pub(crate) fn read_alone(path: &str, around: &Surroundings<'_>) -> Result<Source, String> {
    let mut source = Source::default();
    read_main(&mut source, path, around)?;
    Ok(source)
}

fn read_main(
    source: &mut Source,
    path: &str,
    around: &Surroundings<'_>,
) -> Result<(Vec<usize>, bool), String> {
    if !around.world.exists(path) {
        return Err(format!("could not find config file {path}"));
    }
    let bytes = around.world.read(path).map_err(|_| format!("could not read config file {path}"))?;
    Ok(source.merge(path, bytes, around.report))
}

/// Reads every file that `[include]` of the main file names. What included files say about including is not followed.
fn follow(source: &mut Source, here: &str, around: &Surroundings<'_>, current_dir: &str) {
    let Some(entry) = source.entry("include", include::FILES.name).cloned() else {
        let message = ".ini file has [include] section, but no files setting";
        around
            .report
            .add(Diagnostic::error(source.place_of("include"), message).about("include", Some("files")));
        return;
    };
    let mut names = Names::new(around.environment);
    names.set("here", here);
    names.set("host_node_name", around.host_name);
    let about = |diagnostic: Diagnostic| diagnostic.about("include", Some("files"));
    let patterns = match expand(&entry.value.text, &names, "include.files") {
        Ok(text) => text.into_owned(),
        Err(failure) => {
            let span = entry.value.span_of(failure.start, failure.end);
            let diagnostic = Diagnostic::error(source.place(entry.file, span), failure.message);
            around.report.add(about(diagnostic.with_help(failure.help)));
            return;
        }
    };
    for pattern in words(&patterns) {
        let found_at = entry.value.text.find(pattern).map(|at| entry.value.span_of(at, at + pattern.len()));
        let place = source.place(entry.file, found_at.unwrap_or(entry.value.span));
        let pattern = join(here, pattern);
        let files = around.world.glob(&pattern);
        if files.is_empty() {
            let message = format!("No file matches via include \"{pattern}\"");
            around.report.add_logged(about(Diagnostic::warning(place.clone(), message)));
        }
        for file in files {
            around.report.inform(format!("Included extra file \"{file}\" during parsing"));
            match around.world.read(&file) {
                Ok(bytes) => {
                    let (touched, defaults) = source.merge(&file, bytes, around.report);
                    source.expand_here(&absolute(dirname(&file), current_dir), &touched, defaults);
                }
                Err(why) => {
                    // The original goes on without a word.
                    let message = format!("cannot read included file {file}: {why}");
                    around.report.add(about(Diagnostic::warning(place.clone(), message)));
                }
            }
        }
    }
}
