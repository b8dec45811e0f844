//! An interrupt waits until files are whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// Runs `write`. Ctrl-C and a request to end, when they come meanwhile, end the program after it.
///
/// Elsewhere nothing has to be waited for: files are only written here, and read ones are not changed.
pub(super) fn wait<T>(write: impl FnOnce() -> T) -> T {
    let signals = [SIGINT, SIGTERM].map(|signal| {
        let came = Arc::new(AtomicBool::new(false));
        (signal, flag::register(signal, Arc::clone(&came)), came)
    });
    let written = write();
    for (signal, registered, came) in signals {
        if let Ok(id) = registered {
            low_level::unregister(id);
        }
        if came.load(Ordering::SeqCst) {
            // Ends the program as the signal would have. Where that fails the program goes on, with files that are whole.
            let _ = low_level::emulate_default_handler(signal);
        }
    }
    written
}
