// The requests and notifications that the contract adds to LSP.
import assert from "node:assert/strict";
import test from "node:test";
import {
  CodeActionRequest,
  type CodeAction,
  type Diagnostic,
  ExecuteCommandRequest,
} from "vscode-languageserver-protocol/node";
import {
  DidChangeDiagnostics,
  type FixArgument,
  FixRequest,
  type FixResult,
  PreviewRequest,
  type SessionState,
  StatusRequest,
  TestResultsNotification,
} from "./contract.js";
import { Editor } from "./editor.js";
import { fixed, good, misspelt, source } from "./samples.js";

async function opened(editor: Editor): Promise<FixArgument> {
  return { uri: await editor.open("main.cpp", source), version: 1, range: misspelt.range, diagnostics: [misspelt] };
}

const runFix = async (editor: Editor, argument: FixArgument): Promise<FixResult> =>
  editor.connection.sendRequest(ExecuteCommandRequest.type, { command: "autofix.fix", arguments: [argument] });

const statesOf = (editor: Editor, session: string | null): SessionState[] =>
  editor.sessions.filter(({ sessionId }) => sessionId === session).map(({ state }) => state);

const untilState = (editor: Editor, session: string | null, state: SessionState) =>
  editor.until(`${session} ${state}`, () => statesOf(editor, session).at(-1) === state);

test("autofix/fix: the edit is in the result and nothing is applied or said", async (context) => {
  const editor = await Editor.start(context, { groq: good });
  const argument = await opened(editor);
  const result = await editor.connection.sendRequest(FixRequest, argument);
  assert.deepEqual([result.status, result.applied, result.provider], ["unverified", null, "groq"]);
  const [change] = result.edit.documentChanges!;
  assert.ok(change && "textDocument" in change && change.textDocument.uri === argument.uri);
  assert.equal(editor.text(argument.uri), source);
  assert.deepEqual([...editor.edits, ...editor.messages, ...editor.questions], []);
});

test("autofix/fix: where every link fails, the result says why each did", async (context) => {
  const editor = await Editor.start(context, { groq: [{ preset: "quota_per_day" }] });
  const result = await editor.connection.sendRequest(FixRequest, await opened(editor));
  assert.deepEqual([result.status, result.provider], ["no_fix", null]);
  assert.deepEqual(
    result.attempts.map(({ provider, outcome }) => `${provider} ${outcome}`),
    ["gemini quota_exhausted", "groq quota_exhausted"],
  );
  assert.deepEqual(result.edit, { documentChanges: [] });
});

test("autofix/preview: the prompt, without the keys' owners being asked", async (context) => {
  const editor = await Editor.start(context);
  const preview = await editor.connection.sendRequest(PreviewRequest, { ...(await opened(editor)), provider: "groq" });
  assert.equal(preview.provider, "groq");
  assert.equal(typeof preview.model, "string");
  assert.deepEqual(preview.files, ["main.cpp"]);
  assert.deepEqual(
    preview.messages.map(({ role }) => role),
    ["user"],
  );
  await editor.shutDown();
  assert.equal((await editor.standIns.gemini.end()) + (await editor.standIns.groq.end()), 0);
});

test("autofix/status: the links with their state, as a request and as a notification on a change", async (context) => {
  const editor = await Editor.start(context, { groq: good });
  const argument = await opened(editor);
  const before = await editor.connection.sendRequest(StatusRequest);
  assert.deepEqual(
    before.links.map(({ provider, state }) => [provider, state]),
    [
      ["gemini", "ready"],
      ["groq", "ready"],
    ],
  );
  assert.deepEqual([before.provider, before.sessions, before.lastFallback], ["auto", [], null]);
  const { sessionId } = await runFix(editor, argument);
  const after = await editor.until("the status after the fix", () =>
    editor.statuses.find(({ sessions }) => sessions[0]?.state === "awaiting_verification"),
  );
  assert.deepEqual(
    after.links.map(({ state }) => state),
    ["quota_exhausted", "ready"],
  );
  assert.notEqual(after.links[0]?.resetsAt, undefined);
  const { from, to, outcome, at } = after.lastFallback!;
  assert.deepEqual([from, to, outcome], ["Gemini", "Groq", "quota_exhausted"]);
  assert.ok(Math.abs(Date.now() - Date.parse(at)) < 60_000);
  assert.deepEqual(after.sessions, [{ sessionId, state: "awaiting_verification" }]);
  assert.deepEqual(await editor.connection.sendRequest(StatusRequest), after);
});

test("autofix/session: from analyzing to awaiting_verification, settled by the next diagnostics", async (context) => {
  const editor = await Editor.start(context, { groq: good });
  const argument = await opened(editor);
  const { sessionId } = await runFix(editor, argument);
  await untilState(editor, sessionId, "awaiting_verification");
  assert.deepEqual(statesOf(editor, sessionId), ["analyzing", "asking", "asking", "awaiting_verification"]);
  assert.deepEqual(
    editor.sessions.map(({ provider }) => provider),
    [undefined, "gemini", "groq", "groq"],
  );
  const tell = (diagnostics: Diagnostic[]) =>
    editor.connection.sendNotification(DidChangeDiagnostics, { uri: argument.uri, version: 2, diagnostics });
  await tell([misspelt]);
  await untilState(editor, sessionId, "still_failing");
  await tell([]);
  await untilState(editor, sessionId, "verified");
});

test("autofix/session: failed where nobody had a fix", async (context) => {
  const editor = await Editor.start(context);
  const { sessionId } = await runFix(editor, await opened(editor));
  await untilState(editor, sessionId, "failed");
});

test("autofix/didChangeDiagnostics: what other servers found is offered, until it is gone", async (context) => {
  const editor = await Editor.start(context);
  const { uri } = await opened(editor);
  const offered = async () => {
    const params = { textDocument: { uri }, range: misspelt.range, context: { diagnostics: [] } };
    return ((await editor.connection.sendRequest(CodeActionRequest.type, params)) ?? []) as CodeAction[];
  };
  assert.deepEqual(await offered(), []);
  await editor.connection.sendNotification(DidChangeDiagnostics, { uri, version: 1, diagnostics: [misspelt] });
  const [action] = await offered();
  assert.deepEqual(action?.diagnostics, [misspelt]);
  await editor.connection.sendNotification(DidChangeDiagnostics, { uri, version: 1, diagnostics: [] });
  assert.deepEqual(await offered(), []);
});

test("autofix/testResults: a failing test is published, fixed, and settled when it passes", async (context) => {
  const editor = await Editor.start(context, { groq: good });
  const { uri } = await opened(editor);
  const failure = { name: "adds", uri, range: misspelt.range, message: "3 is not 4", expected: "4", actual: "3" };
  await editor.connection.sendNotification(TestResultsNotification, {
    framework: "own",
    passed: [],
    failures: [failure],
  });
  const shown = await editor.until("the published test", () => editor.published[0]);
  assert.deepEqual(shown, {
    uri,
    diagnostics: [{ range: misspelt.range, severity: 1, source: "autofix tests", code: "adds", message: "3 is not 4" }],
  });
  const { sessionId } = await runFix(editor, { uri, version: 1, tests: [failure] });
  await untilState(editor, sessionId, "awaiting_verification");
  assert.equal(editor.text(uri), fixed);
  await editor.connection.sendNotification(TestResultsNotification, { passed: ["adds"], failures: [] });
  await untilState(editor, sessionId, "verified");
  await editor.until("that it is cleared", () => editor.published.at(-1)?.diagnostics.length === 0);
});

test("tests.publish false: no diagnostics, but the action", async (context) => {
  const editor = await Editor.start(context, { initializationOptions: { tests: { publish: false } } });
  const { uri } = await opened(editor);
  const failure = { name: "adds", uri, range: misspelt.range, message: "3 is not 4" };
  await editor.connection.sendNotification(TestResultsNotification, { failures: [failure] });
  const params = { textDocument: { uri }, range: misspelt.range, context: { diagnostics: [] } };
  const actions = await editor.connection.sendRequest(CodeActionRequest.type, params);
  assert.deepEqual(
    actions?.map(({ title }) => title),
    ["Auto-fix with AI: failing test adds"],
  );
  assert.deepEqual(editor.published, []);
});
