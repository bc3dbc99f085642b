// What a server may send only to clients that said they know it: by method, and by structure within a message.

const at = (value, way) => way.split(".").reduce((here, name) => here?.[name], value);
const lists = (client, way, wanted) => Array.isArray(at(client, way)) && at(client, way).includes(wanted);
const lacks = (way) => `the client has no ${way}`;

function* need(client, way) {
  if (!at(client, way)) yield lacks(way);
}

function* need_in(client, way, wanted) {
  if (!lists(client, way, wanted)) yield `the client has no ${JSON.stringify(wanted)} in ${way}`;
}

// Every client takes these: their capabilities are about parts of them.
const FOR_ALL = new Set(["window/showMessage", "window/showMessageRequest", "textDocument/publishDiagnostics"]);
// Where the model names the capability of something wider.
const CLOSER = new Map([["workspace/codeLens/refresh", "workspace.codeLens.refreshSupport"]]);

/** Why this client may not get this request or notification. */
export function method_faults(client, { method, clientCapability }) {
  if (!clientCapability || FOR_ALL.has(method)) return [];
  return [...need(client, CLOSER.get(method) ?? clientCapability)];
}

const PUBLISH = "textDocument.publishDiagnostics";
const ACTION = "textDocument.codeAction";
const EDIT = "workspace.workspaceEdit";
const ANNOTATIONS = `${EDIT}.changeAnnotationSupport`;

function* operation(client, { kind, annotationId }) {
  yield* need_in(client, `${EDIT}.resourceOperations`, kind);
  if (annotationId !== undefined) yield* need(client, ANNOTATIONS);
}

/** Annotations that an edit uses have to be in it. */
function* unknown_annotations({ documentChanges = [], changeAnnotations = {} }) {
  for (const { annotationId } of documentChanges.flatMap((change) => [change, ...(change.edits ?? [])])) {
    if (annotationId !== undefined && !Object.hasOwn(changeAnnotations, annotationId)) {
      yield `the annotation ${annotationId} is not in changeAnnotations`;
    }
  }
}

/** Only of what the server publishes: in code actions the client gets back what it said itself. */
function* published(client, { message, tags = [], ...members }) {
  if (typeof message !== "string") yield* need(client, `${PUBLISH}.markupMessageSupport`);
  if (members.relatedInformation !== undefined) yield* need(client, `${PUBLISH}.relatedInformation`);
  if (members.codeDescription !== undefined) yield* need(client, `${PUBLISH}.codeDescriptionSupport`);
  if (members.data !== undefined) yield* need(client, `${PUBLISH}.dataSupport`);
  for (const tag of tags) yield* need_in(client, `${PUBLISH}.tagSupport.valueSet`, tag);
}

const RULES = {
  *WorkspaceEdit(client, edit) {
    if (edit.documentChanges?.length > 0) yield* need(client, `${EDIT}.documentChanges`);
    if (edit.changeAnnotations) yield* need(client, ANNOTATIONS);
    yield* unknown_annotations(edit);
  },
  *AnnotatedTextEdit(client) {
    yield* need(client, ANNOTATIONS);
  },
  *SnippetTextEdit(client) {
    yield* need(client, `${EDIT}.snippetEditSupport`);
  },
  CreateFile: operation,
  RenameFile: operation,
  DeleteFile: operation,
  *ApplyWorkspaceEditParams(client, params) {
    if (params.metadata) yield* need(client, `${EDIT}.metadataSupport`);
  },
  *CodeAction(client, action) {
    yield* need(client, `${ACTION}.codeActionLiteralSupport`);
    if (action.isPreferred !== undefined) yield* need(client, `${ACTION}.isPreferredSupport`);
    if (action.disabled !== undefined) yield* need(client, `${ACTION}.disabledSupport`);
    if (action.data !== undefined) yield* need(client, `${ACTION}.dataSupport`);
    for (const tag of action.tags ?? []) yield* need_in(client, `${ACTION}.tagSupport.valueSet`, tag);
  },
  *CodeActionOptions(client, options) {
    if (options.documentation) yield* need(client, `${ACTION}.documentationSupport`);
  },
  *Command(client, command) {
    if (command.tooltip !== undefined) yield "no client announces Command.tooltip";
  },
  *MessageActionItem(client, item) {
    if (Object.keys(item).some((name) => name !== "title")) {
      yield* need(client, "window.showMessage.messageActionItem.additionalPropertiesSupport");
    }
  },
  *PublishDiagnosticsParams(client, params) {
    if (params.version !== undefined) yield* need(client, `${PUBLISH}.versionSupport`);
    for (const diagnostic of params.diagnostics) yield* published(client, diagnostic);
  },
  *Registration(client, { method }, model) {
    const known = model.notifications.get(method) ?? model.requests.get(method);
    if (!known?.clientCapability) yield `${method} cannot be registered`;
    else yield* need(client, `${known.clientCapability}.dynamicRegistration`);
  },
  *RelativePattern(client) {
    yield* need(client, "workspace.didChangeWatchedFiles.relativePatternSupport");
  },
  *InitializeResult(client, { capabilities }) {
    const chosen = capabilities.positionEncoding ?? "utf-16";
    // Without a word about it, a client knows UTF-16.
    if (chosen !== "utf-16") yield* need_in(client, "general.positionEncodings", chosen);
    if (capabilities.inlineCompletionProvider) yield* need(client, "textDocument.inlineCompletion");
  },
};

/** What a structure that was seen in a message breaks. */
export function structure_faults(client, { name, value, path }, model) {
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : null;
  return rule ? [...rule(client, value, model)].map((fault) => `${path}: ${fault}`) : [];
}
