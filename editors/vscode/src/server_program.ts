// Where the server is: the user's setting, else PATH, else beside the extension.
import * as fs from "fs";
import * as path from "path";
import * as vscode from "vscode";

const executableName = process.platform === "win32" ? "autofix.exe" : "autofix";

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Entries that are no absolute paths are passed over: they would find programs of the project. */
function findOnPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

/** The setting has machine scope, so no workspace decides what is run. What it names is used or nothing is. */
export function findServer(context: vscode.ExtensionContext): string {
  const setting = vscode.workspace.getConfiguration("autofix").get("server.path", "");
  if (setting !== "") {
    const found = path.isAbsolute(setting) ? setting : setting === path.basename(setting) && findOnPath(setting);
    if (found && isExecutable(found)) return found;
    throw new Error(`The setting autofix.server.path names no program: ${setting}`);
  }
  const found = [findOnPath(executableName), context.asAbsolutePath(`bin/${executableName}`)].find(
    (file) => file !== undefined && isExecutable(file),
  );
  if (found === undefined) throw new Error("The autofix program was found neither on PATH nor in the extension.");
  return found;
}

export async function explainMissingServer(context: vscode.ExtensionContext, why: Error): Promise<void> {
  const choice = await vscode.window.showErrorMessage(why.message, "Show How to Install", "Set Its Path");
  if (choice === "Show How to Install") {
    await vscode.commands.executeCommand("workbench.action.openWalkthrough", `${context.extension.id}#start`, false);
  } else if (choice === "Set Its Path") {
    await vscode.commands.executeCommand("workbench.action.openSettings", "autofix.server.path");
  }
}
