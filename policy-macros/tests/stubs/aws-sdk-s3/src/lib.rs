//! A stand-in for `aws-sdk-s3`, of the protocol family rest-xml: the same module shape, a few operations, no behaviour.

sdk_shape::sdk! {
    operations {
        get_object GetObjectFluentBuilder { bucket get_bucket, key get_key }
        head_object HeadObjectFluentBuilder { bucket get_bucket, key get_key }
        put_object PutObjectFluentBuilder { bucket get_bucket, key get_key }
        list_buckets ListBucketsFluentBuilder {}
        list_objects_v2 ListObjectsV2FluentBuilder { bucket get_bucket, prefix get_prefix }
    }
}
