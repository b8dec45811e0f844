//! Names in ARNs: what holds them, and which parts of them vary from one name to the next.
//!
//! The room reads texts only. How many names become one pattern is decided where they are counted
//! (`evidence::trail`) and where they are granted (`synthesis`).

pub mod container;
pub(crate) mod fold;
pub(crate) mod queue;
pub(crate) mod shape;
pub(crate) mod spaces;
