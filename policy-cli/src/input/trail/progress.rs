//! How far the reading is, shown on a terminal only: files, bytes, events, how fast, and how long yet.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::files::Source;

/// What was read so far, on stderr.
#[derive(Debug, Clone)]
pub struct Progress {
    bar: ProgressBar,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    of_files: AtomicU64,
    files: AtomicU64,
    events: AtomicU64,
}

/// Bytes are those of the files as they lie there, packed or not.
const TEMPLATE: &str =
    "reading the trail: {msg}, {bytes} of {total_bytes} ({bytes_per_sec}, {eta} left)";

impl Progress {
    /// Shows nothing.
    #[must_use]
    pub fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), counts: Arc::default() }
    }

    /// A line on stderr; nothing when stderr is no terminal.
    #[must_use]
    pub fn on_terminal() -> Self {
        Self::on(ProgressDrawTarget::stderr_with_hz(10))
    }

    fn on(target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template(TEMPLATE);
        let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, counts: Arc::default() }
    }

    pub(super) fn begin(&self, sources: &[Source]) {
        self.counts.of_files.store(sources.len() as u64, Ordering::Relaxed);
        self.bar.set_length(sources.iter().map(Source::size_bytes).sum());
        self.say();
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    /// A file that is not read as a log.
    pub(super) fn passed(&self, source: &Source) {
        self.bytes(source.size_bytes());
        self.read(0);
    }

    /// A file was read to its end, with so many events.
    pub(super) fn read(&self, events: u64) {
        self.counts.files.fetch_add(1, Ordering::Relaxed);
        self.counts.events.fetch_add(events, Ordering::Relaxed);
        self.say();
    }

    /// Bytes of a file were read.
    pub(super) fn bytes(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// A source that counts its bytes here.
    pub(super) fn counting<R: Read>(&self, source: R) -> impl Read {
        Counting { source, progress: self.clone() }
    }

    pub(super) fn end(&self) {
        // Waits for the thread that draws.
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
    }

    fn say(&self) {
        // Whoever sees nothing needs no words.
        if !self.bar.is_hidden() {
            self.bar.set_message(self.words());
        }
    }

    fn words(&self) -> String {
        let Counts { of_files, files, events } = &*self.counts;
        let count = |number: &AtomicU64| number.load(Ordering::Relaxed);
        format!("{} of {} files, {} events", count(files), count(of_files), count(events))
    }
}

struct Counting<R> {
    source: R,
    progress: Progress,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.progress.bytes(read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use indicatif::{InMemoryTerm, TermLike};

    use super::*;

    #[test]
    fn the_line_has_files_bytes_events_speed_and_time_left() {
        let terminal = InMemoryTerm::new(5, 200);
        let target: Box<dyn TermLike> = Box::new(terminal.clone());
        let progress = Progress::on(ProgressDrawTarget::term_like(target));
        let source = Source::File { path: "a.json.gz".into(), size_bytes: 4096 };
        progress.begin(&[source.clone(), source.clone()]);
        let mut text = Vec::new();
        progress.counting(&[b' '; 4096][..]).read_to_end(&mut text).unwrap();
        progress.read(17);
        progress.bar.tick();
        let line = terminal.contents();
        assert!(
            line.starts_with("reading the trail: 1 of 2 files, 17 events, 4.00 KiB of 8.00 KiB ("),
            "{line}"
        );
        assert!(line.contains("/s, ") && line.ends_with(" left)"), "{line}");
        progress.passed(&source);
        progress.bar.tick();
        assert!(terminal.contents().contains("2 of 2 files, 17 events, 8.00 KiB of 8.00 KiB"));
        progress.end();
        assert_eq!(terminal.contents(), "");
    }
}
