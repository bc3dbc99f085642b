#include "server/lsp/tell_outcome.h"

#include <algorithm>
#include <cctype>

#include "server/fix/credit.h"
#include "server/lsp/fix_command.h"
#include "server/problems/readers.h"

namespace autofix::lsp {
namespace {

using protocol::Json;

constexpr int kWarning = 2;
constexpr int kInfo = 3;
constexpr const char* kTryAgain = "Try again";

/// Not where every link says when it can be asked again, or that it has no key: trying at once changes
/// nothing.
bool may_help_to_try_again(const fix::FixResult& result) {
  if (result.reason == "stale_document" || result.reason == "client_refused") return true;
  if (result.status == fix::Status::rejected) return true;
  if (result.status != fix::Status::no_fix) return false;
  return std::ranges::any_of(result.attempts,
                             [](const fix::Attempt& attempt) { return attempt.sent && !attempt.retry_at; });
}

std::string sentence(std::string text) {
  if (!text.empty() && !text.ends_with('.')) text += '.';
  return text;
}

std::string failure_text(const fix::FixResult& result) {
  std::string text = result.message;
  if (text.empty()) text = "The fix was not applied (" + result.reason + ").";
  return result.next_step.empty() ? text : text + " " + result.next_step;
}

}  // namespace

void tell_outcome(ServerContext& server, const std::string& session, const fix::FixResult& result) {
  if (result.status == fix::Status::cancelled) return;
  if (result.applied == true) {
    std::string by = fix::credit(result);
    by.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(by.front())));
    return server.show_message(
        kInfo, "autofix: " + problems::printable(sentence(result.summary) + " " + sentence(by)));
  }
  const std::string text = "autofix: " + problems::printable(failure_text(result));
  if (!server.client.message_actions || !may_help_to_try_again(result)) {
    return server.show_message(result.status == fix::Status::nothing_to_fix ? kInfo : kWarning, text);
  }
  server.ask("window/showMessageRequest",
             {{"type", kWarning}, {"message", text}, {"actions", Json::array({{{"title", kTryAgain}}})}},
             [&server, session](const protocol::Outcome& outcome) {
               const bool again =
                   outcome && outcome->is_object() && outcome->value("title", Json()) == kTryAgain;
               if (!again) return;
               std::optional<protocol::ReplyOnce> nobody_waits;
               start_retry(server, session, FixCall(), nobody_waits);
             });
}

}  // namespace autofix::lsp
