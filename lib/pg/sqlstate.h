/* What a SQLSTATE means for whoever ran the statement. Source: PostgreSQL 15 manual, appendix A. */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>

struct sqlstate_meaning {
    enum fault fault;
    /* The session is over, or of no use any more. */
    bool ends_session;
};

/* "" (no answer from the server): FAULT_RETRY, session over. */
struct sqlstate_meaning sqlstate_meaning(const char *sqlstate);
