#include "lib/kafka/consumer_private.h"

static struct party **find_place(struct turns *turns, uint64_t id)
{
    struct party **place = &turns->parties[id % PARTY_BUCKETS];

    while (*place != NULL && (*place)->id != id)
        place = &(*place)->next;
    return place;
}

struct party *turns_join(struct turns *turns, uint64_t id)
{
    struct party **place = find_place(turns, id);

    if (*place == NULL) {
        *place = calloc(1, sizeof(**place));
        if (*place == NULL)
            return NULL;
        (*place)->id = id;
    }
    ++(*place)->members;
    return *place;
}

static void free_if_gone(struct turns *turns, struct party *party)
{
    if (party->members > 0 || party->busy > 0)
        return;
    *find_place(turns, party->id) = party->next;
    free(party);
}

void turns_leave(struct turns *turns, struct party *party)
{
    --party->members;
    free_if_gone(turns, party);
}

static void queue_up(struct turns *turns, struct party *party)
{
    party->next_turn = NULL;
    if (turns->last == NULL)
        turns->first = party;
    else
        turns->last->next_turn = party;
    turns->last = party;
}

void turns_put(struct turns *turns, struct kafka_delivery *delivery)
{
    struct party *party = delivery->party;

    if (party->ready.first == NULL)
        queue_up(turns, party);
    delivery_list_push(&party->ready, delivery);
}

/* Takes the first party that may have another worker out of the queue; NULL: none may. */
static struct party *next_party(struct turns *turns)
{
    struct party *before = NULL;
    struct party *party = turns->first;

    for (; party != NULL && party->busy >= turns->busy_limit; party = party->next_turn)
        before = party;
    if (party == NULL)
        return NULL;
    if (before == NULL)
        turns->first = party->next_turn;
    else
        before->next_turn = party->next_turn;
    if (turns->last == party)
        turns->last = before;
    return party;
}

struct kafka_delivery *turns_take(struct turns *turns)
{
    struct party *party = next_party(turns);
    struct kafka_delivery *delivery;

    if (party == NULL)
        return NULL;
    delivery = delivery_list_pop(&party->ready);
    if (party->ready.first != NULL)
        queue_up(turns, party);
    ++party->busy;
    return delivery;
}

void turns_end(struct turns *turns, struct party *party)
{
    --party->busy;
    free_if_gone(turns, party);
}
