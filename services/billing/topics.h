/* The Kafka topics that billing depends on. */
#pragma once

#include "lib/base/error.h"
#include "services/billing/inventory_file.h"

#define TOPIC_RESULTS         "vps.results"
#define TOPIC_COMMANDS_PREFIX "vps.commands."
#define TOPIC_EVENTS          "hosting.events"

/* Those that the inventory's locations need, the results' and the events', with a dead-letter topic
 * each. */
MUST_CHECK int topics_ensure(const char *brokers, const struct inventory *inventory,
                             struct error *error);
