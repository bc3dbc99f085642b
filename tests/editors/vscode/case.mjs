// One case: its project, its providers, its configuration and a server of its own, in a window that others had before.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { settled } from "./page.mjs";
import { Provider } from "./providers.mjs";
import { until } from "./until.mjs";

const variables = { gemini: "GOOGLE_API_KEY", groq: "GROQ_API_KEY" };

export class Case {
  constructor(name, definition, plan, { page, host }) {
    Object.assign(this, { name, definition, plan, page, host });
    this.folder = `${plan.folder}/cases/${name}`;
    this.project = `${plan.folder}/project`;
    this.providers = {};
  }

  /** What was wrong. */
  async run() {
    const wrong = [];
    try {
      await this.begin();
      await this.definition.run(this);
    } catch (error) {
      wrong.push(error.stack);
      this.picture = `${this.plan.results}/${this.name}.png`;
      await this.page.screenshot({ path: this.picture }).catch((why) => wrong.push(String(why)));
    }
    const asked = [];
    for (const [name, provider] of Object.entries(this.providers)) {
      const sent = await provider.end();
      if (!sent.includes("POST /")) continue;
      asked.push(name);
      for (const part of this.definition.sent?.[name] ?? []) {
        if (!sent.includes(part)) wrong.push(`${name} was not sent: ${part}`);
      }
    }
    const expected = this.definition.asked ?? [];
    if (String(asked) !== String(expected)) wrong.push(`asked for a fix: ${asked}, not ${expected}`);
    return wrong;
  }

  async begin() {
    const { links, files, settings = {}, keys, config: more } = this.definition;
    await this.closeEverything();
    for (const old of readdirSync(this.project)) if (old !== ".git") rmSync(`${this.project}/${old}`, { recursive: true });
    for (const [path, text] of Object.entries(files)) this.write(path, text);
    for (const [name, link] of Object.entries(links)) {
      this.providers[name] = Array.isArray(link)
        ? await Provider.start(this.plan.fakeProvider, name, link, this.folder)
        : await link.start();
    }
    const providers = Object.entries(this.providers).map(([name, { url }]) => [name, { baseUrl: url }]);
    const config = { chain: Object.keys(links), providers: Object.fromEntries(providers), ...more };
    writeFileSync(`${this.folder}/config/autofix/config.json`, JSON.stringify(config));
    const given = keys ?? Object.keys(links);
    const env = given.map((name) => `${variables[name]}=${this.plan.keys[name]}\n`).join("");
    writeFileSync(`${this.folder}/config/autofix/.env`, env, { mode: 0o600 });
    // PATH leads to this case's server from now on.
    symlinkSync(`${this.folder}/start`, `${this.folder}/link`);
    renameSync(`${this.folder}/link`, `${this.plan.folder}/bin/autofix`);
    await this.host(async ({ vscode, kept }, wanted) => {
      const autofix = vscode.workspace.getConfiguration("autofix");
      for (const key of kept.settings ?? []) await autofix.update(key, undefined, true);
      kept.settings = Object.keys(wanted);
      for (const [key, value] of Object.entries(wanted)) await autofix.update(key, value, true);
    }, settings);
    await this.restartServer();
  }

  async closeEverything() {
    await this.host(async ({ vscode, kept }, project) => {
      for (const one of kept.disposables ?? []) one.dispose();
      kept.disposables = [];
      const ours = ({ uri }) => uri.scheme === "untitled" || uri.fsPath.startsWith(`${project}/`);
      for (const document of vscode.workspace.textDocuments.filter((one) => one.isDirty && ours(one))) {
        await vscode.window.showTextDocument(document);
        await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
      }
      for (const command of ["workbench.action.closeAllEditors", "notifications.clearAll", "workbench.action.closePanel", "workbench.action.closeSidebar"]) {
        await vscode.commands.executeCommand(command);
      }
    }, this.project);
  }

  async restartServer() {
    await this.host(({ vscode }) => vscode.commands.executeCommand("autofix.ui.restartServer"));
  }

  write(path, text) {
    mkdirSync(`${this.project}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    writeFileSync(`${this.project}/${path}`, text);
  }

  read(path) {
    return readFileSync(`${this.project}/${path}`, "latin1");
  }

  exists(path) {
    return existsSync(`${this.folder}/${path}`);
  }

  until(what, holds) {
    return until(what, holds);
  }

  /** Opens a file and waits for a diagnostic of `source` at the misspelt name; the cursor goes there. */
  async openAtProblem(path, source) {
    await this.open(path);
    await until(`${source} says what is wrong with ${path}`, () =>
      this.host(
        ({ vscode }, { file, source }) => {
          const editor = vscode.window.activeTextEditor;
          if (editor?.document.uri.fsPath !== file) return false;
          const isIt = (one) => one.source === source && editor.document.getText(one.range) === "prise";
          const all = vscode.languages.getDiagnostics(editor.document.uri);
          // TypeScript says its hints last; what comes later would close a menu that is just opening.
          if (source === "ts" && !all.some((one) => one.severity === vscode.DiagnosticSeverity.Hint)) return false;
          const found = all.find(isIt);
          if (found) editor.selection = new vscode.Selection(found.range.start, found.range.start);
          return found !== undefined;
        },
        { file: `${this.project}/${path}`, source },
      ),
    );
  }

  async open(path) {
    await this.host(async ({ vscode }, file) => {
      await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: false });
    }, `${this.project}/${path}`);
  }

  /** Of the document that is shown: its text and whether it is saved. */
  document() {
    return this.host(({ vscode }) => {
      const { document } = vscode.window.activeTextEditor;
      return { text: document.getText(), isDirty: document.isDirty, version: document.version };
    });
  }

  async untilText(text) {
    let last;
    await until("the text is as expected", async () => (last = (await this.document()).text) === text).catch((error) => {
      throw new Error(`${error.message}\nit is:\n${last}`);
    });
  }

  /** Waits until the server, which may just have been started, offers this at the cursor. */
  async untilOffered(title) {
    let titles;
    const offered = async () => {
      titles = await this.host(async ({ vscode, kept }, title) => {
        const { document, selection } = vscode.window.activeTextEditor;
        const actions = await vscode.commands
          .executeCommand("vscode.executeCodeActionProvider", document.uri, selection)
          // VS Code takes its own question back when the document or its servers change meanwhile.
          .then(undefined, (error) => (error.name === "Canceled" ? [] : Promise.reject(error)));
        kept.action = actions.find((one) => one.title.startsWith(title));
        return actions.map((one) => one.title);
      }, title);
      return titles.some((one) => one.startsWith(title));
    };
    await until(`the menu offers ${title}`, offered).catch((error) => {
      throw new Error(`${error.message}\nit offers: ${titles}`);
    });
  }

  /** What the choice in the menu would do, without the page. Returns the server's answer. */
  async fixByCommand(title) {
    await this.untilOffered(title);
    return this.host(({ vscode, kept }) => vscode.commands.executeCommand(kept.action.command.command, ...kept.action.command.arguments));
  }

  /** The same, but returns while the fix is under way. */
  async startFix(title) {
    await this.untilOffered(title);
    await this.host(({ vscode, kept }) => {
      void vscode.commands.executeCommand(kept.action.command.command, ...kept.action.command.arguments);
    });
  }

  /** The progress of a fix is gone. */
  async untilNotRunning() {
    await this.page.locator(".notification-list-item .monaco-progress-container.active").waitFor({ state: "detached" });
    await settled(this);
  }

  /** This case's server, whatever started it. */
  serverPids() {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
        return readlinkSync(`/proc/${pid}/exe`) === this.plan.autofix && environment.includes(`${this.folder}/state`);
      } catch {
        return false; // it ended meanwhile
      }
    });
  }

  trustByCommandLine() {
    execFileSync(`${this.folder}/start`, ["trust", this.project], { env: { PATH: "/usr/bin:/bin" } });
  }

  /** What the client and the server have said so far. */
  recorded() {
    const path = `${this.folder}/lsp.record`;
    if (!existsSync(path)) return [];
    return readFileSync(path, "utf8").split("\n").slice(0, -1).map(JSON.parse);
  }

  /** A picture for people: what matters of the page, or a part of it that has a name there. */
  async savePicture(name, part = { x: 52, y: 0, width: 948, height: 480 }) {
    await settled(this);
    const path = `${this.plan.pictures}/${name}.png`;
    if ("x" in part) await this.page.screenshot({ path, clip: part });
    else await part.screenshot({ path });
  }
}
