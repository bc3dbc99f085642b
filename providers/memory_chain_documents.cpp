#include <map>
#include <mutex>

#include "providers/chain_documents.h"

namespace autofix::providers {
namespace {

class MemoryChainDocuments final : public ChainDocuments {
 public:
  std::vector<std::string> read(std::span<const std::string> keys) const override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    for (const std::string& key : keys) {
      const auto known = documents_.find(key);
      found.push_back(known == documents_.end() ? std::string() : known->second);
    }
    return found;
  }

  std::string update(const std::string& key, const Change& change) override {
    const std::lock_guard lock(mutex_);
    const auto known = documents_.find(key);
    std::string document = change(known == documents_.end() ? std::string_view() : known->second);
    if (!document.empty()) {
      documents_.insert_or_assign(key, document);
    } else if (known != documents_.end()) {
      documents_.erase(known);
    }
    return document;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> documents_;
};

}  // namespace

std::unique_ptr<ChainDocuments> make_memory_chain_documents() {
  return std::make_unique<MemoryChainDocuments>();
}

}  // namespace autofix::providers
