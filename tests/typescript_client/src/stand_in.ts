// One vendor's stand-in: the program of tests/support, which lives until its standard input closes.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** What one request is answered with, see fake_step in tests/support/fake_provider.h. */
export type Step =
  | { preset: string }
  | { ok: string; delayMs?: number }
  | { stall: true }
  | { status: number; body?: unknown };

export class StandIn {
  private constructor(
    private readonly process: ChildProcess,
    private readonly record: string,
    readonly url: string,
  ) {}

  static async start(program: string, vendor: string, steps: Step[], folder: string): Promise<StandIn> {
    const script = join(folder, `${vendor}.json`);
    const record = join(folder, `${vendor}.sent`);
    writeFileSync(script, JSON.stringify(steps));
    const child = spawn(program, [vendor, "--script", script, "--record", record], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout });
    const [line] = (await once(lines, "line")) as [string];
    if (!line.startsWith("listening ")) throw new Error(`the stand-in for ${vendor} says ${line}`);
    return new StandIn(child, record, line.slice("listening ".length));
  }

  /** Ends it; how often it was asked for a fix. */
  async end(): Promise<number> {
    if (this.process.exitCode === null) {
      const ended = once(this.process, "exit");
      this.process.stdin?.end();
      await ended;
    }
    return this.sent().split("POST /").length - 1;
  }

  /** Every byte that it was sent; it is known when it has ended. */
  sent(): string {
    return readFileSync(this.record, "utf8");
  }
}
