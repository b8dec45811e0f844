//! Values → text. Called by the rim and by tests, never by the rooms that make the values, but for
//! sizes: a quota is about the text. Nothing here decides anything.

pub mod diff;
pub mod evidence;
pub mod json;
