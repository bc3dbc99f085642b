#include "providers/http_client.h"

#include <algorithm>
#include <httplib.h>
#include <list>
#include <mutex>

#include "providers/error_text.h"
#include "providers/name_lookup.h"
#include "providers/watchdog.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxBodyBytes = std::size_t{16} << 20;
constexpr std::size_t kMostIdle = 4;
constexpr auto kLongestIdle = 50s;  // servers close idle connections after a minute or so

ProviderError failure(ErrorKind kind, Scope scope, std::string message) {
  ProviderError error;
  error.kind = kind;
  error.scope = scope;
  error.message = std::move(message);
  return error;
}

bool is_numeric_host(const std::string& host) {
  return host.find_first_not_of("0123456789.") == std::string::npos || host.find(':') != std::string::npos;
}

/// A client of the library with the socket it uses. Serves one call at a time.
struct Connection {
  Connection(const BaseUrl& url, const std::string& ca_file) : origin(url.origin), client(url.origin) {
    client.set_keep_alive(true);
    client.set_tcp_nodelay(true);
    client.set_follow_location(false);
    client.set_decompress(true);
    if (url.tls) {
      client.enable_server_certificate_verification(true);
      if (!ca_file.empty()) client.set_ca_cert_path(ca_file);
    }
    client.set_socket_options([this](socket_t descriptor) { socket.capture(descriptor); });
  }

  std::string origin;
  GuardedSocket socket;
  httplib::Client client;
  SteadyTime idle_since{};
  bool resolved = false;
};

/// Why the library's call failed, in the order of what is certain.
ProviderError explain(httplib::Error error, bool body_began, const std::string& host) {
  switch (error) {
    case httplib::Error::Connection:
      return failure(ErrorKind::connection, Scope::network, "no connection to " + host);
    case httplib::Error::ConnectionTimeout:
      return failure(ErrorKind::connection, Scope::network, "connecting to " + host + " took too long");
    case httplib::Error::SSLConnection:
      return failure(ErrorKind::connection, Scope::network, "the TLS handshake with " + host + " failed");
    case httplib::Error::SSLLoadingCerts:
      return failure(ErrorKind::connection, Scope::network, "the roots for TLS could not be read");
    case httplib::Error::SSLServerVerification:
      return failure(ErrorKind::connection, Scope::network, "the certificate of " + host + " is not trusted");
    default:
      return failure(ErrorKind::connection, Scope::provider,
                     body_began ? host + " closed the connection within its reply"
                                : host + " closed the connection without a reply");
  }
}

}  // namespace

struct HttpClient::Impl {
  std::string ca_file;
  std::mutex mutex;
  std::list<std::unique_ptr<Connection>> idle;
  Watchdog watchdog;

  std::unique_ptr<Connection> take(const BaseUrl& url) {
    const SteadyTime now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex);
    idle.remove_if([&](const auto& connection) { return now - connection->idle_since > kLongestIdle; });
    const auto known = std::ranges::find_if(idle, [&](const auto& c) { return c->origin == url.origin; });
    if (known == idle.end()) return std::make_unique<Connection>(url, ca_file);
    std::unique_ptr<Connection> connection = std::move(*known);
    idle.erase(known);
    return connection;
  }

  void keep(std::unique_ptr<Connection> connection) {
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
                                                        std::stop_token stop, SteadyTime deadline) {
  const std::optional<BaseUrl> url = parse_base_url(base_url);
  if (!url) {
    return tl::unexpected(failure(ErrorKind::bad_request, Scope::request,
                                  "the base URL is not https (or http to a loopback host)"));
  }
  const SteadyTime begin = std::chrono::steady_clock::now();
  const SteadyTime end = std::min(deadline, begin + timeouts.total);
  if (stop.stop_requested())
    return tl::unexpected(failure(ErrorKind::cancelled, Scope::request, "cancelled"));

  std::unique_ptr<Connection> connection = impl_->take(*url);
  if (!connection->resolved && !is_numeric_host(url->host)) {
    auto addresses = look_up(url->host, stop, std::min(end, begin + timeouts.connect));
    if (!addresses) return tl::unexpected(std::move(addresses.error()));
    connection->client.set_hostname_addr_map({{url->host, addresses->front()}});
    connection->resolved = true;
  }
  connection->socket.rearm();
  const auto left = std::max<std::chrono::milliseconds>(
      1ms, std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()));
  connection->client.set_connection_timeout(std::min<std::chrono::milliseconds>(timeouts.connect, left));
  // The watchdog ends the call; the library's own limits, rounded to less, must not come first.
  connection->client.set_read_timeout(left + 1s);
  connection->client.set_write_timeout(left + 1s);

  HttpReply reply;
  bool too_large = false;
  httplib::Request message;
  message.method = request.method;
  message.path = url->path + request.path;
  for (const auto& [name, value] : request.headers) message.set_header(name, value);
  // Replies are small; a compressed one only makes room for a bomb.
  message.set_header("Accept-Encoding", "identity");
  message.set_header("User-Agent", "autofix");
  message.body = request.body;
  message.content_receiver = [&](const char* bytes, std::size_t count, std::uint64_t, std::uint64_t) {
    if (reply.body.size() + count > kMaxBodyBytes) {
      too_large = true;
      return false;
    }
    reply.body.append(bytes, count);
    return true;
  };

  httplib::Response response;
  httplib::Error error = httplib::Error::Unknown;
  bool ok = false;
  {
    const Watchdog::Watch watch(impl_->watchdog, connection->socket, end);
    const std::stop_callback on_stop(stop, [&] { connection->socket.shut_down(); });
    try {
      ok = connection->client.send(message, response, error);
    } catch (const std::exception& fault) {  // the library throws on some malformed headers
      return tl::unexpected(failure(ErrorKind::connection, Scope::provider,
                                    "the reply could not be read: " + shown_text(fault.what(), {})));
    }
  }
  if (stop.stop_requested())
    return tl::unexpected(failure(ErrorKind::cancelled, Scope::request, "cancelled"));
  if (too_large) {
    return tl::unexpected(
        failure(ErrorKind::malformed_reply, Scope::provider, "the reply is larger than 16 MiB"));
  }
  if (!ok) {
    if (std::chrono::steady_clock::now() >= end) {
      const auto waited = std::chrono::duration_cast<Milliseconds>(end - begin);
      return tl::unexpected(failure(ErrorKind::timeout, Scope::provider,
                                    "no whole reply within " + std::to_string(waited.count() / 1000) + "." +
                                        std::to_string(waited.count() / 100 % 10) + " s"));
    }
    return tl::unexpected(explain(error, !reply.body.empty(), url->host));
  }
  reply.status = response.status;
  for (const auto& [name, value] : response.headers) reply.headers.emplace_back(name, value);
  if (!equal_ignoring_case(header_value(reply.headers, "connection"), "close") &&
      !connection->socket.is_shut_down()) {
    impl_->keep(std::move(connection));
  }
  return reply;
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
