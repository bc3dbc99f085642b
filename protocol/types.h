// The parts of LSP 3.17 that we use, with the specification's spelling. Add when needed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/json_rpc.h"

namespace autofix::protocol {

struct Position {
  std::uint32_t line = 0;
  std::uint32_t character = 0;
};

struct Range {
  Position start;
  Position end;
};

struct WorkspaceFolder {
  std::string uri;
  std::string name;
};

struct NoParams {};

/// Handed on as it came.
struct AnyParams {
  Json value;
};

struct InitializeParams {
  std::optional<int> processId;
  std::optional<std::string> rootUri;
  std::optional<std::string> rootPath;  ///< of clients from before rootUri
  std::vector<WorkspaceFolder> workspaceFolders;
  Json capabilities;
  Json initializationOptions;
};

struct DidOpenTextDocumentParams {
  std::string uri;
  std::string languageId;
  std::int64_t version = 0;
  std::string text;
};

struct TextDocumentContentChangeEvent {
  std::optional<Range> range;
  std::string text;
};

struct DidChangeTextDocumentParams {
  std::string uri;
  std::int64_t version = 0;
  std::vector<TextDocumentContentChangeEvent> contentChanges;
};

struct DidCloseTextDocumentParams {
  std::string uri;
};

struct CodeActionParams {
  std::string uri;
  Range range;
  Json diagnostics;  ///< an array
  std::optional<std::vector<std::string>> only;
  int triggerKind = 1;  ///< 1 invoked, 2 automatic
};

struct ExecuteCommandParams {
  std::string command;
  Json arguments;      ///< an array
  Json workDoneToken;  ///< null where the client gave none
};

struct CancelParams {
  Json id;
};

struct WorkDoneProgressCancelParams {
  Json token;
};

struct DidChangeWorkspaceFoldersParams {
  std::vector<WorkspaceFolder> added;
  std::vector<WorkspaceFolder> removed;
};

// Each: empty, or what is wrong and where (`params.range.start.line: a number is expected`).
std::string read_params(const Json& json, NoParams& out);
std::string read_params(const Json& json, AnyParams& out);
std::string read_params(const Json& json, InitializeParams& out);
std::string read_params(const Json& json, DidOpenTextDocumentParams& out);
std::string read_params(const Json& json, DidChangeTextDocumentParams& out);
std::string read_params(const Json& json, DidCloseTextDocumentParams& out);
std::string read_params(const Json& json, CodeActionParams& out);
std::string read_params(const Json& json, ExecuteCommandParams& out);
std::string read_params(const Json& json, CancelParams& out);
std::string read_params(const Json& json, WorkDoneProgressCancelParams& out);
std::string read_params(const Json& json, DidChangeWorkspaceFoldersParams& out);

/// A range on its own; false when it has another shape.
bool read_range(const Json& json, Range& out);
Json to_json(const Range& range);

}  // namespace autofix::protocol
