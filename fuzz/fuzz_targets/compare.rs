//! Two sets of documents, chosen from a small vocabulary or read from JSON, compared.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| policy_fuzz::compare::check(data));
