// Reads what lsp_tap.py wrote: one conversation per server that was started.
import { readFileSync } from "node:fs";

/** Conversations, each with its entries {line, from, message | raw} and {line, mark, …} in the order of the record. */
export function read_record(path) {
  const lines = readFileSync(path, "utf8").split("\n");
  lines.pop(); // what a kill has cut, else nothing
  const conversations = new Map();
  lines.forEach((text, at) => {
    const entry = { line: at + 1, ...JSON.parse(text) };
    if (!conversations.has(entry.server)) conversations.set(entry.server, []);
    conversations.get(entry.server).push(entry);
  });
  return [...conversations.values()];
}
