// zlib as this program needs it: unpacking that cannot be made to give more than was said, and packing of
// what is in memory. The one place that includes zlib.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace autofix::cli {

/// Unpacks one content, piece by piece.
class Inflation {
 public:
  /// `deflated`: else the pieces are the content. Checks that it has `size` bytes and this checksum.
  Inflation(bool deflated, std::uint64_t size, std::uint32_t crc,
            const std::function<bool(std::string_view)>& sink);
  ~Inflation();
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;

  /// False when it is wrong already, or the sink wants no more.
  bool feed(std::string_view piece);
  bool stopped() const { return stopped_; }
  /// After the last piece.
  bool ended_well() const;

 private:
  struct Stream;

  bool give(std::string_view bytes);
  bool inflate_piece(std::string_view piece);

  std::unique_ptr<Stream> stream_;  ///< empty for content that is only stored
  std::uint64_t size_;
  std::uint32_t wanted_crc_;
  const std::function<bool(std::string_view)>& sink_;
  std::uint64_t given_ = 0;
  std::uint32_t crc_ = 0;
  bool at_end_ = false;
  bool wrong_ = false;
  bool stopped_ = false;
};

/// Packs one content, piece by piece; what comes out goes to `sink`.
class Deflation {
 public:
  Deflation(bool deflate, const std::function<bool(std::string_view)>& sink);
  ~Deflation();
  Deflation(const Deflation&) = delete;
  Deflation& operator=(const Deflation&) = delete;

  /// False when the sink wants no more.
  bool feed(std::string_view piece);
  bool finish();
  std::uint64_t size() const { return size_; }
  std::uint64_t packed_size() const { return packed_size_; }
  std::uint32_t crc() const { return crc_; }

 private:
  struct Stream;

  bool give(std::string_view bytes);
  bool deflate_piece(std::string_view piece, int flush);

  std::unique_ptr<Stream> stream_;
  const std::function<bool(std::string_view)>& sink_;
  std::uint64_t size_ = 0;
  std::uint64_t packed_size_ = 0;
  std::uint32_t crc_ = 0;
};

}  // namespace autofix::cli
