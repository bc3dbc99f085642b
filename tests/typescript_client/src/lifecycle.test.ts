// initialize, initialized, shutdown and exit, and what is refused before and after.
import assert from "node:assert/strict";
import test from "node:test";
import {
  DidChangeWatchedFilesNotification,
  ExitNotification,
  InitializeRequest,
  type PositionEncodingKind,
  ResponseError,
  ShutdownRequest,
  TextDocumentSyncKind,
} from "vscode-languageserver-protocol/node";
import { StatusRequest } from "./contract.js";
import { Editor } from "./editor.js";

const serverNotInitialized = -32002;
const invalidRequest = -32600;
const hasCode = (code: number) => (error: unknown) => error instanceof ResponseError && error.code === code;

test("initialize: the capabilities of the contract", async (context) => {
  const editor = await Editor.start(context);
  const { capabilities, serverInfo } = editor.result;
  assert.equal(serverInfo?.name, "autofix");
  assert.deepEqual(capabilities.textDocumentSync, { openClose: true, change: TextDocumentSyncKind.Incremental });
  assert.deepEqual(capabilities.codeActionProvider, {
    codeActionKinds: ["quickfix", "source.autofix"],
    resolveProvider: true,
  });
  assert.deepEqual(capabilities.executeCommandProvider?.commands, [
    "autofix.fix",
    "autofix.selectProvider",
    "autofix.retry",
    "autofix.showPrompt",
    "autofix.clearCache",
    "autofix.trust",
  ]);
  assert.equal(capabilities.executeCommandProvider.workDoneProgress, true);
  assert.deepEqual(capabilities.workspace?.workspaceFolders, { supported: true, changeNotifications: true });
});

const encodings: [offered: PositionEncodingKind[] | undefined, chosen: PositionEncodingKind][] = [
  [undefined, "utf-16"],
  [["utf-16"], "utf-16"],
  [["utf-16", "utf-8"], "utf-8"],
  [["utf-32"], "utf-32"],
  [["utf-32", "utf-16"], "utf-16"],
  [["utf-32", "utf-16", "utf-8"], "utf-8"],
];
for (const [offered, chosen] of encodings) {
  test(`initialize: of ${offered?.join(", ") ?? "nothing"} the encoding ${chosen} is taken`, async (context) => {
    const capabilities = (all: { general?: object }) => {
      all.general = offered ? { positionEncodings: offered } : {};
    };
    const editor = await Editor.start(context, { capabilities });
    assert.equal(editor.result.capabilities.positionEncoding, chosen);
  });
}

test("initialized: the server asks for settings only then", async (context) => {
  const editor = await Editor.spawn(context);
  const params = { processId: process.pid, rootUri: null, capabilities: { workspace: { configuration: true } } };
  await editor.connection.sendRequest(InitializeRequest.type, params);
  await editor.connection.sendRequest(StatusRequest);
  assert.equal(editor.pulls, 0);
  await editor.connection.sendNotification("initialized", {});
  await editor.until("workspace/configuration", () => editor.pulls === 1);
});

test("before initialize, requests are refused and notifications are dropped", async (context) => {
  const editor = await Editor.spawn(context);
  await editor.connection.sendNotification(DidChangeWatchedFilesNotification.type, { changes: [] });
  await assert.rejects(editor.connection.sendRequest(StatusRequest), hasCode(serverNotInitialized));
  const params = { processId: process.pid, rootUri: null, capabilities: {} };
  const result = await editor.connection.sendRequest(InitializeRequest.type, params);
  assert.equal(result.capabilities.positionEncoding, "utf-16");
});

test("shutdown and exit: status 0, and nothing is done between them", async (context) => {
  const editor = await Editor.start(context);
  assert.equal(await editor.connection.sendRequest(ShutdownRequest.type), null);
  await assert.rejects(editor.connection.sendRequest(StatusRequest), hasCode(invalidRequest));
  assert.equal(await editor.exit(), 0);
});

test("exit without shutdown: status 1", async (context) => {
  const editor = await Editor.start(context);
  assert.equal(await editor.exit(), 1);
});

test("exit before initialize ends the server", async (context) => {
  const editor = await Editor.spawn(context);
  const ended = new Promise((resolve) => editor.process.once("exit", resolve));
  await editor.connection.sendNotification(ExitNotification.type);
  assert.equal(await ended, 1);
});
