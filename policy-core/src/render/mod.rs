//! Values → text for people and for the rim. Called by the rim and by tests, never by the rooms that make
//! the values. Nothing here decides anything.

pub mod diff;
pub mod evidence;
