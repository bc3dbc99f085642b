// "Auto-fix with AI" on the message of a failed test.
import * as vscode from "vscode";
import { LanguageClient } from "vscode-languageclient/node";

interface Frame {
  label: string;
  uri?: vscode.Uri;
  position?: vscode.Position;
}

/** VS Code hands this to commands of the menu `testing/message/context`. */
export interface FailedTest {
  test: vscode.TestItem;
  message: vscode.TestMessage & { stackTrace?: Frame[] }; // since 1.93
}

const plain = (text: string | vscode.MarkdownString) => (typeof text === "string" ? text : text.value);

/** As Node writes frames, which the server reads. */
function frameText({ label, uri, position }: Frame): string {
  if (!uri) return label;
  return `    at ${label} (${uri.fsPath}:${(position?.line ?? 0) + 1}:${(position?.character ?? 0) + 1})`;
}

/** The argument of `autofix.fix`. */
export function argumentOf({ test, message }: FailedTest, client: LanguageClient): object {
  const uri = message.location?.uri ?? test.uri;
  if (!uri) throw new Error(`It is not known which file the test ${test.label} is in.`);
  const range = message.location?.range ?? test.range;
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
  const place = {
    uri: client.code2ProtocolConverter.asUri(uri),
    ...(range && { range: client.code2ProtocolConverter.asRange(range) }),
  };
  const failure = {
    ...place,
    name: test.label,
    message: plain(message.message),
    ...(message.expectedOutput !== undefined && { expected: message.expectedOutput }),
    ...(message.actualOutput !== undefined && { actual: message.actualOutput }),
    ...(message.stackTrace?.length && { stack: message.stackTrace.map(frameText) }),
  };
  return { ...place, ...(document && { version: document.version }), tests: [failure] };
}
