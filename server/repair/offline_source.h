// The last link of the chain: repairs without any model and without any network. It refuses rather than
// guesses.
#pragma once

#include <memory>

#include "server/fix/fix_source.h"

namespace autofix::repair {

std::unique_ptr<fix::FixSource> make_offline_source();

}  // namespace autofix::repair
