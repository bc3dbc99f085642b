// What a person does: light bulb, menu, choice, undo.
import assert from "node:assert/strict";
import { chooseFix, notification, openFixMenu } from "../page.mjs";
import { fixed, ok, publishSpelling, quota, reply, source, spellingTitle, title } from "./samples.mjs";

const shop = { path: "shop.ts", source: "ts", title, before: source, after: fixed, rival: "Change spelling to" };
const list = {
  path: "words.txt",
  source: "spelling",
  title: spellingTitle,
  before: source,
  after: fixed,
};

function fix({ path, source, title, before, after, rival }, { prepare, picture } = {}) {
  return {
    links: { gemini: quota, groq: [{ ok: reply.replace("shop.ts", path) }] },
    files: { [path]: before },
    asked: ["gemini", "groq"],
    async run(t) {
      await prepare?.(t);
      await t.openAtProblem(path, source);
      await t.untilOffered(title);
      const offered = await openFixMenu(t);
      const ours = offered.findIndex((one) => one.startsWith(title));
      const theirs = rival ? offered.findIndex((one) => one.startsWith(rival)) : -1;
      assert.ok(ours > theirs && (!rival || theirs >= 0), `the menu is ${offered}`);
      if (picture) await t.savePicture("light-bulb", { x: 52, y: 0, width: 948, height: 400 });
      await chooseFix(t, title);
      await t.untilText(after);
      const { isDirty } = await t.document();
      assert.ok(isDirty, "the fix was saved");
      assert.equal(t.read(path), before, "the fix was written to disk");
      const message = notification(t, "by Groq after Gemini");
      await message.waitFor();
      await t.untilNotRunning();
      if (picture) {
        await message.hover();
        await message.locator(".codicon-notifications-expand").click();
        await t.savePicture("fixed");
        await t.host(({ vscode }) => vscode.commands.executeCommand("notifications.clearAll"));
        await t.page.locator("[id='status.languageStatus']").hover();
        await t.page.locator(".hover-language-status").filter({ hasText: "Gemini quota exhausted" }).waitFor();
        await t.savePicture("status", { x: 300, y: 370, width: 700, height: 110 });
      }
      await t.host(({ vscode }) => vscode.commands.executeCommand("undo"));
      await t.untilText(before);
      assert.ok(!(await t.document()).isDirty, "one undo did not restore the saved state");
    },
  };
}

const crlf = (text) => text.replaceAll("\n", "\r\n");

export const cases = {
  fix: fix(shop, { picture: true }),
  crlf: fix({ ...shop, before: crlf(source), after: crlf(fixed) }),
  other_extension: fix(list, { prepare: (t) => publishSpelling(t, list.path) }),
  // A real fix that is sure of itself stays the one that `Auto Fix` takes.
  not_preferred: {
    links: { groq: ok },
    files: { "shop.ts": source },
    async run(t) {
      await t.openAtProblem("shop.ts", "ts");
      await t.untilOffered(title);
      const actions = await t.host(async ({ vscode }) => {
        const { document, selection } = vscode.window.activeTextEditor;
        const all = await vscode.commands.executeCommand("vscode.executeCodeActionProvider", document.uri, selection);
        return all.map(({ title, isPreferred, kind }) => ({ title, isPreferred: isPreferred ?? false, kind: kind?.value }));
      });
      const ours = actions.filter((one) => one.title.startsWith("Auto-fix with AI"));
      assert.ok(ours.length > 0 && ours.every((one) => !one.isPreferred), JSON.stringify(ours));
      await t.host(({ vscode }) => vscode.commands.executeCommand("editor.action.autoFix"));
      await t.untilText(fixed);
    },
  },
};
