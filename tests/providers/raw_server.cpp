#include "tests/providers/raw_server.h"

#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace autofix::test {

bool RawConnection::read_request() {
  request.clear();
  std::array<char, 65536> chunk;
  for (;;) {
    const std::size_t head = request.find("\r\n\r\n");
    if (head != std::string::npos) {
      const std::size_t field = request.find("Content-Length: ");
      const std::size_t length =
          field < head ? std::strtoul(request.c_str() + field + 16, nullptr, 10) : std::size_t{0};
      if (request.size() >= head + 4 + length) return true;
    }
    const ssize_t count = recv(socket_, chunk.data(), chunk.size(), 0);
    if (count <= 0) return false;
    request.append(chunk.data(), static_cast<std::size_t>(count));
  }
}

bool RawConnection::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void RawConnection::wait_for_end() const {
  std::array<char, 4096> chunk;
  while (recv(socket_, chunk.data(), chunk.size(), 0) > 0) {
  }
}

void RawConnection::reset() const {
  const linger now{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

RawServer::RawServer(Script script) : script_(std::move(script)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no loopback port");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

RawServer::~RawServer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const auto& [socket, thread] : connections_) shutdown(socket, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& [socket, thread] : connections_) {
    thread.join();
    if (socket >= 0) close(socket);
  }
  close(listener_);
}

void RawServer::accept_all() {
  for (;;) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (ending_) {
      if (socket >= 0) close(socket);
      return;
    }
    if (socket < 0) continue;
    connections_.emplace(socket, std::thread([this, socket] {
                           RawConnection connection(socket);
                           script_(connection);
                           // The number stays taken until the end, so that it cannot mean another connection.
                           // A reset has to be a real close: an empty socket takes the place.
                           const int empty = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
                           dup3(empty, socket, O_CLOEXEC);
                           close(empty);
                         }));
  }
}

}  // namespace autofix::test
