// autofix/didChangeDiagnostics and autofix/testResults: what the editor knows and we would not see otherwise.
#include <set>
#include <spdlog/spdlog.h>

#include "protocol/uri.h"
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
  std::set<std::string> messages;
  for (const Json& diagnostic : params["diagnostics"]) {
    if (const auto known = known_diagnostic(diagnostic)) messages.insert(known->message);
  }
  const auto version = params.find("version");
  const bool versioned = version != params.end() && version->is_number_integer();
  server.sessions.diagnostics(uri, versioned ? std::optional(version->get<std::int64_t>()) : std::nullopt,
                              messages);
  if (const std::size_t dropped = server.problems.set_diagnostics(uri, params["diagnostics"]); dropped > 0) {
    server.options.log->warn("autofix/didChangeDiagnostics: {} of another shape for {}", dropped, uri);
  }
}

/// Failing tests as diagnostics at their line: the whole set of each document that has some, and an empty one
/// where there were some before.
void publish(ServerContext& server, const std::map<std::string, std::vector<KnownTest>>& tests) {
  std::set<std::string> uris = server.problems.test_uris();
  for (const auto& [uri, failures] : tests) uris.insert(uri);
  for (const std::string& uri : uris) {
    if (uri.empty()) continue;
    const std::string path = protocol::path_of_file_uri(uri).value_or("");
    if (!server.folder_of(path).loaded.config.tests.publish) continue;
    Json diagnostics = Json::array();
    if (const auto failures = tests.find(uri); failures != tests.end()) {
      for (const KnownTest& test : failures->second) {
        diagnostics.push_back({{"range", protocol::to_json(to_lsp(test.range))},
                               {"severity", 1},
                               {"source", kTestSource},
                               {"code", test.name},
                               {"message", test.raw.value("message", "failed: " + test.name)}});
      }
    }
    server.notify("textDocument/publishDiagnostics", {{"uri", uri}, {"diagnostics", std::move(diagnostics)}});
  }
}

/// Names of tests: texts, or objects with a `name`.
std::set<std::string> names_of(const Json& list) {
  std::set<std::string> names;
  for (const Json& entry : list) {
    const Json name = entry.is_object() ? entry.value("name", Json()) : entry;
    if (name.is_string()) names.insert(name.get<std::string>());
  }
  return names;
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
  publish(server, tests);
  server.problems.set_tests(std::move(tests));
  std::optional<std::set<std::string>> passed;
  if (const auto list = params.find("passed"); list != params.end() && list->is_array())
    passed = names_of(*list);
  server.sessions.test_results(names_of(params["failures"]), passed);
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
