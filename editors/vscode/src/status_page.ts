// The status page: `autofix dashboard` on loopback, shown through the tunnel where the window is another machine's.
import { ChildProcess, spawn } from "child_process";
import * as readline from "readline";
import * as vscode from "vscode";
import { environmentWithKeys } from "./keys";
import { findServer } from "./server_program";

/** Runs once per window, from the first look until the extension ends. */
export class StatusPage implements vscode.Disposable {
  private program: ChildProcess | undefined;
  private address: Promise<string> | undefined;

  constructor(private readonly context: vscode.ExtensionContext) {}

  async open(): Promise<void> {
    this.address ??= this.start();
    const address = vscode.Uri.parse(await this.address, true);
    await vscode.env.openExternal(await vscode.env.asExternalUri(address));
  }

  private async start(): Promise<string> {
    const env = await environmentWithKeys(this.context.secrets);
    const program = spawn(findServer(this.context), ["dashboard", "--port", "0"], { env, stdio: ["pipe", "pipe", "pipe"] });
    this.program = program;
    let complaint = "";
    program.stderr.on("data", (text) => (complaint = (complaint + text).slice(-1000)));
    return new Promise<string>((listening, failed) => {
      const over = (why: string) => {
        this.address = undefined;
        failed(new Error(`The status page could not be opened. ${why}`.trim()));
      };
      program.once("error", (error) => over(error.message));
      program.once("close", () => over(complaint));
      readline.createInterface(program.stdout).once("line", (line) => {
        const [, address] = /^listening (http:\/\/127\.0\.0\.1:\d+\/\S*)$/.exec(line) ?? [];
        if (address) listening(address);
        else program.kill();
      });
    });
  }

  dispose(): void {
    this.program?.kill();
  }
}
