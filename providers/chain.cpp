#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>

#include "providers/budget_record.h"
#include "providers/chain_impl.h"
#include "providers/circuit_breaker.h"
#include "providers/classify.h"
#include "providers/dialects/dialect.h"
#include "providers/dialects/stream.h"
#include "providers/http_client.h"
#include "providers/json_body.h"
#include "providers/key_id.h"
#include "providers/link_state.h"
#include "providers/link_transitions.h"
#include "providers/local_discovery.h"
#include "providers/network_fingerprint.h"
#include "providers/quota_ledger.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

/// A lease outlives its request by this, so that a slow machine does not lose one that is still needed.
constexpr auto kLeaseMargin = 10s;
/// Of so many requests, one may be doubled.
constexpr int kOneInSoMany = 10;
/// Requests left in a window; a free key's day is less.
constexpr std::int64_t kPlenty = 50;

Sent not_sent(const Step& step, ProviderError why) {
  Sent sent{tl::unexpected(std::move(why)), {}, false};
  sent.record.link = step.link;
  sent.record.model = step.model;
  sent.record.key_id = step.key_id;
  sent.record.error = sent.completion.error();
  return sent;
}

std::int64_t prompt_tokens(const Prompt& prompt) {
  std::int64_t tokens = estimate_tokens(prompt.system) + estimate_tokens(prompt.reply_schema);
  for (const Message& message : prompt.messages) tokens += estimate_tokens(message.text);
  return tokens;
}

}  // namespace

ProviderError reason_of(ErrorKind kind, std::string message, std::optional<WallTime> retry_at) {
  ProviderError error;
  error.kind = kind;
  error.message = std::move(message);
  error.retry_at = retry_at;
  return error;
}

const LinkConfig* Chain::Impl::find(const std::string& name) const {
  const auto link = std::ranges::find(links, name, &LinkConfig::name);
  return link == links.end() ? nullptr : &*link;
}

double Chain::Impl::roll() const {
  const std::lock_guard lock(mutex);
  return std::uniform_real_distribution<double>(0.0, 1.0)(random);
}

std::string Chain::Impl::new_lease_id() const {
  const std::lock_guard lock(mutex);
  return std::to_string(random()) + std::to_string(random());
}

LinkRecord Chain::Impl::record_of(const LinkConfig& link) const {
  const std::string key = document_key(link.name);
  return memo.record_of(link.name, documents.read({&key, 1}).front());
}

void Chain::Impl::change(const LinkConfig& link, const std::function<void(LinkRecord&)>& change) {
  LinkRecord record;
  std::string stored = documents.update(document_key(link.name), [&](std::string_view document) {
    record = memo.record_of(link.name, document);
    change(record);
    return write_link_record(record);
  });
  memo.keep(link.name, std::move(stored), std::move(record));
}

std::optional<double> Chain::Impl::usd_left(const std::string& document, WallTime now) const {
  if (!options.usd_per_day) return std::nullopt;
  return std::max(0.0, *options.usd_per_day - committed(parse_budget(document, now)));
}

std::optional<WallTime> Chain::Impl::network_closed(const std::string& link, WallTime now) const {
  const std::lock_guard lock(mutex);
  const auto known = network.find(link);
  if (known == network.end() || phase_at(known->second, now) != BreakerState::Phase::open) return {};
  // Another network, another chance.
  if (std::string here = network_fingerprint(); here != network_seen) {
    network.clear();
    return {};
  }
  return known->second.open_until;
}

Step Chain::Impl::next(const Query& query) const {
  const Now now = clock.now();
  std::vector<std::string> keys;
  for (const LinkConfig& link : links) keys.push_back(document_key(link.name));
  keys.emplace_back(kBudgetKey);
  const std::vector<std::string> texts = documents.read(keys);
  std::vector<std::optional<LinkRecord>> records(links.size());

  Knowledge known;
  known.links = links;
  known.routing = options.routing;
  known.max_retries = options.max_retries;
  known.record = [&](const LinkConfig& link) -> const LinkRecord& {
    const auto at = static_cast<std::size_t>(&link - links.data());
    if (!records[at]) records[at] = memo.record_of(link.name, texts[at]);
    return *records[at];
  };
  known.network_closed = [&](const LinkConfig& link) { return network_closed(link.name, now.wall); };
  known.roll = [&] { return roll(); };
  known.usd_left = usd_left(texts.back(), now.wall);
  known.now = now;
  return select(known, query);
}

std::optional<Milliseconds> Chain::Impl::hedge_delay(const Step& step) const {
  const LinkConfig* link = find(step.link);
  if (link == nullptr || step.despite_breaker) return std::nullopt;
  {
    const std::lock_guard lock(mutex);
    if ((doubled + 1) * kOneInSoMany > requests) return std::nullopt;
  }
  return slow_answer(record_of(*link));
}

std::optional<Step> Chain::Impl::hedge(const Query& query) {
  Query rest = query;
  std::vector<std::string> done(query.done.begin(), query.done.end());
  for (std::size_t at = 0; at < links.size(); ++at) {
    rest.done = done;
    Step step = next(rest);
    if (step.action == Step::Action::give_up || step.action == Step::Action::local) return std::nullopt;
    const LinkConfig* link = find(step.link);
    if (step.action == Step::Action::send && link != nullptr && step.wait == 0ms && !is_scarce(*link, step)) {
      const std::lock_guard lock(mutex);
      ++doubled;
      return step;
    }
    done.push_back(step.link);
  }
  return std::nullopt;
}

/// Doubled requests must not take what the user's next one needs.
bool Chain::Impl::is_scarce(const LinkConfig& link, const Step& step) const {
  const WallTime now = clock.now().wall;
  const LinkRecord record = record_of(link);
  const auto pool = record.pools.find(pool_key(record, link, {step.model, step.key_id, ""}, now));
  if (pool == record.pools.end()) return false;
  const auto left = requests_left(pool->second, now);
  return (left && *left < kPlenty) || room(pool->second, now).value_or(1.0) < 0.5;
}

/// What the request holds of limits and money while it is under way.
struct Chain::Impl::Reservation {
  Wish wish;
  double usd = 0.0;
};

std::optional<ProviderError> Chain::Impl::reserve_all(const LinkConfig& link, const Reservation& held,
                                                      WallTime now) {
  if (options.usd_per_day && held.usd > 0) {
    bool fits = false;
    documents.update(kBudgetKey, [&](std::string_view document) {
      BudgetRecord record = parse_budget(document, now);
      fits = hold(record, {held.wish.lease_id, held.wish.lease_until, held.usd}, *options.usd_per_day);
      return fits ? write_budget(record) : std::string(document);
    });
    if (!fits) return reason_of(ErrorKind::skipped, kOverBudget);
  }
  std::optional<ProviderError> refused;
  LinkRecord record;
  std::string stored = documents.update(document_key(link.name), [&](std::string_view document) {
    record = memo.record_of(link.name, document);
    refused = reserve(record, link, held.wish, now);
    return refused ? std::string(document) : write_link_record(record);
  });
  if (!refused) memo.keep(link.name, std::move(stored), std::move(record));
  if (refused) pay(held, 0.0, now);
  return refused;
}

void Chain::Impl::pay(const Reservation& held, double usd, WallTime now) {
  if (!options.usd_per_day || held.usd <= 0) return;
  documents.update(kBudgetKey, [&](std::string_view document) {
    BudgetRecord record = parse_budget(document, now);
    spend(record, held.wish.lease_id, usd);
    return write_budget(record);
  });
}

/// What one call says of the times to come.
void Chain::Impl::learn(const LinkConfig& link, const Ending& ending) {
  const WallTime now = clock.now().wall;
  const double random_number = roll();
  {
    const std::lock_guard lock(mutex);
    if (!ending.error) {
      network.clear();
    } else if (ending.error->scope == Scope::network) {
      network[link.name] = after_failure(network[link.name], now, random_number);
      network_seen = network_fingerprint();
    }
  }
  change(link, [&](LinkRecord& record) { settle(record, link, ending, now, random_number); });
}

Chain::Impl::Reservation Chain::Impl::reservation_for(const LinkConfig& link, const Step& step,
                                                      const Prompt& prompt, SteadyTime deadline) const {
  const Now now = clock.now();
  Reservation held;
  held.wish.candidate = {step.model, step.key_id, ""};
  for (const Credential& credential : link.credentials) {
    if (key_id(credential.value) == step.key_id) held.wish.candidate.key = credential.value;
  }
  const std::int64_t input = prompt_tokens(prompt);
  held.wish.tokens = input + step.max_output_tokens;
  held.wish.lease_id = new_lease_id();
  const auto longest = std::min<SteadyTime::duration>(link.timeouts.total, deadline - now.steady);
  held.wish.lease_until = now.wall + std::chrono::duration_cast<Milliseconds>(longest) + kLeaseMargin;
  held.wish.despite_breaker = step.despite_breaker;
  held.usd = most_cost(link, input, step.max_output_tokens);
  return held;
}

Sent Chain::Impl::send(const Step& step, const Prompt& prompt, const std::stop_token& stop,
                       SteadyTime deadline, const OnBytes& on_bytes) {
  const LinkConfig* link = find(step.link);
  if (link == nullptr) return not_sent(step, reason_of(ErrorKind::skipped, "no link has this name"));
  const Reservation held = reservation_for(*link, step, prompt, deadline);
  const Now begin = clock.now();
  if (auto refused = reserve_all(*link, held, begin.wall)) return not_sent(step, std::move(*refused));

  {
    const std::lock_guard lock(mutex);
    ++requests;
  }
  Sent sent{tl::unexpected(ProviderError{}), {}, true};
  sent.record.link = step.link;
  sent.record.key_id = step.key_id;
  HttpReply reply;
  std::string model = step.model;
  sent.completion = call(*link, held.wish.candidate, model, step, prompt, stop, deadline, on_bytes, reply);
  sent.record.elapsed = std::chrono::duration_cast<Milliseconds>(clock.now().steady - begin.steady);
  sent.record.model = model;

  Ending ending;
  ending.candidate = held.wish.candidate;
  ending.lease_id = held.wish.lease_id;
  ending.elapsed = sent.record.elapsed;
  ending.headers = std::move(reply.headers);
  if (sent.completion) {
    Usage& usage = sent.completion->usage;
    usage.cost_usd = most_cost(*link, usage.input_tokens, usage.output_tokens);
    sent.record.usage = usage;
    ending.tokens = usage.input_tokens + usage.output_tokens;
  } else {
    sent.record.error = ending.error = sent.completion.error();
    // What was cut off may have been worked on for a while; an error has cost nothing.
    const bool unknown = reply.status == 0 || reply.status == 200;
    ending.tokens = unknown ? held.wish.tokens : 0;
  }
  if (ending.error && ending.error->kind == ErrorKind::skipped) {
    const WallTime now = clock.now().wall;
    change(*link,
           [&](LinkRecord& record) { give_back(record, *link, ending.candidate, ending.lease_id, now); });
  } else {
    learn(*link, ending);
  }
  pay(held, sent.record.usage.cost_usd, clock.now().wall);
  return sent;
}

bool Chain::Impl::is_not_streaming(const std::string& base_url) const {
  const std::lock_guard lock(mutex);
  return not_streaming.contains(base_url);
}

tl::expected<Completion, ProviderError> Chain::Impl::call(const LinkConfig& link, const Candidate& candidate,
                                                          std::string& model, const Step& step,
                                                          const Prompt& prompt, const std::stop_token& stop,
                                                          SteadyTime deadline, const OnBytes& on_bytes,
                                                          HttpReply& reply) {
  std::string base_url = link.base_url;
  if (base_url.empty()) {
    auto found = find_local_server(http, stop, deadline);
    if (!found) return tl::unexpected(found.error());
    base_url = found->base_url;
    if (model.empty()) model = found->model;
  }
  CallTarget target;
  target.link = link.name;
  target.model = model;
  target.key = candidate.key;
  target.max_output_tokens = step.max_output_tokens > 0 ? step.max_output_tokens : prompt.max_output_tokens;
  target.temperature = link.temperature;
  target.stream = link.stream && !is_not_streaming(base_url);
  const auto ask = [&] {
    const HttpRequest request = dialect(link.dialect).encode(target, prompt);
    return http.send(base_url, request, link.timeouts, stop, deadline, on_bytes);
  };
  auto answer = ask();
  if (answer && target.stream && refuses_streaming(link.dialect, *answer)) {
    target.stream = false;
    answer = ask();
    if (answer && answer->status == 200) {
      const std::lock_guard lock(mutex);
      not_streaming.insert(base_url);
    }
  }
  if (!answer) return tl::unexpected(answer.error());
  reply = std::move(*answer);
  return read_response(link.dialect, reply, clock.now().wall, candidate.key);
}

Chain::Chain(std::vector<LinkConfig> links, ChainOptions options, ChainDocuments& documents,
             const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(links), std::move(options), documents, clock)) {}

Chain::~Chain() = default;

Step Chain::next(const Query& query) const {
  return impl_->next(query);
}

Sent Chain::send(const Step& step, const Prompt& prompt, std::stop_token stop, SteadyTime deadline,
                 const OnBytes& on_bytes) {
  return impl_->send(step, prompt, stop, deadline, on_bytes);
}

void Chain::prepare(const Query& query, const Step& step) {
  impl_->prepare(query, step);
}

std::optional<Milliseconds> Chain::hedge_delay(const Step& step) const {
  return impl_->hedge_delay(step);
}

std::optional<Step> Chain::hedge(const Query& query) {
  return impl_->hedge(query);
}

std::vector<std::string> Chain::first_models(std::span<const std::string> only) const {
  std::vector<std::string> models;
  for (const LinkConfig& link : impl_->links) {
    const bool wanted = only.empty() || std::ranges::find(only, link.name) != only.end();
    if (wanted && !link.models.empty()) models.push_back(link.models.front());
  }
  return models;
}

std::vector<std::string> Chain::link_names() const {
  std::vector<std::string> names;
  for (const LinkConfig& link : impl_->links) names.push_back(link.name);
  return names;
}

std::string Chain::display_name(const std::string& link) const {
  const auto known = std::ranges::find(impl_->links, link, &LinkConfig::name);
  return known == impl_->links.end() ? link : known->display_name;
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
