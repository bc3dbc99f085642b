// A folder that the user has not said a word about yet.
import assert from "node:assert/strict";
import { fixed, ok, quota, source, title } from "./samples.mjs";

export const cases = {
  untrusted: {
    links: { gemini: quota, groq: ok },
    asked: ["gemini", "groq"],
    files: {
      "shop.ts": source,
      ".autofix.json": JSON.stringify({ verify: { commands: ["touch ../ran"] } }),
      ".vscode/settings.json": JSON.stringify({ "autofix.chain": ["groq"] }),
    },
    async run(t) {
      // Even where autofix's own word is there already.
      await t.trustByCommandLine();
      await t.restartServer();
      await t.openAtProblem("shop.ts", "ts");
      const result = await t.fixByCommand(title);
      console.log(JSON.stringify(result));
      await t.untilText(fixed);
    },
  },
};
