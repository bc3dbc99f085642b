// "Auto-fix with AI" on the message of a failed test.
import * as vscode from "vscode";
import { LanguageClient } from "vscode-languageclient/node";

/** VS Code hands this to commands of the menus `testing/message/…`; the stack of the message it leaves out (1.139). */
export interface FailedTest {
  test: vscode.TestItem;
  message: vscode.TestMessage;
}

const plain = (text: string | vscode.MarkdownString) => (typeof text === "string" ? text : text.value);

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
  };
  return { ...place, ...(document && { version: document.version }), tests: [failure] };
}
