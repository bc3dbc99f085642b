// workspace/executeCommand of the six commands, and workspace/applyEdit.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import {
  CreateFile,
  ExecuteCommandRequest,
  MessageType,
  ResponseError,
  TextDocumentEdit,
} from "vscode-languageserver-protocol/node";
import { type FixArgument, type FixResult, type Preview, type Started, StatusRequest } from "./contract.js";
import { Editor } from "./editor.js";
import { fixed, good, misspelt, source, withNewFile } from "./samples.js";

async function command<Result>(editor: Editor, name: string, argument: object | string) {
  const params = { command: `autofix.${name}`, arguments: [argument] };
  return (await editor.connection.sendRequest(ExecuteCommandRequest.type, params)) as Result;
}

const fix = (editor: Editor, argument: FixArgument) => command<FixResult>(editor, "fix", argument);
const isInvalid = (error: unknown) => error instanceof ResponseError && error.code === -32602;

async function opened(editor: Editor, version = 1): Promise<FixArgument> {
  return {
    uri: await editor.open("main.cpp", source, version),
    version,
    range: misspelt.range,
    diagnostics: [misspelt],
  };
}

test("autofix.fix: the edit is applied with its version, the result says who answered, one message says so", async (context) => {
  const editor = await Editor.start(context, { groq: good });
  const argument = await opened(editor, 5);
  const result = await fix(editor, argument);
  assert.equal(editor.text(argument.uri), fixed);
  assert.deepEqual([result.status, result.applied, result.reason, result.provider], ["unverified", true, null, "groq"]);
  assert.deepEqual(
    result.attempts.map(({ provider, outcome, httpStatus }) => [provider, outcome, httpStatus]),
    [
      ["gemini", "quota_exhausted", 429],
      ["groq", "ok", 200],
    ],
  );
  assert.deepEqual(result.files, [{ path: "main.cpp", kind: "modify" }]);
  assert.match(result.diff, /^-  return lenght;\n\+  return length;$/m);
  const [{ edit }] = editor.edits as [(typeof editor.edits)[0]];
  assert.deepEqual(edit, result.edit);
  const [change] = edit.documentChanges as [TextDocumentEdit];
  assert.deepEqual(change.textDocument, { uri: argument.uri, version: 5 });
  assert.equal(editor.edits.length, 1);
  await editor.shutDown();
  assert.deepEqual(
    editor.messages.map(({ type }) => type),
    [MessageType.Info],
  );
  assert.match(editor.messages[0]!.message, /Unverified, by Groq after Gemini/);
});

test("autofix.fix: a document of another version is refused", async (context) => {
  const editor = await Editor.start(context, { groq: good });
  const result = await fix(editor, { ...(await opened(editor, 2)), version: 1 });
  assert.deepEqual([result.status, result.applied, result.reason], ["no_fix", false, "stale_document"]);
  assert.deepEqual(editor.edits, []);
});

test("autofix.fix: a document that changes meanwhile stays as it is, and another try is offered", async (context) => {
  // The answer comes long after the server has read what is typed right behind the command.
  const editor = await Editor.start(context, { gemini: [{ ...good[0]!, delayMs: 500 }] });
  const argument = await opened(editor);
  const running = fix(editor, argument);
  await editor.type(argument.uri, `// mine\n${source}`);
  const result = await running;
  assert.deepEqual([result.applied, result.reason], [false, "stale_document"]);
  assert.deepEqual(editor.edits, []);
  const question = await editor.until("the offer to try again", () => editor.questions[0]);
  assert.deepEqual(question.actions, [{ title: "Try again" }]);
});

test("workspace/applyEdit: a refusal is said in the result", async (context) => {
  const editor = await Editor.start(context, { groq: good });
  editor.refuseEdits = true;
  const argument = await opened(editor);
  const result = await fix(editor, argument);
  assert.deepEqual([result.applied, result.reason], [false, "client_refused"]);
  assert.equal(editor.text(argument.uri), source);
});

test("workspace/applyEdit: without it the edit comes in the result", async (context) => {
  const editor = await Editor.start(context, {
    groq: good,
    capabilities: (all) => delete all.workspace!.applyEdit,
  });
  const argument = await opened(editor);
  const result = await fix(editor, argument);
  assert.equal(result.applied, false);
  const [change] = result.edit.documentChanges as [TextDocumentEdit];
  assert.equal(change.textDocument.uri, argument.uri);
  assert.deepEqual(editor.edits, []);
});

test("workspace/applyEdit: without documentChanges the older form is used", async (context) => {
  const editor = await Editor.start(context, {
    groq: good,
    capabilities: (all) => delete all.workspace!.workspaceEdit!.documentChanges,
  });
  const argument = await opened(editor);
  const result = await fix(editor, argument);
  assert.equal(result.applied, true);
  assert.deepEqual(Object.keys(editor.edits[0]!.edit), ["changes"]);
  assert.deepEqual(Object.keys(editor.edits[0]!.edit.changes!), [argument.uri]);
});

test("workspace/applyEdit: a new file is created first, where the client can", async (context) => {
  const editor = await Editor.start(context, { groq: withNewFile });
  const result = await fix(editor, await opened(editor));
  assert.equal(result.applied, true);
  const changes = editor.edits[0]!.edit.documentChanges!;
  const creation = changes.findIndex((change) => CreateFile.is(change) && change.uri === editor.uri("length.h"));
  const content = changes.findIndex(
    (change) => TextDocumentEdit.is(change) && change.textDocument.uri === editor.uri("length.h"),
  );
  assert.ok(creation >= 0 && content > creation);
  assert.deepEqual((changes[content] as TextDocumentEdit).textDocument.version, null);
});

test("workspace/applyEdit: no new file for a client that cannot create one", async (context) => {
  const editor = await Editor.start(context, {
    groq: withNewFile,
    capabilities: (all) => {
      all.workspace!.workspaceEdit!.resourceOperations = [];
    },
  });
  const result = await fix(editor, await opened(editor));
  assert.notEqual(result.applied, true);
  assert.deepEqual(editor.edits, []);
});

test("actions.preview: every edit waits for the user's word", async (context) => {
  const editor = await Editor.start(context, { groq: good, settings: { actions: { preview: true } } });
  await editor.until("the settings", () => editor.registrations.length > 0);
  await fix(editor, await opened(editor));
  const { documentChanges, changeAnnotations } = editor.edits[0]!.edit;
  const [{ edits }] = documentChanges as [TextDocumentEdit];
  for (const edit of edits) {
    assert.ok("annotationId" in edit && edit.annotationId);
    assert.equal(changeAnnotations?.[edit.annotationId]?.needsConfirmation, true);
  }
});

test("commandReply started: the answer comes at once, the edit follows", async (context) => {
  const editor = await Editor.start(context, { groq: good, initializationOptions: { commandReply: "started" } });
  const argument = await opened(editor);
  const started = await command<Started>(editor, "fix", argument);
  assert.equal(started.status, "running");
  await editor.until("the edit", () => editor.edits.length === 1);
  assert.equal(editor.text(argument.uri), fixed);
  const last = await editor.until("the session's end", () =>
    editor.sessions.find(({ state }) => state === "awaiting_verification"),
  );
  assert.equal(last.sessionId, started.sessionId);
});

test("autofix.selectProvider: that link alone is asked, until it is auto again", async (context) => {
  const editor = await Editor.start(context, { groq: good });
  const argument = await opened(editor);
  assert.deepEqual(await command(editor, "selectProvider", { provider: "groq" }), { provider: "groq" });
  await editor.until("the status", () => editor.statuses.find(({ provider }) => provider === "groq"));
  const { attempts } = await fix(editor, argument);
  assert.deepEqual(
    attempts.map(({ provider }) => provider),
    ["groq"],
  );
  assert.deepEqual(await command(editor, "selectProvider", "auto"), { provider: "auto" });
  assert.equal((await editor.connection.sendRequest(StatusRequest)).provider, "auto");
  await assert.rejects(command(editor, "selectProvider", { provider: "nobody" }), isInvalid);
});

test("autofix.retry: the second try is told what the first did", async (context) => {
  const editor = await Editor.start(context, { gemini: good });
  const argument = await opened(editor);
  const first = await fix(editor, argument);
  await editor.type(argument.uri, source); // the user took it back
  const second = await command<FixResult>(editor, "retry", { sessionId: first.sessionId });
  assert.notEqual(second.sessionId, first.sessionId);
  assert.equal(editor.text(argument.uri), fixed);
  await assert.rejects(command(editor, "retry", { sessionId: "s999" }), isInvalid);
  await editor.shutDown();
  assert.equal(await editor.standIns.gemini.end(), 2);
  assert.ok(editor.standIns.gemini.sent().includes("+  return length;"));
});

test("autofix.showPrompt: what would be sent, and nothing is sent", async (context) => {
  const editor = await Editor.start(context, { groq: good });
  const preview = await command<Preview>(editor, "showPrompt", await opened(editor));
  assert.equal(preview.provider, "gemini");
  assert.deepEqual(preview.files, ["main.cpp"]);
  assert.ok(preview.system.length > 0);
  assert.match(preview.messages.map(({ text }) => text).join("\n"), /undeclared identifier 'lenght'/);
  await editor.shutDown();
  assert.equal((await editor.standIns.gemini.end()) + (await editor.standIns.groq.end()), 0);
});

test("autofix.clearCache: what was kept is gone, and the provider is asked again", async (context) => {
  const editor = await Editor.start(context, { gemini: good });
  const argument = { ...(await opened(editor)), provider: "gemini" };
  editor.refuseEdits = true;
  assert.equal((await fix(editor, argument)).cached, false);
  assert.equal((await fix(editor, argument)).cached, true);
  assert.deepEqual(await command(editor, "clearCache", {}), { cleared: 1 });
  assert.equal((await fix(editor, argument)).cached, false);
});

test("autofix.trust: the user is asked, and the word is kept", async (context) => {
  const editor = await Editor.start(context);
  const store = join(editor.project, "../state/autofix/trust.json");
  const trusted = () => existsSync(store) && readFileSync(store, "utf8").includes(editor.project);
  writeFileSync(join(editor.project, ".autofix.json"), "{}");
  editor.choice = "Cancel";
  assert.deepEqual(await command(editor, "trust", {}), { trusted: false });
  assert.equal(trusted(), false);
  editor.choice = "Trust";
  assert.deepEqual(await command(editor, "trust", { uri: editor.uri("") }), { trusted: true });
  assert.equal(trusted(), true);
  assert.equal(editor.questions.length, 2);
  for (const { actions, message } of editor.questions) {
    assert.deepEqual(actions, [{ title: "Trust" }, { title: "Cancel" }]);
    assert.ok(message.includes(editor.project));
  }
  await assert.rejects(command(editor, "trust", { uri: "file:///somewhere/else" }), isInvalid);
});

test("a command that is none is refused", async (context) => {
  const editor = await Editor.start(context);
  await assert.rejects(command(editor, "nothing", {}), isInvalid);
});
