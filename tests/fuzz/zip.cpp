// An archive is read without harm, and what is read can be written again: the same bytes where nothing
// changes, and an archive that is read again where something does.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include "server/cli/archive/fixed_zip.h"
#include "server/cli/archive/new_file.h"
#include "tests/support/zip_forge.h"

namespace {

using namespace autofix;

fix::Descriptor in_memory(const std::string& bytes) {
  fix::Descriptor file(memfd_create("zip", MFD_CLOEXEC));
  if (!file || !cli::write_all(file.get(), bytes)) std::abort();
  return file;
}

std::string bytes_of(int file) {
  std::string bytes(static_cast<std::size_t>(lseek(file, 0, SEEK_END)), '\0');
  if (pread(file, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
  return bytes;
}

/// A sound archive with single bytes changed, three of the input for each: hardly any other input is one.
std::string nearly_sound(const std::uint8_t* bytes, std::size_t size) {
  test::ForgedEntry streamed{"app/b.txt", std::string(300, 'b')};
  streamed.flags = 0x808;
  streamed.local_extra = streamed.central_extra = test::extra(0x5455, std::string("\1\0\0\0\x40", 5));
  std::string archive =
      test::forge({{{"app/", "", 0, 0, 040755}, {"app/a.txt", "a\n", 0}, streamed}, "", "comment"});
  for (std::size_t at = 0; at + 2 < size; at += 3) {
    const std::size_t place = (bytes[at] | static_cast<std::size_t>(bytes[at + 1]) << 8) % archive.size();
    archive[place] = static_cast<char>(bytes[at + 2]);
  }
  return archive;
}

void write_again(const std::string& bytes, const cli::ZipArchive& archive) {
  const fix::Descriptor same = in_memory("");
  if (!cli::write_fixed_archive(same.get(), archive, "", {}, 0, {}) || bytes_of(same.get()) != bytes)
    std::abort();
  for (const cli::ZipEntry& entry : archive.entries()) {
    const auto content = archive.read(entry);
    if (content && content->size() != entry.size) std::abort();
    if (!content || entry.is_folder) continue;
    fix::FileChange change;
    change.path = entry.path;
    change.before = *content;
    change.after = "changed";
    fix::Descriptor other = in_memory("");
    if (!cli::write_fixed_archive(other.get(), archive, "", {{change}}, 0, {})) std::abort();
    const auto again = cli::ZipArchive::of(std::move(other));
    if (!again || again->entries().size() != archive.entries().size()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string archive_bytes = bytes[0] % 2 == 0
                                        ? nearly_sound(bytes + 1, size - 1)
                                        : std::string(reinterpret_cast<const char*>(bytes + 1), size - 1);
  const cli::ZipLimits small{1 << 20, 100, 1 << 20, 1 << 20, 10'000, 200, 200};
  if (const auto archive = cli::ZipArchive::of(in_memory(archive_bytes), small)) {
    write_again(archive_bytes, *archive);
  }
  return 0;
}
