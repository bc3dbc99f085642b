// The links of the chain as data: the built-in ones with their defaults, and the form in which configuration
// adds to them. Facts and their dates are in catalog.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/clock.h"

namespace autofix::providers {

/// A vendor's wire format; `none` is a link that is not HTTP (the offline repairer), ordered but not sent by
/// the chain.
enum class DialectKind { none, gemini, openai, anthropic };

enum class ReplyFormat { blocks, json };

struct Timeouts {
  Milliseconds connect{5'000};
  Milliseconds first_byte{15'000};  ///< with streaming only
  Milliseconds idle{20'000};        ///< with streaming only
  Milliseconds total{60'000};
};

/// A key and where it came from. `value` never appears in any output.
struct Credential {
  std::string value;
  std::string
      origin;  ///< for people: `environment GROQ_API_KEY`, `/home/u/.config/autofix/.env GROQ_API_KEY_2`
};

struct LinkConfig {
  std::string name;
  std::string display_name;  ///< `Gemini`, `Groq`, …: as log lines spell it
  DialectKind dialect = DialectKind::none;
  std::string base_url;
  std::vector<std::string> models;      ///< default model, then fallbacks
  std::vector<Credential> credentials;  ///< in order of use; empty is `no_key` unless needs_key is false
  bool needs_key = true;
  bool barred = false;             ///< by `privacy.allowProviders`: named in the trail, never asked
  std::string missing_key_reason;  ///< names the variables looked for and where, for `no_key`
  std::string pool;                ///< quota pool that all keys share; empty: one per key
  ReplyFormat reply_format = ReplyFormat::blocks;
  bool stream = true;  ///< ask for the reply in pieces, so that a silent server is noticed early
  int max_output_tokens = 8192;
  std::optional<double> temperature;     ///< not sent when empty
  int context_window = 131'072;          ///< tokens, in and out together
  std::optional<int> tokens_per_minute;  ///< known limit of an unproven key; headers raise or lower it
  double usd_per_million_input = 0.0;
  double usd_per_million_output = 0.0;
  Timeouts timeouts;
};

/// The built-in links with everything but credentials: gemini, groq, anthropic, openai, local, offline.
std::vector<LinkConfig> built_in_links();

/// The names of the environment variables that a built-in link reads its keys from, first choice first;
/// without the
/// `_2`, `_3`, … forms.
std::vector<std::string> key_variables(std::string_view link);

}  // namespace autofix::providers
