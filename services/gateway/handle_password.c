#include "services/gateway/gateway.h"
#include "services/gateway/handlers.h"
#include "services/gateway/order_wait.h"
#include "services/gateway/views.h"

#include <inttypes.h>
#include <sodium.h>

enum { PASSWORD_SIZE = 256 };

static int show_password(struct request *request, const Slipway__V1__QueryResult *result,
                         struct buffer *body, struct error *error)
{
    const Slipway__V1__Credentials *credentials = result->credentials;
    char password[PASSWORD_SIZE];
    const int opened = seal_open(
        &request->gateway->seal, credentials->seal_key_id, credentials->sealed_password.data,
        credentials->sealed_password.len, password, sizeof(password), error);

    if (opened != 0)
        return opened;
    view_password(body, credentials, password);
    sodium_memzero(password, sizeof(password));
    return 0;
}

/* What billing has stored is what is answered, so the two can't differ. */
static int password_done(struct request *request, struct error *error)
{
    Slipway__V1__GetCredentials question = SLIPWAY__V1__GET_CREDENTIALS__INIT;
    Slipway__V1__Query query = SLIPWAY__V1__QUERY__INIT;

    question.vps_id = request->order->vps_id;
    query.question_case = SLIPWAY__V1__QUERY__QUESTION_GET_CREDENTIALS;
    query.get_credentials = &question;
    return request_ask(request, &query, SLIPWAY__V1__QUERY_RESULT__ANSWER_CREDENTIALS,
                       show_password, error);
}

static void password_pending(struct request *request)
{
    const struct order_wait *order = request->order;

    (void)problem_set(&request->problem, PROBLEM_TIMEOUT,
                      "The password was not set within %" PRIu32 " s. GET " API_BASE "/vps/%" PRIu64
                      "/credentials shows it once it is set, which the batch %s tells.",
                      order->wait_s, order->vps_id, order->batch_id);
    request_reply_problem(request);
}

int handle_password(struct request *request, struct error *error)
{
    static const struct order_ending ending = {password_done, password_pending};
    Slipway__V1__RotatePassword password = SLIPWAY__V1__ROTATE_PASSWORD__INIT;
    Slipway__V1__Command command = SLIPWAY__V1__COMMAND__INIT;
    const int refusal = request_path_id(request, 0, &password.vps_id);

    if (refusal != 0)
        return refusal;
    http_exchange_set_header(request->exchange, "Cache-Control", "no-store");
    command.user_id = request_orderer(request);
    command.action_case = SLIPWAY__V1__COMMAND__ACTION_ROTATE_PASSWORD;
    command.rotate_password = &password;
    return order_wait_submit(request, &command, password.vps_id, &ending, error);
}
