// The names under which fixes are kept: what is the same problem, and what is another.
#include "server/fix/cache_entry.h"

#include "tests/support/catch.h"

namespace autofix::fix {
namespace {

const std::string kPath = "app/routes.py";

FixRequest request_of(const std::string& text, std::uint32_t line, const std::string& path = kPath) {
  FixRequest request;
  request.files = make_memory_files({{path, text}}, "/project");
  problems::Problem problem;
  problem.path = path;
  problem.range = {{line, 4}, {line, 10}};
  problem.message = "undefined name 'models'";
  problem.source = "pyflakes";
  problem.code = "F821";
  request.problems = {problem};
  return request;
}

const std::string kText = "def create(title):\n    return models.Task(title)\n";

std::string key(const FixRequest& request, const std::string& family = "gemini") {
  const auto keys = cache_keys(request, {family});
  REQUIRE(keys.size() == 1);
  return keys.front();
}

TEST_CASE("a moved line, another indentation and a renamed file are the same problem") {
  const std::string known = key(request_of(kText, 1));
  CHECK(key(request_of("import os\n\n\n" + kText, 4)) == known);
  CHECK(key(request_of("class A:\n    def create(self):\n        return models.Task(title)\n", 2)) == known);
  CHECK(key(request_of(kText, 1, "app/handlers.py")) == known);
}

TEST_CASE("other lines, messages, rules, languages and families are other problems") {
  const FixRequest known = request_of(kText, 1);
  CHECK(key(request_of("def create(title):\n    return models.Job(title)\n", 1)) != key(known));
  CHECK(key(request_of(kText, 1, "app/routes.ts")) != key(known));
  CHECK(key(known, "gpt-oss") != key(known));
  FixRequest other = known;
  other.problems[0].message = "undefined name 'views'";
  CHECK(key(other) != key(known));
  other = known;
  other.problems[0].source = "ruff";
  CHECK(key(other) != key(known));
  other = known;
  other.problems[0].code = "F401";
  CHECK(key(other) != key(known));
  other = known;
  other.problems.push_back(other.problems[0]);
  CHECK(key(other) != key(known));
}

TEST_CASE("what has no place is not kept") {
  FixRequest request = request_of(kText, 1);
  request.problems[0].path = "";
  CHECK(cache_keys(request, {"gemini"}).empty());
  request = request_of(kText, 1);
  request.problems[0].path = "missing.py";
  CHECK(cache_keys(request, {"gemini"}).empty());
  CHECK(cache_keys(request_of(kText, 90), {"gemini"}).empty());
  CHECK(cache_keys(request_of("\n\n", 0), {"gemini"}).empty());
}

TEST_CASE("messages without what changes from run to run") {
  CHECK(normalised_message("app/a.py:12:3: error: bad", "app/a.py") == "FILE: error: bad");
  CHECK(normalised_message("object at 0x7f12ab", "") == normalised_message("object at 0x99", ""));
  CHECK(normalised_message("failed in 0.12s", "") == normalised_message("failed in 3.4 s", ""));
  CHECK(normalised_message("see line 7", "") == normalised_message("see line 70", ""));
  CHECK(normalised_message("takes 2 arguments", "") != normalised_message("takes 3 arguments", ""));
  CHECK(normalised_message("a\n   b", "") == "a b");
  CHECK(normalised_message("F: F", "F") == "FILE: FILE");
  CHECK(normalised_message("Outline 7 has 3 sides", "") == "Outline 7 has 3 sides");
  CHECK(normalised_message("0x is no address, x0x1f neither", "") == "0x is no address, x0x1f neither");
  CHECK(normalised_message(std::string(100'000, '1') + " s", "").size() <= 4'000);
}

TEST_CASE("model families") {
  CHECK(model_family("gemini-3.8-flash") == "gemini");
  CHECK(model_family("gemini-3.5-flash-lite") == "gemini");
  CHECK(model_family("openai/gpt-oss-120b") == "gpt-oss");
  CHECK(model_family("gpt-5.4-mini") == "gpt");
  CHECK(model_family("claude-sonnet-5-5") == "claude-sonnet");
  CHECK(model_family("Qwen2.5-Coder") == "qwen");
  CHECK(model_family("7b") == "7b");
  CHECK(model_family("") == "");
}

ReplyEdit edit_of(std::string path, std::string search, std::string replace) {
  ReplyEdit edit;
  edit.path = std::move(path);
  edit.search = std::move(search);
  edit.replace = std::move(replace);
  return edit;
}

TEST_CASE("a kept reply speaks of the file that has the problem now") {
  const FixRequest before = request_of(kText, 1);
  Reply reply;
  reply.summary = "Missing import.";
  reply.edits = {edit_of(kPath, "def create", "import models\ndef create"),
                 edit_of("app/models.py", "a", "b")};
  const std::string kept = write_cached_reply(reply, before);
  REQUIRE(!kept.empty());
  CHECK(kept.find("routes") == std::string::npos);
  const auto again = read_cached_reply(kept, request_of(kText, 1, "app/handlers.py"));
  REQUIRE(again);
  CHECK(again->summary == "Missing import.");
  CHECK(again->edits[0].path == "app/handlers.py");
  CHECK(again->edits[0].replace == "import models\ndef create");
  CHECK(again->edits[1].path == "app/models.py");
}

TEST_CASE("whole files, deletions and moves are not kept, and nonsense is not read") {
  const FixRequest request = request_of(kText, 1);
  for (const auto kind : {ReplyEdit::Kind::whole_file, ReplyEdit::Kind::remove, ReplyEdit::Kind::rename,
                          ReplyEdit::Kind::exact_text}) {
    Reply reply;
    reply.edits = {edit_of(kPath, "a", "b")};
    reply.edits[0].kind = kind;
    CHECK(write_cached_reply(reply, request).empty());
  }
  for (const char* text :
       {"", "{", "[]", R"({"summary":"s"})", R"({"summary":"s","edits":[]})",
        R"({"summary":"s","edits":[5]})",
        R"({"summary":"s","edits":[{"path":"problem-file:9","search":"a","replace":"b"}]})",
        R"({"summary":1,"edits":[{"path":"a","search":"a","replace":"b"}]})"}) {
    INFO(text);
    CHECK(!read_cached_reply(text, request));
  }
}

}  // namespace
}  // namespace autofix::fix
