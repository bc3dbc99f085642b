// autofix/status: the links of the chain and what is known of them, from the store.
#include "server/fix/credit.h"
#include "server/fix/link_json.h"
#include "server/fix/wall_time.h"
#include "server/lsp/context.h"

namespace autofix::lsp {
namespace {

using protocol::Json;

Json links_json(const std::vector<providers::LinkStatus>& links) {
  Json all = Json::array();
  for (const providers::LinkStatus& link : links) all.push_back(fix::link_json(link));
  return all;
}

/// What is known of links may lie on a disk or in another machine: a worker reads it, and the reader thread
/// goes on with it.
void with_links(ServerContext& server, std::function<void(Json)> then) {
  Folder& folder = server.folders.empty() ? server.no_folder : server.folders.front();
  server.engine_of(folder);
  server.lookups.run([&server, engine = folder.engine, then = std::move(then)] {
    auto links = std::make_shared<Json>(links_json(engine->chain().status()));
    server.post([links, then] { then(std::move(*links)); });
  });
}

Json status_json(const ServerContext& server, Json links) {
  return {{"provider", server.selected_provider.empty() ? Json("auto") : Json(server.selected_provider)},
          {"links", std::move(links)},
          {"lastFallback", server.last_fallback},
          {"sessions", server.sessions.to_json()}};
}

}  // namespace

void publish_status(ServerContext& server) {
  with_links(server, [&server](Json links) {
    const Json status = status_json(server, std::move(links));
    std::string text = status.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text == server.last_status) return;
    server.last_status = std::move(text);
    server.notify("autofix/status", status);
  });
}

void note_fallback(ServerContext& server, const fix::FixResult& result) {
  const fix::Attempt* from = result.patch ? fix::fallen_back_from(result) : nullptr;
  if (from == nullptr) return;
  server.last_fallback = {{"from", from->display_name.empty() ? from->link : from->display_name},
                          {"to", result.link_name},
                          {"outcome", fix::name_of(from->outcome)},
                          {"at", fix::rfc3339(server.clock.now().wall)}};
}

void register_status(protocol::MethodTable& methods, ServerContext& server) {
  methods.request<protocol::AnyParams>(
      "autofix/status", [&server](const protocol::AnyParams&, protocol::ReplyOnce reply) {
        auto owed = std::make_shared<protocol::ReplyOnce>(std::move(reply));
        with_links(server, [&server, owed](Json links) { (*owed)(status_json(server, std::move(links))); });
      });
}

}  // namespace autofix::lsp
