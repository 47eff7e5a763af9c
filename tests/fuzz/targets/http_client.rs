//! Answers to the client: the same whatever the cuts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onevisor::wire::http::{Reader, ReplyError, ReplyHead};

type Read = Result<(Option<ReplyHead>, Vec<u8>, bool, bool, Result<(), ReplyError>), ReplyError>;

fn read(pieces: &[&[u8]], head_only: bool) -> Read {
    let (mut reader, mut body) = (Reader::new(head_only), Vec::new());
    for piece in pieces {
        reader.feed(piece, &mut body)?;
    }
    let (done, reusable) = (reader.is_done(), reader.is_reusable());
    assert!(done || !reusable);
    let finished = reader.finish();
    assert!(!reader.is_reusable(), "nothing can be sent on a closed connection");
    Ok((reader.head().cloned(), body, done, reusable, finished))
}

fuzz_target!(|input: &[u8]| {
    let Some((&kind, input)) = input.split_first() else { return };
    let (stream, pieces) = onevisor_fuzz::stream_and_pieces(input);
    let head_only = kind & 1 == 1;
    let whole = read(&[stream], head_only);
    assert_eq!(read(&pieces, head_only), whole);
    if let Ok((Some(head), body, ..)) = whole {
        assert!((200..1000).contains(&head.status));
        assert!(!head_only || body.is_empty());
        assert!(body.len() <= stream.len());
    }
});
