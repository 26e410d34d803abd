/* The payment providers' stand-ins (tests/providers) as a process of the test's own, and what a
 * test asks of them over HTTP. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/http/client.h"

#include <sys/types.h>

struct standin_process {
    pid_t pid;
    /* "http://127.0.0.1:40000". */
    char url[64];
    struct http_client *client;
};

/* Ends the test program when it does not start. `script` is the path of serve.py. Webhooks whose
 * address is set on the provider's side reach nobody. */
void standin_process_init(struct standin_process *process, const char *script);
void standin_process_deinit(struct standin_process *process);

/* An answer that was waited for. */
struct standin_answer {
    /* As http_client_done_fn has it; status and body are there when it is 0. */
    int outcome;
    unsigned status;
    struct buffer body;
};

void standin_answer_deinit(struct standin_answer *answer);

/* Sends the request and waits for its end. */
void standin_process_send(struct standin_process *process,
                          const struct http_client_request *request,
                          struct standin_answer *ret_answer);

/* Presses a button: POST /__/<name> with this JSON. Fails the test unless it is 200. */
void standin_process_press(struct standin_process *process, const char *name, const char *json);
