// A few pages for this machine's user and nobody else: on 127.0.0.1, behind a token, read only. What they
// show is handed in. Deliberately not a web framework, and never to be bound to another address.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

namespace autofix::dashboard {

/// 128 bits of the system's randomness, as 32 hexadecimal digits.
std::string new_token();

/// Answers on threads of its own from listen() until its end. Every request has to name a loopback host in
/// `Host` (any port: editors forward it), the same in `Origin` where there is one, and carry the token, in
/// the query of the page and its parts or as a bearer; else it gets 403 and nothing else. Methods other than
/// GET get 405.
class LoopbackServer {
 public:
  /// `figures` gives the JSON of `figures.json?since=SPAN`; empty for a span that cannot be read. Called on
  /// any thread.
  LoopbackServer(std::string token, std::function<std::string(const std::string& since)> figures);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  /// The port, chosen by the system for 0; or why not.
  tl::expected<int, std::string> listen(int port);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace autofix::dashboard
