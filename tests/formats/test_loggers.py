"""The ten-line loggers of the docs, run against a server on this machine: what they write imports."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from bargein.formats.wirelog import import_log
from wirelogs import GA_SESSION, b64, noise, openai

LOGGERS = Path(__file__).parents[2] / "docs" / "loggers"
MIC = [noise(100, n) for n in range(3)]
SAYS = [line["ev"] for line in openai(appends=False).lines if line["dir"] == "s2c"]
AGENT = openai().agent


def logger():
    """The Python logger as the docs have it."""
    spec = importlib.util.spec_from_file_location("logger_of_the_docs", LOGGERS / "logger.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.log_session


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
    assert np.array_equal(np.concatenate(MIC), (session.audio("user") * 32_768).astype(np.int16))
    assert np.array_equal(AGENT, (session.audio("agent") * 32_768).astype(np.int16))


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


@pytest.mark.parametrize("name", ["logger.py", "logger.mjs"])
def test_they_are_as_short_as_they_say(name):
    """Ten lines that do something, besides the line that names the function and the modules they need."""
    text = (LOGGERS / name).read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith(" ") and not line.strip().startswith(('"""', "//"))]
    assert 12 >= len(lines)
    assert all(len(line) <= 120 for line in text.splitlines())
