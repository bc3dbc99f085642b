// One connection to a server: TCP, unix socket or TLS, every call with a deadline. Bytes only; knows nothing
// of Redis. hiredis' own sockets are not used: Debian's has no TLS, and their time-outs are per system call.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "providers/clock.h"
#include "server/fix/beneath.h"

struct ssl_st;

namespace autofix::store {

struct NetFault {
  bool timed_out = false;
  std::string message;  ///< why, fit to follow `: `
};

struct TlsOptions {
  std::string host;     ///< the certificate must be for it
  std::string ca_file;  ///< PEM; empty: the system's authorities
};

/// Deadlines are of the real steady clock: sockets know no other.
class RedisSocket {
 public:
  using Deadline = providers::SteadyTime;

  static tl::expected<RedisSocket, NetFault> connect_tcp(std::span<const std::string> addresses, int port,
                                                         Deadline deadline);
  static tl::expected<RedisSocket, NetFault> connect_unix(const std::string& path, Deadline deadline);
  tl::expected<void, NetFault> start_tls(const TlsOptions& options, Deadline deadline);

  tl::expected<void, NetFault> send_all(std::string_view bytes, Deadline deadline);
  /// At least one byte.
  tl::expected<std::size_t, NetFault> receive(std::span<char> into, Deadline deadline);
  /// The peer has hung up while nobody was reading.
  bool is_closed() const;

 private:
  explicit RedisSocket(fix::Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  tl::expected<void, NetFault> wait(short events, Deadline deadline) const;
  /// Waits for what TLS wants after a call that returned `result`.
  tl::expected<void, NetFault> wait_for_tls(int result, Deadline deadline);

  struct FreeTls {
    void operator()(ssl_st* tls) const;
  };
  fix::Descriptor descriptor_;
  std::unique_ptr<ssl_st, FreeTls> tls_;
};

}  // namespace autofix::store
