#include "server/cli/archive/zip_entry.h"

#include <algorithm>
#include <set>
#include <sys/stat.h>

#include "server/fix/check_patch.h"
#include "server/problems/readers.h"
#include "server/text/utf8.h"

namespace autofix::cli {
namespace {

/// Central records, 4.3.12: where the fields stand.
enum Field : std::size_t {
  kFlagsAt = 8,
  kMethodAt = 10,
  kTimeAt = 12,
  kCrcAt = 16,
  kPackedSizeAt = 20,
  kSizeAt = 24,
  kNameLengthAt = 28,
  kExtraLengthAt = 30,
  kDiskAt = 34,
  kAttributesAt = 38,
  kOffsetAt = 42
};

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

/// Seconds of the entry's last change: the exact ones where an extra field has them.
std::time_t modified_of(std::string_view record, std::string_view extra) {
  const auto times = extra_field(extra, kUnixTimes);
  const bool has_modified =
      times && times->size() >= 5 && (static_cast<unsigned char>(times->front()) & 1) != 0;
  if (has_modified) return static_cast<std::int32_t>(get32(*times, 1));
  return from_dos_time(get32(record, kTimeAt));
}

std::string check_name(const ZipEntry& entry, std::string_view extra, const ZipLimits& limits) {
  if (entry.name.empty()) return "has an entry without a name";
  if (!text::is_utf8(entry.name)) return "has a name that is no UTF-8: " + shown(entry.name);
  if (entry.path.empty()) return "has an entry whose name is no path inside of it: " + shown(entry.name);
  if (entry.path.size() > limits.path_bytes) return "has a name that is too long: " + shown(entry.name);
  // The field holds a version, a checksum and the name that some programs would use instead.
  const auto other = extra_field(extra, kUnicodePath);
  if (other && (other->size() < 5 || other->substr(5) != entry.name)) {
    return "has an entry with two names: " + shown(entry.name);
  }
  return {};
}

std::string check_kind(const ZipEntry& entry, mode_t type) {
  if ((entry.flags & (kEncrypted | kStronglyEncrypted | kHeaderEncrypted)) != 0 || entry.method == kAes) {
    return "has an encrypted entry: " + shown(entry.name);
  }
  if ((entry.flags & kPatched) != 0 || (entry.method != kStored && entry.method != kDeflated)) {
    return "has an entry packed in a way that is not read here (method " + std::to_string(entry.method) +
           "): " + shown(entry.name);
  }
  if (type == S_IFLNK) return "has a symbolic link: " + shown(entry.name);
  if (type != 0 && type != S_IFREG && type != S_IFDIR) return "has a special file: " + shown(entry.name);
  if (entry.is_folder ? type == S_IFREG : type == S_IFDIR) {
    return "has an entry that is both file and folder: " + shown(entry.name);
  }
  if (entry.is_folder && entry.size != 0) return "has a folder with content: " + shown(entry.name);
  return {};
}

std::string check_size(const ZipEntry& entry, const ZipLimits& limits) {
  if (entry.size > limits.entry_bytes) {
    return "has an entry of more than " + mebibytes(limits.entry_bytes) + ": " + shown(entry.name);
  }
  if (entry.method == kStored && entry.size != entry.packed_size) {
    return "has an entry whose sizes differ: " + shown(entry.name);
  }
  if (entry.size > limits.ratio_applies_above && entry.size / limits.ratio > entry.packed_size) {
    return "has an entry that unpacks to more than " + std::to_string(limits.ratio) +
           " times its size: " + shown(entry.name);
  }
  return {};
}

}  // namespace

std::string shown(std::string_view name) {
  constexpr std::size_t kMost = 120;
  std::string text;
  for (const char c : problems::printable(name.substr(0, kMost))) text += c == '\n' || c == '\r' ? ' ' : c;
  if (name.size() > kMost) text += "…";
  return "\"" + text + "\"";
}

tl::expected<ZipEntry, std::string> read_record(std::string_view record, const ZipLimits& limits) {
  ZipEntry entry;
  const std::size_t name_length = get16(record, kNameLengthAt);
  const std::string_view extra =
      record.substr(kCentralRecordSize + name_length, get16(record, kExtraLengthAt));
  entry.name = record.substr(kCentralRecordSize, name_length);
  std::string_view name = entry.name;
  entry.is_folder = name.ends_with('/');
  while (name.ends_with('/')) name.remove_suffix(1);
  entry.path = fix::normalized_path(name);
  entry.flags = get16(record, kFlagsAt);
  entry.method = get16(record, kMethodAt);
  entry.crc = get32(record, kCrcAt);
  entry.packed_size = get32(record, kPackedSizeAt);
  entry.size = get32(record, kSizeAt);
  entry.begin = get32(record, kOffsetAt);
  const mode_t attributes = get32(record, kAttributesAt) >> 16;
  entry.mode = attributes & 0777;
  entry.modified = modified_of(record, extra);
  entry.record = record;

  if (entry.packed_size == kSaturated || entry.size == kSaturated || entry.begin == kSaturated ||
      get16(record, kDiskAt) != 0) {
    return tl::unexpected("has an entry in zip64 form or on another disk: " + shown(entry.name));
  }
  std::string error = check_name(entry, extra, limits);
  if (error.empty()) error = check_kind(entry, attributes & S_IFMT);
  if (error.empty()) error = check_size(entry, limits);
  if (!error.empty()) return tl::unexpected(std::move(error));
  return entry;
}

tl::expected<void, std::string> check_together(const std::vector<ZipEntry>& entries, const ZipLimits& limits,
                                               std::uint64_t archive_bytes) {
  std::set<std::string_view> seen;
  std::set<std::string_view> folders;
  std::uint64_t total = 0;
  for (const ZipEntry& entry : entries) {
    total += entry.size;
    if (!seen.insert(entry.path).second) {
      return tl::unexpected("has two entries for one file: " + shown(entry.name));
    }
    const std::string_view path = entry.path;
    for (std::size_t slash = path.rfind('/'); slash != std::string_view::npos;
         slash = path.substr(0, slash).rfind('/')) {
      if (!folders.insert(path.substr(0, slash)).second) break;
    }
  }
  for (const ZipEntry& entry : entries) {
    if (!entry.is_folder && folders.contains(entry.path)) {
      return tl::unexpected("has an entry that is both file and folder: " + shown(entry.name));
    }
  }
  if (total > limits.total_bytes) {
    return tl::unexpected("unpacks to more than " + mebibytes(limits.total_bytes));
  }
  if (total > limits.ratio_applies_above && total / limits.ratio > archive_bytes) {
    return tl::unexpected("unpacks to more than " + std::to_string(limits.ratio) + " times its size");
  }
  return {};
}

}  // namespace autofix::cli
