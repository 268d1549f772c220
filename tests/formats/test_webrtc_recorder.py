"""The browser's recorder of the docs, in a browser: a loopback peer connection, tones of known times, an import."""

from __future__ import annotations

import base64
import functools
import json
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bargein.audio.edges import speech_spans
from bargein.formats.wirelog import import_log
from bargein.metrics.recorded import recorded_heard

LOGGERS = Path(__file__).parents[2] / "docs" / "loggers"

#: One page plays both parts: the "provider" sends 600 ms of a tone over a media track and says so on the channel.
TALK = """
async () => {
  const { recordSession } = await import("/webrtc.mjs");
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const [here, there] = [new RTCPeerConnection(), new RTCPeerConnection()];
  here.onicecandidate = (e) => e.candidate && there.addIceCandidate(e.candidate);
  there.onicecandidate = (e) => e.candidate && here.addIceCandidate(e.candidate);
  const context = new AudioContext();
  const voice = (hz) => {
    const tone = new OscillatorNode(context, { frequency: hz }), gain = new GainNode(context, { gain: 0 });
    const out = context.createMediaStreamDestination();
    tone.connect(gain).connect(out);
    tone.start();
    return { stream: out.stream, on: (v) => gain.gain.setValueAtTime(v, context.currentTime) };
  };
  const user = voice(440), agent = voice(660);
  const channel = here.createDataChannel("oai-events");
  const remote = new Promise((done) => { here.ontrack = (e) => done(e.streams[0] ?? new MediaStream([e.track])); });
  const server = new Promise((done) => { there.ondatachannel = (e) => done(e.channel); });
  const open = new Promise((done) => { channel.onopen = done; });
  here.addTrack(user.stream.getTracks()[0], user.stream);
  there.addTrack(agent.stream.getTracks()[0], agent.stream);
  await here.setLocalDescription(await here.createOffer());
  await there.setRemoteDescription(here.localDescription);
  await there.setLocalDescription(await there.createAnswer());
  await here.setRemoteDescription(there.localDescription);
  const stream = await remote, element = new Audio();
  element.srcObject = stream;  // Chromium gives a remote stream to Web Audio only while an element plays it
  element.muted = true;
  await element.play();
  const stop = await recordSession(channel, user.stream, stream);
  const says = await server;
  await open;
  await wait(1500);
  const say = (type, more) => says.send(JSON.stringify({ type, event_id: crypto.randomUUID(), ...more }));
  say("session.created", { session: { type: "realtime", model: "gpt-realtime", audio: {} } });
  say("response.created", { response: { id: "resp_A" } });
  say("output_audio_buffer.started", { response_id: "resp_A" });
  agent.on(0.5);
  await wait(1000);
  user.on(0.5);
  say("input_audio_buffer.speech_started", { audio_start_ms: 2500, item_id: "item_U" });
  await wait(200);
  agent.on(0);
  say("output_audio_buffer.cleared", { response_id: "resp_A" });
  channel.send(JSON.stringify({ type: "response.create" }));
  await wait(800);
  user.on(0);
  await wait(500);
  const found = {};
  for (const [name, blob] of Object.entries(await stop())) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = "";
    for (let n = 0; n < bytes.length; n += 8192) text += String.fromCharCode(...bytes.subarray(n, n + 8192));
    found[name] = btoa(text);
  }
  return found;
}
"""


@pytest.fixture
def page(chromium):
    """A page of the docs' loggers, on this machine alone."""
    driver = pytest.importorskip("playwright.sync_api", reason="the browser test needs playwright")
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    quiet.extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(quiet, directory=LOGGERS))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    with driver.sync_playwright() as opened:
        browser = opened.chromium.launch(executable_path=str(chromium), args=flags)
        made = browser.new_page()
        made.goto(f"http://127.0.0.1:{server.server_port}/webrtc.mjs")
        yield made
        browser.close()
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_a_browser_records_what_the_importer_reads(page, tmp_path):
    """Both tracks lie on the channel's clock, to within the sound card's latency and a jitter buffer."""
    found = page.evaluate(TALK)
    for name, suffix in (("log", "jsonl"), ("user", "wav"), ("agent", "wav")):
        (tmp_path / f"{name}.{suffix}").write_bytes(base64.b64decode(found[name]))
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text("utf-8").splitlines()]
    assert ["user", "agent"] == [line["track"] for line in lines if line.get("kind") == "track"]
    made = import_log(tmp_path / "log.jsonl", tmp_path / "s", provider="openai",
                      user=tmp_path / "user.wav", agent=tmp_path / "agent.wav")  # fmt: skip
    session = made.session
    assert [("agent", "heard"), ("user", "sent")] == sorted((k, t.kind) for k, t in session.info.tracks.items())
    assert not any("begins with the log" in said for said in session.info.assumed)
    (played,) = recorded_heard(session).timeline(["resp_A"])
    assert 1_100 <= played.ms <= 1_500
    for side, (begins, ends) in {"agent": (0, 0), "user": (1_000, 800)}.items():
        track = session.info.tracks[side]
        (tone,) = speech_spans(session.audio(side), track.rate).bridged(300).shift(track.origin_ms)
        assert abs(tone.start - played.start - begins) <= 250
        assert abs(tone.end - played.end - ends) <= 350
