"""A network that can be cut: TCP ports of ours before the servers' ports, in a process of its own.

`python -m tests.faults.run.proxy <listen>:<target> ...` answers each line `<listen> <state>` on its input with the same
line. The states:

    open        everything passes
    refuse      nobody is let in, and who was in is thrown out
    cut         who was in is thrown out once; new ones are let in (then it is `open`)
    stall       nothing passes either way, connections stay
    stall_out   nothing passes towards the server
    stall_back  nothing passes towards the client
    <port>      who was in is thrown out; new ones get to a server that has taken over there
"""

import asyncio
import contextlib
import sys

import uvloop

from deploy.local.ports import LOOPBACK

STATES = ("open", "refuse", "cut", "stall", "stall_out", "stall_back")
CHUNK = 1 << 16


class Link:
    """One port and what lies behind it."""

    def __init__(self, listen: int, target: int) -> None:
        self._listen = listen
        self._target = target
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._out, self._back = asyncio.Event(), asyncio.Event()

    async def set(self, state: str) -> None:
        if state.isdecimal():
            self._target, state = int(state), "cut"
        for way, stalls in ((self._out, "stall_out"), (self._back, "stall_back")):
            if state in ("stall", stalls):
                way.clear()
            else:
                way.set()
        if state == "refuse" and self._server is not None:
            self._server.close()
            self._server = None
        if state in ("refuse", "cut"):
            for writer in self._writers:
                writer.transport.abort()
        if state != "refuse" and self._server is None:
            self._server = await asyncio.start_server(self._serve, LOOPBACK, self._listen)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        behind: asyncio.StreamWriter | None = None
        try:
            answers, behind = await asyncio.open_connection(LOOPBACK, self._target)
            self._writers.add(behind)
            ways = (self._pass(reader, behind, self._out), self._pass(answers, writer, self._back))
            tasks = [asyncio.create_task(way) for way in ways]
            _, left = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in left:
                task.cancel()
            await asyncio.wait(tasks)
        except OSError:
            pass
        finally:
            for each in (writer, behind):
                if each is not None:
                    self._writers.discard(each)
                    each.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: asyncio.Event) -> None:
        with contextlib.suppress(OSError, RuntimeError):  # uvloop says the second of a closed connection
            while data := await reader.read(CHUNK):
                await way.wait()
                writer.write(data)
                await writer.drain()


async def main(arguments: list[str]) -> None:
    links = {pair.split(":")[0]: Link(*map(int, pair.split(":"))) for pair in arguments}
    for link in links.values():
        await link.set("open")
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    print("ready", flush=True)
    while line := (await orders.readline()).decode():
        listen, state = line.split()
        await links[listen].set(state)
        print(line, end="", flush=True)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1:]))
