"""All stand-ins, with the secrets that both sides must know."""

from standin.cryptobot import CryptoBot


def make_providers(world, environment):
    """Puts them into the world; README.md lists the variables and what stands in their place."""

    def secret(name, fallback):
        return environment.get(f"STANDIN_{name}") or fallback

    made = [
        CryptoBot(world, token=secret("CRYPTOBOT_TOKEN", "1000:standin-cryptobot")),
    ]
    for provider in made:
        world.providers[provider.name] = provider
