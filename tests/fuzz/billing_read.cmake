# What an operator may load into billing.
slipway_fuzz_target(catalog_file_fuzz catalog_file_fuzz.c slipway_billing_core)
slipway_fuzz_target(inventory_file_fuzz inventory_file_fuzz.c slipway_billing_core)
