// One look at a picture of the project through one proof: its commands run in order, their output read.
#pragma once

#include <stop_token>
#include <string>
#include <tl/expected.hpp>

#include "providers/clock.h"
#include "server/verify/recipe.h"
#include "server/verify/run_facts.h"
#include "server/verify/scratch_copy.h"

namespace autofix::verify {

enum class Width { narrow, wide };

struct Look {
  RunFacts facts;
  providers::Milliseconds elapsed{0};
  bool cancelled = false;
};

/// Fails when a command cannot be started; the error is one sentence.
tl::expected<Look, std::string> look_at(ScratchCopy& copy, const Proof& proof, Width width,
                                        providers::SteadyTime deadline, const std::stop_token& stop);

}  // namespace autofix::verify
