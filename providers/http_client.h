// The one HTTP client: sends one request, with every limit that a stranger's server makes necessary. No
// retries of what a server may have seen, no redirects, no idea of vendors. Only http_exchange includes
// httplib.h.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>

#include "providers/catalog.h"
#include "providers/clock.h"
#include "providers/http_message.h"
#include "providers/provider.h"

namespace autofix::providers {

/// Called with the number of body bytes that have come so far, in the thread that waits for the reply.
using OnBytes = std::function<void(std::size_t bytes)>;

/// Thread-safe. Keeps connections open between requests; a connection serves one request at a time.
class HttpClient {
 public:
  /// `ca_file`: extra roots for TLS; empty: the system's.
  explicit HttpClient(std::string ca_file);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// `base_url`: https, or http to a loopback host; with or without a path. The reply's body is at most 16
  /// MiB, its head at most 256 KiB. Every status is a reply; errors are kind connection, timeout, cancelled
  /// or malformed_reply (too large). A stop, the deadline and `timeouts.total` shut the socket down at once,
  /// even within a connect or a handshake; so do `timeouts.first_byte`, counted from when the request was
  /// sent, and `timeouts.idle` when the request asks for a stream.
  tl::expected<HttpReply, ProviderError> send(const std::string& base_url, const HttpRequest& request,
                                              const Timeouts& timeouts, std::stop_token stop,
                                              SteadyTime deadline, const OnBytes& on_bytes = {});

  /// Opens a connection ahead of need, by `HEAD /` of the origin without any credential, and keeps it for the
  /// next send(). Does nothing when one is open or being opened; waits for at most twice `timeouts.connect`,
  /// and never says whether it worked.
  void warm(const std::string& base_url, const Timeouts& timeouts, std::stop_token stop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The parts of a base URL; empty when it is none, or plain http to a host that is not loopback.
struct BaseUrl {
  std::string origin;  ///< `https://host:port`
  std::string host;
  std::string path;  ///< without a slash at its end
  bool tls = true;
};
std::optional<BaseUrl> parse_base_url(const std::string& url);

bool is_loopback_host(std::string_view host);

}  // namespace autofix::providers
