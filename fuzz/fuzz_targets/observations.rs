//! Any bytes, read as an observation file.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| policy_fuzz::observations::check(data));
