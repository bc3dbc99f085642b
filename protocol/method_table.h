// Which function answers which method: all registrations of a server stand in one table, with typed
// parameters.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "protocol/json_rpc.h"
#include "protocol/reply.h"
#include "protocol/types.h"

namespace autofix::protocol {

/// Parameters that do not have the type's shape are answered with InvalidParams and never reach the handler;
/// in a notification they are reported through `on_bad_notification`.
class MethodTable {
 public:
  template <typename Params>
  void request(std::string method, std::function<void(Params, ReplyOnce)> handler) {
    requests_[std::move(method)] = [handler = std::move(handler)](const Json& json, ReplyOnce reply) {
      Params params;
      if (std::string error = read_params(json, params); !error.empty()) {
        reply(tl::unexpected(ResponseError{ErrorCode::invalid_params, std::move(error)}));
        return;
      }
      handler(std::move(params), std::move(reply));
    };
  }

  template <typename Params>
  void notification(std::string method, std::function<void(Params)> handler) {
    notifications_[std::move(method)] = [handler = std::move(handler)](const Json& json) {
      Params params;
      std::string error = read_params(json, params);
      if (error.empty()) handler(std::move(params));
      return error;
    };
  }

  bool has_request(std::string_view method) const { return requests_.contains(method); }

  /// False when there is no such method.
  bool dispatch_request(const std::string& method, const Json& params, ReplyOnce& reply) const {
    const auto handler = requests_.find(method);
    if (handler == requests_.end()) return false;
    handler->second(params, std::move(reply));
    return true;
  }

  /// What is wrong with the parameters, else empty. Unknown notifications are nobody's fault (LSP 3.17,
  /// `$/`).
  std::string dispatch_notification(const std::string& method, const Json& params) const {
    const auto handler = notifications_.find(method);
    return handler == notifications_.end() ? std::string() : handler->second(params);
  }

 private:
  std::map<std::string, std::function<void(const Json&, ReplyOnce)>, std::less<>> requests_;
  std::map<std::string, std::function<std::string(const Json&)>, std::less<>> notifications_;
};

}  // namespace autofix::protocol
