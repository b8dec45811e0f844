//! Reading what the user names: files in, values of `policy-core` out, with limits first.
//!
//! The rooms keep three answers apart: nothing there, unreadable, too new for this tool.
