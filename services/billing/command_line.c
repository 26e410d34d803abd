#include "services/billing/command_line.h"

#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/money.h"
#include "lib/base/signing_key.h"
#include "services/billing/app.h"
#include "services/billing/audit_store.h"
#include "services/billing/catalog_file.h"
#include "services/billing/catalog_store.h"
#include "services/billing/chain_audit_store.h"
#include "services/billing/inventory_file.h"
#include "services/billing/inventory_store.h"
#include "services/billing/migrations.h"
#include "services/billing/node_store.h"
#include "services/billing/operator_key.h"
#include "services/billing/reconcile.h"
#include "services/billing/topics.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_MISUSED = 2 };

enum run_refusal { RUN_UNBALANCED = 1, RUN_DRIFTED };

struct tool_config {
    const char *database;
    const char *brokers;
    /* Never printed. */
    const char *signing_master_secret;
};

static const struct setting owner_settings[] = {
    {"BILLING_OWNER_DATABASE", SETTING_TEXT, offsetof(struct tool_config, database), NULL,
     "libpq conninfo of the role that owns the schema", 0, 0},
};

static const struct setting tool_settings[] = {
    {"BILLING_DATABASE",      SETTING_TEXT, offsetof(struct tool_config, database),              NULL,
     "libpq conninfo of the service's own role",                                         0, 0},
    {"KAFKA_BROKERS",         SETTING_TEXT, offsetof(struct tool_config, brokers),               "",
     "where load-inventory creates topics and reconcile asks the nodes; empty: nowhere", 0, 0},
    {"SIGNING_MASTER_SECRET", SETTING_TEXT, offsetof(struct tool_config, signing_master_secret), "",
     "the gateway's; with it create-operator-key prints the signing secret too",         0, 0},
};

static int run_migrate(struct pg *pg, const struct tool_config *config, const char *argument,
                       struct error *error)
{
    int applied = 0;
    int result =
        pg_migrate(pg, "billing", billing_migrations, billing_migration_count, &applied, error);

    (void)config;
    (void)argument;
    if (result == 0)
        (void)printf("%d migrations applied\n", applied);
    return result;
}

static int run_load_catalog(struct pg *pg, const struct tool_config *config, const char *path,
                            struct error *error)
{
    CLEANUP(catalog_free_cleanup) struct catalog *catalog = NULL;
    int result = catalog_file_read(path, &catalog, error);

    (void)config;
    if (result == 0)
        result = catalog_store_replace(pg, catalog, error);
    if (result == 0)
        (void)printf("catalog loaded: %zu plans, %zu locations, %zu systems, %zu periods\n",
                     catalog->plan_count, catalog->location_count, catalog->system_count,
                     catalog->period_count);
    return result;
}

/* Topics first: a location that can be bought must have somewhere to send its commands. */
static int run_load_inventory(struct pg *pg, const struct tool_config *config, const char *path,
                              struct error *error)
{
    CLEANUP(inventory_free_cleanup) struct inventory *inventory = NULL;
    int result = inventory_file_read(path, &inventory, error);

    if (result == 0 && config->brokers[0] != '\0')
        result = topics_ensure(config->brokers, inventory, error);
    if (result == 0)
        result = inventory_store_load(pg, inventory, error);
    if (result == 0)
        (void)printf("inventory loaded: %zu locations\n", inventory->location_count);
    return result;
}

static int drain(struct pg *pg, const char *name, bool drained, struct error *error)
{
    const int result = node_store_drain(pg, name, drained, error);

    if (result == NODE_UNKNOWN)
        return error_set(error, FAULT_HARD, "there is no node %.64s", name);
    if (result == 0)
        (void)printf("node %s %s\n", name, drained ? "drained" : "takes servers again");
    return result;
}

static int run_drain_node(struct pg *pg, const struct tool_config *config, const char *name,
                          struct error *error)
{
    (void)config;
    return drain(pg, name, true, error);
}

static int run_undrain_node(struct pg *pg, const struct tool_config *config, const char *name,
                            struct error *error)
{
    (void)config;
    return drain(pg, name, false, error);
}

static void print_signing_secret(const struct signing_master *master, uint64_t key_id)
{
    char text[SIGNING_KEY_TEXT_SIZE];

    signing_key_derive_text(master, key_id, text);
    (void)printf("signing_secret %s\n", text);
    sodium_memzero(text, sizeof(text));
}

static int run_create_operator_key(struct pg *pg, const struct tool_config *config,
                                   const char *name, struct error *error)
{
    CLEANUP(signing_master_deinit) struct signing_master master = {0};
    char key[OPERATOR_KEY_SIZE];
    uint64_t key_id = 0;
    int result = signing_master_init(&master, config->signing_master_secret, error);

    if (result == 0)
        result = operator_key_create(pg, name, key, &key_id, error);
    if (result == 0)
        (void)puts(key);
    if (result == 0 && master.is_set)
        print_signing_secret(&master, key_id);
    sodium_memzero(key, sizeof(key));
    return result;
}

static void print_audit(const struct ledger_audit *audit)
{
    char in_progress[MONEY_TEXT_SIZE];
    char unfinished[MONEY_TEXT_SIZE];
    char checked_at[CLOCK_TEXT_SIZE];

    (void)printf("{\"balanced\":%s,\"sum_cents\":%" PRId64 ",\"negative_wallets\":%" PRId64
                 ",\"in_progress_usd\":\"%s\",\"checked_at\":\"%s\",\"details\":{"
                 "\"unequal_accounts\":%" PRId64 ",\"wrong_outcomes\":%" PRId64
                 ",\"unfinished_usd\":\"%s\",\"wrong_addresses\":%" PRId64
                 ",\"wrong_deposits\":%" PRId64 "}}\n",
                 ledger_audit_is_balanced(audit) ? "true" : "false", audit->sum_cents,
                 audit->negative_wallets, money_format(audit->in_progress_cents, in_progress),
                 clock_format(clock_now_us(NULL), checked_at), audit->unequal_accounts,
                 audit->wrong_outcomes, money_format(audit->unfinished_cents, unfinished),
                 audit->wrong_addresses, audit->wrong_deposits);
}

static int run_audit(struct pg *pg, const struct tool_config *config, const char *argument,
                     struct error *error)
{
    CLEANUP(pg_rows_free_cleanup) struct pg_rows *rows = NULL;
    struct ledger_audit audit;
    int result = pg_execute(pg, audit_store_ask(), NULL, &rows, error);

    (void)config;
    (void)argument;
    if (result != 0)
        return result;
    audit_store_row(rows, &audit);
    print_audit(&audit);
    return ledger_audit_is_balanced(&audit) ? 0 : RUN_UNBALANCED;
}

static void print_chain(const struct chain_report *report)
{
    const struct chain_audit *audit = &report->audit;
    char checked_at[CLOCK_TEXT_SIZE];

    (void)printf("{\"intact\":%s,\"transfers\":%" PRId64 ",\"outside\":%" PRId64
                 ",\"checked_at\":\"%s\",\"first_bad\":",
                 audit->flaw == CHAIN_INTACT ? "true" : "false", audit->transfers, report->outside,
                 clock_format(clock_now_us(NULL), checked_at));
    if (audit->flaw == CHAIN_INTACT)
        (void)printf("null");
    else
        (void)printf("{\"what\":\"%s\",\"shard\":%" PRId64 ",\"index\":%" PRId64
                     ",\"transaction_id\":%" PRId64 "}",
                     chain_flaw_name(audit->flaw), audit->shard, audit->index, audit->transfer_id);
    (void)printf(",\"ends\":[%s]}\n", report->shards > 0 ? report->ends.data : "");
}

static int run_audit_chain(struct pg *pg, const struct tool_config *config, const char *argument,
                           struct error *error)
{
    struct chain_report report = {0};
    int result = chain_audit_run(pg, &report, error);

    (void)config;
    (void)argument;
    if (result == 0) {
        print_chain(&report);
        result = report.audit.flaw == CHAIN_INTACT ? 0 : RUN_UNBALANCED;
    }
    buffer_deinit(&report.ends);
    return result;
}

static int compare_nodes(struct pg *pg, const struct tool_config *config, bool repairs,
                         struct error *error)
{
    int64_t found = 0;
    const int result = reconcile(pg, config->brokers, repairs, &found, error);

    return result == 0 && found > 0 ? (int)RUN_DRIFTED : result;
}

static int run_reconcile(struct pg *pg, const struct tool_config *config, const char *argument,
                         struct error *error)
{
    (void)argument;
    return compare_nodes(pg, config, false, error);
}

static int run_repair(struct pg *pg, const struct tool_config *config, const char *argument,
                      struct error *error)
{
    (void)argument;
    return compare_nodes(pg, config, true, error);
}

static const struct subcommand {
    const char *name;
    /* NULL: takes none. One that begins with a dash is that very word. */
    const char *argument;
    const char *help;
    const struct setting *settings;
    size_t setting_count;
    int (*run)(struct pg *pg, const struct tool_config *config, const char *argument,
               struct error *error);
} subcommands[] = {
    {"migrate",             NULL,       "bring the schema up to date, as its owner",                      owner_settings,
     ARRAY_LENGTH(owner_settings),                                                                                                                     run_migrate            },
    {"load-catalog",        "FILE",     "replace what is sold",                                           tool_settings,  ARRAY_LENGTH(tool_settings),
     run_load_catalog                                                                                                                                                         },
    {"load-inventory",      "FILE",     "add or change locations, nodes and addresses",                   tool_settings,
     ARRAY_LENGTH(tool_settings),                                                                                                                      run_load_inventory     },
    {"drain-node",          "NAME",     "place no new servers on a node; those on it stay",               tool_settings,
     ARRAY_LENGTH(tool_settings),                                                                                                                      run_drain_node         },
    {"undrain-node",        "NAME",     "let a node take new servers again",                              tool_settings,
     ARRAY_LENGTH(tool_settings),                                                                                                                      run_undrain_node       },
    {"create-operator-key", "NAME",     "make an operator key and print it, once",                        tool_settings,
     ARRAY_LENGTH(tool_settings),                                                                                                                      run_create_operator_key},
    {"audit",               "--chain",  "check the chain of transfers; status 1 when it is broken",       tool_settings,
     ARRAY_LENGTH(tool_settings),                                                                                                                      run_audit_chain        },
    {"audit",               NULL,       "recount the books; status 1 when they don't balance",            tool_settings,
     ARRAY_LENGTH(tool_settings),                                                                                                                      run_audit              },
    {"reconcile",           "--repair", "repair where the nodes differ from the register",                tool_settings,
     ARRAY_LENGTH(tool_settings),                                                                                                                      run_repair             },
    {"reconcile",           NULL,       "compare the nodes with the register; status 1 when they differ",
     tool_settings,                                                                                                       ARRAY_LENGTH(tool_settings), run_reconcile          },
};

static bool is_word(const char *argument)
{
    return argument != NULL && argument[0] == '-';
}

/* `argument` NULL: none was given. */
static const struct subcommand *find_subcommand(const char *name, const char *argument)
{
    for (size_t i = 0; i < ARRAY_LENGTH(subcommands); ++i)
        if (strcmp(subcommands[i].name, name) == 0 &&
            (!is_word(subcommands[i].argument) ||
             (argument != NULL && strcmp(subcommands[i].argument, argument) == 0)))
            return &subcommands[i];
    return NULL;
}

static void print_usage(const struct subcommand *subcommand, FILE *stream)
{
    (void)fprintf(stream, "slipway-billing %s%s%s\n", subcommand->name,
                  subcommand->argument == NULL ? "" : " ",
                  subcommand->argument == NULL ? "" : subcommand->argument);
}

static void print_subcommands(FILE *stream)
{
    (void)fprintf(stream, "slipway-billing            serves, until SIGTERM\n");
    for (size_t i = 0; i < ARRAY_LENGTH(subcommands); ++i) {
        print_usage(&subcommands[i], stream);
        (void)fprintf(stream, "                           %s\n", subcommands[i].help);
    }
    (void)fprintf(stream, "\nmigrate reads, besides the settings below:\n");
    config_print(owner_settings, ARRAY_LENGTH(owner_settings), stream);
    (void)fprintf(stream, "\n");
}

static int run_connected(const struct subcommand *subcommand, const char *argument,
                         struct error *error)
{
    CLEANUP(pg_free_cleanup) struct pg *pg = NULL;
    struct tool_config config = {0};
    struct pg_options options = {.application_name = "slipway-billing-tool"};
    int result = config_load(subcommand->settings, subcommand->setting_count, &config, error);

    if (result != 0)
        return result;
    options.conninfo = config.database;
    result = pg_new(&options, &pg, error);
    return result == 0 ? subcommand->run(pg, &config, argument, error) : result;
}

static int run(const struct subcommand *subcommand, int argc, char **argv)
{
    struct error error = {0};
    const int expected = subcommand->argument == NULL ? 2 : 3;
    int result;

    if (argc != expected) {
        (void)fputs("usage: ", stderr);
        print_usage(subcommand, stderr);
        return EXIT_MISUSED;
    }
    if (sodium_init() < 0)
        return EXIT_FAILED;
    result = run_connected(subcommand, argv[2], &error);
    if (result < 0)
        (void)fprintf(stderr, "slipway-billing %s: %s\n", subcommand->name, error.text);
    return result == 0 ? EXIT_DONE : EXIT_FAILED;
}

int command_line_main(int argc, char **argv)
{
    const struct subcommand *subcommand = argc > 1 ? find_subcommand(argv[1], argv[2]) : NULL;
    const struct service service = app_service();

    if (subcommand != NULL)
        return run(subcommand, argc, argv);
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        print_subcommands(stdout);
    return service_main(&service, argc, argv);
}
