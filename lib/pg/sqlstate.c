#include "lib/pg/sqlstate.h"

#include <string.h>

static const struct {
    const char *prefix;
    struct sqlstate_meaning meaning;
} meanings[] = {
    {"08",    {FAULT_RETRY, true} }, /* connection exception */
    {"0A000", {FAULT_RETRY, true} }, /* a plan outlived a migration: prepare anew */
    {"25006", {FAULT_RETRY, true} }, /* read-only: this server is a standby now */
    {"25P03", {FAULT_RETRY, true} }, /* idle_in_transaction_session_timeout */
    {"26000", {FAULT_RETRY, true} }, /* the session forgot a prepared statement */
    {"40001", {FAULT_RETRY, false}}, /* serialization failure */
    {"40P01", {FAULT_RETRY, false}}, /* deadlock */
    {"53",    {FAULT_RETRY, false}}, /* out of disk, memory, connections */
    {"55P03", {FAULT_RETRY, false}}, /* lock_timeout */
    {"57014", {FAULT_RETRY, false}}, /* statement_timeout, cancel */
    {"57P",   {FAULT_RETRY, true} }, /* shutdown, crash, start-up, termination */
};

struct sqlstate_meaning sqlstate_meaning(const char *sqlstate)
{
    if (sqlstate[0] == '\0')
        return (struct sqlstate_meaning){FAULT_RETRY, true};
    for (size_t i = 0; i < ARRAY_LENGTH(meanings); ++i) {
        if (strncmp(sqlstate, meanings[i].prefix, strlen(meanings[i].prefix)) == 0)
            return meanings[i].meaning;
    }
    return (struct sqlstate_meaning){FAULT_HARD, false};
}
