//! How far the reading is, shown on a terminal only.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::files::Source;

/// Bytes of files read so far, on stderr.
#[derive(Debug, Clone)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Shows nothing.
    #[must_use]
    pub fn hidden() -> Self {
        Self { bar: ProgressBar::hidden() }
    }

    /// A bar on stderr; nothing when stderr is no terminal.
    #[must_use]
    pub fn on_terminal() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        let style = ProgressStyle::with_template(
            "reading the trail: {bytes} of {total_bytes} ({bytes_per_sec})",
        );
        Self { bar: bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())) }
    }

    pub(super) fn begin(&self, sources: &[Source]) {
        self.bar.set_length(sources.iter().map(Source::size_bytes).sum());
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    pub(super) fn read(&self, source: &Source) {
        self.bar.inc(source.size_bytes());
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
