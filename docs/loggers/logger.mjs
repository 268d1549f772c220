// A short logger for realtime sessions: one JSON object {t, dir, conn, ev} a line, t in whole milliseconds.
// Call it right after `new WebSocket(…)`; `write` takes a line: append it to a file, or keep it and download it later.
let connections = 0, warned = false;
const bytes = (data) => Array.from(new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength));
const base64 = (data) => btoa(bytes(data).map((byte) => String.fromCharCode(byte)).join(""));

export function logSession(ws, write) {
  const conn = ++connections, send = ws.send.bind(ws);
  const log = async (dir, data) => {
    try { // whatever goes wrong here costs a line of the log and never disturbs the app
      const t = Math.round(performance.timeOrigin + performance.now());
      const frame = typeof data === "string" ? { ev: JSON.parse(data) } : { binary: data.size ?? base64(data) };
      await write(JSON.stringify({ t, dir, conn, ...frame }) + "\n");
    } catch (error) {
      if (!warned) console.warn("lines are missing from the log:", String(error));
      warned = true;
    }
  };
  ws.send = (data, ...more) => { log("c2s", data); return send(data, ...more); };
  ws.addEventListener("message", (event) => log("s2c", event.data));
}
