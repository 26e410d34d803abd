"""A node that takes its time: stands between libvirt's clients and a libvirtd, and holds each order
to start a machine back for a while, as a hypervisor that has a disk to copy would. All else passes
at once, also on the same connection. Prints "ready" when it listens.

    slow_node.py <socket> <libvirtd's socket> <seconds>
"""

import asyncio
import contextlib
import signal
import struct
import sys

HEADER = struct.Struct(">7I")
PROGRAM = 0x20008086
CALL = 0
# REMOTE_PROC_DOMAIN_CREATE and REMOTE_PROC_DOMAIN_CREATE_WITH_FLAGS.
STARTS = {9, 196}


async def read_message(reader):
    head = await reader.readexactly(HEADER.size)
    length, program, _, procedure, kind, _, _ = HEADER.unpack(head)
    body = await reader.readexactly(length - HEADER.size)
    return head + body, program == PROGRAM and kind == CALL and procedure in STARTS


async def pass_orders(reader, writer, seconds):
    loop = asyncio.get_running_loop()
    while True:
        message, is_start = await read_message(reader)
        if is_start:
            loop.call_later(seconds, writer.write, message)
        else:
            writer.write(message)


async def pass_answers(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)


async def serve(path, target, seconds):
    async def on_client(reader, writer):
        upstream_reader, upstream_writer = await asyncio.open_unix_connection(target)
        ways = [
            asyncio.ensure_future(pass_orders(reader, upstream_writer, seconds)),
            asyncio.ensure_future(pass_answers(upstream_reader, writer)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
            with contextlib.suppress(asyncio.CancelledError, asyncio.IncompleteReadError, OSError):
                await way
        writer.close()
        upstream_writer.close()

    server = await asyncio.start_unix_server(on_client, path)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print("ready", flush=True)
    async with server:
        await stop.wait()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    asyncio.run(serve(sys.argv[1], sys.argv[2], float(sys.argv[3])))
