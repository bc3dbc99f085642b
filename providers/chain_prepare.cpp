// Work ahead while the first link thinks: the next one's connection, and whether keys and models are any
// good.
#include <algorithm>

#include "providers/chain_impl.h"
#include "providers/link_state.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongest = 10s;

/// Only there a handshake takes time; and a server on this machine is asked for nothing that it was not asked
/// for.
bool is_worth_preparing(const LinkConfig& link) {
  return link.dialect != DialectKind::none && link.base_url.starts_with("https://");
}

}  // namespace

void Chain::Impl::prepare(const Query& query, const Step& step) {
  struct Ahead {
    const LinkConfig* link;
    Candidate candidate;
    bool is_next;
    bool has_worked;
  };
  std::vector<Ahead> ahead;
  const WallTime now = clock.now().wall;
  bool is_next = true;
  for (const LinkConfig& link : links) {
    const bool chosen = query.only.empty() || std::ranges::find(query.only, link.name) != query.only.end();
    const bool done = std::ranges::find(query.done, link.name) != query.done.end();
    if (link.name == step.link || !chosen || done || link.barred || !is_worth_preparing(link)) continue;
    if (link.needs_key && link.credentials.empty()) continue;
    const LinkRecord record = record_of(link);
    const Candidates found = candidates(record, link, now);
    if (found.open.empty()) continue;
    const Candidate& first = found.open.front();
    const bool has_worked = record.worked.contains(first.key_id + "/" + first.model);
    if (is_next || !has_worked) ahead.push_back({&link, first, is_next, has_worked});
    is_next = false;
  }
  if (ahead.empty()) return;
  const std::lock_guard lock(mutex);
  if (preparing_) return;
  preparing_ = true;
  preparation_ = std::jthread([this, ahead = std::move(ahead)](const std::stop_token& stop) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + kLongest;
    for (const Ahead& one : ahead) {
      if (stop.stop_requested() || std::chrono::steady_clock::now() >= deadline) break;
      if (one.has_worked) {
        http.warm(one.link->base_url, one.link->timeouts, stop);
      } else {
        // Its answer leaves the connection open as well.
        list_models(*one.link, one.link->base_url, one.candidate, stop, deadline);
      }
    }
    const std::lock_guard done(mutex);
    preparing_ = false;
  });
}

}  // namespace autofix::providers
