//! What the two functions of the nightly reports share.
//!
//! A binary carries the declarations of every library that it links. So a declaration in a library says to which function
//! it belongs, as in [`access`]; or it says nothing, and `policy.toml` lists the functions that claim it.

pub mod access;
pub mod report;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// Credentials and region of the environment, over one TLS implementation.
pub async fn sdk_config() -> SdkConfig {
    let https = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    aws_config::defaults(BehaviorVersion::latest()).http_client(https).load().await
}
