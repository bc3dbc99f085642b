#include "server/cli/archive/zip_writer.h"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

#include "server/cli/archive/inflate.h"
#include "server/cli/archive/new_file.h"

namespace autofix::cli {
namespace {

using Done = tl::expected<void, std::string>;
using Record = tl::expected<std::string, std::string>;

constexpr unsigned kVersionNeeded = 20;  // deflate and folders
constexpr unsigned kMadeByUnix = 3U << 8 | 30;
constexpr std::uint64_t kMostBytes = kSaturated - 1;
constexpr std::size_t kMostEntries = 0xfffe;

Done too_large() {
  return tl::unexpected(std::string("more than a .zip without zip64 can hold"));
}

}  // namespace

/// A local header, 4.3.7.
struct ZipWriter::Header {
  std::uint64_t begin = 0;
  unsigned needed = kVersionNeeded;
  unsigned flags = 0;
  unsigned method = kStored;
  std::uint32_t time = 0;
  std::uint32_t crc = 0;
  std::uint32_t packed_size = 0;
  std::uint32_t size = 0;
  std::string name{};
  std::string extra{};

  std::string bytes() const {
    std::string out(kLocalHeaderSize, '\0');
    set32(out, 0, kLocalHeader);
    set16(out, 4, needed);
    set16(out, 6, flags);
    set16(out, 8, method);
    set32(out, 10, time);
    set32(out, 14, crc);
    set32(out, 18, packed_size);
    set32(out, 22, size);
    set16(out, 26, static_cast<unsigned>(name.size()));
    set16(out, 28, static_cast<unsigned>(extra.size()));
    return out + name + extra;
  }

  /// Puts into a central record what it shares with the local header.
  void put_into(std::string& record) const {
    set16(record, 6, needed);
    set16(record, 8, flags);
    set16(record, 10, method);
    set32(record, 12, time);
    set32(record, 16, crc);
    set32(record, 20, packed_size);
    set32(record, 24, size);
    set16(record, 28, static_cast<unsigned>(name.size()));
    set32(record, 42, static_cast<std::uint32_t>(begin));
  }
};

Content content_of(std::string_view bytes) {
  return [bytes](const Sink& sink) -> Done {
    if (!sink(bytes)) return tl::unexpected(std::string("was not read to its end"));
    return {};
  };
}

Done ZipWriter::write(std::string_view bytes) {
  if (offset_ + bytes.size() > kMostBytes) return too_large();
  if (!write_all(file_, bytes)) return tl::unexpected(std::string(std::strerror(errno)));
  offset_ += bytes.size();
  return {};
}

Done ZipWriter::copy(const ZipArchive& from, std::uint64_t begin, std::uint64_t end) {
  Done written;
  auto read = from.copy(begin, end, [&](std::string_view piece) {
    written = write(piece);
    return written.has_value();
  });
  return written ? read : written;
}

Record ZipWriter::copy(const ZipArchive& from, const ZipEntry& entry) {
  std::string record = entry.record;
  set32(record, 42, static_cast<std::uint32_t>(offset_));
  if (auto copied = copy(from, entry.begin, entry.end); !copied) return tl::unexpected(copied.error());
  return record;
}

Done ZipWriter::write_content(Header& header, const Content& content) {
  header.begin = offset_;
  if (auto written = write(header.bytes()); !written) return written;
  Done written;
  const Sink sink = [&](std::string_view piece) {
    written = write(piece);
    return written.has_value();
  };
  Deflation deflation(header.method == kDeflated, sink);
  auto given = content([&](std::string_view piece) { return deflation.feed(piece); });
  if (!written) return written;
  if (!given) return given;
  if (!deflation.finish()) return written;
  if (deflation.size() > kMostBytes) return too_large();
  header.crc = deflation.crc();
  header.size = static_cast<std::uint32_t>(deflation.size());
  header.packed_size = static_cast<std::uint32_t>(deflation.packed_size());
  const std::string final_bytes = header.bytes().substr(0, kLocalHeaderSize);
  const ssize_t count =
      pwrite(file_, final_bytes.data(), final_bytes.size(), static_cast<off_t>(header.begin));
  if (count != static_cast<ssize_t>(final_bytes.size())) {
    return tl::unexpected(std::string(std::strerror(errno)));
  }
  return {};
}

Record ZipWriter::write_changed(const ZipArchive& from, const ZipEntry& entry, std::uint32_t time,
                                const Content& content) {
  std::string old;
  auto read = from.copy(entry.begin, entry.content, [&](std::string_view piece) {
    old += piece;
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  Header header;
  header.needed = get16(old, 4);
  header.flags = entry.flags & ~kSizesFollow;
  header.method = entry.method;
  header.time = time;
  header.name = entry.name;
  header.extra = extra_for_new_content(std::string_view(old).substr(kLocalHeaderSize + entry.name.size()));
  if (auto written = write_content(header, content); !written) return tl::unexpected(written.error());

  const std::size_t extra_at = kCentralRecordSize + entry.name.size();
  const std::size_t extra_size = get16(entry.record, 30);
  const std::string extra =
      extra_for_new_content(std::string_view(entry.record).substr(extra_at, extra_size));
  std::string record = entry.record.substr(0, extra_at) + extra + entry.record.substr(extra_at + extra_size);
  header.put_into(record);
  set16(record, 30, static_cast<unsigned>(extra.size()));
  return record;
}

Record ZipWriter::write_new(const std::string& name, mode_t mode, std::uint32_t time,
                            const Content& content) {
  constexpr std::size_t kLongest = 0xffff;
  if (name.size() > kLongest) return tl::unexpected(too_large().error());
  Header header;
  header.flags = kUtf8;
  header.method = S_ISREG(mode) ? kDeflated : kStored;
  header.time = time;
  header.name = name;
  if (auto written = write_content(header, content); !written) return tl::unexpected(written.error());
  std::string record(kCentralRecordSize, '\0');
  set32(record, 0, kCentralRecord);
  set16(record, 4, kMadeByUnix);
  constexpr std::uint32_t kDosFolder = 0x10;
  set32(record, 38, static_cast<std::uint32_t>(mode) << 16 | (S_ISDIR(mode) ? kDosFolder : 0));
  header.put_into(record);
  return record + name;
}

Done ZipWriter::finish(const std::vector<std::string>& records, const std::string& comment) {
  if (records.size() > kMostEntries) return too_large();
  const std::uint64_t begin = offset_;
  for (const std::string& record : records) {
    if (auto written = write(record); !written) return written;
  }
  std::string end(kEndRecordSize, '\0');
  set32(end, 0, kEndRecord);
  set16(end, 8, static_cast<unsigned>(records.size()));
  set16(end, 10, static_cast<unsigned>(records.size()));
  set32(end, 12, static_cast<std::uint32_t>(offset_ - begin));
  set32(end, 16, static_cast<std::uint32_t>(begin));
  set16(end, 20, static_cast<unsigned>(comment.size()));
  return write(end + comment);
}

}  // namespace autofix::cli
