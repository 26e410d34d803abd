#include "lib/base/queue.h"

#include <pthread.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void items_leave_in_the_order_they_came(void **state)
{
    struct queue *queue = queue_new(3);
    int items[4] = {0};
    void *taken[4];

    (void)state;
    for (int i = 0; i < 3; ++i)
        assert_int_equal(queue_put(queue, &items[i]), 0);
    assert_int_equal(queue_put(queue, &items[3]), QUEUE_FULL);
    assert_int_equal(queue_take(queue, taken, 2, 0), 2);
    assert_int_equal(queue_put(queue, &items[3]), 0);
    assert_int_equal(queue_take(queue, taken + 2, 4, 0), 2);
    for (int i = 0; i < 4; ++i)
        assert_ptr_equal(taken[i], &items[i]);
    assert_int_equal(queue_take(queue, taken, 1, 1), 0);
    queue_free(queue);
}

static void a_closed_queue_gives_what_is_left_and_takes_nothing(void **state)
{
    struct queue *queue = queue_new(2);
    int item;
    void *taken;

    (void)state;
    assert_int_equal(queue_put(queue, &item), 0);
    queue_close(queue);
    assert_true(queue_is_closed(queue));
    assert_int_equal(queue_put(queue, &item), QUEUE_CLOSED);
    assert_int_equal(queue_take(queue, &taken, 1, -1), 1);
    assert_int_equal(queue_take(queue, &taken, 1, -1), 0);
    queue_free(queue);
}

enum { PRODUCERS = 4, ITEMS = 5000 };

struct producer {
    struct queue *queue;
    int items[ITEMS];
};

static void *produce(void *context)
{
    struct producer *producer = context;

    for (int i = 0; i < ITEMS; ++i) {
        producer->items[i] = i;
        while (queue_put(producer->queue, &producer->items[i]) == QUEUE_FULL)
            continue;
    }
    return NULL;
}

static void nothing_is_lost_between_threads(void **state)
{
    struct queue *queue = queue_new(16);
    static struct producer producers[PRODUCERS];
    pthread_t threads[PRODUCERS];
    void *taken[8];
    int64_t sum = 0;
    size_t count = 0;

    (void)state;
    for (int i = 0; i < PRODUCERS; ++i) {
        producers[i].queue = queue;
        assert_int_equal(pthread_create(&threads[i], NULL, produce, &producers[i]), 0);
    }
    while (count < (size_t)PRODUCERS * ITEMS) {
        const size_t got = queue_take(queue, taken, ARRAY_LENGTH(taken), -1);

        for (size_t i = 0; i < got; ++i)
            sum += *(int *)taken[i];
        count += got;
    }
    for (int i = 0; i < PRODUCERS; ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_true(sum == (int64_t)PRODUCERS * ITEMS * (ITEMS - 1) / 2);
    assert_int_equal(queue_length(queue), 0);
    queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_leave_in_the_order_they_came),
        cmocka_unit_test(a_closed_queue_gives_what_is_left_and_takes_nothing),
        cmocka_unit_test(nothing_is_lost_between_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
