// One entry of a .zip archive, and which entries are refused: names that lead elsewhere, things that are no
// files, sizes that no project has. Deliberately strict: an archive that two programs could read in two ways
// is refused, because the other one may be the one that the user trusts.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <tl/expected.hpp>
#include <vector>

#include "server/cli/archive/zip_format.h"

namespace autofix::cli {

/// What an archive may ask for. A test may ask for less.
struct ZipLimits {
  std::uint64_t archive_bytes = std::uint64_t{2} << 30;
  std::size_t entries = 50'000;
  std::uint64_t entry_bytes = std::uint64_t{64} << 20;
  std::uint64_t total_bytes = std::uint64_t{2} << 30;
  /// What is larger than this when unpacked may not be packed more tightly than the ratio.
  std::uint64_t ratio_applies_above = std::uint64_t{10} << 20;
  std::uint64_t ratio = 200;
  std::size_t path_bytes = 1'000;
};

struct ZipEntry {
  std::string name;  ///< as the archive says it
  std::string path;  ///< normalised, without a slash at its end
  bool is_folder = false;
  unsigned flags = 0;
  unsigned method = 0;
  std::uint32_t crc = 0;
  std::uint32_t packed_size = 0;
  std::uint32_t size = 0;
  mode_t mode = 0;  ///< permission bits; 0 where the archive has none
  std::time_t modified = 0;
  std::string record;  ///< the whole central record

  // Where it lies in the archive.
  std::uint32_t begin = 0;    ///< its local header
  std::uint32_t content = 0;  ///< its packed bytes
  std::uint32_t end = 0;      ///< the next entry's local header, or the central directory
};

/// The entry of a whole central record (APPNOTE 4.3.12), or why it is refused. `begin` is filled in;
/// `content` and `end` are the archive's to find out.
tl::expected<ZipEntry, std::string> read_record(std::string_view record, const ZipLimits& limits);

/// Why these entries cannot stand together: two for one file, a file that is also a folder, too much in all.
tl::expected<void, std::string> check_together(const std::vector<ZipEntry>& entries, const ZipLimits& limits,
                                               std::uint64_t archive_bytes);

/// A name as error messages show it.
std::string shown(std::string_view name);

}  // namespace autofix::cli
