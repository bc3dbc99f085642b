// The section `autofix` as the server gets it.
import * as vscode from "vscode";

type Section = { [name: string]: unknown };

function put(section: Section, path: string[], value: unknown): void {
  const [name, ...rest] = path;
  if (rest.length === 0) section[name] = value;
  else put((section[name] ??= {}) as Section, rest, value);
}

/**
 * Only what is really set: a default would narrow the user's own configuration. The workspace's trust is always told,
 * so that a section never is empty, which the server takes for no answer.
 */
export function readSettings(context: vscode.ExtensionContext, resource?: vscode.Uri): Section {
  const section: Section = { workspaceTrusted: vscode.workspace.isTrusted };
  const configuration = vscode.workspace.getConfiguration("autofix", resource ?? null);
  for (const id of Object.keys(context.extension.packageJSON.contributes.configuration.properties)) {
    const key = id.slice("autofix.".length);
    const set = configuration.inspect(key);
    const isSet = [set?.globalValue, set?.workspaceValue, set?.workspaceFolderValue].some((value) => value !== undefined);
    if (isSet && key !== "server.path") put(section, key.split("."), configuration.get(key));
  }
  return section;
}
