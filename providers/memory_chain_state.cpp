#include <algorithm>
#include <map>
#include <mutex>

#include "providers/chain_state.h"

namespace autofix::providers {
namespace {

class MemoryChainState final : public ChainState {
 public:
  std::optional<Block> block(const std::string& key) const override { return find(blocks_, key); }

  void set_block(const std::string& key, const Block& block) override {
    const std::lock_guard lock(mutex_);
    const auto [entry, inserted] = blocks_.try_emplace(key, block);
    if (!inserted && block.until > entry->second.until) entry->second = block;
  }

  void clear_block(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    blocks_.erase(key);
  }

  BreakerState breaker(const std::string& provider) const override {
    return find(breakers_, provider).value_or(BreakerState{});
  }

  void set_breaker(const std::string& provider, const BreakerState& state) override {
    const std::lock_guard lock(mutex_);
    breakers_[provider] = state;
  }

  std::optional<int> tokens_per_minute(const std::string& key) const override { return find(tokens_, key); }

  void set_tokens_per_minute(const std::string& key, int tokens) override {
    const std::lock_guard lock(mutex_);
    tokens_[key] = tokens;
  }

 private:
  template <typename Value>
  std::optional<Value> find(const std::map<std::string, Value>& values, const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = values.find(key);
    if (found == values.end()) return {};
    return found->second;
  }

  mutable std::mutex mutex_;
  std::map<std::string, Block> blocks_;
  std::map<std::string, BreakerState> breakers_;
  std::map<std::string, int> tokens_;
};

}  // namespace

std::unique_ptr<ChainState> make_memory_chain_state() {
  return std::make_unique<MemoryChainState>();
}

}  // namespace autofix::providers
