//! Reads calls as the original's server does, and answers as Python's client does.
//!
//! The original builds an element tree and replaces the text of each element that it knows by a Python object when the
//! element ends (`supervisor/xmlrpc.py`, `unmarshallers`). What follows from that is kept, since clients in the field lean
//! on it: text counts up to the first child only, an unknown element is its text, `params` and `methodName` count
//! wherever they stand, the last ones win.

use super::number::{parse_date_time, parse_double, parse_int};
use super::value::{Fault, Value};
use crate::wire::base64;
use memchr::{memchr, memmem};
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::vec::Drain;

/// Elements that may be open at once. A value inside of another needs four of them, so structs of arrays may nest more
/// than 15 deep; the deepest that a client sends, a multicall, is 3.
pub const DEPTH: usize = 128;

/// Elements that one call may have. A multicall needs about ten for each of its calls. Each costs some 150 bytes while
/// it is read, so this bounds what a small but hostile body can make us allocate to about 10 MiB.
pub const ELEMENTS: usize = 1 << 16;

/// What a client asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Name of the method, never empty; not checked any further.
    pub method: String,
    /// Its parameters; none where the client left them out.
    pub params: Vec<Value>,
}

/// What a server answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// The method returned this.
    Value(Value),
    /// The method failed.
    Fault(Fault),
}

/// Why a text is neither call nor answer. A server answers 400 to both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// Not XML, not XML-RPC, or beyond a limit; with the reason.
    Unmarshallable(&'static str),
    /// A call that does not name a method.
    NoMethod,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmarshallable(reason) => write!(f, "unmarshallable: {reason}"),
            Self::NoMethod => f.write_str("no method name"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Reads a call.
///
/// # Errors
///
/// The text is not UTF-8, not well-formed XML, has a document type, nests deeper than [`DEPTH`], has more than
/// [`ELEMENTS`] elements, a value that does not fit its tag, or no method name.
pub fn decode_call(body: &[u8]) -> Result<Call, DecodeError> {
    let read = read(body, Dialect::Call)?;
    let method = read.method.filter(|name| !name.is_empty()).ok_or(DecodeError::NoMethod)?;
    Ok(Call { method, params: read.params.unwrap_or_default() })
}

/// Reads an answer. The number of elements is not bounded: the server is one that the user chose, and a list of all
/// processes may be long.
///
/// # Errors
///
/// As [`decode_call`], or there is neither a result nor a fault in it.
pub fn decode_response(body: &[u8]) -> Result<Reply, DecodeError> {
    let read = read(body, Dialect::Response)?;
    if let Some(fault) = read.fault {
        let code = fault.get("faultCode").and_then(Value::as_int).and_then(|code| i32::try_from(code).ok());
        let text = fault.get("faultString").and_then(Value::as_str);
        let (Some(code), Some(text)) = (code, text) else { return wrong("a fault without code or text") };
        return Ok(Reply::Fault(Fault { code, text: text.to_owned() }));
    }
    match read.params.unwrap_or_default().into_iter().next() {
        Some(value) => Ok(Reply::Value(value)),
        None => wrong("neither a result nor a fault"),
    }
}

fn wrong<T>(reason: &'static str) -> Result<T, DecodeError> {
    Err(DecodeError::Unmarshallable(reason))
}

/// What ends a CDATA section, and must not stand anywhere else.
const CDATA_END: &[u8] = b"]]>";

/// Members of a struct up to which a name is looked for one by one.
const FEW: usize = 32;

/// Which side wrote the text; the readers of the two differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Call,
    Response,
}

/// An element that we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Int,
    Boolean,
    Text,
    Double,
    DateTime,
    Base64,
    Nil,
    Array,
    Data,
    Struct,
    Value,
    Param,
    Params,
    MethodName,
    Fault,
    Unknown,
}

impl Tag {
    fn named(name: &str, dialect: Dialect) -> Self {
        match name {
            "value" => Self::Value,
            "string" => Self::Text,
            "int" | "i4" => Self::Int,
            "boolean" => Self::Boolean,
            "struct" => Self::Struct,
            "array" => Self::Array,
            "data" => Self::Data,
            "double" => Self::Double,
            "dateTime.iso8601" => Self::DateTime,
            "base64" => Self::Base64,
            "param" => Self::Param,
            "params" => Self::Params,
            "methodName" => Self::MethodName,
            // The original's server does not know these; Python's client does.
            "nil" if dialect == Dialect::Response => Self::Nil,
            "i1" | "i2" | "i8" | "biginteger" if dialect == Dialect::Response => Self::Int,
            "float" if dialect == Dialect::Response => Self::Double,
            "fault" if dialect == Dialect::Response => Self::Fault,
            _ => Self::Unknown,
        }
    }
}

/// An element that is open.
struct Open<'a> {
    tag: Tag,
    /// What stands before the first child.
    text: Cow<'a, str>,
    /// Where among the closed elements its children begin.
    children: usize,
}

/// An element that has ended.
struct Closed {
    /// What became of its text; nil where it had none.
    value: Value,
    /// What became of its children, where nothing was made of the element itself: a struct looks at the children of its
    /// members.
    children: Vec<Value>,
}

/// What was found in a text.
#[derive(Default)]
struct Found {
    method: Option<String>,
    params: Option<Vec<Value>>,
    fault: Option<Value>,
}

/// A text half read.
struct Reading<'a> {
    dialect: Dialect,
    open: Vec<Open<'a>>,
    /// Elements that have ended inside of those that are open.
    closed: Vec<Closed>,
    /// Elements seen so far.
    elements: usize,
    /// The outermost element has ended.
    complete: bool,
    /// `]]>` stands somewhere in the text; mostly it does not, and need not be looked for in every piece.
    has_cdata_end: bool,
    found: Found,
}

fn read(body: &[u8], dialect: Dialect) -> Result<Found, DecodeError> {
    let text = std::str::from_utf8(body).or(wrong("not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_characters(text)?;
    let text = normalise_line_ends(text);
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_comments = true;
    let mut reading = Reading {
        dialect,
        open: Vec::with_capacity(16),
        closed: Vec::with_capacity(16),
        elements: 0,
        complete: false,
        has_cdata_end: memmem::find(text.as_bytes(), CDATA_END).is_some(),
        found: Found::default(),
    };
    let mut first = true;
    loop {
        let event = reader.read_event().or(wrong("not well-formed"))?;
        match event {
            Event::Decl(declaration) if first && declaration.version().is_ok() => {}
            Event::Decl(_) => return wrong("a declaration that is wrong or not at the start"),
            Event::DocType(_) => return wrong("document types are refused"),
            Event::Comment(_) | Event::PI(_) => {}
            Event::Start(start) => reading.start(&start)?,
            Event::Empty(start) => {
                reading.start(&start)?;
                reading.end()?;
            }
            Event::End(_) => reading.end()?,
            Event::Text(piece) => reading.plain_text(piece.into_inner())?,
            Event::CData(piece) => reading.text(piece.into_inner())?,
            Event::GeneralRef(name) => reading.reference(&name)?,
            Event::Eof => break,
        }
        first = false;
    }
    if reading.complete { Ok(reading.found) } else { wrong("no element, or one that does not end") }
}

/// Refuses what XML 1.0 does not count among the characters, wherever it stands (section 2.2).
fn check_characters(text: &str) -> Result<(), DecodeError> {
    let bytes = text.as_bytes();
    let control = bytes.iter().any(|b| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r'));
    // U+FFFE and U+FFFF.
    let no_character = |at: usize| matches!(bytes.get(at + 1..at + 3), Some([0xbf, 0xbe | 0xbf]));
    if control || memchr::memchr_iter(0xef, bytes).any(no_character) {
        return wrong("a character that XML does not know");
    }
    Ok(())
}

/// Every line end becomes a newline before anything else is looked at (XML 1.0, section 2.11).
fn normalise_line_ends(text: &str) -> Cow<'_, str> {
    if memchr(b'\r', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

impl<'a> Reading<'a> {
    fn start(&mut self, start: &BytesStart<'a>) -> Result<(), DecodeError> {
        if self.complete {
            return wrong("a second outermost element");
        }
        self.elements += 1;
        if self.open.len() >= DEPTH {
            return wrong("nested too deep");
        }
        if self.dialect == Dialect::Call && self.elements > ELEMENTS {
            return wrong("too many elements");
        }
        if !start.attributes_raw().is_empty() && start.attributes().any(|attribute| attribute.is_err()) {
            return wrong("not well-formed");
        }
        let name = start.name().into_inner();
        let tag = Tag::named(name, self.dialect);
        if tag == Tag::Unknown && !is_name(name) {
            return wrong("not well-formed");
        }
        self.open.push(Open { tag, text: Cow::Borrowed(""), children: self.closed.len() });
        Ok(())
    }

    fn end(&mut self) -> Result<(), DecodeError> {
        let Some(ended) = self.open.pop() else { return wrong("an end without a start") };
        let children = self.closed.drain(ended.children..);
        let closed = close(ended.tag, ended.text, children, &mut self.found)?;
        self.closed.push(closed);
        self.complete = self.open.is_empty();
        Ok(())
    }

    /// Text that is not in a CDATA section, without its references.
    fn plain_text(&mut self, piece: Cow<'a, str>) -> Result<(), DecodeError> {
        if self.open.is_empty() && piece.bytes().all(|b| b.is_ascii_whitespace()) {
            return Ok(());
        }
        if self.has_cdata_end && memmem::find(piece.as_bytes(), CDATA_END).is_some() {
            return wrong("not well-formed");
        }
        self.text(piece)
    }

    fn text(&mut self, piece: Cow<'a, str>) -> Result<(), DecodeError> {
        let Some(element) = self.open.last_mut() else { return wrong("text outside of all elements") };
        if self.closed.len() > element.children {
            return Ok(());
        }
        if element.text.is_empty() {
            element.text = piece;
        } else {
            element.text.to_mut().push_str(&piece);
        }
        Ok(())
    }

    /// `&name;`: a character by number, or one of the five names that need no declaration.
    fn reference(&mut self, name: &BytesRef<'a>) -> Result<(), DecodeError> {
        let character = name.resolve_char_ref().or(wrong("a reference to no character"))?;
        if let Some(character) = character {
            check_characters(character.encode_utf8(&mut [0; 4]))?;
            return self.text(Cow::Owned(character.into()));
        }
        match resolve_xml_entity(name) {
            Some(text) => self.text(Cow::Borrowed(text)),
            None => wrong("an unknown entity"),
        }
    }
}

/// What becomes of an element when it ends.
fn close(
    tag: Tag,
    text: Cow<'_, str>,
    mut children: Drain<'_, Closed>,
    found: &mut Found,
) -> Result<Closed, DecodeError> {
    let value = match tag {
        Tag::Int => Value::Int(parse_int(&text).ok_or(DecodeError::Unmarshallable("not a whole number"))?),
        Tag::Boolean => Value::Bool(text == "1"),
        Tag::Text => Value::Text(text.into_owned()),
        Tag::Double => Value::Double(parse_double(&text).ok_or(DecodeError::Unmarshallable("not a number"))?),
        Tag::DateTime => {
            Value::DateTime(parse_date_time(&text).ok_or(DecodeError::Unmarshallable("not a date"))?)
        }
        Tag::Base64 => base64_text(&text)?,
        Tag::Nil => Value::Nil,
        Tag::Array | Tag::Param => first(&mut children)?,
        Tag::Data => Value::Array(values(children)),
        Tag::Struct => Value::Struct(members(children)?),
        Tag::Value if children.len() == 0 => Value::Text(text.into_owned()),
        Tag::Value => first(&mut children)?,
        Tag::Params => {
            found.params = Some(values(children));
            text_or_nil(text)
        }
        Tag::MethodName => {
            found.method = Some(text.clone().into_owned());
            return Ok(Closed { value: text_or_nil(text), children: values(children) });
        }
        Tag::Fault => {
            found.fault = Some(first(&mut children)?);
            Value::Nil
        }
        Tag::Unknown => return Ok(Closed { value: text_or_nil(text), children: values(children) }),
    };
    Ok(Closed { value, children: Vec::new() })
}

/// Whether this can be the name of an element. Letters outside of ASCII are not looked at any closer.
fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    let starts =
        characters.next().is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '_' | ':') || !c.is_ascii());
    starts
        && characters
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '-' | '.') || !c.is_ascii())
}

fn text_or_nil(text: Cow<'_, str>) -> Value {
    if text.is_empty() { Value::Nil } else { Value::Text(text.into_owned()) }
}

fn values(children: Drain<'_, Closed>) -> Vec<Value> {
    children.map(|child| child.value).collect()
}

fn first(children: &mut Drain<'_, Closed>) -> Result<Value, DecodeError> {
    let first = children.next().map(|child| child.value);
    first.ok_or(DecodeError::Unmarshallable("an element without its value"))
}

/// The original makes text of the bytes at once.
fn base64_text(text: &str) -> Result<Value, DecodeError> {
    let bytes =
        base64::decode(text.as_bytes()).ok_or(DecodeError::Unmarshallable("base64 without its padding"))?;
    String::from_utf8(bytes).map(Value::Text).or(wrong("base64 of something that is not UTF-8"))
}

/// Name and value of each member. A name that comes again takes the place of the former, as in a Python dictionary.
fn members(children: Drain<'_, Closed>) -> Result<Vec<(Cow<'static, str>, Value)>, DecodeError> {
    let mut found: Vec<(Cow<'static, str>, Value)> = Vec::with_capacity(children.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for child in children {
        let (name, value) = member(child)?;
        let place = if found.len() <= FEW {
            found.iter().position(|(known, _)| *known == name)
        } else {
            if places.is_empty() {
                places.extend(found.iter().enumerate().map(|(at, (known, _))| (known.to_string(), at)));
            }
            places.get(&name).copied()
        };
        match place.and_then(|place| found.get_mut(place)) {
            Some(member) => member.1 = value,
            None => {
                if !places.is_empty() {
                    places.insert(name.clone(), found.len());
                }
                found.push((Cow::Owned(name), value));
            }
        }
    }
    Ok(found)
}

fn member(child: Closed) -> Result<(String, Value), DecodeError> {
    let Ok([name, value]) = <[Value; 2]>::try_from(child.children) else {
        return wrong("a member is not a name and a value");
    };
    match name {
        Value::Text(name) => Ok((name, value)),
        Value::Nil => Ok((String::new(), value)),
        Value::Int(_)
        | Value::Bool(_)
        | Value::Double(_)
        | Value::DateTime(_)
        | Value::Array(_)
        | Value::Struct(_) => wrong("the name of a member is not text"),
    }
}
