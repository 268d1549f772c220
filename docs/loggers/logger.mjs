// Ten lines that log a realtime session: one JSON object {t, dir, ev} a line, t in whole milliseconds.
// Call it right after `new WebSocket(…)`; `write` takes a line: append it to a file, or keep it and download it later.
export function logSession(ws, write) {
  const start = performance.now();
  const log = (dir, message) => {
    const line = { t: Math.round(performance.now() - start), dir, ev: JSON.parse(message) };
    write(JSON.stringify(line) + "\n");
  };
  const send = ws.send.bind(ws);
  ws.send = (message) => { log("c2s", message); send(message); };
  ws.addEventListener("message", (event) => log("s2c", event.data));
}
