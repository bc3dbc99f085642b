// How the engine has a candidate proven. Implemented in server/verify.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/fix/patch.h"
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
  std::string reason;  ///< not_run or failed: why, one sentence
  std::string output;  ///< failed: the tail of what the run printed, fit for the model
};

class Verifier {
 public:
  virtual ~Verifier() = default;

  /// Runs the detector or the failing test on the project with the patch applied. Leaves the project's bytes
  /// as they were. Cancelled through `context.stop`: then the state is not_run.
  virtual Verification verify(const RequestContext& context, const Patch& patch) = 0;
};

}  // namespace autofix::fix
