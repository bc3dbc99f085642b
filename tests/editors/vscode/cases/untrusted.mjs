// A folder that the user has not said a word about yet.
import assert from "node:assert/strict";
import { fixed, ok, publishSpelling, quota, source, spellingTitle } from "./samples.mjs";

export const cases = {
  untrusted: {
    links: { gemini: quota, groq: ok },
    asked: ["gemini", "groq"],
    files: { "shop.ts": source, ".vscode/settings.json": JSON.stringify({ "autofix.chain": ["groq"] }) },
    // So that the command could leave a file, and both fixes are asked for.
    config: { verify: { sandbox: "copy" }, cache: { enabled: false } },
    async run(t) {
      t.write(".autofix.json", JSON.stringify({ verify: { commands: [`touch ${t.folder}/ran`] } }));
      // Nothing runs, even where autofix itself was told to trust the project.
      t.trustByCommandLine();
      await t.restartServer();
      await publishSpelling(t, "shop.ts");
      await t.openAtProblem("shop.ts", "spelling");
      const untrusted = await t.fixByCommand(spellingTitle);
      await t.untilText(fixed);
      assert.equal(untrusted.verification.state, "not_run");
      assert.ok(!t.exists("ran"), "a command of an untrusted project was run");
      const asked = untrusted.attempts.map((one) => one.provider);
      assert.deepEqual(asked, ["gemini", "groq"], "a restricted setting of the folder counted");

      await t.host(({ vscode }) => vscode.commands.executeCommand("undo"));
      await t.untilText(source);
      await t.host(({ vscode }) => vscode.commands.executeCommand("workbench.trust.manage"));
      await t.page.getByRole("button", { name: "Trust", exact: true }).click();
      // VS Code grants trust first, and then the folder's settings begin to count.
      const told = ['"workspaceTrusted":true', '"chain":["groq"]'];
      await t.until("the server is told", () => {
        const said = JSON.stringify(t.recorded());
        return told.every((one) => said.includes(one));
      });
      await t.openAtProblem("shop.ts", "spelling");
      const trusted = await t.fixByCommand(spellingTitle);
      await t.untilText(fixed);
      assert.ok(t.exists("ran"), JSON.stringify(trusted.verification));
      assert.deepEqual(trusted.attempts.map((one) => one.provider), ["groq"]);
    },
  },
};
