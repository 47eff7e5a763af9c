//! Reading, following and clearing logs. Mirrors `readFile` and `tailFile` of `supervisor/options.py`.
//!
//! Wanted difference: bytes that are no UTF-8 are an error of the server there. Here they become U+FFFD, except for a
//! character that is cut by an end of the slice: what there is of it is left out. So a client that counts the bytes of
//! what it got and goes on from there loses nothing.

use crate::api::arguments;
use crate::api::dispatch::Call;
use crate::api::fault::Code;
use crate::api::methods::{names, wait};
use crate::api::{Log, Outcome, Refusal, Reply};
use crate::base::ServiceId;
use crate::engine::batch::{self, Scope};
use crate::model::OutputChannel;
use crate::wire::xmlrpc::Value;

/// One call reads no more than this of a log, whatever it asks for, so that the daemon stays small.
const READ_LIMIT: u64 = 64 << 20;

pub(in crate::api) fn read_main(call: &mut Call<'_>) -> Outcome {
    match call.host.main_log() {
        Some(path) => read(call, &Log::File(path), 0),
        None => Err(Code::NoFile.bare().into()),
    }
}

pub(in crate::api) fn read_stdout(call: &mut Call<'_>) -> Outcome {
    read_process(call, OutputChannel::Stdout)
}

pub(in crate::api) fn read_stderr(call: &mut Call<'_>) -> Outcome {
    read_process(call, OutputChannel::Stderr)
}

fn read_process(call: &mut Call<'_>, channel: OutputChannel) -> Outcome {
    let id = one(call)?;
    match call.host.log_of(id, channel) {
        Some(log) => read(call, &log, 1),
        None => Err(Code::NoFile.bare().into()),
    }
}

/// The process that the first parameter names.
fn one(call: &Call<'_>) -> Result<ServiceId, Refusal> {
    let name = arguments::name(call.param(0))?;
    Ok(names::find_one(call.host.engine(), name)?)
}

/// Reads what offset and length say, which are the parameters from `at` on. They are looked at only once the file is known
/// to be there.
fn read(call: &mut Call<'_>, log: &Log, at: usize) -> Outcome {
    let failed = |_| Refusal::from(Code::Failed.bare());
    let size = call.host.log_size(log);
    if let (Ok(None), Log::File(path)) = (&size, log) {
        return Err(Code::NoFile.with(path.display()).into());
    }
    let offset = arguments::whole(call.param(at))?;
    let length = arguments::whole(call.param(at + 1))?;
    let size = size.map_err(failed)?.unwrap_or(0);
    let (start, length) = match (u64::try_from(offset), u64::try_from(length)) {
        (Ok(offset), Ok(0)) => (offset, READ_LIMIT),
        (Ok(offset), Ok(length)) => (offset, length),
        (Err(_), Ok(0)) => (size.saturating_sub(offset.unsigned_abs()), offset.unsigned_abs()),
        (_, _) => return Err(Code::BadArguments.bare().into()),
    };
    if start >= size {
        return Ok(Reply::Now("".into()));
    }
    let bytes = call.host.read_log(log, start, length.min(READ_LIMIT)).map_err(failed)?;
    Ok(Reply::Now(text(bytes, start > 0).into()))
}

pub(in crate::api) fn tail_stdout(call: &mut Call<'_>) -> Outcome {
    tail(call, OutputChannel::Stdout)
}

pub(in crate::api) fn tail_stderr(call: &mut Call<'_>) -> Outcome {
    tail(call, OutputChannel::Stderr)
}

fn tail(call: &mut Call<'_>, channel: OutputChannel) -> Outcome {
    let id = one(call)?;
    let answer = |text: String, offset: i64, overflow: bool| {
        Ok(Reply::Now(Value::Array(vec![text.into(), Value::capped(offset), overflow.into()])))
    };
    let Some(log) = call.host.log_of(id, channel) else { return answer(String::new(), 0, false) };
    let size = call.host.log_size(&log);
    if size == Ok(None) {
        return answer(String::new(), 0, false);
    }
    let offset = arguments::whole(call.param(1))?;
    let length = arguments::whole(call.param(2))?;
    let Ok(size) = size else { return answer(String::new(), offset, false) };
    let size = i64::try_from(size.unwrap_or(0)).unwrap_or(i64::MAX);
    let (start, length, overflow) = slice(size, offset, length);
    if length == 0 {
        return answer(String::new(), size, overflow);
    }
    match call.host.read_log(&log, start, length.min(READ_LIMIT)) {
        Ok(bytes) => answer(text(bytes, start > 0), size, overflow),
        Err(_) => answer(String::new(), offset, false),
    }
}

/// What to read for a tail: start, length, and whether the caller missed something. It comes out as the last `length` bytes
/// unless the caller is at the end already.
fn slice(size: i64, offset: i64, length: i64) -> (u64, u64, bool) {
    let (mut offset, mut length) = (offset, length);
    let overflow = size > offset.saturating_add(length);
    if overflow {
        offset = size.saturating_sub(1);
    }
    if offset.saturating_add(length) > size {
        if offset > size.saturating_sub(1) {
            length = 0;
        }
        offset = size.saturating_sub(length);
    }
    (u64::try_from(offset).unwrap_or(0), u64::try_from(length).unwrap_or(0), overflow)
}

/// Bytes as text; see the head of this file.
fn text(mut bytes: Vec<u8>, cut_at_start: bool) -> String {
    let cut = incomplete_end(&bytes);
    bytes.truncate(bytes.len() - cut);
    if cut_at_start {
        let rest = bytes.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
        bytes.drain(..rest);
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// How many bytes at the end are the beginning of a character.
fn incomplete_end(bytes: &[u8]) -> usize {
    (1..=bytes.len().min(3))
        .find(|&count| {
            let end = bytes.get(bytes.len() - count..).unwrap_or_default();
            std::str::from_utf8(end)
                .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        })
        .unwrap_or(0)
}

pub(in crate::api) fn clear_main(call: &mut Call<'_>) -> Outcome {
    let there = call.host.main_log().is_some_and(|path| call.host.file_size(&path) != Ok(None));
    if !there {
        return Err(Code::NoFile.bare().into());
    }
    call.host.clear_main_log().map_err(|_| Code::Failed.bare())?;
    Ok(Reply::Now(true.into()))
}

pub(in crate::api) fn clear_one(call: &mut Call<'_>) -> Outcome {
    let id = one(call)?;
    let name = arguments::name(call.param(0))?;
    call.host.clear_logs(id).map_err(|_| Code::Failed.with(name))?;
    Ok(Reply::Now(true.into()))
}

pub(in crate::api) fn clear_all(call: &mut Call<'_>) -> Outcome {
    let ids = batch::all(call.host.engine(), Scope::All).unwrap_or_default();
    let batch = wait::Batch::new(call.host, ids, |host, id, name| {
        host.clear_logs(id).map(|()| None).map_err(|_| Code::Failed.with(name).into())
    })?;
    Reply::of(batch, call.host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_are_cut_are_left_out() {
        let euro = "a€b".as_bytes();
        let table: [(&[u8], bool, &str); 9] = [
            (euro, true, "a€b"),
            (&euro[2..], true, "b"),
            (&euro[3..], true, "b"),
            (&euro[..2], true, "a"),
            (&euro[..3], true, "a"),
            (&euro[2..], false, "\u{fffd}\u{fffd}b"),
            (b"\x80\x80\x80\x80x", true, "\u{fffd}x"),
            (b"a\xffb\xff", true, "a\u{fffd}b\u{fffd}"),
            (b"", true, ""),
        ];
        for (bytes, cut, expected) in table {
            assert_eq!(text(bytes.to_vec(), cut), expected, "{bytes:?}");
        }
        let crab = "🦀".as_bytes();
        for length in 1..4 {
            assert_eq!(text(crab[..length].to_vec(), false), "");
        }
    }

    #[test]
    fn tails_are_sliced_as_the_original_does() {
        // size, offset, length; start, length, overflow
        let table = [
            (100, 0, 10, (90, 10, true)),
            (100, 95, 10, (90, 10, false)),
            (100, 100, 10, (100, 0, false)),
            (100, 200, 10, (100, 0, false)),
            (100, 0, 100, (0, 100, false)),
            (100, 0, 200, (0, 200, false)),
            (100, 0, 0, (99, 0, true)),
            (100, -5, 10, (90, 10, true)),
            (100, 0, -10, (99, 0, true)),
            (0, 0, 10, (0, 0, false)),
            (1, i64::MAX, i64::MAX, (1, 0, false)),
        ];
        for (size, offset, length, expected) in table {
            assert_eq!(slice(size, offset, length), expected, "{size} {offset} {length}");
        }
    }
}
