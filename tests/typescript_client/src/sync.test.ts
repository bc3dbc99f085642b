// Documents, folders, settings and watched files: what the server knows follows what it is told.
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import {
  CodeActionRequest,
  DidChangeConfigurationNotification,
  DidChangeTextDocumentNotification,
  DidChangeWatchedFilesNotification,
  type DidChangeWatchedFilesRegistrationOptions,
  DidChangeWorkspaceFoldersNotification,
  DidCloseTextDocumentNotification,
  FileChangeType,
  type PositionEncodingKind,
  ResponseError,
} from "vscode-languageserver-protocol/node";
import { type FixArgument, FixRequest, PreviewRequest } from "./contract.js";
import { diagnosticAt, Editor } from "./editor.js";
import { misspelt, source } from "./samples.js";

/** What the server would tell a model: it shows which text the server knows. */
async function prompt(editor: Editor, argument: FixArgument): Promise<string> {
  const preview = await editor.connection.sendRequest(PreviewRequest, argument);
  return preview.messages.map((message) => message.text).join("\n");
}

test("didOpen: the text of the editor counts, not that of the disk", async (context) => {
  const editor = await Editor.start(context, { files: { "main.cpp": "// old\n" } });
  const uri = await editor.open("main.cpp", source, 7);
  const argument = { uri, version: 7, diagnostics: [misspelt] };
  assert.match(await prompt(editor, argument), /return lenght;/);
  const stale = await editor.connection.sendRequest(FixRequest, { ...argument, version: 6 });
  assert.equal(stale.reason, "stale_document");
});

test("didChange: changes of parts are made one after the other", async (context) => {
  const editor = await Editor.start(context);
  const uri = await editor.open("main.cpp", "int first;\r\nint 😀second;\n");
  const at = (line: number, character: number) => ({ line, character });
  await editor.connection.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version: 2 },
    contentChanges: [
      { range: { start: at(0, 4), end: at(0, 9) }, text: "one;\nint two" },
      { range: { start: at(2, 4), end: at(2, 6) }, text: "" },
      { range: { start: at(3, 0), end: at(3, 0) }, text: "int third;" },
    ],
  });
  const told = await prompt(editor, { uri, version: 2, diagnostics: [diagnosticAt(0, 4, 7, "unused")] });
  assert.match(told, /int one;\r?\nint two;\r?\nint second;\r?\nint third;/);
});

const encodings: [encoding: PositionEncodingKind, start: number][] = [
  ["utf-8", 13],
  ["utf-16", 10],
  ["utf-32", 9],
];
for (const [encoding, start] of encodings) {
  test(`positions count in ${encoding}, in both directions`, async (context) => {
    const text = "/* é😀 */ auto x = 1;\n";
    const block = "main.cpp\n<<<<<<< SEARCH\n/* é😀 */ auto x = 1;\n=======\n/* é😀 */ auto x = 2;\n>>>>>>> REPLACE\n";
    const capabilities = (all: { general?: object }) => {
      all.general = { positionEncodings: [encoding] };
    };
    const editor = await Editor.start(context, { capabilities, groq: [{ ok: `Two.\n\n${block}` }] });
    const uri = await editor.open("main.cpp", text);
    const diagnostic = diagnosticAt(0, start, start + 4, "no auto here");
    const result = await editor.connection.sendRequest(FixRequest, { uri, version: 1, diagnostics: [diagnostic] });
    const change = result.edit.documentChanges?.[0];
    assert.ok(change && "edits" in change && "range" in change.edits[0]!);
    // From `auto` to the digit there are nine characters, each of one unit.
    const at = { line: 0, character: start + 9 };
    assert.deepEqual(change.edits, [
      { range: { start: at, end: { ...at, character: at.character + 1 } }, newText: "2" },
    ]);
  });
}

test("didClose: the text of the disk counts again", async (context) => {
  const editor = await Editor.start(context, { files: { "main.cpp": "// on disk\n" } });
  const uri = await editor.open("main.cpp", source);
  await editor.connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
  assert.match(
    await prompt(editor, { uri, version: null, diagnostics: [diagnosticAt(0, 0, 2, "a comment")] }),
    /on disk/,
  );
});

test("didChangeWorkspaceFolders: a file belongs to the folder that holds it while the folder is there", async (context) => {
  const editor = await Editor.start(context);
  const other = join(editor.project, "../other");
  mkdirSync(other);
  writeFileSync(join(other, "main.cpp"), source);
  const folder = { uri: pathToFileURL(other).href, name: "other" };
  const argument = { uri: `${folder.uri}/main.cpp`, version: null, diagnostics: [misspelt] };
  const isUnknown = (error: unknown) => error instanceof ResponseError && error.code === -32602;
  const change = (added: boolean) =>
    editor.connection.sendNotification(DidChangeWorkspaceFoldersNotification.type, {
      event: { added: added ? [folder] : [], removed: added ? [] : [folder] },
    });
  await assert.rejects(prompt(editor, argument), isUnknown);
  await change(true);
  assert.match(await prompt(editor, argument), /return lenght;/);
  await change(false);
  await assert.rejects(prompt(editor, argument), isUnknown);
});

async function offersWarning(editor: Editor, uri: string): Promise<boolean> {
  const warning = { ...misspelt, severity: 2 as const };
  const actions = await editor.connection.sendRequest(CodeActionRequest.type, {
    textDocument: { uri },
    range: warning.range,
    context: { diagnostics: [warning] },
  });
  return (actions ?? []).length > 0;
}

test("didChangeConfiguration: the section is pulled again", async (context) => {
  const editor = await Editor.start(context);
  const uri = await editor.open("main.cpp", source);
  await editor.until("the first pull", () => editor.pulls === 1);
  assert.equal(await offersWarning(editor, uri), true);
  editor.settings = { actions: { minSeverity: "error" } };
  await editor.connection.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
  await editor.until("the second pull", () => editor.pulls === 2);
  assert.equal(await offersWarning(editor, uri), false);
});

test("didChangeConfiguration: what a client without workspace/configuration pushes is taken", async (context) => {
  const editor = await Editor.start(context, {
    capabilities: (all) => delete all.workspace!.configuration,
  });
  const uri = await editor.open("main.cpp", source);
  assert.equal(await offersWarning(editor, uri), true);
  const settings = { autofix: { actions: { minSeverity: "error" } } };
  await editor.connection.sendNotification(DidChangeConfigurationNotification.type, { settings });
  assert.equal(await offersWarning(editor, uri), false);
  assert.equal(editor.pulls, 0);
});

const report = (path: string) =>
  `<testsuites><testsuite name="s" tests="1" failures="1"><testcase classname="s" name="adds"><failure message="3 is not 4">${path}:3: Failure</failure></testcase></testsuite></testsuites>`;

async function watching(
  context: TestContext,
): Promise<{ editor: Editor; watchers: DidChangeWatchedFilesRegistrationOptions }> {
  const editor = await Editor.start(context, { files: { "main.cpp": source } });
  const registration = await editor.until("client/registerCapability", () => editor.registrations[0]);
  assert.equal(registration.method, "workspace/didChangeWatchedFiles");
  return { editor, watchers: registration.registerOptions as DidChangeWatchedFilesRegistrationOptions };
}

test("client/registerCapability: test reports are watched", async (context) => {
  const { editor, watchers } = await watching(context);
  const patterns = watchers.watchers.map(({ globPattern }) => globPattern);
  assert.ok(patterns.length > 0);
  for (const pattern of patterns) {
    assert.ok(typeof pattern === "object");
    const base = typeof pattern.baseUri === "string" ? pattern.baseUri : pattern.baseUri.uri;
    assert.equal(base, pathToFileURL(editor.project).href);
  }
  assert.ok(patterns.some((pattern) => typeof pattern === "object" && pattern.pattern.includes("junit")));
});

test("client/registerCapability: not asked of a client that cannot", async (context) => {
  const editor = await Editor.start(context, {
    capabilities: (all) => delete all.workspace!.didChangeWatchedFiles,
  });
  await editor.until("the first pull", () => editor.pulls === 1);
  const uri = await editor.open("main.cpp", source);
  assert.equal(await offersWarning(editor, uri), true);
  assert.deepEqual(editor.registrations, []);
});

test("didChangeWatchedFiles: diagnostics of the source `autofix tests` come and go with the report", async (context) => {
  const { editor } = await watching(context);
  const uri = editor.uri("junit.xml");
  const tell = (type: FileChangeType) =>
    editor.connection.sendNotification(DidChangeWatchedFilesNotification.type, { changes: [{ uri, type }] });
  writeFileSync(join(editor.project, "junit.xml"), report(join(editor.project, "main.cpp")));
  await tell(FileChangeType.Created);
  const shown = await editor.until("the failing test", () => editor.published.at(-1));
  assert.equal(shown.uri, editor.uri("main.cpp"));
  assert.equal(shown.diagnostics.length, 1);
  const [{ source: from, severity, code, message, range }] = shown.diagnostics as [(typeof shown.diagnostics)[0]];
  assert.deepEqual([from, severity, message, range.start.line], ["autofix tests", 1, "3 is not 4", 2]);
  assert.match(String(code), /adds/);
  rmSync(join(editor.project, "junit.xml"));
  await tell(FileChangeType.Deleted);
  const cleared = await editor.until("that it is gone", () =>
    editor.published.find((one) => one.diagnostics.length === 0),
  );
  assert.equal(cleared.uri, shown.uri);
});
