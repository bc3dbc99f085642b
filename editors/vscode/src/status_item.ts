// The language status item: which link would be asked, what is left of its quota, what happened last.
import * as vscode from "vscode";
import { LanguageClient, State } from "vscode-languageclient/node";
import { Link, Session, Status, sessionNotification, statusNotification, statusRequest } from "./protocol";
import { documents } from "./server";

const words = (state: string) => state.replaceAll("_", " ");
const time = (at: string) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** "ready", "245 requests left", "quota exhausted until 09:12". */
export function describeLink(link: Link): string {
  if (link.state !== "ready") return words(link.state) + (link.retryAt ? ` until ${time(link.retryAt)}` : "");
  if (link.requestsRemaining !== null) return `${link.requestsRemaining} requests left`;
  return link.tokensRemaining !== null ? `${link.tokensRemaining} tokens left` : "ready";
}

function current(status: Status): Link | undefined {
  if (status.provider !== "auto") return status.links.find((link) => link.provider === status.provider);
  return status.links.find((link) => link.state === "ready");
}

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.languages.createLanguageStatusItem("autofix.status", documents);
  private status: Status | undefined;
  private readonly busy = new Map<string, Session>();

  constructor() {
    this.item.name = "Auto-fix with AI";
    this.item.command = { title: "Menu", command: "autofix.ui.menu" };
    this.show();
  }

  /** The server tells of changes only, so that every start asks once. */
  watch(client: LanguageClient): void {
    client.onNotification(statusNotification, (status) => this.take(status));
    client.onNotification(sessionNotification, (session) => this.follow(session));
    client.onDidChangeState(({ newState }) => {
      this.busy.clear();
      this.status = undefined;
      this.show();
      if (newState !== State.Running) return;
      // A program that ends meanwhile is asked again when it has been started again.
      client.sendRequest(statusRequest).then((status) => this.take(status), () => undefined);
    });
  }

  private take(status: Status): void {
    this.status = status;
    const hasModel = status.links.some((link) => link.state === "ready" && link.provider !== "offline");
    void vscode.commands.executeCommand("setContext", "autofix.modelReady", hasModel);
    this.show();
  }

  private follow(session: Session): void {
    const isBusy = ["analyzing", "asking", "verifying"].includes(session.state);
    if (isBusy) this.busy.set(session.sessionId, session);
    else this.busy.delete(session.sessionId);
    if (["verified", "awaiting_verification"].includes(session.state)) {
      void vscode.commands.executeCommand("setContext", "autofix.fixed", true);
    }
    this.show();
  }

  private show(): void {
    const { item, status } = this;
    const link = status && current(status);
    item.busy = this.busy.size > 0;
    item.severity = link ? vscode.LanguageStatusSeverity.Information : vscode.LanguageStatusSeverity.Warning;
    item.text = `$(sparkle) ${link ? link.name : status ? "no provider is ready" : "server not running"}`;
    const [session] = [...this.busy.values()].slice(-1);
    const fallback = status?.lastFallback;
    item.detail = [
      session ? `${session.state} ${session.provider ?? ""}`.trim() : link && describeLink(link),
      fallback && `${fallback.from} ${words(fallback.outcome)} at ${time(fallback.at)}`,
    ]
      .filter(Boolean)
      .join(" · ");
  }

  dispose(): void {
    this.item.dispose();
  }
}
