// The language server's life in this window: start, restart, what it is told and what it may ask.
import { ChildProcess, spawn } from "child_process";
import { randomUUID } from "crypto";
import * as vscode from "vscode";
import {
  CancellationToken,
  CloseAction,
  CloseHandlerResult,
  DidChangeConfigurationNotification,
  ErrorAction,
  ErrorCodes,
  ExecuteCommandRequest,
  LanguageClient,
  LanguageClientOptions,
  ResponseError,
  RevealOutputChannelOn,
  ServerOptions,
  State,
  WorkDoneProgress,
  WorkDoneProgressCancelNotification,
} from "vscode-languageclient/node";
import { environmentWithKeys } from "./keys";
import { diagnosticsNotification, testSource } from "./protocol";
import { explainMissingServer, findServer } from "./server_program";
import { readSettings } from "./settings";

export const documents: vscode.DocumentFilter[] = [{ scheme: "file" }, { scheme: "untitled" }];

/** Restarts by themselves in three minutes. A program that ends more often has a fault that another start does not cure. */
const mostCrashes = 4;

/** They may take a minute: they get a notification that says what goes on and has a Cancel button. */
const longCommands = new Set(["autofix.fix", "autofix.retry"]);

/** Its failures are logged; what people are told of them is said once, and here. */
class QuietClient extends LanguageClient {
  override error(message: string, what?: unknown): void {
    super.error(message, what, false);
  }
}

/**
 * Owns the client. After a crash the client starts the program again by itself and sends the documents again; a
 * restart of ours makes a new client, since a client that failed to start cannot be started a second time.
 */
export class Server {
  private client: LanguageClient | undefined;
  private program: ChildProcess | undefined;
  private last: Promise<void> = Promise.resolve();
  /** What was chosen holds for the window, however often the program starts. */
  private provider = "auto";
  private isUp = false;
  private crashes: number[] = [];

  /** `watch` adds the listeners of every new client. */
  constructor(
    private readonly context: vscode.ExtensionContext,
    readonly log: vscode.LogOutputChannel,
    private readonly watch: (client: LanguageClient) => void,
  ) {}

  /** One after the other, however many settings and keys change at once. */
  restart(): Promise<void> {
    this.last = this.last
      .then(() => this.stop())
      .then(() => this.start())
      .catch((error: unknown) => this.log.error(String(error)));
    return this.last;
  }

  /** For what needs a running server; the message is for people. */
  running(): LanguageClient {
    if (!this.client?.isRunning()) throw new Error("The autofix server is not running. See its log.");
    return this.client;
  }

  execute<Result>(command: string, argument: object): Promise<Result> {
    return this.running().sendRequest(ExecuteCommandRequest.type, { command, arguments: [argument] });
  }

  async selectProvider(provider: string): Promise<void> {
    await this.execute("autofix.selectProvider", { provider });
    this.provider = provider;
  }

  /** The server asks for the settings then. */
  async tellSettingsChanged(): Promise<void> {
    if (this.client?.isRunning()) {
      await this.client.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
    }
  }

  /**
   * What others say of a document: the code action request carries only what is said of its lines. What the server
   * published itself is left out.
   */
  async tellDiagnostics(uris: readonly vscode.Uri[]): Promise<void> {
    const changed = new Set(uris.map(String));
    for (const document of vscode.workspace.textDocuments) {
      const { uri, version } = document;
      if (!changed.has(String(uri)) || vscode.languages.match(documents, document) === 0) continue;
      if (!this.client?.isRunning()) return;
      const { asUri, asDiagnosticsSync } = this.client.code2ProtocolConverter;
      const others = vscode.languages.getDiagnostics(uri).filter(({ source }) => source !== testSource);
      const diagnostics = asDiagnosticsSync(others);
      await this.client.sendNotification(diagnosticsNotification, { uri: asUri(uri), version, diagnostics });
    }
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.isUp = false;
    this.crashes = [];
    await client?.dispose().catch((error: unknown) => {
      this.log.warn(String(error));
      this.program?.kill();
    });
  }

  private async start(): Promise<void> {
    let program: string;
    try {
      program = findServer(this.context);
    } catch (error) {
      void vscode.commands.executeCommand("setContext", "autofix.serverFound", false);
      void explainMissingServer(this.context, error as Error);
      return;
    }
    void vscode.commands.executeCommand("setContext", "autofix.serverFound", true);
    this.log.info(`starting ${program}`);
    this.client = new QuietClient("autofix", "autofix", this.startOf(program), this.options());
    this.watch(this.client);
    this.client.onDidChangeState(({ newState }) => {
      if (newState !== State.Running) return;
      this.isUp = true;
      void this.tellAgain().catch((error: unknown) => this.log.error(String(error)));
    });
    await this.client.start().catch(() => this.tellDown(`${program} did not start as a language server.`));
  }

  private tellDown(why: string): void {
    void vscode.window.showErrorMessage(`autofix: ${why}`, "Show the Log", "Start It Again").then((choice) => {
      if (choice === "Show the Log") this.log.show();
      if (choice === "Start It Again") void this.restart();
    });
  }

  private afterEnd(): CloseHandlerResult {
    const wasUp = this.isUp;
    const now = Date.now();
    this.isUp = false;
    if (wasUp) this.crashes = [...this.crashes.filter((at) => now - at < 3 * 60_000), now];
    if (wasUp && this.crashes.length <= mostCrashes) return { action: CloseAction.Restart };
    // A first start that fails says so itself.
    if (this.crashes.length > 0) this.tellDown("The server ends again and again.");
    return { action: CloseAction.DoNotRestart };
  }

  /** A program that has just started, after a crash as well, knows of the documents only. */
  private async tellAgain(): Promise<void> {
    await this.tellDiagnostics(vscode.workspace.textDocuments.map(({ uri }) => uri));
    if (this.provider !== "auto") await this.selectProvider(this.provider);
  }

  private startOf(program: string): ServerOptions {
    return async () => {
      const env = await environmentWithKeys(this.context.secrets);
      const child = spawn(program, ["--stdio"], { env });
      await new Promise((started, failed) => child.once("spawn", started).once("error", failed));
      this.program = child;
      return child;
    };
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: documents as { scheme: string }[],
      outputChannel: this.log,
      // Failures are shown once, by whoever started what failed.
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      errorHandler: { error: () => ({ action: ErrorAction.Continue }), closed: () => this.afterEnd() },
      initializationFailedHandler: () => false,
      initializationOptions: () => readSettings(this.context),
      middleware: {
        executeCommand: (command, args, next) =>
          longCommands.has(command) ? this.executeLong(command, args) : next(command, args),
        workspace: {
          handleApplyEdit: async (params, next) => {
            const result = await next(params, CancellationToken.None);
            const asked = Object.values(params.edit.changeAnnotations ?? {}).some((one) => one.needsConfirmation);
            if (!asked || result instanceof ResponseError || result.applied) return result;
            return { ...result, failureReason: "nothing was ticked in the Refactor Preview" };
          },
          configuration: ({ items }) =>
            items.map(({ section, scopeUri }) =>
              section === "autofix" ? readSettings(this.context, scopeUri ? vscode.Uri.parse(scopeUri) : undefined) : null,
            ),
        },
      },
    };
  }

  private executeLong(command: string, args: unknown[]): Thenable<unknown> {
    const client = this.running();
    const token = randomUUID();
    const options = { location: vscode.ProgressLocation.Notification, title: "Auto-fix with AI", cancellable: true };
    return vscode.window.withProgress(options, async (progress, cancelled) => {
      const reports = client.onProgress(WorkDoneProgress.type, token, (step) => progress.report({ message: step.message ?? "" }));
      cancelled.onCancellationRequested(() => client.sendNotification(WorkDoneProgressCancelNotification.type, { token }));
      try {
        return await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: args as [], workDoneToken: token });
      } catch (error) {
        if (!(error instanceof ResponseError) || error.code !== ErrorCodes.PendingResponseRejected) throw error;
        throw new Error("The autofix server stopped before the fix was done; nothing was changed. Try again.");
      } finally {
        reports.dispose();
      }
    });
  }
}
