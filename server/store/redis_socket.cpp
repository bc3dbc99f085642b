#include "server/store/redis_socket.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace autofix::store {
namespace {

tl::unexpected<NetFault> failed(int error) {
  return tl::unexpected(NetFault{false, std::strerror(error)});
}

tl::unexpected<NetFault> hung_up() {
  return tl::unexpected(NetFault{false, "the connection was closed"});
}

std::string tls_error() {
  const unsigned long code = ERR_get_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "TLS failed" : std::string("TLS failed: ") + reason;
}

struct AddressList {
  addrinfo* first = nullptr;
  ~AddressList() {
    if (first != nullptr) freeaddrinfo(first);
  }
};

}  // namespace

void RedisSocket::FreeTls::operator()(ssl_st* tls) const {
  SSL_free(tls);
}

tl::expected<void, NetFault> RedisSocket::wait(short events, Deadline deadline) const {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd source{descriptor_.get(), events, 0};
    const int ready = poll(&source, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) return {};
    if (ready == 0) return tl::unexpected(NetFault{true, "it did not answer in time"});
    if (errno != EINTR) return failed(errno);
  }
}

tl::expected<RedisSocket, NetFault> RedisSocket::connect_tcp(std::span<const std::string> addresses, int port,
                                                             Deadline deadline) {
  NetFault last{false, "its name has no address"};
  for (const std::string& address : addresses) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    AddressList list;
    if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &list.first) != 0) continue;
    RedisSocket made(
        fix::Descriptor(socket(list.first->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)));
    if (!made.descriptor_) return failed(errno);
    const int descriptor = made.descriptor_.get();
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int error = connect(descriptor, list.first->ai_addr, list.first->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      if (const auto ready = made.wait(POLLOUT, deadline); !ready) return tl::unexpected(ready.error());
      socklen_t length = sizeof error;
      if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
    }
    if (error == 0) return made;
    last = {false, std::strerror(error)};
  }
  return tl::unexpected(last);
}

tl::expected<RedisSocket, NetFault> RedisSocket::connect_unix(const std::string& path, Deadline deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failed(ENAMETOOLONG);
  std::copy(path.begin(), path.end(), address.sun_path);
  RedisSocket made(fix::Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)));
  if (!made.descriptor_) return failed(errno);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);  // as the sockets' interface wants it
  while (connect(made.descriptor_.get(), generic, sizeof address) != 0) {
    // A full backlog of a unix socket is EAGAIN, and there is nothing to poll for.
    if (errno != EAGAIN && errno != EINTR) return failed(errno);
    if (std::chrono::steady_clock::now() >= deadline) {
      return tl::unexpected(NetFault{true, "it did not answer in time"});
    }
    poll(nullptr, 0, 5);
  }
  return made;
}

tl::expected<void, NetFault> RedisSocket::start_tls(const TlsOptions& options, Deadline deadline) {
  ERR_clear_error();
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context) return tl::unexpected(NetFault{false, tls_error()});
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const int trusted = options.ca_file.empty()
                          ? SSL_CTX_set_default_verify_paths(context.get())
                          : SSL_CTX_load_verify_locations(context.get(), options.ca_file.c_str(), nullptr);
  if (trusted != 1) {
    return tl::unexpected(NetFault{false, "the file of trusted authorities cannot be read"});
  }
  tls_.reset(SSL_new(context.get()));
  if (!tls_) return tl::unexpected(NetFault{false, tls_error()});
  X509_VERIFY_PARAM* check = SSL_get0_param(tls_.get());
  const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(check, options.host.c_str()) == 1;
  if (!is_address && (SSL_set1_host(tls_.get(), options.host.c_str()) != 1 ||
                      SSL_set_tlsext_host_name(tls_.get(), options.host.c_str()) != 1)) {
    return tl::unexpected(NetFault{false, "TLS cannot check its name"});
  }
  SSL_set_fd(tls_.get(), descriptor_.get());
  while (true) {
    ERR_clear_error();
    const int result = SSL_connect(tls_.get());
    if (result == 1) return {};
    if (const long verdict = SSL_get_verify_result(tls_.get()); verdict != X509_V_OK) {
      return tl::unexpected(NetFault{false, std::string("its certificate is not trusted (") +
                                                X509_verify_cert_error_string(verdict) + ")"});
    }
    if (const auto ready = wait_for_tls(result, deadline); !ready) return ready;
  }
}

tl::expected<void, NetFault> RedisSocket::wait_for_tls(int result, Deadline deadline) {
  const int error = errno;
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return wait(POLLIN, deadline);
    case SSL_ERROR_WANT_WRITE:
      return wait(POLLOUT, deadline);
    case SSL_ERROR_ZERO_RETURN:
      return hung_up();
    case SSL_ERROR_SYSCALL:
      if (error != 0) return failed(error);
      return hung_up();
    default:
      return tl::unexpected(NetFault{false, tls_error()});
  }
}

tl::expected<void, NetFault> RedisSocket::send_all(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    tl::expected<void, NetFault> ready;
    std::size_t sent = 0;
    if (tls_) {
      ERR_clear_error();
      const int result = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &sent);
      if (result != 1) ready = wait_for_tls(result, deadline);
    } else {
      const ssize_t count = send(descriptor_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0 && errno != EAGAIN && errno != EINTR) return failed(errno);
      if (count < 0) {
        ready = wait(POLLOUT, deadline);
      } else {
        sent = static_cast<std::size_t>(count);
      }
    }
    if (!ready) return ready;
    bytes.remove_prefix(sent);
  }
  return {};
}

tl::expected<std::size_t, NetFault> RedisSocket::receive(std::span<char> into, Deadline deadline) {
  while (true) {
    tl::expected<void, NetFault> ready;
    if (tls_) {
      ERR_clear_error();
      std::size_t count = 0;
      const int result = SSL_read_ex(tls_.get(), into.data(), into.size(), &count);
      if (result == 1) return count;
      ready = wait_for_tls(result, deadline);
    } else {
      const ssize_t count = recv(descriptor_.get(), into.data(), into.size(), 0);
      if (count > 0) return static_cast<std::size_t>(count);
      if (count == 0) return hung_up();
      if (errno != EAGAIN && errno != EINTR) return failed(errno);
      ready = wait(POLLIN, deadline);
    }
    if (!ready) return tl::unexpected(ready.error());
  }
}

bool RedisSocket::is_closed() const {
  char byte = 0;
  const ssize_t count = recv(descriptor_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
}

}  // namespace autofix::store
