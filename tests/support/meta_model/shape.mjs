// Whether a value has the shape of a type of the meta model. Strict: what a type does not name may not be there.

const RANGES = { integer: [-(2 ** 31), 2 ** 31 - 1], uinteger: [0, 2 ** 31 - 1] };
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const is_object = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const shown = (value) => {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

function base_fault(name, value) {
  switch (name) {
    case "string":
    case "RegExp":
      return typeof value === "string" ? null : "a string is expected";
    case "URI":
    case "DocumentUri":
      return typeof value === "string" && URI.test(value) ? null : "a URI is expected";
    case "boolean":
      return typeof value === "boolean" ? null : "a boolean is expected";
    case "null":
      return value === null ? null : "null is expected";
    case "decimal":
      return typeof value === "number" ? null : "a number is expected";
    case "integer":
    case "uinteger": {
      const [least, most] = RANGES[name];
      return Number.isInteger(value) && value >= least && value <= most ? null : `a ${name} is expected`;
    }
    default:
      throw new Error(`the model has a base type ${name}`);
  }
}

/** Checks values against a model. `faults` are texts with the way to the place; `seen` are the structures that values
 * were accepted as, so that rules can be held against them. */
export class ShapeCheck {
  constructor(model) {
    this.model = model;
  }

  check(type, value, path) {
    switch (type.kind) {
      case "base":
        return this.fault(path, base_fault(type.name, value), value);
      case "stringLiteral":
      case "integerLiteral":
      case "booleanLiteral":
        return this.fault(path, value === type.value ? null : `${JSON.stringify(type.value)} is expected`, value);
      case "reference":
        return this.reference(type.name, value, path);
      case "array":
        return this.array(type, value, path);
      case "tuple":
        return this.tuple(type, value, path);
      case "map":
        return this.members({ properties: new Map(), map: type }, value, path);
      case "or":
        return this.either(type.items, value, path);
      case "and":
      case "literal":
        return this.members(this.model.shape_of(type), value, path);
      default:
        throw new Error(`the model has a kind ${type.kind}`);
    }
  }

  fault(path, why, value) {
    return { faults: why === null ? [] : [`${path}: ${why}, not ${shown(value)}`], seen: [] };
  }

  reference(name, value, path) {
    if (name === "LSPAny") return { faults: [], seen: [] };
    if (name === "LSPObject") return this.fault(path, is_object(value) ? null : "an object is expected", value);
    if (name === "LSPArray") return this.fault(path, Array.isArray(value) ? null : "an array is expected", value);
    const alias = this.model.aliases.get(name);
    if (alias) return this.check(alias.type, value, path);
    const found = this.members(this.model.shape(name), value, path);
    found.seen.push({ name, value, path });
    return found;
  }

  array(type, value, path) {
    if (!Array.isArray(value)) return this.fault(path, "an array is expected", value);
    return join(value.map((one, at) => this.check(type.element, one, `${path}[${at}]`)));
  }

  tuple(type, value, path) {
    if (!Array.isArray(value) || value.length !== type.items.length) {
      return this.fault(path, `an array of ${type.items.length} is expected`, value);
    }
    return join(value.map((one, at) => this.check(type.items[at], one, `${path}[${at}]`)));
  }

  /** The first that fits; else the complaints of the one that comes closest. */
  either(types, value, path) {
    let closest = null;
    for (const type of types) {
      const found = this.check(type, value, path);
      if (found.faults.length === 0) return found;
      if (closest === null || distance(found, path) < distance(closest, path)) closest = found;
    }
    return closest;
  }

  members({ properties, map }, value, path) {
    if (!is_object(value)) return this.fault(path, "an object is expected", value);
    const found = [];
    for (const [name, property] of properties) {
      if (name in value) found.push(this.check(property.type, value[name], `${path}.${name}`));
      else if (!property.optional) found.push({ faults: [`${path}.${name}: is missing`], seen: [] });
    }
    for (const [name, member] of Object.entries(value)) {
      if (properties.has(name)) continue;
      if (map) {
        found.push(this.check(map.key, name, `${path}: the key ${shown(name)}`));
        found.push(this.check(map.value, member, `${path}[${shown(name)}]`));
      } else {
        found.push({ faults: [`${path}.${name}: no such property`], seen: [] });
      }
    }
    return join(found);
  }
}

/** A value of quite another kind is further off than one with faults inside. */
function distance(found, path) {
  return found.faults.length + (found.faults.some((fault) => fault.startsWith(`${path}: `)) ? 1000 : 0);
}

function join(parts) {
  return { faults: parts.flatMap((part) => part.faults), seen: parts.flatMap((part) => part.seen) };
}
