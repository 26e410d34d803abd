"""All stand-ins, with the secrets that both sides must know."""

from standin.cryptobot import CryptoBot
from standin.lava import Lava
from standin.lolz import Lolz
from standin.nowpayments import NowPayments
from standin.xrocket import XRocket


def make_providers(world, environment):
    """Puts them into the world; README.md lists the variables and what stands in their place."""

    def setting(name, fallback):
        return environment.get(f"STANDIN_{name}") or fallback

    made = [
        NowPayments(
            world,
            token=setting("CRYPTO_TOKEN", "standin-crypto"),
            ipn_secret=setting("CRYPTO_SECRET", "standin-crypto-secret"),
            list_is_open=setting("CRYPTO_LIST", "closed") == "open",
        ),
        CryptoBot(world, token=setting("CRYPTOBOT_TOKEN", "1000:standin-cryptobot")),
        XRocket(
            world,
            token=setting("XROCKET_TOKEN", "standin-xrocket"),
            lifetime_unit=setting("XROCKET_LIFETIME_UNIT", "ms"),
        ),
        Lolz(
            world,
            token=setting("LOLZ_TOKEN", "standin-lolz"),
            merchant_secret=setting("LOLZ_SECRET", "standin-lolz-secret"),
            merchant_id=int(setting("LOLZ_ACCOUNT", "77")),
        ),
        Lava(
            world,
            secret_key=setting("SBP_TOKEN", "standin-sbp"),
            additional_key=setting("SBP_SECRET", "standin-sbp-secret"),
            shop_id=setting("SBP_ACCOUNT", "11111111-2222-3333-4444-555555555555"),
        ),
    ]
    for provider in made:
        world.providers[provider.name] = provider
