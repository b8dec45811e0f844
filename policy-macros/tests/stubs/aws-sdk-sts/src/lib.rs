//! A stand-in for `aws-sdk-sts`, of the protocol family query: the same module shape, a few operations, no behaviour.

sdk_shape::sdk! {
    operations {
        assume_role AssumeRoleFluentBuilder { role_arn get_role_arn }
        get_caller_identity GetCallerIdentityFluentBuilder {}
    }
}
