// Glue between VS Code and the autofix server; what a fix is and who is asked is the server's business.
import * as vscode from "vscode";
import { registerCommands } from "./commands";
import { Server } from "./server";
import { StatusItem } from "./status_item";

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel("autofix", { log: true });
  const status = new StatusItem();
  const running = new Server(context, log, (client) => status.watch(client));
  server = running;
  registerCommands(context, running);
  context.subscriptions.push(
    log,
    status,
    vscode.workspace.onDidGrantWorkspaceTrust(() => running.tellSettingsChanged()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("autofix.server.path")) void running.restart();
      else if (event.affectsConfiguration("autofix")) void running.tellSettingsChanged();
    }),
    vscode.languages.onDidChangeDiagnostics(({ uris }) => running.tellDiagnostics(uris)),
    context.secrets.onDidChange(() => running.restart()),
  );
  await running.restart();
}

export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}
