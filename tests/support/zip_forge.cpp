#include "tests/support/zip_forge.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <zlib.h>

namespace autofix::test {
namespace {

std::string number(std::uint64_t value, std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}
std::string two(std::uint64_t value) {
  return number(value, 2);
}
std::string four(std::uint64_t value) {
  return number(value, 4);
}

std::uint32_t number_at(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes.at(at + i))) << (8 * i);
  }
  return value;
}

std::uint32_t crc_of(const std::string& bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

struct Packing {
  z_stream z{};
  std::string out{};

  Packing() {
    if (deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::runtime_error("zlib");
  }
  ~Packing() { deflateEnd(&z); }
  Packing(const Packing&) = delete;
  Packing& operator=(const Packing&) = delete;

  void feed(std::string_view bytes, int flush) {
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    z.avail_in = static_cast<uInt>(bytes.size());
    do {
      std::array<char, 4096> piece;
      z.next_out = reinterpret_cast<Bytef*>(piece.data());
      z.avail_out = piece.size();
      deflate(&z, flush);
      out.append(piece.data(), piece.size() - z.avail_out);
    } while (z.avail_out == 0);
  }
};

constexpr std::uint32_t kTime = 0x5a21'6b4f;  // 1 January 2025, 13:26:30

}  // namespace

std::string extra(unsigned id, const std::string& content) {
  return two(id) + two(content.size()) + content;
}

std::string deflated(std::string_view bytes) {
  Packing packing;
  packing.feed(bytes, Z_FINISH);
  return packing.out;
}

std::string deflated_zeros(std::size_t size) {
  const std::string piece(std::size_t{1} << 20, '\0');
  Packing packing;
  for (; size > piece.size(); size -= piece.size()) packing.feed(piece, Z_NO_FLUSH);
  packing.feed(std::string_view(piece).substr(0, size), Z_FINISH);
  return packing.out;
}

std::string forge(const ForgedZip& zip) {
  std::string out = zip.prefix;
  std::vector<std::string> records;
  for (const ForgedEntry& entry : zip.entries) {
    const std::string packed =
        entry.packed ? *entry.packed : (entry.method == 8 ? deflated(entry.content) : entry.content);
    const std::uint32_t crc = entry.crc.value_or(crc_of(entry.content));
    const auto size = entry.size.value_or(static_cast<std::uint32_t>(entry.content.size()));
    const auto packed_size = entry.packed_size.value_or(static_cast<std::uint32_t>(packed.size()));
    const auto offset = entry.offset.value_or(static_cast<std::uint32_t>(out.size()));
    const std::string local_name = entry.local_name.value_or(entry.name);
    const bool follow = (entry.flags & 8) != 0;
    const std::string sizes = four(crc) + four(packed_size) + four(size);
    out += "PK\3\4" + two(20) + two(entry.local_flags.value_or(entry.flags)) +
           two(entry.local_method.value_or(entry.method)) + four(kTime) +
           (follow ? std::string(12, '\0')
                   : four(crc) + four(packed_size) + four(entry.local_size.value_or(size))) +
           two(local_name.size()) + two(entry.local_extra.size()) + local_name + entry.local_extra + packed;
    if (follow) out += "PK\7\10" + sizes;
    out += entry.gap;
    records.push_back("PK\1\2" + two(entry.made_by) + two(20) + two(entry.flags) + two(entry.method) +
                      four(kTime) + sizes + two(entry.name.size()) + two(entry.central_extra.size()) +
                      two(entry.comment.size()) + two(0) + two(0) + four(std::uint64_t{entry.mode} << 16) +
                      four(offset) + entry.name + entry.central_extra + entry.comment);
  }
  if (zip.directory_backwards) std::ranges::reverse(records);
  const std::size_t directory = out.size();
  for (const std::string& record : records) out += record;
  const std::size_t size = out.size() - directory;
  const std::string count = two(zip.count.value_or(static_cast<unsigned>(records.size())));
  return out + zip.before_end + "PK\5\6" + two(zip.disk) + two(zip.disk) + count + count +
         four(zip.directory_size.value_or(static_cast<std::uint32_t>(size))) +
         four(zip.directory_offset.value_or(static_cast<std::uint32_t>(directory))) +
         two(zip.comment.size()) + zip.comment + zip.after_end;
}

SplitZip split_zip(const std::string& bytes) {
  const std::size_t end = bytes.rfind("PK\5\6");
  if (end == std::string::npos) throw std::runtime_error("no end record");
  SplitZip split;
  split.comment = bytes.substr(end + 22);
  if (split.comment.size() != number_at(bytes, end + 20, 2)) throw std::runtime_error("comment");
  const std::size_t directory = number_at(bytes, end + 16, 4);
  if (directory + number_at(bytes, end + 12, 4) != end) throw std::runtime_error("directory");
  std::vector<std::size_t> begins = {directory};
  std::vector<std::pair<std::string, std::size_t>> places;
  for (std::size_t at = directory; at < end;) {
    const std::size_t name_size = number_at(bytes, at + 28, 2);
    const std::size_t size = 46 + name_size + number_at(bytes, at + 30, 2) + number_at(bytes, at + 32, 2);
    std::string record = bytes.substr(at, size);
    const std::size_t begin = number_at(bytes, at + 42, 4);
    record.replace(42, 4, 4, '\0');
    const std::string name = bytes.substr(at + 46, name_size);
    split.order.push_back(name);
    split.entries[name].record = record;
    places.emplace_back(name, begin);
    begins.push_back(begin);
    at += size;
  }
  if (split.order.size() != number_at(bytes, end + 10, 2)) throw std::runtime_error("count");
  std::ranges::sort(begins);
  split.prefix = bytes.substr(0, begins.front());
  for (const auto& [name, begin] : places) {
    const std::size_t next = *std::ranges::upper_bound(begins, begin);
    split.entries[name].local = bytes.substr(begin, next - begin);
  }
  return split;
}

std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace autofix::test
