#include "providers/http_exchange.h"

#include <algorithm>

#include "providers/error_text.h"
#include "providers/name_lookup.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxBodyBytes = std::size_t{16} << 20;
constexpr std::uint64_t kMaxHeadBytes = std::uint64_t{256} << 10;
/// Head, body and what frames its chunks.
constexpr std::uint64_t kMaxReplyBytes = std::uint64_t{32} << 20;

bool is_numeric_host(const std::string& host) {
  return host.find_first_not_of("0123456789.") == std::string::npos || host.find(':') != std::string::npos;
}

/// `15 s`, `0.4 s`
std::string seconds(Milliseconds time) {
  const auto tenths = time.count() / 100;
  std::string text = std::to_string(tenths / 10);
  if (tenths % 10 != 0) text += "." + std::to_string(tenths % 10);
  return text + " s";
}

}  // namespace

ProviderError failure(ErrorKind kind, Scope scope, std::string message) {
  ProviderError error;
  error.kind = kind;
  error.scope = scope;
  error.message = std::move(message);
  return error;
}

Connection::Connection(const BaseUrl& url, const std::string& ca_file)
    : origin(url.origin), client(url.origin) {
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

tl::expected<HttpReply, ProviderError> Exchange::run(Connection& connection, Watchdog& watchdog) {
  if (auto error = prepare(connection)) return tl::unexpected(std::move(*error));
  const int sockets_before = connection.socket.captured();
  httplib::Response response;
  httplib::Error error = httplib::Error::Unknown;
  bool ok = false;
  bool timed_out = false;
  std::string fault_text;
  {
    Watchdog::Watch watch(watchdog, connection.socket, end_);
    const std::stop_callback on_stop(stop_, [&] { connection.socket.shut_down(); });
    httplib::Request request = message(connection, watch);
    try {
      ok = connection.client.send(request, response, error);
    } catch (const std::exception& fault) {  // the library throws on some malformed headers
      fault_text = "the reply could not be read: " + shown_text(fault.what(), {});
    }
    timed_out = watch.fired() || std::chrono::steady_clock::now() >= end_;
  }
  if (stop_.stop_requested()) {
    return tl::unexpected(failure(ErrorKind::cancelled, Scope::request, "cancelled"));
  }
  if (too_large_ || connection.socket.has_overrun()) {
    return tl::unexpected(
        failure(ErrorKind::malformed_reply, Scope::provider,
                began_ ? "the reply is larger than 16 MiB" : "the reply's headers are larger than 256 KiB"));
  }
  if (!fault_text.empty()) {
    return tl::unexpected(failure(ErrorKind::connection, Scope::provider, std::move(fault_text)));
  }
  if (!ok) {
    if (timed_out) return tl::unexpected(too_late());
    const bool kept = sockets_before > 0 && connection.socket.captured() == sockets_before;
    stale_ = kept && !began_ && response.status == -1;
    return tl::unexpected(explain(error));
  }
  reply_.status = response.status;
  for (const auto& [name, value] : response.headers) reply_.headers.emplace_back(name, value);
  return std::move(reply_);
}

std::optional<ProviderError> Exchange::prepare(Connection& connection) {
  if (stop_.stop_requested()) return failure(ErrorKind::cancelled, Scope::request, "cancelled");
  if (!connection.resolved && !is_numeric_host(url_.host)) {
    auto addresses = look_up(url_.host, stop_, std::min(end_, begin_ + timeouts_.connect));
    if (!addresses) return std::move(addresses.error());
    connection.client.set_hostname_addr_map({{url_.host, addresses->front()}});
    connection.resolved = true;
  }
  connection.socket.rearm();
  connection.socket.allow(kMaxHeadBytes);
  const auto left = std::max<std::chrono::milliseconds>(
      1ms, std::chrono::duration_cast<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now()));
  connection.client.set_connection_timeout(std::min<std::chrono::milliseconds>(timeouts_.connect, left));
  // The watchdog ends the call; the library's own limits, rounded to less, must not come first.
  connection.client.set_read_timeout(left + 1s);
  connection.client.set_write_timeout(left + 1s);
  return std::nullopt;
}

httplib::Request Exchange::message(Connection& connection, Watchdog::Watch& watch) {
  httplib::Request message;
  message.method = request_.method;
  message.path = url_.path + request_.path;
  for (const auto& [name, value] : request_.headers) message.set_header(name, value);
  // Replies are small; a compressed one only makes room for a bomb.
  message.set_header("Accept-Encoding", "identity");
  message.set_header("User-Agent", "autofix");
  if (!request_.body.empty()) {
    // Not `body`: this way tells when the last byte has been handed over.
    message.content_length_ = request_.body.size();
    message.content_provider_ = [this, &watch](std::size_t offset, std::size_t length,
                                               httplib::DataSink& sink) {
      sink.write(request_.body.data() + offset, length);
      if (request_.stream) limit(watch, Limit::first_byte, timeouts_.first_byte);
      return true;
    };
  }
  message.response_handler = [this, &connection, &watch](const httplib::Response&) {
    began_ = true;
    connection.socket.allow(kMaxReplyBytes);
    if (request_.stream) limit(watch, Limit::idle, timeouts_.idle);
    return true;
  };
  message.content_receiver = [this, &watch](const char* bytes, std::size_t count, std::uint64_t,
                                            std::uint64_t) {
    if (reply_.body.size() + count > kMaxBodyBytes) {
      too_large_ = true;
      return false;
    }
    reply_.body.append(bytes, count);
    if (request_.stream) limit(watch, Limit::idle, timeouts_.idle);
    if (on_bytes_) on_bytes_(reply_.body.size());
    return true;
  };
  return message;
}

/// From now on this limit runs, unless the whole reply is due before it.
void Exchange::limit(Watchdog::Watch& watch, Limit kind, Milliseconds time) {
  const SteadyTime at = std::chrono::steady_clock::now() + time;
  limit_ = at < end_ ? kind : Limit::total;
  watch.move_to(std::min(at, end_));
}

ProviderError Exchange::too_late() const {
  std::string message;
  switch (limit_) {
    case Limit::first_byte:
      message = "no first byte within " + seconds(timeouts_.first_byte);
      break;
    case Limit::idle:
      message = "stalled for " + seconds(timeouts_.idle);
      break;
    case Limit::total:
      message = "no whole reply within " + seconds(std::chrono::duration_cast<Milliseconds>(end_ - begin_));
      break;
  }
  return failure(ErrorKind::timeout, Scope::provider, std::move(message));
}

/// Why the library's call failed, in the order of what is certain.
ProviderError Exchange::explain(httplib::Error error) const {
  const std::string& host = url_.host;
  const auto network = [](std::string message) {
    return failure(ErrorKind::connection, Scope::network, std::move(message));
  };
  switch (error) {
    case httplib::Error::Connection:
      return network("no connection to " + host);
    case httplib::Error::ConnectionTimeout:
      return network("connecting to " + host + " took too long");
    case httplib::Error::SSLConnection:
      return network("the TLS handshake with " + host + " failed");
    case httplib::Error::SSLLoadingCerts:
      return network("the roots for TLS could not be read");
    case httplib::Error::SSLServerVerification:
      return network("the certificate of " + host + " is not trusted");
    default:
      return failure(ErrorKind::connection, Scope::provider,
                     reply_.body.empty() ? host + " closed the connection without a reply"
                                         : host + " closed the connection within its reply");
  }
}

}  // namespace autofix::providers
