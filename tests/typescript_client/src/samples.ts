// One small program with a misspelt name, and what a model answers to it.
import { diagnosticAt } from "./editor.js";

export const source = "int main() {\n  int length = 0;\n  return lenght;\n}\n";
export const fixed = source.replace("lenght", "length");
export const misspelt = diagnosticAt(2, 9, 15, "use of undeclared identifier 'lenght'");

const block = (path: string, search: string, replace: string) =>
  `${path}\n<<<<<<< SEARCH\n${search}=======\n${replace}>>>>>>> REPLACE\n`;

export const quota = [{ preset: "quota_per_day" }];
export const never = [{ stall: true as const }];
export const good = [
  { ok: `The name is misspelt.\n\n${block("main.cpp", "  return lenght;\n", "  return length;\n")}` },
];
export const withNewFile = [
  {
    ok: `The name has no declaration.\n\n${block("length.h", "", "inline int lenght = 0;\n")}\n${block(
      "main.cpp",
      "int main() {\n",
      '#include "length.h"\nint main() {\n',
    )}`,
  },
];
