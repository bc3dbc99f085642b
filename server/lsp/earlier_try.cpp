#include "server/lsp/earlier_try.h"

#include <algorithm>

#include "protocol/uri.h"
#include "server/lsp/convert.h"
#include "server/lsp/moved_range.h"
#include "server/problems/readers.h"
#include "server/text/utf8.h"

namespace autofix::lsp {
namespace {

using protocol::Json;

constexpr std::size_t kMostBytes = 8'000;
constexpr std::size_t kFailureBytes = 4'000;  // of that, for all failures since
constexpr std::size_t kOutputBytes = 1'500;   // of one test

std::string text_of(const Json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

void for_each_in(Json& object, const char* name, const std::function<void(Json&)>& change) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_array()) return;
  for (Json& element : *member) change(element);
}

std::string describe_test(const ServerContext& server, const std::string& name) {
  std::string out = "- the test " + name + " fails";
  const KnownTest* test = server.problems.test_named(name);
  if (test == nullptr) return out + "\n";
  out += ": " + text_of(test->raw, "message") + "\n";
  for (const char* side : {"expected", "actual"}) {
    if (const std::string value = text_of(test->raw, side); !value.empty())
      out += std::string("  ") + side + ": " + value + "\n";
  }
  const std::string output = text_of(test->raw, "output");
  if (!output.empty()) out += std::string(text::last_bytes(output, kOutputBytes)) + "\n";
  return out;
}

std::string describe_diagnostic(const Sessions::StillThere& problem) {
  const std::string path = protocol::path_of_file_uri(problem.uri).value_or(problem.uri);
  return "- still reported in " + path + ": " + problem.message + "\n";
}

std::string describe_since(const ServerContext& server, const std::string& session) {
  std::string out;
  for (const Sessions::StillThere& problem : server.sessions.still_there(session)) {
    out += problem.test.empty() ? describe_diagnostic(problem) : describe_test(server, problem.test);
    if (out.size() > kFailureBytes) break;
  }
  if (out.empty()) return out;
  return "\nSince then:\n" + std::string(text::first_bytes(problems::printable(out), kFailureBytes));
}

void move_range(Json& holder, const std::string& before, const std::string& now) {
  protocol::Range range;
  if (!holder.is_object() || !holder.contains("range") || !protocol::read_range(holder["range"], range))
    return;
  holder["range"] = protocol::to_json(to_lsp(moved_range(from_lsp(range), before, now)));
}

/// What the argument says of places in its document, as far as nothing newer is known of them.
void move_ranges(Json& argument, const std::string& before, const std::string& now) {
  if (before == now) return;
  move_range(argument, before, now);
  for_each_in(argument, "diagnostics", [&](Json& diagnostic) { move_range(diagnostic, before, now); });
  for_each_in(argument, "tests", [&](Json& test) {
    const std::string uri = text_of(test, "uri");
    if (uri.empty() || uri == text_of(argument, "uri")) move_range(test, before, now);
  });
}

}  // namespace

std::string describe_earlier_try(const ServerContext& server, const std::string& session,
                                 const PastFix& past) {
  const std::string since = describe_since(server, session);
  const std::string did = problems::printable(past.what_it_did);
  return std::string(text::first_bytes(did, kMostBytes - since.size())) + since;
}

Json argument_of_retry(const ServerContext& server, const PastFix& past) {
  Json argument = past.argument;
  if (!argument.is_object()) return argument;
  // The last try may have changed the document: this one starts from what is there now.
  const text::Document* document = server.documents.find(text_of(argument, "uri"));
  argument["version"] = document != nullptr ? Json(document->version) : Json(nullptr);
  if (document != nullptr) move_ranges(argument, past.text, document->text);
  for_each_in(argument, "tests", [&](Json& test) {
    const KnownTest* now = server.problems.test_named(text_of(test, "name"));
    if (now != nullptr) test = now->raw;
  });
  const std::vector<KnownDiagnostic>& reported = server.problems.diagnostics(text_of(argument, "uri"));
  for_each_in(argument, "diagnostics", [&](Json& diagnostic) {
    const auto now = std::ranges::find(reported, text_of(diagnostic, "message"), &KnownDiagnostic::message);
    if (now != reported.end()) diagnostic = now->raw;
  });
  return argument;
}

}  // namespace autofix::lsp
