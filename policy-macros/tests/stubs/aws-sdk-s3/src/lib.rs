//! A stand-in for `aws-sdk-s3`: the same module shape, a few operations, no behaviour.

/// The client.
#[derive(Clone, Debug)]
pub struct Client(());

impl Client {
    /// From shared configuration.
    pub fn new(_: &aws_config::SdkConfig) -> Self {
        Self(())
    }

    /// Starts a request.
    pub fn get_object(&self) -> operation::get_object::builders::GetObjectFluentBuilder {
        operation::get_object::builders::GetObjectFluentBuilder(())
    }

    /// Starts a request.
    pub fn head_object(&self) -> operation::head_object::builders::HeadObjectFluentBuilder {
        operation::head_object::builders::HeadObjectFluentBuilder(())
    }

    /// Starts a request.
    pub fn put_object(&self) -> operation::put_object::builders::PutObjectFluentBuilder {
        operation::put_object::builders::PutObjectFluentBuilder(())
    }

    /// Starts a request.
    pub fn list_buckets(&self) -> operation::list_buckets::builders::ListBucketsFluentBuilder {
        operation::list_buckets::builders::ListBucketsFluentBuilder(())
    }

    /// Starts a request.
    pub fn list_objects_v2(
        &self,
    ) -> operation::list_objects_v2::builders::ListObjectsV2FluentBuilder {
        operation::list_objects_v2::builders::ListObjectsV2FluentBuilder(())
    }
}

/// Operations.
pub mod operation {

    /// GetObject.
    pub mod get_object {
        /// Builders.
        pub mod builders {
            /// Builds a request.
            #[derive(Clone, Debug)]
            pub struct GetObjectFluentBuilder(pub(crate) ());
        }
    }

    /// HeadObject.
    pub mod head_object {
        /// Builders.
        pub mod builders {
            /// Builds a request.
            #[derive(Clone, Debug)]
            pub struct HeadObjectFluentBuilder(pub(crate) ());
        }
    }

    /// PutObject.
    pub mod put_object {
        /// Builders.
        pub mod builders {
            /// Builds a request.
            #[derive(Clone, Debug)]
            pub struct PutObjectFluentBuilder(pub(crate) ());
        }
    }

    /// ListBuckets.
    pub mod list_buckets {
        /// Builders.
        pub mod builders {
            /// Builds a request.
            #[derive(Clone, Debug)]
            pub struct ListBucketsFluentBuilder(pub(crate) ());
        }
    }

    /// ListObjectsV2.
    pub mod list_objects_v2 {
        /// Builders.
        pub mod builders {
            /// Builds a request.
            #[derive(Clone, Debug)]
            pub struct ListObjectsV2FluentBuilder(pub(crate) ());
        }
    }
}
