// Writes package.json's settings from the schema of the configuration, so that neither knows a key that the other lacks.
// Usage: generate_settings.mjs AUTOFIX [--check]
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [program, mode] = process.argv.slice(2);
const manifestPath = fileURLToPath(new URL("package.json", import.meta.url));

// A project may set them, but not through the settings of VS Code.
const notHere = {
  $schema: "of files",
  commandReply: "VS Code waits for commands",
  fixDelivery: "VS Code takes edits by workspace/applyEdit",
  "verify.commands": "editors may name no programs",
  workspaceTrusted: "told by the extension",
};

const serverPath = {
  type: "string",
  default: "",
  scope: "machine",
  markdownDescription:
    "The `autofix` program: an absolute path, or a name on PATH. Empty: `autofix` on PATH, else the one that came with the extension.",
};

/** Asked in an empty home, so that nobody's own configuration gets in. */
function ask(...args) {
  const home = mkdtempSync(join(tmpdir(), "autofix-settings-"));
  try {
    return JSON.parse(execFileSync(program, ["config", ...args], { cwd: home, env: { HOME: home, PATH: process.env.PATH } }));
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** [path, schema] of everything that has a scope. */
function keysOf(schema, path = []) {
  if (schema["x-scope"]) return [[path.join("."), schema]];
  return Object.entries(schema.properties ?? {}).flatMap(([name, part]) => keysOf(part, [...path, name]));
}

function setting(schema, value) {
  const { "x-scope": _, ...rest } = schema;
  const type = rest.type ?? (rest.enum ? "string" : undefined);
  const known = value !== undefined && value !== null;
  return { type: known ? type : [type, "null"], ...without(rest, "type"), default: known ? value : null, scope: "resource" };
}

const without = (object, name) => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

const defaults = ask("--json");
const ours = keysOf(ask("--schema")).filter(([path, schema]) => schema["x-scope"] === "project" && !(path in notHere));
const properties = { "autofix.server.path": serverPath };
for (const [path, schema] of ours) properties[`autofix.${path}`] = setting(schema, defaults[path]?.value);

const before = readFileSync(manifestPath, "utf8");
const manifest = JSON.parse(before);
const wanted = JSON.parse(before);
wanted.contributes.configuration = { title: "Auto-fix with AI", properties };
// In a workspace that nobody trusts only the user's own settings count.
wanted.capabilities.untrustedWorkspaces.restrictedConfigurations = Object.keys(properties);

const same = JSON.stringify(wanted) === JSON.stringify(manifest);
if (mode === "--check") {
  if (!same) console.error("package.json has other settings than the schema: run editors/vscode/generate_settings.mjs AUTOFIX");
  process.exit(same ? 0 : 1);
}
if (!same) writeFileSync(manifestPath, JSON.stringify(wanted, null, 2) + "\n");
