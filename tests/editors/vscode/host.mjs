// The other end of driver/extension.js.
import { existsSync } from "node:fs";
import net from "node:net";
import { limit, until } from "./until.mjs";

/** `await host(run, argument)`: what `run({vscode, kept}, argument)` returns inside VS Code's extension host. */
export async function connectToHost(path) {
  await until("the extension host runs the driver", () => existsSync(path));
  const socket = net.connect(path).setEncoding("utf8");
  await new Promise((connected, failed) => socket.once("connect", connected).once("error", failed));
  const waiting = new Map();
  let text = "";
  let last = 0;
  socket.on("data", (part) => {
    const lines = (text + part).split("\n");
    text = lines.pop();
    for (const { id, result, error } of lines.map(JSON.parse)) {
      const { resolve, reject } = waiting.get(id);
      waiting.delete(id);
      if (error) reject(new Error(`in the extension host: ${error}`));
      else resolve(result);
    }
  });
  socket.on("close", () => {
    for (const { reject } of waiting.values()) reject(new Error("the extension host ended"));
  });
  const host = (run, argument = null) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      setTimeout(() => reject(new Error(`the extension host did not end this: ${run}`)), limit).unref();
      socket.write(`${JSON.stringify({ id: last, source: String(run), argument })}\n`);
    });
  return { host, close: () => socket.destroy() };
}
