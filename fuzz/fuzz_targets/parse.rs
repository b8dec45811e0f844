//! Any bytes, read as a policy document.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| policy_fuzz::parse::check(data));
