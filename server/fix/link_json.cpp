#include "server/fix/link_json.h"

#include <nlohmann/json.hpp>

#include "server/fix/wall_time.h"

namespace autofix::fix {
namespace {

using nlohmann::json;

json optional_number(const std::optional<std::int64_t>& number) {
  return number ? json(*number) : json(nullptr);
}

json optional_time(const std::optional<providers::WallTime>& time) {
  return time ? json(rfc3339(*time)) : json(nullptr);
}

}  // namespace

json link_json(const providers::LinkStatus& link) {
  return {{"provider", link.link},
          {"name", link.display_name},
          {"model", link.model.empty() ? json(nullptr) : json(link.model)},
          {"state", link.state},
          {"message", link.message.empty() ? json(nullptr) : json(link.message)},
          {"retryAt", optional_time(link.retry_at)},
          {"requestsRemaining", optional_number(link.requests_remaining)},
          {"tokensRemaining", optional_number(link.tokens_remaining)},
          {"resetsAt", optional_time(link.resets_at)},
          {"keys", link.key_origins}};
}

}  // namespace autofix::fix
