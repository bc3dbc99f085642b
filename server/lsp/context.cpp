#include "server/lsp/context.h"

#include <spdlog/spdlog.h>

#include "protocol/uri.h"
#include "server/config/trust.h"
#include "server/lsp/test_results.h"

namespace autofix::lsp {

void ServerContext::ask(const std::string& method, const protocol::Json& params,
                        std::function<void(protocol::Outcome)> done) {
  const int id = next_request_++;
  asked_[id] = std::move(done);
  transport.send(protocol::encode_request(id, method, params));
}

void ServerContext::answered(const protocol::Json& id, protocol::Outcome outcome) {
  if (!id.is_number_integer()) return;
  const auto asked = asked_.find(id.get<int>());
  if (asked == asked_.end()) return;
  const std::function<void(protocol::Outcome)> done = std::move(asked->second);
  asked_.erase(asked);
  done(std::move(outcome));
}

void ServerContext::notify(const std::string& method, const protocol::Json& params) {
  transport.send(protocol::encode_notification(method, params));
}

void ServerContext::post(std::function<void()> task) {
  {
    const std::lock_guard lock(posted_mutex_);
    posted_.push_back(std::move(task));
  }
  transport.wake();
}

void ServerContext::run_posted() {
  std::vector<std::function<void()>> tasks_now;
  {
    const std::lock_guard lock(posted_mutex_);
    tasks_now.swap(posted_);
  }
  for (const std::function<void()>& task : tasks_now) task();
}

void ServerContext::post_reports(FoundReports found) {
  post([this, found = std::move(found)] {
    const auto watching = watched.find(found.root);
    const bool current = watching != watched.end() && watching->second.generation == found.generation;
    if (current) take_reports(*this, found);
  });
}

void ServerContext::show_message(int type, const std::string& text) {
  notify("window/showMessage", {{"type", type}, {"message", text}});
}

Folder& ServerContext::folder_of(const std::string& path) {
  Folder* deepest = &no_folder;
  for (Folder& folder : folders) {
    const std::string root = folder.root.string();
    const bool inside =
        path.size() > root.size() && path.starts_with(root) && (root == "/" || path[root.size()] == '/');
    if (inside && root.size() > deepest->root.string().size()) deepest = &folder;
  }
  return *deepest;
}

fix::FixEngine& ServerContext::engine_of(Folder& folder) {
  if (!folder.engine) folder.engine = options.make_engine(folder.loaded.config, options.log);
  return *folder.engine;
}

void ServerContext::load_configuration(Folder& folder) {
  config::Sources sources = options.sources;
  const protocol::Json& settings =
      folder.editor_settings.is_object() ? folder.editor_settings : editor_settings;
  if (settings.is_object()) sources.editor_settings = &settings;
  if (!folder.root.empty()) {
    sources.project = folder.root;
    sources.trusted = options.sources.trusted || config::is_trusted(folder.root, options.environment);
  }
  folder.loaded = config::load(sources, options.environment);
  folder.trusted = folder.loaded.trusted;
  folder.engine.reset();
  std::string all;
  for (const config::Notice& notice : folder.loaded.notices) {
    options.log->warn("{}: {}: {}", notice.source, notice.path, notice.message);
    all += (all.empty() ? "" : "; ") + notice.path + " (" + notice.source + "): " + notice.message;
  }
  if (!folder.loaded.fatal.empty()) all = folder.loaded.fatal;
  if (!all.empty()) show_message(2, "autofix configuration: " + all);
}

}  // namespace autofix::lsp
