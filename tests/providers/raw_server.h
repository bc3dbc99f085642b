// A server whose every byte the test decides: for replies that no vendor and no HTTP library would send.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace autofix::test {

/// One client's connection, as the script of a RawServer sees it.
class RawConnection {
 public:
  explicit RawConnection(int socket) : socket_(socket) {}
  /// Reads one whole request, head and body; false when the client is gone.
  bool read_request();
  /// False when the client, or this server, is gone.
  bool write(std::string_view bytes) const;
  /// Until the client or this server closes.
  void wait_for_end() const;
  /// The connection ends with RST.
  void reset() const;
  std::string request;

 private:
  int socket_;
};

/// Threads end and sockets close with the object.
class RawServer {
 public:
  using Script = std::function<void(RawConnection&)>;
  explicit RawServer(Script script);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }

 private:
  void accept_all();

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  bool ending_ = false;
  std::map<int, std::thread> connections_;  // by socket, which stay open until the end
  std::thread acceptor_;
};

}  // namespace autofix::test
