// textDocument/codeAction and codeAction/resolve: what is offered where, in which form.
import assert from "node:assert/strict";
import test from "node:test";
import {
  type CodeAction,
  type CodeActionContext,
  CodeActionRequest,
  CodeActionResolveRequest,
  CodeActionTriggerKind,
  Command,
  type Diagnostic,
  type TextDocumentEdit,
} from "vscode-languageserver-protocol/node";
import { type FixArgument, TestResultsNotification } from "./contract.js";
import { diagnosticAt, Editor, type Setup } from "./editor.js";
import { good, misspelt, source } from "./samples.js";

const unused = { ...diagnosticAt(1, 6, 12, "unused variable 'length'"), severity: 2 as const };
const hint = { ...diagnosticAt(2, 9, 15, "did you mean 'length'?"), severity: 4 as const };

async function offered(editor: Editor, uri: string, diagnostics: Diagnostic[], more: Partial<CodeActionContext> = {}) {
  const params = { textDocument: { uri }, range: misspelt.range, context: { diagnostics, ...more } };
  return (await editor.connection.sendRequest(CodeActionRequest.type, params)) ?? [];
}

async function literals(...asked: Parameters<typeof offered>): Promise<CodeAction[]> {
  const actions = await offered(...asked);
  // CodeAction.is() knows none with `data` alone.
  assert.ok(actions.every((action) => !Command.is(action)));
  return actions as CodeAction[];
}

const argumentOf = (command: Command | undefined): FixArgument => {
  assert.equal(command?.command, "autofix.fix");
  assert.equal(command.arguments?.length, 1);
  return command.arguments[0] as FixArgument;
};

test("quickfix: one for each diagnostic at the range, with a command and without an edit", async (context) => {
  const editor = await Editor.start(context);
  const uri = await editor.open("main.cpp", source, 3);
  const actions = await literals(editor, uri, [misspelt, unused, hint]);
  const fixes = actions.filter(({ kind }) => kind === "quickfix");
  assert.deepEqual(
    fixes.map(({ title }) => title),
    [`Auto-fix with AI: ${misspelt.message}`],
  );
  const [action] = fixes as [CodeAction];
  assert.deepEqual(action.diagnostics, [misspelt]);
  for (const property of ["isPreferred", "edit", "data", "disabled"]) assert.ok(!(property in action), property);
  assert.deepEqual(argumentOf(action.command), { uri, version: 3, range: misspelt.range, diagnostics: [misspelt] });
});

test("quickfix: titles are cut at 60 characters, at most five are offered", async (context) => {
  const editor = await Editor.start(context);
  const uri = await editor.open("main.cpp", source);
  const many = [..."abcdefg"].map((letter) => ({ ...misspelt, message: `${letter}${"😀".repeat(80)}\nsecond line` }));
  const fixes = (await literals(editor, uri, many)).filter(({ kind }) => kind === "quickfix");
  const cut = (letter: string) => `Auto-fix with AI: ${letter}${"😀".repeat(59)}…`;
  assert.deepEqual(
    fixes.map(({ title }) => title),
    ["a", "b", "c", "d", "e"].map(cut),
  );
});

test("quickfix: one for a failing test of that line", async (context) => {
  const editor = await Editor.start(context);
  const uri = await editor.open("main.cpp", source);
  const failure = { name: "adds", uri, range: misspelt.range, message: "3 is not 4" };
  await editor.connection.sendNotification(TestResultsNotification, { failures: [failure] });
  const actions = await literals(editor, uri, []);
  const [action] = actions as [CodeAction];
  assert.equal(action.title, "Auto-fix with AI: failing test adds");
  assert.equal(action.kind, "quickfix");
  assert.deepEqual(argumentOf(action.command).tests, [failure]);
});

test("source.autofix: all problems of the file, those elsewhere in it too", async (context) => {
  const editor = await Editor.start(context);
  const uri = await editor.open("main.cpp", source);
  const [action, ...others] = (await literals(editor, uri, [misspelt, unused])).filter(
    ({ kind }) => kind !== "quickfix",
  );
  assert.deepEqual(others, []);
  assert.equal(action?.kind, "source.autofix");
  assert.equal(action.title, "Auto-fix with AI: all 2 problems in this file");
  assert.deepEqual(argumentOf(action.command).diagnostics, [misspelt, unused]);
});

const { Invoked, Automatic } = CodeActionTriggerKind;
const rows: [only: string[] | undefined, trigger: CodeActionTriggerKind | undefined, kinds: string[]][] = [
  [undefined, undefined, ["quickfix", "source.autofix"]],
  [undefined, Invoked, ["quickfix", "source.autofix"]],
  [undefined, Automatic, ["quickfix", "source.autofix"]],
  [["quickfix"], Invoked, ["quickfix"]],
  [["quickfix"], Automatic, ["quickfix"]],
  [["source.autofix"], Invoked, ["source.autofix"]],
  [["source.autofix"], Automatic, []],
  [["source"], Invoked, []],
  [["source.fixAll"], Invoked, []],
  [["source.fixAll"], Automatic, []],
  [["refactor"], Invoked, []],
  [["quickfix", "source.autofix"], Invoked, ["quickfix", "source.autofix"]],
];
test("only and trigger kind decide what is offered", async (context) => {
  const editor = await Editor.start(context);
  const uri = await editor.open("main.cpp", source);
  for (const [only, triggerKind, kinds] of rows) {
    const more = { ...(only ? { only } : {}), ...(triggerKind ? { triggerKind } : {}) };
    const actions = await literals(editor, uri, [misspelt, unused], more);
    assert.deepEqual(
      actions.map(({ kind }) => kind),
      kinds,
      JSON.stringify(more),
    );
  }
});

test("a client without literals gets plain commands", async (context) => {
  const editor = await Editor.start(context, {
    capabilities: (all) => delete all.textDocument!.codeAction!.codeActionLiteralSupport,
  });
  const uri = await editor.open("main.cpp", source);
  const [command] = await offered(editor, uri, [misspelt]);
  assert.ok(Command.is(command));
  assert.equal(command.title, `Auto-fix with AI: ${misspelt.message}`);
  assert.equal(argumentOf(command).uri, uri);
});

test("the tag LLMGenerated is for clients that know it", async (context) => {
  const setup: Setup = { capabilities: (all) => delete all.textDocument!.codeAction!.tagSupport };
  for (const [editor, tags] of [
    [await Editor.start(context), [1]],
    [await Editor.start(context, setup), undefined],
  ] as const) {
    const uri = await editor.open("main.cpp", source);
    const [action] = await literals(editor, uri, [misspelt]);
    assert.deepEqual(action?.tags, tags);
  }
});

test("codeAction/resolve: an action with a command comes back as it is, and nobody is asked", async (context) => {
  const editor = await Editor.start(context, { groq: good });
  const uri = await editor.open("main.cpp", source);
  const [action] = (await literals(editor, uri, [misspelt])) as [CodeAction];
  assert.deepEqual(await editor.connection.sendRequest(CodeActionResolveRequest.type, action), action);
  await editor.shutDown();
  assert.equal((await editor.standIns.gemini.end()) + (await editor.standIns.groq.end()), 0);
});

test("codeAction/resolve: with fixDelivery resolve it makes the edit", async (context) => {
  const editor = await Editor.start(context, { groq: good, initializationOptions: { fixDelivery: "resolve" } });
  const uri = await editor.open("main.cpp", source, 4);
  const [action] = (await literals(editor, uri, [misspelt])) as [CodeAction];
  assert.ok(!("command" in action) && !("edit" in action));
  assert.deepEqual(action.data, { uri, version: 4, range: misspelt.range, diagnostics: [misspelt] });
  const resolved = await editor.connection.sendRequest(CodeActionResolveRequest.type, action);
  const change = resolved.edit?.documentChanges?.[0] as TextDocumentEdit;
  assert.deepEqual(change.textDocument, { uri, version: 4 });
  assert.equal(resolved.title, action.title);
  assert.deepEqual(editor.edits, [], "the editor applies what it resolves itself");
});
