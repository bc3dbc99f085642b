#include "protocol/types.h"

#include "protocol/method_table.h"
#include "protocol/uri.h"
#include "tests/support/catch.h"

namespace autofix::protocol {
namespace {

/// As it comes from the wire, where numbers that are not negative are unsigned.
template <typename Params>
std::string read_from_wire(const Json& json, Params& params) {
  return read_params(Json::parse(json.dump()), params);
}

template <typename Params>
std::string error_of(const Json& json) {
  Params params;
  return read_from_wire(json, params);
}

TEST_CASE("file URIs and paths, there and back") {
  for (const std::string path :
       {"/a/b.py", "/", "/with space/ü/x#y?.py", "/100%/a+b.c", "/a:b/c", "/\x01/\xff"}) {
    INFO(path);
    CHECK(path_of_file_uri(file_uri_of(path)) == path);
  }
  CHECK(file_uri_of("/a b") == "file:///a%20b");
  CHECK(path_of_file_uri("FILE://localhost/x") == "/x");
  CHECK(path_of_file_uri("file:///a/%C3%BC") == "/a/ü");
  CHECK(path_of_file_uri("file:/x") == "/x");
  for (const std::string uri : {"http://x/y", "untitled:Untitled-1", "file://other.host/x", "", "file", "/x",
                                "file:///%zz", "file:///a%00b"}) {
    INFO(uri);
    CHECK(!path_of_file_uri(uri));
  }
  CHECK(normalized_uri("file:///c%3A/x") == normalized_uri("file:///c:/x"));
  CHECK(normalized_uri("untitled:Untitled-1") == "untitled:Untitled-1");
}

TEST_CASE("parameters of the right shape are read") {
  DidChangeTextDocumentParams change;
  CHECK(read_from_wire(
            {{"textDocument", {{"uri", "file:///x"}, {"version", 7}}},
             {"contentChanges",
              {{{"range",
                 {{"start", {{"line", 1}, {"character", 2}}}, {"end", {{"line", 3}, {"character", 4}}}}},
                {"text", "t"}},
               {{"text", "whole"}}}}},
            change)
            .empty());
  CHECK(change.uri == "file:///x");
  CHECK(change.version == 7);
  REQUIRE(change.contentChanges.size() == 2);
  REQUIRE(change.contentChanges[0].range);
  CHECK(change.contentChanges[0].range->end.character == 4);
  CHECK(!change.contentChanges[1].range);

  CodeActionParams action;
  CHECK(
      read_from_wire(
          {{"textDocument", {{"uri", "file:///x"}}},
           {"range", {{"start", {{"line", 0}, {"character", 0}}}, {"end", {{"line", 0}, {"character", 0}}}}},
           {"context",
            {{"diagnostics", Json::array()}, {"only", Json::array({"quickfix"})}, {"triggerKind", 2}}}},
          action)
          .empty());
  REQUIRE(action.only);
  CHECK(action.only->front() == "quickfix");
  CHECK(action.triggerKind == 2);
}

TEST_CASE("parameters of another shape are named by their place") {
  const Json range = {{"start", {{"line", 0}, {"character", 0}}}, {"end", {{"line", 0}, {"character", 0}}}};
  for (const Json& bad : std::vector<Json>{
           nullptr,
           5,
           Json::array(),
           Json::object(),
           {{"textDocument", 7}},
           {{"textDocument", {{"uri", 7}}}, {"range", range}, {"context", Json::object()}},
           {{"textDocument", {{"uri", "x"}}},
            {"range", "all"},
            {"context", {{"diagnostics", Json::array()}}}},
           {{"textDocument", {{"uri", "x"}}},
            {"range",
             {{"start", {{"line", -1}, {"character", 0}}}, {"end", {{"line", 0}, {"character", 0}}}}},
            {"context", {{"diagnostics", Json::array()}}}},
           {{"textDocument", {{"uri", "x"}}}, {"range", range}, {"context", {{"diagnostics", 5}}}},
           {{"textDocument", {{"uri", "x"}}},
            {"range", range},
            {"context", {{"diagnostics", Json::array()}, {"only", "quickfix"}}}}}) {
    INFO(bad.dump());
    CHECK(!error_of<CodeActionParams>(bad).empty());
  }
  CHECK(error_of<DidOpenTextDocumentParams>(
            {{"textDocument", {{"uri", "x"}, {"languageId", "py"}, {"version", 1}, {"text", 5}}}})
            .find("text") != std::string::npos);
  CHECK(!error_of<ExecuteCommandParams>({{"command", "x"}, {"arguments", "y"}}).empty());
  CHECK(!error_of<CancelParams>({{"id", Json::object()}}).empty());
  CHECK(!error_of<InitializeParams>(5).empty());
  CHECK(error_of<InitializeParams>(
            {{"processId", nullptr}, {"rootUri", nullptr}, {"capabilities", Json::object()}})
            .empty());
}

TEST_CASE("numbers beyond 32 bits are no positions") {
  Range range;
  const auto with = [](const Json& line) {
    const Json json = {{"start", {{"line", line}, {"character", 0}}},
                       {"end", {{"line", line}, {"character", 0}}}};
    return Json::parse(json.dump());
  };
  CHECK(read_range(with(2147483647), range));
  CHECK(!read_range(with(99999999999), range));
  CHECK(!read_range(with(-1), range));
  CHECK(!read_range(with(1.5), range));
  CHECK(!read_range(with("1"), range));
}

TEST_CASE("a handler sees only what has its shape") {
  struct Nobody final : Sender {
    void send(std::string body) override { last = Json::parse(body); }
    Json last;
  } sender;
  MethodTable table;
  int calls = 0;
  table.request<ExecuteCommandParams>("x", [&](const ExecuteCommandParams&, ReplyOnce reply) {
    ++calls;
    reply(Json("done"));
  });
  ReplyOnce bad(sender, 1);
  CHECK(table.dispatch_request("x", {{"command", 5}}, bad));
  CHECK(calls == 0);
  CHECK(sender.last.at("error").at("code") == -32602);
  ReplyOnce good(sender, 2);
  CHECK(table.dispatch_request("x", {{"command", "c"}}, good));
  CHECK(calls == 1);
  ReplyOnce unknown(sender, 3);
  CHECK(!table.dispatch_request("y", nullptr, unknown));
  CHECK(table.dispatch_notification("no/such", 5).empty());
}

}  // namespace
}  // namespace autofix::protocol
