//! What must hold for any input: one module for each target, each with one function `check` that
//! panics when a law is broken.
//!
//! The same modules are compiled twice: by the fuzzer, and by the ordinary test
//! `policy-core/tests/fuzz_corpus.rs`, which replays the committed corpora. They use what
//! `policy-core` offers to everyone and nothing of its inside.

pub mod compare;
pub mod decide;
mod effective;
pub mod observations;
pub mod parse;
mod requests;
pub mod trail;
mod vocabulary;
