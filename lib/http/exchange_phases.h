/* libmicrohttpd's callbacks, which drive an exchange through its phases. */
#pragma once

#include <microhttpd.h>

/* MHD_OPTION_URI_LOG_CALLBACK: makes the exchange. `context` of all is the server. */
void *phases_on_target(void *context, const char *target, struct MHD_Connection *mhd);
/* MHD_AccessHandlerCallback. */
enum MHD_Result phases_on_access(void *context, struct MHD_Connection *mhd, const char *path,
                                 const char *method, const char *version, const char *upload,
                                 size_t *upload_size, void **slot);
/* MHD_OPTION_NOTIFY_COMPLETED: ends the exchange. */
void phases_on_completed(void *context, struct MHD_Connection *mhd, void **slot,
                         enum MHD_RequestTerminationCode reason);
/* MHD_OPTION_NOTIFY_CONNECTION. */
void phases_on_connection(void *context, struct MHD_Connection *mhd, void **slot,
                          enum MHD_ConnectionNotificationCode what);
