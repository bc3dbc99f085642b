// Keys and the choice of a provider.
import assert from "node:assert/strict";
import { pick, quickInput, startCommand } from "../page.mjs";
import { fixed, ok, source, title } from "./samples.mjs";

export const cases = {
  switch_provider: {
    links: { gemini: ok, groq: ok },
    files: { "shop.ts": source },
    asked: ["groq"],
    async run(t) {
      await t.openAtProblem("shop.ts", "ts");
      await t.page.locator("[id='status.languageStatus']").hover();
      const item = t.page.locator(".hover-language-status").filter({ hasText: "Gemini" });
      await item.waitFor();
      await item.getByText("Menu").click();
      await quickInput(t).waitFor();
      await t.savePicture("menu", quickInput(t));
      await pick(t, "Choose Provider");
      await quickInput(t).getByText("Automatic").waitFor();
      await t.savePicture("choose-provider", quickInput(t));
      await pick(t, "Groq");
      await t.until("the list closes", async () => (await quickInput(t).count()) === 0);
      await t.fixByCommand(title);
      await t.untilText(fixed);
    },
  },
  key: {
    links: { groq: ok },
    keys: [],
    files: { "shop.ts": source },
    asked: ["groq"],
    sent: { groq: ["Authorization: Bearer gsk_CanaryEditorNotReal0123456789"] },
    async run(t) {
      await t.openAtProblem("shop.ts", "ts");
      const without = await t.fixByCommand(title);
      assert.equal(without.attempts[0].outcome, "no_key");
      await startCommand(t, "autofix.ui.setKey");
      await pick(t, "Groq");
      const box = quickInput(t).locator("input[type=password]");
      await box.waitFor();
      await box.pressSequentially(t.plan.keys.groq);
      await t.savePicture("key", quickInput(t));
      const before = t.serverPids()[0];
      await box.press("Enter");
      await t.until("the server starts with the key", () => t.serverPids().some((pid) => pid !== before));
      await t.fixByCommand(title);
      await t.untilText(fixed);
      // VS Code in a browser keeps secrets there, sealed.
      const kept = await t.page.evaluate(() => JSON.stringify(localStorage));
      assert.ok(kept.includes("key.GROQ_API_KEY") || kept.includes("secrets"), `no secret is kept in ${kept}`);
      assert.ok(!kept.includes(t.plan.keys.groq), "the key is kept in clear");
    },
  },
};
