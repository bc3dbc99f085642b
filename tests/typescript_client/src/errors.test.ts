// What makes no sense gets the protocol's error, and the server goes on.
import assert from "node:assert/strict";
import test from "node:test";
import { ErrorCodes, ResponseError } from "vscode-languageserver-protocol/node";
import { StatusRequest } from "./contract.js";
import { Editor } from "./editor.js";

const goesOn = async (editor: Editor) =>
  assert.equal((await editor.connection.sendRequest(StatusRequest)).provider, "auto");

function rejectsWith(editor: Editor, code: number, method: string, params?: object | unknown[]) {
  const answer =
    params === undefined ? editor.connection.sendRequest(method) : editor.connection.sendRequest(method, params);
  const text = `${method} ${JSON.stringify(params)}`;
  return assert.rejects(answer, (error) => error instanceof ResponseError && error.code === code, text);
}

test("an unknown method: -32601", async (context) => {
  const editor = await Editor.start(context);
  for (const method of ["textDocument/hover", "autofix/nothing", "$/nothing"]) {
    await rejectsWith(editor, ErrorCodes.MethodNotFound, method, {});
  }
  await goesOn(editor);
});

test("an unknown notification is passed over", async (context) => {
  const editor = await Editor.start(context);
  await editor.connection.sendNotification("autofix/nothing", { a: 1 });
  await editor.connection.sendNotification("$/setTrace", { value: "verbose" });
  await goesOn(editor);
  assert.deepEqual(editor.messages, []);
});

const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };
const uri = "file:///x.cpp";
const malformed: [method: string, params: object][] = [
  ["textDocument/codeAction", {}],
  ["textDocument/codeAction", { textDocument: { uri: 1 }, range, context: { diagnostics: [] } }],
  ["textDocument/codeAction", { textDocument: { uri }, range: [0, 1], context: { diagnostics: [] } }],
  [
    "textDocument/codeAction",
    { textDocument: { uri }, range: { ...range, start: { line: -1, character: 0 } }, context: {} },
  ],
  ["workspace/executeCommand", { arguments: [] }],
  ["workspace/executeCommand", { command: 5 }],
  ["workspace/executeCommand", { command: "autofix.fix", arguments: "none" }],
  ["workspace/executeCommand", { command: "autofix.fix", arguments: [] }],
  ["workspace/executeCommand", { command: "autofix.fix", arguments: [{ uri: null }] }],
  ["workspace/executeCommand", { command: "autofix.fix", arguments: [{ uri, version: "1" }] }],
  ["workspace/executeCommand", { command: "autofix.selectProvider", arguments: [{ provider: 1 }] }],
  ["workspace/executeCommand", { command: "autofix.retry", arguments: [{}] }],
  ["workspace/executeCommand", { command: "autofix.showPrompt", arguments: [] }],
  ["autofix/fix", {}],
  ["autofix/fix", { uri, range: 3 }],
  ["autofix/fix", { uri, diagnostics: {} }],
  ["autofix/preview", { uri: [] }],
];
test("parameters of wrong types: -32602", async (context) => {
  const editor = await Editor.start(context);
  for (const [method, params] of malformed) await rejectsWith(editor, ErrorCodes.InvalidParams, method, params);
  await goesOn(editor);
});

test("notifications of wrong types are passed over", async (context) => {
  const editor = await Editor.start(context);
  const wrong = [
    "textDocument/didOpen",
    "textDocument/didChange",
    "textDocument/didClose",
    "autofix/didChangeDiagnostics",
  ];
  for (const method of [...wrong, "autofix/testResults", "workspace/didChangeWorkspaceFolders", "$/cancelRequest"]) {
    await editor.connection.sendNotification(method, { textDocument: 1, uri: 2, failures: 3, event: 4 });
  }
  await goesOn(editor);
});

const broken: [what: string, bytes: string, code: number][] = [
  ["JSON that is cut", frame('{"jsonrpc":"2.0","id":'), ErrorCodes.ParseError],
  ["a message that is no object", frame("5"), ErrorCodes.InvalidRequest],
  ["a header that is none", "Content-Length: many\r\n\r\n", ErrorCodes.ParseError],
];
function frame(body: string): string {
  return `Content-Length: ${body.length}\r\n\r\n${body}`;
}
for (const [what, bytes, code] of broken) {
  test(`${what}: ${code} without an id`, async (context) => {
    const editor = await Editor.start(context);
    editor.process.stdin.write(bytes);
    await goesOn(editor);
    const [fault] = editor.faults;
    assert.match(fault ?? "none", new RegExp(`without id.*${code}`, "s"));
  });
}
