// What the check finds and what it leaves alone: made-up conversations, each with the one complaint that it has to get.
// Usage: node --test meta_model_test.mjs, with META_MODEL naming the folder that install.sh filled
import assert from "node:assert/strict";
import { test } from "node:test";
import { BAD } from "./bad_conversations.mjs";
import { check_conversations } from "./conversation.mjs";
import { GOOD } from "./good_conversations.mjs";
import { load_model } from "./model.mjs";

const model = load_model(process.env.META_MODEL);

/** Lines as the tap writes them: [side, message] or a mark. */
function recorded(lines) {
  return lines.map((line, at) => {
    if (!Array.isArray(line)) return { line: at + 1, server: "1@1", ...line };
    const [from, message] = line;
    const said =
      typeof message === "string"
        ? { raw: Buffer.from(message).toString("base64") }
        : { message: { jsonrpc: "2.0", ...message } };
    return { line: at + 1, server: "1@1", from, ...said };
  });
}

for (const [name, lines] of Object.entries(GOOD)) {
  test(`good: ${name}`, () => {
    assert.deepEqual(check_conversations(model, [recorded(lines)]).complaints, []);
  });
}

for (const [name, { lines, complaint }] of Object.entries(BAD)) {
  test(`bad: ${name}`, () => {
    const { complaints } = check_conversations(model, [recorded(lines)]);
    assert.deepEqual(complaints, [complaint]);
  });
}

test("a record without a server is no good record", () => {
  assert.deepEqual(check_conversations(model, []).complaints, ["no server said anything"]);
});

test("the model has every method of LSP and of the contract", () => {
  // As many as the specification lists for 3.18, and $/progress and its like.
  assert.equal([...model.requests.keys()].filter((method) => !method.startsWith("autofix/")).length, 69);
  assert.equal([...model.notifications.keys()].filter((method) => !method.startsWith("autofix/")).length, 26);
  assert.deepEqual([...model.commands.keys()].sort(), [
    "autofix.clearCache",
    "autofix.fix",
    "autofix.retry",
    "autofix.selectProvider",
    "autofix.showPrompt",
    "autofix.trust",
  ]);
});

test("every name in the model is declared", () => {
  const missing = new Set();
  const visit = (value) => {
    if (Array.isArray(value)) value.forEach(visit);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    const known = value.kind !== "reference" || model.structures.has(value.name) || model.aliases.has(value.name);
    if (!known && !["LSPAny", "LSPObject", "LSPArray"].includes(value.name)) missing.add(value.name);
    Object.values(value).forEach(visit);
  };
  for (const part of [model.requests, model.notifications, model.commands, model.aliases, model.structures])
    visit([...part.values()]);
  assert.deepEqual([...missing], []);
});
