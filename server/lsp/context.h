// What the handlers of the language server share. Owned and used by the reader thread; workers get values,
// and come back through post().
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "protocol/method_table.h"
#include "protocol/reply.h"
#include "protocol/transport.h"
#include "server/fix/engine.h"
#include "server/lsp/client_capabilities.h"
#include "server/lsp/problem_store.h"
#include "server/lsp/report_watch.h"
#include "server/lsp/server.h"
#include "server/lsp/sessions.h"
#include "server/lsp/task_pool.h"
#include "server/text/document_store.h"

namespace autofix::lsp {

class FixProgress;

/// A workspace folder with its own configuration; an empty root is what belongs to no folder.
struct Folder {
  std::string uri;
  std::filesystem::path root;
  protocol::Json editor_settings;  ///< the section `autofix`; null: what initialize said counts
  config::Loaded loaded;
  std::shared_ptr<fix::FixEngine> engine;  ///< made with the first fix
  bool trusted = false;
};

/// A fix under way for a client's request.
struct RunningFix {
  std::optional<protocol::ReplyOnce> reply;
  std::stop_source stop;
  protocol::Json token;  ///< of its progress, null where there is none
  std::shared_ptr<FixProgress> progress;
};

/// What autofix.retry needs of a fix that is over.
struct PastFix {
  int number = 0;  ///< in the order in which they ended
  protocol::Json argument;
  std::string text;         ///< of the document that the argument speaks of, when the fix began
  std::string what_it_did;  ///< empty: nothing was wrong with it
};

struct ServerContext {
  ServerContext(const ServerOptions& server_options, protocol::Transport& server_transport)
      : options(server_options), transport(server_transport) {}

  const ServerOptions& options;
  protocol::Transport& transport;
  ClientCapabilities client;
  text::DocumentStore documents;
  ProblemStore problems;
  providers::SystemClock clock;
  Sessions sessions{[this](const protocol::Json& params) { notify("autofix/session", params); }, clock};
  std::vector<Folder> folders;
  Folder no_folder;
  protocol::Json editor_settings;
  std::string selected_provider;              ///< autofix.selectProvider; empty is automatic
  std::map<std::string, RunningFix> running;  ///< by session id
  std::map<std::string, PastFix> past;
  int next_session = 1;
  int next_token = 1;
  int next_past = 1;
  protocol::Json last_fallback;  ///< of `autofix/status`, null before the first
  std::string last_status;
  std::set<std::string> told;                    ///< notices that the user has seen
  std::map<std::string, WatchedFolder> watched;  ///< by root: whose test reports are watched
  int report_generation = 0;
  std::set<std::string> published;  ///< documents that show failing tests

  bool initialized = false;
  bool shutting_down = false;

  /// Sends a request of ours; the reader thread calls `done` with the answer.
  void ask(const std::string& method, const protocol::Json& params,
           std::function<void(protocol::Outcome)> done);
  void answered(const protocol::Json& id, protocol::Outcome outcome);
  void notify(const std::string& method, const protocol::Json& params);

  /// Thread-safe: the reader thread runs `task` soon.
  void post(std::function<void()> task);
  void run_posted();

  /// LSP's MessageType: 1 error, 2 warning, 3 info.
  void show_message(int type, const std::string& text);

  /// The deepest folder that holds the file.
  Folder& folder_of(const std::string& path);
  fix::FixEngine& engine_of(Folder& folder);
  void load_configuration(Folder& folder);

 private:
  void post_reports(FoundReports found);

  std::mutex posted_mutex_;
  std::vector<std::function<void()>> posted_;
  int next_request_ = 1;
  std::map<int, std::function<void(protocol::Outcome)>> asked_;

 public:
  // The very last members, so that their threads have ended before anything that their tasks use is gone.
  TaskPool tasks;
  TaskPool lookups{1};  ///< reads of the store, which must not wait for fixes under way
  ReportWatch report_watch{options.report_pace,
                           [this](FoundReports found) { post_reports(std::move(found)); }};
};

// One file per area; each registers its methods.
void register_lifecycle(protocol::MethodTable& methods, ServerContext& server);
void register_sync(protocol::MethodTable& methods, ServerContext& server);
void register_code_actions(protocol::MethodTable& methods, ServerContext& server);
void register_commands(protocol::MethodTable& methods, ServerContext& server);
void register_problems(protocol::MethodTable& methods, ServerContext& server);
void register_reports(protocol::MethodTable& methods, ServerContext& server);
void register_status(protocol::MethodTable& methods, ServerContext& server);

/// Brings what is watched and shown in line with the folders and their configuration as they are now.
void watch_reports(ServerContext& server);

/// Keeps, for `autofix/status`, which link answered in the place of which.
void note_fallback(ServerContext& server, const fix::FixResult& result);

/// Tells the client about the links when anything about them changed.
void publish_status(ServerContext& server);

}  // namespace autofix::lsp
