"""Joins standard input and output to a port on loopback, as ssh's ProxyCommand: relay.py PORT."""

import os
import select
import socket
import sys


def main():
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as peer:
        ends = {0: peer.fileno(), peer.fileno(): 1}
        while True:
            for end in select.select(list(ends), [], [])[0]:
                data = os.read(end, 65536)
                if not data:
                    return
                os.write(ends[end], data)


if __name__ == "__main__":
    main()
