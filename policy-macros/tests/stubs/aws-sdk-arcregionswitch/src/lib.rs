//! A stand-in for `aws-sdk-arcregionswitch`, of the protocol family cbor: the same module shape, a few operations, no behaviour.

sdk_shape::sdk! {
    operations {
        get_plan GetPlanFluentBuilder { arn get_arn }
        start_plan_execution StartPlanExecutionFluentBuilder { plan_arn get_plan_arn }
    }
}
