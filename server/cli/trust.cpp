// autofix trust [PROJECT] [--revoke]
#include "server/config/trust.h"

#include "server/cli/exit_codes.h"
#include "server/cli/session.h"

namespace autofix::cli {

int run_trust(const Surroundings& with, const TrustOptions& options) {
  const auto root = project_root(options.project);
  if (!root) return report(root.error());
  const auto done = options.revoke ? config::revoke_trust(*root, with.environment)
                                   : config::set_trusted(*root, with.environment);
  if (!done) return report({kUsage, "trust", done.error(), "Check the state folder's permissions."});
  say(options.revoke ? root->string() + " is not trusted any more"
                     : root->string() + " is trusted until its .autofix.json changes");
  return kOk;
}

}  // namespace autofix::cli
