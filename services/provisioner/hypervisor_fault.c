#include "services/provisioner/hypervisor_private.h"

/* What a node would answer again however often it is asked. All else may pass: a wrong "retry"
 * costs a few attempts, a wrong "hard" costs a customer the machine. */
static const int hard_codes[] = {
    VIR_ERR_NO_SUPPORT,
    VIR_ERR_INVALID_ARG,
    VIR_ERR_XML_ERROR,
    VIR_ERR_XML_DETAIL,
    VIR_ERR_XML_INVALID_SCHEMA,
    VIR_ERR_OS_TYPE,
    VIR_ERR_NO_OS,
    VIR_ERR_CONFIG_UNSUPPORTED,
    VIR_ERR_ARGUMENT_UNSUPPORTED,
    VIR_ERR_OPERATION_DENIED,
    VIR_ERR_OPERATION_UNSUPPORTED,
    VIR_ERR_ACCESS_DENIED,
};

int hypervisor_last_code(void)
{
    return virGetLastErrorCode();
}

int hypervisor_fault(const char *what, struct error *error)
{
    const int code = virGetLastErrorCode();
    enum fault fault = FAULT_RETRY;

    for (size_t i = 0; i < ARRAY_LENGTH(hard_codes); ++i)
        if (code == hard_codes[i])
            fault = FAULT_HARD;
    return error_set(error, fault, "%s: %s", what, virGetLastErrorMessage());
}
