// Which model and key of a link can be asked now, read from the shared chain state. Pure reading.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "providers/catalog.h"
#include "providers/chain_state.h"
#include "providers/provider.h"

namespace autofix::providers {

/// One way to ask a link.
struct Candidate {
  std::string model;
  std::string key_id;
  std::string key;
};

struct Candidates {
  std::vector<Candidate> open;
  ProviderError reason;  ///< when none is open: why, and when the first one opens
};

std::string pool_key(const LinkConfig& link, const Candidate& candidate);
std::string credential_key(const Candidate& candidate);
std::string model_key(const LinkConfig& link, const std::string& model);

class LinkState {
 public:
  explicit LinkState(const ChainState& state) : state_(state) {}

  /// The block of that key if it is still in force.
  std::optional<Block> block(const std::string& key, WallTime now) const;

  /// Keys of the first model that still exists, in the order of use. A used-up quota leads to the next key,
  /// not to the next model: that would trade quality for quota behind the user's back.
  Candidates candidates(const LinkConfig& link, WallTime now) const;

 private:
  const ChainState& state_;
};

}  // namespace autofix::providers
