// Stand-ins for providers, on loopback.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import http from "node:http";

/** The vendors' shapes: the program fake_provider. It says what it was sent when it ends. */
export class Provider {
  static async start(program, name, script, folder) {
    const provider = new Provider();
    provider.record = `${folder}/${name}.sent`;
    writeFileSync(`${folder}/${name}.json`, JSON.stringify(script));
    const options = [name, "--script", `${folder}/${name}.json`, "--record", provider.record];
    provider.process = spawn(program, options, { stdio: ["pipe", "pipe", "inherit"] });
    const [line] = await once(provider.process.stdout, "data");
    provider.url = String(line).match(/^listening (\S+)/)?.[1];
    if (!provider.url) throw new Error(`the stand-in for ${name} did not start: ${line}`);
    return provider;
  }

  /** Every byte it was sent. */
  async end() {
    const ended = once(this.process, "exit");
    this.process.stdin.end();
    await ended;
    return readFileSync(this.record, "latin1");
  }
}

/** One that is asked and does not answer until it is told to; it knows when the client hangs up. */
export class StalledProvider {
  static async start(reply) {
    const provider = new StalledProvider();
    provider.sent = "";
    provider.hungUp = 0;
    let release;
    const released = new Promise((resolve) => (release = resolve));
    provider.release = release;
    provider.server = http.createServer((request, response) => {
      provider.sent += `${request.method} ${request.url}\n${request.rawHeaders.join("\n")}\n`;
      request.on("data", (part) => (provider.sent += part));
      if (request.method === "GET") return response.writeHead(404).end();
      response.on("close", () => {
        if (!response.writableEnded) provider.hungUp = performance.now();
      });
      released.then(() => {
        const message = { role: "assistant", content: reply };
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: "stop" }], usage: {} }));
      });
    });
    provider.server.listen(0, "127.0.0.1");
    await once(provider.server, "listening");
    // Groq's own base URL carries this path.
    provider.url = `http://127.0.0.1:${provider.server.address().port}/openai/v1`;
    return provider;
  }

  wasAsked() {
    return this.sent.includes("POST /");
  }

  async end() {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
    return this.sent;
  }
}
