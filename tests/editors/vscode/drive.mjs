// Opens one VS Code window and runs its cases there, one after the other. Usage: drive.mjs PLAN.json, which vscode_test.py
// writes. Every case leaves NAME.json in the folder of results: what was wrong, and the picture of how it looked then.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Case } from "./case.mjs";
import { all } from "./cases/all.mjs";
import { openWindow } from "./window.mjs";

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
mkdirSync(plan.results, { recursive: true });
const window = await openWindow(plan);
try {
  for (const name of plan.cases) {
    const started = performance.now();
    const running = new Case(name, all[name], plan, window);
    const wrong = await running.run();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${name}: ${wrong.length === 0 ? "passed" : "FAILED"} in ${seconds} s`);
    writeFileSync(`${plan.results}/${name}.json`, JSON.stringify({ wrong, seconds, picture: running.picture }));
  }
} finally {
  await window.close();
}
