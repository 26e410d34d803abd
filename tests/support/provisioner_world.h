/* A whole provisioner in this process, between the real servers that the environment names, with a
 * topic of its own and somebody who listens to its results. Failures fail the test. */
#pragma once

#include "lib/kafka/consumer.h"
#include "lib/kafka/producer.h"
#include "lib/redis/redis.h"
#include "proto/commands.pb-c.h"
#include "proto/results.pb-c.h"
#include "services/provisioner/config.h"

#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>

enum { PROVISIONER_WORLD_RESULTS = 4096 };

struct provisioner_world {
    char location[32], topic[64], dead_topic[80], group[64];
    /* The node's URI; that of one whose socket a test may make, at mute_path; those with one that
     * is never there: all that is allowed. */
    const char *uri;
    char mute_path[64], mute_uri[128];
    char uris[1024];
    struct provisioner_config config;
    struct metrics *metrics;
    void *app;
    struct kafka_producer *producer;
    struct kafka_consumer *consumer;
    struct redis *redis;
    char base64[64];
    unsigned char public_key[crypto_box_PUBLICKEYBYTES];
    unsigned char secret_key[crypto_box_SECRETKEYBYTES];
    uint64_t first_vps_id, next_vps_id;
    /* The consumer's threads add. */
    pthread_mutex_t mutex;
    Slipway__V1__MachineResult *results[PROVISIONER_WORLD_RESULTS];
    size_t result_count;
    size_t dead_count;
};

typedef Slipway__V1__MachineResult__OutcomeCase provisioner_outcome;

/* Set-up and tear-down of a cmocka group; the state is the world. */
int provisioner_world_open(void **state);
int provisioner_world_close(void **state);

/* True when it does not start. */
MUST_CHECK bool provisioner_world_start(struct provisioner_world *world);
void provisioner_world_stop(struct provisioner_world *world);

/* A node that is allowed and never there. */
#define PROVISIONER_WORLD_AWAY "test+unix:///default?socket=/nonexistent/socket"

/* What differs from one command to the next. Zero-initialised: a build, sequence 1. */
struct provisioner_order {
    uint64_t vps_id;
    bool inspect;
    Slipway__V1__MachineCommand__ActionCase action;
    Slipway__V1__PowerAction power;
    uint64_t sequence, settled_sequence;
    const char *image, *batch_id;
    /* REMOVE_STRAY. */
    const char *machine_uuid;
    /* NULL: the node that is there. */
    const char *uri;
};

void provisioner_world_send(struct provisioner_world *world, const struct provisioner_order *order);
void provisioner_world_send_bytes(struct provisioner_world *world, uint64_t vps_id,
                                  const void *value, size_t length);

/* How many results of that kind came for the VPS (0: for the node, which bears the location's
 * name); the last one is kept for the world's life. */
size_t provisioner_world_count(struct provisioner_world *world, uint64_t vps_id,
                               provisioner_outcome wanted,
                               const Slipway__V1__MachineResult **ret_last);

/* Waits for the n-th. */
const Slipway__V1__MachineResult *provisioner_world_await(struct provisioner_world *world,
                                                          uint64_t vps_id,
                                                          provisioner_outcome wanted, size_t n);

/* Takes the machine from its node, behind the provisioner's back. True when it was not there. The
 * process's event loop belongs to the provisioner, which must be running. */
bool provisioner_world_remove(const struct provisioner_world *world, uint64_t vps_id);
