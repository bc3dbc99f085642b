#include "server/store/logged_fix_json.h"

#include <nlohmann/json.hpp>

#include "server/store/names.h"
#include "server/store/storage.h"
#include "server/text/json.h"

namespace autofix::store {
namespace {

using nlohmann::json;

json attempt_json(const fix::LoggedAttempt& attempt) {
  return {{"link", attempt.link},
          {"model", attempt.model},
          {"outcome", fix::name_of(attempt.outcome)},
          {"httpStatus", attempt.http_status},
          {"elapsedMs", attempt.elapsed.count()},
          {"inputTokens", attempt.usage.input_tokens},
          {"outputTokens", attempt.usage.output_tokens},
          {"costUsd", attempt.usage.cost_usd},
          {"sent", attempt.sent}};
}

fix::LoggedAttempt parse_attempt(const json& value) {
  fix::LoggedAttempt attempt;
  attempt.link = value.value("link", "");
  attempt.model = value.value("model", "");
  attempt.outcome = outcome_named(value.value("outcome", ""));
  attempt.http_status = value.value("httpStatus", 0);
  attempt.elapsed = providers::Milliseconds(value.value("elapsedMs", std::int64_t{0}));
  attempt.usage.input_tokens = value.value("inputTokens", std::int64_t{0});
  attempt.usage.output_tokens = value.value("outputTokens", std::int64_t{0});
  attempt.usage.cost_usd = value.value("costUsd", 0.0);
  attempt.sent = value.value("sent", false);
  return attempt;
}

}  // namespace

std::string logged_fix_json(const fix::LoggedFix& fix) {
  json attempts = json::array();
  for (const fix::LoggedAttempt& attempt : fix.attempts) attempts.push_back(attempt_json(attempt));
  return text::dump_json({{"at", to_microseconds(fix.at)},
                          {"status", fix::name_of(fix.status)},
                          {"link", fix.link},
                          {"cached", fix.cached},
                          {"elapsedMs", fix.elapsed.count()},
                          {"attempts", std::move(attempts)}});
}

std::optional<fix::LoggedFix> parse_logged_fix(std::string_view text) {
  const auto value = text::parse_json(text);
  if (!value || !value->is_object()) return std::nullopt;
  try {
    fix::LoggedFix fix;
    fix.at = from_microseconds(value->at("at").get<std::int64_t>());
    fix.status = status_named(value->value("status", ""));
    fix.link = value->value("link", "");
    fix.cached = value->value("cached", false);
    fix.elapsed = providers::Milliseconds(value->value("elapsedMs", std::int64_t{0}));
    for (const json& attempt : value->value("attempts", json::array())) {
      fix.attempts.push_back(parse_attempt(attempt));
    }
    return fix;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace autofix::store
