// textDocument/codeAction: answered from memory. Offering costs nothing and asks nobody; the work begins with
// the command. Never preferred, never `source.fixAll`.
#include <algorithm>

#include "protocol/uri.h"
#include "server/lsp/context.h"
#include "server/lsp/convert.h"
#include "server/lsp/fix_command.h"

namespace autofix::lsp {
namespace {

using protocol::CodeActionParams;
using protocol::Json;
using protocol::ReplyOnce;

constexpr std::size_t kMostOffers = 5;
constexpr std::size_t kTitleLength = 60;
constexpr std::size_t kMostCarried = 50;
constexpr const char* kFileKind = "source.autofix";
constexpr int kAutomatic = 2;

bool wants(const CodeActionParams& params, std::string_view kind) {
  if (!params.only) return true;
  return std::ranges::any_of(*params.only, [&](const std::string& wanted) {
    return wanted.empty() || kind == wanted || (kind.starts_with(wanted) && kind[wanted.size()] == '.');
  });
}

bool names_file_kind(const CodeActionParams& params) {
  return params.only && std::ranges::find(*params.only, kFileKind) != params.only->end();
}

struct Offer {
  std::string title;
  const char* kind;
  Json diagnostics;
  Json argument;
};

Json action_of(const ServerContext& server, const Folder& folder, Offer offer) {
  if (!server.client.code_action_literals) {
    return {{"title", offer.title},
            {"command", "autofix.fix"},
            {"arguments", Json::array({std::move(offer.argument)})}};
  }
  Json action = {{"title", offer.title}, {"kind", offer.kind}};
  if (!offer.diagnostics.empty()) action["diagnostics"] = std::move(offer.diagnostics);
  if (server.client.llm_generated_tag) action["tags"] = {1};
  if (folder.loaded.config.fix_delivery == "resolve") {
    action["data"] = std::move(offer.argument);
  } else {
    action["command"] = {{"title", offer.title},
                         {"command", "autofix.fix"},
                         {"arguments", Json::array({std::move(offer.argument)})}};
  }
  return action;
}

/// How far a diagnostic's start is from the range's: lines first.
std::pair<std::uint32_t, std::uint32_t> distance(const text::Range& a, const text::Range& b) {
  const auto apart = [](std::uint32_t x, std::uint32_t y) { return x > y ? x - y : y - x; };
  return {apart(a.start.line, b.start.line), apart(a.start.character, b.start.character)};
}

bool same_problem(const KnownDiagnostic& a, const KnownDiagnostic& b) {
  return a.range == b.range && a.message == b.message;
}

/// The diagnostics at the range, the client's and the forwarded ones as one set, the nearest first.
std::vector<KnownDiagnostic> diagnostics_at(const ServerContext& server, const CodeActionParams& params,
                                            const text::Range& range, problems::Severity least) {
  std::vector<KnownDiagnostic> found;
  const auto take = [&](const KnownDiagnostic& known) {
    if (known.severity > least || !touches(known.range, range)) return;
    if (std::ranges::any_of(found, [&](const KnownDiagnostic& other) { return same_problem(known, other); }))
      return;
    found.push_back(known);
  };
  for (const Json& diagnostic : params.diagnostics) {
    // What we published of a failing test has an action of its own.
    if (const auto known = known_diagnostic(diagnostic); known && !is_published_test(diagnostic))
      take(*known);
  }
  for (const KnownDiagnostic& known : server.problems.diagnostics(params.uri)) {
    if (known.range.start > range.end) break;  // sorted by start
    take(known);
  }
  std::ranges::stable_sort(found, [&](const KnownDiagnostic& a, const KnownDiagnostic& b) {
    return distance(a.range, range) < distance(b.range, range);
  });
  if (found.size() > kMostOffers) found.resize(kMostOffers);
  return found;
}

/// What the editor shows of this test on these lines. It moves with the text, unlike what the report said.
std::optional<KnownDiagnostic> shown_test(const CodeActionParams& params, const std::string& name) {
  for (const Json& diagnostic : params.diagnostics) {
    if (!is_published_test(diagnostic) || diagnostic.value("code", Json()) != name) continue;
    if (auto known = known_diagnostic(diagnostic)) return known;
  }
  return std::nullopt;
}

struct TestAt {
  const KnownTest* test;
  text::Range range;
  Json diagnostics;
};

/// The failing tests on the lines of the range, the nearest first.
std::vector<TestAt> tests_at(const ServerContext& server, const CodeActionParams& params,
                             const text::Range& range) {
  std::vector<TestAt> found;
  for (const KnownTest& test : server.problems.tests(params.uri)) {
    TestAt here{&test, test.range, Json::array()};
    if (auto shown = shown_test(params, test.name)) {
      here.range = shown->range;
      here.diagnostics.push_back(std::move(shown->raw));
    }
    if (here.range.start.line > range.end.line || here.range.end.line < range.start.line) continue;
    const bool named =
        std::ranges::any_of(found, [&](const TestAt& other) { return other.test->name == test.name; });
    if (!named) found.push_back(std::move(here));
  }
  std::ranges::stable_sort(found, [&](const TestAt& a, const TestAt& b) {
    return distance(a.range, range) < distance(b.range, range);
  });
  if (found.size() > kMostOffers) found.resize(kMostOffers);
  return found;
}

/// Everything wrong in the file that is known; `carried` gets the diagnostics when they are few.
std::size_t count_problems(const ServerContext& server, const CodeActionParams& params,
                           problems::Severity least, Json& carried) {
  std::size_t count = server.problems.tests(params.uri).size();
  const std::vector<KnownDiagnostic>& stored = server.problems.diagnostics(params.uri);
  const auto take = [&](const KnownDiagnostic& known) {
    if (known.severity > least) return;
    ++count;
    if (carried.size() <= kMostCarried) carried.push_back(known.raw);
  };
  for (const KnownDiagnostic& known : stored) take(known);
  for (const Json& diagnostic : params.diagnostics) {
    const auto known = known_diagnostic(diagnostic);
    if (!known || is_published_test(diagnostic)) continue;
    auto other = std::ranges::lower_bound(stored, known->range.start, {},
                                          [](const KnownDiagnostic& one) { return one.range.start; });
    while (other != stored.end() && other->range.start == known->range.start &&
           !same_problem(*known, *other)) {
      ++other;
    }
    const bool is_stored = other != stored.end() && other->range.start == known->range.start;
    if (!is_stored) take(*known);
  }
  if (carried.size() > kMostCarried) carried.clear();
  return count;
}

/// Beside diagnostics that are carried, tests have to be, too: what is named is all that is fixed.
Json tests_in_file(const ServerContext& server, const std::string& uri) {
  Json tests = Json::array();
  for (const KnownTest& test : server.problems.tests(uri)) {
    if (tests.size() < kMostCarried) tests.push_back(test.raw);
  }
  return tests;
}

bool is_supported(const std::string& uri) {
  return uri.starts_with("untitled:") || protocol::path_of_file_uri(uri);
}

Json code_actions(ServerContext& server, const CodeActionParams& params) {
  Json actions = Json::array();
  if (!is_supported(params.uri)) return actions;
  const std::string path = protocol::path_of_file_uri(params.uri).value_or("");
  const Folder& folder = server.folder_of(path);
  const problems::Severity least = folder.loaded.config.actions.min_severity;
  const text::Range range = from_lsp(params.range);
  const text::Document* document = server.documents.find(params.uri);
  const Json version = document != nullptr ? Json(document->version) : Json(nullptr);
  const Json base = {{"uri", params.uri}, {"version", version}};

  if (wants(params, "quickfix")) {
    for (KnownDiagnostic& known : diagnostics_at(server, params, range, least)) {
      Json argument = base;
      argument["range"] = protocol::to_json(to_lsp(known.range));
      argument["diagnostics"] = Json::array({known.raw});
      actions.push_back(action_of(server, folder,
                                  {"Auto-fix with AI: " + title_text(known.message, kTitleLength), "quickfix",
                                   Json::array({std::move(known.raw)}), std::move(argument)}));
    }
    for (TestAt& here : tests_at(server, params, range)) {
      Json argument = base;
      argument["range"] = protocol::to_json(to_lsp(here.range));
      Json test = here.test->raw;
      test["range"] = argument["range"];
      argument["tests"] = Json::array({std::move(test)});
      actions.push_back(
          action_of(server, folder,
                    {"Auto-fix with AI: failing test " + title_text(here.test->name, kTitleLength),
                     "quickfix", std::move(here.diagnostics), std::move(argument)}));
    }
  }
  const bool on_save = params.only && params.triggerKind == kAutomatic;
  if ((!params.only || names_file_kind(params)) && !on_save) {
    Json carried = Json::array();
    const std::size_t count = count_problems(server, params, least, carried);
    // One problem has its own action already.
    if (count > 1 || (count == 1 && params.only)) {
      Json argument = base;
      if (!carried.empty()) {
        argument["diagnostics"] = std::move(carried);
        argument["tests"] = tests_in_file(server, params.uri);
      }
      actions.push_back(
          action_of(server, folder,
                    {"Auto-fix with AI: all " + std::to_string(count) + " problems in this file", kFileKind,
                     Json::array(), std::move(argument)}));
    }
  }
  return actions;
}

/// The action comes back as it is, unless its client asked to get edits this way.
void resolve(ServerContext& server, Json action, ReplyOnce reply) {
  if (!action.is_object() || !action.contains("data") || !action["data"].is_object()) {
    reply(std::move(action));
    return;
  }
  Json argument = action["data"];
  FixCall call;
  call.delivery = FixCall::Delivery::resolve;
  call.action = std::move(action);
  start_fix(server, std::move(argument), std::move(call), std::move(reply));
}

}  // namespace

void register_code_actions(protocol::MethodTable& methods, ServerContext& server) {
  methods.request<CodeActionParams>(
      "textDocument/codeAction",
      [&server](CodeActionParams params, ReplyOnce reply) { reply(code_actions(server, params)); });
  methods.request<protocol::AnyParams>("codeAction/resolve",
                                       [&server](protocol::AnyParams params, ReplyOnce reply) {
                                         resolve(server, std::move(params.value), std::move(reply));
                                       });
}

}  // namespace autofix::lsp
