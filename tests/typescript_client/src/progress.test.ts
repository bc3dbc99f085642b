// Work-done progress and the two ways to cancel.
import assert from "node:assert/strict";
import test from "node:test";
import {
  CancellationTokenSource,
  type ExecuteCommandParams,
  ExecuteCommandRequest,
  ResponseError,
  WorkDoneProgressCancelNotification,
} from "vscode-languageserver-protocol/node";
import { type FixArgument, FixRequest, type FixResult } from "./contract.js";
import { Editor } from "./editor.js";
import { good, misspelt, never, source } from "./samples.js";

const requestCancelled = -32800;

async function fixCommand(editor: Editor): Promise<ExecuteCommandParams> {
  const uri = await editor.open("main.cpp", source);
  return { command: "autofix.fix", arguments: [{ uri, version: 1, diagnostics: [misspelt] }] };
}

test("progress with the request's token: begin, reports, end, and only then the answer", async (context) => {
  const editor = await Editor.start(context, { groq: good });
  const steps = editor.follow("my token");
  const params = { ...(await fixCommand(editor)), workDoneToken: "my token" };
  await editor.connection.sendRequest(ExecuteCommandRequest.type, params);
  const kinds = steps.map(({ kind }) => kind);
  assert.deepEqual([kinds[0], kinds.at(-1)], ["begin", "end"]);
  assert.ok(kinds.length > 2 && kinds.slice(1, -1).every((kind) => kind === "report"));
  assert.deepEqual(editor.created, []);
  const [begin] = steps;
  assert.ok(begin?.kind === "begin" && begin.cancellable);
  const told = steps.map((step) => (step.kind === "report" ? step.message : "")).join("\n");
  assert.match(told, /asking Gemini/);
  assert.match(told, /asking Groq/);
});

test("progress of autofix/fix with its token", async (context) => {
  const editor = await Editor.start(context, { groq: good });
  const steps = editor.follow(42);
  const [argument] = (await fixCommand(editor)).arguments as [FixArgument];
  await editor.connection.sendRequest(FixRequest, { ...argument, workDoneToken: 42 });
  assert.deepEqual([steps[0]?.kind, steps.at(-1)?.kind], ["begin", "end"]);
});

test("progress with a created token, where the request has none", async (context) => {
  const editor = await Editor.start(context, { groq: good });
  await editor.connection.sendRequest(ExecuteCommandRequest.type, await fixCommand(editor));
  assert.equal(editor.created.length, 1);
  const steps = editor.progress.get(editor.created[0]!)!;
  await editor.until("the end of the progress", () => steps.at(-1)?.kind === "end");
  assert.equal(steps[0]?.kind, "begin");
});

test("no progress for a client that knows none", async (context) => {
  const editor = await Editor.start(context, { groq: good, capabilities: (all) => delete all.window });
  const result = (await editor.connection.sendRequest(
    ExecuteCommandRequest.type,
    await fixCommand(editor),
  )) as FixResult;
  assert.equal(result.applied, true);
  assert.deepEqual(editor.created, []);
});

test("window/workDoneProgress/cancel: the result is cancelled and nothing is applied", async (context) => {
  const editor = await Editor.start(context, { gemini: never, groq: good });
  const answer = editor.connection.sendRequest(ExecuteCommandRequest.type, await fixCommand(editor));
  const token = await editor.until("the created token", () => editor.created[0]);
  await editor.until("the question to the provider", () => editor.sessions.at(-1)?.state === "asking");
  await editor.connection.sendNotification(WorkDoneProgressCancelNotification.type, { token });
  const result = (await answer) as FixResult;
  assert.equal(result.status, "cancelled");
  assert.equal(editor.sessions.at(-1)?.state, "cancelled");
  assert.deepEqual(editor.edits, []);
  await editor.shutDown();
  assert.equal(await editor.standIns.groq.end(), 0);
});

test("$/cancelRequest: the answer is the error -32800 and nothing is applied", async (context) => {
  const editor = await Editor.start(context, { gemini: never, groq: good });
  const cancellation = new CancellationTokenSource();
  const answer = editor.connection.sendRequest(
    ExecuteCommandRequest.type,
    await fixCommand(editor),
    cancellation.token,
  );
  await editor.until("the question to the provider", () => editor.sessions.at(-1)?.state === "asking");
  cancellation.cancel();
  await assert.rejects(answer, (error) => error instanceof ResponseError && error.code === requestCancelled);
  await editor.until("the end of the session", () => editor.sessions.at(-1)?.state === "cancelled");
  const steps = editor.progress.get(editor.created[0]!)!;
  await editor.until("the end of the progress", () => steps.at(-1)?.kind === "end");
  assert.deepEqual([...editor.edits, ...editor.messages, ...editor.questions], []);
  await editor.shutDown();
  assert.equal(await editor.standIns.groq.end(), 0);
});
