//! A document as it is read: in memory, or a window of what comes.

use std::io::{self, Read};

/// A text that is taken piece by piece from its beginning.
pub(super) trait Text {
    /// What is at hand and was not taken.
    fn rest(&self) -> &[u8];
    /// Takes so many bytes of it.
    fn take(&mut self, bytes: usize);
    /// Brings more to hand where little is left; nothing once there is no more.
    fn refill(&mut self);
    /// Brings more to hand than there is; `false` where there is no more, or no room.
    fn more(&mut self) -> bool;
}

impl Text for &[u8] {
    fn rest(&self) -> &[u8] {
        self
    }

    fn take(&mut self, bytes: usize) {
        *self = &self[bytes..];
    }

    fn refill(&mut self) {}

    fn more(&mut self) -> bool {
        false
    }
}

/// Bytes at hand, as long as records are no longer.
const WINDOW_BYTES: usize = 256 * 1024;
/// Bytes that are at hand at the beginning of a record, unless the text ends.
const LOW_BYTES: usize = 32 * 1024;
/// The most bytes at hand: more than a record of CloudTrail has.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// What comes from a source.
pub(super) struct Window<R> {
    source: R,
    /// What came and was not thrown away.
    bytes: Vec<u8>,
    /// What lies before was taken.
    taken: usize,
    /// Nothing more comes: the source is at its end, or failed.
    is_over: bool,
    failure: Option<io::Error>,
    /// Of what was thrown away: line breaks, and bytes after the last of them.
    lines: u32,
    column: u32,
}

/// A place in a text. Lines count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextPlace {
    pub(super) line: u32,
    /// Bytes before it in its line.
    pub(super) column: u32,
}

impl<R: Read> Window<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            bytes: Vec::new(),
            taken: 0,
            is_over: false,
            failure: None,
            lines: 0,
            column: 0,
        }
    }

    /// Whether the source failed.
    pub(super) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Where what is left begins.
    pub(super) fn place(&mut self) -> TextPlace {
        self.throw_away();
        TextPlace { line: self.lines, column: self.column }
    }

    /// What is left, with the failure of the source at its end.
    pub(super) fn into_rest(mut self) -> impl Read {
        self.throw_away();
        let Self { source, bytes, is_over, failure, .. } = self;
        let after = After { source: (!is_over).then_some(source), failure };
        io::Cursor::new(bytes).chain(after)
    }

    /// Forgets what was taken.
    fn throw_away(&mut self) {
        let taken = &self.bytes[..self.taken];
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let (lines, column) = match memchr::memrchr(b'\n', taken) {
            Some(last) => {
                (memchr::memchr_iter(b'\n', taken).count(), count(taken.len() - last - 1))
            }
            None => (0, self.column.saturating_add(count(taken.len()))),
        };
        self.lines = self.lines.saturating_add(count(lines));
        self.column = column;
        self.bytes.drain(..self.taken);
        self.taken = 0;
    }

    /// Reads until `size` bytes are at hand, or nothing more comes.
    fn fill(&mut self, size: usize) {
        self.throw_away();
        if self.bytes.capacity() > 2 * WINDOW_BYTES && size <= WINDOW_BYTES {
            self.bytes.shrink_to(size);
        }
        self.bytes.reserve_exact(size.saturating_sub(self.bytes.len()));
        let missing = size.saturating_sub(self.bytes.len()) as u64;
        // What came before a failure is in `bytes`.
        match Read::by_ref(&mut self.source).take(missing).read_to_end(&mut self.bytes) {
            Ok(read) => self.is_over = (read as u64) < missing,
            Err(error) => (self.is_over, self.failure) = (true, Some(error)),
        }
    }
}

impl<R: Read> Text for Window<R> {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.taken..]
    }

    fn take(&mut self, bytes: usize) {
        self.taken += bytes;
    }

    fn refill(&mut self) {
        if self.rest().len() < LOW_BYTES && !self.is_over {
            self.fill(WINDOW_BYTES);
        }
    }

    fn more(&mut self) -> bool {
        let before = self.rest().len();
        if !self.is_over && before < MOST_BYTES {
            self.fill((before * 2).clamp(WINDOW_BYTES, MOST_BYTES));
        }
        self.rest().len() > before
    }
}

/// What comes after a window.
struct After<R> {
    source: Option<R>,
    failure: Option<io::Error>,
}

impl<R: Read> Read for After<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match (&mut self.source, self.failure.take()) {
            (_, Some(failure)) => Err(failure),
            (Some(source), None) => source.read(buffer),
            (None, None) => Ok(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives `left` bytes, then fails.
    struct Failing {
        left: usize,
    }

    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.left == 0 {
                return Err(io::Error::other("gone"));
            }
            let size = self.left.min(buffer.len()).min(1000);
            buffer[..size].fill(b'x');
            self.left -= size;
            Ok(size)
        }
    }

    #[test]
    fn a_failure_comes_after_all_that_came_before_it() {
        let mut window = Window::new(Failing { left: WINDOW_BYTES + 10 });
        window.refill();
        assert_eq!(window.rest().len(), WINDOW_BYTES);
        window.take(WINDOW_BYTES - 1);
        window.refill();
        assert_eq!(window.rest().len(), 11);
        window.refill();
        assert!(!window.more());
        let (mut rest, mut read) = (Vec::new(), window.into_rest());
        let error = read.read_to_end(&mut rest).unwrap_err();
        assert_eq!((rest.len(), error.to_string().as_str()), (11, "gone"));
    }

    #[test]
    fn the_place_of_what_is_left_counts_what_was_thrown_away() {
        let text: Vec<u8> =
            (0..WINDOW_BYTES * 3).map(|at| if at % 1000 == 999 { b'\n' } else { b' ' }).collect();
        let mut window = Window::new(&*text);
        let mut taken = 0_u32;
        while taken + 777 < WINDOW_BYTES as u32 * 3 {
            window.refill();
            window.take(777);
            taken += 777;
            if taken.is_multiple_of(50) {
                let place = TextPlace { line: taken / 1000, column: taken % 1000 };
                assert_eq!(window.place(), place);
            }
        }
        let mut rest = Vec::new();
        let place = window.place();
        window.into_rest().read_to_end(&mut rest).unwrap();
        assert_eq!(place, TextPlace { line: taken / 1000, column: taken % 1000 });
        assert_eq!(rest, text[taken as usize..]);
    }

    #[test]
    fn a_window_grows_up_to_a_bound_and_shrinks_again() {
        let mut window = Window::new(Failing { left: 3 * MOST_BYTES });
        while window.more() {}
        assert_eq!(window.rest().len(), MOST_BYTES);
        window.take(MOST_BYTES - 1);
        window.refill();
        assert_eq!(window.rest().len(), WINDOW_BYTES);
        assert!(window.bytes.capacity() <= 2 * WINDOW_BYTES);
    }
}
