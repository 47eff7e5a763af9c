//! What the targets share: how an input says where a stream of bytes is cut.

/// Splits an input into a stream and the same stream in pieces: a count, that many lengths, then the stream. The lengths are
/// used over and over; without any, every byte is a piece.
pub fn stream_and_pieces(input: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let Some((&count, rest)) = input.split_first() else { return (input, Vec::new()) };
    let (lengths, stream) = rest.split_at(usize::from(count % 16).min(rest.len()));
    let mut pieces = Vec::new();
    let mut left = stream;
    for at in 0.. {
        if left.is_empty() {
            break;
        }
        let length = lengths.get(at % lengths.len().max(1)).map_or(1, |&length| usize::from(length) + 1);
        let (piece, after) = left.split_at(length.min(left.len()));
        pieces.push(piece);
        left = after;
    }
    (stream, pieces)
}

/// Takes a part of the input, up to a separator.
pub fn part<'a>(input: &mut &'a [u8], separator: u8) -> &'a [u8] {
    let at = input.iter().position(|&byte| byte == separator);
    let (part, after) = at.map_or((*input, &[][..]), |at| (&input[..at], &input[at + 1..]));
    *input = after;
    part
}
