//! Any bytes, read as a document of CloudTrail, or one event in short.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| policy_fuzz::trail::check(data));
