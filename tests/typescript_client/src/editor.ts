// An editor without a window: the typed connection that VS Code's client is built on, over the pipes of the real server.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import {
  type ApplyWorkspaceEditParams,
  ApplyWorkspaceEditRequest,
  type ClientCapabilities,
  ConfigurationRequest,
  createProtocolConnection,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  type InitializeParams,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  LogMessageNotification,
  type ProgressToken,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  type Registration,
  RegistrationRequest,
  ShowMessageNotification,
  type ShowMessageParams,
  ShowMessageRequest,
  type ShowMessageRequestParams,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  TextDocumentEdit,
  UnregistrationRequest,
  WorkDoneProgress,
  type WorkDoneProgressBegin,
  WorkDoneProgressCreateRequest,
  type WorkDoneProgressEnd,
  type WorkDoneProgressReport,
} from "vscode-languageserver-protocol/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { type SessionParams, SessionNotification, type Status, StatusNotification } from "./contract.js";
import { likeVsCode } from "./capabilities.js";
import { StandIn, type Step } from "./stand_in.js";

const longestWait = 30_000;
const keys = {
  GOOGLE_API_KEY: "AIzaCanaryTypeScriptNotReal012345678",
  GROQ_API_KEY: "gsk_CanaryTypeScriptNotReal0123456789",
};

export interface Setup {
  gemini?: Step[];
  groq?: Step[];
  files?: Record<string, string>;
  capabilities?: (capabilities: ClientCapabilities) => void;
  initializationOptions?: object;
  /** The answer to workspace/configuration for the section. */
  settings?: object;
  /** The parameters of initialize, at the last moment. */
  params?: (params: InitializeParams) => void;
}

type AnyProgress = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

export class Editor {
  readonly connection: ProtocolConnection;
  readonly documents = new Map<string, TextDocument>();
  readonly published: PublishDiagnosticsParams[] = [];
  readonly messages: ShowMessageParams[] = [];
  readonly questions: ShowMessageRequestParams[] = [];
  readonly edits: ApplyWorkspaceEditParams[] = [];
  readonly registrations: Registration[] = [];
  readonly sessions: SessionParams[] = [];
  readonly statuses: Status[] = [];
  readonly created: ProgressToken[] = [];
  readonly progress = new Map<ProgressToken, AnyProgress[]>();
  /** What the connection itself could make nothing of. */
  readonly faults: string[] = [];
  pulls = 0;
  settings: object;
  /** The title to choose when asked; none is chosen without it. */
  choice: string | null = null;
  refuseEdits = false;
  result!: InitializeResult;
  private readonly changes = new EventEmitter();

  private constructor(
    readonly process: ChildProcessWithoutNullStreams,
    readonly project: string,
    readonly standIns: { gemini: StandIn; groq: StandIn },
    setup: Setup,
  ) {
    this.settings = setup.settings ?? {};
    const fault = (text: string) => this.note(() => this.faults.push(text));
    const logger = { error: fault, warn: fault, info: () => {}, log: () => {} };
    this.connection = createProtocolConnection(
      new StreamMessageReader(process.stdout),
      new StreamMessageWriter(process.stdin),
      logger,
    );
    this.connection.onError(([error]) => fault(String(error)));
    this.listen();
    this.connection.listen();
  }

  /** A server with its stand-ins, before anything is said. It ends with the test. */
  static async spawn(context: TestContext, setup: Setup = {}): Promise<Editor> {
    const folder = mkdtempSync(join(process.env["WORK_FOLDER"]!, "case-"));
    const project = join(folder, "project");
    const files: Record<string, string> = { "project/.git/HEAD": "ref: refs/heads/main\n" };
    for (const [name, text] of Object.entries(setup.files ?? {})) files[join("project", name)] = text;
    const stand = (vendor: string, steps?: Step[]) =>
      StandIn.start(process.env["FAKE_PROVIDER"]!, vendor, steps ?? [{ preset: "quota_per_day" }], folder);
    const [gemini, groq] = await Promise.all([stand("gemini", setup.gemini), stand("groq", setup.groq)]);
    const providers = { gemini: { baseUrl: gemini.url }, groq: { baseUrl: groq.url } };
    files["config/autofix/config.json"] = JSON.stringify({ chain: ["gemini", "groq"], providers });
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const own = Object.fromEntries(
      ["config", "state", "cache", "data"].map((name) => [`XDG_${name.toUpperCase()}_HOME`, join(folder, name)]),
    );
    const environment = { PATH: "/usr/bin:/bin", HOME: folder, LC_ALL: "C.UTF-8", ...own, ...keys };
    const server = spawn(process.env["AUTOFIX"]!, ["--stdio"], { cwd: project, env: environment });
    // What it logs is of interest only where a test fails.
    server.stderr.on("data", (text) => context.diagnostic(String(text)));
    const editor = new Editor(server, project, { gemini, groq }, setup);
    context.after(() => editor.end());
    return editor;
  }

  /** One that is initialized. */
  static async start(context: TestContext, setup: Setup = {}): Promise<Editor> {
    const editor = await Editor.spawn(context, setup);
    const capabilities = likeVsCode();
    setup.capabilities?.(capabilities);
    const rootUri = pathToFileURL(editor.project).href;
    const params: InitializeParams = {
      processId: process.pid,
      rootUri,
      workspaceFolders: [{ uri: rootUri, name: "project" }],
      capabilities,
      initializationOptions: setup.initializationOptions,
    };
    setup.params?.(params);
    editor.result = await editor.connection.sendRequest(InitializeRequest.type, params);
    await editor.connection.sendNotification(InitializedNotification.type, {});
    return editor;
  }

  uri(path: string): string {
    return pathToFileURL(join(this.project, path)).href;
  }

  async open(path: string, text: string, version = 1): Promise<string> {
    const uri = this.uri(path);
    this.documents.set(uri, TextDocument.create(uri, "cpp", version, text));
    const textDocument = { uri, languageId: "cpp", version, text };
    await this.connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
    return uri;
  }

  /** Replaces the whole text of an open document. */
  async type(uri: string, text: string): Promise<void> {
    const version = this.documents.get(uri)!.version + 1;
    this.documents.set(uri, TextDocument.create(uri, "cpp", version, text));
    const params = { textDocument: { uri, version }, contentChanges: [{ text }] };
    await this.connection.sendNotification(DidChangeTextDocumentNotification.type, params);
  }

  text(uri: string): string {
    return this.documents.get(uri)!.getText();
  }

  /** Waits until `find` finds something in what the server said. */
  async until<T>(what: string, find: () => T | undefined | false): Promise<T> {
    const limit = AbortSignal.timeout(longestWait);
    for (;;) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      await once(this.changes, "change", { signal: limit }).catch(() => {
        throw new Error(`not within ${longestWait / 1000} s: ${what}`);
      });
    }
  }

  /** The progress of a token that this side gives to a request. */
  follow(token: ProgressToken): AnyProgress[] {
    const steps: AnyProgress[] = [];
    this.progress.set(token, steps);
    this.connection.onProgress(WorkDoneProgress.type, token, (step) => this.note(() => steps.push(step)));
    return steps;
  }

  /** shutdown and exit, if it still runs; the exit code. */
  async shutDown(): Promise<number | null> {
    await this.connection.sendRequest(ShutdownRequest.type);
    return this.exit();
  }

  async exit(): Promise<number | null> {
    const ended = once(this.process, "exit", { signal: AbortSignal.timeout(longestWait) });
    await this.connection.sendNotification(ExitNotification.type);
    const [code] = (await ended) as [number | null];
    return code;
  }

  private async end(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.shutDown();
    this.connection.dispose();
    await Promise.all([this.standIns.gemini.end(), this.standIns.groq.end()]);
  }

  private note(change: () => void): void {
    change();
    this.changes.emit("change");
  }

  private listen(): void {
    const { connection } = this;
    this.changes.setMaxListeners(0);
    const keep =
      <T>(list: T[]) =>
      (params: T) =>
        this.note(() => list.push(params));
    connection.onNotification(PublishDiagnosticsNotification.type, keep(this.published));
    connection.onNotification(ShowMessageNotification.type, keep(this.messages));
    connection.onNotification(LogMessageNotification.type, () => {});
    connection.onNotification(SessionNotification, keep(this.sessions));
    connection.onNotification(StatusNotification, keep(this.statuses));
    connection.onRequest(UnregistrationRequest.type, () => {});
    connection.onRequest(RegistrationRequest.type, (params) =>
      this.note(() => this.registrations.push(...params.registrations)),
    );
    connection.onRequest(ConfigurationRequest.type, (params) => {
      this.note(() => ++this.pulls);
      return params.items.map((item) => (item.section === "autofix" ? this.settings : null));
    });
    connection.onRequest(WorkDoneProgressCreateRequest.type, ({ token }) => {
      this.follow(token);
      this.note(() => this.created.push(token));
    });
    connection.onRequest(ShowMessageRequest.type, (params) => {
      this.note(() => this.questions.push(params));
      return params.actions?.find((action) => action.title === this.choice) ?? null;
    });
    connection.onRequest(ApplyWorkspaceEditRequest.type, (params) => {
      if (!this.refuseEdits) this.apply(params);
      this.note(() => this.edits.push(params));
      return { applied: !this.refuseEdits };
    });
  }

  private apply({ edit }: ApplyWorkspaceEditParams): void {
    for (const change of edit.documentChanges ?? []) {
      if (!TextDocumentEdit.is(change)) continue;
      const document = this.documents.get(change.textDocument.uri);
      if (!document) continue;
      void this.type(
        document.uri,
        TextDocument.applyEdits(
          document,
          change.edits.filter((one) => "newText" in one),
        ),
      );
    }
  }
}

/** The diagnostic of the misspelt name that most tests fix. */
export function diagnosticAt(line: number, start: number, end: number, message: string): Diagnostic {
  const range = { start: { line, character: start }, end: { line, character: end } };
  return { range, severity: 1, source: "clang", message };
}
