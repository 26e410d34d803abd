/* A crowd of purchases against a writer, without HTTP: keeps a fixed number of them open. */
#pragma once

#include "services/billing/writer.h"

struct core_load {
    struct writer *writer;
    /* Users 1 … wallets buy, at random. */
    int64_t wallets;
    int64_t in_flight;
    int64_t duration_ms;
    const char *location;
};

struct core_load_result {
    uint64_t accepted, refused;
    /* Of the first refusal: its status and body. */
    uint32_t refused_status;
    char refused_body[256];
    int64_t duration_us;
    int64_t latency_p50_us, latency_p99_us;
};

MUST_CHECK int core_load_run(const struct core_load *load, struct core_load_result *ret_result,
                             struct error *error);
