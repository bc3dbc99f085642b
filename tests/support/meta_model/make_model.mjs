// Makes the protocol's meta model, in the notation of LSP's own metaModel.json, from what npm has of it: shapes from the
// declarations of vscode-languageserver-protocol, methods, directions and capabilities from its code. The package's
// maker generates metaModel.json from the same source and ships only the schema of it.
// Usage: make_model.mjs FOLDER (where the packages are installed); writes FOLDER/model.json
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const folder = resolve(process.argv[2]);
const require = createRequire(join(folder, "package.json"));
const ts = require("typescript");
const protocol = require("vscode-languageserver-protocol");
const entry = join(folder, "node_modules/vscode-languageserver-protocol/lib/common/api.d.ts");
const program = ts.createProgram([entry], {
  types: [],
  module: ts.ModuleKind.Node16,
  moduleResolution: ts.ModuleResolutionKind.Node16,
});
const checker = program.getTypeChecker();

const base = (name) => ({ kind: "base", name });
const reference = (name) => ({ kind: "reference", name });
// What the declarations say with less than the specification does.
const OWN_WORDS = new Map([
  ...["URI", "DocumentUri", "integer", "uinteger", "decimal"].map((name) => [name, base(name)]),
  ...["LSPAny", "LSPObject", "LSPArray"].map((name) => [name, reference(name)]),
  ["ProgressToken", { kind: "or", items: [base("integer"), base("string")] }],
]);
// An index signature stands there for the TypeScript of it; the specification has none.
const CLOSED = new Set(["InitializeResult"]);
// `$/progress` is declared with a value of any type; these are the types.
const NOT_IN_METHODS = ["WorkDoneProgressBegin", "WorkDoneProgressReport", "WorkDoneProgressEnd"];
const KEYWORDS = new Map([
  [ts.SyntaxKind.StringKeyword, base("string")],
  [ts.SyntaxKind.NumberKeyword, base("decimal")],
  [ts.SyntaxKind.BooleanKeyword, base("boolean")],
  [ts.SyntaxKind.VoidKeyword, base("null")],
  [ts.SyntaxKind.NeverKeyword, base("never")],
  [ts.SyntaxKind.AnyKeyword, reference("LSPAny")],
  [ts.SyntaxKind.UnknownKeyword, reference("LSPAny")],
  [ts.SyntaxKind.ObjectKeyword, reference("LSPObject")],
]);

const structures = new Map();
const typeAliases = new Map();
const toDeclare = [];

const fail = (node, why) => {
  throw new Error(`${node.getSourceFile().fileName}: ${why}: ${node.getText()}`);
};

function tags(node) {
  const found = {};
  for (const tag of ts.getJSDocTags(node)) {
    if (tag.tagName.text === "since") found.since = ts.getTextOfJSDocComment(tag.comment)?.split(/[\s-]/)[0];
    if (tag.tagName.text === "proposed") found.proposed = true;
  }
  return found;
}

function named(node, nameNode) {
  let symbol = checker.getSymbolAtLocation(nameNode);
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  const name = symbol?.name ?? fail(node, "an unknown name");
  if (name === "Array") return { kind: "array", element: type_of(node.typeArguments[0]) };
  if (OWN_WORDS.has(name)) return OWN_WORDS.get(name);
  if (symbol.flags & ts.SymbolFlags.TypeParameter) return reference("LSPAny");
  const declaration = symbol.declarations?.find((one) => ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one));
  if (!declaration) fail(node, "a name without a declaration");
  toDeclare.push([name, declaration]);
  return reference(name);
}

function literal(node) {
  const value = node.literal;
  if (value.kind === ts.SyntaxKind.NullKeyword) return base("null");
  if (value.kind === ts.SyntaxKind.TrueKeyword) return { kind: "booleanLiteral", value: true };
  if (value.kind === ts.SyntaxKind.FalseKeyword) return { kind: "booleanLiteral", value: false };
  if (ts.isStringLiteral(value)) return { kind: "stringLiteral", value: value.text };
  return { kind: "integerLiteral", value: Number(value.getText()) };
}

/** `typeof Kind.Full` is the value of that constant. */
function value_of(node) {
  const type = checker.getTypeAtLocation(node);
  if (type.isStringLiteral()) return { kind: "stringLiteral", value: type.value };
  if (type.isNumberLiteral()) return { kind: "integerLiteral", value: type.value };
  return fail(node, "no constant");
}

function members_of(node) {
  const shape = { properties: [] };
  for (const member of node.members) {
    if (ts.isPropertySignature(member)) {
      shape.properties.push({
        name: member.name.text,
        type: type_of(member.type),
        ...(member.questionToken ? { optional: true } : {}),
        ...tags(member),
      });
    } else if (ts.isIndexSignatureDeclaration(member)) {
      shape.map = { kind: "map", key: type_of(member.parameters[0].type), value: type_of(member.type) };
    } else {
      fail(member, "no property");
    }
  }
  return shape;
}

function literal_type(node) {
  const shape = members_of(node);
  return shape.map && shape.properties.length === 0 ? shape.map : { kind: "literal", value: shape };
}

function type_of(node) {
  if (KEYWORDS.has(node.kind)) return KEYWORDS.get(node.kind);
  if (ts.isParenthesizedTypeNode(node)) return type_of(node.type);
  if (ts.isTypeOperatorNode(node)) return type_of(node.type);
  if (ts.isArrayTypeNode(node)) return { kind: "array", element: type_of(node.elementType) };
  if (ts.isTupleTypeNode(node)) return { kind: "tuple", items: node.elements.map(type_of) };
  if (ts.isIntersectionTypeNode(node)) return { kind: "and", items: node.types.map(type_of) };
  if (ts.isLiteralTypeNode(node)) return literal(node);
  if (ts.isTypeLiteralNode(node)) return literal_type(node);
  if (ts.isTypeQueryNode(node)) return value_of(node);
  if (ts.isTypeReferenceNode(node)) return named(node, node.typeName);
  if (ts.isUnionTypeNode(node)) {
    const items = node.types.filter((one) => one.kind !== ts.SyntaxKind.UndefinedKeyword).map(type_of);
    return items.length === 1 ? items[0] : { kind: "or", items };
  }
  return fail(node, `no word for syntax ${ts.SyntaxKind[node.kind]}`);
}

function declare(name, node) {
  if (ts.isTypeAliasDeclaration(node)) {
    typeAliases.set(name, { name, type: type_of(node.type), ...tags(node) });
    return;
  }
  const shape = members_of(node);
  if (CLOSED.has(name)) delete shape.map;
  const parents = (node.heritageClauses ?? []).flatMap((clause) => clause.types);
  structures.set(name, { name, ...shape, extends: parents.map((one) => named(one, one.expression)), ...tags(node) });
}

function declare_all() {
  while (toDeclare.length > 0) {
    const [name, node] = toDeclare.pop();
    if (!structures.has(name) && !typeAliases.has(name)) declare(name, node);
  }
}

function declare_exports(names) {
  const api = checker.getSymbolAtLocation(program.getSourceFile(entry));
  for (const symbol of checker.getExportsOfModule(api)) {
    if (!names.includes(symbol.name)) continue;
    const real = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    toDeclare.push([real.name, real.declarations.find(ts.isInterfaceDeclaration)]);
  }
}

/** The node of `const type: ProtocolRequestType<…>` in a namespace of the declarations. */
function type_constant(symbol) {
  const inside = checker.getExportsOfModule(symbol).find((one) => one.name === "type");
  return inside?.declarations?.find(ts.isVariableDeclaration)?.type;
}

const without_never = (type) => (type.kind === "base" && type.name === "never" ? undefined : type);

function methods() {
  const requests = new Map();
  const notifications = new Map();
  const api = checker.getSymbolAtLocation(program.getSourceFile(entry));
  for (const symbol of checker.getExportsOfModule(api)) {
    const code = protocol[symbol.name];
    if (!code?.method || !code.messageDirection) continue;
    const real = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const node =
      type_constant(real) ??
      (() => {
        throw new Error(`${symbol.name} has no type`);
      })();
    const kind = node.typeName.getText();
    const given = node.typeArguments.map(type_of);
    if (kind.endsWith("0")) given.unshift(undefined);
    const common = {
      method: code.method,
      messageDirection: code.messageDirection,
      params: given[0],
      clientCapability: code.capabilities?.client,
      serverCapability: code.capabilities?.server,
      ...tags(real.declarations.find(ts.isModuleDeclaration)),
    };
    if (kind.startsWith("ProtocolNotificationType")) {
      notifications.set(code.method, { ...common, registrationOptions: given[1] });
    } else if (kind.startsWith("ProtocolRequestType")) {
      requests.set(code.method, {
        ...common,
        result: given[1],
        partialResult: without_never(given[2]),
        registrationOptions: given[4],
      });
    }
  }
  return { requests: [...requests.values()], notifications: [...notifications.values()] };
}

// Of the library's own connection, on no wire.
const NOT_ON_THE_WIRE = new Set(["MessageWriteError", "MessageReadError", "PendingResponseRejected", "ConnectionInactive"]);

function error_codes() {
  const found = {};
  for (const codes of [protocol.ErrorCodes, protocol.LSPErrorCodes]) {
    for (const [name, value] of Object.entries(codes)) {
      if (typeof value === "number" && !/Range|Start$|End$/.test(name) && !NOT_ON_THE_WIRE.has(name)) found[name] = value;
    }
  }
  return found;
}

const { requests, notifications } = methods();
declare_exports(NOT_IN_METHODS);
declare_all();
const { version } = JSON.parse(readFileSync(join(folder, "node_modules/vscode-languageserver-protocol/package.json")));
const model = {
  metaData: { version },
  requests,
  notifications,
  structures: [...structures.values()],
  typeAliases: [...typeAliases.values()],
  errorCodes: error_codes(),
};
writeFileSync(join(folder, "model.json"), `${JSON.stringify(model, null, 1)}\n`);
