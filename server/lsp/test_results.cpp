#include "server/lsp/test_results.h"

#include <spdlog/spdlog.h>

#include "protocol/uri.h"
#include "server/lsp/convert.h"

namespace autofix::lsp {
namespace {

using protocol::Json;

constexpr const char* kEditor = "editor";

/// Roots end with no slash and owners are never shown.
std::string owner_of(const std::string& root, const std::string& report) {
  return "report:" + root + "/" + report;
}

bool is_of_root(const std::string& owner, const std::string& root) {
  return owner.starts_with("report:" + root + "/");
}

Json published(const ServerContext& server, const KnownTest& test) {
  const auto message = test.raw.find("message");
  const bool told = message != test.raw.end() && message->is_string();
  Json diagnostic = {{"range", protocol::to_json(to_lsp(test.range))},
                     {"severity", 1},
                     {"source", kTestSource},
                     {"code", test.name},
                     {"message", told ? *message : Json("failed: " + test.name)}};
  if (server.client.related_information && test.related.is_array() && !test.related.empty()) {
    diagnostic["relatedInformation"] = test.related;
  }
  return diagnostic;
}

bool publishes(ServerContext& server, const std::string& uri) {
  const std::string path = protocol::path_of_file_uri(uri).value_or("");
  return !uri.empty() && server.folder_of(path).loaded.config.tests.publish;
}

/// The line as it is now for the editor, else as it was on disk.
std::string line_now(const ServerContext& server, const std::string& uri, const ReportedFailure& failure) {
  const text::Document* document = server.documents.find(uri);
  if (document == nullptr) return failure.line;
  const text::ByteSpan span = server.documents.lines(uri)->line(document->text, failure.range.start.line);
  return document->text.substr(span.begin, span.end - span.begin);
}

KnownTest placed(const ServerContext& server, const ReportedFailure& failure, const std::string& uri) {
  KnownTest test = failure.test;
  test.range =
      shown_range(line_now(server, uri, failure), failure.range, failure.encoding, server.client.encoding);
  test.raw["uri"] = uri;
  test.raw["range"] = protocol::to_json(to_lsp(test.range));
  return test;
}

KnownTests placed_tests(const ServerContext& server, const ReportContent& report) {
  KnownTests tests;
  for (const ReportedFailure& failure : report.failures) {
    if (failure.path.empty()) {
      tests[""].push_back(failure.test);
    } else {
      const std::string uri = protocol::file_uri_of(failure.path);
      tests[uri].push_back(placed(server, failure, uri));
    }
  }
  return tests;
}

/// Reports that were written together are one run: what fails in one of them has not passed.
void settle_sessions(ServerContext& server, const FoundReports& found) {
  std::set<std::string> failed;
  for (const ReportContent& report : found.reports) failed.insert(report.failed.begin(), report.failed.end());
  for (const ReportContent& report : found.reports) {
    if (report.state != ReportContent::State::read) continue;
    std::set<std::string> passed;
    for (const std::string& name : report.passed) {
      if (!failed.contains(name)) passed.insert(passed.end(), name);
    }
    server.sessions.test_results(report.failed, passed, report.stamp.modified);
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

}  // namespace

void publish_tests(ServerContext& server, const std::set<std::string>& uris) {
  for (const std::string& uri : uris) {
    Json diagnostics = Json::array();
    if (publishes(server, uri)) {
      for (const KnownTest& test : server.problems.tests(uri)) diagnostics.push_back(published(server, test));
    }
    const bool nothing = diagnostics.empty();
    if (nothing && !server.published.contains(uri)) continue;
    server.notify("textDocument/publishDiagnostics", {{"uri", uri}, {"diagnostics", std::move(diagnostics)}});
    if (nothing) {
      server.published.erase(uri);
    } else {
      server.published.insert(uri);
    }
  }
}

void republish_tests(ServerContext& server) {
  std::set<std::string> changed;
  for (const std::string& uri : server.problems.test_uris()) {
    if (publishes(server, uri) != server.published.contains(uri)) changed.insert(uri);
  }
  publish_tests(server, changed);
}

void take_reports(ServerContext& server, const FoundReports& found) {
  std::set<std::string> touched;
  for (const ReportContent& report : found.reports) {
    // Of folders within folders, the deepest owns what lies in it.
    const std::string path = found.root + "/" + report.path;
    if (server.folder_of(path).root.string() != found.root) continue;
    if (report.state == ReportContent::State::unreadable) {
      server.options.log->warn("test report not read, what was known stays: {}", report.error);
      continue;
    }
    touched.merge(server.problems.set_tests(owner_of(found.root, report.path), placed_tests(server, report)));
  }
  publish_tests(server, touched);
  if (!found.at_start) settle_sessions(server, found);
}

void forget_reports(ServerContext& server, const std::string& root) {
  publish_tests(server, server.problems.forget_tests([&](const std::string& owner, const std::string&) {
    return is_of_root(owner, root);
  }));
}

void forget_tests_of(ServerContext& server, const Folder& folder) {
  const auto is_in_folder = [&](const std::string& uri) {
    const auto path = protocol::path_of_file_uri(uri);
    return path && &server.folder_of(*path) == &folder;
  };
  publish_tests(server, server.problems.forget_tests([&](const std::string& owner, const std::string& uri) {
    return is_of_root(owner, folder.root.string()) || is_in_folder(uri);
  }));
}

void take_test_results(ServerContext& server, const Json& params) {
  if (!params.is_object() || !params.contains("failures") || !params["failures"].is_array()) {
    server.options.log->warn("autofix/testResults: failures are expected");
    return;
  }
  KnownTests tests;
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
  publish_tests(server, server.problems.set_tests(kEditor, tests));
  std::optional<std::set<std::string>> passed;
  if (const auto list = params.find("passed"); list != params.end() && list->is_array())
    passed = names_of(*list);
  server.sessions.test_results(names_of(params["failures"]), passed, std::nullopt);
}

}  // namespace autofix::lsp
