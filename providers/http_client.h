// The one HTTP client: sends one request, with every limit that a stranger's server makes necessary. No
// retries, no redirects, no idea of vendors. Only http_client.cpp includes httplib.h.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>

#include "providers/catalog.h"
#include "providers/clock.h"
#include "providers/http_message.h"
#include "providers/provider.h"

namespace autofix::providers {

/// Thread-safe. Keeps connections open between requests; a connection serves one request at a time.
class HttpClient {
 public:
  /// `ca_file`: extra roots for TLS; empty: the system's.
  explicit HttpClient(std::string ca_file);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// `base_url`: https, or http to a loopback host; with or without a path. The reply's body is at most 16
  /// MiB. Every status is a reply; errors are kind connection, timeout or cancelled. A stop, the deadline and
  /// `timeouts.total` shut the socket down at once, even within a connect or a handshake.
  tl::expected<HttpReply, ProviderError> send(const std::string& base_url, const HttpRequest& request,
                                              const Timeouts& timeouts, std::stop_token stop,
                                              SteadyTime deadline);

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
