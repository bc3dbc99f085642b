// Work-done progress (LSP 3.17): a token is the client's while its request is open, or one that the client agreed to;
// begin, reports, end, each begin and end once.

const key = (token) => JSON.stringify(token);
const HAS = { agreed: "not begun", begun: "begun already", ended: "ended" };

export class ProgressRules {
  constructor() {
    this.tokens = new Map(); // by key: {state: asked | refused | agreed | begun | ended | closed, request?}
  }

  /** A request may carry a token; it is good until the answer. */
  request_of_client(id, params) {
    const token = params?.workDoneToken;
    if (token !== undefined && token !== null) this.tokens.set(key(token), { state: "agreed", request: id });
  }

  answered_by_server(id) {
    const faults = [];
    for (const [token, progress] of this.tokens) {
      if (progress.request !== id) continue;
      if (progress.state === "begun") faults.push(`the progress ${token} has not ended before its request`);
      progress.state = "closed";
    }
    return faults;
  }

  create_asked(token) {
    const faults = this.tokens.has(key(token)) ? [`the progress token ${key(token)} is used already`] : [];
    this.tokens.set(key(token), { state: "asked" });
    return faults;
  }

  create_answered(token, agreed) {
    const progress = this.tokens.get(key(token));
    if (progress?.state === "asked") progress.state = agreed ? "agreed" : "refused";
  }

  value(token, value) {
    const name = key(token);
    const progress = this.tokens.get(name);
    if (!progress) return [`nobody knows the progress token ${name}`];
    if (progress.state === "asked") return [`the client has not agreed to the progress token ${name} yet`];
    if (progress.state === "refused") return [`the client has refused the progress token ${name}`];
    if (progress.state === "closed") return [`the progress token ${name} was good until its request was answered`];
    if (progress.state !== (value.kind === "begin" ? "agreed" : "begun")) {
      return [`"${value.kind}" of the progress ${name}, which has ${HAS[progress.state]}`];
    }
    if (value.kind === "begin") progress.state = "begun";
    if (value.kind === "end") progress.state = "ended";
    return this.percentage(name, progress, value.percentage);
  }

  percentage(name, progress, percentage) {
    if (percentage === undefined) return [];
    const before = progress.percentage ?? 0;
    progress.percentage = percentage;
    return percentage > 100 || percentage < before ? [`the progress ${name} goes from ${before} % to ${percentage} %`] : [];
  }

  /** What is still open when the server has ended in order. */
  open_ends() {
    const begun = [...this.tokens].filter(([, progress]) => progress.state === "begun");
    return begun.map(([name]) => `the progress ${name} never ended`);
  }
}
