#include "server/verify/folder_lock.h"

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <sys/file.h>

namespace autofix::verify {

std::optional<FolderLock> FolderLock::take(const std::filesystem::path& folder,
                                           providers::SteadyTime deadline, const std::stop_token& stop) {
  FolderLock lock(fix::open_root(folder));
  std::mutex mutex;
  std::condition_variable_any waiting;
  while (lock.folder_ && flock(lock.folder_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) break;
    if (stop.stop_requested() || std::chrono::steady_clock::now() >= deadline) return std::nullopt;
    std::unique_lock held(mutex);
    waiting.wait_for(held, stop, providers::Milliseconds(20), [] { return false; });
  }
  return lock;
}

FolderLock::~FolderLock() {
  // Said aloud: a child that another thread is just starting may hold a copy of the descriptor.
  if (folder_) flock(folder_.get(), LOCK_UN);
}

}  // namespace autofix::verify
