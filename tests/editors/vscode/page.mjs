// What people do and see in the page.
import { until } from "./until.mjs";

/**
 * Rows of the menu of `Ctrl+.`, which is open then. VS Code drops a menu in the making when other diagnostics come, and
 * people press the keys again; while the menu is open they would choose from it, so that it is given time to come.
 */
export async function openFixMenu({ page }) {
  await page.locator("[class*=codicon-gutter-lightbulb], .lightBulbWidget").first().waitFor();
  const rows = page.locator(".action-widget .monaco-list-row .title");
  await until(
    "the menu",
    async () => {
      await page.keyboard.press("Control+.");
      return rows.first().waitFor({ timeout: 10_000 }).then(() => true, () => false);
    },
  );
  return rows.allTextContents();
}

/** With the keyboard. */
export async function chooseFix({ page }, text) {
  const focused = page.locator(".action-widget .monaco-list-row.focused");
  await focused.waitFor();
  const first = await focused.getAttribute("aria-label");
  do {
    if ((await focused.textContent()).includes(text)) return page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
  } while ((await focused.getAttribute("aria-label")) !== first);
  throw new Error(`the menu has no ${text}`);
}

/** A list or an input box at the top of the window. */
export function quickInput({ page }) {
  return page.locator(".quick-input-widget:visible");
}

/** Chooses from the list that is open, by its text. */
export async function pick(t, text) {
  const row = quickInput(t).locator(".monaco-list-row").filter({ hasText: text }).first();
  await row.click();
}

/** A message in the corner. */
export function notification({ page }, text) {
  return page.locator(".notifications-toasts .notification-list-item").filter({ hasText: text });
}

/** Starts a command of VS Code's that is done when a person has answered. */
export function startCommand({ host }, command, ...args) {
  return host(
    ({ vscode }, { command, args }) => {
      void vscode.commands.executeCommand(command, ...args);
    },
    { command, args },
  );
}

/** What is in the middle of an animation is no picture. Progress moves for as long as it lasts. */
export async function settled({ page }) {
  await until("nothing moves", () =>
    page.evaluate(() =>
      document
        .getAnimations()
        .filter((one) => one.effect.getComputedTiming().iterations !== Infinity)
        .every((one) => one.playState !== "running"),
    ),
  );
}
