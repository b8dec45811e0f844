//! A stand-in for `aws-sdk-dynamodb`: the same module shape, a few operations, no behaviour.

/// The client.
#[derive(Clone, Debug)]
pub struct Client(());

impl Client {
    /// From shared configuration.
    pub fn new(_: &aws_config::SdkConfig) -> Self {
        Self(())
    }

    /// Starts a request.
    pub fn get_item(&self) -> operation::get_item::builders::GetItemFluentBuilder {
        operation::get_item::builders::GetItemFluentBuilder(())
    }

    /// Starts a request.
    pub fn put_item(&self) -> operation::put_item::builders::PutItemFluentBuilder {
        operation::put_item::builders::PutItemFluentBuilder(())
    }

    /// Starts a request.
    pub fn query(&self) -> operation::query::builders::QueryFluentBuilder {
        operation::query::builders::QueryFluentBuilder(())
    }

    /// Starts a request.
    pub fn delete_item(&self) -> operation::delete_item::builders::DeleteItemFluentBuilder {
        operation::delete_item::builders::DeleteItemFluentBuilder(())
    }
}

/// Operations.
pub mod operation {

    /// GetItem.
    pub mod get_item {
        /// Builders.
        pub mod builders {
            /// Builds a request.
            #[derive(Clone, Debug)]
            pub struct GetItemFluentBuilder(pub(crate) ());
        }
    }

    /// PutItem.
    pub mod put_item {
        /// Builders.
        pub mod builders {
            /// Builds a request.
            #[derive(Clone, Debug)]
            pub struct PutItemFluentBuilder(pub(crate) ());
        }
    }

    /// Query.
    pub mod query {
        /// Builders.
        pub mod builders {
            /// Builds a request.
            #[derive(Clone, Debug)]
            pub struct QueryFluentBuilder(pub(crate) ());
        }
    }

    /// DeleteItem.
    pub mod delete_item {
        /// Builders.
        pub mod builders {
            /// Builds a request.
            #[derive(Clone, Debug)]
            pub struct DeleteItemFluentBuilder(pub(crate) ());
        }
    }
}
