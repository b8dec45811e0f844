pub mod files;
pub mod users;
