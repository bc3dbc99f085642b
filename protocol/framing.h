// LSP's base protocol: header lines, an empty line, a body of Content-Length bytes. Finds the frames in a
// stream of bytes and finds its way back after a broken one. Deliberately no descriptors and no JSON.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace autofix::protocol {

/// Bodies larger than this are skipped without being stored.
inline constexpr std::size_t kMaxFrameBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMaxHeaderBytes = 16 * 1024;

struct FrameError {
  std::string message;
};

class FrameReader {
 public:
  void feed(std::string_view bytes);

  /// The next body, what is wrong with a frame (reading goes on behind it), or nothing until more is fed.
  std::optional<tl::expected<std::string, FrameError>> next();

 private:
  using Frame = std::optional<tl::expected<std::string, FrameError>>;
  Frame read_header();
  /// Drops bytes up to where another header may begin.
  void resynchronise();
  void drop(std::size_t count);

  std::string buffer_;
  std::size_t begin_ = 0;     // bytes before it are used up
  std::size_t searched_ = 0;  // no header end in front of it
  std::optional<std::size_t> length_;
  std::size_t to_skip_ = 0;  // of a body that is too large
  bool lost_ = false;
};

std::string frame(std::string_view body);

}  // namespace autofix::protocol
