pub mod mailer;
pub mod storage;
