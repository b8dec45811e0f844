//! What SDK crates look like, by rule: clients, operations, builders, waiters, and what else signs requests.

use super::types::{Sdk, Type};
use crate::catalog::{Catalog, Operation};

/// How the crates of SDK clients are called.
pub(super) const CRATE_PREFIX: &str = "aws_sdk_";

/// What `.…()` ends the building of a request with, so that a call is surely meant.
pub(super) const SENDING: &[&str] =
    &["into_paginator", "presigned", "send", "send_with", "customize", "wait"];

/// The client of a path into an SDK crate, and the rest of the path. Another crate may hand the SDK crate on under its own
/// name: `toolbox::aws_sdk_s3::Client`.
pub(super) fn client_of(path: &str) -> Option<(&str, &str)> {
    let at = match path.starts_with(CRATE_PREFIX) {
        true => 0,
        false => path.find("::aws_sdk_")? + 2,
    };
    let rest = path[at..].strip_prefix(CRATE_PREFIX)?;
    Some(rest.split_once("::").unwrap_or((rest, "")))
}

/// The type that a path into an SDK crate names.
pub(super) fn type_of(path: &str) -> Option<Type> {
    let (client, rest) = client_of(path)?;
    let parts: Vec<&str> = rest.split("::").collect();
    match &parts[..] {
        ["Client"] | ["client", "Client"] => Some(Type::Sdk(Sdk::Client(client.into()))),
        ["operation", operation, inside @ ..] => {
            let last = inside.last()?;
            if last.ends_with("FluentBuilder") {
                Some(Type::Sdk(Sdk::Builder(client.into(), (*operation).into())))
            } else if inside.first() == Some(&"paginator") {
                Some(Type::Sdk(Sdk::Request(None)))
            } else if last.ends_with("Input") || last.ends_with("InputBuilder") {
                Some(Type::Sdk(Sdk::Input(client.into(), (*operation).into())))
            } else {
                None
            }
        }
        _ => None,
    }
}

/// The operation of a client's method.
pub(super) fn operation<'c>(
    catalog: &'c Catalog,
    client: &str,
    method: &str,
) -> Option<Operation<'c>> {
    catalog.client(&format!("{CRATE_PREFIX}{client}"))?.operation_of_method(method)
}

/// Methods of every client that call nothing.
pub(super) fn is_of_client(method: &str) -> bool {
    matches!(method, "as_ref" | "borrow" | "clone" | "config" | "deref" | "to_owned")
}

/// The operation that `wait_until_NAME` polls.
pub(super) fn waiter<'c>(catalog: &'c Catalog, client: &str, method: &str) -> Option<&'c str> {
    let name: String = method.strip_prefix("wait_until_")?.split('_').collect();
    let client = catalog.client(&format!("{CRATE_PREFIX}{client}"))?;
    let polled = client
        .operations()
        .find(|operation| operation.waiters().any(|own| own.eq_ignore_ascii_case(&name)));
    Some(polled?.name())
}

/// A type whose value hands an S3 object to a service, which reads it with the rights of the caller.
///
/// # Source
/// Amazon Rekognition Developer Guide, "Working with images stored in an Amazon S3 bucket"; Amazon
/// Textract Developer Guide, "Setting up access" (documents in S3); Amazon Transcribe Developer Guide,
/// "Identity-based policy examples" (media in S3, unless a data access role is given).
pub(super) fn hands_object(path: &str) -> bool {
    let Some((client, rest)) = client_of(path) else { return false };
    match client {
        "rekognition" | "textract" => rest == "types::S3Object::builder",
        "transcribe" => rest == "types::Media::builder",
        _ => false,
    }
}

/// The action behind a function that makes a token for a database.
///
/// # Source
/// Amazon RDS User Guide, "Creating and using an IAM policy for IAM database access"; Amazon Aurora DSQL
/// User Guide, "Generating an authentication token".
pub(super) fn token(path: &str) -> Option<(&'static str, &'static str)> {
    let (client, rest) = client_of(path)?;
    match (client, rest) {
        ("rds", "auth_token::AuthTokenGenerator::new") => Some(("rds_db", "rds-db:connect")),
        _ => None,
    }
}

/// The action behind a method that makes a token for an Aurora DSQL cluster.
pub(super) fn token_method(method: &str) -> Option<(&'static str, &'static str)> {
    match method {
        "db_connect_auth_token" => Some(("dsql", "dsql:DbConnect")),
        "db_connect_admin_auth_token" => Some(("dsql", "dsql:DbConnectAdmin")),
        _ => None,
    }
}

/// What a text says about the extensions that serve AppConfig, secrets and parameters on localhost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extension {
    /// A path of the AppConfig extension.
    Configuration,
    /// A path that gives a secret.
    Secret,
    /// A path that gives a parameter.
    Parameter,
    /// Only the address of the AppConfig extension.
    ConfigurationHost,
    /// Only the address of the extension for secrets and parameters.
    SecretHost,
}

/// Reads a text as (part of) a URL of an extension.
///
/// # Source
/// AWS AppConfig User Guide, "Using AWS AppConfig Agent with AWS Lambda" (port 2772); AWS Secrets Manager
/// User Guide, "Use AWS Secrets Manager secrets in AWS Lambda functions" (port 2773).
pub(super) fn extension(text: &str) -> Option<Extension> {
    // Most texts are none; one search each is what they cost.
    if text.contains("/secretsmanager/get") {
        return Some(Extension::Secret);
    }
    if text.contains("/systemsmanager/parameters/get") {
        return Some(Extension::Parameter);
    }
    if text.contains("/configurations/") && text.contains("/environments/") {
        return Some(Extension::Configuration);
    }
    let on = |port: &str| {
        text.contains(port) && (text.contains("localhost") || text.contains("127.0.0.1"))
    };
    if on(":2772") {
        return Some(Extension::ConfigurationHost);
    }
    on(":2773").then_some(Extension::SecretHost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiter_is_found_by_its_method() {
        for (client, method, polled) in [
            ("s3", "wait_until_bucket_exists", Some("HeadBucket")),
            ("rds", "wait_until_db_instance_available", Some("DescribeDBInstances")),
            ("dynamodb", "wait_until_table_exists", Some("DescribeTable")),
            ("s3", "wait_until_pigs_fly", None),
            ("s3", "bucket_exists", None),
        ] {
            assert_eq!(waiter(Catalog::embedded(), client, method), polled, "{method}");
        }
    }

    #[test]
    fn paths_into_sdk_crates_name_clients_and_builders() {
        let client = Some(Type::Sdk(Sdk::Client("s3".into())));
        for (path, expected) in [
            ("aws_sdk_s3::Client", client.clone()),
            ("aws_sdk_s3::client::Client", client.clone()),
            ("toolbox::aws::aws_sdk_s3::Client", client),
            ("toolbox::aws_sdk_s3", None),
            (
                "aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder",
                Some(Type::Sdk(Sdk::Builder("s3".into(), "get_object".into()))),
            ),
            (
                "aws_sdk_s3::operation::list_objects_v2::paginator::ListObjectsV2Paginator",
                Some(Type::Sdk(Sdk::Request(None))),
            ),
            (
                "aws_sdk_s3::operation::get_object::GetObjectInput",
                Some(Type::Sdk(Sdk::Input("s3".into(), "get_object".into()))),
            ),
            ("aws_sdk_s3::operation::get_object::GetObjectOutput", None),
            ("aws_sdk_s3::types::Object", None),
            ("reqwest::Client", None),
        ] {
            assert_eq!(type_of(path), expected, "{path}");
        }
    }

    #[test]
    fn texts_with_the_address_of_an_extension_are_told_from_others() {
        for (text, expected) in [
            ("http://localhost:2773/secretsmanager/get?secretId=db", Some(Extension::Secret)),
            ("/systemsmanager/parameters/get?name=", Some(Extension::Parameter)),
            (
                "http://localhost:2772/applications/a/environments/b/configurations/c",
                Some(Extension::Configuration),
            ),
            ("http://127.0.0.1:2773", Some(Extension::SecretHost)),
            ("http://localhost:2772", Some(Extension::ConfigurationHost)),
            ("http://localhost:8000", None),
            ("http://example.org:2773", None),
        ] {
            assert_eq!(extension(text), expected, "{text}");
        }
    }
}
