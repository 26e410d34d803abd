#include "slipctl/askpass.h"
#include "slipctl/slipctl.h"

#include <sys/resource.h>
#include <unistd.h>

/* Memory holds secrets, so it must not end up on a disk. */
static void forbid_core_dumps(void)
{
    const struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
}

int main(int argc, char **argv)
{
    forbid_core_dumps();
    if (askpass_is_asked(argc))
        return askpass_run(argv[1]);
    return slipctl_run(argc, argv, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO);
}
