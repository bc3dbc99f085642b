#include "protocol/json_rpc.h"

#include "tests/support/catch.h"

namespace autofix::protocol {
namespace {

TEST_CASE("requests, notifications and responses are told apart") {
  const auto request = parse_message(R"({"jsonrpc":"2.0","id":1,"method":"a/b","params":{"x":1}})");
  REQUIRE(request);
  CHECK(request->is_request());
  CHECK(request->method == "a/b");
  CHECK(request->params == Json{{"x", 1}});
  const auto notification = parse_message(R"({"jsonrpc":"2.0","method":"exit"})");
  REQUIRE(notification);
  CHECK(notification->is_notification());
  CHECK(notification->params.is_null());
  const auto response = parse_message(R"({"jsonrpc":"2.0","id":"x","result":null})");
  REQUIRE(response);
  CHECK(response->is_response());
  CHECK(response->outcome.has_value());
  const auto error = parse_message(R"({"jsonrpc":"2.0","id":3,"error":{"code":-32601,"message":"no"}})");
  REQUIRE(error);
  REQUIRE(!error->outcome);
  CHECK(error->outcome.error().code == ErrorCode::method_not_found);
  CHECK(error->outcome.error().message == "no");
}

TEST_CASE("what is no JSON is a parse error") {
  for (const std::string body : {"", "{", "nul", "{\"a\":}", "{} x", "'a'", "[1,]", "{\"a\":1,}",
                                 "\xEF\xBB\xBF", "01", "{\"jsonrpc\":\"2.0\",\"method\":\"\xff\"}"}) {
    INFO(body);
    const auto message = parse_message(body);
    REQUIRE(!message);
    CHECK(message.error().error.code == ErrorCode::parse_error);
    CHECK(message.error().id.is_null());
  }
}

TEST_CASE("JSON that is no message is an invalid request, answered under its id where it has one") {
  const auto with_id = parse_message(R"({"jsonrpc":"2.0","id":7,"method":12})");
  REQUIRE(!with_id);
  CHECK(with_id.error().error.code == ErrorCode::invalid_request);
  CHECK(with_id.error().id == 7);
  for (const std::string body :
       {"1", "[]", "null", "{}", R"({"jsonrpc":"2.0","id":{},"method":"a"})",
        R"({"jsonrpc":"2.0","id":1.5,"method":"a"})", R"({"id":true,"method":"a"})"}) {
    INFO(body);
    const auto message = parse_message(body);
    REQUIRE(!message);
    CHECK(message.error().error.code == ErrorCode::invalid_request);
  }
}

TEST_CASE("nesting is refused before it is built, numbers beyond double are refused") {
  for (const std::size_t depth : {257u, 10'000u, 1'000'000u}) {
    const auto deep = parse_message(std::string(depth, '['));
    REQUIRE(!deep);
  }
  std::string within =
      R"({"jsonrpc":"2.0","method":"a","params":)" + std::string(200, '[') + std::string(200, ']') + "}";
  CHECK(parse_message(within).has_value());
  CHECK(!parse_message(R"({"jsonrpc":"2.0","method":"a","params":[1e400]})"));
}

TEST_CASE("half surrogate pairs become U+FFFD and the message survives") {
  const auto message = parse_message(
      "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"params\":{\"t\":\"x\\ud800y\\udc00z\\ud83d\\ude42\"}}");
  REQUIRE(message);
  CHECK(message->params.at("t") == "x\xEF\xBF\xBDy\xEF\xBF\xBDz\xF0\x9F\x99\x82");
}

TEST_CASE("what is sent can be read back, bytes that are no UTF-8 included") {
  const auto request = parse_message(encode_request("id", "m", {{"a", "\xff"}}));
  REQUIRE(request);
  CHECK(request->id == "id");
  CHECK(request->params.at("a") == "\xEF\xBF\xBD");
  const auto response =
      parse_message(encode_response(4, tl::unexpected(ResponseError{ErrorCode::invalid_params, "bad \x80"})));
  REQUIRE(response);
  CHECK(response->outcome.error().code == ErrorCode::invalid_params);
  const auto notification = parse_message(encode_notification("n", nullptr));
  REQUIRE(notification);
  CHECK(notification->is_notification());
  const auto result = parse_message(encode_response(nullptr, Json(nullptr)));
  CHECK(Json::parse(encode_response(5, Json(nullptr))).contains("result"));
}

}  // namespace
}  // namespace autofix::protocol
