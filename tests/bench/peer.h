// A blocking LSP client of a child process: just enough to time it from outside.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/types.h>
#include <vector>

namespace autofix::bench {

/// The child's environment is empty but for PATH, HOME and what is given.
class Peer {
 public:
  Peer(const std::string& binary, const std::vector<std::string>& environment);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void notify(const std::string& method, nlohmann::json params);
  /// Sends and returns the id.
  int send(const std::string& method, nlohmann::json params);
  /// Reads until `wanted` says yes; answers the server's own requests with null meanwhile.
  nlohmann::json wait(const std::function<bool(const nlohmann::json&)>& wanted);
  /// The result of a request.
  nlohmann::json request(const std::string& method, nlohmann::json params);
  void answer(const nlohmann::json& request, nlohmann::json result);
  /// initialize and initialized, for a folder.
  void initialize(const std::string& root_uri);

  /// Resident memory in MB, as /proc says.
  double resident_megabytes() const;

 private:
  void write(const nlohmann::json& message);
  nlohmann::json read();

  pid_t pid_ = -1;
  int to_child_ = -1;
  int from_child_ = -1;
  int next_id_ = 1;
  std::string buffer_;
};

}  // namespace autofix::bench
