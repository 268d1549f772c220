// A short recorder for WebRTC sessions: the data channel as lines {t, dir, conn, ev}, both tracks as WAV, on one clock.
// Call it before the channel opens; stop() gives { log, user, agent }, three Blobs: offer them as downloads.
import { logSession } from "./logger.mjs";
const TAP = `registerProcessor("tap", class extends AudioWorkletProcessor {
  process(sides) { this.port.postMessage([currentFrame, ...sides.map((s) => s[0]?.slice() ?? new Float32Array(128))]);
    return true; } });`;

export async function recordSession(channel, microphone, remote) { // two MediaStreams; the remote one is also played
  const lines = [], blocks = [], context = new AudioContext();
  logSession(channel, (line) => lines.push(line));
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([TAP], { type: "text/javascript" })));
  const mono = { numberOfInputs: 2, channelCount: 1, channelCountMode: "explicit" };
  const tap = new AudioWorkletNode(context, "tap", mono);
  tap.port.onmessage = ({ data }) => blocks.push(data);
  [microphone, remote].forEach((stream, side) => context.createMediaStreamSource(stream).connect(tap, 0, side));
  tap.connect(context.destination); // it says nothing, but what leads nowhere is not run
  return async function stop() {
    const heard = context.getOutputTimestamp(); // one instant on both clocks, where a sound card tells
    const { contextTime, performanceTime } = heard.performanceTime ? heard
      : { contextTime: context.currentTime, performanceTime: performance.now() };
    await context.close();
    const first = (blocks[0]?.[0] ?? 0) / context.sampleRate;
    const t = performance.timeOrigin + performanceTime + 1000 * (first - contextTime);
    const mark = (track) => JSON.stringify({ t: Math.round(t), kind: "track", track }) + "\n";
    const log = new Blob([mark("user"), mark("agent"), ...lines]);
    return { log, user: wav(blocks, 1, context.sampleRate), agent: wav(blocks, 2, context.sampleRate) };
  };
}

function wav(blocks, side, rate) {
  const bytes = 256 * blocks.length, head = new DataView(new ArrayBuffer(44));
  const text = (at, word) => [...word].forEach((c, n) => head.setUint8(at + n, c.charCodeAt(0)));
  text(0, "RIFF"), text(8, "WAVEfmt "), text(36, "data");
  [[4, 36 + bytes], [16, 16], [24, rate], [28, 2 * rate], [40, bytes]].forEach(([at, n]) => head.setUint32(at, n, true));
  [[20, 1], [22, 1], [32, 2], [34, 16]].forEach(([at, n]) => head.setUint16(at, n, true));
  const whole = (block) => Int16Array.from(block[side], (x) => Math.max(-32768, Math.min(32767, Math.round(32768 * x))));
  return new Blob([head, ...blocks.map(whole)], { type: "audio/wav" });
}
