#include "protocol/types.h"

#include "protocol/object_reader.h"

namespace autofix::protocol {
namespace {

std::string read_position(ObjectReader reader, Position& out) {
  reader.required("line", out.line);
  reader.required("character", out.character);
  return reader.error();
}

std::string read_range(ObjectReader reader, Range& out) {
  reader.merge(read_position(reader.object("start"), out.start));
  reader.merge(read_position(reader.object("end"), out.end));
  return reader.error();
}

std::string read_uri(ObjectReader reader, std::string& out) {
  reader.required("uri", out);
  return reader.error();
}

void read_folders(ObjectReader& reader, const char* name, std::vector<WorkspaceFolder>& out) {
  std::size_t index = 0;
  for (const Json& item : reader.array(name, false)) {
    ObjectReader folder(item, reader.place() + "." + name + "[" + std::to_string(index++) + "]");
    WorkspaceFolder value;
    folder.required("uri", value.uri);
    folder.optional("name", value.name);
    reader.merge(folder.error());
    out.push_back(std::move(value));
  }
}

Json array_or_empty(ObjectReader& reader, const char* name) {
  return reader.array(name, false);
}

}  // namespace

std::string read_params(const Json&, NoParams&) {
  return {};
}

std::string read_params(const Json& json, AnyParams& out) {
  out.value = json;
  return {};
}

std::string read_params(const Json& json, InitializeParams& out) {
  ObjectReader reader(json, "params");
  if (reader.has("processId")) {
    int pid = 0;
    reader.optional("processId", pid);
    out.processId = pid;
  }
  reader.optional("rootUri", out.rootUri);
  reader.optional("rootPath", out.rootPath);
  read_folders(reader, "workspaceFolders", out.workspaceFolders);
  out.capabilities = reader.any("capabilities");
  if (!out.capabilities.is_object()) out.capabilities = Json::object();
  out.initializationOptions = reader.any("initializationOptions");
  return reader.error();
}

std::string read_params(const Json& json, DidOpenTextDocumentParams& out) {
  ObjectReader reader(json, "params");
  ObjectReader document = reader.object("textDocument");
  document.required("uri", out.uri);
  document.optional("languageId", out.languageId);
  document.required("version", out.version);
  document.required("text", out.text);
  reader.merge(document.error());
  return reader.error();
}

std::string read_params(const Json& json, DidChangeTextDocumentParams& out) {
  ObjectReader reader(json, "params");
  ObjectReader document = reader.object("textDocument");
  document.required("uri", out.uri);
  document.required("version", out.version);
  reader.merge(document.error());
  std::size_t index = 0;
  for (const Json& item : reader.array("contentChanges", true)) {
    ObjectReader change(item, "params.contentChanges[" + std::to_string(index++) + "]");
    TextDocumentContentChangeEvent event;
    change.required("text", event.text);
    if (change.has("range")) {
      event.range.emplace();
      change.merge(read_range(change.object("range"), *event.range));
    }
    reader.merge(change.error());
    out.contentChanges.push_back(std::move(event));
  }
  return reader.error();
}

std::string read_params(const Json& json, DidCloseTextDocumentParams& out) {
  ObjectReader reader(json, "params");
  reader.merge(read_uri(reader.object("textDocument"), out.uri));
  return reader.error();
}

std::string read_params(const Json& json, CodeActionParams& out) {
  ObjectReader reader(json, "params");
  reader.merge(read_uri(reader.object("textDocument"), out.uri));
  reader.merge(read_range(reader.object("range"), out.range));
  ObjectReader context = reader.object("context");
  out.diagnostics = array_or_empty(context, "diagnostics");
  context.optional("only", out.only);
  context.optional("triggerKind", out.triggerKind);
  reader.merge(context.error());
  return reader.error();
}

std::string read_params(const Json& json, ExecuteCommandParams& out) {
  ObjectReader reader(json, "params");
  reader.required("command", out.command);
  out.arguments = array_or_empty(reader, "arguments");
  out.workDoneToken = reader.any("workDoneToken");
  return reader.error();
}

std::string read_params(const Json& json, CancelParams& out) {
  ObjectReader reader(json, "params");
  out.id = reader.any("id");
  if (!out.id.is_string() && !out.id.is_number_integer()) reader.fail("id", "a number or a string");
  return reader.error();
}

std::string read_params(const Json& json, WorkDoneProgressCancelParams& out) {
  ObjectReader reader(json, "params");
  out.token = reader.any("token");
  if (!out.token.is_string() && !out.token.is_number_integer()) reader.fail("token", "a number or a string");
  return reader.error();
}

std::string read_params(const Json& json, DidChangeWorkspaceFoldersParams& out) {
  ObjectReader reader(json, "params");
  ObjectReader event = reader.object("event");
  read_folders(event, "added", out.added);
  read_folders(event, "removed", out.removed);
  reader.merge(event.error());
  return reader.error();
}

bool read_range(const Json& json, Range& out) {
  return read_range(ObjectReader(json, "range"), out).empty();
}

Json to_json(const Range& range) {
  return {{"start", {{"line", range.start.line}, {"character", range.start.character}}},
          {"end", {{"line", range.end.line}, {"character", range.end.character}}}};
}

}  // namespace autofix::protocol
