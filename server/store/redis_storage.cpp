#include "server/store/redis_storage.h"

#include <algorithm>
#include <charconv>
#include <random>

#include "server/store/logged_fix_json.h"

namespace autofix::store {
namespace {

constexpr std::string_view kDocument = "autofix:document:";
constexpr std::string_view kCached = "autofix:cache:";
const std::string kCacheTimes = "autofix:cached";  // key -> when it was stored
const std::string kFixes = "autofix:fixes";        // JSON -> when the fix ended
const std::string kDocumentSeconds = std::to_string(35 * 24 * 3600);

// KEYS: document. ARGV: bytes as last seen, new bytes, seconds to live. Answers {1} or {0, bytes as they
// are}.
const std::string kCompareAndSet = R"(
local now = redis.call('GET', KEYS[1]) or ''
if now ~= ARGV[1] then return {0, now} end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3]) end
return {1})";

// KEYS: times. ARGV: key, link, model, reply, stored, seconds to live, oldest allowed, most, prefix of keys.
const std::string kStore = R"(
local entry = ARGV[9] .. ARGV[1]
redis.call('HSET', entry, 'link', ARGV[2], 'model', ARGV[3], 'reply', ARGV[4], 'stored', ARGV[5])
redis.call('EXPIRE', entry, ARGV[6])
redis.call('ZADD', KEYS[1], ARGV[5], ARGV[1])
local old = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[7])
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1 - ARGV[8])) do old[#old + 1] = key end
for _, key in ipairs(old) do redis.call('DEL', ARGV[9] .. key) redis.call('ZREM', KEYS[1], key) end
return 1)";

// KEYS: times. ARGV: prefix of keys, key.
const std::string kDrop = R"(
redis.call('ZREM', KEYS[1], ARGV[2])
return redis.call('DEL', ARGV[1] .. ARGV[2]))";

// KEYS: times. ARGV: prefix of keys.
const std::string kClear = R"(
local count = 0
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do count = count + redis.call('DEL', ARGV[1] .. key) end
redis.call('DEL', KEYS[1])
return count)";

// KEYS: fixes. ARGV: JSON, when, oldest allowed, most.
const std::string kRecord = R"(
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[3])
return redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[4]))";

std::string prefixed(std::string_view prefix, const std::string& key) {
  return std::string(prefix) + key;
}

std::string time_text(providers::WallTime time) {
  return std::to_string(to_microseconds(time));
}

Kept<void> only_fault(const Kept<RedisReply>& reply) {
  if (!reply) return tl::unexpected(reply.error());
  return {};
}

}  // namespace

RedisStorage::RedisStorage(RedisOptions options, std::shared_ptr<const providers::Clock> clock)
    : client_(std::move(options)), clock_(std::move(clock)) {}

Kept<std::vector<std::string>> RedisStorage::read(std::span<const std::string> keys) {
  if (keys.empty()) return std::vector<std::string>();
  client_.begin();
  RedisCommand command = {"MGET"};
  for (const std::string& key : keys) command.push_back(prefixed(kDocument, key));
  auto reply = client_.call(command);
  if (!reply) return tl::unexpected(reply.error());
  std::vector<std::string> found(keys.size());
  for (std::size_t at = 0; at < std::min(keys.size(), reply->list.size()); ++at) {
    found[at] = std::move(reply->list[at].text);
    seen_[keys[at]] = found[at];
  }
  return found;
}

Kept<std::string> RedisStorage::update(const std::string& key, const Change& change) {
  client_.begin();
  const std::vector<std::string> keys = {prefixed(kDocument, key)};
  std::string& seen = seen_[key];
  // One of the competitors gets through each time, so there is nothing to wait for.
  while (true) {
    std::string next = change(seen);
    auto reply = client_.run(kCompareAndSet, keys, {seen, next, kDocumentSeconds});
    if (!reply) return tl::unexpected(reply.error());
    if (!reply->list.empty() && reply->list[0].number == 1) {
      seen = next;
      return next;
    }
    if (reply->list.size() < 2 || client_.is_out_of_time()) {
      return tl::unexpected(
          Trouble{Trouble::Kind::server_error, "The Redis store was too busy to take a change", ""});
    }
    seen = std::move(reply->list[1].text);
  }
}

Kept<std::optional<fix::CachedFix>> RedisStorage::find(std::span<const std::string> keys,
                                                       providers::WallTime not_before) {
  client_.begin();
  std::optional<fix::CachedFix> newest;
  for (const std::string& key : keys) {
    auto reply = client_.call({"HMGET", prefixed(kCached, key), "link", "model", "reply", "stored"});
    if (!reply) return tl::unexpected(reply.error());
    if (reply->list.size() != 4) continue;
    const std::string& stored = reply->list[3].text;
    std::int64_t microseconds = 0;
    const auto [end, error] = std::from_chars(stored.data(), stored.data() + stored.size(), microseconds);
    if (error != std::errc() || end == stored.data()) continue;
    if (microseconds < to_microseconds(not_before)) continue;
    const auto time = from_microseconds(microseconds);
    if (newest && newest->stored >= time) continue;
    newest = fix::CachedFix{key, std::move(reply->list[0].text), std::move(reply->list[1].text),
                            std::move(reply->list[2].text), time};
  }
  return newest;
}

Kept<void> RedisStorage::store(const fix::CachedFix& fix) {
  client_.begin();
  constexpr auto kSeconds = std::chrono::seconds(kCacheAge).count();
  return only_fault(client_.run(
      kStore, {kCacheTimes},
      {fix.key, fix.link, fix.model, fix.reply, time_text(fix.stored), std::to_string(kSeconds),
       time_text(clock_->now().wall - kCacheAge), std::to_string(kMaxCached), std::string(kCached)}));
}

Kept<void> RedisStorage::drop(const std::string& key) {
  client_.begin();
  return only_fault(client_.run(kDrop, {kCacheTimes}, {std::string(kCached), key}));
}

Kept<int> RedisStorage::clear() {
  client_.begin();
  const auto reply = client_.run(kClear, {kCacheTimes}, {std::string(kCached)});
  if (!reply) return tl::unexpected(reply.error());
  return static_cast<int>(reply->number);
}

Kept<void> RedisStorage::record(const fix::LoggedFix& fix) {
  client_.begin();
  // A set holds equal members once: the number keeps two equal fixes apart, and makes sending one again
  // harmless.
  std::random_device random;
  std::string member =
      logged_fix_json(fix) + " " + std::to_string((std::uint64_t{random()} << 32U) | random());
  return only_fault(client_.run(kRecord, {kFixes},
                                {std::move(member), time_text(fix.at),
                                 time_text(clock_->now().wall - kFixAge), std::to_string(kMaxFixes)}));
}

Kept<std::vector<fix::LoggedFix>> RedisStorage::since(providers::WallTime time) {
  client_.begin();
  const auto reply = client_.call({"ZRANGEBYSCORE", kFixes, time_text(time), "+inf"});
  if (!reply) return tl::unexpected(reply.error());
  std::vector<fix::LoggedFix> fixes;
  for (const RedisReply& entry : reply->list) {
    const std::string_view member = entry.text;
    if (auto fix = parse_logged_fix(member.substr(0, member.rfind(' ')))) fixes.push_back(std::move(*fix));
  }
  return fixes;
}

}  // namespace autofix::store
