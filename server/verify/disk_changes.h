// Whether files of the project changed on disk since a moment: then what ran may have seen half of it.
#pragma once

#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/fix/project_files.h"

namespace autofix::verify {

class DiskChanges {
 public:
  /// From now on. `is_ours`: files whose text on disk does not matter, because another one is laid over it.
  DiskChanges(std::shared_ptr<const fix::ProjectFiles> files, std::function<bool(std::string_view)> is_ours);

  /// The first file that was changed, made or removed since; empty: none.
  std::string first() const;

 private:
  std::shared_ptr<const fix::ProjectFiles> files_;
  std::function<bool(std::string_view)> is_ours_;
  std::vector<std::string> known_;
  timespec begin_{};
};

}  // namespace autofix::verify
