//! `simulate`: one decision, files of cases, every exit code.

mod cases;
mod one;

use super::House;

const ROLE: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Orders", "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"},
    {"Sid": "Receipts", "Effect": "Allow", "Action": ["s3:GetObject", "kms:Decrypt", "sts:AssumeRole"], "Resource": "*"},
    {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"StringNotLike": {"aws:SourceVpce": ["vpce-1*", "vpce-2*"]}}}
  ]
}"#;

const BOUNDARY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Reads","Effect":"Allow","Action":["dynamodb:Get*","s3:Get*"],"Resource":"*"}]}"#;

const ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}]}"#;

const NO_TABLES: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"NoTables","Effect":"Deny","Action":"dynamodb:*","Resource":"*"}]}"#;

const TOPIC: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Uploads","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sns:Publish","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}"#;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

const CASES: &str = r#"{"name":"orders are read","request":{"principal":"arn:aws:iam::111122223333:role/orders","action":"dynamodb:GetItem","resource":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders"},"policies":{"identity":[{"Version":"2012-10-17","Statement":{"Sid":"Reads","Effect":"Allow","Action":"dynamodb:GetItem","Resource":"*"}}]},"expected":"allowed"}
{"name":"orders are not written","request":{"principal":"arn:aws:iam::111122223333:role/orders","action":"dynamodb:PutItem","resource":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders"},"policies":{"identity":[{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}}],"scp":[[{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}],[{"Version":"2012-10-17","Statement":{"Sid":"AllTables","Effect":"Allow","Action":"dynamodb:*","Resource":"*"}}]]},"expected":"implicitly-denied"}
{"name":"keys are used","request":{"principal":"arn:aws:iam::111122223333:role/orders","action":"kms:Decrypt","resource":"arn:aws:kms:eu-west-1:111122223333:key/k"},"policies":{"identity":[{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}]},"expected":"allowed"}
{"name":"what of topics","request":{"principal":{"service":"s3.amazonaws.com"},"action":"sns:Publsh","resource":"arn:aws:sns:eu-west-1:111122223333:uploads"},"policies":{"resource":{"Version":"2012-10-17","Statement":{"Sid":"No","Effect":"Deny","Principal":"*","Action":"sns:*","Resource":"*"}}}}
"#;

fn house() -> House {
    House::new(&[
        ("role.json", ROLE),
        ("boundary.json", BOUNDARY),
        ("all.json", ALL),
        ("no-tables.json", NO_TABLES),
        ("topic.json", TOPIC),
        ("trust.json", TRUST),
        ("cases.jsonl", CASES),
        ("generated/orders/execution-role.json", BOUNDARY),
        ("generated/orders/trust-policy.json", TRUST),
        ("generated/orders/resource-policy.json", TOPIC),
    ])
}
