// One server's side of one conversation: each message for itself and in its turn.
import { method_faults, structure_faults } from "./capabilities.mjs";
import { ProgressRules } from "./progress.mjs";
import { ShapeCheck } from "./shape.mjs";

const is_object = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const is_id = (id) => typeof id === "string" || Number.isInteger(id);
const key = (id) => JSON.stringify(id);
const BEFORE_INITIALIZE = new Set([
  "window/showMessage",
  "window/logMessage",
  "window/showMessageRequest",
  "telemetry/event",
  "$/progress",
]);
const NOT_INITIALIZED = -32002;
const INVALID_REQUEST = -32600;
const METHOD_NOT_FOUND = -32601;

export class Conversation {
  constructor(model) {
    this.model = model;
    this.shapes = new ShapeCheck(model);
    this.progress = new ProgressRules();
    this.complaints = [];
    this.client = {}; // its capabilities
    this.asked_by_client = new Map(); // by key of the id: {line, method, params, …}
    this.answered = new Set();
    this.asked_by_server = new Map();
    this.registered = new Set();
    this.initialize = "awaited"; // asked, answered
    this.shut_down = false;
    this.client_has_broken = false;
    this.messages = 0;
  }

  complain(entry, why) {
    this.complaints.push(`line ${entry.line}: ${why}`);
  }

  more(entry, faults) {
    for (const fault of faults) this.complain(entry, fault);
  }

  take(entry) {
    if (entry.mark === "tap failed") this.complain(entry, `the tap failed: ${entry.why}`);
    else if (entry.mark === "closed" && entry.by === "server") this.server_closed = true;
    else if (entry.from === "client") this.of_client(entry);
    else if (entry.from === "server") this.of_server(entry);
  }

  // ---- What the client says is only remembered.

  of_client(entry) {
    const { message } = entry;
    const is_sound = is_object(message) && message.jsonrpc === "2.0" && (!("id" in message) || is_id(message.id));
    if (is_sound && typeof message.method === "string") {
      if ("id" in message) this.request_of_client(entry, message);
      else if (message.method === "exit") this.exit = true;
    } else if (is_sound && !("method" in message) && ("result" in message || "error" in message)) {
      this.answer_of_client(message);
    } else {
      this.client_has_broken = true;
      // An answer may name the id that stands in there.
      if (is_object(message) && is_id(message.id)) this.asked_by_client.set(key(message.id), { line: entry.line, broken: true });
    }
  }

  request_of_client(entry, { id, method, params }) {
    const before = this.asked_by_client.get(key(id));
    // Two open requests with one id: whichever answer comes, nobody can say to which.
    const broken = before !== undefined && !this.answered.has(key(id));
    const { shut_down, initialize } = this;
    this.asked_by_client.set(key(id), { line: entry.line, method, params, shut_down, initialize, broken });
    this.answered.delete(key(id));
    this.progress.request_of_client(key(id), params);
    if (method === "initialize" && initialize === "awaited") {
      this.initialize = "asked";
      this.client = params?.capabilities ?? {};
    }
    if (method === "shutdown" && initialize === "answered") this.shut_down = true;
  }

  answer_of_client({ id, error }) {
    const asked = this.asked_by_server.get(key(id));
    if (!asked) return;
    this.asked_by_server.delete(key(id));
    if (asked.method === "window/workDoneProgress/create") {
      this.progress.create_answered(asked.params?.token, error === undefined);
    }
    if (asked.method === "client/registerCapability" && error === undefined && asked.is_sound) {
      for (const registration of asked.params.registrations) this.registered.add(registration.id);
    }
  }

  // ---- What the server says is checked.

  of_server(entry) {
    this.messages += 1;
    const { message, raw } = entry;
    if (raw !== undefined) {
      const text = Buffer.from(raw, "base64").toString().slice(0, 80);
      return this.complain(entry, `no frame, or no JSON in it: ${JSON.stringify(text)}`);
    }
    if (!is_object(message)) return this.complain(entry, "a message is an object");
    if (message.jsonrpc !== "2.0") this.complain(entry, `jsonrpc is "2.0", not ${JSON.stringify(message.jsonrpc)}`);
    const is_answer = !("method" in message);
    const allowed = is_answer ? ["jsonrpc", "id", "result", "error"] : ["jsonrpc", "id", "method", "params"];
    const others = Object.keys(message).filter((name) => !allowed.includes(name));
    this.more(
      entry,
      others.map((name) => `the envelope has no ${name}`),
    );
    if (is_answer) this.answer(entry, message);
    else if (typeof message.method !== "string") this.complain(entry, "a method is a string");
    else this.says(entry, message, "id" in message);
  }

  /** A request or a notification. */
  says(entry, message, is_request) {
    const { method, params } = message;
    const known = (is_request ? this.model.requests : this.model.notifications).get(method);
    const kind = is_request ? "request" : "notification";
    if (!known) return this.complain(entry, `${method}: no such ${kind}`);
    if (known.messageDirection === "clientToServer") return this.complain(entry, `${method}: a ${kind} of clients`);
    if (this.initialize !== "answered" && !BEFORE_INITIALIZE.has(method)) {
      this.complain(entry, `${method}: before the answer to initialize`);
    }
    this.more(
      entry,
      method_faults(this.client, known).map((fault) => `${method}: ${fault}`),
    );
    const is_sound = this.params(entry, known, params);
    if (is_request) this.asks(entry, message, is_sound);
    if (!is_sound) return;
    if (method === "$/progress") this.more(entry, this.progress.value(params.token, params.value));
    if (method === "client/registerCapability") this.registers(entry, params);
    if (method === "client/unregisterCapability") this.unregisters(entry, params);
  }

  params(entry, { method, params: type }, params) {
    if (type && params !== undefined) return this.shape(entry, type, params, `${method} params`);
    if (type) this.complain(entry, `${method}: params are missing`);
    else if (params !== undefined && params !== null) this.complain(entry, `${method}: there are no params`);
    return !type;
  }

  shape(entry, type, value, path) {
    const { faults, seen } = this.shapes.check(type, value, path);
    this.more(entry, faults);
    if (faults.length > 0) return false;
    for (const one of seen) this.more(entry, structure_faults(this.client, one, this.model));
    return true;
  }

  asks(entry, { id, method, params }, is_sound) {
    if (!is_id(id)) this.complain(entry, `${method}: an id is a string or an integer`);
    if (this.asked_by_server.has(key(id))) this.complain(entry, `${method}: ${key(id)} is the id of an open request`);
    this.asked_by_server.set(key(id), { method, params, is_sound });
    if (method === "window/workDoneProgress/create" && is_sound) this.more(entry, this.progress.create_asked(params.token));
  }

  registers(entry, { registrations }) {
    registrations.forEach(({ method, registerOptions }, index) => {
      const known = this.model.notifications.get(method) ?? this.model.requests.get(method);
      if (!known?.registrationOptions || registerOptions === undefined) return;
      this.shape(entry, known.registrationOptions, registerOptions, `registrations[${index}].registerOptions`);
    });
  }

  unregisters(entry, { unregisterations }) {
    for (const { id, method } of unregisterations) {
      if (!this.registered.delete(id)) this.complain(entry, `${method}: nothing is registered as ${id}`);
    }
  }

  // ---- Answers of the server.

  answer(entry, message) {
    const { id, result, error } = message;
    const has_result = "result" in message;
    const has_error = "error" in message;
    if (!("id" in message)) return this.complain(entry, "neither a method nor an id");
    if (has_result === has_error) this.complain(entry, "exactly one of result and error is expected");
    if (has_error) this.error(entry, error);
    if (id === null) {
      if (!this.client_has_broken || !has_error) this.complain(entry, "an answer to nobody");
      return;
    }
    const asked = this.asked_by_client.get(key(id));
    if (!asked) return this.complain(entry, `an answer to ${key(id)}, which nobody asked`);
    if (this.answered.has(key(id)) && !asked.broken) {
      return this.complain(entry, `a second answer to ${asked.method} of line ${asked.line}`);
    }
    this.answered.add(key(id));
    this.more(entry, this.progress.answered_by_server(key(id)));
    if (asked.broken) return;
    this.turn(entry, asked, has_error ? error?.code : null);
    if (has_result && !has_error) this.result(entry, asked, result);
  }

  /** What a request gets for the time at which it came. */
  turn(entry, { method, initialize, shut_down }, code) {
    const known = this.model.requests.has(method);
    const expect = (expected, why) => {
      if (code !== expected) this.complain(entry, `${method}: ${why} is answered with ${expected}, not ${code ?? "a result"}`);
    };
    if (method === "initialize" && initialize === "awaited") {
      this.initialize = "answered";
    } else if (shut_down) {
      expect(INVALID_REQUEST, "a request after shutdown");
    } else if (!known) {
      expect(METHOD_NOT_FOUND, "an unknown method");
    } else if (initialize === "awaited") {
      expect(NOT_INITIALIZED, "a request before initialize");
    }
  }

  error(entry, error) {
    if (!is_object(error)) return this.complain(entry, "error: an object is expected");
    const others = Object.keys(error).filter((name) => !["code", "message", "data"].includes(name));
    this.more(
      entry,
      others.map((name) => `error.${name}: no such property`),
    );
    if (typeof error.message !== "string") this.complain(entry, "error.message: a string is expected");
    if (!Number.isInteger(error.code)) this.complain(entry, "error.code: an integer is expected");
    else if (!this.model.errorCodes.has(error.code))
      this.complain(entry, `error.code: ${error.code} is no code of JSON-RPC or LSP`);
  }

  result(entry, { method, params }, result) {
    const known = this.model.requests.get(method);
    if (!known) return; // turn() has complained
    const command = method === "workspace/executeCommand" ? this.model.commands.get(params?.command) : undefined;
    if (command) this.shape(entry, command.result, result, `${method} ${command.command} result`);
    else this.shape(entry, known.result, result, `${method} result`);
  }

  /** A server that ended in order owes nothing. */
  end() {
    if (!this.server_closed || !this.exit || !this.shut_down) return;
    for (const [id, asked] of this.asked_by_client) {
      if (!this.answered.has(id) && !asked.broken) this.complain(asked, `${asked.method} was never answered`);
    }
    this.more({ line: "last" }, this.progress.open_ends());
  }
}

/** Complaints of all that was recorded, and how many messages of servers that were. */
export function check_conversations(model, conversations) {
  const complaints = [];
  let messages = 0;
  for (const entries of conversations) {
    const conversation = new Conversation(model);
    for (const entry of entries) conversation.take(entry);
    conversation.end();
    messages += conversation.messages;
    complaints.push(...conversation.complaints);
  }
  if (messages === 0) complaints.push("no server said anything");
  return { complaints, messages };
}
