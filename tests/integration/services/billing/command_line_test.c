/* The command line through the real binary. */
#include "lib/base/signing_key.h"
#include "tests/support/billing_database.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MASTER "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

struct output {
    int status;
    /* Standard output and error, as they came. */
    char text[65536];
};

static void read_all(int descriptor, char *ret_text, size_t size)
{
    size_t length = 0;
    ssize_t count;

    while (length < size - 1 &&
           (count = read(descriptor, ret_text + length, size - 1 - length)) > 0)
        length += (size_t)count;
    ret_text[length] = '\0';
}

/* Runs slipway-billing with up to two arguments. */
static void run(const char *first, const char *second, struct output *ret_output)
{
    int ends[2];
    int status = 0;
    pid_t child;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)dup2(ends[1], STDERR_FILENO);
        (void)execl(SLIPWAY_BILLING_BINARY, "slipway-billing", first, second, (char *)NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    read_all(ends[0], ret_output->text, sizeof(ret_output->text));
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    ret_output->status = WEXITSTATUS(status);
}

static void assert_run(const char *first, const char *second, int status, const char *text)
{
    struct output output;

    run(first, second, &output);
    if (output.status != status || strstr(output.text, text) == NULL)
        fail_msg("%s: %d: %s", first, output.status, output.text);
}

static int set_up(void **state)
{
    struct billing_database *database = calloc(1, sizeof(*database));

    assert_non_null(database);
    billing_database_init(database);
    (void)setenv("BILLING_DATABASE", database->service, 1);
    (void)setenv("BILLING_OWNER_DATABASE", database->owner, 1);
    (void)unsetenv("KAFKA_BROKERS");
    (void)unsetenv("SIGNING_MASTER_SECRET");
    *state = database;
    return 0;
}

static int tear_down(void **state)
{
    billing_database_deinit(*state);
    free(*state);
    return 0;
}

static void migrating_again_changes_nothing(void **state)
{
    (void)state;
    assert_run("migrate", NULL, 0, "0 migrations applied");
}

static void service_role_can_not_migrate_or_unwrite_the_ledger(void **state)
{
    const struct billing_database *database = *state;
    CLEANUP(pg_free_cleanup) struct pg *pg = billing_database_connect(database->service);
    struct error error = {0};

    assert_int_equal(pg_execute_script(pg, "DELETE FROM billing.transfers", &error), FAULT_HARD);
    assert_int_equal(pg_execute_script(pg, "DROP TABLE billing.users", &error), FAULT_HARD);
}

static void files_of_run_load(void **state)
{
    const struct billing_database *database = *state;

    assert_run("load-catalog", SLIPWAY_LOCAL_DIR "/catalog.json", 0, "4 plans, 3 locations");
    assert_run("load-inventory", SLIPWAY_LOCAL_DIR "/inventory.example.json", 0, "3 locations");
    assert_run("load-inventory", SLIPWAY_LOCAL_DIR "/inventory.example.json", 0, "3 locations");
    assert_int_equal(billing_database_number(database, "SELECT count(*) FROM billing.nodes"), 9);
    assert_int_equal(billing_database_number(database,
                                             "SELECT count(*) FROM billing.operator_log"
                                             " WHERE key_id IS NULL"
                                             " AND action = 'load_catalog'"
                                             " AND target = 'catalog:1'"
                                             " AND detail LIKE '4 plans, 3 locations, %'"),
                     1);
    assert_int_equal(billing_database_number(
                         database, "SELECT count(*) FROM billing.operator_log WHERE action ="
                                   " 'load_inventory' AND target IN ('inventory:2', 'inventory:3')"
                                   " AND detail LIKE '3 locations, 9 nodes, %'"),
                     2);
}

static void wrong_file_is_refused_by_name_and_changes_nothing(void **state)
{
    const struct billing_database *database = *state;

    assert_run("load-catalog", SLIPWAY_LOCAL_DIR "/inventory.example.json", 1, "/plans");
    assert_run("load-catalog", "/nowhere.json", 1, "/nowhere.json: No such file");
    assert_int_equal(
        billing_database_number(database, "SELECT version FROM billing.catalog_version"), 0);
    assert_int_equal(billing_database_number(database, "SELECT count(*) FROM billing.operator_log"),
                     0);
}

static void node_is_drained_and_undrained_by_its_name(void **state)
{
    static const char drained[] =
        "SELECT count(*) FROM billing.nodes WHERE drained AND name = 'de-2'";
    const struct billing_database *database = *state;

    assert_run("load-inventory", SLIPWAY_LOCAL_DIR "/inventory.example.json", 0, "3 locations");
    assert_run("drain-node", "de-2", 0, "node de-2 drained");
    assert_run("drain-node", "de-2", 0, "node de-2 drained");
    assert_int_equal(billing_database_number(database, drained), 1);
    assert_run("undrain-node", "de-2", 0, "node de-2 takes servers again");
    assert_int_equal(billing_database_number(database, drained), 0);
    assert_run("drain-node", "de-9", 1, "there is no node de-9");
    assert_int_equal(billing_database_number(database,
                                             "SELECT count(*) FROM billing.operator_log WHERE"
                                             " key_id IS NULL AND target = 'node:de-2'"
                                             " AND action IN ('drain_node', 'undrain_node')"),
                     3);
}

static void operator_key_is_printed_once_and_only_its_hash_stored(void **state) /* INV-8 */
{
    const struct billing_database *database = *state;
    struct output output;
    char sql[256];

    run("create-operator-key", "root", &output);
    assert_int_equal(output.status, 0);
    assert_int_equal(strlen(output.text), strlen("slip_hosting_") + 32 + 1);
    assert_int_equal(strncmp(output.text, "slip_hosting_", 13), 0);
    (void)snprintf(sql, sizeof(sql),
                   "SELECT count(*) FROM billing.api_keys"
                   " WHERE key_hash = sha256('%.45s') AND role = 'operator' AND name = 'root'",
                   output.text);
    assert_int_equal(billing_database_number(database, sql), 1);
    assert_int_equal(billing_database_number(
                         database, "SELECT count(*) FROM billing.operator_log l"
                                   " JOIN billing.api_keys k ON l.target = 'key:' || k.id"
                                   " WHERE l.action = 'create_operator_key' AND l.key_id IS NULL"
                                   " AND l.detail = 'root'"),
                     1);
}

static void operator_key_comes_with_its_signing_secret(void **state) /* INV-8 */
{
    static const char sql[] = "SELECT id FROM billing.api_keys WHERE name = 'signer'";
    const struct billing_database *database = *state;
    struct signing_master master;
    struct error error = {0};
    char secret[SIGNING_KEY_TEXT_SIZE], expected[128];
    struct output output;

    (void)setenv("SIGNING_MASTER_SECRET", MASTER, 1);
    run("create-operator-key", "signer", &output);
    assert_int_equal(output.status, 0);
    assert_int_equal(signing_master_init(&master, MASTER, &error), 0);
    signing_key_derive_text(&master, (uint64_t)billing_database_number(database, sql), secret);
    (void)snprintf(expected, sizeof(expected), "\nsigning_secret %s\n", secret);
    assert_string_equal(output.text + 13 + 32, expected);
}

static void malformed_master_secret_makes_no_key(void **state) /* INV-8 */
{
    const struct billing_database *database = *state;
    struct output output;

    (void)setenv("SIGNING_MASTER_SECRET", MASTER "00", 1);
    run("create-operator-key", "nobody", &output);
    assert_int_equal(output.status, 1);
    assert_non_null(strstr(output.text, "SIGNING_MASTER_SECRET must be 64 hex digits"));
    assert_null(strstr(output.text, MASTER));
    assert_int_equal(billing_database_number(database, "SELECT count(*) FROM billing.api_keys"), 0);
}

static void audit_tells_by_its_status(void **state) /* INV-1 */
{
    const struct billing_database *database = *state;

    assert_run("audit", NULL, 0, "{\"balanced\":true,\"sum_cents\":0,\"negative_wallets\":0,");
    billing_database_script(database, "INSERT INTO billing.accounts (id, kind, balance_cents)"
                                      " VALUES (7, 'wallet', 5)");
    assert_run("audit", NULL, 1, "{\"balanced\":false,\"sum_cents\":5,");
}

static void misuse_is_explained(void **state)
{
    (void)state;
    assert_run("audit", "more", 2, "usage: slipway-billing audit");
    assert_run("load-catalog", NULL, 2, "usage: slipway-billing load-catalog FILE");
    assert_run("unknown", NULL, 2, "see --help");
    assert_run("--help", NULL, 0, "load-inventory FILE");
    (void)unsetenv("BILLING_DATABASE");
    assert_run("audit", NULL, 1, "BILLING_DATABASE");
}

#define WITH_DATABASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DATABASE(migrating_again_changes_nothing),
        WITH_DATABASE(service_role_can_not_migrate_or_unwrite_the_ledger),
        WITH_DATABASE(files_of_run_load),
        WITH_DATABASE(wrong_file_is_refused_by_name_and_changes_nothing),
        WITH_DATABASE(node_is_drained_and_undrained_by_its_name),
        WITH_DATABASE(operator_key_is_printed_once_and_only_its_hash_stored),
        WITH_DATABASE(operator_key_comes_with_its_signing_secret),
        WITH_DATABASE(malformed_master_secret_makes_no_key),
        WITH_DATABASE(audit_tells_by_its_status),
        WITH_DATABASE(misuse_is_explained),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
