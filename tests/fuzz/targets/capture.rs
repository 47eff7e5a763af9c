//! Capture mode: the same text and the same captures however the output is cut, and not a byte lost or made up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onevisor::wire::capture::{BEGIN, Capture, END, Piece};
use onevisor_fuzz::stream_and_pieces;

/// What came out, adjacent parts joined.
#[derive(Debug, Default, PartialEq, Eq)]
struct Out {
    plain: Vec<u8>,
    inside: Vec<u8>,
    captures: usize,
    /// Captured text where none of it had to be dropped.
    captured: Vec<Vec<u8>>,
    abandoned: Option<Vec<u8>>,
}

fn run<'a>(most: usize, reads: impl IntoIterator<Item = &'a [u8]>) -> Out {
    let mut out = Out::default();
    let mut capture = Capture::new(most);
    let mut take = |piece: Piece<'_>| match piece {
        Piece::Plain(bytes) => out.plain.extend_from_slice(bytes),
        Piece::Inside(bytes) => out.inside.extend_from_slice(bytes),
        Piece::Captured(bytes) => {
            out.captures += 1;
            out.captured.push(bytes.to_vec());
        }
        Piece::Abandoned(bytes) => out.abandoned = Some(bytes.to_vec()),
    };
    for read in reads {
        capture.feed(read, &mut take);
    }
    capture.finish(&mut take);
    out
}

fuzz_target!(|input: &[u8]| {
    let Some((&most, rest)) = input.split_first() else { return };
    let (stream, pieces) = stream_and_pieces(rest);
    // Enough for everything: nothing is dropped, so the cuts must not matter at all.
    let whole = run(usize::MAX, [stream]);
    assert_eq!(run(usize::MAX, pieces.iter().copied()), whole);
    let tags = whole.captures * (BEGIN.len() + END.len())
        + whole.abandoned.as_ref().map_or(0, |_| BEGIN.len());
    assert_eq!(whole.plain.len() + whole.inside.len() + tags, stream.len());
    // With little room the cuts decide what is dropped (as in the original), but never what is logged, nor how much is kept.
    let most = usize::from(most) + 1;
    let longest = pieces.iter().map(|piece| piece.len()).max().unwrap_or(0) + END.len();
    let cut = run(most, pieces);
    assert_eq!((&cut.plain, &cut.inside, cut.captures), (&whole.plain, &whole.inside, whole.captures));
    for text in cut.captured.iter().chain(&cut.abandoned) {
        assert!(text.len() <= most.max(longest), "{} bytes of {most}", text.len());
    }
});
