// Where the chain keeps what it learned of providers: one document for each link, shared by every process of
// a user or a team. Bytes only: what they say is link_record.h's, and how to keep them is server/store's.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace autofix::providers {

/// Thread-safe. Never throws and never fails for the caller: an implementation whose store is gone goes on
/// in memory and says so once.
class ChainDocuments {
 public:
  virtual ~ChainDocuments() = default;

  /// The documents of these keys, in their order; empty where there is none.
  virtual std::vector<std::string> read(std::span<const std::string> keys) const = 0;

  /// What a document becomes; an empty one is removed.
  using Change = std::function<std::string(std::string_view)>;

  /// Atomic among all processes. `change` must be a pure function of its argument: where two processes write
  /// at the same time it is called again. Returns what was stored.
  virtual std::string update(const std::string& key, const Change& change) = 0;
};

std::unique_ptr<ChainDocuments> make_memory_chain_documents();

}  // namespace autofix::providers
