// autofix/status: the links of the chain and what is known of them, from memory.
#include "server/fix/wall_time.h"
#include "server/lsp/context.h"

namespace autofix::lsp {
namespace {

using protocol::Json;

Json optional_number(const std::optional<std::int64_t>& number) {
  return number ? Json(*number) : Json(nullptr);
}

Json link_json(const providers::LinkStatus& link) {
  return {{"provider", link.link},
          {"name", link.display_name},
          {"model", link.model.empty() ? Json(nullptr) : Json(link.model)},
          {"state", link.state},
          {"message", link.message.empty() ? Json(nullptr) : Json(link.message)},
          {"retryAt", link.retry_at ? Json(fix::rfc3339(*link.retry_at)) : Json(nullptr)},
          {"requestsRemaining", optional_number(link.requests_remaining)},
          {"tokensRemaining", optional_number(link.tokens_remaining)},
          {"keys", link.key_origins}};
}

Json status_json(ServerContext& server) {
  Folder& folder = server.folders.empty() ? server.no_folder : server.folders.front();
  Json links = Json::array();
  for (const providers::LinkStatus& link : server.engine_of(folder).chain().status())
    links.push_back(link_json(link));
  return {{"provider", server.selected_provider.empty() ? Json("auto") : Json(server.selected_provider)},
          {"links", std::move(links)},
          {"sessions", server.sessions.to_json()}};
}

}  // namespace

void publish_status(ServerContext& server) {
  const Json status = status_json(server);
  std::string text = status.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text == server.last_status) return;
  server.last_status = std::move(text);
  server.notify("autofix/status", status);
}

void register_status(protocol::MethodTable& methods, ServerContext& server) {
  methods.request<protocol::AnyParams>(
      "autofix/status",
      [&server](const protocol::AnyParams&, protocol::ReplyOnce reply) { reply(status_json(server)); });
}

}  // namespace autofix::lsp
