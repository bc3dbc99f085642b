// What would be sent, as a document that nobody can edit or is asked to save.
import * as vscode from "vscode";
import { Prompt } from "./protocol";
import { Server, documents } from "./server";

const scheme = "autofix-prompt";

function textOf(prompt: Prompt): string {
  const to = [prompt.provider, prompt.model].filter(Boolean).join(", ");
  const parts = [
    to ? `This would be sent to ${to}. Nothing was sent.` : `Nobody would be asked: ${prompt.reason ?? "no link is ready"}.`,
    `Files: ${prompt.files.join(", ") || "none"}`,
    `# system\n\n${prompt.system}`,
    ...prompt.messages.map(({ role, text }) => `# ${role}\n\n${text}`),
  ];
  return parts.join("\n\n") + "\n";
}

export class PromptView implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  private readonly texts = new Map<string, string>();
  readonly onDidChange = this.changed.event;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.path) ?? "";
  }

  /** For the problems on the lines of the cursor or the selection, else for all of the file. */
  async show(server: Server): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (!editor || vscode.languages.match(documents, editor.document) === 0) {
      throw new Error("Open the file whose problems would be sent.");
    }
    const { document, selection } = editor;
    const lines = new vscode.Range(selection.start.line, 0, selection.end.line, Number.MAX_SAFE_INTEGER);
    const isHere = vscode.languages.getDiagnostics(document.uri).some(({ range }) => range.intersection(lines));
    const { asUri, asRange } = server.running().code2ProtocolConverter;
    // Which problems there are the server knows.
    const prompt = await server.execute<Prompt>("autofix.showPrompt", {
      uri: asUri(document.uri),
      version: document.version,
      ...(isHere && { range: asRange(document.validateRange(lines)) }),
    });
    const uri = vscode.Uri.from({ scheme, path: `${document.uri.path}.prompt.md` });
    this.texts.set(uri.path, textOf(prompt));
    this.changed.fire(uri);
    await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside, preview: true });
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }
}
