// Conversations with one fault each, and the complaint that names it.
import {
  ABLE,
  ACTION,
  COMMAND,
  DIAGNOSTIC,
  DOCUMENT_EDIT,
  PLAIN,
  RANGE,
  RESULT,
  TEXT_EDIT,
  URI,
  actions,
  answer,
  apply,
  ask,
  begin,
  command,
  end,
  initialize,
  initialized,
  leave,
  progress,
  refuse,
  report,
  tell,
  want,
  yes,
  no,
} from "./conversation_parts.mjs";
import { LINK, REGISTRATION, STATUS } from "./good_conversations.mjs";

const bad = (complaint, ...lines) => ({ complaint, lines });
const after = (complaint, ...lines) => bad(complaint, ...initialized(), ...lines);
const plain = (complaint, ...lines) => bad(complaint, ...initialized(PLAIN), ...lines);
/** A client that can all, but for one thing. */
function without(way) {
  const client = structuredClone(ABLE);
  const names = way.split(".");
  const last = names.pop();
  delete names.reduce((here, name) => here[name], client)[last];
  return client;
}
const lacking = (way, complaint, ...lines) => bad(complaint, ...initialized(without(way)), ...lines);
const message = (more) => tell("window/showMessage", { type: 3, message: "m", ...more });
const publish = (diagnostic, more = {}) =>
  tell("textDocument/publishDiagnostics", { uri: URI, diagnostics: [{ ...DIAGNOSTIC, ...diagnostic }], ...more });
const action = (more) => actions([{ ...ACTION, ...more }]);
const created = [want(1, "window/workDoneProgress/create", { token: 7 }), yes(1)];
const result = (more) => [ask(2, "autofix/fix", { uri: URI }), answer(2, { ...RESULT, ...more })];
const registered = (registration) => want(1, "client/registerCapability", { registrations: [{ ...REGISTRATION, ...registration }] });
const edit_with = (change, more = {}) => apply({ documentChanges: [change], ...more });
const PUBLISHED = "textDocument/publishDiagnostics params";
const FIX = "autofix/fix result";
const { status: _, ...RESULT_WITHOUT_STATUS } = RESULT;

const ENVELOPES = {
  "no JSON": after('line 3: no frame, or no JSON in it: "{oops"', ["server", "{oops"]),
  "another version": after('line 3: jsonrpc is "2.0", not "1.0"', ["server", { jsonrpc: "1.0", ...message()[1] }]),
  "more in the envelope": after("line 3: the envelope has no extra", ["server", { ...message()[1], extra: 1 }]),
  "a result with an error": after("line 4: exactly one of result and error is expected", ask(2, "autofix/status"), [
    "server",
    { ...refuse(2, -32603)[1], result: null },
  ]),
  "neither a result nor an error": after("line 4: exactly one of result and error is expected", ask(2, "autofix/status"), ["server", { id: 2 }]),
  "nothing at all": after("line 3: neither a method nor an id", ["server", {}]),
  "a method that is no text": after("line 3: a method is a string", ["server", { method: 5 }]),
  "an unknown notification": after("line 3: window/shout: no such notification", tell("window/shout", {})),
  "an unknown request": after("line 3: autofix/session: no such request", want(1, "autofix/session", {})),
  "a client's message": after("line 3: textDocument/didOpen: a notification of clients", tell("textDocument/didOpen", {})),
  "an error without a text": after("line 4: error.message: a string is expected", ask(2, "autofix/status"), [
    "server",
    { id: 2, error: { code: -32603 } },
  ]),
  "an error without a number": after("line 4: error.code: an integer is expected", ask(2, "autofix/status"), refuse(2, "bad")),
  "an error of no protocol": after("line 4: error.code: -32050 is no code of JSON-RPC or LSP", ask(2, "autofix/status"), refuse(2, -32050)),
  "more in an error": after("line 4: error.why: no such property", ask(2, "autofix/status"), [
    "server",
    { id: 2, error: { code: -32603, message: "m", why: 1 } },
  ]),
  "an id that is no id": after(
    "line 3: window/showMessageRequest: an id is a string or an integer",
    want(1.5, "window/showMessageRequest", { type: 1, message: "m" }),
  ),
  "an open id again": after(
    "line 4: window/showMessageRequest: 1 is the id of an open request",
    want(1, "window/showMessageRequest", { type: 1, message: "m" }),
    want(1, "window/showMessageRequest", { type: 1, message: "m" }),
  ),
};

const TURNS = {
  "before the answer to initialize": bad(
    "line 2: window/workDoneProgress/create: before the answer to initialize",
    initialize(ABLE),
    want(1, "window/workDoneProgress/create", { token: 1 }),
    answer(1, { capabilities: {} }),
  ),
  "a result before initialize": bad(
    "line 2: autofix/status: a request before initialize is answered with -32002, not a result",
    ask(2, "autofix/status"),
    answer(2, STATUS),
  ),
  "a result after shutdown": plain(
    "line 6: autofix/status: a request after shutdown is answered with -32600, not a result",
    ask(9, "shutdown"),
    answer(9, null),
    ask(3, "autofix/status"),
    answer(3, STATUS),
  ),
  "a wrong code for an unknown method": plain(
    "line 4: no/such: an unknown method is answered with -32601, not -32602",
    ask(3, "no/such"),
    refuse(3, -32602),
  ),
  "an answer that nobody asked for": plain("line 3: an answer to 3, which nobody asked", answer(3, null)),
  "an answer to a text with a number": plain("line 4: an answer to 2, which nobody asked", ask("2", "autofix/status"), answer(2, STATUS)),
  "a second answer": plain("line 5: a second answer to autofix/status of line 3", ask(2, "autofix/status"), answer(2, STATUS), answer(2, STATUS)),
  "no answer": plain("line 3: autofix/status was never answered", ask(2, "autofix/status"), ...leave),
  "an answer to nobody": plain("line 3: an answer to nobody", refuse(null, -32700)),
  "a result for nobody": plain("line 4: an answer to nobody", ["client", "{oops"], answer(null, 1)),
  "a registration that is none": after(
    "line 3: workspace/didChangeWatchedFiles: nothing is registered as r",
    want(2, "client/unregisterCapability", { unregisterations: [{ id: "r", method: REGISTRATION.method }] }),
  ),
  "a failed tap": after("line 3: the tap failed: disk full", { mark: "tap failed", why: "disk full" }),
};

const PROGRESS = {
  "a token of nobody": after('line 3: nobody knows the progress token "t"', begin("t")),
  "a token that the client has not agreed to": after("line 4: the client has not agreed to the progress token 7 yet", created[0], begin(7)),
  "a token that the client refused": after("line 5: the client has refused the progress token 7", created[0], no(1), begin(7)),
  "a token twice": after("line 5: the progress token 7 is used already", ...created, want(2, "window/workDoneProgress/create", { token: 7 })),
  "a report before the begin": after('line 5: "report" of the progress 7, which has not begun', ...created, report(7)),
  "an end before the begin": after('line 5: "end" of the progress 7, which has not begun', ...created, end(7)),
  "two begins": after('line 6: "begin" of the progress 7, which has begun already', ...created, begin(7), begin(7)),
  "a report after the end": after('line 7: "report" of the progress 7, which has ended', ...created, begin(7), end(7), report(7)),
  "no end": after("line last: the progress 7 never ended", ...created, begin(7), ...leave),
  "an answer before the end": after(
    'line 5: the progress "t" has not ended before its request',
    command(2, "autofix.fix", {}, { workDoneToken: "t" }),
    begin("t"),
    answer(2, RESULT),
  ),
  "progress after the answer": after(
    'line 5: the progress token "t" was good until its request was answered',
    command(2, "autofix.fix", {}, { workDoneToken: "t" }),
    answer(2, RESULT),
    begin("t"),
  ),
  backwards: after("line 6: the progress 7 goes from 50 % to 20 %", ...created, begin(7, { percentage: 50 }), report(7, { percentage: 20 })),
  "beyond the whole": after("line 5: the progress 7 goes from 0 % to 101 %", ...created, begin(7, { percentage: 101 })),
  "a kind that is none": after('line 5: $/progress params.value.kind: "report" is expected, not "pause"', ...created, progress(7, { kind: "pause" })),
};

const SHAPES = {
  "missing params": after("line 3: window/showMessage: params are missing", tell("window/showMessage")),
  "params where there are none": after("line 3: workspace/workspaceFolders: there are no params", want(1, "workspace/workspaceFolders", {})),
  "a property is missing": after("line 3: window/showMessage params.message: is missing", tell("window/showMessage", { type: 1 })),
  "a property of another type": after("line 3: window/showMessage params.message: a string is expected, not null", message({ message: null })),
  "an unknown property": after("line 3: window/showMessage params.level: no such property", message({ level: 1 })),
  "an optional property that is null": after(
    "line 4: autofix/fix result.files[0].newPath: a string is expected, not null",
    ...result({ files: [{ path: "a", kind: "modify", newPath: null }] }),
  ),
  "no value of the enumeration": after("line 3: window/showMessage params.type: 1 is expected, not 9", message({ type: 9 })),
  "a position below zero": after(
    `line 3: ${PUBLISHED}.diagnostics[0].range.start.line: a uinteger is expected, not -1`,
    publish({ range: { ...RANGE, start: { line: -1, character: 0 } } }),
  ),
  "a position beyond 2^31": after(
    `line 3: ${PUBLISHED}.diagnostics[0].range.end.character: a uinteger is expected, not 2147483648`,
    publish({ range: { ...RANGE, end: { line: 1, character: 2 ** 31 } } }),
  ),
  "half a column": after(
    `line 3: ${PUBLISHED}.diagnostics[0].range.end.character: a uinteger is expected, not 0.5`,
    publish({ range: { ...RANGE, end: { line: 1, character: 0.5 } } }),
  ),
  "no URI": after(`line 3: ${PUBLISHED}.uri: a URI is expected, not "/p/a.py"`, publish({}, { uri: "/p/a.py" })),
  "no array": after(`line 3: ${PUBLISHED}.diagnostics: an array is expected, not {}`, publish({}, { diagnostics: {} })),
  "a code that is an object": after(
    `line 3: ${PUBLISHED}.diagnostics[0].code: a integer is expected, not {"value":1}`,
    publish({ code: { value: 1 } }),
  ),
  "a key that is no URI": after(
    'line 3: workspace/applyEdit params.edit.changes: the key "a.py": a URI is expected, not "a.py"',
    apply({ changes: { "a.py": [TEXT_EDIT] } }),
  ),
  "an edit without a version": after(
    "line 3: workspace/applyEdit params.edit.documentChanges[0].textDocument.version: is missing",
    edit_with({ textDocument: { uri: URI }, edits: [TEXT_EDIT] }),
  ),
  "an operation of another kind": after(
    'line 3: workspace/applyEdit params.edit.documentChanges[0].kind: "create" is expected, not "copy"',
    edit_with({ kind: "copy", uri: URI }),
  ),
  "a result of another type": plain("line 4: shutdown result: null is expected, not {}", ask(9, "shutdown"), answer(9, {})),
  "an action without a title": after("line 4: textDocument/codeAction result[0].title: is missing", ...actions([{ kind: "quickfix" }])),
  "an unknown tag": after("line 4: textDocument/codeAction result[0].tags[0]: 1 is expected, not 2", ...action({ tags: [2] })),
  "options of a registration": after(
    "line 3: registrations[0].registerOptions.watchers[0].globPattern.pattern: is missing",
    registered({ registerOptions: { watchers: [{ globPattern: { baseUri: "file:///p" } }] } }),
  ),
  "a custom answer to initialize": bad("line 2: initialize result.extra: no such property", ...initialized(ABLE, { capabilities: {}, extra: 1 })),
  "a capability of nobody": bad(
    "line 2: initialize result.capabilities.autofixProvider: no such property",
    ...initialized(ABLE, { capabilities: { autofixProvider: true } }),
  ),
};

const CONTRACT = {
  "a result without a status": after(`line 4: ${FIX}.status: is missing`, ask(2, "autofix/fix", { uri: URI }), answer(2, RESULT_WITHOUT_STATUS)),
  "a status of nobody": after(`line 4: ${FIX}.status: "verified" is expected, not "done"`, ...result({ status: "done" })),
  "an outcome of nobody": after(
    `line 4: ${FIX}.attempts[0].outcome: "ok" is expected, not "quota"`,
    ...result({ attempts: [{ ...RESULT.attempts[0], outcome: "quota" }] }),
  ),
  "an edit in the result": after(
    `line 4: ${FIX}.edit.documentChanges[0].edits[0].newText: is missing`,
    ...result({ edit: { documentChanges: [{ ...DOCUMENT_EDIT, edits: [{ range: RANGE }] }] } }),
  ),
  "an unknown property of the result": after(`line 4: ${FIX}.key: no such property`, ...result({ key: "k" })),
  "a result of the command": after(
    "line 4: workspace/executeCommand autofix.clearCache result.cleared: a uinteger is expected, not true",
    command(2, "autofix.clearCache"),
    answer(2, { cleared: true }),
  ),
  "a state of a link": after(
    'line 3: autofix/status params.links[0].state: "ready" is expected, not "fine"',
    tell("autofix/status", { ...STATUS, links: [{ ...LINK, state: "fine" }] }),
  ),
  "a state of a session": after(
    'line 3: autofix/session params.state: "analyzing" is expected, not "thinking"',
    tell("autofix/session", { sessionId: "s", state: "thinking" }),
  ),
};

const EDIT = "workspace.workspaceEdit";
const ACTIONS = "textDocument.codeAction";
const PUBLISH = "textDocument.publishDiagnostics";
const CHANGE = "workspace/applyEdit params.edit.documentChanges[0]";
const CAPABILITIES = {
  edits: lacking(
    "workspace.applyEdit",
    "line 3: workspace/applyEdit: the client has no workspace.applyEdit",
    apply({ documentChanges: [DOCUMENT_EDIT] }),
  ),
  "progress of the server's own": lacking(
    "window.workDoneProgress",
    "line 3: window/workDoneProgress/create: the client has no window.workDoneProgress",
    created[0],
  ),
  configuration: lacking(
    "workspace.configuration",
    "line 3: workspace/configuration: the client has no workspace.configuration",
    want(1, "workspace/configuration", { items: [] }),
  ),
  "workspace folders": lacking("workspace.workspaceFolders", "line 3: workspace/workspaceFolders: the client has no workspace.workspaceFolders", [
    "server",
    { id: 1, method: "workspace/workspaceFolders" },
  ]),
  "documents to show": lacking(
    "window.showDocument.support",
    "line 3: window/showDocument: the client has no window.showDocument.support",
    want(1, "window/showDocument", { uri: URI }),
  ),
  registration: lacking(
    "workspace.didChangeWatchedFiles.dynamicRegistration",
    "line 3: client/registerCapability params.registrations[0]: the client has no workspace.didChangeWatchedFiles.dynamicRegistration",
    registered(),
  ),
  "relative patterns": lacking(
    "workspace.didChangeWatchedFiles.relativePatternSupport",
    "line 3: registrations[0].registerOptions.watchers[0].globPattern: the client has no workspace.didChangeWatchedFiles.relativePatternSupport",
    registered(),
  ),
  documentChanges: lacking(
    `${EDIT}.documentChanges`,
    `line 3: workspace/applyEdit params.edit: the client has no ${EDIT}.documentChanges`,
    edit_with(DOCUMENT_EDIT),
  ),
  "new files": lacking(
    `${EDIT}.resourceOperations`,
    `line 3: ${CHANGE}: the client has no "create" in ${EDIT}.resourceOperations`,
    edit_with({ kind: "create", uri: URI }),
  ),
  "deleted files": lacking(
    `${EDIT}.resourceOperations`,
    `line 3: ${CHANGE}: the client has no "delete" in ${EDIT}.resourceOperations`,
    edit_with({ kind: "delete", uri: URI }),
  ),
  annotations: lacking(
    `${EDIT}.changeAnnotationSupport`,
    `line 3: workspace/applyEdit params.edit: the client has no ${EDIT}.changeAnnotationSupport`,
    edit_with(DOCUMENT_EDIT, { changeAnnotations: { a: { label: "l" } } }),
  ),
  "an annotation that is not there": after(
    `line 3: workspace/applyEdit params.edit: the annotation a is not in changeAnnotations`,
    edit_with({ ...DOCUMENT_EDIT, edits: [{ ...TEXT_EDIT, annotationId: "a" }] }),
  ),
  snippets: lacking(
    `${EDIT}.snippetEditSupport`,
    `line 3: ${CHANGE}.edits[0]: the client has no ${EDIT}.snippetEditSupport`,
    edit_with({ ...DOCUMENT_EDIT, edits: [{ range: RANGE, snippet: { kind: "snippet", value: "" } }] }),
  ),
  metadata: lacking(
    `${EDIT}.metadataSupport`,
    `line 3: workspace/applyEdit params: the client has no ${EDIT}.metadataSupport`,
    apply({}, { metadata: {} }),
  ),
  literals: lacking(
    `${ACTIONS}.codeActionLiteralSupport`,
    `line 4: textDocument/codeAction result[0]: the client has no ${ACTIONS}.codeActionLiteralSupport`,
    ...action({}),
  ),
  tags: lacking(
    `${ACTIONS}.tagSupport`,
    `line 4: textDocument/codeAction result[0]: the client has no 1 in ${ACTIONS}.tagSupport.valueSet`,
    ...action({ tags: [1] }),
  ),
  "data of actions": lacking(
    `${ACTIONS}.dataSupport`,
    `line 4: textDocument/codeAction result[0]: the client has no ${ACTIONS}.dataSupport`,
    ...action({ data: 1 }),
  ),
  "disabled actions": lacking(
    `${ACTIONS}.disabledSupport`,
    `line 4: textDocument/codeAction result[0]: the client has no ${ACTIONS}.disabledSupport`,
    ...action({ disabled: { reason: "r" } }),
  ),
  "preferred actions": lacking(
    `${ACTIONS}.isPreferredSupport`,
    `line 4: textDocument/codeAction result[0]: the client has no ${ACTIONS}.isPreferredSupport`,
    ...action({ isPreferred: true }),
  ),
  "a tooltip": after("line 4: textDocument/codeAction result[0]: no client announces Command.tooltip", ...actions([{ ...COMMAND, tooltip: "t" }])),
  "related information": lacking(
    `${PUBLISH}.relatedInformation`,
    `line 3: ${PUBLISHED}: the client has no ${PUBLISH}.relatedInformation`,
    publish({ relatedInformation: [] }),
  ),
  "versions of diagnostics": lacking(
    `${PUBLISH}.versionSupport`,
    `line 3: ${PUBLISHED}: the client has no ${PUBLISH}.versionSupport`,
    publish({}, { version: 1 }),
  ),
  "tags of diagnostics": lacking(
    `${PUBLISH}.tagSupport`,
    `line 3: ${PUBLISHED}: the client has no 1 in ${PUBLISH}.tagSupport.valueSet`,
    publish({ tags: [1] }),
  ),
  "data of diagnostics": lacking(`${PUBLISH}.dataSupport`, `line 3: ${PUBLISHED}: the client has no ${PUBLISH}.dataSupport`, publish({ data: 1 })),
  "markup in diagnostics": after(
    `line 3: ${PUBLISHED}: the client has no ${PUBLISH}.markupMessageSupport`,
    publish({ message: { kind: "markdown", value: "m" } }),
  ),
  "an encoding that was not offered": bad(
    'line 2: initialize result: the client has no "utf-32" in general.positionEncodings',
    ...initialized(ABLE, { capabilities: { positionEncoding: "utf-32" } }),
  ),
  "more of a message's actions": bad(
    "line 3: window/showMessageRequest params.actions[0]: the client has no window.showMessage.messageActionItem.additionalPropertiesSupport",
    ...initialized(PLAIN),
    want(1, "window/showMessageRequest", { type: 1, message: "m", actions: [{ title: "t", more: 1 }] }),
  ),
};

export const BAD = Object.fromEntries(
  Object.entries({ ENVELOPES, TURNS, PROGRESS, SHAPES, CONTRACT, CAPABILITIES }).flatMap(([group, cases]) =>
    Object.entries(cases).map(([name, one]) => [`${group.toLowerCase()}: ${name}`, one]),
  ),
);
