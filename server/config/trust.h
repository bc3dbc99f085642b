// Which projects the user trusts: remembered in the state folder, bound to the bytes of the project's own
// configuration, so that a swapped file has to be trusted again (TRUST.md #2, #3).
#pragma once

#include <filesystem>
#include <string>
#include <tl/expected.hpp>

#include "server/config/load.h"

namespace autofix::config {

bool is_trusted(const std::filesystem::path& project, const Environment& environment);
tl::expected<void, std::string> set_trusted(const std::filesystem::path& project,
                                            const Environment& environment);
tl::expected<void, std::string> revoke_trust(const std::filesystem::path& project,
                                             const Environment& environment);

/// `$XDG_STATE_HOME/autofix`, made with mode 0700 where it is missing.
tl::expected<std::filesystem::path, std::string> make_state_folder(const Environment& environment);

}  // namespace autofix::config
