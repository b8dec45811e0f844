//! A stand-in for `aws-sdk-sqs`, of the protocol family json: the same module shape, a few operations, no behaviour.

sdk_shape::sdk! {
    operations {
        send_message SendMessageFluentBuilder { queue_url get_queue_url }
    }
}
