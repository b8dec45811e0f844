//! A stand-in for `aws-sdk-lambda`, of the protocol family rest-json: the same module shape, a few operations, no behaviour.

sdk_shape::sdk! {
    operations {
        invoke InvokeFluentBuilder { function_name get_function_name }
    }
    waiters {
        wait_until_function_active_v2 function_active_v2 FunctionActiveV2FluentBuilder {
            function_name get_function_name
        }
    }
}
