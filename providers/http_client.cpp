#include "providers/http_client.h"

#include <algorithm>
#include <list>
#include <mutex>
#include <set>

#include "providers/http_exchange.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostIdle = 4;
constexpr auto kLongestIdle = 50s;  // servers close idle connections after a minute or so

}  // namespace

struct HttpClient::Impl {
  std::string ca_file;
  std::mutex mutex;
  std::list<std::unique_ptr<Connection>> idle;
  std::set<std::string> warming;  // origins
  Watchdog watchdog;

  /// Under the lock.
  auto find_idle(const std::string& origin) {
    const SteadyTime now = std::chrono::steady_clock::now();
    idle.remove_if([&](const auto& connection) { return now - connection->idle_since > kLongestIdle; });
    return std::ranges::find_if(idle, [&](const auto& connection) { return connection->origin == origin; });
  }

  std::unique_ptr<Connection> take(const BaseUrl& url) {
    const std::lock_guard lock(mutex);
    const auto known = find_idle(url.origin);
    if (known == idle.end()) return std::make_unique<Connection>(url, ca_file);
    std::unique_ptr<Connection> connection = std::move(*known);
    idle.erase(known);
    return connection;
  }

  void keep_if_open(std::unique_ptr<Connection> connection, const HttpReply& reply) {
    if (equal_ignoring_case(header_value(reply.headers, "connection"), "close")) return;
    if (connection->socket.is_shut_down()) return;
    connection->idle_since = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex);
    idle.push_front(std::move(connection));
    if (idle.size() > kMostIdle) idle.pop_back();
  }
};

HttpClient::HttpClient(std::string ca_file) : impl_(std::make_unique<Impl>()) {
  impl_->ca_file = std::move(ca_file);
}

HttpClient::~HttpClient() = default;

tl::expected<HttpReply, ProviderError> HttpClient::send(const std::string& base_url,
                                                        const HttpRequest& request, const Timeouts& timeouts,
                                                        std::stop_token stop, SteadyTime deadline,
                                                        const OnBytes& on_bytes) {
  const std::optional<BaseUrl> url = parse_base_url(base_url);
  if (!url) {
    return tl::unexpected(failure(ErrorKind::bad_request, Scope::request,
                                  "the base URL is not https (or http to a loopback host)"));
  }
  const SteadyTime begin = std::chrono::steady_clock::now();
  const SteadyTime end = std::min(deadline, begin + timeouts.total);
  std::unique_ptr<Connection> connection = impl_->take(*url);
  Exchange first(*url, request, timeouts, stop, begin, end, on_bytes);
  auto reply = first.run(*connection, impl_->watchdog);
  if (!reply && first.was_stale()) {
    // The server closed the kept connection while the request was on its way: nothing was refused yet.
    connection = std::make_unique<Connection>(*url, impl_->ca_file);
    reply = Exchange(*url, request, timeouts, stop, begin, end, on_bytes).run(*connection, impl_->watchdog);
  }
  if (reply) impl_->keep_if_open(std::move(connection), *reply);
  return reply;
}

void HttpClient::warm(const std::string& base_url, const Timeouts& timeouts, std::stop_token stop) {
  std::optional<BaseUrl> url = parse_base_url(base_url);
  if (!url) return;
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->find_idle(url->origin) != impl_->idle.end()) return;
    if (!impl_->warming.insert(url->origin).second) return;
  }
  url->path.clear();
  HttpRequest request;
  request.method = "HEAD";
  request.path = "/";
  const SteadyTime begin = std::chrono::steady_clock::now();
  // Once for the connection and once for the short reply.
  const SteadyTime end = begin + 2 * timeouts.connect;
  auto connection = std::make_unique<Connection>(*url, impl_->ca_file);
  const auto reply =
      Exchange(*url, request, timeouts, stop, begin, end, {}).run(*connection, impl_->watchdog);
  if (reply) impl_->keep_if_open(std::move(connection), *reply);
  const std::lock_guard lock(impl_->mutex);
  impl_->warming.erase(url->origin);
}

std::optional<BaseUrl> parse_base_url(const std::string& url) {
  BaseUrl parts;
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    parts.tls = false;
  } else {
    return {};
  }
  const std::size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  if (slash != std::string_view::npos) parts.path = rest.substr(slash);
  while (parts.path.ends_with('/')) parts.path.pop_back();
  // Names and passwords in URLs end up in logs.
  if (authority.empty() || authority.find('@') != std::string_view::npos) return {};
  if (url.find_first_of("?# \t\r\n") != std::string::npos) return {};
  parts.origin = std::string(parts.tls ? "https://" : "http://") + std::string(authority);
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return {};
    parts.host = authority.substr(1, close - 1);
  } else {
    parts.host = authority.substr(0, authority.find(':'));
  }
  if (!parts.tls && !is_loopback_host(parts.host)) return {};
  return parts;
}

bool is_loopback_host(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  // 127.0.0.0/8, and nothing that merely begins so (127.example.com).
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace autofix::providers
