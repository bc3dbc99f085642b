// Usage: node sdk_test.mjs FAKE_PROVIDER. Each vendor's own client asks the stand-in and has to see what it would see of
// the vendor: the answer, the usage, and the errors as its own classes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { ApiError, GoogleGenAI } from "@google/genai";
import Groq from "groq-sdk";
import OpenAI from "openai";

const program = process.argv[2];
const folder = await mkdtemp(join(tmpdir(), "autofix-sdk-"));
let failed = 0;
let passed = 0;

/** Runs `use` with a stand-in that answers by `script`, in this order. */
async function withProvider(name, script, use) {
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify(script));
  const child = spawn(program, [name, "--script", file], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const [line] = await once(child.stdout.setEncoding("utf8"), "data");
    const url = /^listening (\S+)/.exec(line)[1];
    await use(url);
  } finally {
    child.stdin.end();
    await once(child, "exit");
  }
}

async function test(name, run) {
  try {
    await run();
    passed += 1;
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${name}\n${error.stack}`);
  }
}

const question = [{ role: "user", content: "hello" }];
const origin = (url) => new URL(url).origin;

await test("openai", () =>
  withProvider("openai", [{ ok: "the answer" }, { preset: "rate_limited" }, { preset: "bad_key" }], async (url) => {
    const client = new OpenAI({ apiKey: "sk-not-real", baseURL: url, maxRetries: 0 });
    const reply = await client.chat.completions.create({ model: "gpt-5-mini", messages: question, max_completion_tokens: 100 });
    assert.equal(reply.choices[0].message.content, "the answer");
    assert.equal(reply.choices[0].finish_reason, "stop");
    assert.ok(reply.usage.prompt_tokens > 0);
    const ask = () => client.chat.completions.create({ model: "gpt-5-mini", messages: question });
    await assert.rejects(ask, (error) => error instanceof OpenAI.RateLimitError && error.code === "rate_limit_exceeded");
    await assert.rejects(ask, (error) => error instanceof OpenAI.AuthenticationError && error.status === 401);
  }));

await test("groq-sdk", () =>
  withProvider("groq", [{ ok: "the answer" }, { preset: "rate_limited" }, { preset: "tokens_per_minute" }, { preset: "overloaded" }], async (url) => {
    const client = new Groq({ apiKey: "gsk_not_real", baseURL: origin(url), maxRetries: 0 });
    const ask = () => client.chat.completions.create({ model: "openai/gpt-oss-120b", messages: question });
    const { data, response } = await ask().withResponse();
    assert.equal(data.choices[0].message.content, "the answer");
    assert.ok(response.headers.get("x-ratelimit-remaining-requests"));
    assert.match(response.headers.get("x-ratelimit-reset-tokens"), /^(\d+h)?(\d+m)?[\d.]+m?s$/);
    await assert.rejects(ask, (error) => error instanceof Groq.RateLimitError && Number(error.headers.get("retry-after")) > 0);
    await assert.rejects(ask, (error) => error.status === 413 && error.error.error.code === "rate_limit_exceeded");
    await assert.rejects(ask, (error) => error instanceof Groq.InternalServerError);
  }));

await test("@anthropic-ai/sdk", () =>
  withProvider("anthropic", [{ ok: "the answer" }, { preset: "rate_limited" }, { preset: "overloaded" }, { preset: "bad_key" }], async (url) => {
    const client = new Anthropic({ apiKey: "sk-ant-not-real", baseURL: origin(url), maxRetries: 0 });
    const ask = () => client.messages.create({ model: "claude-sonnet-5-5", max_tokens: 100, messages: question });
    const reply = await ask();
    assert.equal(reply.content[0].text, "the answer");
    assert.equal(reply.stop_reason, "end_turn");
    assert.ok(reply.usage.input_tokens > 0);
    await assert.rejects(ask, (error) => error instanceof Anthropic.RateLimitError);
    await assert.rejects(ask, (error) => error.status === 529);
    await assert.rejects(ask, (error) => error instanceof Anthropic.AuthenticationError);
  }));

await test("@google/genai", () =>
  withProvider("gemini", [{ ok: "the answer" }, { preset: "quota_per_day" }, { preset: "bad_key" }, { preset: "safety" }], async (url) => {
    const client = new GoogleGenAI({ apiKey: "AIza-not-real", httpOptions: { baseUrl: origin(url) } });
    const ask = () =>
      client.models.generateContent({
        model: "gemini-3.8-flash",
        contents: "hello",
        config: { systemInstruction: "be brief", maxOutputTokens: 100, httpOptions: { retryOptions: { attempts: 1 } } },
      });
    const reply = await ask();
    assert.equal(reply.text, "the answer");
    assert.equal(reply.candidates[0].finishReason, "STOP");
    assert.ok(reply.usageMetadata.promptTokenCount > 0);
    await assert.rejects(ask, (error) => error instanceof ApiError && error.status === 429 && /RESOURCE_EXHAUSTED/.test(error.message) && /PerDay/.test(error.message));
    await assert.rejects(ask, (error) => error instanceof ApiError && error.status === 400 && /API_KEY_INVALID/.test(error.message));
    const stopped = await ask();
    assert.equal(stopped.candidates[0].finishReason, "SAFETY");
  }));

await rm(folder, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
