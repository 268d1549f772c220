"""A short logger for realtime sessions: one JSON object {t, dir, conn, ev} a line, t in whole milliseconds."""

import base64
import functools
import itertools
import json
import logging
import time

connections = itertools.count(1)
say_once = functools.cache(logging.getLogger("session-log").warning)


def log_session(connection, write):
    """Log an asynchronous websocket or OpenAI's SDK connection; ``write`` is that of a file (buffering=1)."""
    ws, conn = getattr(connection, "_connection", connection), next(connections)  # the SDK's own websocket
    send, recv = ws.send, ws.recv

    def log(way, message):
        try:  # whatever goes wrong here costs a line of the log and never disturbs the app
            line = {"t": time.monotonic_ns() // 1_000_000, "dir": way, "conn": conn}
            try:
                line["ev"] = json.loads(message)
            except ValueError:  # a binary frame: sound
                line["binary"] = base64.b64encode(message).decode()
            write(json.dumps(line) + "\n")
        except Exception as error:  # noqa: BLE001
            say_once("lines are missing from the log: %s", type(error).__name__)
        return message

    async def received(**options):
        return log("s2c", await recv(**options))

    ws.send = lambda message, **options: send(log("c2s", message), **options)
    ws.recv = received
