// What the server says beyond LSP, as far as it is shown here.
import { Diagnostic, NotificationType, RequestType0 } from "vscode-languageclient/node";

export interface Link {
  provider: string;
  name: string;
  model: string | null;
  state: string; // "ready", or why it would not be asked: "no_key", "quota_exhausted", …
  message: string | null;
  retryAt: string | null;
  requestsRemaining: number | null;
  tokensRemaining: number | null;
  resetsAt: string | null;
}

export interface Status {
  provider: string; // a link's name or "auto"
  links: Link[];
  lastFallback?: { from: string; to: string; outcome: string; at: string } | null;
}

export interface Session {
  sessionId: string;
  state: string;
  provider?: string | null;
}

export interface Prompt {
  provider: string | null;
  model: string | null;
  reason: string | null;
  files: string[];
  system: string;
  messages: { role: string; text: string }[];
}

export interface DiagnosticsOfDocument {
  uri: string;
  version: number;
  diagnostics: Diagnostic[];
}

/** The server publishes failing tests under this source; it knows them already. */
export const testSource = "autofix tests";

export const statusRequest = new RequestType0<Status, void>("autofix/status");
export const statusNotification = new NotificationType<Status>("autofix/status");
export const sessionNotification = new NotificationType<Session>("autofix/session");
export const diagnosticsNotification = new NotificationType<DiagnosticsOfDocument>("autofix/didChangeDiagnostics");
