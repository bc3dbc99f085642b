// A file that comes into being whole: written under another name beside its place, then moved there. Nobody
// ever sees half of it. Deliberately without any knowledge of what is written.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <tl/expected.hpp>

#include "server/fix/beneath.h"

namespace autofix::cli {

/// False with errno set when not everything could be written.
bool write_all(int file, std::string_view bytes);

class NewFile {
 public:
  /// `mode` as for open(2): the process's umask is taken off. `target`'s folder has to exist.
  static tl::expected<NewFile, std::string> beside(const std::filesystem::path& target, mode_t mode);
  NewFile(NewFile&&) noexcept = default;
  NewFile& operator=(NewFile&&) = delete;
  /// Takes the file away when it was not moved to its place.
  ~NewFile();

  int file() const { return file_.get(); }

  /// Moves it to its place, where there must be nothing; to stay there also after a power failure.
  tl::expected<void, std::string> place();
  /// Moves it to its place over what is there, whose permission bits it gets.
  tl::expected<void, std::string> replace(mode_t mode);

 private:
  NewFile() = default;

  fix::Descriptor folder_;
  fix::Descriptor file_;
  std::filesystem::path target_;
  std::string temporary_;  ///< empty once it is in its place
};

}  // namespace autofix::cli
