#include "server/fix/redact.h"

#include <algorithm>
#include <cctype>
#include <functional>

namespace autofix::fix {
namespace {

constexpr std::string_view kOpen = kPlaceholderPrefix;

bool is_token_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

/// Prefixes of keys that vendors document, with the least number of token characters that follow (each
/// vendor's own pages on secret scanning, 2026).
struct KnownKey {
  std::string_view prefix;
  std::size_t least;
};
constexpr KnownKey kKnownKeys[] = {
    {"AIza", 30},     {"gsk_", 20},        {"sk-", 20},      {"ghp_", 30},  {"gho_", 30},
    {"ghs_", 30},     {"github_pat_", 30}, {"glpat-", 18},   {"xoxb-", 20}, {"xoxp-", 20},
    {"AKIA", 16},     {"ASIA", 16},        {"hf_", 30},      {"npm_", 30},  {"dop_v1_", 40},
    {"sk_live_", 20}, {"rk_live_", 20},    {"eyJhbGci", 30}, {"ya29.", 20}, {"pypi-", 40},
    {"shpat_", 30},   {"SG.", 30},         {"xai-", 30},
};

std::string url_encoded(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

std::string json_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '/') out += '\\';
    out += c;
  }
  return out;
}

std::string base64(std::string_view text) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i + 2 < text.size(); i += 3) {
    const auto byte = [&](std::size_t at) {
      return static_cast<unsigned>(static_cast<unsigned char>(text[at]));
    };
    const unsigned group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    for (const unsigned shift : {18U, 12U, 6U, 0U}) out += kAlphabet[group >> shift & 63U];
  }
  return out;  // the last incomplete group is left out: it depends on what follows
}

std::size_t pem_end(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("-----BEGIN ")) return at;
  const std::size_t heading = text.find("-----", at + 11);
  if (heading == std::string_view::npos ||
      text.substr(at, heading - at).find("PRIVATE KEY") == std::string_view::npos) {
    return at;
  }
  const std::size_t end = text.find("-----END ", heading);
  if (end == std::string_view::npos) return text.size();
  const std::size_t close = text.find("-----", end + 9);
  return close == std::string_view::npos ? text.size() : close + 5;
}

}  // namespace

Redactor::Redactor(bool enabled, const std::vector<std::string>& secrets) : enabled_(enabled) {
  for (const std::string& secret : secrets) {
    if (secret.size() < 6) continue;  // too short to be a key, and would redact ordinary words
    for (std::string form : {secret, url_encoded(secret), json_escaped(secret), base64(secret)}) {
      if (form.size() >= 6 && std::ranges::find(exact_, form) == exact_.end())
        exact_.push_back(std::move(form));
    }
  }
  // The longest form first: JSON-escaped before raw.
  std::ranges::sort(exact_, std::greater{}, &std::string::size);
  for (const std::string& form : exact_) may_start_[static_cast<unsigned char>(form.front())] = true;
  if (!enabled_) return;
  may_start_[static_cast<unsigned char>('-')] = true;
  for (const KnownKey& key : kKnownKeys) may_start_[static_cast<unsigned char>(key.prefix.front())] = true;
}

std::string Redactor::placeholder_for(const std::string& secret) {
  if (const auto known = placeholders_.find(secret); known != placeholders_.end()) return known->second;
  const std::string placeholder = std::string(kOpen) + std::to_string(placeholders_.size() + 1) + "_";
  placeholders_.emplace(secret, placeholder);
  originals_.emplace(placeholder, secret);
  return placeholder;
}

std::size_t Redactor::secret_end(std::string_view text, std::size_t at) const {
  if (!may_start_[static_cast<unsigned char>(text[at])]) return at;
  const std::string_view rest = text.substr(at);
  for (const std::string& secret : exact_) {
    if (rest.starts_with(secret)) return at + secret.size();
  }
  if (!enabled_) return at;
  if (rest.front() == '-') return pem_end(text, at);
  if (at > 0 && is_token_char(text[at - 1])) return at;
  for (const KnownKey& key : kKnownKeys) {
    if (!rest.starts_with(key.prefix)) continue;
    std::size_t end = key.prefix.size();
    while (end < rest.size() && (is_token_char(rest[end]) || rest[end] == '.')) ++end;
    if (end >= key.prefix.size() + key.least) return at + end;
  }
  return at;
}

std::string Redactor::redact(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = secret_end(text, at);
    if (end > at) {
      out += placeholder_for(std::string(text.substr(at, end - at)));
      at = end;
    } else {
      out += text[at++];
    }
  }
  return out;
}

tl::expected<std::string, std::string> Redactor::restore(std::string_view text) const {
  std::string out;
  std::size_t at = 0;
  while (true) {
    const std::size_t open = text.find(kOpen, at);
    if (open == std::string_view::npos) break;
    std::size_t end = open + kOpen.size();
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
    if (end == open + kOpen.size() || end == text.size() || text[end] != '_') {
      out += text.substr(at, end - at);  // the words alone, as in this very file
      at = end;
      continue;
    }
    ++end;
    const auto original = originals_.find(text.substr(open, end - open));
    if (original == originals_.end()) {
      return tl::unexpected("the placeholder " + std::string(text.substr(open, end - open)) +
                            " does not stand in what was shown; copy placeholders exactly");
    }
    out += text.substr(at, open - at);
    out += original->second;
    at = end;
  }
  out += text.substr(at);
  return out;
}

tl::expected<Reply, std::string> Redactor::restore(Reply reply) const {
  for (ReplyEdit& edit : reply.edits) {
    auto search = restore(edit.search);
    if (!search) return tl::unexpected(search.error());
    auto replace = restore(edit.replace);
    if (!replace) return tl::unexpected(replace.error());
    edit.search = std::move(*search);
    edit.replace = std::move(*replace);
  }
  return reply;
}

}  // namespace autofix::fix
