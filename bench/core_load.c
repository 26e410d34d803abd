#include "bench/core_load.h"

#include "lib/base/queue.h"

#include <assert.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* Latencies are counted in steps of 50 µs up to 5 s. */
enum { LATENCY_STEP_US = 50, LATENCY_STEPS = 100000 };

/* Purchases that are built and submitted at a time. */
enum { TAKEN_MAX = 256 };

struct run;

struct slot {
    struct run *run;
    int64_t began_us;
};

struct run {
    const struct core_load *load;
    /* Slots without an open purchase. */
    struct queue *idle;
    struct slot *slots;
    atomic_uint_fast64_t accepted, refused;
    atomic_flag has_refusal;
    struct core_load_result *result;
    atomic_uint *latencies;
};

/* There is room for all slots, so it can't be refused. */
static void set_idle(struct run *run, struct slot *slot)
{
    const int refusal = queue_put(run->idle, slot);

    assert(refusal == 0);
    (void)refusal;
}

static void answered(void *context, const Slipway__V1__Answer *answer)
{
    struct slot *slot = context;
    struct run *run = slot->run;
    const int64_t step = (clock_monotonic_us() - slot->began_us) / LATENCY_STEP_US;

    if (answer->status == 202) {
        atomic_fetch_add(&run->accepted, 1);
        atomic_fetch_add(&run->latencies[step < LATENCY_STEPS ? step : LATENCY_STEPS - 1], 1);
    } else {
        atomic_fetch_add(&run->refused, 1);
        if (!atomic_flag_test_and_set(&run->has_refusal)) {
            run->result->refused_status = answer->status;
            memcpy(run->result->refused_body, answer->body.data,
                   answer->body.len < sizeof(run->result->refused_body) - 1
                       ? answer->body.len
                       : sizeof(run->result->refused_body) - 1);
        }
    }
    set_idle(run, slot);
}

/* As the gateway would send it: packed once here, unpacked a purchase. */
static Slipway__V1__Command *make_command(const struct core_load *load)
{
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    Slipway__V1__Principal principal = SLIPWAY__V1__PRINCIPAL__INIT;
    Slipway__V1__PurchaseVps purchase = SLIPWAY__V1__PURCHASE_VPS__INIT;
    Slipway__V1__PurchaseItem item = SLIPWAY__V1__PURCHASE_ITEM__INIT;
    Slipway__V1__PurchaseItem *items[] = {&item};
    char plan[] = "vps-2", os[] = "ubuntu-22", location[64], request_id[] = "bench";
    char traceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    uint8_t hash[32], packed[1024];
    const uint32_t wallet = randombytes_uniform((uint32_t)load->wallets);

    randombytes_buf(hash, sizeof(hash));
    (void)snprintf(location, sizeof(location), "%s", load->location);
    item.plan_code = plan;
    item.location_code = location;
    item.os_code = os;
    item.period_months = 1;
    purchase.n_items = 1;
    purchase.items = items;
    principal.key_id = 1;
    principal.role = SLIPWAY__V1__ROLE__ROLE_RESELLER;
    principal.user_id = 1 + (uint64_t)wallet;
    command.principal = &principal;
    command.user_id = principal.user_id;
    command.idempotency_hash = (ProtobufCBinaryData){sizeof(hash), hash};
    command.fingerprint = (ProtobufCBinaryData){sizeof(hash), hash};
    command.request_id = request_id;
    command.traceparent = traceparent;
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_PURCHASE;
    command.purchase = &purchase;
    return slipway__v1__command__unpack(NULL, slipway__v1__command__pack(&command, packed), packed);
}

static void buy(struct run *run, struct slot *slot)
{
    Slipway__V1__Command *command = make_command(run->load);

    slot->began_us = clock_monotonic_us();
    if (command == NULL || writer_submit(run->load->writer, command, answered, slot) != 0) {
        slipway__v1__command__free_unpacked(command, NULL);
        atomic_fetch_add(&run->refused, 1);
        set_idle(run, slot);
    }
}

static void keep_busy(struct run *run)
{
    const int64_t end_ms = clock_monotonic_ms() + run->load->duration_ms;
    void *slots[TAKEN_MAX];

    while (clock_monotonic_ms() < end_ms) {
        const size_t count = queue_take(run->idle, slots, TAKEN_MAX, 100);

        for (size_t i = 0; i < count; ++i)
            buy(run, slots[i]);
    }
}

static void wait_for_rest(struct run *run)
{
    while (queue_length(run->idle) < (size_t)run->load->in_flight)
        clock_sleep_ms(1);
}

static int64_t percentile_us(const struct run *run, uint64_t percent)
{
    const uint64_t wanted = atomic_load(&run->accepted) * percent / 100;
    uint64_t seen = 0;
    int64_t step = 0;

    while (step < LATENCY_STEPS - 1 && (seen += run->latencies[step]) < wanted)
        ++step;
    return (step + 1) * LATENCY_STEP_US;
}

static int prepare(struct run *run, struct error *error)
{
    const size_t count = (size_t)run->load->in_flight;

    run->idle = queue_new(count);
    run->slots = calloc(count, sizeof(*run->slots));
    run->latencies = calloc(LATENCY_STEPS, sizeof(*run->latencies));
    if (run->idle == NULL || run->slots == NULL || run->latencies == NULL)
        return error_set(error, FAULT_HARD, "no memory");
    for (size_t i = 0; i < count; ++i) {
        run->slots[i].run = run;
        set_idle(run, &run->slots[i]);
    }
    return 0;
}

static void tidy(struct run *run)
{
    void *slot;

    while (run->idle != NULL && queue_take(run->idle, &slot, 1, 0) == 1)
        continue;
    queue_free(run->idle);
    free(run->slots);
    free(run->latencies);
}

int core_load_run(const struct core_load *load, struct core_load_result *ret_result,
                  struct error *error)
{
    struct run run = {.load = load, .has_refusal = ATOMIC_FLAG_INIT, .result = ret_result};
    int result = prepare(&run, error);

    if (result == 0) {
        const int64_t began_us = clock_monotonic_us();

        *ret_result = (struct core_load_result){0};
        keep_busy(&run);
        wait_for_rest(&run);
        ret_result->duration_us = clock_monotonic_us() - began_us;
        ret_result->accepted = atomic_load(&run.accepted);
        ret_result->refused = atomic_load(&run.refused);
        ret_result->latency_p50_us = percentile_us(&run, 50);
        ret_result->latency_p99_us = percentile_us(&run, 99);
    }
    tidy(&run);
    return result;
}
