// initialize, initialized, shutdown, workspace folders, configuration, cancellation.
#include <spdlog/spdlog.h>

#include "protocol/uri.h"
#include "server/fix/private_folder.h"
#include "server/lsp/context.h"
#include "server/lsp/fix_progress.h"
#include "server/lsp/test_results.h"

namespace autofix::lsp {
namespace {

using protocol::ErrorCode;
using protocol::Json;
using protocol::ReplyOnce;
using protocol::ResponseError;

void add_folder(ServerContext& server, const std::string& uri) {
  auto path = protocol::path_of_file_uri(uri);
  if (!path) return;
  while (path->size() > 1 && path->ends_with('/')) path->pop_back();
  Folder folder;
  folder.uri = uri;
  folder.root = *path;
  server.load_configuration(folder);
  server.folders.push_back(std::move(folder));
}

Json capabilities(const ServerContext& server) {
  return {{"positionEncoding", encoding_name(server.client.encoding)},
          {"textDocumentSync", {{"openClose", true}, {"change", 2}}},
          {"codeActionProvider",
           {{"codeActionKinds", {"quickfix", "source.autofix"}}, {"resolveProvider", true}}},
          {"executeCommandProvider",
           {{"commands",
             {"autofix.fix", "autofix.selectProvider", "autofix.retry", "autofix.showPrompt",
              "autofix.clearCache", "autofix.trust"}},
            {"workDoneProgress", true}}},
          {"workspace", {{"workspaceFolders", {{"supported", true}, {"changeNotifications", true}}}}}};
}

void initialize(ServerContext& server, const protocol::InitializeParams& params, ReplyOnce reply) {
  server.initialized = true;
  server.client = read_capabilities(params.capabilities);
  server.documents.set_encoding(server.client.encoding);
  if (params.processId) server.transport.watch_process(*params.processId);
  server.editor_settings = params.initializationOptions;
  for (const protocol::WorkspaceFolder& folder : params.workspaceFolders) add_folder(server, folder.uri);
  if (server.folders.empty() && params.rootUri) add_folder(server, *params.rootUri);
  const bool has_path = params.rootPath && !params.rootPath->empty() && !params.rootUri;
  if (server.folders.empty() && has_path) add_folder(server, protocol::file_uri_of(*params.rootPath));
  server.load_configuration(server.no_folder);
  reply(Json{{"capabilities", capabilities(server)},
             {"serverInfo", {{"name", "autofix"}, {"version", AUTOFIX_VERSION}}}});
}

/// Nothing in it: what initialize said counts, also after something was in it.
void take_section(ServerContext& server, Folder& folder, const Json& section) {
  const Json settings = section.is_object() && !section.empty() ? section : Json();
  if (settings.is_null() && folder.editor_settings.is_null()) return;
  folder.editor_settings = settings;
  server.load_configuration(folder);
}

/// Asks for the section `autofix` of every folder, and of none. What depends on it follows the answer.
void pull_configuration(ServerContext& server) {
  if (!server.client.configuration) return watch_reports(server);
  Json items = Json::array();
  std::vector<std::string> uris;
  for (const Folder& folder : server.folders) {
    items.push_back({{"scopeUri", folder.uri}, {"section", "autofix"}});
    uris.push_back(folder.uri);
  }
  items.push_back({{"section", "autofix"}});
  uris.emplace_back();
  server.ask("workspace/configuration", {{"items", std::move(items)}},
             [&server, uris](const protocol::Outcome& outcome) {
               if (!outcome || !outcome->is_array()) return watch_reports(server);
               for (std::size_t at = 0; at < uris.size() && at < outcome->size(); ++at) {
                 const Json& settings = (*outcome)[at];
                 if (uris[at].empty()) take_section(server, server.no_folder, settings);
                 for (Folder& folder : server.folders) {
                   if (folder.uri == uris[at]) take_section(server, folder, settings);
                 }
               }
               watch_reports(server);
             });
}

/// Clients that do not answer workspace/configuration push their settings, whole or the section alone.
void take_pushed_configuration(ServerContext& server, const Json& params) {
  if (server.client.configuration) return pull_configuration(server);
  if (!params.is_object() || !params.contains("settings")) return;
  const Json& settings = params["settings"];
  if (!settings.is_object()) return;
  server.editor_settings = settings.contains("autofix") ? settings["autofix"] : settings;
  server.load_configuration(server.no_folder);
  for (Folder& folder : server.folders) server.load_configuration(folder);
  watch_reports(server);
}

void change_folders(ServerContext& server, const protocol::DidChangeWorkspaceFoldersParams& params) {
  for (const protocol::WorkspaceFolder& gone : params.removed) {
    const auto is_gone = [&](const Folder& folder) { return folder.uri == gone.uri; };
    for (const Folder& folder : server.folders) {
      if (is_gone(folder)) forget_tests_of(server, folder);
    }
    std::erase_if(server.folders, is_gone);
  }
  for (const protocol::WorkspaceFolder& folder : params.added) add_folder(server, folder.uri);
  pull_configuration(server);
}

void cancel_request(ServerContext& server, const Json& id) {
  for (auto& [session, fix] : server.running) {
    if (!fix.reply || fix.reply->answered() || fix.reply->id() != id) continue;
    fix.stop.request_stop();
    // The request's token, which the progress may use, ends with the answer.
    if (fix.progress) fix.progress->end();
    (*fix.reply)(tl::unexpected(ResponseError{ErrorCode::request_cancelled, "cancelled"}));
  }
}

/// The result `cancelled` follows as soon as the worker has stopped.
void cancel_progress(ServerContext& server, const Json& token) {
  for (auto& [session, fix] : server.running) {
    if (fix.token == token) fix.stop.request_stop();
  }
}

}  // namespace

void register_lifecycle(protocol::MethodTable& methods, ServerContext& server) {
  using namespace protocol;
  methods.request<InitializeParams>("initialize", [&server](InitializeParams params, ReplyOnce reply) {
    initialize(server, params, std::move(reply));
  });
  methods.notification<NoParams>("initialized", [&server](NoParams) {
    server.options.log->debug("ready");
    pull_configuration(server);
    // What earlier servers left behind when they were killed.
    server.lookups.run([] { fix::PrivateFolder::sweep(); });
  });
  methods.request<NoParams>("shutdown", [&server](NoParams, ReplyOnce reply) {
    server.shutting_down = true;
    for (auto& [session, fix] : server.running) fix.stop.request_stop();
    reply(nullptr);
  });
  methods.notification<DidChangeWorkspaceFoldersParams>(
      "workspace/didChangeWorkspaceFolders",
      [&server](const DidChangeWorkspaceFoldersParams& params) { change_folders(server, params); });
  methods.notification<AnyParams>("workspace/didChangeConfiguration", [&server](const AnyParams& params) {
    take_pushed_configuration(server, params.value);
  });
  methods.notification<CancelParams>(
      "$/cancelRequest", [&server](const CancelParams& params) { cancel_request(server, params.id); });
  methods.notification<WorkDoneProgressCancelParams>(
      "window/workDoneProgress/cancel",
      [&server](const WorkDoneProgressCancelParams& params) { cancel_progress(server, params.token); });
}

}  // namespace autofix::lsp
