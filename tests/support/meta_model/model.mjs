// The meta model of LSP together with two small ones of our own, ready for look-ups by name and by method: what LSP adds
// to JSON-RPC (`$/…`), which npm does not declare as methods, and the methods of our contract.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The contract's enumerations, like all of LSP's declarations, are unions of literals. */
function alias_of_enumeration({ name, values }) {
  return { name, type: { kind: "or", items: values.map(({ value }) => ({ kind: "stringLiteral", value })) } };
}

export class Model {
  constructor(...parts) {
    const all = (member) => parts.flatMap((part) => part[member] ?? []);
    const by = (key, list) => new Map(list.map((one) => [one[key], one]));
    this.requests = by("method", all("requests"));
    this.notifications = by("method", all("notifications"));
    this.commands = by("command", all("commands"));
    this.aliases = by("name", [...all("typeAliases"), ...all("enumerations").map(alias_of_enumeration)]);
    this.structures = by("name", all("structures"));
    this.errorCodes = new Set(parts.flatMap((part) => Object.values(part.errorCodes ?? {})));
    this.flat = new Map();
  }

  /** A structure's own and inherited properties by name, and its index signature where it has one. */
  shape(name) {
    let shape = this.flat.get(name);
    if (shape) return shape;
    const structure = this.structures.get(name);
    if (!structure) throw new Error(`the model has no structure ${name}`);
    shape = { properties: new Map(), map: structure.map };
    for (const parent of structure.extends ?? []) {
      const inherited = this.shape_of(parent);
      for (const [key, property] of inherited.properties) shape.properties.set(key, property);
      shape.map ??= inherited.map;
    }
    for (const property of structure.properties) shape.properties.set(property.name, { ...property, owner: name });
    this.flat.set(name, shape);
    return shape;
  }

  /** Of whatever is made of properties: a structure, a literal, an alias of one, or several together. */
  shape_of(type) {
    if (type.kind === "reference") {
      const alias = this.aliases.get(type.name);
      return alias ? this.shape_of(alias.type) : this.shape(type.name);
    }
    if (type.kind === "literal") {
      return { properties: new Map(type.value.properties.map((one) => [one.name, one])), map: type.value.map };
    }
    if (type.kind === "and") {
      const parts = type.items.map((item) => this.shape_of(item));
      return { properties: new Map(parts.flatMap((part) => [...part.properties])), map: parts.find((part) => part.map)?.map };
    }
    throw new Error(`${type.kind} has no properties`);
  }
}

export function load_model(folder) {
  const read = (path) => JSON.parse(readFileSync(path, "utf8"));
  const own = ["base_protocol.json", "contract.json"].map((name) => read(new URL(name, import.meta.url)));
  return new Model(read(join(folder, "model.json")), ...own);
}
