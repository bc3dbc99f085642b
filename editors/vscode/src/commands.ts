// The commands of people: the menu of the language status item, the command palette, the menu of a test's message.
import * as vscode from "vscode";
import { FailedTest, argumentOf } from "./fix_test";
import { removeKey, setKey } from "./keys";
import { PromptView } from "./prompt_view";
import { Status, statusRequest } from "./protocol";
import { Server } from "./server";
import { describeLink } from "./status_item";
import { StatusPage } from "./status_page";

async function selectProvider(server: Server): Promise<void> {
  const status: Status = await server.running().sendRequest(statusRequest);
  const automatic = { provider: "auto", label: "Automatic", description: "in the order of the chain", detail: "" };
  const links = status.links.map((link) => ({
    provider: link.provider,
    label: link.name,
    description: describeLink(link),
    detail: link.message ?? link.model ?? "",
  }));
  const choices = [automatic, ...links].map((choice) => ({
    ...choice,
    label: (choice.provider === status.provider ? "$(check) " : "") + choice.label,
  }));
  const chosen = await vscode.window.showQuickPick(choices, { placeHolder: "Who is asked for fixes?" });
  if (chosen) await server.selectProvider(chosen.provider);
}

async function trustProject(server: Server): Promise<void> {
  if (!vscode.workspace.isTrusted) return vscode.commands.executeCommand("workbench.trust.manage");
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) throw new Error("No folder is open that could be trusted.");
  const folder = folders.length === 1 ? folders[0] : await vscode.window.showWorkspaceFolderPick();
  if (folder) await server.execute("autofix.trust", { uri: folder.uri.toString() });
}

async function clearCache(server: Server): Promise<void> {
  const { cleared } = await server.execute<{ cleared: number }>("autofix.clearCache", {});
  const what = cleared === 1 ? "1 earlier fix was" : `${cleared} earlier fixes were`;
  void vscode.window.showInformationMessage(`autofix: ${what} forgotten.`);
}

async function fixTest(server: Server, failed: FailedTest | undefined): Promise<void> {
  if (!failed) throw new Error("Choose this on the message of a failed test.");
  // By its command, so that it has the same progress as a fix from the light bulb.
  await vscode.commands.executeCommand("autofix.fix", argumentOf(failed, server.running()));
}

/** Titles are those of package.json. */
async function showMenu(context: vscode.ExtensionContext): Promise<void> {
  const commands: { command: string; title: string; icon?: string }[] = context.extension.packageJSON.contributes.commands;
  const inMenu = commands.filter(({ command }) => !["autofix.ui.menu", "autofix.ui.fixTest"].includes(command));
  const choices = inMenu.map(({ command, title, icon }) => ({ command, label: `${icon} ${title}` }));
  const chosen = await vscode.window.showQuickPick(choices, { placeHolder: "Auto-fix with AI" });
  if (chosen) await vscode.commands.executeCommand(chosen.command);
}

export function registerCommands(context: vscode.ExtensionContext, server: Server): void {
  const prompt = new PromptView();
  const page = new StatusPage(context);
  const commands: [string, (argument?: FailedTest) => unknown][] = [
    ["menu", () => showMenu(context)],
    ["selectProvider", () => selectProvider(server)],
    ["showPrompt", () => prompt.show(server)],
    ["setKey", () => setKey(context.secrets)],
    ["removeKey", () => removeKey(context.secrets)],
    ["openStatusPage", () => page.open()],
    ["trustProject", () => trustProject(server)],
    ["clearCache", () => clearCache(server)],
    ["showLog", () => server.log.show()],
    ["restartServer", () => server.restart()],
    ["fixTest", (failed) => fixTest(server, failed)],
  ];
  context.subscriptions.push(prompt, page);
  for (const [name, run] of commands) {
    // VS Code would show the failure of a command from the palette as a dialog, and from a menu as a message.
    const runAndTell = async (argument?: FailedTest) => {
      try {
        await run(argument);
      } catch (error) {
        void vscode.window.showErrorMessage(`autofix: ${error instanceof Error ? error.message : error}`);
      }
    };
    context.subscriptions.push(vscode.commands.registerCommand(`autofix.ui.${name}`, runAndTell));
  }
}
