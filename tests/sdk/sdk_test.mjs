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

// The same in pieces.

/** All parts of a stream, and the error that ended it. */
async function parts(ask) {
  const seen = [];
  try {
    for await (const part of await ask()) seen.push(part);
    return { seen };
  } catch (error) {
    return { seen, error };
  }
}

const streamScript = [{ ok: "the answer, streamed" }, { preset: "length", text: "cut" }, { ok: "the answer", streamError: "overloaded" }, { preset: "rate_limited" }];

async function chatStream(client, classes) {
  const options = client instanceof OpenAI ? { stream_options: { include_usage: true } } : {};
  const ask = () => client.chat.completions.create({ model: "m", messages: question, stream: true, ...options });
  const text = (seen) => seen.map((part) => part.choices[0]?.delta.content ?? "").join("");
  const reason = (seen) => seen.map((part) => part.choices[0]?.finish_reason).filter(Boolean);
  const whole = await parts(ask);
  assert.equal(whole.error, undefined);
  assert.equal(text(whole.seen), "the answer, streamed");
  assert.ok(whole.seen.filter((part) => part.choices[0]?.delta.content).length > 1);
  assert.deepEqual(reason(whole.seen), ["stop"]);
  const last = whole.seen.at(-1);
  assert.ok((last.usage ?? last.x_groq.usage).prompt_tokens > 0);
  assert.deepEqual(reason((await parts(ask)).seen), ["length"]);
  const broken = await parts(ask);
  assert.ok(broken.seen.length > 0);
  assert.ok(broken.error instanceof classes.APIError, String(broken.error));
  assert.ok((await parts(ask)).error instanceof classes.RateLimitError);
}

await test("openai, streamed", () =>
  withProvider("openai", streamScript, (url) => chatStream(new OpenAI({ apiKey: "sk-not-real", baseURL: url, maxRetries: 0 }), OpenAI)));

await test("groq-sdk, streamed", () =>
  withProvider("groq", streamScript, (url) => chatStream(new Groq({ apiKey: "gsk_not_real", baseURL: origin(url), maxRetries: 0 }), Groq)));

await test("@anthropic-ai/sdk, streamed", () =>
  withProvider("anthropic", [...streamScript, { ok: "the answer", noEnd: true }], async (url) => {
    const client = new Anthropic({ apiKey: "sk-ant-not-real", baseURL: origin(url), maxRetries: 0 });
    const ask = () => client.messages.stream({ model: "claude-sonnet-5-5", max_tokens: 100, messages: question }).finalMessage();
    const reply = await ask();
    assert.equal(reply.content[0].text, "the answer, streamed");
    assert.equal(reply.stop_reason, "end_turn");
    assert.ok(reply.usage.input_tokens > 0 && reply.usage.output_tokens > 1);
    assert.equal((await ask()).stop_reason, "max_tokens");
    await assert.rejects(ask, (error) => error instanceof Anthropic.APIError && /overloaded/.test(error.message));
    await assert.rejects(ask, (error) => error instanceof Anthropic.RateLimitError);
    await assert.rejects(ask, (error) => error instanceof Anthropic.AnthropicError);
  }));

await test("@google/genai, streamed", () =>
  withProvider("gemini", [streamScript[0], streamScript[1], streamScript[2], { preset: "quota_per_day" }, { preset: "safety" }], async (url) => {
    const client = new GoogleGenAI({ apiKey: "AIza-not-real", httpOptions: { baseUrl: origin(url) } });
    const ask = () =>
      client.models.generateContentStream({ model: "gemini-3.8-flash", contents: "hello", config: { httpOptions: { retryOptions: { attempts: 1 } } } });
    const reason = (seen) => seen.map((part) => part.candidates[0].finishReason).filter(Boolean);
    const whole = await parts(ask);
    assert.equal(whole.error, undefined);
    assert.equal(whole.seen.map((part) => part.text ?? "").join(""), "the answer, streamed");
    assert.ok(whole.seen.length > 2);
    assert.deepEqual(reason(whole.seen), ["STOP"]);
    assert.ok(whole.seen.at(-1).usageMetadata.candidatesTokenCount > 0);
    assert.deepEqual(reason((await parts(ask)).seen), ["MAX_TOKENS"]);
    const broken = await parts(ask);
    assert.ok(broken.seen.length > 0);
    assert.ok(broken.error instanceof ApiError && broken.error.status === 503, String(broken.error));
    const limited = await parts(ask);
    assert.ok(limited.error instanceof ApiError && limited.error.status === 429);
    assert.deepEqual(reason((await parts(ask)).seen), ["SAFETY"]);
  }));

await rm(folder, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
