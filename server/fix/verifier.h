// How the engine has a candidate proven. Implemented in server/verify.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "providers/clock.h"
#include "server/fix/patch.h"
#include "server/fix/project_files.h"
#include "server/fix/request_context.h"
#include "server/problems/problem.h"

namespace autofix::fix {

struct RunCounts {
  int failed = 0;
  int passed = 0;
};

struct Verification {
  enum class State { not_run, passed, failed };
  State state = State::not_run;
  std::vector<std::string> command;  ///< argv
  std::string sandbox = "none";      ///< isolated | copy | none
  std::optional<RunCounts> before;
  std::optional<RunCounts> after;
  std::string reason;  ///< failed: why, one sentence; not_run: the same after a stable code, `flaky: …`
  std::string output;  ///< failed: the tail of what the run printed, fit for the model
};

class Verifier {
 public:
  virtual ~Verifier() = default;

  /// Starts to look at the project as it is, in the background, while a provider is asked. At most once,
  /// before the first verify(); needless, but then verify() takes longer.
  virtual void begin(const RequestContext& context) { static_cast<void>(context); }

  /// Runs the detector or the failing test on the project with the patch applied. Leaves the project's bytes
  /// as they were. Cancelled through `context.stop`: then the state is not_run.
  virtual Verification verify(const RequestContext& context, const Patch& patch) = 0;
};

/// What is to be proven, and what may be run for it.
struct VerifierWish {
  std::filesystem::path root;  ///< canonical
  std::shared_ptr<const ProjectFiles> files;
  std::map<std::string, std::string, std::less<>> unsaved;  ///< project-relative: texts of open buffers
  std::vector<problems::Problem> problems;                  ///< paths project-relative
  std::string typed_command;          ///< a command that somebody typed for this request; it comes first
  std::vector<std::string> commands;  ///< `verify.commands`; else a recipe is looked for
  std::string sandbox = "auto";       ///< `verify.sandbox`
  providers::Milliseconds timeout{60'000};
  providers::SteadyTime deadline;
  bool trusted = false;  ///< else only a typed command runs, and only isolated
};

/// The error opens with a stable code: `untrusted: …`, `no_recipe: …`.
using MakeVerifier = std::function<tl::expected<std::unique_ptr<Verifier>, std::string>(VerifierWish)>;

}  // namespace autofix::fix
