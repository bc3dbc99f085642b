// What VS Code says of itself, as far as it matters here.
import type { ClientCapabilities } from "vscode-languageserver-protocol/node";

/** A new one each time: tests change it. */
export function likeVsCode(): ClientCapabilities {
  return {
    general: { positionEncodings: ["utf-16"] },
    window: { workDoneProgress: true, showMessage: { messageActionItem: { additionalPropertiesSupport: true } } },
    workspace: {
      applyEdit: true,
      configuration: true,
      workspaceFolders: true,
      executeCommand: {},
      didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true },
      workspaceEdit: {
        documentChanges: true,
        resourceOperations: ["create", "rename", "delete"],
        changeAnnotationSupport: { groupsOnLabel: true },
      },
    },
    textDocument: {
      publishDiagnostics: { relatedInformation: true, versionSupport: true },
      codeAction: {
        codeActionLiteralSupport: { codeActionKind: { valueSet: ["", "quickfix", "source"] } },
        dataSupport: true,
        isPreferredSupport: true,
        resolveSupport: { properties: ["edit"] },
        tagSupport: { valueSet: [1] },
      },
    },
  };
}
