// Usage: node types_test.mjs PRINT_REQUESTS. Holds the bodies that we send against the types of the vendors' own clients,
// with tsc: an unknown key, a wrong value or a missing one does not compile.
//
// Groq, OpenAI and Anthropic: the whole body, as the type of what their client posts. Gemini: its client has no type for
// the body of v1beta, so `contents`, `systemInstruction` and every key of `generationConfig` are held against the
// parameters of its generateContent, which it copies into the body under these names. `local` speaks OpenAI's dialect.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { ThinkingLevel } from "@google/genai";

const requests = JSON.parse(execFileSync(process.argv[2], { encoding: "utf8" }));

/** As TypeScript: enums by their names, for a string is none. */
function literal(value) {
  return JSON.stringify(value, (key, inner) => (key === "thinkingLevel" ? `${inner.toUpperCase()}!` : inner)).replace(
    /"thinkingLevel":"(\w+)!"/g,
    (_, name) => {
      assert.ok(name in ThinkingLevel, name);
      return `"thinkingLevel":ThinkingLevel.${name}`;
    },
  );
}

/** Type and value of one request. */
function typed({ link, model, body, path, stream }) {
  if (link === "anthropic") return ["AnthropicBody", literal(body)];
  if (link === "groq") return ["GroqBody", literal(body)];
  if (link !== "gemini") return ["OpenAiBody", literal(body)];
  assert.equal(path, `/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`);
  const { contents, systemInstruction, generationConfig, ...rest } = body;
  assert.deepEqual(rest, {});
  return ["GenerateContentParameters", literal({ model, contents, config: { systemInstruction, ...generationConfig } })];
}

const lines = [
  'import type { ChatCompletionCreateParams as OpenAiBody } from "openai/resources/chat/completions";',
  'import type { ChatCompletionCreateParams as GroqBody } from "groq-sdk/resources/chat/completions";',
  'import type { MessageCreateParams as AnthropicBody } from "@anthropic-ai/sdk/resources/messages";',
  'import { ThinkingLevel, type GenerateContentParameters } from "@google/genai";',
];
requests.forEach((request, at) => {
  const [type, value] = typed(request);
  lines.push(`// ${request.link} ${request.model}${request.json ? ", JSON" : ""}${request.stream ? ", streamed" : ""}`);
  lines.push(`export const request${at}: ${type} = ${value};`);
});
// The types bite: each of these is an error, or tsc says that it is none.
for (const link of ["anthropic", "groq", "openai", "gemini"]) {
  const wrong = structuredClone(requests.find((request) => request.link === link));
  (wrong.body.generationConfig ?? wrong.body).notAKey = 1;
  const [type, value] = typed(wrong);
  lines.push("// @ts-expect-error", `export const wrong_${link}: ${type} = ${value};`);
}
writeFileSync("requests.ts", `${lines.join("\n")}\n`);

const compiled = spawnSync(
  process.execPath,
  ["node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "requests.ts"],
  { encoding: "utf8" },
);
process.stdout.write(compiled.stdout);
assert.equal(compiled.status, 0, "the vendors' types refuse a request");
console.log(`${requests.length} requests compiled`);
