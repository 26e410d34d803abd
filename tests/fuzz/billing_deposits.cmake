# What the gateway passes on of payment providers.
slipway_fuzz_target(callback_message_fuzz callback_message_fuzz.c slipway_billing_core)
