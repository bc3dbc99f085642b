// The inside of Chain, shared by its three files: chain.cpp asks, chain_check.cpp tells how links are,
// chain_prepare.cpp works ahead.
#pragma once

#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "providers/chain.h"
#include "providers/http_client.h"
#include "providers/link_transitions.h"
#include "providers/record_memo.h"

namespace autofix::providers {

ProviderError reason_of(ErrorKind kind, std::string message, std::optional<WallTime> retry_at = {});

struct Chain::Impl {
  Impl(std::vector<LinkConfig> link_configs, ChainOptions chain_options, ChainDocuments& chain_documents,
       const Clock& chain_clock)
      : links(std::move(link_configs)),
        options(std::move(chain_options)),
        documents(chain_documents),
        clock(chain_clock),
        http(options.ca_file) {}

  std::vector<LinkConfig> links;
  ChainOptions options;
  ChainDocuments& documents;
  const Clock& clock;
  HttpClient http;
  mutable RecordMemo memo;

  mutable std::mutex mutex;  ///< of everything below
  mutable std::mt19937_64 random{std::random_device{}()};
  /// Failures of this machine's own network: nobody else's business, and over as soon as anything answers.
  mutable std::map<std::string, BreakerState> network;
  mutable std::string network_seen;
  std::set<std::string> not_streaming;  ///< base URLs of servers that know no streaming
  int requests = 0;                     ///< sent by this process
  int doubled = 0;

  // chain.cpp
  const LinkConfig* find(const std::string& name) const;
  LinkRecord record_of(const LinkConfig& link) const;
  void change(const LinkConfig& link, const std::function<void(LinkRecord&)>& change);
  Step next(const Query& query) const;
  std::optional<Milliseconds> hedge_delay(const Step& step) const;
  std::optional<Step> hedge(const Query& query);
  Sent send(const Step& step, const Prompt& prompt, const std::stop_token& stop, SteadyTime deadline,
            const OnBytes& on_bytes);
  std::optional<WallTime> network_closed(const std::string& link, WallTime now) const;

  // chain_check.cpp
  LinkStatus status_of(const LinkConfig& link) const;
  LinkCheck check(const std::string& name, const std::stop_token& stop, SteadyTime deadline);
  /// Asks for the models and records what that says of the key; the models, or why there are none.
  tl::expected<std::vector<std::string>, ProviderError> list_models(const LinkConfig& link,
                                                                    const std::string& base_url,
                                                                    const Candidate& candidate,
                                                                    const std::stop_token& stop,
                                                                    SteadyTime deadline);

  // chain_prepare.cpp
  void prepare(const Query& query, const Step& step);

 private:
  struct Reservation;

  double roll() const;
  std::string new_lease_id() const;
  std::optional<double> usd_left(const std::string& document, WallTime now) const;
  bool is_scarce(const LinkConfig& link, const Step& step) const;
  std::optional<ProviderError> reserve_all(const LinkConfig& link, const Reservation& held, WallTime now);
  void pay(const Reservation& held, double usd, WallTime now);
  void learn(const LinkConfig& link, const Ending& ending);
  Reservation reservation_for(const LinkConfig& link, const Step& step, const Prompt& prompt,
                              SteadyTime deadline) const;
  tl::expected<Completion, ProviderError> call(const LinkConfig& link, const Candidate& candidate,
                                               std::string& model, const Step& step, const Prompt& prompt,
                                               const std::stop_token& stop, SteadyTime deadline,
                                               const OnBytes& on_bytes, HttpReply& reply);
  bool is_not_streaming(const std::string& base_url) const;

  /// Its thread ends before anything that it uses is gone.
  std::jthread preparation_;
  bool preparing_ = false;
};

}  // namespace autofix::providers
