// Every byte of what a fix does not touch stays, and nothing is half written.
#include "server/cli/archive/fixed_zip.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/cli/archive/new_file.h"
#include "server/cli/archive/unpack.h"
#include "server/fix/private_folder.h"
#include "tests/support/catch.h"
#include "tests/support/zip_forge.h"

namespace autofix::cli {
namespace {

namespace fs = std::filesystem;
using fix::ChangeKind;
using fix::FileChange;
using fix::Patch;
using test::extra;
using test::forge;
using test::ForgedEntry;
using test::ForgedZip;
using test::split_zip;
using test::SplitZip;

constexpr std::time_t kNow = 1'750'000'000;

fix::Descriptor in_memory(const std::string& bytes) {
  fix::Descriptor file(memfd_create("zip", MFD_CLOEXEC));
  REQUIRE(file);
  REQUIRE(write_all(file.get(), bytes));
  return file;
}

std::string bytes_of(int file) {
  std::string bytes(static_cast<std::size_t>(lseek(file, 0, SEEK_END)), '\0');
  REQUIRE(pread(file, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return bytes;
}

FileChange change(const std::string& path, const std::string& before, const std::string& after,
                  ChangeKind kind = ChangeKind::modify, const std::string& new_path = {}) {
  FileChange result;
  result.path = path;
  result.kind = kind;
  result.before = before;
  result.after = after;
  result.new_path = new_path;
  return result;
}

ZipArchive archive_of(const std::string& bytes) {
  auto archive = ZipArchive::of(in_memory(bytes));
  if (!archive) FAIL(archive.error());
  return std::move(*archive);
}

/// The fixed archive's bytes.
std::string fixed(const std::string& bytes, const Patch& patch, const std::string& top = {}) {
  const fix::Descriptor out = in_memory("");
  const auto done = write_fixed_archive(out.get(), archive_of(bytes), top, patch, kNow, {});
  if (!done) FAIL(done.error());
  return bytes_of(out.get());
}

std::string why_not(const std::string& bytes, const Patch& patch) {
  const fix::Descriptor out = in_memory("");
  const auto done = write_fixed_archive(out.get(), archive_of(bytes), "", patch, kNow, {});
  return done ? "" : done.error();
}

const ZipEntry& entry_of(const ZipArchive& archive, const std::string& path) {
  const auto found = std::ranges::find(archive.entries(), path, &ZipEntry::path);
  REQUIRE(found != archive.entries().end());
  return *found;
}

/// Everything an archiver may leave: other orders, extra fields, gaps, comments, sizes behind the content.
ForgedZip rich() {
  ForgedEntry first{"first.py", "one\ntwo\n"};
  first.local_extra =
      extra(0x5455, std::string("\3\0\0\0\x40\0\0\0\x40", 9)) + extra(0x7875, "\1\4aaaa\4bbbb");
  first.central_extra = extra(0x5455, std::string("\1\0\0\0\x40", 5)) + extra(0x7875, "\1\4aaaa\4bbbb");
  first.comment = "the first";
  ForgedEntry second{"second.py", "three\nfour\n", 0};
  second.mode = 0100755;
  second.gap = "a gap";
  ForgedEntry third{"third.bin", std::string(5'000, '\7') + "end"};
  third.flags = 8;
  third.central_extra = extra(0x4242, "unknown");
  ForgedEntry folder{"folder/", "", 0};
  folder.mode = 040755;
  ForgedEntry last{"folder/last.txt", "last\n"};
  last.flags = 0x808;
  last.made_by = 0x0014;
  last.mode = 0;
  return {{first, second, third, folder, last}, "#!prefix\n", "archive comment", true};
}

void check_untouched(const SplitZip& before, const SplitZip& after, const std::vector<std::string>& touched) {
  for (const auto& [name, entry] : before.entries) {
    if (std::ranges::find(touched, name) != touched.end()) continue;
    INFO(name);
    REQUIRE(after.entries.contains(name));
    CHECK(after.entries.at(name).local == entry.local);
    CHECK(after.entries.at(name).record == entry.record);
  }
  CHECK(after.prefix == before.prefix);
  CHECK(after.comment == before.comment);
}

TEST_CASE("with nothing to change, the archive is the same to the last byte") {
  const std::string bytes = forge(rich());
  CHECK(fixed(bytes, {}) == bytes);
  CHECK(fixed(forge({}), {}) == forge({}));
}

TEST_CASE("a changed file keeps its place, permissions, method and comment; all else keeps every byte") {
  const auto [path, before] = GENERATE(table<std::string, std::string>(
      {{"first.py", "one\ntwo\n"}, {"second.py", "three\nfour\n"}, {"folder/last.txt", "last\n"}}));
  const std::string after = GENERATE(as<std::string>(), "", "new\n", std::string(300'000, 'x') + "y");
  INFO(path);
  const std::string bytes = forge(rich());
  const std::string result = fixed(bytes, {{change(path, before, after)}});
  const SplitZip old_parts = split_zip(bytes);
  const SplitZip parts = split_zip(result);
  CHECK(parts.order == old_parts.order);
  check_untouched(old_parts, parts, {path});
  const ZipArchive old_archive = archive_of(bytes);
  const ZipArchive archive = archive_of(result);
  const ZipEntry& old_entry = entry_of(old_archive, path);
  const ZipEntry& entry = entry_of(archive, path);
  CHECK(archive.read(entry).value() == after);
  CHECK(entry.method == old_entry.method);
  CHECK(entry.modified == kNow);
  CHECK((entry.flags & kSizesFollow) == 0);
  CHECK(entry.record.substr(4, 2) == old_entry.record.substr(4, 2));
  CHECK(entry.record.substr(32, 10) == old_entry.record.substr(32, 10));  // attributes and lengths of no name
  CHECK(entry.record.ends_with(path == "first.py" ? "\1\4aaaa\4bbbbthe first" : path));
}

TEST_CASE("deleted entries go, new ones come last, moved ones keep their permissions") {
  const std::string bytes = forge(rich());
  const std::string result =
      fixed(bytes, {{change("first.py", "one\ntwo\n", "", ChangeKind::remove),
                     change("folder/new ü.py", "", "new\n", ChangeKind::create),
                     change("second.py", "three\nfour\n", "five\n", ChangeKind::rename, "moved.py")}});
  const SplitZip before = split_zip(bytes);
  const SplitZip after = split_zip(result);
  check_untouched(before, after, {"first.py", "second.py"});
  CHECK(after.order ==
        std::vector<std::string>{"folder/last.txt", "folder/", "third.bin", "folder/new ü.py", "moved.py"});
  const ZipArchive archive = archive_of(result);
  CHECK(entry_of(archive, "folder/new ü.py").mode == 0644);
  CHECK(archive.read(entry_of(archive, "folder/new ü.py")).value() == "new\n");
  CHECK(entry_of(archive, "moved.py").mode == 0755);
  CHECK(archive.read(entry_of(archive, "moved.py")).value() == "five\n");
}

TEST_CASE("paths of a patch lie below the top folder") {
  const std::string bytes = forge({{{"app/a.py", "a\n"}, {"app/b.py", "b\n"}}});
  const ZipArchive archive = archive_of(
      fixed(bytes, {{change("a.py", "a\n", "c\n"), change("n.py", "", "n\n", ChangeKind::create)}}, "app"));
  CHECK(archive.read(entry_of(archive, "app/a.py")).value() == "c\n");
  CHECK(archive.read(entry_of(archive, "app/n.py")).value() == "n\n");
}

TEST_CASE("a new file takes the place of an empty one, and of no other") {
  const std::string bytes = forge({{{"empty", ""}, {"full", "text"}}});
  const ZipArchive archive = archive_of(fixed(bytes, {{change("empty", "", "new", ChangeKind::create)}}));
  CHECK(archive.entries().size() == 2);
  CHECK(archive.read(entry_of(archive, "empty")).value() == "new");
  CHECK(why_not(bytes, {{change("full", "", "new", ChangeKind::create)}}).find("differs") !=
        std::string::npos);
}

TEST_CASE("an archive that the fix is not for is left alone") {
  const std::string bytes = forge(rich());
  CHECK(why_not(bytes, {{change("first.py", "other\n", "new\n")}}) ==
        "\"first.py\" differs from what the fix is for");
  CHECK(why_not(bytes, {{change("nowhere.py", "", "new\n")}}) == "\"nowhere.py\" is no file in it");
  CHECK(why_not(bytes, {{change("folder", "", "new\n", ChangeKind::create)}}) ==
        "\"folder\" is no file in it");
  CHECK(why_not(bytes, {{change("first.py", "one\ntwo\n", "x", ChangeKind::rename, "second.py")}}) ==
        "\"second.py\" exists in it already");
  std::stop_source stop;
  stop.request_stop();
  const fix::Descriptor out = in_memory("");
  const auto done = write_fixed_archive(out.get(), archive_of(bytes), "", {}, kNow, stop.get_token());
  REQUIRE(!done);
  CHECK(done.error() == "cancelled");
}

TEST_CASE("unpacked files keep contents, permissions and times; nothing is written through a link") {
  const auto folder = fix::PrivateFolder::create("test");
  REQUIRE(folder);
  const fs::path root = folder->path() / "root";
  fs::create_directory(root);
  ForgedEntry tool{"app/bin/tool", "#!/bin/sh\n"};
  tool.mode = 0106755;
  tool.central_extra = extra(0x5455, std::string("\1\0\0\0\x40", 5));
  ForgedEntry closed{"app/closed", "text"};
  closed.mode = 0100000 | 0111;
  ForgedEntry plain{"other/plain", "text"};
  plain.mode = 0;
  const std::string bytes = forge({{tool, closed, plain, {"app/empty/", "", 0, 0, 040700}}});
  REQUIRE(unpack(archive_of(bytes), "", root, {}));
  struct stat status {};
  REQUIRE(stat((root / "app/bin/tool").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0755);
  CHECK(status.st_mtime == 0x40000000);
  REQUIRE(stat((root / "app/closed").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0711);
  REQUIRE(stat((root / "other/plain").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0644);
  CHECK(fs::is_directory(root / "app/empty"));
  // A second time, the files are there already.
  CHECK(!unpack(archive_of(bytes), "", root, {}));
  // Only what lies below the top folder, without it.
  const fs::path other = folder->path() / "other";
  fs::create_directory(other);
  REQUIRE(unpack(archive_of(bytes), "app", other, {}));
  CHECK(test::file_bytes(other / "bin/tool") == "#!/bin/sh\n");
  CHECK(!fs::exists(other / "plain"));
  // A link that somebody planted in the meantime.
  const fs::path planted = folder->path() / "planted";
  fs::create_directory(planted);
  fs::create_directory_symlink(other, planted / "app");
  CHECK(!unpack(archive_of(forge({{{"app/new", "text"}}})), "", planted, {}));
  CHECK(!fs::exists(other / "new"));
}

TEST_CASE("a folder becomes an archive: by name, with permissions, links and empty folders") {
  const auto folder = fix::PrivateFolder::create("test");
  REQUIRE(folder);
  const fs::path root = folder->path();
  for (const char* name : {"b.py", "a.py", "gone.py", "old.py", ".hidden"})
    test::write_bytes(root / name, name);
  fs::create_directories(root / "sub/empty");
  test::write_bytes(root / "sub/tool", std::string(200'000, 'x'));
  fs::permissions(root / "sub/tool", fs::perms::owner_all);
  fs::create_symlink("/nowhere", root / "link");
  REQUIRE(mkfifo((root / "pipe").c_str(), 0600) == 0);
  const Patch patch{{change("a.py", "a.py", "fixed"), change("gone.py", "gone.py", "", ChangeKind::remove),
                     change("new/n.py", "", "new", ChangeKind::create),
                     change("old.py", "old.py", "moved", ChangeKind::rename, "sub/moved.py")}};
  const fix::Descriptor out = in_memory("");
  const auto done = write_fixed_folder(out.get(), root, patch, kNow, {});
  if (!done) FAIL(done.error());
  const SplitZip parts = split_zip(bytes_of(out.get()));
  CHECK(parts.order == std::vector<std::string>{".hidden", "a.py", "b.py", "link", "sub/empty/", "sub/tool",
                                                "new/n.py", "sub/moved.py"});
  const auto mode = [&](const char* name) {
    const std::string& record = parts.entries.at(name).record;
    return static_cast<unsigned char>(record[40]) | static_cast<unsigned char>(record[41]) << 8;
  };
  CHECK(mode("link") == 0120777);
  CHECK(mode("sub/tool") == 0100700);
  CHECK(mode("sub/empty/") == 040755);
  CHECK(mode("new/n.py") == 0100644);
  // Again: the same bytes.
  const fix::Descriptor again = in_memory("");
  REQUIRE(write_fixed_folder(again.get(), root, patch, kNow, {}));
  CHECK(bytes_of(again.get()) == bytes_of(out.get()));
  // A file that is not what the fix is for.
  for (const Patch& wrong : {Patch{{change("a.py", "other", "fixed")}}, Patch{{change("none.py", "x", "y")}},
                             Patch{{change("a.py", "a.py", "x", ChangeKind::rename, "b.py")}}}) {
    const fix::Descriptor bad = in_memory("");
    CHECK(!write_fixed_folder(bad.get(), root, wrong, kNow, {}));
  }
}

TEST_CASE("a new file is whole or not there, and takes no other's place") {
  const auto folder = fix::PrivateFolder::create("test");
  REQUIRE(folder);
  const fs::path target = folder->path() / "target";
  {
    auto file = NewFile::beside(target, 0666);
    REQUIRE(file);
    REQUIRE(write_all(file->file(), "half"));
  }
  CHECK(fs::is_empty(folder->path()));
  {
    auto file = NewFile::beside(target, 0666);
    REQUIRE(file);
    REQUIRE(write_all(file->file(), "whole"));
    REQUIRE(file->place());
  }
  CHECK(test::file_bytes(target) == "whole");
  {
    auto file = NewFile::beside(target, 0666);
    REQUIRE(file);
    const auto placed = file->place();
    REQUIRE(!placed);
    CHECK(placed.error() == target.string() + " exists");
  }
  CHECK(test::file_bytes(target) == "whole");
  {
    auto file = NewFile::beside(target, 0600);
    REQUIRE(file);
    REQUIRE(write_all(file->file(), "other"));
    REQUIRE(file->replace(0640));
  }
  CHECK(test::file_bytes(target) == "other");
  CHECK((fs::status(target).permissions() & fs::perms::all) == fs::perms(0640));
  CHECK(std::distance(fs::directory_iterator(folder->path()), fs::directory_iterator()) == 1);
  const auto nowhere = NewFile::beside(folder->path() / "none/target", 0666);
  CHECK(!nowhere);
}

}  // namespace
}  // namespace autofix::cli
