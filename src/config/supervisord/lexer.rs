//! Lines of one file to sections, options and values with their positions, as Python's `configparser` reads them with
//! the settings of Supervisor: `;` and `#` comments also behind white space, continuation lines, `=` or `:`. Merges
//! nothing and knows no option; `source.rs` does the one, `keys` the other.

use crate::base::text::python_repr;
use crate::config::supervisord::python::{is_space, rstrip, strip};
use crate::config::supervisord::text::lines;

/// A stretch of one line, in characters from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The line.
    pub line: u32,
    /// Its first character.
    pub column: u32,
    /// How many characters.
    pub length: u32,
}

/// A value with the positions of its lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Value {
    /// The lines, without the space around each, joined by `\n`.
    pub text: String,
    /// Where the first line stands.
    pub span: Span,
    /// Where the further lines stand: offset in the text in bytes, and position.
    pub continued: Vec<(usize, Span)>,
}

/// What a file consists of, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// `[name]`.
    Section {
        /// The name as it stands between the brackets.
        name: String,
        /// Where the brackets stand.
        span: Span,
    },
    /// `key = value`; the key in lower case.
    Option {
        /// The key.
        key: String,
        /// Where the key stands.
        span: Span,
        /// The value.
        value: Value,
    },
}

/// A line that is none of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Where it is.
    pub span: Span,
    /// The line as Python quotes it.
    pub repr: String,
}

/// A file taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lexed {
    /// Sections and options.
    pub items: Vec<Item>,
    /// The first line before any section. What follows it up to the first section is skipped.
    pub headless: Option<BadLine>,
    /// Lines that cannot be read.
    pub bad_lines: Vec<BadLine>,
}

/// Takes a file apart.
#[must_use]
pub fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer::default();
    for (index, (line, ended)) in lines(text).enumerate() {
        lexer.line(u32::try_from(index + 1).unwrap_or(u32::MAX), line, ended);
    }
    lexer.finish_value();
    lexer.lexed
}

#[derive(Default)]
struct Lexer {
    lexed: Lexed,
    in_section: bool,
    /// Whether the last item is an option that further lines can continue.
    in_option: bool,
    /// Indentation of the line that a continuation must exceed.
    indent: usize,
}

/// Where a comment starts, in bytes. Not simply the first mark behind a space: the original looks at the first `;` and
/// the first `#`, then at the second of each, and stops as soon as one of a pair counts.
fn comment_start(line: &str) -> Option<usize> {
    if strip(line).starts_with(['#', ';']) {
        return Some(0);
    }
    let counts =
        |&at: &usize| line.get(..at).is_some_and(|before| before.chars().next_back().is_none_or(is_space));
    let mut semicolons = memchr::memchr_iter(b';', line.as_bytes());
    let mut hashes = memchr::memchr_iter(b'#', line.as_bytes());
    loop {
        let (semicolon, hash) = (semicolons.next(), hashes.next());
        if semicolon.is_none() && hash.is_none() {
            return None;
        }
        let found = [semicolon.filter(counts), hash.filter(counts)].into_iter().flatten().min();
        if found.is_some() {
            return found;
        }
    }
}

fn count(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

impl Lexer {
    fn line(&mut self, number: u32, line: &str, ended: bool) {
        let comment = comment_start(line);
        let content = strip(comment.and_then(|at| line.get(..at)).unwrap_or(line));
        if content.is_empty() {
            if comment.is_none() {
                self.blank();
            }
            return;
        }
        // `content` is a part of `line`, so its indentation is what was stripped in front.
        let leading: String = line.chars().take_while(|&c| is_space(c)).collect();
        let indent = leading.chars().count();
        let column = u32::try_from(indent + 1).unwrap_or(u32::MAX);
        let span = Span { line: number, column, length: count(content) };
        if self.in_option && indent > self.indent {
            self.continuation(content, span);
            return;
        }
        self.indent = indent;
        let bad = || BadLine {
            span,
            repr: python_repr(&if ended { format!("{line}\n") } else { line.to_owned() }),
        };
        if let Some((name, length)) = header(content) {
            self.finish_value();
            self.in_option = false;
            self.in_section = true;
            self.lexed.items.push(Item::Section { name: name.to_owned(), span: Span { length, ..span } });
        } else if !self.in_section {
            self.lexed.headless.get_or_insert_with(bad);
        } else if !self.option(content, span) {
            self.lexed.bad_lines.push(bad());
        }
    }

    /// An empty line inside a value is part of it.
    fn blank(&mut self) {
        if let Some(value) = self.open_value() {
            value.text.push('\n');
        }
    }

    fn continuation(&mut self, content: &str, span: Span) {
        if let Some(value) = self.open_value() {
            value.text.push('\n');
            value.continued.push((value.text.len(), span));
            value.text.push_str(content);
        }
    }

    fn open_value(&mut self) -> Option<&mut Value> {
        if !self.in_option {
            return None;
        }
        match self.lexed.items.last_mut() {
            Some(Item::Option { value, .. }) => Some(value),
            _ => None,
        }
    }

    /// Empty lines at the end of a value are not part of it.
    fn finish_value(&mut self) {
        if let Some(value) = self.open_value() {
            value.text.truncate(rstrip(&value.text).len());
            value.text.shrink_to_fit();
        }
    }

    /// Reads `key = value`; false where the line has no delimiter, or nothing before it.
    fn option(&mut self, content: &str, span: Span) -> bool {
        let Some(at) = memchr::memchr2(b'=', b':', content.as_bytes()) else { return false };
        let (key, rest) = content.split_at(at);
        let key = rstrip(key);
        self.finish_value();
        if key.is_empty() {
            // The original goes on as if an option without a name had begun: nothing continues it.
            self.in_option = false;
            return false;
        }
        let value = rest.get(1..).unwrap_or_default();
        let text = strip(value);
        let before = content.len() - value.len() + (value.len() - value.trim_start_matches(is_space).len());
        let column = span.column.saturating_add(count(content.get(..before).unwrap_or_default()));
        self.in_option = true;
        self.lexed.items.push(Item::Option {
            key: key.to_lowercase(),
            span: Span { length: count(key), ..span },
            value: Value {
                text: text.to_owned(),
                span: Span { column, length: count(text), ..span },
                continued: Vec::new(),
            },
        });
        true
    }
}

/// The name between the first bracket and the last closing one, and the length of both with it.
fn header(content: &str) -> Option<(&str, u32)> {
    let inside = content.strip_prefix('[')?;
    let name = inside.get(..inside.rfind(']')?)?;
    (!name.is_empty()).then(|| (name, count(name).saturating_add(2)))
}

impl Value {
    /// The position of a stretch of the text, in bytes. It ends with its line.
    #[must_use]
    pub fn span_of(&self, start: usize, end: usize) -> Span {
        let line = self.continued.iter().rev().find(|(offset, _)| *offset <= start);
        let (offset, span) = line.map_or((0, self.span), |&(offset, span)| (offset, span));
        let before = count(self.text.get(offset..start).unwrap_or_default());
        let length =
            count(self.text.get(start..end).unwrap_or_default().split('\n').next().unwrap_or_default());
        Span { line: span.line, column: span.column.saturating_add(before), length }
    }

    /// Puts a text in place of every occurrence of another, as `str.replace` does.
    pub fn replace(&mut self, old: &str, new: &str) {
        let mut out = String::with_capacity(self.text.len());
        let mut shifted = Vec::with_capacity(self.continued.len());
        let mut lines = self.continued.iter().peekable();
        let mut read = 0;
        for (at, _) in self.text.match_indices(old) {
            while let Some((offset, span)) = lines.next_if(|(offset, _)| *offset <= at) {
                shifted.push((out.len() + offset - read, *span));
            }
            out.push_str(self.text.get(read..at).unwrap_or_default());
            out.push_str(new);
            read = at + old.len();
        }
        for (offset, span) in lines {
            shifted.push((out.len() + offset - read, *span));
        }
        out.push_str(self.text.get(read..).unwrap_or_default());
        self.text = out;
        self.continued = shifted;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sections as `[name]`, options as `key=value`.
    fn shown(text: &str) -> Vec<String> {
        lex(text)
            .items
            .into_iter()
            .map(|item| match item {
                Item::Section { name, .. } => format!("[{name}]"),
                Item::Option { key, value, .. } => format!("{key}={}", value.text),
            })
            .collect()
    }

    fn value(text: &str) -> String {
        shown(&format!("[s]\nk={text}")).last().cloned().unwrap_or_default()
    }

    #[test]
    fn comments_start_behind_white_space() {
        for (text, wanted) in [
            ("v;x", "k=v;x"),
            ("v ;x", "k=v"),
            ("v\t#x", "k=v"),
            ("v#x", "k=v#x"),
            ("'a ; b'", "k='a"),
            ("a;b;c ;x #y", "k=a;b;c ;x"),
            ("a;b #x", "k=a;b"),
        ] {
            assert_eq!(value(text), wanted, "{text}");
        }
    }

    #[test]
    fn values_go_on_in_deeper_lines() {
        assert_eq!(value("a\n  b\n\n  ;c\n  d ;e\n\n\nx=1"), "x=1");
        assert_eq!(shown("[s]\nk=a\n  b\n\n  ;c\n  d ;e\n\n\nx=1")[1], "k=a\nb\n\nd");
        assert_eq!(shown("[s]\nk=\n  b")[1], "k=\nb");
        assert_eq!(shown("[s]\n  k=a\n  b=c"), ["[s]", "k=a", "b=c"]);
        assert_eq!(shown("[s]\n  k=a\n b=c\n  d=e"), ["[s]", "k=a", "b=c\nd=e"]);
        assert_eq!(shown("[s]\n  k=a"), ["[s]", "k=a"]);
    }

    #[test]
    fn headers_reach_to_the_last_bracket() {
        assert_eq!(shown("[b ] x\n[a]b]c\n [d]=e"), ["[b ]", "[a]b]", "[d]"]);
        assert_eq!(shown("[s]\n[]=x"), ["[s]", "[]=x"]);
        assert_eq!(lex("[s]\n[]\n[\n").bad_lines.len(), 2);
    }

    #[test]
    fn keys_are_lower_case_up_to_the_first_delimiter() {
        assert_eq!(shown("[s]\nA B : c=d"), ["[s]", "a b=c=d"]);
        assert_eq!(shown("[s]\nk==x"), ["[s]", "k==x"]);
        assert_eq!(shown("[s]\r\nk=\r\n"), ["[s]", "k="]);
    }

    #[test]
    fn bad_lines_are_all_kept() {
        let lexed = lex("[s]\nfoo\n=bar\n  baz\nk=v\nlast");
        let bad: Vec<_> = lexed.bad_lines.iter().map(|bad| (bad.span.line, bad.repr.as_str())).collect();
        assert_eq!(bad, [(2, "'foo\\n'"), (3, "'=bar\\n'"), (4, "'  baz\\n'"), (6, "'last'")]);
        assert_eq!(lex("\u{feff}[s]\nk=v").headless.unwrap().repr, "'\\ufeff[s]\\n'");
    }

    #[test]
    fn positions_count_characters() {
        let lexed = lex("[s]\nk = ö %(x)s ; c\n   más %(y)s\n");
        let Some(Item::Option { span, value, .. }) = lexed.items.last() else { panic!("an option") };
        assert_eq!(*span, Span { line: 2, column: 1, length: 1 });
        assert_eq!(value.span, Span { line: 2, column: 5, length: 7 });
        let at = |needle: &str| {
            let start = value.text.find(needle).unwrap();
            value.span_of(start, start + needle.len())
        };
        assert_eq!(at("%(x)s"), Span { line: 2, column: 7, length: 5 });
        assert_eq!(at("%(y)s"), Span { line: 3, column: 8, length: 5 });
        let mut longer = value.clone();
        longer.replace("%(x)s", "/somewhere/else");
        let start = longer.text.find("%(y)s").unwrap();
        assert_eq!(longer.span_of(start, start + 5), Span { line: 3, column: 8, length: 5 });
    }

    /// Every prefix of a file, and every file with one byte changed, is read without a panic.
    #[test]
    fn nothing_panics() {
        let text = "[DEFAULT]\na=1\n[s] ; x\n  k : v\n\tw ö\u{2028}\n\n  [x\n=y\n[]\nlast = %(here)s #c\r\n";
        for end in 0..=text.len() {
            let Some(part) = text.get(..end) else { continue };
            let lexed = lex(part);
            for item in lexed.items {
                if let Item::Option { mut value, .. } = item {
                    value.replace("%(here)s", "");
                    for start in 0..value.text.len() + 2 {
                        let _ = value.span_of(start, start + 3);
                    }
                }
            }
        }
        for at in 0..text.len() {
            for byte in [0, b'\n', b' ', b'[', b']', b'=', b';', 0xff] {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] = byte;
                let _ = lex(&String::from_utf8_lossy(&bytes));
            }
        }
    }
}
