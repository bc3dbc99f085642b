// Numbers of the .zip format that reader and writer share (PKWARE's APPNOTE 6.3.10; sections in the
// comments). Deliberately only what archives below 4 GiB without encryption need: no zip64, no split
// archives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace autofix::cli {

inline constexpr std::uint32_t kLocalHeader = 0x04034b50;    ///< 4.3.7
inline constexpr std::uint32_t kCentralRecord = 0x02014b50;  ///< 4.3.12
inline constexpr std::uint32_t kEndRecord = 0x06054b50;      ///< 4.3.16
inline constexpr std::uint32_t kZip64Locator = 0x07064b50;   ///< 4.3.15

inline constexpr std::size_t kLocalHeaderSize = 30;
inline constexpr std::size_t kCentralRecordSize = 46;
inline constexpr std::size_t kEndRecordSize = 22;
inline constexpr std::size_t kZip64LocatorSize = 20;

/// Flags, 4.4.4.
inline constexpr unsigned kEncrypted = 1U << 0;
inline constexpr unsigned kSizesFollow = 1U
                                         << 3;  ///< sizes stand behind the content, not in the local header
inline constexpr unsigned kPatched = 1U << 5;
inline constexpr unsigned kStronglyEncrypted = 1U << 6;
inline constexpr unsigned kUtf8 = 1U << 11;
inline constexpr unsigned kHeaderEncrypted = 1U << 13;

/// Methods, 4.4.5.
inline constexpr unsigned kStored = 0;
inline constexpr unsigned kDeflated = 8;
inline constexpr unsigned kAes = 99;

/// Extra fields, 4.5.2 and 4.6.
inline constexpr unsigned kZip64Extra = 0x0001;
inline constexpr unsigned kNtfsTimes = 0x000a;
inline constexpr unsigned kUnixTimes = 0x5455;
inline constexpr unsigned kOldUnixTimes = 0x5855;
inline constexpr unsigned kUnicodePath = 0x7075;

/// What a 32-bit field says when the number stands in a zip64 field.
inline constexpr std::uint32_t kSaturated = 0xffffffff;

/// Little-endian numbers at `at`, which is within bounds.
inline std::uint16_t get16(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t n) { return static_cast<unsigned char>(bytes[at + n]); };
  return static_cast<std::uint16_t>(byte(0) | byte(1) << 8);
}
inline std::uint32_t get32(std::string_view bytes, std::size_t at) {
  return get16(bytes, at) | static_cast<std::uint32_t>(get16(bytes, at + 2)) << 16;
}

inline void set16(std::string& bytes, std::size_t at, unsigned value) {
  bytes[at] = static_cast<char>(value & 0xff);
  bytes[at + 1] = static_cast<char>(value >> 8 & 0xff);
}
inline void set32(std::string& bytes, std::size_t at, std::uint32_t value) {
  set16(bytes, at, value & 0xffff);
  set16(bytes, at + 2, value >> 16);
}

/// The content of the extra field `id`; empty where there is none, or where the fields do not add up.
std::optional<std::string_view> extra_field(std::string_view extra, unsigned id);

/// `extra` without what a new content makes wrong: times and zip64 sizes. Fields that do not add up stay.
std::string extra_for_new_content(std::string_view extra);

/// Date and time of MS-DOS (4.4.6), in local time as archivers write them: the date in the upper half.
std::uint32_t dos_time(std::time_t time);
std::time_t from_dos_time(std::uint32_t time);

}  // namespace autofix::cli
