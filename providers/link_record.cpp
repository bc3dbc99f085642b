#include "providers/link_record.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "providers/json_body.h"

namespace autofix::providers {
namespace {

using nlohmann::json;

constexpr std::int64_t kVersion = 1;

std::int64_t number_of(WallTime time) {
  return std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count();
}

WallTime time_of(std::int64_t number) {
  // Further away than the calendar's own range is nonsense, and would overflow.
  constexpr std::int64_t kFarthest = 32'503'680'000'000;  // the year 3000
  return WallTime(Milliseconds{std::clamp<std::int64_t>(number, 0, kFarthest)});
}

WallTime time_of(const json& value) {
  return value.is_number_integer() ? time_of(value.get<std::int64_t>()) : WallTime();
}

std::int64_t integer(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

bool boolean(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_boolean() && value.get<bool>();
}

ErrorKind kind_named(std::string_view name) {
  for (int at = 0; at <= static_cast<int>(ErrorKind::cancelled); ++at) {
    if (name_of(static_cast<ErrorKind>(at)) == name) return static_cast<ErrorKind>(at);
  }
  return ErrorKind::quota_exhausted;
}

json to_json(const Block& block) {
  json value = {
      {"reason", name_of(block.reason)}, {"until", number_of(block.until)}, {"message", block.message}};
  if (block.probe_at) value["probeAt"] = number_of(*block.probe_at);
  return value;
}

Block read_block(const json& value) {
  Block block;
  block.reason = kind_named(string_member(value, "reason"));
  block.until = time_of(member(value, "until"));
  block.message = string_member(value, "message");
  if (value.contains("probeAt")) block.probe_at = time_of(value["probeAt"]);
  return block;
}

json to_json(const Lease& lease) {
  return {{"id", lease.id},
          {"until", number_of(lease.until)},
          {"tokens", lease.tokens},
          {"sequence", lease.sequence},
          {"probe", lease.is_probe}};
}

Lease read_lease(const json& value) {
  Lease lease;
  lease.id = string_member(value, "id");
  lease.until = time_of(member(value, "until"));
  lease.tokens = std::max<std::int64_t>(0, integer(value, "tokens"));
  lease.sequence = static_cast<std::uint64_t>(integer(value, "sequence"));
  lease.is_probe = boolean(value, "probe");
  return lease;
}

json to_json(const BreakerState& state) {
  // One number each, negative for a failure: an array of arrays would be most of the document's cost.
  json recent = json::array();
  for (const auto& [when, ok] : state.recent) recent.push_back(ok ? number_of(when) : -number_of(when));
  return {{"open", state.phase == BreakerState::Phase::open},
          {"failures", state.consecutive_failures},
          {"opened", state.times_opened},
          {"until", number_of(state.open_until)},
          {"recent", std::move(recent)}};
}

BreakerState read_breaker(const json& value) {
  BreakerState state;
  if (boolean(value, "open")) state.phase = BreakerState::Phase::open;
  state.consecutive_failures =
      static_cast<int>(std::clamp<std::int64_t>(integer(value, "failures"), 0, 1000));
  state.times_opened = static_cast<int>(std::clamp<std::int64_t>(integer(value, "opened"), 0, 1000));
  state.open_until = time_of(member(value, "until"));
  const json& recent = member(value, "recent");
  if (!recent.is_array()) return state;
  for (const json& call : recent) {
    if (!call.is_number_integer()) continue;
    const auto number = call.get<std::int64_t>();
    state.recent.emplace_back(time_of(number < 0 ? -number : number), number >= 0);
  }
  return state;
}

json to_json(const PoolRecord& pool) {
  json value = {{"sequence", pool.sequence}};
  if (pool.block) value["block"] = to_json(*pool.block);
  for (const QuotaLimit& limit : pool.limits) {
    value["limits"].push_back({{"name", limit.name},
                               {"limit", limit.limit},
                               {"used", limit.used},
                               {"until", number_of(limit.until)}});
  }
  for (const Lease& lease : pool.leases) value["leases"].push_back(to_json(lease));
  return value;
}

PoolRecord read_pool(const json& value) {
  PoolRecord pool;
  pool.sequence = static_cast<std::uint64_t>(integer(value, "sequence"));
  if (const json& block = member(value, "block"); block.is_object()) pool.block = read_block(block);
  if (const json& limits = member(value, "limits"); limits.is_array()) {
    for (const json& limit : limits) {
      pool.limits.push_back({string_member(limit, "name"), integer(limit, "limit"), integer(limit, "used"),
                             time_of(member(limit, "until"))});
    }
  }
  if (const json& leases = member(value, "leases"); leases.is_array()) {
    for (const json& lease : leases) pool.leases.push_back(read_lease(lease));
  }
  return pool;
}

/// Calls `take` with name and value of each member.
template <typename Take>
void each_member(const json& object, const char* name, const Take& take) {
  const json& members = member(object, name);
  if (!members.is_object()) return;
  for (const auto& [key, value] : members.items()) take(key, value);
}

}  // namespace

std::string document_key(std::string_view link) {
  return "link/" + std::string(link);
}

LinkRecord parse_link_record(std::string_view document) {
  LinkRecord record;
  if (document.empty()) return record;
  const auto body = parse_body(document);
  if (!body || integer(*body, "version") != kVersion) return record;
  record.breaker = read_breaker(member(*body, "breaker"));
  if (const json& probe = member(*body, "probe"); probe.is_object()) record.probe = read_lease(probe);
  if (const json& block = member(*body, "block"); block.is_object()) record.block = read_block(block);
  each_member(*body, "models", [&](const auto& key, const json& v) { record.models[key] = read_block(v); });
  each_member(*body, "credentials",
              [&](const auto& key, const json& v) { record.credentials[key] = read_block(v); });
  each_member(*body, "pools", [&](const auto& key, const json& v) { record.pools[key] = read_pool(v); });
  each_member(*body, "shares", [&](const auto& key, const json& v) {
    record.shares[key] = {string_member(v, "pool"), time_of(member(v, "until"))};
  });
  each_member(*body, "sightings", [&](const auto& key, const json& v) {
    record.sightings[key] = {string_member(v, "key"), time_of(member(v, "at"))};
  });
  if (const json& latencies = member(*body, "latencies"); latencies.is_array()) {
    for (const json& one : latencies) {
      if (one.is_number_unsigned()) record.latencies.emplace_back(one.get<std::int64_t>());
    }
  }
  if (const json& worked = member(*body, "worked"); worked.is_array()) {
    for (const json& one : worked) {
      if (one.is_string()) record.worked.insert(one.get<std::string>());
    }
  }
  return record;
}

std::string write_link_record(const LinkRecord& record) {
  json body = {{"version", kVersion}, {"breaker", to_json(record.breaker)}};
  if (record.probe) body["probe"] = to_json(*record.probe);
  if (record.block) body["block"] = to_json(*record.block);
  for (const auto& [model, block] : record.models) body["models"][model] = to_json(block);
  for (const auto& [key, block] : record.credentials) body["credentials"][key] = to_json(block);
  for (const auto& [key, pool] : record.pools) body["pools"][key] = to_json(pool);
  for (const auto& [key, share] : record.shares) {
    body["shares"][key] = {{"pool", share.pool}, {"until", number_of(share.until)}};
  }
  for (const auto& [key, sighting] : record.sightings) {
    body["sightings"][key] = {{"key", sighting.key_id}, {"at", number_of(sighting.at)}};
  }
  for (const Milliseconds one : record.latencies) body["latencies"].push_back(one.count());
  for (const std::string& one : record.worked) body["worked"].push_back(one);
  return to_wire(body);
}

}  // namespace autofix::providers
