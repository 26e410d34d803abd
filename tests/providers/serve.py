#!/usr/bin/env python3
"""The payment providers' stand-ins as one server: see README.md beside this file."""

import argparse
import os

from standin.providers import make_providers
from standin.server import serve
from standin.world import World


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0: any that is free")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument(
        "--callbacks",
        default="",
        help="where webhooks go whose address is set on the provider's side: "
        "http://host/hosting/api/v1/callbacks, to which /<provider> is added",
    )
    parser.add_argument("--public-url", default="", help="how a payer's browser reaches this")
    parser.add_argument(
        "--retry-scale",
        type=float,
        default=0.001,
        help="a second of the real provider's retry schedule takes this many seconds here",
    )
    return parser.parse_args()


def main():
    given = arguments()
    world = World(
        callbacks=given.callbacks.rstrip("/"),
        public_url=given.public_url.rstrip("/"),
        retry_scale=given.retry_scale,
    )
    make_providers(world, os.environ)
    serve(world, given.address, given.port)


if __name__ == "__main__":
    main()
