"""Carries TCP connections from published ports to servers in a network that has no way out.

Usage: relay.py PORT=HOST:PORT... Docker publishes no port of a container whose networks are all internal, so a relay
is in such a network and in another one: it holds no program of anybody's, and knows no token.
"""

import asyncio
import sys


async def carry(reader, writer):
    """One direction, to its end."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        pass


async def relay(host, port, reader, writer):
    """One connection. When either side is gone, so is the other."""
    try:
        there = await asyncio.open_connection(host, port)
    except OSError as error:
        print(f"relay: {host}:{port}: {error}", file=sys.stderr)
        writer.close()
        return
    ways = (carry(reader, there[1]), carry(there[0], writer))
    await asyncio.wait([asyncio.ensure_future(way) for way in ways], return_when=asyncio.FIRST_COMPLETED)
    for end in (writer, there[1]):
        end.close()


async def main(routes):
    """Serves all routes until the process ends."""
    for route in routes:
        port, _, target = route.partition("=")
        host, _, there = target.rpartition(":")

        def accept(reader, writer, host=host, there=int(there)):
            return relay(host, there, reader, writer)

        await asyncio.start_server(accept, "0.0.0.0", int(port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
