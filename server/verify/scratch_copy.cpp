#include "server/verify/scratch_copy.h"

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "server/fix/beneath.h"
#include "server/verify/child_environment.h"
#include "server/verify/copy_tree.h"
#include "server/verify/view.h"

namespace autofix::verify {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostOutput = 256ULL << 20;
constexpr std::uint64_t kMostMemory = 8ULL << 30;
constexpr std::uint64_t kMostFile = 8ULL << 30;
constexpr unsigned kMostProcesses = 1'000;

ResourceLimits suitable_limits() {
  const auto pages = static_cast<std::uint64_t>(std::max(sysconf(_SC_PHYS_PAGES), 1L));
  const auto page = static_cast<std::uint64_t>(std::max(sysconf(_SC_PAGESIZE), 1L));
  std::uint64_t machine = pages * page;
  // A container has less than its machine; `max` is no number and leaves it.
  std::ifstream container("/sys/fs/cgroup/memory.max");
  if (std::uint64_t most = 0; container >> most) machine = std::min(machine, most);
  return {std::min(kMostMemory, machine / 4 * 3), kMostProcesses, kMostFile};
}

/// Python trusts bytecode that was compiled from a file of the same size and the same second.
void distrust_old_bytecode(const fix::Descriptor& file, const struct stat& original) {
  struct stat now {};
  if (fstat(file.get(), &now) != 0 || now.st_mtim.tv_sec != original.st_mtim.tv_sec) return;
  timespec later[2] = {now.st_atim, now.st_mtim};
  later[1].tv_sec += 1;
  futimens(file.get(), later);
}

tl::unexpected<std::string> cannot_write(const fs::path& path) {
  return tl::unexpected("cannot write " + path.string() + ": " + std::generic_category().message(errno));
}

/// Writes a text below `target`, with the mode bits that the file has below `project`, folders included.
tl::expected<void, std::string> write_text(const fs::path& target, const fs::path& project,
                                           const std::string& path, const std::string& text) {
  const fs::path whole = target / path;
  struct stat original {};
  fs::path made = target;
  fs::path known = project;
  for (const fs::path& part : fs::path(path).parent_path()) {
    made /= part;
    known /= part;
    if (mkdir(made.c_str(), 0755) != 0) continue;
    if (lstat(known.c_str(), &original) == 0 && S_ISDIR(original.st_mode)) {
      chmod(made.c_str(), original.st_mode & 07777);
    }
  }
  const bool existed = lstat((project / path).c_str(), &original) == 0 && S_ISREG(original.st_mode);
  unlink(whole.c_str());  // a copy may share the bytes, or be a link
  const fix::Descriptor file(open(whole.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return cannot_write(whole);
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t count = write(file.get(), text.data() + at, text.size() - at);
    if (count <= 0) return cannot_write(whole);
    at += static_cast<std::size_t>(count);
  }
  fchmod(file.get(), existed ? original.st_mode & 07777 : 0644);
  if (existed && path.ends_with(".py")) distrust_old_bytecode(file, original);
  return {};
}

CommandLimits with_most_output(CommandLimits limits) {
  limits.most_output_bytes = kMostOutput;
  return limits;
}

/// Nothing is copied: layers over the project, for this command's eyes only.
class LayeredCopy final : public ScratchCopy {
 public:
  LayeredCopy(fix::PrivateFolder folder, const ScratchCopies::Options& options,
              std::vector<std::string> removed)
      : folder_(std::move(folder)), options_(options), removed_(std::move(removed)) {}

  tl::expected<CommandResult, std::string> run(const Command& command, const std::string& folder,
                                               const CommandLimits& limits, std::stop_token stop) override {
    ViewWish wish;
    wish.base = folder_.path();
    wish.project = options_.root;
    wish.environment = child_environment(options_.hidden_variables);
    wish.removed = std::exchange(removed_, {});
    wish.run = ++runs_;
    Sandbox sandbox = plan_view(wish);
    sandbox.limits = options_.limits;
    return run_command(command, options_.root / folder, with_most_output(limits), options_.hidden_variables,
                       std::move(stop), &sandbox);
  }

  fs::path root() const override { return options_.root; }

 private:
  fix::PrivateFolder folder_;
  ScratchCopies::Options options_;
  std::vector<std::string> removed_;
  int runs_ = 0;
};

/// Without namespaces: every file copied, and the command trusted not to look elsewhere.
class PlainCopy final : public ScratchCopy {
 public:
  PlainCopy(fix::PrivateFolder folder, ScratchCopies::Options options)
      : folder_(std::move(folder)), options_(std::move(options)) {}

  tl::expected<CommandResult, std::string> run(const Command& command, const std::string& folder,
                                               const CommandLimits& limits, std::stop_token stop) override {
    return run_command(command, root() / folder, with_most_output(limits), options_.hidden_variables,
                       std::move(stop));
  }

  fs::path root() const override { return folder_.path() / "project"; }

 private:
  fix::PrivateFolder folder_;
  ScratchCopies::Options options_;
};

std::string why_not_isolated(const ScratchCopies::Options& options, const std::stop_token& stop) {
  auto folder = fix::PrivateFolder::create("scratch");
  if (!folder) return folder.error();
  LayeredCopy copy(std::move(*folder), options, {});
  CommandLimits limits;
  limits.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const auto result = copy.run({{"/bin/sh", "-c", "exit 0"}, "exit 0"}, "", limits, stop);
  if (!result) return result.error();
  return result->end == CommandResult::End::exited && result->exit_status == 0 ? "" : "nothing runs in it";
}

}  // namespace

SandboxMode sandbox_mode_named(std::string_view name) {
  if (name == "isolated") return SandboxMode::isolated;
  return name == "copy" ? SandboxMode::copy : SandboxMode::automatic;
}

Picture picture_of(const std::map<std::string, std::string, std::less<>>& unsaved, const fix::Patch& patch) {
  Picture picture{unsaved, {}};
  for (const fix::FileChange& change : patch.files) {
    const bool gone = change.kind == fix::ChangeKind::remove || change.kind == fix::ChangeKind::rename;
    if (gone) {
      picture.texts.erase(change.path);
      picture.removed.push_back(change.path);
    }
    if (change.kind == fix::ChangeKind::remove) continue;
    picture.texts[change.kind == fix::ChangeKind::rename ? change.new_path : change.path] = change.after;
  }
  return picture;
}

tl::expected<ScratchCopies, std::string> ScratchCopies::open(Options options, const std::stop_token& stop) {
  if (options.limits.memory_bytes == 0) options.limits = suitable_limits();
  std::string why = "verify.sandbox is copy";
  if (options.mode != SandboxMode::copy) {
    why = why_not_isolated(options, stop);
    if (why.empty()) return ScratchCopies(std::move(options), "isolated");
    if (options.mode == SandboxMode::isolated) return tl::unexpected("no_isolation: " + why);
  }
  if (!options.trusted) {
    return tl::unexpected("untrusted: without isolation (" + why +
                          ") nothing runs in a project that is not trusted");
  }
  return ScratchCopies(std::move(options), "copy");
}

tl::expected<std::unique_ptr<ScratchCopy>, std::string> ScratchCopies::make(
    const Picture& picture, const std::stop_token& stop) const {
  auto folder = fix::PrivateFolder::create("scratch");
  if (!folder) return tl::unexpected(folder.error());
  fs::path target = project_layer(folder->path());
  if (isolated()) {
    std::error_code error;
    fs::create_directory(target, error);
  } else {
    target = folder->path() / "project";
    if (auto copied = copy_tree(options_.root, target, stop); !copied) return tl::unexpected(copied.error());
    for (const std::string& path : picture.removed) unlink((target / path).c_str());
  }
  for (const auto& [path, text] : picture.texts) {
    if (auto written = write_text(target, options_.root, path, text); !written) {
      return tl::unexpected(written.error());
    }
  }
  if (isolated()) return std::make_unique<LayeredCopy>(std::move(*folder), options_, picture.removed);
  return std::make_unique<PlainCopy>(std::move(*folder), options_);
}

}  // namespace autofix::verify
