// A picture of the project that is thrown away: the disk, texts that are not saved yet, a patch. Commands run
// in it; nothing ever comes out of it but what they print.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "server/fix/patch.h"
#include "server/fix/private_folder.h"
#include "server/verify/run_command.h"

namespace autofix::verify {

/// How the picture differs from the disk; paths are project-relative.
struct Picture {
  std::map<std::string, std::string, std::less<>> texts;
  std::vector<std::string> removed;
};

/// `patch` on top of `unsaved`.
Picture picture_of(const std::map<std::string, std::string, std::less<>>& unsaved, const fix::Patch& patch);

/// One picture. Commands of one copy see what earlier ones wrote.
class ScratchCopy {
 public:
  virtual ~ScratchCopy() = default;

  /// Runs a command in `folder`, which is project-relative.
  virtual tl::expected<CommandResult, std::string> run(const Command& command, const std::string& folder,
                                                       const CommandLimits& limits, std::stop_token stop) = 0;

  /// How the project's root is called inside: what commands print may begin with it.
  virtual std::filesystem::path root() const = 0;
};

/// `verify.sandbox`: isolated or not at all; a plain copy even where isolation is possible.
enum class SandboxMode { automatic, isolated, copy };
SandboxMode sandbox_mode_named(std::string_view name);

/// Makes copies of one project, as isolated as the machine allows. Thread-safe once made.
class ScratchCopies {
 public:
  struct Options {
    std::filesystem::path root;  ///< canonical
    SandboxMode mode = SandboxMode::automatic;
    bool trusted = false;  ///< without it nothing runs that is not isolated
    std::vector<std::string> hidden_variables;
    ResourceLimits limits;  ///< zero: what suits this machine
  };

  /// Finds out by doing it what is possible here. The error opens with a stable code: `no_isolation: …` or
  /// `untrusted: …`.
  static tl::expected<ScratchCopies, std::string> open(Options options, const std::stop_token& stop);

  /// `isolated` or `copy`.
  const std::string& sandbox() const { return sandbox_; }
  bool isolated() const { return sandbox_ == "isolated"; }

  tl::expected<std::unique_ptr<ScratchCopy>, std::string> make(const Picture& picture,
                                                               const std::stop_token& stop) const;

 private:
  ScratchCopies(Options options, std::string sandbox)
      : options_(std::move(options)), sandbox_(std::move(sandbox)) {}

  Options options_;
  std::string sandbox_;
};

}  // namespace autofix::verify
