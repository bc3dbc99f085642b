// Vercel's AI SDK with ai-fallback, as its README has it. Usage: ai_fallback.mjs PORT FORGETS
// For each line with a number on standard input, does so many requests and answers one JSON line.
import { createInterface } from "node:readline";
import { createGoogle } from "@ai-sdk/google";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText } from "ai";
import { createFallback } from "ai-fallback";

const [port, forgets] = process.argv.slice(2);
const base = `http://127.0.0.1:${port}`;
const a = createGoogle({ baseURL: `${base}/v1beta`, apiKey: "bench-key-a" });
const b = createOpenAICompatible({ name: "b", baseURL: `${base}/openai/v1`, apiKey: "bench-key-b" });
const model = createFallback({
  models: [a("m"), b("m")],
  // It stays with B for three minutes by default; with 0 every request begins at A again.
  ...(forgets === "forgets" ? { modelResetInterval: 0 } : {}),
});
const prompt = "x".repeat(4000);
globalThis.AI_SDK_LOG_WARNINGS = false;

for await (const line of createInterface({ input: process.stdin })) {
  const times = [];
  const cpu = process.cpuUsage();
  for (let i = 0; i < Number(line); ++i) {
    const begin = performance.now();
    const { text } = await generateText({ model, system: "s", prompt, maxRetries: 0 });
    if (text !== "fixed") throw new Error(`B answered ${text}`);
    times.push(performance.now() - begin);
  }
  const used = process.cpuUsage(cpu);
  console.log(JSON.stringify({
    times, cpuMs: (used.user + used.system) / 1000, residentMb: process.memoryUsage().rss / 1048576,
  }));
}
