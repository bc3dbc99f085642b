// The defaults, as read in the vendors' public documents and SDKs in November 2026. Prices are approximate,
// in USD per million tokens on the paid tier; they serve ordering and budgets, not billing.
#include "providers/catalog.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

LinkConfig gemini() {
  LinkConfig link;
  link.name = "gemini";
  link.display_name = "Gemini";
  link.dialect = DialectKind::gemini;
  link.base_url = "https://generativelanguage.googleapis.com/v1beta";
  // 2.0 Flash ended on 2026-06-01, 2.5 is rerouted from 2026-12-01.
  link.models = {"gemini-3.8-flash", "gemini-3.7-flash", "gemini-3.5-flash-lite"};
  link.context_window = 1'048'576;
  link.usd_per_million_input = 0.50;
  link.usd_per_million_output = 3.00;
  return link;
}

LinkConfig groq() {
  LinkConfig link;
  link.name = "groq";
  link.display_name = "Groq";
  link.dialect = DialectKind::openai;
  link.base_url = "https://api.groq.com/openai/v1";
  // llama-3.3-70b-versatile and llama-3.1-8b-instant ended for free and developer tiers on 2026-08-16.
  link.models = {"openai/gpt-oss-120b", "openai/gpt-oss-20b"};
  link.temperature = 0.2;
  link.context_window = 131'072;
  link.tokens_per_minute = 8'000;  // a free key's; x-ratelimit-limit-tokens raises it
  link.usd_per_million_input = 0.15;
  link.usd_per_million_output = 0.60;
  return link;
}

LinkConfig anthropic() {
  LinkConfig link;
  link.name = "anthropic";
  link.display_name = "Anthropic";
  link.dialect = DialectKind::anthropic;
  link.base_url = "https://api.anthropic.com/v1";
  // Names from the vendor's npm SDK 1.12.
  link.models = {"claude-sonnet-5-5", "claude-sonnet-5", "claude-haiku-5-5"};
  link.context_window = 200'000;
  link.usd_per_million_input = 3.00;
  link.usd_per_million_output = 15.00;
  return link;
}

LinkConfig openai() {
  LinkConfig link;
  link.name = "openai";
  link.display_name = "OpenAI";
  link.dialect = DialectKind::openai;
  link.base_url = "https://api.openai.com/v1";
  // Names from the vendor's npm SDK 6.49.
  link.models = {"gpt-5.6-terra", "gpt-5.4-mini"};
  link.context_window = 272'000;
  link.usd_per_million_input = 1.25;
  link.usd_per_million_output = 10.00;
  return link;
}

LinkConfig local() {
  LinkConfig link;
  link.name = "local";
  link.display_name = "Local";
  link.dialect = DialectKind::openai;
  link.needs_key = false;
  // No base URL and no model: the chain looks on loopback when it gets there (local_discovery.h).
  link.temperature = 0.2;
  link.context_window = 32'768;
  link.timeouts.total = 300s;
  // The model may have to be loaded first, and reads the prompt on this machine's processor.
  link.timeouts.first_byte = 300s;
  link.timeouts.idle = 60s;
  return link;
}

LinkConfig offline() {
  LinkConfig link;
  link.name = "offline";
  link.display_name = "Offline";
  link.needs_key = false;
  return link;
}

}  // namespace

std::vector<LinkConfig> built_in_links() {
  std::vector<LinkConfig> links{gemini(), groq(), anthropic(), openai(), local(), offline()};
  for (auto& link : links) {
    if (!link.needs_key) continue;
    const auto names = key_variables(link.name);
    for (const auto& name : names) {
      link.missing_key_reason += (link.missing_key_reason.empty() ? "" : " or ") + name;
    }
    link.missing_key_reason += " is not set";
  }
  return links;
}

std::vector<std::string> key_variables(std::string_view link) {
  if (link == "gemini") return {"GOOGLE_API_KEY", "GEMINI_API_KEY"};
  if (link == "groq") return {"GROQ_API_KEY"};
  if (link == "anthropic") return {"ANTHROPIC_API_KEY"};
  if (link == "openai") return {"OPENAI_API_KEY"};
  return {};
}

}  // namespace autofix::providers
