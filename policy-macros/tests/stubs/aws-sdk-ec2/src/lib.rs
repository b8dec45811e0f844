//! A stand-in for `aws-sdk-ec2`, of the protocol family ec2: the same module shape, a few operations, no behaviour.

sdk_shape::sdk! {
    operations {
        start_instances StartInstancesFluentBuilder {}
        get_console_output GetConsoleOutputFluentBuilder { instance_id get_instance_id }
    }
    waiters {
        wait_until_instance_running instance_running InstanceRunningFluentBuilder {}
    }
}
