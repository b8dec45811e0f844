//! The modules, types and signatures that every SDK crate has, whatever its protocol: what the macros name.

/// A stand-in for an SDK crate. Each operation has its method, its builder, and the members that a test
/// sets, with their getters; each waiter the same.
#[macro_export]
#[allow(clippy::crate_in_macro_def, reason = "the crate that stands in is meant")]
macro_rules! sdk {
    (
        operations { $($method:ident $builder:ident { $($member:ident $getter:ident),* })* }
        $(waiters { $($wait:ident $waiter:ident $waits:ident { $($polled:ident $polled_getter:ident),* })* })?
    ) => {
        /// The client.
        #[derive(Clone, Debug)]
        pub struct Client {
            _private: (),
        }

        impl Client {
            /// From shared configuration.
            pub fn new(_: &aws_config::SdkConfig) -> Self {
                Self { _private: () }
            }

            $(
                /// Starts a request.
                pub fn $method(&self) -> operation::$method::builders::$builder {
                    Default::default()
                }
            )*
        }

        /// Operations.
        pub mod operation {
            $(
                /// One operation.
                pub mod $method {
                    /// Builders.
                    pub mod builders {
                        /// Builds a request.
                        #[derive(Clone, Debug, Default)]
                        pub struct $builder {
                            $($member: Option<String>,)*
                        }

                        impl $builder {
                            $(
                                /// Sets it.
                                pub fn $member(mut self, input: impl Into<String>) -> Self {
                                    self.$member = Some(input.into());
                                    self
                                }

                                /// What it is set to.
                                pub fn $getter(&self) -> &Option<String> {
                                    &self.$member
                                }
                            )*
                        }
                    }
                }
            )*
        }

        $(
            /// What the client offers beside operations.
            pub mod client {
                /// Waiting.
                pub trait Waiters {
                    $(
                        /// Waits.
                        fn $wait(&self) -> crate::waiters::$waiter::$waits;
                    )*
                }

                impl Waiters for crate::Client {
                    $(
                        fn $wait(&self) -> crate::waiters::$waiter::$waits {
                            Default::default()
                        }
                    )*
                }
            }

            /// Waiters.
            pub mod waiters {
                $(
                    /// One waiter.
                    pub mod $waiter {
                        /// Waits.
                        #[derive(Clone, Debug, Default)]
                        pub struct $waits {
                            $($polled: Option<String>,)*
                        }

                        impl $waits {
                            $(
                                /// Sets it.
                                pub fn $polled(mut self, input: impl Into<String>) -> Self {
                                    self.$polled = Some(input.into());
                                    self
                                }

                                /// What it is set to.
                                pub fn $polled_getter(&self) -> &Option<String> {
                                    &self.$polled
                                }
                            )*
                        }
                    }
                )*
            }
        )?
    };
}
