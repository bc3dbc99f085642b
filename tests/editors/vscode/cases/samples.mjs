// The file that most cases are about, what is wrong with it, and what models answer.
export const source = `export function total(prices: number[]): number {
  let sum = 0;
  for (const price of prices) sum += prise;
  return sum;
}
`;
export const fixed = source.replace("prise", "price");
export const reply = `The name is misspelt.

shop.ts
<<<<<<< SEARCH
  for (const price of prices) sum += prise;
=======
  for (const price of prices) sum += price;
>>>>>>> REPLACE
`;
export const quota = [{ preset: "quota_per_day" }];
export const ok = [{ ok: reply }];
export const title = "Auto-fix with AI: Cannot find name 'prise'";

/** Diagnostics of an extension that is neither VS Code's nor ours. */
export function publishSpelling({ host, project }, path) {
  return host(({ vscode, kept }, file) => {
    const spelling = vscode.languages.createDiagnosticCollection("spelling");
    kept.disposables.push(spelling);
    const range = new vscode.Range(2, 37, 2, 42);
    const found = new vscode.Diagnostic(range, "Unknown word: prise", vscode.DiagnosticSeverity.Warning);
    found.source = "spelling";
    spelling.set(vscode.Uri.file(file), [found]);
  }, `${project}/${path}`);
}
export const spellingTitle = "Auto-fix with AI: Unknown word: prise";
