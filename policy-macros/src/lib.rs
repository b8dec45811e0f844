//! Declare what a Lambda function accesses, where it gets the clients that access it.
//!
//! ```
//! use policy_macros::AwsAccess;
//!
//! #[derive(AwsAccess)]
//! pub struct Access {
//!     /// Point reads and writes of orders.
//!     #[aws(dynamodb(GetItem, PutItem), on = "table/orders-{stage}")]
//!     pub orders: Orders,
//! }
//!
//! fn start(config: &aws_config::SdkConfig) {
//!     let access = Access::new(config);
//!     let request = access.orders.get_item();
//! }
//! ```
//!
//! A wrong action, a wrong resource or a call that is not declared does not compile. The declaration
//! travels in the binary as a note (see `docs/note-format.md`), from which `policy-cli generate`
//! writes the policies. Nothing is added to the program's dependencies, nothing runs in it.
//!
//! The grammar of the attributes is `policy_core::declare`, which the command line reads source with
//! too. This crate turns its answer into code.

mod construct;
mod expand;
mod fallback;
mod handles;
mod note;

use proc_macro::TokenStream;

/// Makes the handle types of a struct and records what they may do.
///
/// Every field carries one or more `#[aws(…)]`; its type is a new name, which the derive gives to a
/// handle with one method per declared operation and nothing else. The handle holds the SDK client in
/// a private field, of a child module: not even code in the same file gets at it.
///
/// # On a field
/// `client(Name, …)`, then options:
///
/// | written | means |
/// |---|---|
/// | `dynamodb(GetItem, PutItem)` | the SDK crate without `aws_sdk_`, and its operations; a name that is no operation is an IAM action |
/// | `dynamodb(wait_until_table_exists)` | the SDK's waiter, which needs the action of the operation that it polls |
/// | `action("rds-db:connect")` | that action, no method |
/// | `list`, `read`, `write`, `tagging` | every action of that level that applies to the resources; reported as wide |
/// | `on = "table/orders"` | the ARN's part after the account; or a whole ARN; or a list; `{stage}` is a parameter |
/// | `on = env("QUEUE_URL", as = "url")` | the variable is read when the handle is made (`url`, `arn` or `name`) |
/// | `any_resource = "reason"` | every resource: `on = "*"` |
/// | `kms_key = "key/1234abcd-…"` | the key behind the resource |
/// | `owner = "444455556666"`, `owner = any("reason")` | the resource is another account's |
/// | `leading_keys = "customer#{tenant}"` | partition keys of the table that requests name, with `*`; all of them, and no request without |
/// | `list_prefix = "in/*"`, `namespace = "Orders"`, `version_stage = "AWSCURRENT"` | what a listing, metrics or the read of a secret must name: a request without it is refused |
/// | `passed_to = "states.amazonaws.com"` | of `iam(action("iam:PassRole"))`: the services that get the role, and no other |
/// | `keep = "reason"` | a rare path, which no trail may drop |
/// | `via_role = "arn:aws:iam::…:role/…"` | the client uses that role; this function only assumes it, and `new` takes a configuration with its credentials |
/// | `crate = "crate::sdk::dynamodb"` | where the SDK crate is, when it is renamed |
///
/// # On the struct
/// `function = "order-api"` (default: the binary target), `invoked_by(events("rule/nightly", qualifier =
/// "live"))`, `polls(sqs("jobs"))`. Invokers may also be roles (`role("arn:…", organization = "o-…")`) and callers of
/// the function's URL (`url(auth = "AWS_IAM", principal = "arn:…")`); `docs/resource-policy.md` has every kind.
///
/// # What it makes
/// `Access::new(&aws_config::SdkConfig)`, which fails only where a variable is declared and missing, and then names
/// all that are; it takes one configuration more for each role of `via_role`. For each handle
/// `from_client(client)`, followed by the values of its variables, for tests.
///
/// # What a method gives
/// The SDK's own fluent builder, so that paginators (`.into_paginator()`), presigned URLs
/// (`.presigned(…)`) and everything else of the SDK is there, on declared operations. The members that name the
/// resource are set where the declaration fixes them without account and Region:
///
/// | declared | set |
/// |---|---|
/// | `dynamodb(Query), on = "table/orders"` | `table_name` |
/// | `s3(GetObject), on = "acme-receipts/*"` | `bucket`; `key` is the caller's to set |
/// | `secretsmanager(GetSecretValue), on = "secret:stripe-??????"` | `secret_id` |
/// | `sns(Publish), on = "arn:aws:sns:eu-west-1:111122223333:orders"` | `topic_arn` |
/// | `sqs(SendMessage), on = env("QUEUE_URL", as = "url")` | `queue_url`, from the variable |
/// | `sqs(SendMessage), on = "jobs"` | nothing: a queue's URL has account and Region |
/// | `dynamodb(GetItem), on = "table/orders-{stage}"` | nothing: the parameter is known when the policy is generated |
/// | `dynamodb(BatchGetItem), …` | nothing: the request names its tables itself |
///
/// The documentation of each method says which action and resource it uses, and what it sets. A preset is a default,
/// not a guard: the builder can set it anew. What the role may reach is up to its policy.
#[proc_macro_derive(AwsAccess, attributes(aws))]
pub fn derive_aws_access(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    expand::derive(&input).into()
}

/// Records an access that is no SDK client, on the function that makes it.
///
/// ```
/// # use policy_macros::aws_access;
/// #[aws_access(rds_db(action("rds-db:connect")), on = "dbuser:*/app")]
/// async fn connect() {}
/// ```
///
/// Takes what stands on a field and on a struct of `#[derive(AwsAccess)]`, for one access. May be repeated.
///
/// # Calls in the body
/// A call on a parameter whose type is written as that of an SDK client (`&aws_sdk_s3::Client`, also in an
/// `Arc`, `Rc` or `Box`) is an error when no `#[aws_access]` of the function declares its operation or its actions:
///
/// ```compile_fail
/// # use policy_macros::aws_access;
/// #[aws_access(dynamodb(GetItem), on = "table/orders")]
/// fn read(client: &aws_sdk_dynamodb::Client) {
///     client.delete_item();
/// }
/// ```
///
/// Clones and references under another name are followed, arguments of macros such as `join!` are read. Of any
/// other receiver nothing is said: `policy-cli scan` looks further.
#[proc_macro_attribute]
pub fn aws_access(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expand::function(attribute.into(), item.into()).into()
}
