// autofix/didChangeDiagnostics and autofix/testResults: what the editor knows and we would not see otherwise.
#include <set>
#include <spdlog/spdlog.h>

#include "server/lsp/context.h"
#include "server/lsp/test_results.h"
#include "server/problems/readers.h"

namespace autofix::lsp {
namespace {

using protocol::Json;

void take_diagnostics(ServerContext& server, const Json& params) {
  const bool shaped = params.is_object() && params.contains("uri") && params["uri"].is_string() &&
                      params.contains("diagnostics") && params["diagnostics"].is_array();
  if (!shaped) {
    server.options.log->warn("autofix/didChangeDiagnostics: uri and diagnostics are expected");
    return;
  }
  const std::string uri = params["uri"].get<std::string>();
  std::set<std::string> messages;
  for (const Json& diagnostic : params["diagnostics"]) {
    const auto known = known_diagnostic(diagnostic);
    // As the session's problems have them.
    if (known && !is_published_test(diagnostic)) messages.insert(problems::printable(known->message));
  }
  const auto version = params.find("version");
  const bool versioned = version != params.end() && version->is_number_integer();
  server.sessions.diagnostics(uri, versioned ? std::optional(version->get<std::int64_t>()) : std::nullopt,
                              messages);
  if (const std::size_t dropped = server.problems.set_diagnostics(uri, params["diagnostics"]); dropped > 0) {
    server.options.log->warn("autofix/didChangeDiagnostics: {} of another shape for {}", dropped, uri);
  }
}

}  // namespace

void register_problems(protocol::MethodTable& methods, ServerContext& server) {
  methods.notification<protocol::AnyParams>(
      "autofix/didChangeDiagnostics",
      [&server](const protocol::AnyParams& params) { take_diagnostics(server, params.value); });
  methods.notification<protocol::AnyParams>(
      "autofix/testResults",
      [&server](const protocol::AnyParams& params) { take_test_results(server, params.value); });
}

}  // namespace autofix::lsp
