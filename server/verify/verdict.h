// Whether a run shows the problems that were asked for, and whether a later run is better: pure. Before and
// after are compared as sets; the exit status alone counts only where nothing else can be read.
#pragma once

#include <string>
#include <vector>

#include "server/problems/problem.h"
#include "server/verify/run_facts.h"

namespace autofix::verify {

/// Paths are relative to the project's root.
using Asked = std::vector<problems::Problem>;

/// Those of `asked` that the run shows.
Asked shown(const RunFacts& facts, const Asked& asked);

struct Verdict {
  std::string failure;  ///< why it is not good, one sentence; empty: what was asked for is gone, nothing came
  bool only_new_diagnostics = false;  ///< what came may have been there all the time, in files not built then
};

/// `before` shows `asked`.
Verdict judge(const RunFacts& before, const RunFacts& after, const Asked& asked);

/// The same for a wider run: what is asked for need not be in it, but nothing may come.
Verdict judge_rest(const RunFacts& before, const RunFacts& after);

}  // namespace autofix::verify
