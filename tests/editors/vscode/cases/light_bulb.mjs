// What a person does: light bulb, menu, choice, undo.
import assert from "node:assert/strict";
import { fixed, ok, quota, source, title } from "./samples.mjs";

async function openMenu(t) {
  const { page } = t;
  await t.untilOffered(title);
  await page.waitForSelector("[class*=codicon-gutter-lightbulb], .lightBulbWidget");
  await page.keyboard.press("Control+.");
  await page.waitForSelector(".action-widget .monaco-list-row");
  return page.locator(".action-widget .monaco-list-row .title").allTextContents();
}

async function choose({ page }, text) {
  for (let row = 0; row < 30; ++row) {
    const focused = page.locator(".action-widget .monaco-list-row.focused");
    if ((await focused.count()) > 0 && (await focused.textContent()).includes(text)) return page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
  }
  throw new Error(`the menu has no ${text}`);
}

function fix(ending) {
  const bytes = source.replaceAll("\n", ending);
  return {
    links: { gemini: quota, groq: ok },
    files: { "shop.ts": bytes },
    asked: ["gemini", "groq"],
    async run(t) {
      await t.openAtProblem("shop.ts", "ts");
      const offered = await openMenu(t);
      const ours = offered.findIndex((one) => one.startsWith(title));
      const theirs = offered.findIndex((one) => one.startsWith("Change spelling to"));
      assert.ok(theirs >= 0 && ours > theirs, `the menu is ${offered}`);
      if (ending === "\n") await t.picture_of("light-bulb");
      await choose(t, title);
      await t.untilText(fixed.replaceAll("\n", ending));
      assert.ok((await t.document()).isDirty);
      assert.equal(t.read("shop.ts"), bytes);
      await t.notification("Groq").waitFor();
      if (ending === "\n") await t.picture_of("message");
      await t.host(({ vscode }) => vscode.commands.executeCommand("undo"));
      await t.untilText(bytes);
      assert.ok(!(await t.document()).isDirty);
    },
  };
}

export const cases = { fix: fix("\n"), crlf: fix("\r\n") };
