#include "server/store/store_url.h"

#include <charconv>
#include <optional>

namespace autofix::store {
namespace {

constexpr std::string_view kVariable = "env:";

/// Cuts `prefix` off.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<int> number(std::string_view text, int most, int base = 10) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > most)
    return std::nullopt;
  return value;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte =
        text[at] == '%' && at + 2 < text.size() ? number(text.substr(at + 1, 2), 255, 16) : std::nullopt;
    decoded += byte ? static_cast<char>(*byte) : text[at];
    if (byte) at += 2;
  }
  return decoded;
}

void read_login(std::string_view login, RedisEndpoint& endpoint) {
  std::string_view password = login;
  if (!login.starts_with(kVariable)) {
    const std::size_t colon = login.find(':');
    endpoint.user = percent_decoded(login.substr(0, colon));
    password = colon == std::string_view::npos ? std::string_view() : login.substr(colon + 1);
  }
  if (take(password, kVariable)) {
    endpoint.password_variable = password;
  } else {
    endpoint.password = percent_decoded(password);
  }
}

bool read_address(std::string_view address, RedisEndpoint& endpoint) {
  std::size_t end = address.find(':');
  if (take(address, "[")) {
    end = address.find(']');
    if (end == std::string_view::npos) return false;
    endpoint.host = address.substr(0, end);
    address.remove_prefix(end + 1);
    end = 0;
  } else if (const std::string_view host = address.substr(0, end); !host.empty()) {
    endpoint.host = host;
  }
  address.remove_prefix(std::min(end, address.size()));
  if (address.empty()) return true;
  const auto port = take(address, ":") ? number(address, 65'535) : std::nullopt;
  if (!port || *port == 0) return false;
  endpoint.port = *port;
  return true;
}

tl::expected<StoreUrl, std::string> parse_redis(std::string_view rest, bool tls) {
  StoreUrl url;
  url.kind = StoreUrl::Kind::redis;
  url.redis.tls = tls;
  const std::size_t slash = rest.find('/', rest.rfind('@') == std::string_view::npos ? 0 : rest.rfind('@'));
  std::string_view authority = rest.substr(0, slash);
  const std::string_view database = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    read_login(authority.substr(0, at), url.redis);
    authority.remove_prefix(at + 1);
  }
  if (!read_address(authority, url.redis))
    return tl::unexpected<std::string>("its host or port is not understood");
  if (!database.empty()) {
    const auto index = number(database, 1'000'000);
    if (!index) return tl::unexpected<std::string>("what follows its host is no database number");
    url.redis.database = *index;
  }
  return url;
}

tl::expected<StoreUrl, std::string> parse_redis_socket(std::string_view rest) {
  StoreUrl url;
  url.kind = StoreUrl::Kind::redis;
  take(rest, "//");
  const std::size_t question = rest.find('?');
  if (question != std::string_view::npos) {
    std::string_view query = rest.substr(question + 1);
    const auto index = take(query, "db=") ? number(query, 1'000'000) : std::nullopt;
    if (!index) return tl::unexpected<std::string>("what follows its `?` is not `db=NUMBER`");
    url.redis.database = *index;
  }
  std::string_view path = rest.substr(0, question);
  if (const std::size_t at = path.rfind("@/"); at != std::string_view::npos) {
    read_login(path.substr(0, at), url.redis);
    path.remove_prefix(at + 1);
  }
  url.redis.socket_path = percent_decoded(path);
  if (!url.redis.socket_path.starts_with('/')) {
    return tl::unexpected<std::string>("the path of its socket is not absolute");
  }
  return url;
}

}  // namespace

std::string RedisEndpoint::name() const {
  if (!socket_path.empty()) return socket_path;
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

tl::expected<StoreUrl, std::string> parse_store_url(std::string_view url) {
  if (take(url, "redis://")) return parse_redis(url, false);
  if (take(url, "rediss://")) return parse_redis(url, true);
  if (take(url, "redis+unix:")) return parse_redis_socket(url);
  StoreUrl found;
  if (url == "memory:") {
    found.kind = StoreUrl::Kind::memory;
    return found;
  }
  if (!take(url, "sqlite:")) {
    return tl::unexpected<std::string>("it does not begin with sqlite:, redis://, rediss:// or redis+unix:");
  }
  take(url, "//");
  if (url.empty()) return found;
  found.file = std::string(url);
  if (!found.file.is_absolute() || !found.file.has_filename()) {
    return tl::unexpected<std::string>("what follows its sqlite: is no absolute path of a file");
  }
  return found;
}

}  // namespace autofix::store
