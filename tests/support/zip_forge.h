// Makes .zip archives byte by byte, sound ones and hostile ones, and takes archives apart without the
// product's reader.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autofix::test {

/// What one entry says. What is set beside name and content is a lie, or an archiver's habit.
struct ForgedEntry {
  std::string name;
  std::string content{};
  unsigned method = 8;  ///< 8 deflated, else the content as it is
  unsigned flags = 0;   ///< with 0x8 the sizes follow the content
  std::uint32_t mode = 0100644;
  unsigned made_by = 0x031e;
  std::string local_extra{};
  std::string central_extra{};
  std::string comment{};
  std::string gap{};  ///< stands behind it and belongs to nothing

  std::optional<std::string> local_name{};
  std::optional<std::string> packed{};  ///< instead of the packed content
  std::optional<std::uint32_t> size{};
  std::optional<std::uint32_t> packed_size{};
  std::optional<std::uint32_t> local_size{};
  std::optional<std::uint32_t> crc{};
  std::optional<std::uint32_t> offset{};
  std::optional<unsigned> local_method{};
  std::optional<unsigned> local_flags{};
};

struct ForgedZip {
  std::vector<ForgedEntry> entries;
  std::string prefix{};
  std::string comment{};
  bool directory_backwards = false;
  std::string before_end{};  ///< between the directory and the end record
  std::string after_end{};
  std::optional<unsigned> count{};
  std::optional<std::uint32_t> directory_offset{};
  std::optional<std::uint32_t> directory_size{};
  unsigned disk = 0;
};
std::string forge(const ForgedZip& zip);

/// An extra field.
std::string extra(unsigned id, const std::string& content);

std::string deflated(std::string_view bytes);
/// So many zero bytes, never held in memory.
std::string deflated_zeros(std::size_t size);

/// An archive in its raw pieces, found by its directory.
struct SplitZip {
  struct Entry {
    std::string local;   ///< from its local header to the next one, or to the directory
    std::string record;  ///< the central record with the place set to zero
  };
  std::map<std::string, Entry> entries;
  std::vector<std::string> order;  ///< names as in the directory
  std::string prefix;
  std::string comment;
};
/// Throws where the archive does not add up.
SplitZip split_zip(const std::string& bytes);

std::string file_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, const std::string& bytes);

}  // namespace autofix::test
