// Which reports are watched: registered with clients that watch files, polled for the others. And what
// clients tell of changed files.
#include <algorithm>
#include <map>
#include <spdlog/spdlog.h>

#include "protocol/uri.h"
#include "server/lsp/context.h"
#include "server/lsp/test_results.h"

namespace autofix::lsp {
namespace {

using protocol::Json;

constexpr const char* kMethod = "workspace/didChangeWatchedFiles";

std::string registration_id(const WatchedFolder& watched) {
  return "autofix/reports/" + std::to_string(watched.generation);
}

/// Patterns that are not relative mean different things to different clients; one that begins with `**` means
/// the same to all. It may name too much: what comes back is held against the globs themselves.
Json pattern(const ServerContext& server, const Folder& folder, const std::string& glob) {
  const bool anywhere = glob.starts_with("**/");
  const bool named_only = glob.find('/') == std::string::npos;
  if (!server.client.relative_patterns) return anywhere ? glob : "**/" + glob;
  return {{"baseUri", folder.uri}, {"pattern", named_only ? "**/" + glob : glob}};
}

void register_with_client(ServerContext& server, const Folder& folder, const WatchedFolder& watched) {
  Json watchers = Json::array();
  for (const std::string& glob : watched.globs) {
    watchers.push_back({{"globPattern", pattern(server, folder, glob)}});
  }
  const Json registration = {{"id", registration_id(watched)},
                             {"method", kMethod},
                             {"registerOptions", {{"watchers", std::move(watchers)}}}};
  server.ask(
      "client/registerCapability", {{"registrations", Json::array({registration})}},
      [&server, root = watched.root, generation = watched.generation](const protocol::Outcome& outcome) {
        const auto found = server.watched.find(root);
        if (found == server.watched.end() || found->second.generation != generation) return;
        if (!outcome) {
          server.options.log->warn("the client does not watch test reports after all: {}",
                                   outcome.error().message);
        }
        found->second.poll = !outcome.has_value();
        // Only now: what is written from here on is either found or told.
        server.report_watch.watch(found->second);
      });
}

void begin_watching(ServerContext& server, const Folder& folder, const std::vector<std::string>& globs) {
  WatchedFolder watched{folder.root.string(), ++server.report_generation, globs,
                        !server.client.watches_files};
  server.watched[watched.root] = watched;
  if (server.client.watches_files) {
    register_with_client(server, folder, watched);
  } else {
    server.report_watch.watch(std::move(watched));
  }
}

void end_watching(ServerContext& server, const WatchedFolder& watched) {
  if (!watched.poll) {
    // The member's spelling is the specification's.
    server.ask("client/unregisterCapability",
               {{"unregisterations", {{{"id", registration_id(watched)}, {"method", kMethod}}}}},
               [](const protocol::Outcome&) {});
  }
  server.report_watch.unwatch(watched.root);
  forget_reports(server, watched.root);
}

void take_changes(ServerContext& server, const Json& params) {
  if (!params.is_object() || !params.contains("changes") || !params["changes"].is_array()) return;
  std::map<std::string, std::vector<std::string>> changed;
  for (const Json& change : params["changes"]) {
    const Json uri = change.is_object() ? change.value("uri", Json()) : Json();
    const auto path = uri.is_string() ? protocol::path_of_file_uri(uri.get<std::string>()) : std::nullopt;
    if (!path) continue;
    const auto watched = server.watched.find(server.folder_of(*path).root.string());
    if (watched == server.watched.end()) continue;
    std::string report = path->substr(watched->first.size() + (watched->first == "/" ? 0 : 1));
    if (fix::is_report_path(report, watched->second.globs))
      changed[watched->first].push_back(std::move(report));
  }
  for (auto& [root, reports] : changed) server.report_watch.look(root, std::move(reports));
}

}  // namespace

void watch_reports(ServerContext& server) {
  std::map<std::string, const Folder*> wanted;
  for (const Folder& folder : server.folders) {
    if (!folder.loaded.config.tests.reports.empty()) wanted[folder.root.string()] = &folder;
  }
  std::erase_if(server.watched, [&](const auto& entry) {
    const auto folder = wanted.find(entry.first);
    if (folder != wanted.end() && folder->second->loaded.config.tests.reports == entry.second.globs)
      return false;
    end_watching(server, entry.second);
    return true;
  });
  for (const auto& [root, folder] : wanted) {
    if (!server.watched.contains(root)) begin_watching(server, *folder, folder->loaded.config.tests.reports);
  }
  republish_tests(server);
}

void register_reports(protocol::MethodTable& methods, ServerContext& server) {
  methods.notification<protocol::AnyParams>(
      kMethod, [&server](const protocol::AnyParams& params) { take_changes(server, params.value); });
}

}  // namespace autofix::lsp
