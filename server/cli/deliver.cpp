#include "server/cli/deliver.h"

#include <algorithm>
#include <ctime>

#include "server/cli/archive/fixed_zip.h"
#include "server/cli/archive/new_file.h"
#include "server/cli/archive/unpack.h"
#include "server/cli/copy_project.h"
#include "server/cli/exit_codes.h"
#include "server/cli/new_folder.h"
#include "server/fix/apply_patch.h"

namespace autofix::cli {
namespace {

namespace fs = std::filesystem;

using Done = tl::expected<void, Failure>;

bool is_zip(const fs::path& path) {
  return path.extension() == ".zip";
}

Failure output_failure(std::string cause) {
  return {kUsage, "output", std::move(cause), "Name a place that is free and can be written."};
}

Failure not_applied(const fix::ApplyError& error) {
  return {kNoFix, error.code, error.message, "Nothing was changed; try again."};
}

bool lies_inside(const fs::path& root, const fs::path& path) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(path, error);
  return std::mismatch(root.begin(), root.end(), whole.begin(), whole.end()).first == root.end();
}

/// Writes the fixed project as a .zip into `file`.
tl::expected<void, std::string> write_zip(int file, const Project& project, const fix::Patch& patch,
                                          const std::stop_token& stop) {
  const std::time_t now = std::time(nullptr);
  if (!project.packed) return write_fixed_folder(file, project.root, patch, now, stop);
  const PackedProject& packed = *project.packed;
  auto done = write_fixed_archive(file, packed.archive, packed.top, patch, now, stop);
  if (done && !packed.archive.is_unwritten())
    return tl::unexpected(packed.path.string() + " was changed meanwhile");
  return done;
}

Done to_new_zip(const fs::path& target, const Project& project, const fix::Patch& patch,
                const std::stop_token& stop) {
  auto file = NewFile::beside(target, 0666);
  if (!file) return tl::unexpected(output_failure(file.error()));
  auto done = write_zip(file->file(), project, patch, stop);
  if (!done) return tl::unexpected(output_failure(target.string() + " was not written: " + done.error()));
  if (done = file->place(); !done) return tl::unexpected(output_failure(done.error()));
  return {};
}

/// Over the archive that the project came from.
Done to_same_zip(const Project& project, const fix::Patch& patch, const std::stop_token& stop) {
  const PackedProject& packed = *project.packed;
  const auto failure = [&](const std::string& why) {
    return tl::unexpected(Failure{kNoFix, "io_error", packed.path.string() + " was not changed: " + why,
                                  "Try again, or write to another place with --output."});
  };
  auto file = NewFile::beside(packed.path, 0600);
  if (!file) return failure(file.error());
  if (auto done = write_zip(file->file(), project, patch, stop); !done) return failure(done.error());
  if (!packed.archive.is_still_at(packed.path)) {
    return tl::unexpected(Failure{kNoFix, "stale_document", packed.path.string() + " was changed meanwhile",
                                  "Nothing was changed; try again."});
  }
  if (auto done = file->replace(packed.archive.mode()); !done) return failure(done.error());
  return {};
}

/// The project's files as they are, or were packed: not as commands left what was unpacked first.
tl::expected<void, std::string> fill_folder(const fs::path& folder, const Project& project,
                                            const std::stop_token& stop) {
  if (!project.packed) return copy_project(project.root, folder);
  std::error_code error;
  fs::create_directory(folder, error);
  if (error) return tl::unexpected(error.message());
  auto unpacked = unpack(project.packed->archive, project.packed->top, folder, stop);
  if (!unpacked) return tl::unexpected(project.packed->path.string() + " " + unpacked.error());
  return {};
}

Done to_new_folder(const fs::path& target, const Project& project, const fix::Patch& patch,
                   const std::stop_token& stop) {
  auto folder = NewFolder::for_target(target);
  if (!folder) return tl::unexpected(output_failure(folder.error()));
  auto done = fill_folder(folder->path(), project, stop);
  if (!done) return tl::unexpected(output_failure(target.string() + " was not written: " + done.error()));
  if (auto applied = fix::apply_patch(folder->path(), patch); !applied)
    return tl::unexpected(not_applied(applied.error()));
  if (done = folder->place(); !done) return tl::unexpected(output_failure(done.error()));
  return {};
}

}  // namespace

Done check_place(const FixOptions& options, const Project& project) {
  if (options.output.empty()) return {};
  const fs::path target = options.output;
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  const bool is_free_folder =
      !is_zip(target) && fs::is_directory(target, error) && fs::is_empty(target, error);
  if (fs::exists(status) && !is_free_folder) {
    return tl::unexpected(output_failure(
        target.string() + (is_zip(target) ? " exists" : " exists and is not an empty folder")));
  }
  if (!project.packed && lies_inside(project.root, target)) {
    return tl::unexpected(output_failure(target.string() + " lies inside the project"));
  }
  return {};
}

Done deliver(const FixOptions& options, const Project& project, const fix::Patch& patch,
             const std::stop_token& stop) {
  if (!options.output.empty()) {
    return is_zip(options.output) ? to_new_zip(options.output, project, patch, stop)
                                  : to_new_folder(options.output, project, patch, stop);
  }
  if (!options.apply) return {};
  if (project.packed) return to_same_zip(project, patch, stop);
  if (auto applied = fix::apply_patch(project.root, patch); !applied)
    return tl::unexpected(not_applied(applied.error()));
  return {};
}

}  // namespace autofix::cli
