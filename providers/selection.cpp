#include "providers/selection.h"

#include <algorithm>
#include <tl/expected.hpp>

#include "providers/circuit_breaker.h"
#include "providers/link_state.h"
#include "providers/quota_ledger.h"
#include "providers/retry_policy.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

/// What is left of a deadline must be enough for an answer, or waiting was for nothing.
constexpr auto kLeastForAnswer = 5s;
/// A provider's hint longer than this is no reason to wait while another link is open.
constexpr auto kLongestHint = 2s;
/// For comparing prices: fixes are short.
constexpr int kUsualReplyTokens = 1'000;

ProviderError reason_of(ErrorKind kind, std::string message, std::optional<WallTime> retry_at = {}) {
  ProviderError error;
  error.kind = kind;
  error.message = std::move(message);
  error.retry_at = retry_at;
  return error;
}

bool holds(std::span<const std::string> names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// This request's history with one link.
struct History {
  int sent = 0;
  int repeats = 0;  ///< of failures that a repeat may cure
  int loading = 0;  ///< answers that its model is on its way
  bool shrunk = false;
  const Tried* last = nullptr;
  std::vector<const Tried*> failed;
};

History history_of(std::span<const Tried> tried, const std::string& link) {
  History history;
  for (const Tried& entry : tried) {
    if (entry.link != link) continue;
    history.last = &entry;
    if (!entry.sent) continue;
    ++history.sent;
    if (!entry.error) continue;
    history.failed.push_back(&entry);
    if (entry.error->loading) {
      ++history.loading;
    } else if (worth_repeating(*entry.error)) {
      ++history.repeats;
    }
    if (entry.error->kind == ErrorKind::too_large)
      history.shrunk = history.shrunk || history.failed.size() > 1;
  }
  return history;
}

/// Whether this request already learned that the key or the model cannot be used.
bool was_refused(const History& history, const Candidate& candidate) {
  return std::ranges::any_of(history.failed, [&](const Tried* entry) {
    const bool same_key = entry->key_id == candidate.key_id;
    const bool same_model = entry->model == candidate.model;
    switch (entry->error->kind) {
      case ErrorKind::quota_exhausted:
      case ErrorKind::rate_limited:
      case ErrorKind::billing:
        return same_key && same_model;
      case ErrorKind::auth_failed:
        return same_key;
      case ErrorKind::model_gone:
        return same_model;
      default:
        return false;
    }
  });
}

Step step_for(Step::Action action, const LinkConfig& link) {
  Step step;
  step.action = action;
  step.link = link.name;
  step.display_name = link.display_name;
  return step;
}

Step pass_over(const LinkConfig& link, ProviderError reason) {
  Step step = step_for(Step::Action::pass_over, link);
  step.reason = std::move(reason);
  return step;
}

/// One question to the chain.
class Selection {
 public:
  Selection(const Knowledge& known, const Query& query) : known_(known), query_(query), now_(known.now) {}

  Step next() const {
    if (now_.steady >= query_.deadline) return {};
    if (!query_.stay_on.empty()) {
      if (const LinkConfig* link = find(query_.stay_on)) {
        if (auto step = consider(*link, true)) return *step;
      }
    }
    const std::vector<const LinkConfig*> order = ordered();
    for (const LinkConfig* link : order) {
      if (holds(query_.done, link->name)) continue;
      auto step = consider(*link, false);
      if (!step) continue;
      const bool broken = step->reason && step->reason->kind == ErrorKind::circuit_open;
      if (broken && only_breakers_block(order)) {
        if (auto probe = despite_breaker(*link)) return *probe;
      }
      return *step;
    }
    for (const std::string& name : query_.only) {
      if (find(name) != nullptr || holds(query_.done, name)) continue;
      Step step;
      step.action = Step::Action::pass_over;
      step.link = name;
      step.display_name = name;
      step.reason = reason_of(ErrorKind::skipped, "no link has this name");
      return step;
    }
    if (auto step = wait_for_earliest(order)) return *step;
    return {};
  }

 private:
  const LinkConfig* find(const std::string& name) const {
    const auto link = std::ranges::find(known_.links, name, &LinkConfig::name);
    return link == known_.links.end() ? nullptr : &*link;
  }

  LinkFacts facts_of(const LinkConfig& link) const {
    LinkFacts facts;
    facts.movable = link.dialect != DialectKind::none;
    if (known_.routing == Routing::ordered || !facts.movable) return facts;
    const Estimate& need = query_.estimate;
    facts.usd =
        most_cost(link, need.input_tokens, need.output_tokens > 0 ? need.output_tokens : kUsualReplyTokens);
    const LinkRecord& record = known_.record(link);
    facts.latency = usual_answer(record);
    const Candidates found = candidates(record, link, now_.wall);
    if (found.open.empty()) return facts;
    const auto pool = record.pools.find(pool_key(record, link, found.open.front(), now_.wall));
    if (pool != record.pools.end()) facts.room = room(pool->second, now_.wall);
    return facts;
  }

  std::vector<const LinkConfig*> ordered() const {
    std::vector<const LinkConfig*> order;
    for (const std::string& name : query_.only) {
      if (const LinkConfig* link = find(name)) order.push_back(link);
    }
    if (!query_.only.empty()) return order;
    std::vector<LinkFacts> facts;
    for (const LinkConfig& link : known_.links) facts.push_back(facts_of(link));
    for (const std::size_t at : routed(known_.routing, facts)) order.push_back(&known_.links[at]);
    return order;
  }

  /// Fits the request into what the candidate takes at `wall`, or says why it does not.
  tl::expected<Step, ProviderError> admitted(const LinkConfig& link, const Candidate& candidate,
                                             WallTime wall) const {
    const LinkRecord& record = known_.record(link);
    PoolRecord pool;
    if (const auto found = record.pools.find(pool_key(record, link, candidate, wall));
        found != record.pools.end()) {
      pool = found->second;
    }
    auto per_minute = tokens_per_minute(pool);
    if (!per_minute && link.tokens_per_minute) per_minute = *link.tokens_per_minute;
    const int wanted = query_.estimate.output_tokens;
    const int cap = wanted > 0 ? std::min(wanted, link.max_output_tokens) : link.max_output_tokens;
    const int input = query_.estimate.input_tokens;
    if (!admit(input, cap, link.context_window, per_minute)) {
      const std::int64_t limit =
          per_minute ? std::min<std::int64_t>(*per_minute, link.context_window) : link.context_window;
      return tl::unexpected(
          reason_of(ErrorKind::too_large, "the request needs about " + std::to_string(input) +
                                              " tokens, this link takes " + std::to_string(limit)));
    }
    // A pool that is probed is asked to find out whether what is known of it is true.
    const bool probed = is_blocked(pool.block, wall);
    const auto left = probed ? std::nullopt : tokens_left(pool, wall);
    const auto room = admit(input, cap, link.context_window, per_minute, left);
    if (!probed) {
      if (auto reason = shortage(pool, room ? 0 : *left + 1, wall)) return tl::unexpected(std::move(*reason));
    }
    if (const double usd = most_cost(link, input, 0); known_.usd_left && usd > *known_.usd_left) {
      return tl::unexpected(reason_of(ErrorKind::skipped, kOverBudget));
    }
    Step step = step_for(Step::Action::send, link);
    step.model = candidate.model;
    step.key_id = candidate.key_id;
    step.max_input_tokens = room->max_input_tokens;
    step.max_output_tokens = room->max_output_tokens;
    step.reply_format = link.reply_format;
    return step;
  }

  /// How long to wait before the link is asked again after its last failure; empty: it is not.
  std::optional<Milliseconds> wait_after_failure(const ProviderError& error, const History& history) const {
    Milliseconds wait{0};
    switch (error.kind) {
      case ErrorKind::quota_exhausted:
      case ErrorKind::rate_limited:
      case ErrorKind::auth_failed:
      case ErrorKind::billing:
      case ErrorKind::model_gone:
        return wait;  // another key or model may be open
      case ErrorKind::too_large:
        if (!error.tokens_limit || history.shrunk) return std::nullopt;
        return wait;
      default:
        break;
    }
    if (error.loading) {
      wait = std::min<Milliseconds>(10s, 250ms * (1 << std::min(history.loading - 1, 6)));
    } else {
      if (!worth_repeating(error) || history.repeats > known_.max_retries) return std::nullopt;
      if (total_repeats() > 2 * known_.max_retries) return std::nullopt;
      if (error.retry_at && *error.retry_at - now_.wall > kLongestHint) return std::nullopt;
      wait = backoff(history.repeats - 1, kTransientBackoff, known_.roll());
      if (error.retry_at) {
        wait = std::max(wait, std::chrono::ceil<Milliseconds>(*error.retry_at - now_.wall));
      }
    }
    if (now_.steady + wait + kLeastForAnswer > query_.deadline) return std::nullopt;
    return wait;
  }

  /// Nothing: the link has been asked and has failed in a way that the attempts tell already.
  std::optional<Step> consider(const LinkConfig& link, bool staying) const {
    if (link.dialect == DialectKind::none) return step_for(Step::Action::local, link);
    if (link.barred) return pass_over(link, reason_of(ErrorKind::skipped, kBarred));
    if (link.needs_key && link.credentials.empty()) {
      return pass_over(link, reason_of(ErrorKind::no_key, link.missing_key_reason));
    }
    const History history = history_of(query_.tried, link.name);
    const auto over = [&](ProviderError reason) -> std::optional<Step> {
      if (history.sent > 0 && !staying) return std::nullopt;
      return pass_over(link, std::move(reason));
    };
    const LinkRecord& record = known_.record(link);
    if (is_blocked(record.block, now_.wall)) return over(providers::reason_of(*record.block, now_.wall));

    Milliseconds wait{0};
    if (history.last != nullptr && !staying) {
      // It answered, and the caller did not ask to stay; or it was passed over.
      if (!history.last->error || !history.last->sent) return std::nullopt;
      const auto after = wait_after_failure(*history.last->error, history);
      if (!after) return std::nullopt;
      wait = *after;
    }
    if (history.sent == 0) {
      if (auto reason = open_breaker(link, record)) return pass_over(link, std::move(*reason));
    }
    Candidates found = candidates(record, link, now_.wall);
    // What was refused once in this request stays refused, also when the provider says `Retry-After: 0`.
    std::erase_if(found.open, [&](const Candidate& candidate) { return was_refused(history, candidate); });
    if (found.open.empty()) {
      if (history.sent > 0) return std::nullopt;
      return pass_over(link, found.reason);
    }
    std::optional<ProviderError> first_reason;
    for (const Candidate& candidate : found.open) {
      auto step = admitted(link, candidate, now_.wall);
      if (step) {
        step->wait = wait;
        return std::move(*step);
      }
      if (!first_reason) first_reason = std::move(step.error());
    }
    return over(std::move(*first_reason));
  }

  std::optional<ProviderError> open_breaker(const LinkConfig& link, const LinkRecord& record) const {
    if (const auto until = known_.network_closed(link)) {
      return reason_of(ErrorKind::circuit_open, "this machine could not reach it", *until);
    }
    const auto phase = phase_at(record.breaker, now_.wall);
    if (phase == BreakerState::Phase::open) {
      return reason_of(ErrorKind::circuit_open, "it kept failing and is left alone for a while",
                       record.breaker.open_until);
    }
    if (phase == BreakerState::Phase::half_open && record.probe && record.probe->until > now_.wall) {
      return reason_of(ErrorKind::circuit_open, "it kept failing, and another request is just trying it",
                       record.probe->until);
    }
    return std::nullopt;
  }

  int total_repeats() const {
    return static_cast<int>(std::ranges::count_if(query_.tried, [](const Tried& entry) {
      return entry.sent && entry.error && !entry.error->loading && worth_repeating(*entry.error);
    }));
  }

  /// When everything was blocked: the link that opens first, if the deadline leaves time for its answer.
  std::optional<Step> wait_for_earliest(const std::vector<const LinkConfig*>& order) const {
    const LinkConfig* best = nullptr;
    WallTime opens = WallTime::max();
    for (const LinkConfig* link : order) {
      const History history = history_of(query_.tried, link->name);
      if (history.last == nullptr || !history.last->error || !history.last->error->retry_at) continue;
      const ProviderError& error = *history.last->error;
      if (error.kind != ErrorKind::rate_limited && error.kind != ErrorKind::quota_exhausted) continue;
      // Once is patience, twice is a loop.
      if (history.sent > 1 || *error.retry_at >= opens) continue;
      best = link;
      opens = *error.retry_at;
    }
    if (best == nullptr) return std::nullopt;
    const auto wait = std::max(Milliseconds{0}, std::chrono::ceil<Milliseconds>(opens - now_.wall));
    if (now_.steady + wait + kLeastForAnswer > query_.deadline) return std::nullopt;
    const Candidates then = candidates(known_.record(*best), *best, now_.wall + wait);
    if (then.open.empty()) return std::nullopt;
    auto step = admitted(*best, then.open.front(), now_.wall + wait);
    if (!step) return std::nullopt;
    step->wait = wait;
    return std::move(*step);
  }

  /// Blocked by breakers alone: an explicit request probes the first link at once, so that a laptop that
  /// comes back online works on the first click.
  bool only_breakers_block(const std::vector<const LinkConfig*>& order) const {
    if (std::ranges::any_of(query_.tried, &Tried::sent)) return false;
    return std::ranges::none_of(order, [&](const LinkConfig* link) {
      if (link->dialect == DialectKind::none || holds(query_.done, link->name)) return false;
      const auto step = consider(*link, false);
      return step && step->action == Step::Action::send;
    });
  }

  std::optional<Step> despite_breaker(const LinkConfig& link) const {
    const LinkRecord& record = known_.record(link);
    if (record.probe && record.probe->until > now_.wall) return std::nullopt;
    const Candidates found = candidates(record, link, now_.wall);
    if (found.open.empty()) return std::nullopt;
    auto step = admitted(link, found.open.front(), now_.wall);
    if (!step) return std::nullopt;
    step->despite_breaker = true;
    return std::move(*step);
  }

  const Knowledge& known_;
  const Query& query_;
  const Now& now_;
};

}  // namespace

Step select(const Knowledge& known, const Query& query) {
  return Selection(known, query).next();
}

double most_cost(const LinkConfig& link, std::int64_t input_tokens, std::int64_t output_tokens) {
  return (static_cast<double>(input_tokens) * link.usd_per_million_input +
          static_cast<double>(output_tokens) * link.usd_per_million_output) /
         1e6;
}

}  // namespace autofix::providers
