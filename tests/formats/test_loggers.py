"""The short loggers of the docs, run against a server on this machine: what they write imports."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from bargein.formats.wirelog import import_log
from bargein.providers import read
from scripted import script
from wirelogs import GA_SESSION, PCM, b64, noise, openai, pcm

LOGGERS = Path(__file__).parents[2] / "docs" / "loggers"
MIC = [noise(100, n) for n in range(3)]
SAYS = [line["ev"] for line in openai(appends=False).lines if line["dir"] == "s2c"]
AGENT = openai().agent


def logger():
    """The Python logger as the docs have it."""
    return script(LOGGERS / "logger.py").log_session


GROK = {"turn_detection": {"type": "server_vad", "threshold": 0.5},
        "audio": {side: {"format": PCM, "transport": "binary"} for side in ("input", "output")}}  # fmt: skip
GROK_SAYS = [
    {"type": "session.created", "session": {"model": "grok-voice", "turn_detection": {"type": None}}},
    {"type": "session.updated", "session": GROK},
    {"type": "response.created", "response": {"id": "f530"}},
]


async def serve_binary(talk):
    """Run ``talk(url)`` against a server that hears and speaks in binary frames, as xAI's transport ``binary``."""
    websockets = pytest.importorskip("websockets.asyncio.server")
    heard = []

    async def session(ws):
        await ws.send(json.dumps(GROK_SAYS[0]))
        heard.extend([await ws.recv() for _ in range(1 + len(MIC))])
        for frame in [*map(json.dumps, GROK_SAYS[1:]), *(piece.tobytes() for piece in np.split(AGENT, 3))]:
            await ws.send(frame)
        await ws.close()

    async with websockets.serve(session, "127.0.0.1", 0) as server:
        await talk(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/v1")
    return heard


def imports_sound_from_binary_frames(log, folder):
    """Base64 of each frame; the session holds both sides bit for bit, of one response."""
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert len(MIC) + 3 == sum("binary" in line for line in lines)
    made = import_log(log, folder / "session", provider="xai")
    assert np.array_equal(np.concatenate(MIC), pcm(made.session, "user"))
    assert np.array_equal(AGENT, pcm(made.session, "agent"))
    assert ["f530"] == list(read(made.session).responses)


async def serve(talk):
    """Run ``talk(url)`` against a server that greets, hears three appends, and plays the OpenAI log back."""
    websockets = pytest.importorskip("websockets.asyncio.server")
    heard = []

    async def session(ws):
        await ws.send(json.dumps(SAYS[0]))
        async for message in ws:
            heard.append(json.loads(message))
            if sum(m["type"] == "input_audio_buffer.append" for m in heard) == len(MIC):
                break
        for event in SAYS[1:]:
            await ws.send(json.dumps(event))
        await ws.close()

    async with websockets.serve(session, "127.0.0.1", 0) as server:
        await talk(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/v1")
    return heard


def imports_as_what_went_over_the_wire(log, heard, folder):
    """Every message once, in order, on a clock that runs; the sound on both sides bit for bit."""
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert SAYS == [x["ev"] for x in lines if x["dir"] == "s2c"]
    assert heard == [x["ev"] for x in lines if x["dir"] == "c2s"]
    assert all(isinstance(x["t"], int) for x in lines)
    assert sorted(x["t"] for x in lines) == [x["t"] for x in lines]
    session = import_log(log, folder / "session", provider="openai").session
    assert "wall" == session.info.clock
    assert np.array_equal(np.concatenate(MIC), pcm(session, "user"))
    assert np.array_equal(AGENT, pcm(session, "agent"))


def test_python_and_a_websocket(tmp_path):
    """Two lines in anybody's client: open, wrap."""
    pytest.importorskip("websockets")
    from websockets.asyncio.client import connect

    async def talk(url):
        async with connect(url) as ws:
            with (tmp_path / "call.jsonl").open("w", buffering=1) as out:
                logger()(ws, out.write)
                await ws.recv()
                for piece in MIC:
                    await ws.send(json.dumps({"type": "input_audio_buffer.append", "audio": b64(piece)}))
                    await asyncio.sleep(0.1)
                async for _ in ws:
                    pass

    heard = asyncio.run(serve(talk))
    imports_as_what_went_over_the_wire(tmp_path / "call.jsonl", heard, tmp_path)


def test_python_and_openais_sdk(tmp_path):
    """The same wrapper takes the SDK's connection, with its typed events."""
    sdk = pytest.importorskip("openai")

    async def talk(url):
        client = sdk.AsyncOpenAI(api_key="sk-of-nobody-at-all", websocket_base_url=url)
        async with client.realtime.connect(model="gpt-realtime-2.1") as connection:
            with (tmp_path / "call.jsonl").open("w", buffering=1) as out:
                logger()(connection, out.write)
                turn_detection = GA_SESSION["audio"]["input"]["turn_detection"]
                await connection.session.update(
                    session={"type": "realtime", "audio": {"input": {"turn_detection": turn_detection}}}
                )
                for piece in MIC:
                    await connection.input_audio_buffer.append(audio=b64(piece))
                    await asyncio.sleep(0.1)
                async for event in connection:
                    assert event.type

    heard = asyncio.run(serve(talk))
    assert "session.update" == heard[0]["type"]
    imports_as_what_went_over_the_wire(tmp_path / "call.jsonl", heard, tmp_path)
    assert "of-nobody" not in (tmp_path / "call.jsonl").read_text()


async def speak(ws, pieces=MIC):
    """The microphone, every 100 ms, then whatever the server says."""
    for piece in pieces:
        await ws.send(json.dumps({"type": "input_audio_buffer.append", "audio": b64(piece)}))
        await asyncio.sleep(0.1)
    return [message async for message in ws]


def test_python_and_binary_frames(tmp_path):
    """Sound outside of JSON passes in both directions, and the log holds it."""
    pytest.importorskip("websockets")
    from websockets.asyncio.client import connect

    got = []

    async def talk(url):
        async with connect(url) as ws:
            with (tmp_path / "call.jsonl").open("w", buffering=1) as out:
                logger()(ws, out.write)
                await ws.recv()
                await ws.send(json.dumps({"type": "session.update", "session": GROK}))
                for piece in MIC:
                    await ws.send(piece.tobytes())
                    await asyncio.sleep(0.1)
                got.extend([message async for message in ws])

    heard = asyncio.run(serve_binary(talk))
    assert [piece.tobytes() for piece in MIC] == heard[1:]
    assert AGENT.tobytes() == b"".join(message for message in got if isinstance(message, bytes))
    imports_sound_from_binary_frames(tmp_path / "call.jsonl", tmp_path)


@pytest.mark.parametrize("fault", ["closed file", "full disk", "not even a function"])
def test_a_log_that_cannot_be_written_does_not_disturb(fault, tmp_path, caplog):
    """The call goes on as if nobody logged; one warning says that lines are missing."""
    pytest.importorskip("websockets")
    from websockets.asyncio.client import connect

    closed = (tmp_path / "call.jsonl").open("w")
    closed.close()
    full = Path("/dev/full")
    if fault == "full disk" and not full.exists():
        pytest.skip("no /dev/full here")
    disk = full.open("w", buffering=1) if fault == "full disk" else None
    write = {"closed file": closed.write, "full disk": disk and disk.write, "not even a function": None}[fault]
    got = []

    async def talk(url):
        async with connect(url) as ws:
            logger()(ws, write)
            got.append(await ws.recv())
            got.extend(await speak(ws))

    heard = asyncio.run(serve(talk))
    assert SAYS == [json.loads(message) for message in got]
    assert len(MIC) == len(heard)
    assert 1 == sum("lines are missing from the log" in record.getMessage() for record in caplog.records)
    if disk:
        with pytest.raises(OSError, match="No space left"):
            disk.close()


@pytest.mark.parametrize("odd", ["ping", ["he", "llo"]], ids=["no JSON", "fragments"])
def test_what_is_no_message_passes_too(odd, caplog):
    """The app may send what it likes: the logger looks and keeps out of the way."""
    sent = []

    class Ws:
        async def send(self, message):
            sent.append(message)

        async def recv(self):
            return "{}"

    ws = Ws()
    logger()(ws, [].append)
    asyncio.run(ws.send(odd))
    assert [odd] == sent


def test_python_and_a_reconnect(tmp_path):
    """One log, one clock: times go on, connections are told apart, and the session imports whole."""
    pytest.importorskip("websockets")
    from websockets.asyncio.client import connect

    log = tmp_path / "call.jsonl"
    log_session = logger()

    async def talk(url):
        async with connect(url) as ws:
            with log.open("a", buffering=1) as out:
                log_session(ws, out.write)
                await ws.recv()
                await speak(ws)

    asyncio.run(serve(talk))
    asyncio.run(serve(talk))
    imports_two_connections(log, tmp_path)


def imports_two_connections(log, folder):
    """The second connection's times follow the first's."""
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [1] * (len(lines) // 2) + [2] * (len(lines) // 2) == [x["conn"] for x in lines]
    assert sorted(x["t"] for x in lines) == [x["t"] for x in lines]
    made = import_log(log, folder / "session", provider="openai")
    assert "2 connections" in made.notes
    assert np.array_equal(AGENT, pcm(made.session, "agent"))  # the server said the same again, with the same event ids
    assert {"1", "2"} == {r.connection for r in made.session.records}


@pytest.fixture
def node():
    """Run a module in Node; without Node the JavaScript logger is not tested."""
    found = shutil.which("node")
    if not found:
        pytest.skip("no node on the PATH (Debian: apt install nodejs)")

    def run(code, *flags):
        command = [found, *flags, "--input-type=module", "-"]
        return subprocess.run(command, input=code, capture_output=True, text=True, timeout=60, check=False)

    return run


CLIENT = """
import { logSession } from "file://LOGGER";
import { appendFileSync } from "node:fs";
const ws = SOCKET;
logSession(ws, (line) => appendFileSync("LOG", line));
"""


def client(log, socket):
    """A page's script, around the logger as the docs have it."""
    return CLIENT.replace("LOGGER", str(LOGGERS / "logger.mjs")).replace("LOG", str(log)).replace("SOCKET", socket)


def test_javascript_and_anything_like_a_websocket(node, tmp_path):
    """A browser's WebSocket, a WebRTC data channel: what has ``send`` and message events."""
    log = tmp_path / "call.jsonl"
    fake = "new (class extends EventTarget { sent = []; send(m) { this.sent.push(m); } })()"
    talk = f"""
    const said = {json.dumps([json.dumps(event) for event in SAYS])};
    const mic = {json.dumps([b64(piece) for piece in MIC])};
    ws.dispatchEvent(new MessageEvent("message", {{ data: said[0] }}));
    for (const audio of mic) {{
      ws.send(JSON.stringify({{ type: "input_audio_buffer.append", audio }}));
      await new Promise((done) => setTimeout(done, 100));
    }}
    for (const data of said.slice(1)) ws.dispatchEvent(new MessageEvent("message", {{ data }}));
    console.log(JSON.stringify(ws.sent.map((m) => JSON.parse(m))));
    """
    done = node(client(log, fake) + talk)
    assert 0 == done.returncode, done.stderr
    imports_as_what_went_over_the_wire(log, json.loads(done.stdout), tmp_path)


def test_javascript_and_a_real_websocket(node, tmp_path):
    """Node's own, where this version has one."""
    flag = next((f for f in ("--no-warnings", "--experimental-websocket")
                 if "function" in node("console.log(typeof WebSocket)", f).stdout), None)  # fmt: skip
    if flag is None:
        pytest.skip("this Node has no WebSocket (20.10 and later have one behind a flag)")
    log = tmp_path / "call.jsonl"

    async def talk(url):
        code = (
            client(log, f'new WebSocket("{url}")')
            + f"""
        const mic = {json.dumps([b64(piece) for piece in MIC])};
        await new Promise((done) => ws.addEventListener("message", done, {{ once: true }}));
        for (const audio of mic) {{
          ws.send(JSON.stringify({{ type: "input_audio_buffer.append", audio }}));
          await new Promise((done) => setTimeout(done, 100));
        }}
        if (ws.readyState < 3) await new Promise((done) => ws.addEventListener("close", done));
        """
        )
        done = await asyncio.to_thread(node, code, flag)
        assert 0 == done.returncode, done.stderr

    heard = asyncio.run(serve(talk))
    imports_as_what_went_over_the_wire(log, heard, tmp_path)


def test_javascript_and_binary_frames(node, tmp_path):
    """Buffers as base64; of a Blob, which cannot be read at once, the number of bytes; the app gets what it got."""
    log = tmp_path / "call.jsonl"
    fake = "new (class extends EventTarget { sent = []; send(m) { this.sent.push(m); } })()"
    talk = f"""
    const sound = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const receive = (data) => ws.dispatchEvent(new MessageEvent("message", {{ data }}));
    receive({json.dumps(json.dumps(GROK_SAYS[0]))});
    ws.send({json.dumps(json.dumps({"type": "session.update", "session": GROK}))});
    for (const piece of {json.dumps([b64(piece) for piece in MIC])}) {{
      ws.send(sound(piece));
      await new Promise((done) => setTimeout(done, 100));
    }}
    for (const data of {json.dumps([json.dumps(event) for event in GROK_SAYS[1:]])}) receive(data);
    for (const piece of {json.dumps([b64(piece) for piece in np.split(AGENT, 3)])}) receive(sound(piece).buffer);
    console.log(ws.sent.length);
    const seen = logSession;
    const lines = [], other = {fake};
    seen(other, (line) => lines.push(JSON.parse(line)));
    other.dispatchEvent(new MessageEvent("message", {{ data: new Blob([new Uint8Array(480)]) }}));
    other.send(new Uint8Array(new Uint8Array([9, 9, 1, 2, 3, 9]).buffer, 2, 3));
    console.log(JSON.stringify(lines.map((x) => [x.conn, x.binary])));
    """
    done = node(client(log, fake) + talk)
    assert 0 == done.returncode, done.stderr
    sent, others = done.stdout.splitlines()
    assert str(1 + len(MIC)) == sent
    assert [[2, 480], [2, b64(bytes([1, 2, 3]))]] == json.loads(others)
    imports_sound_from_binary_frames(log, tmp_path)


@pytest.mark.parametrize("write", ["() => { throw new Error('disk full'); }",
                                   "async () => { throw new Error('disk full'); }", "null"])  # fmt: skip
def test_javascript_that_cannot_write_does_not_disturb(write, node, tmp_path):
    """At once or later, as with promises: the app goes on, and one warning says that lines are missing."""
    fake = "new (class extends EventTarget { sent = []; send(m, done) { this.sent.push(m); return done; } })()"
    talk = f"""
    const other = {fake};
    logSession(other, {write});
    let got = 0;
    other.addEventListener("message", () => got++);
    const kept = [other.send("{{}}", 7), other.send("no JSON", 8)];
    for (const data of ["{{}}", "{{}}"]) other.dispatchEvent(new MessageEvent("message", {{ data }}));
    await new Promise((done) => setTimeout(done, 20));
    console.log(JSON.stringify([other.sent, kept, got]));
    """
    done = node(client(tmp_path / "call.jsonl", fake) + talk)
    assert 0 == done.returncode, done.stderr
    assert [["{}", "no JSON"], [7, 8], 2] == json.loads(done.stdout)
    assert 1 == done.stderr.count("lines are missing from the log")


def test_javascript_and_a_reconnect(node, tmp_path):
    """One page, one clock; and the next page's goes on where this one's ended."""
    log = tmp_path / "call.jsonl"
    fake = "new (class extends EventTarget { send() {} })()"
    talk = f"""
    const mic = {json.dumps([b64(piece) for piece in MIC])};
    for (const socket of [ws, {fake}]) {{
      if (socket !== ws) logSession(socket, (line) => appendFileSync("{log}", line));
      const receive = (data) => socket.dispatchEvent(new MessageEvent("message", {{ data }}));
      const said = {json.dumps([json.dumps(event) for event in SAYS])};
      receive(said[0]);
      for (const audio of mic) {{
        socket.send(JSON.stringify({{ type: "input_audio_buffer.append", audio }}));
        await new Promise((done) => setTimeout(done, 100));
      }}
      said.slice(1).forEach(receive);
    }}
    """
    done = node(client(log, fake) + talk)
    assert 0 == done.returncode, done.stderr
    imports_two_connections(log, tmp_path)
    before = json.loads(log.read_text("utf-8").splitlines()[-1])["t"]
    done = node(client(log, fake) + 'ws.send("{}");')
    assert 0 == done.returncode, done.stderr
    assert before <= json.loads(log.read_text("utf-8").splitlines()[-1])["t"]


@pytest.mark.parametrize("name", ["logger.py", "logger.mjs"])
def test_they_can_be_read_before_they_are_trusted(name):
    """Short: under twenty lines that do something, besides those that name the function and the modules."""
    text = (LOGGERS / name).read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith(" ") and not line.strip().startswith(('"""', "//"))]
    assert 17 >= len(lines)
    assert all(len(line) <= 120 for line in text.splitlines())
