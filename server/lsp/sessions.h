// What became of each fix, told to the client as autofix/session: analyzing, asking, verifying, then
// awaiting_verification until the next diagnostics or test results of its problems settle it. Used on the
// reader thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/json_rpc.h"
#include "providers/clock.h"
#include "server/fix/fix_request.h"
#include "server/fix/fix_result.h"

namespace autofix::lsp {

class Sessions {
 public:
  using Notify = std::function<void(const protocol::Json& params)>;
  Sessions(Notify notify, const providers::Clock& clock) : notify_(std::move(notify)), clock_(clock) {}

  /// `uri_of` gives a problem's path as the client knows it.
  void begin(const std::string& id, const std::vector<problems::Problem>& problems,
             const std::function<std::string(std::string_view path)>& uri_of);
  void step(const std::string& id, const fix::Progress& progress);
  void end(const std::string& id, const fix::FixResult& result);

  /// The whole set of a document's diagnostics. `version` is the document's where the client said it.
  void diagnostics(const std::string& uri, std::optional<std::int64_t> version,
                   const std::set<std::string>& messages);
  /// From which version on a document's diagnostics speak of the fixed text.
  void applied(const std::string& id, const std::string& uri, std::int64_t version);
  /// `passed` is empty where the runner does not say: then what does not fail has passed. `written`: when the
  /// report was; one from before the fix was applied says nothing about it.
  void test_results(const std::set<std::string>& failed, const std::optional<std::set<std::string>>& passed,
                    std::optional<providers::WallTime> written);

  /// A problem that has been there again since the fix.
  struct StillThere {
    std::string uri;
    std::string message;
    std::string test;  ///< name; empty for a diagnostic
  };
  std::vector<StillThere> still_there(const std::string& id) const;

  protocol::Json to_json() const;

 private:
  struct Open {
    std::string uri;
    std::string message;
    std::string test;  ///< name; empty for a diagnostic
    enum class Now { unknown, gone, there } now = Now::unknown;
  };
  struct Session {
    std::string state;
    std::string link;
    std::string summary;
    std::vector<Open> problems;
    std::map<std::string, std::int64_t> from_version;
    providers::WallTime ended;
    std::uint64_t number = 0;
  };
  void enter(const std::string& id, Session& session, std::string state);
  void settle(const std::string& id, Session& session);
  static bool is_settling(const Session& session);

  Notify notify_;
  const providers::Clock& clock_;
  std::map<std::string, Session> sessions_;
  std::uint64_t begun_ = 0;
};

}  // namespace autofix::lsp
