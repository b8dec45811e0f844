//! A stand-in for `aws-sdk-sqs`: the same module shape, a few operations, no behaviour.

/// The client.
#[derive(Clone, Debug)]
pub struct Client(());

impl Client {
    /// From shared configuration.
    pub fn new(_: &aws_config::SdkConfig) -> Self {
        Self(())
    }

    /// Starts a request.
    pub fn send_message(&self) -> operation::send_message::builders::SendMessageFluentBuilder {
        operation::send_message::builders::SendMessageFluentBuilder(())
    }
}

/// Operations.
pub mod operation {

    /// SendMessage.
    pub mod send_message {
        /// Builders.
        pub mod builders {
            /// Builds a request.
            #[derive(Clone, Debug)]
            pub struct SendMessageFluentBuilder(pub(crate) ());
        }
    }
}
