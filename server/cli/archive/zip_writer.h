// Writes a .zip archive: raw bytes of another one as they are, and new contents. Deliberately knows neither
// patches nor folders.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <tl/expected.hpp>
#include <vector>

#include "server/cli/archive/zip_archive.h"

namespace autofix::cli {

/// Gives a content to the sink piece by piece; an error ends the writing.
using Content = std::function<tl::expected<void, std::string>(const Sink&)>;
Content content_of(std::string_view bytes);

class ZipWriter {
 public:
  /// `file` is empty and stays the caller's.
  explicit ZipWriter(int file) : file_(file) {}

  std::uint64_t offset() const { return offset_; }

  /// Takes over bytes that belong to no entry.
  tl::expected<void, std::string> copy(const ZipArchive& from, std::uint64_t begin, std::uint64_t end);

  /// Takes over an entry; returns its central record, which differs from the old one in nothing but the
  /// place.
  tl::expected<std::string, std::string> copy(const ZipArchive& from, const ZipEntry& entry);

  /// An entry with another content: the same name, method, permissions and comment, a new time (dos_time).
  tl::expected<std::string, std::string> write_changed(const ZipArchive& from, const ZipEntry& entry,
                                                       std::uint32_t time, const Content& content);

  /// A new entry. `mode` has the type bits: a folder's name ends with a slash, a link's content is its
  /// target.
  tl::expected<std::string, std::string> write_new(const std::string& name, mode_t mode, std::uint32_t time,
                                                   const Content& content);

  /// The directory, in this order, and the end.
  tl::expected<void, std::string> finish(const std::vector<std::string>& records, const std::string& comment);

 private:
  struct Header;

  tl::expected<void, std::string> write(std::string_view bytes);
  /// Fills in checksum and sizes, in the file too.
  tl::expected<void, std::string> write_content(Header& header, const Content& content);

  int file_;
  std::uint64_t offset_ = 0;
};

}  // namespace autofix::cli
