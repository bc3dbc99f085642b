#include "server/fix/apply_patch.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

#include "server/fix/beneath.h"
#include "server/fix/check_patch.h"

namespace autofix::fix {
namespace {

/// One name that gets new bytes, or goes.
struct Operation {
  std::string path;
  std::optional<std::string> before;  ///< empty: there must be no such file
  std::optional<std::string> after;   ///< empty: the file goes
  Descriptor folder{};
  std::string name{};
  std::string temporary{};
  mode_t mode = 0644;
  bool is_moved_from_last = false;  ///< the operation before removes it from its old place
};

ApplyError io_error(const std::string& path) {
  return {"io_error", path + ": " + std::strerror(errno)};
}

std::string random_name() {
  std::random_device source;
  std::array<char, 48> name{};
  std::snprintf(name.data(), name.size(), ".autofix-%08x%08x.tmp", static_cast<unsigned>(source()),
                static_cast<unsigned>(source()));
  return name.data();
}

std::optional<ApplyError> read_current(Operation& operation, std::string& bytes) {
  const Descriptor file(
      openat(operation.folder.get(), operation.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) {
    if (errno == ELOOP) return ApplyError{"outside_root", operation.path + " is a symbolic link"};
    return errno == ENOENT ? ApplyError{"stale_document", operation.path + " does not exist any more"}
                           : io_error(operation.path);
  }
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return io_error(operation.path);
  if (!S_ISREG(status.st_mode)) return ApplyError{"outside_root", operation.path + " is no regular file"};
  operation.mode = status.st_mode & 07777;
  bytes.resize(static_cast<std::size_t>(status.st_size));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_error(operation.path);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return std::nullopt;
}

/// Writes `bytes` to a new name beside the target.
std::optional<ApplyError> write_temporary(Operation& operation, const std::string& bytes) {
  operation.temporary = random_name();
  const Descriptor file(openat(operation.folder.get(), operation.temporary.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) {
    operation.temporary.clear();
    return io_error(operation.path);
  }
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count = write(file.get(), bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_error(operation.path);
    written += static_cast<std::size_t>(count);
  }
  if (fchmod(file.get(), operation.mode) != 0 || fsync(file.get()) != 0) return io_error(operation.path);
  return std::nullopt;
}

class Application {
 public:
  explicit Application(const std::filesystem::path& root) : root_(open_root(root)) {}

  tl::expected<void, ApplyError> run(std::vector<Operation> operations) {
    operations_ = std::move(operations);
    std::optional<ApplyError> error;
    if (!root_) error = ApplyError{"io_error", std::string("the project's folder: ") + std::strerror(errno)};
    for (std::size_t at = 0; at < operations_.size() && !error; ++at) error = prepare(operations_[at]);
    for (std::size_t at = 0; at < operations_.size() && !error; ++at) {
      if (operations_[at].is_moved_from_last) operations_[at].mode = operations_[at - 1].mode;
      if (operations_[at].after) error = write_temporary(operations_[at], *operations_[at].after);
    }
    for (; done_ < operations_.size() && !error; ++done_) {
      error = commit(operations_[done_]);
      if (error) break;
    }
    if (!error) return {};
    roll_back(*error);
    return tl::unexpected(std::move(*error));
  }

 private:
  /// Opens the folder (made where a new file needs it) and compares what is there with what is expected.
  std::optional<ApplyError> prepare(Operation& operation) {
    const auto [folder, name] = split_path(operation.path);
    operation.name = name;
    if (!operation.before) {
      if (auto error = make_folders(folder)) return error;
    }
    operation.folder = open_beneath(root_.get(), folder, O_RDONLY | O_DIRECTORY);
    if (!operation.folder) {
      if (errno == ELOOP || errno == EXDEV) {
        return ApplyError{"outside_root", operation.path + " lies behind a symbolic link"};
      }
      return errno == ENOENT ? ApplyError{"stale_document", operation.path + " does not exist any more"}
                             : io_error(operation.path);
    }
    struct stat status {};
    if (!operation.before) {
      if (fstatat(operation.folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
          !(S_ISREG(status.st_mode) && status.st_size == 0)) {
        return ApplyError{"stale_document", operation.path + " exists meanwhile"};
      }
      return std::nullopt;
    }
    std::string bytes;
    if (auto error = read_current(operation, bytes)) return error;
    if (bytes != *operation.before) {
      return ApplyError{"stale_document", operation.path + " was changed meanwhile"};
    }
    return std::nullopt;
  }

  std::optional<ApplyError> make_folders(const std::string& folder) {
    for (std::size_t slash = 0; slash != std::string::npos && !folder.empty();) {
      slash = folder.find('/', slash == 0 ? 0 : slash + 1);
      const std::string part = folder.substr(0, slash);
      const auto [parent, name] = split_path(part);
      const Descriptor above = open_beneath(root_.get(), parent, O_RDONLY | O_DIRECTORY);
      if (!above) {
        return errno == ELOOP || errno == EXDEV
                   ? ApplyError{"outside_root", part + " lies behind a symbolic link"}
                   : io_error(part);
      }
      if (mkdirat(above.get(), name.c_str(), 0777) == 0) {
        made_folders_.push_back(part);
      } else if (errno != EEXIST) {
        return io_error(part);
      }
    }
    return std::nullopt;
  }

  static std::optional<ApplyError> commit(Operation& operation) {
    const int folder = operation.folder.get();
    if (!operation.after) {
      if (unlinkat(folder, operation.name.c_str(), 0) != 0) return io_error(operation.path);
      return std::nullopt;
    }
    if (renameat(folder, operation.temporary.c_str(), folder, operation.name.c_str()) != 0) {
      return io_error(operation.path);
    }
    operation.temporary.clear();
    return std::nullopt;
  }

  void roll_back(ApplyError& error) {
    while (done_ > 0) {
      Operation& operation = operations_[--done_];
      bool undone = true;
      if (!operation.before) {
        undone = unlinkat(operation.folder.get(), operation.name.c_str(), 0) == 0;
      } else {
        undone = !write_temporary(operation, *operation.before) &&
                 renameat(operation.folder.get(), operation.temporary.c_str(), operation.folder.get(),
                          operation.name.c_str()) == 0;
        if (undone) operation.temporary.clear();
      }
      if (!undone) error.message += "; " + operation.path + " could not be put back";
    }
    for (Operation& operation : operations_) {
      if (!operation.temporary.empty()) unlinkat(operation.folder.get(), operation.temporary.c_str(), 0);
    }
    while (!made_folders_.empty()) {
      const auto [parent, name] = split_path(made_folders_.back());
      const Descriptor above = open_beneath(root_.get(), parent, O_RDONLY | O_DIRECTORY);
      if (above) unlinkat(above.get(), name.c_str(), AT_REMOVEDIR);
      made_folders_.pop_back();
    }
  }

  Descriptor root_;
  std::vector<Operation> operations_;
  std::size_t done_ = 0;
  std::vector<std::string> made_folders_;
};

}  // namespace

tl::expected<void, ApplyError> apply_patch(const std::filesystem::path& root, const Patch& patch) {
  std::vector<Operation> operations;
  for (const FileChange& change : patch.files) {
    for (const std::string& path : {change.path, change.new_path}) {
      if (!path.empty() && normalized_path(path) != path) {
        return tl::unexpected(ApplyError{"outside_root", path + " is no path inside the project"});
      }
    }
    switch (change.kind) {
      case ChangeKind::modify:
        operations.push_back({change.path, change.before, change.after});
        break;
      case ChangeKind::create:
        operations.push_back({change.path, std::nullopt, change.after});
        break;
      case ChangeKind::remove:
        operations.push_back({change.path, change.before, std::nullopt});
        break;
      case ChangeKind::rename:
        operations.push_back({change.path, change.before, std::nullopt});
        operations.push_back({change.new_path, std::nullopt, change.after});
        operations.back().is_moved_from_last = true;
        break;
    }
  }
  return Application(root).run(std::move(operations));
}

Patch reversed(const Patch& patch) {
  Patch back;
  for (const FileChange& change : patch.files) {
    FileChange undo;
    undo.path = change.path;
    undo.before = change.after;
    undo.after = change.before;
    switch (change.kind) {
      case ChangeKind::modify:
        break;
      case ChangeKind::create:
        undo.kind = ChangeKind::remove;
        break;
      case ChangeKind::remove:
        undo.kind = ChangeKind::create;
        break;
      case ChangeKind::rename:
        undo.kind = ChangeKind::rename;
        undo.path = change.new_path;
        undo.new_path = change.path;
        break;
    }
    if (undo.kind != ChangeKind::remove) undo.edits = text::minimal_edits(undo.before, undo.after);
    back.files.push_back(std::move(undo));
  }
  return back;
}

}  // namespace autofix::fix
