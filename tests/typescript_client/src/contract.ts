// What the contract adds to LSP, as types: a test that reads anything else of an answer does not compile.
import {
  type Diagnostic,
  type DocumentUri,
  ProtocolNotificationType,
  ProtocolRequestType,
  ProtocolRequestType0,
  type ProgressToken,
  type Range,
  type WorkspaceEdit,
} from "vscode-languageserver-protocol/node";

export interface TestFailure {
  name: string;
  message: string;
  uri?: DocumentUri;
  range?: Range;
  expected?: string;
  actual?: string;
  stack?: string;
  output?: string;
}

export interface FixArgument {
  uri: DocumentUri;
  version: number | null;
  range?: Range;
  diagnostics?: Diagnostic[];
  tests?: TestFailure[];
  provider?: string;
}

export interface Attempt {
  provider: string;
  model: string | null;
  outcome: string;
  httpStatus: number | null;
  retryAt: string | null;
  elapsedMs: number;
  message: string;
}

export interface FixResult {
  status: "verified" | "unverified" | "rejected" | "no_fix" | "nothing_to_fix" | "cancelled" | "error";
  applied: boolean | null;
  reason: string | null;
  summary: string;
  provider: string | null;
  model: string | null;
  cached: boolean;
  attempts: Attempt[];
  files: { path: string; kind: "modify" | "create" | "delete" | "rename" }[];
  diff: string;
  edit: WorkspaceEdit;
  sessionId: string | null;
}

export interface Started {
  sessionId: string;
  status: "running";
}

export interface Preview {
  provider: string | null;
  model: string | null;
  files: string[];
  system: string;
  messages: { role: "user" | "assistant"; text: string }[];
}

export type SessionState =
  | "analyzing"
  | "asking"
  | "verifying"
  | "awaiting_verification"
  | "verified"
  | "still_failing"
  | "failed"
  | "cancelled";

export interface SessionParams {
  sessionId: string;
  state: SessionState;
  provider?: string;
  summary?: string;
}

export interface Status {
  provider: string;
  links: { provider: string; name: string; state: string; requestsRemaining: number | null; resetsAt: string | null }[];
  sessions: { sessionId: string; state: SessionState }[];
  lastFallback: { from: string; to: string; outcome: string; at: string } | null;
}

export interface TestResults {
  framework?: string;
  passed?: string[];
  failures: TestFailure[];
}

/** The argument of a fix may carry the token of its progress, as parameters of LSP do. */
export type FixParams = FixArgument & { workDoneToken?: ProgressToken };

export const FixRequest = new ProtocolRequestType<FixParams, FixResult, never, void, void>("autofix/fix");
export const PreviewRequest = new ProtocolRequestType<FixArgument, Preview, never, void, void>("autofix/preview");
export const StatusRequest = new ProtocolRequestType0<Status, never, void, void>("autofix/status");

export const DidChangeDiagnostics = new ProtocolNotificationType<
  { uri: DocumentUri; version?: number; diagnostics: Diagnostic[] },
  void
>("autofix/didChangeDiagnostics");
export const TestResultsNotification = new ProtocolNotificationType<TestResults, void>("autofix/testResults");
export const StatusNotification = new ProtocolNotificationType<Status, void>("autofix/status");
export const SessionNotification = new ProtocolNotificationType<SessionParams, void>("autofix/session");
