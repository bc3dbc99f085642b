#include "providers/chain.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "providers/circuit_breaker.h"
#include "providers/classify.h"
#include "providers/dialects/dialect.h"
#include "providers/dialects/stream.h"
#include "providers/http_client.h"
#include "providers/json_body.h"
#include "providers/key_id.h"
#include "providers/link_state.h"
#include "providers/local_discovery.h"
#include "providers/quota_ledger.h"
#include "providers/retry_policy.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

/// What is left of a deadline must be enough for an answer, or waiting was for nothing.
constexpr auto kLeastForAnswer = 5s;
/// A provider's hint longer than this is no reason to wait while another link is open.
constexpr auto kLongestHint = 2s;
constexpr auto kForever = 24h * 365 * 10;

ProviderError reason_of(ErrorKind kind, std::string message, std::optional<WallTime> retry_at = {}) {
  ProviderError error;
  error.kind = kind;
  error.message = std::move(message);
  error.retry_at = retry_at;
  return error;
}

/// For comparing prices: fixes are short.
constexpr int kUsualReplyTokens = 1'000;

bool holds(std::span<const std::string> names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// This request's history with one link.
struct History {
  int sent = 0;
  int repeats = 0;  ///< of failures that a repeat may cure
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
    if (worth_repeating(*entry.error)) ++history.repeats;
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

}  // namespace

struct Chain::Impl {
  std::vector<LinkConfig> links;
  ChainOptions options;
  ChainState& state;
  const Clock& clock;
  HttpClient http;
  LinkState facts;

  mutable std::mutex mutex;
  mutable std::minstd_rand random{std::random_device{}()};
  std::map<std::string, QuotaSnapshot> quotas;    // by pool key
  std::map<std::string, Milliseconds> latencies;  // by link
  std::set<std::string> not_streaming;            // base URLs of servers that know no streaming

  Impl(std::vector<LinkConfig> link_configs, ChainOptions chain_options, ChainState& chain_state,
       const Clock& chain_clock)
      : links(std::move(link_configs)),
        options(std::move(chain_options)),
        state(chain_state),
        clock(chain_clock),
        http(options.ca_file),
        facts(state) {}

  const LinkConfig* find(const std::string& name) const {
    const auto link = std::ranges::find(links, name, &LinkConfig::name);
    return link == links.end() ? nullptr : &*link;
  }

  LinkFacts facts_of(const LinkConfig& link, const Query& query) const {
    LinkFacts known;
    known.movable = link.dialect != DialectKind::none;
    if (options.routing == Routing::ordered || !known.movable) return known;
    const int output = query.estimate.output_tokens > 0 ? query.estimate.output_tokens : kUsualReplyTokens;
    known.usd =
        (query.estimate.input_tokens * link.usd_per_million_input + output * link.usd_per_million_output) /
        1e6;
    const WallTime now = clock.now().wall;
    const Candidates open = facts.candidates(link, now);
    if (!open.open.empty()) known.room = room(quota(pool_key(link, open.open.front())), now);
    const std::lock_guard lock(mutex);
    if (const auto seen = latencies.find(link.name); seen != latencies.end()) known.latency = seen->second;
    return known;
  }

  std::vector<const LinkConfig*> ordered(const Query& query) const {
    std::vector<const LinkConfig*> order;
    if (query.only.empty()) {
      std::vector<LinkFacts> known;
      for (const LinkConfig& link : links) known.push_back(facts_of(link, query));
      for (const std::size_t at : routed(options.routing, known)) order.push_back(&links[at]);
    }
    for (const std::string& name : query.only) {
      if (const LinkConfig* link = find(name)) order.push_back(link);
    }
    return order;
  }

  double roll() const {
    const std::lock_guard lock(mutex);
    return std::uniform_real_distribution<double>(0.0, 1.0)(random);
  }

  QuotaSnapshot quota(const std::string& pool_key) const {
    const std::lock_guard lock(mutex);
    const auto known = quotas.find(pool_key);
    return known == quotas.end() ? QuotaSnapshot{} : known->second;
  }

  static Step step_for(Step::Action action, const LinkConfig& link) {
    Step step;
    step.action = action;
    step.link = link.name;
    step.display_name = link.display_name;
    return step;
  }

  static Step pass_over(const LinkConfig& link, ProviderError reason) {
    Step step = step_for(Step::Action::pass_over, link);
    step.reason = std::move(reason);
    return step;
  }

  /// Fits the request into what the candidate takes, or says why it does not.
  tl::expected<Step, ProviderError> admitted(const LinkConfig& link, const Candidate& candidate,
                                             const Query& query, Now now) const {
    const std::string pool = pool_key(link, candidate);
    auto per_minute = state.tokens_per_minute(pool);
    if (!per_minute) per_minute = link.tokens_per_minute;
    const int cap = query.estimate.output_tokens > 0
                        ? std::min(query.estimate.output_tokens, link.max_output_tokens)
                        : link.max_output_tokens;
    const auto room = admit(query.estimate.input_tokens, cap, link.context_window, per_minute);
    if (!room) {
      const int limit = per_minute ? std::min(*per_minute, link.context_window) : link.context_window;
      return tl::unexpected(reason_of(
          ErrorKind::too_large, "the request needs about " + std::to_string(query.estimate.input_tokens) +
                                    " tokens, this link takes " + std::to_string(limit)));
    }
    const QuotaSnapshot known = quota(pool);
    if (requests_left(known, now.wall) == 0) {
      return tl::unexpected(reason_of(ErrorKind::quota_exhausted,
                                      "no request is left by the provider's own count",
                                      known.requests_reset));
    }
    if (const auto left = tokens_left(known, now.wall); left && *left < query.estimate.input_tokens) {
      return tl::unexpected(reason_of(ErrorKind::rate_limited,
                                      std::to_string(*left) + " tokens are left of this minute's",
                                      known.tokens_reset));
    }
    Step step = step_for(Step::Action::send, link);
    step.model = candidate.model;
    step.key_id = candidate.key_id;
    step.max_input_tokens = room->max_input_tokens;
    step.max_output_tokens = room->max_output_tokens;
    step.reply_format = link.reply_format;
    return step;
  }

  /// Nothing: the link has been asked and has failed in a way that the attempts tell already.
  std::optional<Step> consider(const LinkConfig& link, const Query& query, Now now, bool staying) const {
    if (link.dialect == DialectKind::none) return step_for(Step::Action::local, link);
    if (link.needs_key && link.credentials.empty()) {
      return pass_over(link, reason_of(ErrorKind::no_key, link.missing_key_reason));
    }
    const History history = history_of(query.tried, link.name);
    const std::optional<Block> closed = facts.block("provider/" + link.name, now.wall);
    if (closed && history.sent == 0)
      return pass_over(link, reason_of(closed->reason, closed->message, closed->until));
    if (closed) return std::nullopt;

    Milliseconds wait{0};
    if (history.last != nullptr && history.last->error && !staying) {
      const ProviderError& error = *history.last->error;
      if (!history.last->sent) return std::nullopt;
      switch (error.kind) {
        case ErrorKind::quota_exhausted:
        case ErrorKind::rate_limited:
        case ErrorKind::auth_failed:
        case ErrorKind::billing:
        case ErrorKind::model_gone:
          break;  // another key or model may be open
        case ErrorKind::too_large:
          if (!error.tokens_limit || history.shrunk) return std::nullopt;
          break;
        default: {
          if (!worth_repeating(error) || history.repeats > options.max_retries) return std::nullopt;
          if (total_repeats(query) > 2 * options.max_retries) return std::nullopt;
          if (error.retry_at && *error.retry_at - now.wall > kLongestHint) return std::nullopt;
          wait = backoff(history.repeats - 1, kTransientBackoff, roll());
          if (error.retry_at) {
            wait = std::max(wait, std::chrono::ceil<Milliseconds>(*error.retry_at - now.wall));
          }
          if (now.steady + wait + kLeastForAnswer > query.deadline) return std::nullopt;
        }
      }
    } else if (history.last != nullptr && !staying && !history.last->error) {
      return std::nullopt;  // it answered, and the caller did not ask to stay
    }

    const BreakerState breaker = state.breaker(link.name);
    if (phase_at(breaker, now.wall) == BreakerState::Phase::open && history.sent == 0) {
      return pass_over(link, reason_of(ErrorKind::circuit_open,
                                       "it kept failing and is left alone for a while", breaker.open_until));
    }
    Candidates found = facts.candidates(link, now.wall);
    // What was refused once in this request stays refused, also when the provider says `Retry-After: 0`.
    std::erase_if(found.open, [&](const Candidate& candidate) { return was_refused(history, candidate); });
    if (found.open.empty()) {
      if (history.sent > 0) return std::nullopt;
      return pass_over(link, found.reason);
    }
    auto step = admitted(link, found.open.front(), query, now);
    if (!step) {
      if (history.sent > 0 && !staying) return std::nullopt;
      return pass_over(link, step.error());
    }
    step->wait = wait;
    return std::move(*step);
  }

  static int total_repeats(const Query& query) {
    return static_cast<int>(std::ranges::count_if(query.tried, [](const Tried& entry) {
      return entry.sent && entry.error && worth_repeating(*entry.error);
    }));
  }

  /// When everything was blocked: the link that opens first, if the deadline leaves time for its answer.
  std::optional<Step> wait_for_earliest(const std::vector<const LinkConfig*>& order, const Query& query,
                                        Now now) const {
    const LinkConfig* best = nullptr;
    WallTime opens = WallTime::max();
    for (const LinkConfig* link : order) {
      const History history = history_of(query.tried, link->name);
      if (history.last == nullptr || !history.last->error || !history.last->error->retry_at) continue;
      const ProviderError& error = *history.last->error;
      if (error.kind != ErrorKind::rate_limited && error.kind != ErrorKind::quota_exhausted) continue;
      // Once is patience, twice is a loop.
      if (history.sent > 1 || *error.retry_at >= opens) continue;
      best = link;
      opens = *error.retry_at;
    }
    if (best == nullptr) return std::nullopt;
    const auto wait = std::max(Milliseconds{0}, std::chrono::ceil<Milliseconds>(opens - now.wall));
    if (now.steady + wait + kLeastForAnswer > query.deadline) return std::nullopt;
    const Candidates then = facts.candidates(*best, now.wall + wait);
    if (then.open.empty()) return std::nullopt;
    auto step = admitted(*best, then.open.front(), query, {now.wall + wait, now.steady + wait});
    if (!step) return std::nullopt;
    step->wait = wait;
    return std::move(*step);
  }

  /// Blocked by breakers alone: an explicit request probes the first link at once, so that a laptop that
  /// comes back online works on the first click.
  bool only_breakers_block(const std::vector<const LinkConfig*>& order, const Query& query, Now now) const {
    if (std::ranges::any_of(query.tried, &Tried::sent)) return false;
    return std::ranges::none_of(order, [&](const LinkConfig* link) {
      if (link->dialect == DialectKind::none || holds(query.done, link->name)) return false;
      const auto step = consider(*link, query, now, false);
      return step && step->action == Step::Action::send;
    });
  }

  Step next(const Query& query) const {
    const Now now = clock.now();
    if (!query.stay_on.empty()) {
      if (const LinkConfig* link = find(query.stay_on)) {
        if (auto step = consider(*link, query, now, true)) return *step;
      }
    }
    const std::vector<const LinkConfig*> order = ordered(query);
    for (const LinkConfig* link : order) {
      if (holds(query.done, link->name)) continue;
      auto step = consider(*link, query, now, false);
      if (!step) continue;
      const bool broken = step->reason && step->reason->kind == ErrorKind::circuit_open;
      if (broken && only_breakers_block(order, query, now)) {
        const Candidates found = facts.candidates(*link, now.wall);
        if (!found.open.empty()) {
          if (auto probe = admitted(*link, found.open.front(), query, now)) return *probe;
        }
      }
      return *step;
    }
    for (const std::string& name : query.only) {
      if (find(name) == nullptr && !holds(query.done, name)) {
        Step step;
        step.action = Step::Action::pass_over;
        step.link = name;
        step.display_name = name;
        step.reason = reason_of(ErrorKind::skipped, "no link has this name");
        return step;
      }
    }
    if (auto step = wait_for_earliest(order, query, now)) return *step;
    return {};
  }

  /// What one call says of the times to come. A cancelled one says nothing.
  void learn(const LinkConfig& link, const Candidate& candidate, const HttpReply& reply,
             const std::optional<ProviderError>& error) {
    if (error && error->kind == ErrorKind::cancelled) return;
    const WallTime now = clock.now().wall;
    const std::string pool = pool_key(link, candidate);
    if (const QuotaSnapshot seen = read_quota_headers(reply.headers, now); reply.status != 0) {
      const std::lock_guard lock(mutex);
      quotas[pool] = merged(quotas[pool], seen);
      if (seen.tokens_limit) state.set_tokens_per_minute(pool, *seen.tokens_limit);
    }
    if (!error) {
      state.set_breaker(link.name, after_success(state.breaker(link.name), now));
      return;
    }
    if (counts_for_breaker(*error)) {
      state.set_breaker(link.name, after_failure(state.breaker(link.name), now, roll()));
    }
    const Block block{error->kind, error->retry_at.value_or(now + kForever), error->message};
    switch (error->kind) {
      case ErrorKind::auth_failed:
        state.set_block(
            error->scope == Scope::credential ? credential_key(candidate) : "provider/" + link.name, block);
        break;
      case ErrorKind::billing:
        state.set_block(credential_key(candidate), block);
        break;
      case ErrorKind::quota_exhausted:
      case ErrorKind::rate_limited:
        state.set_block(pool, block);
        break;
      case ErrorKind::model_gone:
        state.set_block(model_key(link, candidate.model), block);
        break;
      case ErrorKind::too_large:
        if (error->tokens_limit) state.set_tokens_per_minute(pool, *error->tokens_limit);
        break;
      default:
        break;
    }
  }

  Sent send(const Step& step, const Prompt& prompt, std::stop_token stop, SteadyTime deadline,
            const OnBytes& on_bytes) {
    Sent sent{tl::unexpected(reason_of(ErrorKind::skipped, "no link has this name")), {}};
    sent.record.link = step.link;
    sent.record.model = step.model;
    sent.record.key_id = step.key_id;
    const LinkConfig* known = find(step.link);
    if (known == nullptr) return sent;
    LinkConfig link = *known;
    const SteadyTime begin = clock.now().steady;
    Candidate candidate{step.model, step.key_id, ""};
    for (const Credential& credential : link.credentials) {
      if (key_id(credential.value) == step.key_id) candidate.key = credential.value;
    }
    HttpReply reply;
    sent.completion = call(link, candidate, step, prompt, stop, deadline, on_bytes, reply);
    sent.record.elapsed = std::chrono::duration_cast<Milliseconds>(clock.now().steady - begin);
    sent.record.model = candidate.model;
    std::optional<ProviderError> error;
    if (!sent.completion) error = sent.completion.error();
    if (!error || error->kind != ErrorKind::skipped) learn(link, candidate, reply, error);
    if (!error) {
      const std::lock_guard lock(mutex);
      const auto seen = latencies.find(link.name);
      latencies[link.name] = smoothed_latency(
          seen == latencies.end() ? std::nullopt : std::optional(seen->second), sent.record.elapsed);
    }
    sent.record.error = error;
    if (sent.completion) {
      Usage& usage = sent.completion->usage;
      usage.cost_usd = (static_cast<double>(usage.input_tokens) * link.usd_per_million_input +
                        static_cast<double>(usage.output_tokens) * link.usd_per_million_output) /
                       1e6;
      sent.record.usage = usage;
    }
    return sent;
  }

  bool is_not_streaming(const std::string& base_url) const {
    const std::lock_guard lock(mutex);
    return not_streaming.contains(base_url);
  }

  tl::expected<Completion, ProviderError> call(LinkConfig& link, Candidate& candidate, const Step& step,
                                               const Prompt& prompt, const std::stop_token& stop,
                                               SteadyTime deadline, const OnBytes& on_bytes,
                                               HttpReply& reply) {
    if (link.base_url.empty()) {
      auto found = find_local_server(http, stop, deadline);
      if (!found) return tl::unexpected(found.error());
      link.base_url = found->base_url;
      if (candidate.model.empty()) candidate.model = found->model;
    }
    CallTarget target{link.name,        candidate.model,
                      candidate.key,    step.max_output_tokens,
                      link.temperature, link.stream && !is_not_streaming(link.base_url)};
    if (target.max_output_tokens <= 0) target.max_output_tokens = prompt.max_output_tokens;
    const auto ask = [&] {
      const HttpRequest request = dialect(link.dialect).encode(target, prompt);
      return http.send(link.base_url, request, link.timeouts, stop, deadline, on_bytes);
    };
    auto answer = ask();
    if (answer && target.stream && refuses_streaming(link.dialect, *answer)) {
      target.stream = false;
      answer = ask();
      if (answer && answer->status == 200) {
        const std::lock_guard lock(mutex);
        not_streaming.insert(link.base_url);
      }
    }
    if (!answer) return tl::unexpected(answer.error());
    reply = std::move(*answer);
    return read_response(link.dialect, reply, clock.now().wall, candidate.key);
  }

  LinkStatus status_of(const LinkConfig& link) const {
    const WallTime now = clock.now().wall;
    LinkStatus status;
    status.link = link.name;
    status.display_name = link.display_name;
    status.state = "ready";
    if (!link.models.empty()) status.model = link.models.front();
    for (const Credential& credential : link.credentials) status.key_origins.push_back(credential.origin);
    const auto blocked = [&](const ProviderError& reason) {
      status.state = name_of(reason.kind);
      status.message = reason.message;
      status.retry_at = reason.retry_at;
    };
    if (link.dialect == DialectKind::none) return status;
    if (link.needs_key && link.credentials.empty()) {
      blocked(reason_of(ErrorKind::no_key, link.missing_key_reason));
      return status;
    }
    const Candidates found = facts.candidates(link, now);
    if (!found.open.empty()) {
      status.model = found.open.front().model;
      const QuotaSnapshot known = quota(pool_key(link, found.open.front()));
      status.requests_remaining = requests_left(known, now);
      status.tokens_remaining = tokens_left(known, now);
    }
    const BreakerState breaker = state.breaker(link.name);
    if (const auto closed = facts.block("provider/" + link.name, now)) {
      blocked(reason_of(closed->reason, closed->message, closed->until));
    } else if (found.open.empty()) {
      blocked(found.reason);
    } else if (phase_at(breaker, now) == BreakerState::Phase::open) {
      blocked(reason_of(ErrorKind::circuit_open, "it kept failing and is left alone for a while",
                        breaker.open_until));
    }
    return status;
  }

  LinkCheck check(const std::string& name, const std::stop_token& stop, SteadyTime deadline) {
    LinkCheck result;
    const LinkConfig* link = find(name);
    if (link == nullptr) {
      result.status.link = name;
      result.status.display_name = name;
      result.error = reason_of(ErrorKind::skipped, "no link has this name");
      return result;
    }
    result.status = status_of(*link);
    if (link->dialect == DialectKind::none) {
      result.reachable = true;
      return result;
    }
    if (link->needs_key && link->credentials.empty()) {
      result.error = reason_of(ErrorKind::no_key, link->missing_key_reason);
      return result;
    }
    const SteadyTime begin = clock.now().steady;
    std::string base_url = link->base_url;
    if (base_url.empty()) {
      const auto found = find_local_server(http, stop, deadline);
      if (!found) {
        result.error = found.error();
        return result;
      }
      base_url = found->base_url;
      result.status.model = found->model;
    }
    CallTarget target;
    target.link = link->name;
    if (!link->credentials.empty()) target.key = link->credentials.front().value;
    const Dialect& format = dialect(link->dialect);
    const auto reply = http.send(base_url, format.encode_model_list(target), link->timeouts, stop, deadline);
    result.latency = std::chrono::duration_cast<Milliseconds>(clock.now().steady - begin);
    if (!reply) {
      result.error = reply.error();
      return result;
    }
    result.reachable = true;
    const auto body = parse_body(reply->body);
    if (reply->status != 200 || !body) {
      result.error = classify(link->dialect, *reply, clock.now().wall, target.key);
      return result;
    }
    const std::vector<std::string> models = format.decode_model_list(*body);
    result.model_listed = std::ranges::find(models, result.status.model) != models.end();
    return result;
  }
};

Chain::Chain(std::vector<LinkConfig> links, ChainOptions options, ChainState& state, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(links), std::move(options), state, clock)) {}

Chain::~Chain() = default;

Step Chain::next(const Query& query) const {
  return impl_->next(query);
}

Sent Chain::send(const Step& step, const Prompt& prompt, std::stop_token stop, SteadyTime deadline,
                 const OnBytes& on_bytes) {
  return impl_->send(step, prompt, std::move(stop), deadline, on_bytes);
}

std::vector<LinkStatus> Chain::status() const {
  std::vector<LinkStatus> all;
  for (const LinkConfig& link : impl_->links) all.push_back(impl_->status_of(link));
  return all;
}

LinkCheck Chain::check(const std::string& link, std::stop_token stop, SteadyTime deadline) {
  return impl_->check(link, stop, deadline);
}

}  // namespace autofix::providers
