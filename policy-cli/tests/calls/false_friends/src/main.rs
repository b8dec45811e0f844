//! Nothing here calls AWS, but much is named as if it did.

use std::collections::HashMap;

use redis::Client;

/// A list, no table.
#[derive(Default)]
struct Cart {
    items: HashMap<String, u32>,
}

struct Request(u32);

impl Request {
    fn table_name(self, _: &str) -> Self {
        self
    }

    async fn send(self) -> u32 {
        self.0
    }
}

impl Cart {
    fn get_item(&self) -> Request {
        Request(self.items.len() as u32)
    }

    fn put_item(&mut self) -> Request {
        self.items.insert("x".into(), 1);
        Request(1)
    }

    fn query(&self, _: &str) -> Vec<u32> {
        self.items.values().copied().collect()
    }
}

mod aws_like {
    pub struct Client;

    impl Client {
        pub fn new(_: &str) -> Self {
            Client
        }

        pub fn delete_table(&self) -> super::Request {
            super::Request(0)
        }
    }
}

#[tokio::main]
async fn main() {
    let mut cart = Cart::default();
    cart.get_item().table_name("orders").send().await;
    cart.put_item().send().await;
    cart.query("x");
    aws_like::Client::new("x").delete_table().send().await;
    let client = Client::open("redis://localhost").unwrap();
    client.get_connection().unwrap();
    let http = reqwest::Client::new();
    http.get("http://localhost:9000").send().await.unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    sender.send(1).unwrap();
    let total: i32 = receiver.iter().scan(0, |sum, it| Some(*sum + it)).sum();
    println!("{total} {}", std::env::var("TABLE").unwrap_or_default());
}
