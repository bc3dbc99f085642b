// What a person meets before the first fix.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { notification, settled } from "../page.mjs";
import { ok, source } from "./samples.mjs";

export const cases = {
  not_found: {
    links: { groq: ok },
    files: { "shop.ts": source },
    async run(t) {
      rmSync(`${t.plan.folder}/bin/autofix`);
      await t.restartServer();
      const message = notification(t, "was found neither on PATH nor in the extension");
      await message.waitFor();
      assert.equal(await message.getByText("Set Its Path").count(), 1);
      await message.getByText("Show How to Install").click();
      await t.page.locator(".getting-started-step").first().waitFor();
      await settled(t);
      await t.picture_of("walkthrough", { x: 40, y: 0, width: 960, height: 640 });
    },
  },
};
