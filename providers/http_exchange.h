// One request and its reply on one connection, with every limit. The only header that includes httplib.h:
// http_client.cpp, which keeps the connections, is its one user.
#pragma once

#include <httplib.h>
#include <optional>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>

#include "providers/http_client.h"
#include "providers/watchdog.h"

namespace autofix::providers {

ProviderError failure(ErrorKind kind, Scope scope, std::string message);

/// A client of the library with the socket it uses. Serves one call at a time.
struct Connection {
  Connection(const BaseUrl& url, const std::string& ca_file);

  std::string origin;
  GuardedSocket socket;
  httplib::Client client;
  SteadyTime idle_since{};
  bool resolved = false;
};

class Exchange {
 public:
  /// Refers to its arguments. `end`: when the whole reply has to be there.
  Exchange(const BaseUrl& url, const HttpRequest& request, const Timeouts& timeouts,
           const std::stop_token& stop, SteadyTime begin, SteadyTime end, const OnBytes& on_bytes)
      : url_(url),
        request_(request),
        timeouts_(timeouts),
        stop_(stop),
        begin_(begin),
        end_(end),
        on_bytes_(on_bytes) {}

  tl::expected<HttpReply, ProviderError> run(Connection& connection, Watchdog& watchdog);

  /// After a failure: the connection was a kept one, and was closed before anything of a reply came.
  bool was_stale() const { return stale_; }

 private:
  enum class Limit { total, first_byte, idle };

  std::optional<ProviderError> prepare(Connection& connection);
  httplib::Request message(Connection& connection, Watchdog::Watch& watch);
  void limit(Watchdog::Watch& watch, Limit kind, Milliseconds time);
  ProviderError too_late() const;
  ProviderError explain(httplib::Error error) const;

  const BaseUrl& url_;
  const HttpRequest& request_;
  const Timeouts& timeouts_;
  const std::stop_token& stop_;
  const SteadyTime begin_;
  const SteadyTime end_;
  const OnBytes& on_bytes_;
  Limit limit_ = Limit::total;
  HttpReply reply_;
  bool began_ = false;  // the head of a reply came
  bool too_large_ = false;
  bool stale_ = false;
};

}  // namespace autofix::providers
