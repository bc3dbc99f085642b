#include "server/lsp/sessions.h"

#include <algorithm>

namespace autofix::lsp {
namespace {

using protocol::Json;

constexpr std::size_t kMostSessions = 50;
/// File systems take their times from a clock that is behind by up to a tick of the system's.
constexpr std::chrono::milliseconds kTick{10};

}  // namespace

void Sessions::begin(const std::string& id, const std::vector<problems::Problem>& problems,
                     const std::function<std::string(std::string_view path)>& uri_of) {
  if (sessions_.size() >= kMostSessions) {
    const auto oldest =
        std::ranges::min_element(sessions_, {}, [](const auto& entry) { return entry.second.number; });
    sessions_.erase(oldest);
  }
  Session& session = sessions_[id];
  session.number = ++begun_;
  for (const problems::Problem& problem : problems) {
    Open open;
    open.uri = problem.path.empty() ? "" : uri_of(problem.path);
    open.message = problem.message;
    if (problem.test) open.test = problem.test->name;
    session.problems.push_back(std::move(open));
  }
  enter(id, session, "analyzing");
}

void Sessions::step(const std::string& id, const fix::Progress& progress) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  Session& session = found->second;
  switch (progress.step) {
    case fix::Progress::Step::collecting:
    case fix::Progress::Step::checking:
      return;
    case fix::Progress::Step::asking:
      if (session.state == "asking" && session.link == progress.link) return;
      session.link = progress.link;
      return enter(id, session, "asking");
    case fix::Progress::Step::verifying:
      if (session.state != "verifying") enter(id, session, "verifying");
  }
}

void Sessions::end(const std::string& id, const fix::FixResult& result) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  Session& session = found->second;
  session.link = result.link;
  session.ended = clock_.now().wall;
  // What the fix would have done is not what happened.
  session.summary = result.summary.empty() || result.applied == false ? result.message : result.summary;
  if (result.status == fix::Status::cancelled) return enter(id, session, "cancelled");
  if (!result.patch || result.applied == false) return enter(id, session, "failed");
  enter(id, session, result.status == fix::Status::verified ? "verified" : "awaiting_verification");
}

void Sessions::applied(const std::string& id, const std::string& uri, std::int64_t version) {
  if (const auto found = sessions_.find(id); found != sessions_.end())
    found->second.from_version[uri] = version;
}

bool Sessions::is_settling(const Session& session) {
  return session.state == "awaiting_verification" || session.state == "still_failing";
}

void Sessions::diagnostics(const std::string& uri, std::optional<std::int64_t> version,
                           const std::set<std::string>& messages) {
  for (auto& [id, session] : sessions_) {
    if (!is_settling(session)) continue;
    const auto from = session.from_version.find(uri);
    if (version && from != session.from_version.end() && *version < from->second) continue;
    for (Open& open : session.problems) {
      if (!open.test.empty() || open.uri != uri) continue;
      open.now = messages.contains(open.message) ? Open::Now::there : Open::Now::gone;
    }
    settle(id, session);
  }
}

void Sessions::test_results(const std::set<std::string>& failed,
                            const std::optional<std::set<std::string>>& passed,
                            std::optional<providers::WallTime> written) {
  for (auto& [id, session] : sessions_) {
    if (!is_settling(session)) continue;
    if (written && *written < session.ended - kTick) continue;
    for (Open& open : session.problems) {
      if (open.test.empty()) continue;
      if (failed.contains(open.test)) {
        open.now = Open::Now::there;
      } else if (!passed || passed->contains(open.test)) {
        open.now = Open::Now::gone;
      }
    }
    settle(id, session);
  }
}

std::vector<Sessions::StillThere> Sessions::still_there(const std::string& id) const {
  std::vector<StillThere> all;
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return all;
  for (const Open& open : session->second.problems) {
    if (open.now == Open::Now::there) all.push_back({open.uri, open.message, open.test});
  }
  return all;
}

void Sessions::settle(const std::string& id, Session& session) {
  const auto is = [](Open::Now now) { return [now](const Open& open) { return open.now == now; }; };
  std::string state;
  if (std::ranges::any_of(session.problems, is(Open::Now::there))) {
    state = "still_failing";
  } else if (!session.problems.empty() && std::ranges::all_of(session.problems, is(Open::Now::gone))) {
    state = "verified";
  }
  if (!state.empty() && state != session.state) enter(id, session, state);
}

void Sessions::enter(const std::string& id, Session& session, std::string state) {
  session.state = std::move(state);
  Json params = {{"sessionId", id}, {"state", session.state}};
  if (!session.link.empty()) params["provider"] = session.link;
  if (!session.summary.empty()) params["summary"] = session.summary;
  notify_(params);
}

Json Sessions::to_json() const {
  Json all = Json::array();
  for (const auto& [id, session] : sessions_) all.push_back({{"sessionId", id}, {"state", session.state}});
  return all;
}

}  // namespace autofix::lsp
