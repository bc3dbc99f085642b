// One verification at a time per project, also across processes: two candidates in one folder would prove
// nothing about either.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>

#include "providers/clock.h"
#include "server/fix/beneath.h"

namespace autofix::verify {

class FolderLock {
 public:
  /// Waits for its turn; empty when stopped or at the deadline. Where the file system has no locks, nothing
  /// is locked.
  static std::optional<FolderLock> take(const std::filesystem::path& folder, providers::SteadyTime deadline,
                                        const std::stop_token& stop);
  FolderLock(FolderLock&&) noexcept = default;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(fix::Descriptor folder) : folder_(std::move(folder)) {}

  fix::Descriptor folder_;
};

}  // namespace autofix::verify
