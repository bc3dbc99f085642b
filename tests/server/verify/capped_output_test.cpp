#include "server/verify/capped_output.h"

#include "server/text/utf8.h"
#include "tests/support/catch.h"

namespace autofix::verify {
namespace {

std::string capped(const std::string& text, std::size_t max, std::size_t piece) {
  CappedOutput output(max);
  for (std::size_t at = 0; at < text.size(); at += piece) {
    output.add(std::string_view(text).substr(at, piece));
  }
  return output.take();
}

TEST_CASE("output that fits is kept whole") {
  for (const std::size_t size : {0u, 1u, 499u, 500u, 501u, 999u, 1000u}) {
    const std::string text(size, 'x');
    for (const std::size_t piece : {1u, 7u, 1000u}) CHECK(capped(text, 1000, piece) == text);
  }
}

TEST_CASE("of longer output the beginning and the end are kept, and the gap is named") {
  std::string text = "BEGIN";
  while (text.size() < 20'000) text += "line " + std::to_string(text.size()) + "\n";
  text += "END";
  for (const std::size_t max : {300u, 1000u, 4096u, 19'999u}) {
    for (const std::size_t piece : {1u, 333u, 50'000u}) {
      const std::string kept = capped(text, max, piece);
      INFO(max << " " << piece);
      CHECK(kept.size() <= max);
      CHECK(kept.size() > max - 70);
      CHECK(kept.substr(0, 5) == "BEGIN");
      CHECK(kept.substr(kept.size() - 3) == "END");
      const std::size_t note = kept.find("\n[");
      REQUIRE(note != std::string::npos);
      const std::size_t note_end = kept.find("]\n", note) + 2;
      const std::size_t left = note + (kept.size() - note_end);
      CHECK(kept.substr(note, note_end - note) ==
            "\n[" + std::to_string(text.size() - left) + " bytes of output left out]\n");
    }
  }
}

TEST_CASE("no character is cut in two") {
  std::string text;
  while (text.size() < 5'000) text += "aé€😀";
  for (std::size_t max = 300; max < 340; ++max) {
    const std::string kept = capped(text, max, 11);
    INFO(max);
    CHECK(kept.size() <= max);
    CHECK(text::is_utf8(kept));
  }
}

TEST_CASE("tiny limits hold") {
  for (std::size_t max = 0; max < 10; ++max) CHECK(capped(std::string(5'000, 'x'), max, 17).size() <= max);
}

}  // namespace
}  // namespace autofix::verify
