#include "server/verify/disk_changes.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>

#include "server/fix/beneath.h"

namespace autofix::verify {

DiskChanges::DiskChanges(std::shared_ptr<const fix::ProjectFiles> files,
                         std::function<bool(std::string_view)> is_ours)
    : files_(std::move(files)), is_ours_(std::move(is_ours)), known_(files_->list()) {
  // The clock that stamps files goes in ticks of a few milliseconds. What was written in the one that is
  // going on was written before: the next one begins.
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  do {
    const timespec part_of_a_tick{0, 500'000};
    nanosleep(&part_of_a_tick, nullptr);
    clock_gettime(CLOCK_REALTIME_COARSE, &begin_);
  } while (begin_.tv_sec == now.tv_sec && begin_.tv_nsec == now.tv_nsec);
}

std::string DiskChanges::first() const {
  const fix::Descriptor root = fix::open_root(files_->root());
  const std::vector<std::string> now = files_->list();
  for (const std::string& path : now) {
    struct stat status {};
    // Nobody can set this time, as everybody can set the other one.
    const bool there = fstatat(root.get(), path.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    const bool later = status.st_ctim.tv_sec > begin_.tv_sec ||
                       (status.st_ctim.tv_sec == begin_.tv_sec && status.st_ctim.tv_nsec >= begin_.tv_nsec);
    if ((!there || later) && !is_ours_(path)) return path;
  }
  for (const std::string& path : known_) {
    if (!std::ranges::binary_search(now, path) && !is_ours_(path)) return path;
  }
  return {};
}

}  // namespace autofix::verify
