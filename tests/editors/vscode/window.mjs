// A browser with one VS Code window in it.
import { createRequire } from "node:module";
import { connectToHost } from "./host.mjs";
import { limit, until } from "./until.mjs";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Nothing outside is ever asked.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/** Small, so that pictures show what matters. */
export const size = { width: 1000, height: 480 };

export async function openWindow(plan) {
  const { chromium } = createRequire(`${plan.vscode}/`)("playwright-core");
  const browser = await chromium.launchPersistentContext(`${plan.folder}/profile`, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    viewport: size,
    args: flags,
  });
  try {
    const page = browser.pages()[0];
    page.setDefaultTimeout(limit);
    await page.goto(`${plan.url}?folder=${plan.folder}/project`);
    await page.waitForSelector(".monaco-workbench");
    const { host, close } = await connectToHost(plan.socket);
    await until("the extension is active", () =>
      host(({ vscode }) => vscode.extensions.getExtension("autofix.autofix")?.isActive),
    );
    return {
      page,
      host,
      close: async () => {
        close();
        await browser.close();
      },
    };
  } catch (error) {
    await browser.pages()[0].screenshot({ path: `${plan.results}/window.png` });
    await browser.close();
    throw error;
  }
}
