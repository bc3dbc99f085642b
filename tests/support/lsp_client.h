// A headless editor: speaks LSP with the real binary over its pipes, keeps documents, applies edits as
// strictly as VS Code does (versions checked, all or nothing), and remembers what the server said.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "protocol/framing.h"
#include "protocol/json_rpc.h"
#include "server/text/position.h"
#include "tests/support/child_process.h"

namespace autofix::test {

using Json = nlohmann::json;

struct EditorDocument {
  std::int64_t version = 1;
  std::string text;
};

class LspClient {
 public:
  LspClient(std::map<std::string, std::string> environment, std::filesystem::path folder);

  /// With a client like VS Code's; `change` may alter the parameters before they are sent.
  Json initialize(const std::function<void(Json&)>& change = {});

  protocol::Json send_request(const std::string& method, Json params);
  /// Throws when no answer comes within 30 s.
  protocol::Outcome wait_reply(const Json& id);
  protocol::Outcome call(const std::string& method, Json params) {
    return wait_reply(send_request(method, std::move(params)));
  }
  /// The result; throws on an error.
  Json request(const std::string& method, Json params);
  void notify(const std::string& method, Json params);
  void send_bytes(const std::string& bytes);

  /// Of a file of the folder; what is a URI already stays one.
  std::string uri(const std::string& path) const;
  void open(const std::string& path, const std::string& text, const std::string& language = "python");
  /// Replaces the whole text, as typing would.
  void type(const std::string& path, const std::string& text);
  /// Replaces a range, given in the negotiated encoding.
  void type_over(const std::string& path, const Json& range, const std::string& text);
  void close(const std::string& path);
  const EditorDocument& document(const std::string& path);
  const std::map<std::string, EditorDocument>& documents() const { return documents_; }  ///< by uri
  /// As strictly as VS Code does for workspace/applyEdit.
  bool apply(const Json& edit);

  /// Reads what the server says until `done`, at most 30 s; false when the time is over.
  bool pump(const std::function<bool()>& done, std::chrono::milliseconds time = std::chrono::seconds(30));

  /// shutdown and exit; the exit code.
  int shut_down();

  ChildProcess& process() { return process_; }
  std::string log() const { return temp_.read("stderr"); }
  const std::string& received() const { return received_; }  ///< every byte of the server's output

  std::vector<Json> notifications;            ///< every notification of the server, in order
  std::vector<Json> replies_without_request;  ///< with id null
  std::vector<Json> asked;                    ///< every request of the server, in order
  std::size_t edits_asked = 0;                ///< workspace/applyEdit requests
  bool refuse_edits = false;
  bool ignore_edits = false;  ///< says that it has applied them
  bool refuse_registrations = false;
  std::string message_answer;    ///< title to choose in showMessageRequest; empty: none
  Json configuration = nullptr;  ///< the answer to workspace/configuration

 private:
  void take(const std::string& body);
  Json answer(const std::string& method, const Json& params);
  text::PositionEncoding encoding_ = text::PositionEncoding::utf16;

  TempFolder temp_;
  std::filesystem::path folder_;
  ChildProcess process_;
  protocol::FrameReader frames_;
  std::string received_;
  int next_id_ = 1;
  std::map<std::string, protocol::Outcome> replies_;  // by dumped id
  std::map<std::string, EditorDocument> documents_;   // by uri
};

/// The code of an answer that is an error.
inline int code_of(const protocol::Outcome& outcome) {
  return static_cast<int>(outcome.error().code);
}

}  // namespace autofix::test
