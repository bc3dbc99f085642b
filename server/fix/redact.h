// Keeps secrets out of prompts: what looks like one, and the process's own keys in every encoding, becomes a
// placeholder that is turned back when it returns inside an edit.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "server/fix/reply.h"

namespace autofix::fix {

/// How every placeholder begins.
inline constexpr std::string_view kPlaceholderPrefix = "AUTOFIX_REDACTED_";

/// One per request: the same secret gets the same placeholder in every text of it.
class Redactor {
 public:
  /// `secrets`: exact values (the process's keys), found raw, URL-encoded, JSON-escaped and in base64.
  Redactor(bool enabled, const std::vector<std::string>& secrets);

  std::string redact(std::string_view text);

  /// Puts the original bytes back. Fails when the text holds a placeholder that this request never made.
  tl::expected<std::string, std::string> restore(std::string_view text) const;
  tl::expected<Reply, std::string> restore(Reply reply) const;

  std::size_t count() const { return originals_.size(); }

 private:
  std::string placeholder_for(const std::string& secret);
  /// End of the secret that starts at `at`, or `at` when none does.
  std::size_t secret_end(std::string_view text, std::size_t at) const;

  bool enabled_;
  std::array<bool, 256> may_start_{};  // first bytes of secrets, so that most bytes cost one look-up
  std::vector<std::string> exact_;
  std::map<std::string, std::string> placeholders_;  // secret -> placeholder
  std::map<std::string, std::string, std::less<>> originals_;
};

}  // namespace autofix::fix
