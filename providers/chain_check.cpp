// How links are: from memory for a status, by asking for their models for a check.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "providers/chain_impl.h"
#include "providers/circuit_breaker.h"
#include "providers/classify.h"
#include "providers/dialects/dialect.h"
#include "providers/json_body.h"
#include "providers/key_id.h"
#include "providers/link_state.h"
#include "providers/local_discovery.h"
#include "providers/quota_ledger.h"

namespace autofix::providers {

LinkStatus Chain::Impl::status_of(const LinkConfig& link) const {
  const WallTime now = clock.now().wall;
  LinkStatus status;
  status.link = link.name;
  status.display_name = link.display_name;
  status.state = "ready";
  if (!link.models.empty()) status.model = link.models.front();
  for (const Credential& credential : link.credentials) status.key_origins.push_back(credential.origin);
  const auto blocked = [&](const ProviderError& reason) {
    status.state = name_of(reason.kind);
    status.message = reason.message;
    status.retry_at = reason.retry_at;
  };
  if (link.dialect == DialectKind::none) return status;
  if (link.barred) {
    blocked(reason_of(ErrorKind::skipped, kBarred));
    return status;
  }
  if (link.needs_key && link.credentials.empty()) {
    blocked(reason_of(ErrorKind::no_key, link.missing_key_reason));
    return status;
  }
  const LinkRecord record = record_of(link);
  const Candidates found = candidates(record, link, now);
  Candidate shown;
  if (!found.open.empty()) {
    shown = found.open.front();
    status.model = shown.model;
  } else if (!link.credentials.empty()) {
    shown = {status.model, key_id(link.credentials.front().value), ""};
  }
  if (const auto pool = record.pools.find(pool_key(record, link, shown, now)); pool != record.pools.end()) {
    status.requests_remaining = requests_left(pool->second, now);
    status.tokens_remaining = tokens_left(pool->second, now);
    status.resets_at = next_reset(pool->second, now);
  }
  if (found.open.empty()) {
    blocked(found.reason);
  } else if (phase_at(record.breaker, now) == BreakerState::Phase::open) {
    blocked(reason_of(ErrorKind::circuit_open, "it kept failing and is left alone for a while",
                      record.breaker.open_until));
  } else if (const auto until = network_closed(link.name, now)) {
    blocked(reason_of(ErrorKind::circuit_open, "this machine could not reach it", *until));
  }
  return status;
}

LinkCheck Chain::Impl::check(const std::string& name, const std::stop_token& stop, SteadyTime deadline) {
  LinkCheck result;
  const LinkConfig* link = find(name);
  if (link == nullptr) {
    result.status.link = name;
    result.status.display_name = name;
    result.error = reason_of(ErrorKind::skipped, "no link has this name");
    return result;
  }
  result.status = status_of(*link);
  if (link->dialect == DialectKind::none) {
    result.reachable = true;
    return result;
  }
  if (link->barred) {
    result.error = reason_of(ErrorKind::skipped, kBarred);
    return result;
  }
  if (link->needs_key && link->credentials.empty()) {
    result.error = reason_of(ErrorKind::no_key, link->missing_key_reason);
    return result;
  }
  const SteadyTime begin = clock.now().steady;
  std::string base_url = link->base_url;
  if (base_url.empty()) {
    const auto found = find_local_server(http, stop, deadline);
    if (!found) {
      result.error = found.error();
      return result;
    }
    base_url = found->base_url;
    result.status.model = found->model;
  }
  // Every key is tried: a dead second one would be found out when the first is used up.
  std::vector<Candidate> keys;
  for (const Credential& credential : link->credentials) {
    keys.push_back({result.status.model, key_id(credential.value), credential.value});
  }
  if (keys.empty()) keys.push_back({result.status.model, "", ""});
  for (std::size_t at = 0; at < keys.size(); ++at) {
    const auto models = list_models(*link, base_url, keys[at], stop, deadline);
    if (at == 0) result.latency = std::chrono::ceil<Milliseconds>(clock.now().steady - begin);
    if (models) {
      result.reachable = true;
      result.model_listed = std::ranges::find(*models, result.status.model) != models->end();
      continue;
    }
    result.reachable = result.reachable || models.error().http_status != 0;
    if (!link->credentials.empty() && models.error().kind == ErrorKind::auth_failed) {
      result.refused_keys.push_back(link->credentials[at].origin);
    }
    if (!result.error) result.error = models.error();
  }
  if (result.model_listed) result.error.reset();
  // What the answers taught belongs to the picture.
  const std::string model = result.status.model;
  result.status = status_of(*link);
  if (link->models.empty()) result.status.model = model;
  return result;
}

tl::expected<std::vector<std::string>, ProviderError> Chain::Impl::list_models(const LinkConfig& link,
                                                                               const std::string& base_url,
                                                                               const Candidate& candidate,
                                                                               const std::stop_token& stop,
                                                                               SteadyTime deadline) {
  CallTarget target;
  target.link = link.name;
  target.key = candidate.key;
  const Dialect& format = dialect(link.dialect);
  const auto reply = http.send(base_url, format.encode_model_list(target), link.timeouts, stop, deadline);
  if (!reply) return tl::unexpected(reply.error());
  const WallTime now = clock.now().wall;
  const auto body = parse_body(reply->body);
  std::optional<ProviderError> error;
  std::vector<std::string> models;
  if (reply->status == 200 && body) {
    models = format.decode_model_list(*body);
  } else {
    error = classify(link.dialect, *reply, now, target.key);
  }
  change(link, [&](LinkRecord& record) { settle_model_list(record, link, candidate, models, error, now); });
  if (error) return tl::unexpected(std::move(*error));
  return models;
}

}  // namespace autofix::providers
