/* The server itself, for the modules it consists of. */
#pragma once

#include "lib/http/listener.h"
#include "lib/http/server.h"

struct http_server {
    struct http_server_options options;
    struct MHD_Daemon *daemon;
    struct listener listener;
    struct deadlines deadlines;
    atomic_bool draining;
    atomic_size_t open_exchanges;
    /* Threads inside MHD_resume_connection(), which touches the daemon to its very end. */
    atomic_size_t resuming;
};
