use std::env;

use anyhow::{Context, Result};

pub const QUEUE: &str = "QUEUE_URL";
const SECRET: &str = "orders/db";

pub struct Settings {
    pub table: String,
    pub counters: String,
    pub bucket: String,
    pub topic: Option<String>,
    pub secret: String,
}

fn required(name: &str) -> Result<String> {
    env::var(name).with_context(|| format!("{name} is not set"))
}

fn optional(name: &'static str, default: &str) -> String {
    match env::var(name) {
        Ok(value) => value,
        Err(_) => default.to_string(),
    }
}

impl Settings {
    pub fn from_env() -> Result<Self> {
        let bucket = required("BUCKET_NAME")?;
        Ok(Self {
            table: required("TABLE_NAME")?,
            counters: optional("COUNTERS", "counters"),
            bucket,
            topic: env::var("TOPIC").ok(),
            secret: SECRET.to_owned(),
        })
    }
}
