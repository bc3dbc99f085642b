// autofix preview [PROJECT]: exactly what would be sent. No network.
#include "server/cli/exit_codes.h"
#include "server/cli/session.h"

namespace autofix::cli {

int run_preview(const Surroundings& with, const ProblemOptions& options) {
  const Interrupt interrupt;
  auto session = open_session(with, options, interrupt.token());
  if (!session) return report(session.error());
  if (session->request.problems.empty()) {
    return report({kNothingToFix, "nothing_to_fix", "no problem was found", "Nothing has to be done."});
  }
  const fix::Preview preview = session->engine->preview(session->request);
  if (preview.link.empty()) {
    say("Nothing would be sent: " + preview.reason);
  } else {
    say("To " + preview.link + (preview.model.empty() ? "" : ", model " + preview.model) + ":");
  }
  write_out("[system]\n" + preview.prompt.system + "\n");
  for (const providers::Message& message : preview.prompt.messages) {
    write_out(message.role == providers::Message::Role::user ? "[user]\n" : "[assistant]\n");
    write_out(message.text + "\n");
  }
  return kOk;
}

}  // namespace autofix::cli
