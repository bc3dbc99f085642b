// Keys of providers: in VS Code's secret storage, and from there only in the environment of the server.
import * as vscode from "vscode";

const providers = [
  { label: "Google Gemini", description: "GOOGLE_API_KEY" },
  { label: "Groq", description: "GROQ_API_KEY" },
  { label: "Anthropic", description: "ANTHROPIC_API_KEY" },
  { label: "OpenAI", description: "OPENAI_API_KEY" },
];

const secretOf = (variable: string) => `key.${variable}`;

/** What was typed here wins over what VS Code was started with: it is the user's latest word. */
export async function environmentWithKeys(secrets: vscode.SecretStorage): Promise<NodeJS.ProcessEnv> {
  const environment = { ...process.env };
  for (const { description: variable } of providers) {
    const key = await secrets.get(secretOf(variable));
    if (key) environment[variable] = key;
  }
  return environment;
}

function whatIsWrongWith(key: string): string | undefined {
  if (key.trim() === "") return "Paste the key of your account.";
  // Anything else could not stand in a header.
  return /^[\x21-\x7e]+$/.test(key.trim()) ? undefined : "A key is one word without spaces or line breaks.";
}

/** The server restarts when the secret storage says that it has changed, in this window and in others. */
export async function setKey(secrets: vscode.SecretStorage): Promise<void> {
  const provider = await vscode.window.showQuickPick(providers, { placeHolder: "Whose key?" });
  if (!provider) return;
  const key = await vscode.window.showInputBox({
    title: `Key for ${provider.label}`,
    prompt: "It is kept in VS Code's secret storage and handed to the autofix server only.",
    password: true,
    ignoreFocusOut: true,
    validateInput: whatIsWrongWith,
  });
  if (key !== undefined) await secrets.store(secretOf(provider.description), key.trim());
}

export async function removeKey(secrets: vscode.SecretStorage): Promise<void> {
  const stored = await Promise.all(providers.map((one) => secrets.get(secretOf(one.description))));
  const removable = providers.filter((_, at) => stored[at]);
  if (removable.length === 0) {
    void vscode.window.showInformationMessage("autofix: no key is stored in VS Code.");
    return;
  }
  const provider = await vscode.window.showQuickPick(removable, { placeHolder: "Remove whose key?" });
  if (provider) await secrets.delete(secretOf(provider.description));
}
