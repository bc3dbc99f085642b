#include "server/cli/archive/inflate.h"

#include <array>
#include <new>
#include <zlib.h>

namespace autofix::cli {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 16;

std::uint32_t add_crc(std::uint32_t crc, std::string_view bytes) {
  return static_cast<std::uint32_t>(crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

void set_input(z_stream& stream, std::string_view piece) {
  // zlib's interface lacks a const; it does not write there.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  stream.avail_in = static_cast<uInt>(piece.size());
}

}  // namespace

struct Inflation::Stream {
  z_stream z{};
  std::array<char, kBuffer> out;

  Stream() {
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Stream() { inflateEnd(&z); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
};

Inflation::Inflation(bool deflated, std::uint64_t size, std::uint32_t crc,
                     const std::function<bool(std::string_view)>& sink)
    : stream_(deflated ? std::make_unique<Stream>() : nullptr), size_(size), wanted_crc_(crc), sink_(sink) {}

Inflation::~Inflation() = default;

bool Inflation::give(std::string_view bytes) {
  given_ += bytes.size();
  if (given_ > size_) {
    wrong_ = true;
    return false;
  }
  crc_ = add_crc(crc_, bytes);
  if (!bytes.empty() && !sink_(bytes)) stopped_ = true;
  return !stopped_;
}

bool Inflation::feed(std::string_view piece) {
  if (wrong_ || stopped_) return false;
  return stream_ ? inflate_piece(piece) : give(piece);
}

bool Inflation::inflate_piece(std::string_view piece) {
  z_stream& z = stream_->z;
  set_input(z, piece);
  while (!at_end_) {
    z.next_out = reinterpret_cast<Bytef*>(stream_->out.data());
    z.avail_out = static_cast<uInt>(stream_->out.size());
    const int state = inflate(&z, Z_NO_FLUSH);
    if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) {
      wrong_ = true;
      return false;
    }
    if (!give({stream_->out.data(), stream_->out.size() - z.avail_out})) return false;
    at_end_ = state == Z_STREAM_END;
    if (!at_end_ && z.avail_out != 0) return true;  // all input was used
  }
  // Bytes behind the stream's end would be a second content.
  wrong_ = z.avail_in != 0;
  return !wrong_;
}

bool Inflation::ended_well() const {
  return !wrong_ && !stopped_ && given_ == size_ && crc_ == wanted_crc_ && (!stream_ || at_end_);
}

struct Deflation::Stream {
  z_stream z{};
  std::array<char, kBuffer> out;

  Stream() {
    constexpr int kMemoryLevel = 8;
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Stream() { deflateEnd(&z); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
};

Deflation::Deflation(bool deflate, const std::function<bool(std::string_view)>& sink)
    : stream_(deflate ? std::make_unique<Stream>() : nullptr), sink_(sink) {}

Deflation::~Deflation() = default;

bool Deflation::give(std::string_view bytes) {
  packed_size_ += bytes.size();
  return bytes.empty() || sink_(bytes);
}

bool Deflation::feed(std::string_view piece) {
  size_ += piece.size();
  crc_ = add_crc(crc_, piece);
  return stream_ ? deflate_piece(piece, Z_NO_FLUSH) : give(piece);
}

bool Deflation::finish() {
  return !stream_ || deflate_piece({}, Z_FINISH);
}

bool Deflation::deflate_piece(std::string_view piece, int flush) {
  z_stream& z = stream_->z;
  set_input(z, piece);
  do {
    z.next_out = reinterpret_cast<Bytef*>(stream_->out.data());
    z.avail_out = static_cast<uInt>(stream_->out.size());
    deflate(&z, flush);
    if (!give({stream_->out.data(), stream_->out.size() - z.avail_out})) return false;
  } while (z.avail_out == 0);
  return true;
}

}  // namespace autofix::cli
