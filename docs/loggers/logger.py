"""Ten lines that log a realtime session: one JSON object {t, dir, ev} a line, t in whole milliseconds."""

import json
import time


def log_session(connection, write):
    """Log what passes through a websocket or OpenAI's SDK connection; ``write`` is that of a file (buffering=1)."""
    ws, start = getattr(connection, "_connection", connection), time.monotonic()  # the SDK's own websocket
    send, recv = ws.send, ws.recv

    def log(way, message):
        line = {"t": int(1000 * (time.monotonic() - start)), "dir": way, "ev": json.loads(message)}
        write(json.dumps(line) + "\n")
        return message

    async def received(**options):
        return log("s2c", await recv(**options))

    ws.send = lambda message, **options: send(log("c2s", message), **options)
    ws.recv = received
