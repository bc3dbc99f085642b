// Failing tests: of a test extension, and of a report on disk.
import assert from "node:assert/strict";
import { notification } from "../page.mjs";
import { fixed, ok, quota, source } from "./samples.mjs";

/** A test extension whose one test fails. */
async function runFailingTest({ host, project }) {
  await host(async ({ vscode, kept }, file) => {
    const uri = vscode.Uri.file(file);
    const controller = vscode.tests.createTestController("shopTests", "Shop");
    kept.disposables.push(controller);
    const test = controller.createTestItem("total", "adds prices", uri);
    test.range = new vscode.Range(2, 2, 2, 44);
    controller.items.add(test);
    const message = vscode.TestMessage.diff("expected 6 but got NaN", "6", "NaN");
    message.location = new vscode.Location(uri, test.range);
    kept.failure = { test, message };
    const run = controller.createTestRun(new vscode.TestRunRequest([test]));
    run.started(test);
    run.failed(test, message, 3);
    run.end();
  }, `${project}/shop.ts`);
}

const failing = {
  links: { gemini: quota, groq: ok },
  files: { "shop.ts": source },
  asked: ["gemini", "groq"],
  sent: { groq: ["adds prices", "expected 6 but got NaN"] },
};

const report = (inside) =>
  `<testsuites><testsuite name="shop"><testcase classname="" name="adds prices">${inside}</testcase></testsuite></testsuites>\n`;

/** Lines of the failing tests that our server publishes. */
const published = ({ host }) =>
  host(({ vscode }) =>
    vscode.languages
      .getDiagnostics(vscode.window.activeTextEditor.document.uri)
      .filter(({ source }) => source === "autofix tests")
      .map(({ code, range }) => `${code} in line ${range.start.line + 1}`),
  );

export const cases = {
  test_message: {
    ...failing,
    async run(t) {
      await t.open("shop.ts");
      await runFailingTest(t);
      await t.host(({ vscode, kept }) => vscode.commands.executeCommand("autofix.ui.fixTest", kept.failure));
      await t.untilText(fixed);
    },
  },
  test_message_menu: {
    ...failing,
    async run(t) {
      await t.open("shop.ts");
      await runFailingTest(t);
      await t.page.getByText("NaN != 6").click();
      const button = t.page.locator(".zone-widget").getByText("Auto-fix with AI");
      await button.waitFor();
      await t.savePicture("failing-test", { x: 52, y: 0, width: 948, height: 250 });
      await button.click();
      await t.untilText(fixed);
    },
  },
  report: {
    links: { gemini: quota, groq: ok },
    files: {
      "shop.ts": source,
      "build/junit.xml": report('<failure message="expected 6, was NaN">shop.ts:3: expected 6, was NaN</failure>'),
    },
    asked: ["gemini", "groq"],
    async run(t) {
      await t.open("shop.ts");
      await t.until("the report's failure is shown", async () => String(await published(t)) === "adds prices in line 3");
      await t.host(({ vscode }) => {
        vscode.window.activeTextEditor.selection = new vscode.Selection(2, 2, 2, 2);
      });
      await t.fixByCommand("Auto-fix with AI: failing test adds prices");
      await t.untilText(fixed);
      await notification(t, "by Groq after Gemini").waitFor();
      t.write("build/junit.xml", report(""));
      await t.until("the failure goes with the next report", async () => (await published(t)).length === 0);
    },
  },
};
