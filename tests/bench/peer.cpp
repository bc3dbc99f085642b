#include "tests/bench/peer.h"

#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/spawn.h"

namespace autofix::bench {

Peer::Peer(const std::string& binary, const std::vector<std::string>& environment) {
  const Spawned child = spawn_with_pipes({binary, "--stdio"}, environment);
  pid_ = child.pid;
  to_child_ = child.to_child;
  from_child_ = child.from_child;
}

Peer::~Peer() {
  close(to_child_);  // the end of input ends the server
  close(from_child_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

void Peer::write(const nlohmann::json& message) {
  const std::string body = message.dump();
  const std::string frame = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  for (std::size_t done = 0; done < frame.size();) {
    const ssize_t count = ::write(to_child_, frame.data() + done, frame.size() - done);
    if (count <= 0) throw std::runtime_error("the server closed its input");
    done += static_cast<std::size_t>(count);
  }
}

nlohmann::json Peer::read() {
  const std::string marker = "\r\n\r\n";
  while (true) {
    if (const std::size_t end = buffer_.find(marker); end != std::string::npos) {
      const std::size_t at = buffer_.find("Content-Length: ");
      const std::size_t length = std::stoul(buffer_.substr(at + 16));
      if (buffer_.size() >= end + marker.size() + length) {
        nlohmann::json message = nlohmann::json::parse(buffer_.substr(end + marker.size(), length));
        buffer_.erase(0, end + marker.size() + length);
        return message;
      }
    }
    char chunk[65536];
    const ssize_t count = ::read(from_child_, chunk, sizeof chunk);
    if (count <= 0) throw std::runtime_error("the server closed its output");
    buffer_.append(chunk, static_cast<std::size_t>(count));
  }
}

void Peer::notify(const std::string& method, nlohmann::json params) {
  write({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
}

int Peer::send(const std::string& method, nlohmann::json params) {
  const int id = next_id_++;
  write({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}});
  return id;
}

nlohmann::json Peer::wait(const std::function<bool(const nlohmann::json&)>& wanted) {
  while (true) {
    nlohmann::json message = read();
    if (wanted(message)) return message;
    if (message.contains("method") && message.contains("id")) answer(message, nullptr);
  }
}

nlohmann::json Peer::request(const std::string& method, nlohmann::json params) {
  const int id = send(method, std::move(params));
  return wait([&](const nlohmann::json& message) {
    return !message.contains("method") && message.value("id", nlohmann::json()) == id;
  })["result"];
}

void Peer::answer(const nlohmann::json& request, nlohmann::json result) {
  write({{"jsonrpc", "2.0"}, {"id", request["id"]}, {"result", std::move(result)}});
}

void Peer::initialize(const std::string& root_uri) {
  request("initialize",
          {{"processId", nullptr},
           {"rootUri", root_uri},
           {"workspaceFolders", {{{"uri", root_uri}, {"name", "bench"}}}},
           {"capabilities",
            {{"textDocument",
              {{"codeAction",
                {{"codeActionLiteralSupport", {{"codeActionKind", {{"valueSet", {"quickfix"}}}}}}}}}},
             {"workspace",
              {{"applyEdit", true},
               {"workspaceEdit", {{"documentChanges", true}, {"resourceOperations", {"create"}}}}}}}}});
  notify("initialized", nlohmann::json::object());
}

double Peer::resident_megabytes() const {
  return bench::resident_megabytes(pid_);
}

}  // namespace autofix::bench
