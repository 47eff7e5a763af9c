//! The end of a stream, kept in memory: the last bytes, and where in the whole stream they stand. Pure; knows nothing of
//! what the stream is.

use std::collections::VecDeque;

/// The last bytes of a stream.
#[derive(Debug, Clone, Default)]
pub struct Ring {
    bytes: VecDeque<u8>,
    most: usize,
    end: u64,
}

impl Ring {
    /// Keeps at most this many bytes; memory is taken as they come.
    #[must_use]
    pub fn new(most: usize) -> Ring {
        Ring { bytes: VecDeque::new(), most, end: 0 }
    }

    /// Takes what the stream has got.
    pub fn push(&mut self, data: &[u8]) {
        self.end = self.end.saturating_add(data.len() as u64);
        let data = data.get(data.len().saturating_sub(self.most)..).unwrap_or_default();
        let surplus = (self.bytes.len() + data.len()).saturating_sub(self.most);
        self.bytes.drain(..surplus);
        self.bytes.extend(data);
    }

    /// How long the stream is, with what is not kept any more.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Where what is kept begins.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.end - self.bytes.len() as u64
    }

    /// At most `length` bytes from `offset` on, or from where what is kept begins, if that is later.
    #[must_use]
    pub fn read(&self, offset: u64, length: u64) -> Vec<u8> {
        let skipped = usize::try_from(offset.saturating_sub(self.start())).unwrap_or(usize::MAX);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.bytes.iter().skip(skipped).take(length).copied().collect()
    }

    /// Begins anew, as a file that was emptied.
    pub fn clear(&mut self) {
        self.bytes = VecDeque::new();
        self.end = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_stream_is_kept() {
        let mut ring = Ring::new(5);
        ring.push(b"abc");
        assert_eq!((ring.start(), ring.end(), ring.read(1, 9)), (0, 3, b"bc".to_vec()));
        ring.push(b"defg");
        assert_eq!((ring.start(), ring.end(), ring.read(0, 9)), (2, 7, b"cdefg".to_vec()));
        assert_eq!(ring.read(4, 2), b"ef");
        assert_eq!(ring.read(7, 2), b"");
        ring.push(b"0123456789");
        assert_eq!((ring.start(), ring.end(), ring.read(12, 9)), (12, 17, b"56789".to_vec()));
        ring.clear();
        assert_eq!((ring.start(), ring.end(), ring.read(0, 9)), (0, 0, Vec::new()));
    }

    #[test]
    fn a_ring_of_nothing_keeps_nothing() {
        let mut ring = Ring::new(0);
        ring.push(b"abc");
        assert_eq!((ring.start(), ring.end(), ring.read(0, 9)), (3, 3, Vec::new()));
    }
}
