#include "server/cli/archive/zip_archive.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/cli/archive/inflate.h"

namespace autofix::cli {
namespace {

constexpr std::size_t kMaxDirectoryBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxComment = 0xffff;
constexpr const char* kNoZip = "is no .zip archive, or one that is cut off";

/// End record, 4.3.16: where the fields stand.
enum Field : std::size_t {
  kDisksAt = 4,
  kCountHereAt = 8,
  kCountAt = 10,
  kSizeAt = 12,
  kOffsetAt = 16,
  kCommentAt = 20
};

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// Where the end record stands in the archive's last bytes. A comment may hold what looks like another one.
tl::expected<std::size_t, std::string> find_end(std::string_view tail) {
  std::size_t found = std::string_view::npos;
  for (std::size_t at = 0; at + kEndRecordSize <= tail.size(); ++at) {
    if (get32(tail, at) != kEndRecord) continue;
    if (get16(tail, at + kCommentAt) != tail.size() - at - kEndRecordSize) continue;
    if (found != std::string_view::npos)
      return tl::unexpected(std::string("can be read in two ways: it has two ends"));
    found = at;
  }
  if (found == std::string_view::npos) return tl::unexpected(std::string(kNoZip));
  return found;
}

/// Whether a local header says the sizes and checksum that the directory says, in one of the three ways: in
/// itself, in a zip64 field (streaming archivers), or behind the content.
bool has_sizes_of(const ZipEntry& entry, std::string_view header, std::string_view extra) {
  const bool follow = (entry.flags & kSizesFollow) != 0;
  const auto fits = [&](std::uint64_t value, std::uint64_t wanted) {
    return value == wanted || (follow && value == 0);
  };
  if (!fits(get32(header, 14), entry.crc)) return false;
  const std::uint32_t packed = get32(header, 18);
  const std::uint32_t size = get32(header, 22);
  if (packed != kSaturated && size != kSaturated)
    return fits(packed, entry.packed_size) && fits(size, entry.size);
  const auto large = extra_field(extra, kZip64Extra);
  if (packed != size || !large || large->size() < 16) return false;
  return fits(get32(*large, 0), entry.size) && get32(*large, 4) == 0 &&
         fits(get32(*large, 8), entry.packed_size) && get32(*large, 12) == 0;
}

}  // namespace

tl::expected<ZipArchive, std::string> ZipArchive::open(const std::filesystem::path& path,
                                                       const ZipLimits& limits) {
  // A FIFO must not block.
  fix::Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file) return tl::unexpected(std::string("cannot be read: ") + std::strerror(errno));
  return of(std::move(file), limits);
}

tl::expected<ZipArchive, std::string> ZipArchive::of(fix::Descriptor file, const ZipLimits& limits) {
  ZipArchive archive;
  archive.file_ = std::move(file);
  struct stat status {};
  if (fstat(archive.file_.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return tl::unexpected(std::string("is no regular file"));
  }
  archive.size_ = static_cast<std::uint64_t>(status.st_size);
  archive.modified_ns_ = nanoseconds(status.st_mtim);
  archive.mode_ = status.st_mode & 07777;
  if (archive.size_ > limits.archive_bytes) return tl::unexpected(std::string("is too large"));
  if (auto read = archive.read_directory(limits); !read) return tl::unexpected(std::move(read.error()));
  return archive;
}

std::string ZipArchive::bytes_at(std::uint64_t begin, std::size_t size) const {
  if (begin > size_ || size > size_ - begin) return {};
  std::string bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t count =
        pread(file_.get(), bytes.data() + filled, size - filled, static_cast<off_t>(begin + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return {};
    filled += static_cast<std::size_t>(count);
  }
  return bytes;
}

tl::expected<void, std::string> ZipArchive::read_directory(const ZipLimits& limits) {
  const std::size_t tail_size = std::min<std::uint64_t>(size_, kEndRecordSize + kMaxComment);
  const std::string tail = bytes_at(size_ - tail_size, tail_size);
  const auto end = find_end(tail);
  if (!end) return tl::unexpected(end.error());
  const std::string_view record = std::string_view(tail).substr(*end);
  const std::uint64_t end_at = size_ - tail_size + *end;
  const std::size_t count = get16(record, kCountAt);
  const std::uint64_t size = get32(record, kSizeAt);
  const std::uint64_t begin = get32(record, kOffsetAt);
  comment_ = record.substr(kEndRecordSize);

  const bool saturated = count == 0xffff || size == kSaturated || begin == kSaturated;
  if (saturated || begin + size != end_at) {
    const std::string locator =
        end_at < kZip64LocatorSize ? "" : bytes_at(end_at - kZip64LocatorSize, kZip64LocatorSize);
    if (saturated || (!locator.empty() && get32(locator, 0) == kZip64Locator)) {
      return tl::unexpected(std::string("is in zip64 form, which is not read here"));
    }
    return tl::unexpected(std::string("is damaged: its directory is not where its end says"));
  }
  if (get32(record, kDisksAt) != 0 || get16(record, kCountHereAt) != count) {
    return tl::unexpected(std::string("is one part of several"));
  }
  if (count > limits.entries) {
    return tl::unexpected("has more than " + std::to_string(limits.entries) + " entries");
  }
  if (size > kMaxDirectoryBytes) return tl::unexpected(std::string("has too large a directory"));
  const std::string directory = bytes_at(begin, size);
  if (directory.size() != size) return tl::unexpected(std::string(kNoZip));
  if (auto read = read_records(directory, count, limits); !read) return read;
  if (auto checked = check_together(entries_, limits, size_); !checked) return checked;
  return find_contents(static_cast<std::uint32_t>(begin));
}

tl::expected<void, std::string> ZipArchive::read_records(std::string_view directory, std::size_t count,
                                                         const ZipLimits& limits) {
  const auto damaged = [] {
    return tl::unexpected(std::string("is damaged: its directory does not add up"));
  };
  entries_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (directory.size() < kCentralRecordSize || get32(directory, 0) != kCentralRecord) return damaged();
    const std::size_t size =
        kCentralRecordSize + get16(directory, 28) + get16(directory, 30) + get16(directory, 32);
    if (size > directory.size()) return damaged();
    auto entry = read_record(directory.substr(0, size), limits);
    if (!entry) return tl::unexpected(std::move(entry.error()));
    entries_.push_back(std::move(*entry));
    directory.remove_prefix(size);
  }
  if (!directory.empty()) return damaged();
  return {};
}

tl::expected<void, std::string> ZipArchive::find_contents(std::uint32_t directory_begin) {
  std::vector<ZipEntry*> in_order;
  for (ZipEntry& entry : entries_) in_order.push_back(&entry);
  std::ranges::sort(in_order, {}, &ZipEntry::begin);
  first_ = in_order.empty() ? directory_begin : in_order.front()->begin;
  for (std::size_t i = 0; i < in_order.size(); ++i) {
    ZipEntry& entry = *in_order[i];
    entry.end = i + 1 < in_order.size() ? in_order[i + 1]->begin : directory_begin;
    std::string error = check_local(entry);
    if (!error.empty()) return tl::unexpected(error + ": " + shown(entry.name));
  }
  return {};
}

std::string ZipArchive::check_local(ZipEntry& entry) const {
  const std::string header = bytes_at(entry.begin, kLocalHeaderSize + entry.name.size());
  if (header.empty() || get32(header, 0) != kLocalHeader) {
    return "is damaged: an entry is not where its directory says";
  }
  const bool same_name =
      get16(header, 26) == entry.name.size() && header.substr(kLocalHeaderSize) == entry.name;
  if (!same_name || get16(header, 6) != entry.flags || get16(header, 8) != entry.method) {
    return "can be read in two ways: an entry and its directory differ";
  }
  if (!has_sizes_of(entry, header, bytes_at(entry.begin + header.size(), get16(header, 28)))) {
    return "can be read in two ways: an entry's size differs from its directory's";
  }
  const std::uint64_t content = std::uint64_t{entry.begin} + header.size() + get16(header, 28);
  if (content + entry.packed_size > entry.end) return "has entries that overlap";
  entry.content = static_cast<std::uint32_t>(content);
  return {};
}

tl::expected<void, std::string> ZipArchive::copy(std::uint64_t begin, std::uint64_t end,
                                                 const Sink& sink) const {
  constexpr std::uint64_t kPiece = std::uint64_t{1} << 18;
  while (begin < end) {
    const std::string piece = bytes_at(begin, std::min(kPiece, end - begin));
    if (piece.empty()) return tl::unexpected(std::string("was cut off meanwhile"));
    if (!sink(piece)) return tl::unexpected(std::string("was not read to its end"));
    begin += piece.size();
  }
  return {};
}

tl::expected<void, std::string> ZipArchive::read(const ZipEntry& entry, const Sink& sink) const {
  Inflation inflation(entry.method == kDeflated, entry.size, entry.crc, sink);
  auto copied = copy(entry.content, std::uint64_t{entry.content} + entry.packed_size,
                     [&](std::string_view piece) { return inflation.feed(piece); });
  if (inflation.stopped()) return tl::unexpected(shown(entry.name) + " was not read to its end");
  if (!inflation.ended_well()) return tl::unexpected("is damaged: wrong content in " + shown(entry.name));
  return copied;
}

tl::expected<std::string, std::string> ZipArchive::read(const ZipEntry& entry) const {
  std::string bytes;
  auto done = read(entry, [&](std::string_view piece) {
    bytes += piece;
    return true;
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  return bytes;
}

bool ZipArchive::is_unwritten() const {
  struct stat status {};
  return fstat(file_.get(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) == size_ &&
         nanoseconds(status.st_mtim) == modified_ns_;
}

bool ZipArchive::is_still_at(const std::filesystem::path& path) const {
  struct stat opened {};
  struct stat named {};
  return fstat(file_.get(), &opened) == 0 && stat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

}  // namespace autofix::cli
