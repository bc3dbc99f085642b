// Conversations without a fault: from the simplest to all that the protocol allows.
import {
  ABLE, ACTION, COMMAND, DIAGNOSTIC, DOCUMENT_EDIT, PLAIN, RANGE, RESULT, TEXT_EDIT, URI, actions, answer,
  apply, ask, begin, command, end, initialize, initialized, leave, no, progress, refuse, report, tell, want,
  yes,
} from "./conversation_parts.mjs";

const LINK = { provider: "groq", name: "Groq", model: null, state: "ready", message: null, retryAt: null,
  requestsRemaining: 3, tokensRemaining: null, resetsAt: null, keys: ["env:GROQ_API_KEY"] };
const STATUS = { provider: "auto", links: [LINK], sessions: [{ sessionId: "s1", state: "asking" }] };
const REGISTRATION = { id: "r", method: "workspace/didChangeWatchedFiles",
  registerOptions: { watchers: [{ globPattern: { baseUri: "file:///p", pattern: "**/*.xml" } }, { globPattern: "**/a" }] } };

export const GOOD = {
  "nothing but hello and goodbye": [{ mark: "start" }, ...initialized(PLAIN), ...leave],
  "all a server can say of itself": initialized(ABLE, {
    capabilities: {
      positionEncoding: "utf-8",
      textDocumentSync: { openClose: true, change: 2 },
      codeActionProvider: { codeActionKinds: ["quickfix", "source.autofix"], resolveProvider: true },
      executeCommandProvider: { commands: ["autofix.fix"], workDoneProgress: true },
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      experimental: { anything: [1, { at: "all" }] },
    },
    serverInfo: { name: "autofix", version: "1" },
  }),
  "a message before the answer to initialize": [initialize(PLAIN), tell("window/showMessage", { type: 2, message: "m" }), answer(1, { capabilities: {} })],
  "requests out of their time": [
    ask(5, "shutdown"), refuse(5, -32002), ...initialized(PLAIN), ask(6, "no/such"), refuse(6, -32601),
    ask(7, "initialize", {}), refuse(7, -32600), ask(9, "shutdown"), answer(9, null), ask(8, "autofix/status"), refuse(8, -32600),
  ],
  "commands for a client without literals, actions for others": [...initialized(PLAIN), ...actions([COMMAND])],
  "all that an action may carry": [
    ...initialized(),
    ...actions([COMMAND, { ...ACTION, isPreferred: false, disabled: { reason: "r" }, data: { x: 1 }, tags: [1] }, { title: "t" }]),
  ],
  "no actions": [...initialized(PLAIN), ...actions(null)],
  "an edit of every form": [
    ...initialized(),
    apply({
      documentChanges: [
        { kind: "create", uri: "file:///p/new.py", options: { overwrite: false }, annotationId: "a" },
        { textDocument: { uri: URI, version: null }, edits: [TEXT_EDIT, { ...TEXT_EDIT, annotationId: "a" }] },
        { textDocument: { uri: URI, version: 3 }, edits: [{ range: RANGE, snippet: { kind: "snippet", value: "$0" } }] },
        { kind: "rename", oldUri: URI, newUri: "file:///p/b.py" },
        { kind: "delete", uri: URI },
      ],
      changeAnnotations: { a: { label: "l", description: "d", needsConfirmation: true } },
    }, { label: "Auto-fix with AI", metadata: { isRefactoring: false } }),
    yes("e", { applied: true }),
  ],
  "the older form of an edit": [...initialized({ workspace: { applyEdit: true } }), apply({ changes: { [URI]: [TEXT_EDIT] } })],
  "progress with the request's token": [
    ...initialized(PLAIN), command(2, "autofix.fix", {}, { workDoneToken: "t" }), begin("t"), report("t"),
    report("t", { percentage: 10 }), report("t", { percentage: 100 }), end("t"), answer(2, RESULT_OF_PLAIN()),
  ],
  "progress with a token that the client agreed to": [
    ...initialized(), want(1, "window/workDoneProgress/create", { token: 7 }), yes(1), begin(7, { percentage: 0, message: "m" }), end(7), ...leave,
  ],
  "a token that the client refused stays unused": [...initialized(), want(1, "window/workDoneProgress/create", { token: 7 }), no(1), ...leave],
  "results of every command": [
    ...initialized(), command(2, "autofix.fix"), answer(2, RESULT), command(3, "autofix.fix"), answer(3, { sessionId: "s", status: "running" }),
    command(4, "autofix.retry", { sessionId: "s1" }), answer(4, { ...RESULT, status: "cancelled", applied: null, sessionId: null }),
    command(5, "autofix.selectProvider", { provider: "auto" }), answer(5, { provider: "auto" }),
    command(6, "autofix.clearCache"), answer(6, { cleared: 0 }), command(7, "autofix.trust"), answer(7, { trusted: false }),
    command(8, "autofix.showPrompt"),
    answer(8, { provider: null, model: null, reason: "no link", files: ["a"], system: "s", messages: [{ role: "user", text: "t" }] }),
    command(10, "somebody.elses"), answer(10, ["anything"]),
  ],
  "what is verified, and what had two files": [
    ...initialized(), ask(2, "autofix/fix", { uri: URI }),
    answer(2, {
      ...RESULT,
      files: [{ path: "a", kind: "rename", newPath: "b" }, { path: "c", kind: "create", needsConfirmation: "why" }],
      verification: { state: "passed", command: ["pytest"], sandbox: "isolated", before: { failed: 1, passed: 3 }, after: { failed: 0, passed: 4 } },
    }),
  ],
  "status and sessions": [
    ...initialized(), tell("autofix/status", STATUS), tell("autofix/status", { ...STATUS, lastFallback: null }),
    tell("autofix/status", { ...STATUS, lastFallback: { from: "Gemini", to: "Groq", outcome: "quota_exhausted", at: "2026-02-23T08:00:00Z" } }),
    tell("autofix/session", { sessionId: "s", state: "asking", provider: "groq", summary: "s" }), ask(2, "autofix/status"), answer(2, STATUS),
  ],
  "failing tests are published": [
    ...initialized(),
    tell("textDocument/publishDiagnostics", {
      uri: URI, version: 2,
      diagnostics: [{ ...DIAGNOSTIC, code: "test_x", tags: [1], data: 1, relatedInformation: [{ location: { uri: URI, range: RANGE }, message: "m" }] }],
    }),
    tell("textDocument/publishDiagnostics", { uri: URI, diagnostics: [] }),
  ],
  "reports are watched and no more": [
    ...initialized(), want(1, "client/registerCapability", { registrations: [REGISTRATION] }), yes(1),
    want(2, "client/unregisterCapability", { unregisterations: [{ id: "r", method: REGISTRATION.method }] }), yes(2),
  ],
  "questions to the client": [
    ...initialized(), want(1, "workspace/configuration", { items: [{ section: "autofix", scopeUri: "file:///p" }, {}] }), yes(1, [null, {}]),
    want(2, "window/showMessageRequest", { type: 3, message: "m", actions: [{ title: "Try again", more: true }] }), yes(2),
    want(3, "window/showDocument", { uri: "https://x/", external: true }), yes(3, { success: true }),
    tell("window/logMessage", { type: 3, message: "m" }), tell("telemetry/event", { x: 1 }), tell("$/logTrace", { message: "m" }),
  ],
  "broken messages of the client": [
    ...initialized(PLAIN), ["client", "{oops"], refuse(null, -32700), ["client", { id: 3, method: 5 }], refuse(3, -32600),
    ["client", { id: 4, method: "autofix/status", jsonrpc: "1.0" }], refuse(4, -32600),
    ask({}, "autofix/status"), refuse(null, -32600), ...leave,
  ],
  "cancelled": [
    ...initialized(PLAIN), command(2, "autofix.fix"), ["client", { method: "$/cancelRequest", params: { id: 2 } }], refuse(2, -32800),
  ],
  "an id again, after its answer": [...initialized(PLAIN), ask(2, "autofix/status"), answer(2, STATUS), ask(2, "autofix/status"), answer(2, STATUS)],
  "killed with a request open": [...initialized(PLAIN), command(2, "autofix.fix"), { mark: "closed", by: "server" }],
  "an answer within an answer's time": [...initialized(), command(2, "autofix.fix"), apply({ documentChanges: [DOCUMENT_EDIT] }), yes("e", { applied: true }), answer(2, RESULT)],
};

/** Without documentChanges the edit has the older form. */
function RESULT_OF_PLAIN() {
  return { ...RESULT, applied: false, reason: "no_apply_edit", edit: { changes: { [URI]: [TEXT_EDIT] } } };
}

export { LINK, REGISTRATION, STATUS };
