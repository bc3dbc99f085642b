#include "protocol/framing.h"

#include <random>

#include "tests/support/catch.h"

namespace autofix::protocol {
namespace {

/// What a reader makes of the bytes when they come in pieces: bodies, and "! message" for a broken frame.
std::vector<std::string> read_all(const std::string& bytes, std::size_t piece) {
  FrameReader reader;
  std::vector<std::string> out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.feed(std::string_view(bytes).substr(at, piece));
    while (const auto frame = reader.next()) out.push_back(*frame ? **frame : "! " + frame->error().message);
  }
  return out;
}

TEST_CASE("frames come out however the bytes come in") {
  const std::string bytes =
      frame("{}") + frame("") + frame(std::string(5000, 'x')) +
      "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length:  3 \r\n\r\nabc" +
      "Content-Length: 2\n\nok";
  const std::vector<std::string> want = {"{}", "", std::string(5000, 'x'), "abc", "ok"};
  for (const std::size_t piece : {1u, 2u, 3u, 7u, 64u, 4096u, 100000u}) {
    INFO(piece);
    CHECK(read_all(bytes, piece) == want);
  }
}

TEST_CASE("a broken header costs one error and the next frame is read") {
  for (const std::string broken :
       {"garbage\r\n\r\n", "Content-Length: x\r\n\r\n", "Content-Length: -5\r\n\r\n",
        "Content-Length:\r\n\r\n", "Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
        "Content-Type: x\r\n\r\n", "\r\n\r\n", "Content-Length: 18446744073709551616\r\n\r\n",
        "Content-Length: 99999999999999\r\n\r\n"}) {
    for (const std::size_t piece : {1u, 5u, 1000u}) {
      const std::vector<std::string> got = read_all(broken + frame("{\"a\":1}"), piece);
      INFO(broken << piece);
      REQUIRE(got.size() >= 2);
      CHECK(got.front().starts_with("! "));
      CHECK(got.back() == "{\"a\":1}");
    }
  }
}

TEST_CASE("a body larger than the cap is skipped without being kept") {
  FrameReader reader;
  const std::size_t size = kMaxFrameBytes + 10;
  reader.feed("Content-Length: " + std::to_string(size) + "\r\n\r\n");
  auto error = reader.next();
  REQUIRE(error);
  CHECK(!*error);
  const std::string chunk(1 << 20, 'x');
  for (std::size_t left = size; left > 0;) {
    const std::size_t count = std::min(left, chunk.size());
    reader.feed(std::string_view(chunk).substr(0, count));
    CHECK(!reader.next());
    left -= count;
  }
  reader.feed(frame("{}"));
  const auto next = reader.next();
  REQUIRE(next);
  REQUIRE(*next);
  CHECK(**next == "{}");
}

TEST_CASE("a header without an end is given up") {
  FrameReader reader;
  reader.feed(std::string(kMaxHeaderBytes + 100, 'h'));
  const auto error = reader.next();
  REQUIRE(error);
  CHECK(!*error);
  reader.feed("\r\n\r\n" + frame("{}"));
  std::optional<tl::expected<std::string, FrameError>> last;
  while (auto frame = reader.next()) last = std::move(frame);
  REQUIRE(last);
  REQUIRE(*last);
  CHECK(**last == "{}");
}

TEST_CASE("random bytes never stop the frames behind them") {
  std::mt19937 random(20261124);  // fixed: a failure has to come back
  for (int round = 0; round < 300; ++round) {
    std::string noise;
    for (std::size_t i = random() % 200; i > 0; --i) noise += static_cast<char>(random() % 256);
    // A number behind the name would claim the bytes that follow, as it has to.
    if (noise.find(':') != std::string::npos) continue;
    const std::vector<std::string> got =
        read_all(noise + "\r\n\r\n" + frame("{\"n\":1}") + frame("{\"n\":2}"), 1 + random() % 50);
    REQUIRE(!got.empty());
    CHECK(got.back() == "{\"n\":2}");
  }
}

}  // namespace
}  // namespace autofix::protocol
