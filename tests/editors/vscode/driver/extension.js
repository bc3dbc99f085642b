// Runs functions that a test sends over a socket, and answers with what they return. They get VS Code's interface and an
// object that lives as long as the extension host, for what has to stay: another extension's diagnostics, a test controller.
const fs = require("fs");
const net = require("net");
const vscode = require("vscode");

const kept = {};

async function answer(line) {
  const { id, source, argument } = JSON.parse(line);
  try {
    const run = (0, eval)(`(${source})`);
    return { id, result: (await run({ vscode, kept, process }, argument)) ?? null };
  } catch (error) {
    return { id, error: error instanceof Error ? error.stack : String(error) };
  }
}

exports.activate = (context) => {
  const listener = net.createServer((socket) => {
    let text = "";
    socket.setEncoding("utf8").on("error", () => {});
    socket.on("data", async (part) => {
      const lines = (text + part).split("\n");
      text = lines.pop();
      for (const line of lines) answer(line).then((reply) => socket.write(`${JSON.stringify(reply)}\n`));
    });
  });
  const path = process.env.AUTOFIX_TEST_SOCKET;
  fs.rmSync(path, { force: true });
  listener.listen(path);
  context.subscriptions.push({ dispose: () => listener.close() });
};
