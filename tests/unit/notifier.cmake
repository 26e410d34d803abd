# The pure rules of the notifier.
foreach(rule address_rules backoff event in_flight notice signature telegram_answer traffic webhook_url)
    slipway_unit_test(notifier_${rule}_test services/notifier/${rule}_test.c slipway_notifier_core)
endforeach()
