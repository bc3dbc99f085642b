// Tells of trouble once for each kind, however many calls meet it.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "server/store/storage.h"

namespace autofix::store {

/// Thread-safe; one for each open_store, shared by the storages it opens.
class Notices {
 public:
  explicit Notices(std::function<void(std::string)> notice) : notice_(std::move(notice)) {}

  /// `consequence`: what autofix does about it, a whole sentence.
  void tell(const Trouble& trouble, const std::string& consequence);

 private:
  std::mutex mutex_;
  std::set<Trouble::Kind> told_;
  std::function<void(std::string)> notice_;
};

}  // namespace autofix::store
