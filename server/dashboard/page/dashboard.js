"use strict";
// Asks for the figures every two seconds and shows them. Everything is set as text, never as markup.

const token = new URLSearchParams(location.search).get("token");
const since = document.getElementById("since");
const trouble = document.getElementById("trouble");

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

const words = (name) => name.replaceAll("_", " ");
const number = (value) => (value === null ? "–" : value.toLocaleString());
const milliseconds = (value) => (value === null ? "–" : `${number(value)} ms`);
const dollars = (value) => `$${value.toFixed(4)}`;
const share = (part, whole) => (whole === 0 ? "–" : `${Math.round((100 * part) / whole)} %`);
const moment = (text) => new Date(text).toLocaleString([], { dateStyle: "short", timeStyle: "short" });

function showTotals(stats) {
  const totals = [
    ["Runs", number(stats.runs)],
    ["Fixes", number(stats.fixes)],
    ["Verified", share(stats.verified, stats.fixes)],
    ["After a fallback", number(stats.fallbacks)],
    ["From the cache", number(stats.cacheHits)],
    ["Cost", dollars(stats.providers.reduce((sum, one) => sum + one.usage.costUsd, 0))],
  ];
  const shown = totals.map(([name, value]) => {
    const pair = element("div");
    pair.append(element("dt", name), element("dd", value));
    return pair;
  });
  document.getElementById("totals").replaceChildren(...shown);
}

function quota(link) {
  const left = [];
  if (link.requestsRemaining !== null) left.push(`${number(link.requestsRemaining)} requests`);
  if (link.tokensRemaining !== null) left.push(`${number(link.tokensRemaining)} tokens`);
  return left.join(", ") || "–";
}

function row(link, figures) {
  const line = element("tr");
  const name = element("th", link.name);
  name.scope = "row";
  if (link.model) name.append(element("br"), element("small", link.model, "quiet"));
  const state = element("td", words(link.state), link.state === "ready" ? "good" : "bad");
  const until = link.state === "ready" ? link.resetsAt : link.retryAt;
  if (until) state.append(element("br"), element("small", `${link.state === "ready" ? "anew" : "again"} ${moment(until)}`, "quiet"));
  const others = Object.entries(figures?.outcomes ?? {}).filter(([outcome]) => outcome !== "ok");
  const tokens = figures ? figures.usage.inputTokens + figures.usage.outputTokens : 0;
  const numbers = [
    quota(link),
    number(figures?.requests ?? 0),
    number(figures?.fixes ?? 0),
    milliseconds(figures?.latencyMs.p50 ?? null),
    milliseconds(figures?.latencyMs.p95 ?? null),
    number(tokens),
    dollars(figures?.usage.costUsd ?? 0),
  ];
  line.append(name, state, ...numbers.map((text) => element("td", text, "number")));
  line.append(element("td", others.map(([outcome, count]) => `${words(outcome)} ${count}`).join(", "), "words"));
  return line;
}

function showLinks({ links, stats }) {
  const figures = new Map(stats.providers.map((one) => [one.provider, one]));
  document.getElementById("links").replaceChildren(...links.map((link) => row(link, figures.get(link.provider))));
}

function showFallbacks(fallbacks) {
  const shown = fallbacks.map(({ at, from, to, outcome }) => {
    const item = element("li");
    const time = element("time", moment(at));
    time.dateTime = at;
    item.append(time, `${from} ${words(outcome)}, ${to} answered`);
    return item;
  });
  document.getElementById("fallbacks").replaceChildren(...(shown.length ? shown : [element("li", "none", "quiet")]));
}

function tell(text) {
  if (trouble.textContent !== text) trouble.textContent = text;
  trouble.hidden = text === "";
}

async function update() {
  try {
    const answer = await fetch(`figures.json?since=${since.value}`, { headers: { Authorization: `Bearer ${token}` }, cache: "no-store" });
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
    const figures = await answer.json();
    showTotals(figures.stats);
    showLinks(figures);
    showFallbacks(figures.fallbacks);
    tell(figures.notices.join(" "));
    document.getElementById("as-of").textContent = `autofix ${figures.version}, as of ${new Date(figures.at).toLocaleTimeString()}`;
  } catch {
    tell("The server is gone; these are its last figures. Start it again with: autofix dashboard");
  }
}

async function live() {
  await update();
  setTimeout(live, 2000);
}

since.addEventListener("change", update);
live();
