// What goes wrong or is changed while a fix is under way.
import assert from "node:assert/strict";
import { StalledProvider } from "../providers.mjs";
import { notification } from "../page.mjs";
import { fixed, ok, reply, source, title } from "./samples.mjs";

const typed = "// prices in cents\n";
/** What a person types at the top. */
const type = ({ host }) =>
  host(async ({ vscode }, typed) => {
    await vscode.window.activeTextEditor.edit((edit) => edit.insert(new vscode.Position(0, 0), typed));
  }, typed);
const stalled = { start: () => StalledProvider.start(reply) };

/** A fix that is under way: the provider has the question. */
async function startFix(t) {
  await t.openAtProblem("shop.ts", "ts");
  await t.startFix(title);
  await t.until("the provider is asked", () => t.providers.groq.wasAsked());
}

export const cases = {
  crash: {
    links: { groq: ok },
    files: { "shop.ts": source },
    asked: ["groq"],
    async run(t) {
      await t.openAtProblem("shop.ts", "ts");
      await type(t);
      await t.untilOffered(title);
      const [pid, ...more] = t.serverPids();
      assert.deepEqual(more, []);
      process.kill(pid, "SIGKILL");
      await t.until("the server is started again", () => t.serverPids().some((one) => one !== pid));
      await t.openAtProblem("shop.ts", "ts");
      await t.fixByCommand(title);
      await t.untilText(typed + fixed);
    },
  },
  cancel: {
    links: { groq: stalled },
    files: { "shop.ts": source },
    asked: ["groq"],
    async run(t) {
      await startFix(t);
      const progress = notification(t, "asking Groq");
      await progress.waitFor();
      await notification(t, /asking Groq, \d+ s/).waitFor();
      await t.savePicture("progress", { x: 500, y: 350, width: 500, height: 130 });
      const cancelled = performance.now();
      await progress.getByText("Cancel").click();
      await t.until("the provider sees the client hang up", () => t.providers.groq.hungUp);
      const milliseconds = t.providers.groq.hungUp - cancelled;
      // Long before any of the server's own time limits.
      assert.ok(milliseconds < 5000, `it took ${milliseconds} ms`);
      await t.untilNotRunning();
      assert.equal((await t.document()).text, source);
    },
  },
  stale: {
    links: { groq: stalled },
    files: { "shop.ts": source },
    asked: ["groq"],
    async run(t) {
      await startFix(t);
      await type(t);
      t.providers.groq.release();
      const again = notification(t, "Try again");
      await again.waitFor();
      assert.equal((await t.document()).text, typed + source);
      await again.getByText("Try again", { exact: true }).click();
      await t.untilText(typed + fixed);
    },
  },
  preview: {
    links: { groq: ok },
    settings: { "actions.preview": true },
    files: { "shop.ts": source },
    asked: ["groq"],
    async run(t) {
      await t.openAtProblem("shop.ts", "ts");
      await t.startFix(title);
      const apply = t.page.getByRole("button", { name: "Apply" });
      await apply.waitFor();
      assert.equal((await t.document()).text, source);
      // VS Code leaves unticked what needs a person's word.
      await t.page.locator(".edit-checkbox").first().check();
      await t.savePicture("preview");
      await apply.click();
      await t.untilText(fixed);
    },
  },
};
