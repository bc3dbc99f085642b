// What a person meets before the first fix.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { notification } from "../page.mjs";
import { size } from "../window.mjs";
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
      await t.page.setViewportSize({ width: 1200, height: 640 });
      const beside = t.page.frameLocator("iframe.webview").frameLocator("#active-frame");
      await beside.getByText("in this order").waitFor();
      await t.savePicture("walkthrough", { x: 52, y: 0, width: 1148, height: 640 });
      await t.page.setViewportSize(size);
    },
  },
};
