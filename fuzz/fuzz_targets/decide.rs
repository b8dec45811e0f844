//! Policies of every kind and a request, chosen from a small vocabulary or read from JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| policy_fuzz::decide::check(data));
