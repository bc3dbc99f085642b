// One fix on behalf of a client: from the argument of `autofix.fix` to the applied edit and the result
// object.
#pragma once

#include <optional>
#include <string>

#include "server/lsp/context.h"

namespace autofix::lsp {

/// How the outcome is to be handed over.
struct FixCall {
  enum class Delivery {
    apply,    ///< workspace/applyEdit, then the result object
    result,   ///< the result object only: nothing is edited
    resolve,  ///< the code action, with the edit in it
  };
  Delivery delivery = Delivery::apply;
  protocol::Json token;     ///< the request's workDoneToken, null where it has none
  protocol::Json action;    ///< resolve: the action to complete
  std::string earlier_try;  ///< autofix.retry
};

/// Answers `reply`, where there is one, once: InvalidParams for an argument of another shape, else a result.
void start_fix(ServerContext& server, protocol::Json argument, FixCall call,
               std::optional<protocol::ReplyOnce> reply);

/// The same fix again, on the text as it is now, told what the earlier one did. False when nothing is known
/// of that session; `reply` is then still owed.
bool start_retry(ServerContext& server, const std::string& session, FixCall call,
                 std::optional<protocol::ReplyOnce>& reply);

/// The first request that such a fix would send, as `autofix/preview` and `autofix.showPrompt` answer it.
void start_preview(ServerContext& server, const protocol::Json& argument, protocol::ReplyOnce reply);

}  // namespace autofix::lsp
