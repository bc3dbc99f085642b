// What a request does to a link's record, before it is sent and when it is over: PROVIDERS.md's state machine
// in its three scopes. Pure, so that a store may run it again when two processes write at the same time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "providers/catalog.h"
#include "providers/http_message.h"
#include "providers/link_record.h"
#include "providers/provider.h"

namespace autofix::providers {

/// One way to ask a link.
struct Candidate {
  std::string model;
  std::string key_id;
  std::string key;
};

/// The key of a candidate's pool in the record: what configuration says, else what was found out, else the
/// key's own.
std::string pool_key(const LinkRecord& record, const LinkConfig& link, const Candidate& candidate,
                     WallTime now);

/// A request about to be sent.
struct Wish {
  Candidate candidate;
  std::int64_t tokens = 0;       ///< prompt and reply together, at most
  std::string lease_id;          ///< unique among all processes
  WallTime lease_until{};        ///< when the request is over at the latest
  bool despite_breaker = false;  ///< nothing but breakers stands in the way of the user's explicit request
};

/// Takes what the request needs, or says why it must not be sent now; then nothing is taken.
std::optional<ProviderError> reserve(LinkRecord& record, const LinkConfig& link, const Wish& wish,
                                     WallTime now);

/// How a request ended.
struct Ending {
  Candidate candidate;
  std::string lease_id;
  std::int64_t tokens = 0;  ///< what it really took, in and out together
  Milliseconds elapsed{0};
  HttpHeaders headers;
  std::optional<ProviderError> error;
};

/// `random` in [0, 1) spreads the breaker's return. A cancelled request teaches nothing; it only counts as
/// sent. A failure of this machine's own network is not the provider's: only the lease ends.
void settle(LinkRecord& record, const LinkConfig& link, const Ending& ending, WallTime now, double random);

/// What a model list, which costs nothing, says: whether the key is taken, and whether the model is still
/// there. `models` is empty where the request failed with `error`. A model that is not listed counts as gone
/// only where one of the link's other models is: some gateways list what they like.
void settle_model_list(LinkRecord& record, const LinkConfig& link, const Candidate& candidate,
                       const std::vector<std::string>& models, const std::optional<ProviderError>& error,
                       WallTime now);

/// The request was not sent after all.
void give_back(LinkRecord& record, const LinkConfig& link, const Candidate& candidate,
               const std::string& lease_id, WallTime now);

}  // namespace autofix::providers
