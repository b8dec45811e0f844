//! A stand-in for `aws-config`: only the type that the macros name.

/// Configuration shared by clients.
#[derive(Clone, Debug, Default)]
pub struct SdkConfig;
