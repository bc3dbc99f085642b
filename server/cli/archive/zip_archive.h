// Reads a .zip archive: its entries, their contents, and its raw bytes, so that a new archive can take over
// untouched entries as they are. Deliberately not libzip: that one rewrites the headers of every entry when
// one is replaced (measured with 1.7.3: extra fields change, data descriptors go).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "server/cli/archive/zip_entry.h"
#include "server/fix/beneath.h"

namespace autofix::cli {

/// Takes a piece of a content; false ends the reading.
using Sink = std::function<bool(std::string_view)>;

/// Errors are sentences without a subject: "has two entries for one file: …".
class ZipArchive {
 public:
  /// Reads the directory and checks everything that can be checked without unpacking.
  static tl::expected<ZipArchive, std::string> open(const std::filesystem::path& path,
                                                    const ZipLimits& limits = {});
  /// As above, of a descriptor.
  static tl::expected<ZipArchive, std::string> of(fix::Descriptor file, const ZipLimits& limits = {});

  /// In the order of the directory.
  const std::vector<ZipEntry>& entries() const { return entries_; }
  const std::string& comment() const { return comment_; }
  /// Where the first entry begins; what stands before it belongs to no entry.
  std::uint32_t first() const { return first_; }
  /// The file's permission bits.
  mode_t mode() const { return mode_; }

  /// Unpacks a file. Never gives more than the entry's size; wrong content is an error.
  tl::expected<void, std::string> read(const ZipEntry& entry, const Sink& sink) const;
  tl::expected<std::string, std::string> read(const ZipEntry& entry) const;

  /// The archive's bytes from `begin` to `end`.
  tl::expected<void, std::string> copy(std::uint64_t begin, std::uint64_t end, const Sink& sink) const;

  /// False when somebody wrote into the file since it was opened.
  bool is_unwritten() const;
  /// False when the file at `path` is another one meanwhile.
  bool is_still_at(const std::filesystem::path& path) const;

 private:
  tl::expected<void, std::string> read_directory(const ZipLimits& limits);
  tl::expected<void, std::string> read_records(std::string_view directory, std::size_t count,
                                               const ZipLimits& limits);
  tl::expected<void, std::string> find_contents(std::uint32_t directory_begin);
  std::string check_local(ZipEntry& entry) const;
  /// Empty when the file is shorter or cannot be read.
  std::string bytes_at(std::uint64_t begin, std::size_t size) const;

  fix::Descriptor file_;
  std::uint64_t size_ = 0;
  std::int64_t modified_ns_ = 0;
  mode_t mode_ = 0;
  std::vector<ZipEntry> entries_;
  std::string comment_;
  std::uint32_t first_ = 0;
};

}  // namespace autofix::cli
