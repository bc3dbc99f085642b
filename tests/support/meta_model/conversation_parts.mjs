// Pieces of made-up conversations: clients, and what everything begins with.

export const RANGE = { start: { line: 1, character: 2 }, end: { line: 1, character: 5 } };
export const URI = "file:///p/a.py";
export const DIAGNOSTIC = { range: RANGE, severity: 1, source: "pyflakes", message: "undefined name 'x'" };
export const TEXT_EDIT = { range: RANGE, newText: "y" };
export const DOCUMENT_EDIT = { textDocument: { uri: URI, version: 1 }, edits: [TEXT_EDIT] };
export const COMMAND = { title: "Fix", command: "autofix.fix", arguments: [{ uri: URI }] };
export const ACTION = { title: "Fix", kind: "quickfix", diagnostics: [DIAGNOSTIC], command: COMMAND };

export const RESULT = {
  status: "unverified",
  applied: true,
  reason: null,
  summary: "The name is misspelt.",
  provider: "groq",
  model: "m",
  cached: false,
  attempts: [
    {
      provider: "gemini",
      model: "g",
      outcome: "quota_exhausted",
      httpStatus: 429,
      retryAt: "2026-02-23T08:00:00Z",
      elapsedMs: 12,
      message: "none left",
    },
    { provider: "groq", model: "m", outcome: "ok", httpStatus: 200, retryAt: null, elapsedMs: 5, message: "" },
  ],
  files: [{ path: "a.py", kind: "modify" }],
  diff: "",
  edit: { documentChanges: [DOCUMENT_EDIT] },
  verification: { state: "not_run", command: [], sandbox: "none", before: null, after: null, reason: "no_recipe" },
  usage: { inputTokens: 1, outputTokens: 2, costUsd: 0.25 },
  sessionId: "s1",
  message: null,
  nextStep: null,
};

export const ABLE = {
  general: { positionEncodings: ["utf-8", "utf-16"] },
  workspace: {
    applyEdit: true,
    configuration: true,
    workspaceFolders: true,
    workspaceEdit: {
      documentChanges: true,
      resourceOperations: ["create", "rename", "delete"],
      changeAnnotationSupport: {},
      metadataSupport: true,
      snippetEditSupport: true,
    },
    didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true },
  },
  textDocument: {
    codeAction: {
      codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix"] } },
      isPreferredSupport: true,
      disabledSupport: true,
      dataSupport: true,
      tagSupport: { valueSet: [1] },
    },
    publishDiagnostics: { relatedInformation: true, versionSupport: true, tagSupport: { valueSet: [1] }, dataSupport: true },
  },
  window: {
    workDoneProgress: true,
    showDocument: { support: true },
    showMessage: { messageActionItem: { additionalPropertiesSupport: true } },
  },
};

/** A client that can nothing says nothing. */
export const PLAIN = {};

export const initialize = (capabilities) => [
  "client",
  { id: 1, method: "initialize", params: { processId: null, rootUri: null, capabilities } },
];
export const initialized = (capabilities = ABLE, result = { capabilities: {} }) => [
  initialize(capabilities),
  ["server", { id: 1, result }],
];
export const ask = (id, method, params) => ["client", { id, method, ...(params === undefined ? {} : { params }) }];
export const tell = (method, params) => ["server", { method, ...(params === undefined ? {} : { params }) }];
export const want = (id, method, params) => ["server", { id, method, params }];
export const answer = (id, result) => ["server", { id, result }];
export const refuse = (id, code, message = "no") => ["server", { id, error: { code, message } }];
export const yes = (id, result = null) => ["client", { id, result }];
export const no = (id) => ["client", { id, error: { code: -32603, message: "no" } }];
export const command = (id, name, argument = { uri: URI }, rest = {}) =>
  ask(id, "workspace/executeCommand", { command: name, arguments: [argument], ...rest });
export const progress = (token, value) => tell("$/progress", { token, value });
export const begin = (token, more = {}) =>
  progress(token, { kind: "begin", title: "Auto-fix with AI", cancellable: true, ...more });
export const report = (token, more = {}) => progress(token, { kind: "report", message: "asking Gemini", ...more });
export const end = (token) => progress(token, { kind: "end" });
export const actions = (list) => [
  ask(2, "textDocument/codeAction", { textDocument: { uri: URI }, range: RANGE, context: { diagnostics: [] } }),
  answer(2, list),
];
export const apply = (edit, more = {}) => want("e", "workspace/applyEdit", { edit, ...more });
export const leave = [ask(9, "shutdown"), answer(9, null), ["client", { method: "exit" }], { mark: "closed", by: "server" }];
