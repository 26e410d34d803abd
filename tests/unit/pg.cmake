slipway_unit_test(pg_args_test lib/pg/args_test.c slipway_pg)
slipway_unit_test(pg_sqlstate_test lib/pg/sqlstate_test.c slipway_pg)
