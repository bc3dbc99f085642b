// A patch that stands in the project for a while and is taken back whatever happens. For one run of a
// command; what a user accepts is written by server/fix/apply_patch.h alone.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <tl/expected.hpp>
#include <vector>

#include "server/fix/apply_patch.h"
#include "server/fix/beneath.h"

namespace autofix::verify {

class AppliedPatch {
 public:
  /// Notes what is there, then writes the patch.
  static tl::expected<std::unique_ptr<AppliedPatch>, fix::ApplyError> apply(const std::filesystem::path& root,
                                                                            const fix::Patch& patch);
  AppliedPatch(const AppliedPatch&) = delete;
  AppliedPatch& operator=(const AppliedPatch&) = delete;
  ~AppliedPatch();

  /// Restores the bytes, the mode bits, and the absence of files and folders. Never overwrites what somebody
  /// else wrote meanwhile. Returns what could not be put back, a sentence per file; empty when all is well.
  std::string put_back();

 private:
  /// What stood at one of the patch's paths.
  struct Original {
    std::string path;
    bool existed = false;
    mode_t mode = 0;
    timespec modified{};
  };

  AppliedPatch(const std::filesystem::path& root, const fix::Patch& patch);
  void note(const std::string& path);
  void note_missing_folders(const std::string& path);
  void distrust_old_bytecode() const;
  std::string put_back_each() const;
  bool is_as_it_was(const fix::FileChange& undo) const;
  void restore_empty_files() const;
  void restore_modes() const;
  void remove_made_folders() const;

  std::filesystem::path root_path_;
  fix::Descriptor root_;
  fix::Patch patch_;
  std::vector<Original> originals_;
  std::vector<std::string> missing_folders_;  // deepest first
  bool applied_ = false;
};

}  // namespace autofix::verify
