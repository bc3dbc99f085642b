// autofix/didChangeDiagnostics and autofix/testResults: what the editor knows and we would not see otherwise.
#include <spdlog/spdlog.h>

#include "server/lsp/context.h"
#include "server/lsp/convert.h"

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
  if (const std::size_t dropped = server.problems.set_diagnostics(uri, params["diagnostics"]); dropped > 0) {
    server.options.log->warn("autofix/didChangeDiagnostics: {} of another shape for {}", dropped, uri);
  }
}

void take_tests(ServerContext& server, const Json& params) {
  if (!params.is_object() || !params.contains("failures") || !params["failures"].is_array()) {
    server.options.log->warn("autofix/testResults: failures are expected");
    return;
  }
  std::map<std::string, std::vector<KnownTest>> tests;
  for (const Json& failure : params["failures"]) {
    if (!failure.is_object() || !failure.contains("name") || !failure["name"].is_string()) continue;
    KnownTest test;
    test.name = failure["name"].get<std::string>();
    protocol::Range range;
    if (failure.contains("range") && protocol::read_range(failure["range"], range))
      test.range = from_lsp(range);
    test.raw = failure;
    const std::string uri =
        failure.contains("uri") && failure["uri"].is_string() ? failure["uri"].get<std::string>() : "";
    tests[uri].push_back(std::move(test));
  }
  server.problems.set_tests(std::move(tests));
}

}  // namespace

void register_problems(protocol::MethodTable& methods, ServerContext& server) {
  methods.notification<protocol::AnyParams>(
      "autofix/didChangeDiagnostics",
      [&server](const protocol::AnyParams& params) { take_diagnostics(server, params.value); });
  methods.notification<protocol::AnyParams>(
      "autofix/testResults",
      [&server](const protocol::AnyParams& params) { take_tests(server, params.value); });
}

}  // namespace autofix::lsp
