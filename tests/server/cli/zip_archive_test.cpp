// Which archives are read and which are refused, byte by byte.
#include "server/cli/archive/zip_archive.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/zip_forge.h"

namespace autofix::cli {
namespace {

using test::extra;
using test::forge;
using test::ForgedEntry;
using test::ForgedZip;

/// A file in memory that holds these bytes.
fix::Descriptor in_memory(const std::string& bytes) {
  fix::Descriptor file(memfd_create("zip", MFD_CLOEXEC));
  REQUIRE(file);
  REQUIRE(write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  return file;
}

tl::expected<ZipArchive, std::string> read(const std::string& bytes, const ZipLimits& limits = {}) {
  return ZipArchive::of(in_memory(bytes), limits);
}

/// Why an archive is refused, at once or when its contents are read; empty when it is not.
std::string refusal(const std::string& bytes, const ZipLimits& limits = {}) {
  const auto archive = read(bytes, limits);
  if (!archive) return archive.error();
  for (const ZipEntry& entry : archive->entries()) {
    if (auto content = archive->read(entry); !content) return content.error();
  }
  return {};
}

ForgedEntry named(const std::string& name) {
  return {name, "text\n"};
}

ForgedEntry of_mode(std::uint32_t mode) {
  ForgedEntry entry{"link", "/etc/passwd"};
  entry.mode = mode;
  return entry;
}

std::string eight(std::uint64_t value) {
  std::string out;
  for (int i = 0; i < 8; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

TEST_CASE("a sound archive: its entries, contents, times and permissions") {
  ForgedEntry stored{"app/run.sh", "#!/bin/sh\n", 0};
  stored.mode = 0100755;
  ForgedEntry timed{"app/ä.txt", "umlaut\n"};
  timed.flags = 0x808;
  timed.central_extra = extra(0x5455, std::string("\1\0\0\0\x40", 5));
  ForgedEntry folder{"app/", "", 0};
  folder.mode = 040755;
  const auto archive =
      read(forge({{folder, stored, timed, {"app/empty", ""}}, "#!/usr/bin/env python3\n", "hello"}));
  REQUIRE(archive);
  REQUIRE(archive->entries().size() == 4);
  CHECK(archive->comment() == "hello");
  CHECK(archive->first() == 23);
  CHECK(archive->entries()[0].is_folder);
  CHECK(archive->entries()[0].path == "app");
  CHECK(archive->entries()[1].mode == 0755);
  CHECK(archive->read(archive->entries()[1]).value() == "#!/bin/sh\n");
  CHECK(archive->entries()[2].path == "app/ä.txt");
  CHECK(archive->entries()[2].modified == 0x40000000);
  CHECK(archive->read(archive->entries()[2]).value() == "umlaut\n");
  CHECK(archive->read(archive->entries()[3]).value().empty());
  CHECK(from_dos_time(dos_time(1'700'000'000)) == 1'700'000'000);
}

TEST_CASE("names that lead elsewhere are refused") {
  const std::string name = GENERATE(values<std::string>(
      {"../evil", "a/../../evil", "a/..", "..", "/etc/passwd", "//server/share", "C:/evil", "c:evil", "a\\b",
       "..\\evil", std::string("a\0b", 3), "a\nb", "a\x1b[31m", "a\x7f", "/", "."}));
  INFO(name);
  CHECK(refusal(forge({{named("fine"), named(name)}})).find("is no path inside of it: ") !=
        std::string::npos);
}

TEST_CASE("odd names are refused") {
  ForgedEntry two_names = named("one");
  two_names.central_extra = extra(0x7075, "\1....two");
  CHECK(refusal(forge({{named("")}})) == "has an entry without a name");
  CHECK(refusal(forge({{named("\xff\xfe")}})).find("no UTF-8") != std::string::npos);
  CHECK(refusal(forge({{named(std::string(1'001, 'a'))}})).find("too long") != std::string::npos);
  CHECK(refusal(forge({{two_names}})) == "has an entry with two names: \"one\"");
}

TEST_CASE("what is neither file nor folder is refused, whatever system packed it") {
  for (const unsigned made_by : {0x031eU, 0x0014U, 0x1314U}) {
    for (const std::uint32_t type : {0120777U, 0010644U, 0020644U, 0060644U, 0140644U, 0170644U}) {
      ForgedEntry entry = of_mode(type);
      entry.made_by = made_by;
      INFO(std::oct << type);
      CHECK(refusal(forge({{entry}})) ==
            (type == 0120777 ? "has a symbolic link: \"link\"" : "has a special file: \"link\""));
    }
  }
  CHECK(refusal(forge({{of_mode(0040755)}})).find("both file and folder") != std::string::npos);
  ForgedEntry file = of_mode(0100644);
  file.name = "link/";
  CHECK(refusal(forge({{file}})).find("both file and folder") != std::string::npos);
  file.mode = 0040755;
  CHECK(refusal(forge({{file}})).find("a folder with content") != std::string::npos);
}

TEST_CASE("two entries for one file are refused, in whatever form") {
  const auto [first, second] = GENERATE(table<std::string, std::string>({{"a", "a"},
                                                                         {"a/b", "a//b"},
                                                                         {"a/b", "./a/b"},
                                                                         {"a/b/", "a/b"},
                                                                         {"a/", "a//"},
                                                                         {"a", "a/b"},
                                                                         {"a/b", "a"}}));
  ForgedEntry one{first, ""};
  ForgedEntry other{second, ""};
  one.mode = other.mode = 0;
  INFO(first << " and " << second);
  const std::string why = refusal(forge({{one, other}}));
  CHECK((why.find("two entries for one file") != std::string::npos ||
         why.find("both file and folder") != std::string::npos));
  CHECK(refusal(forge({{one, named("other")}})).empty());
}

TEST_CASE("encrypted entries and unknown methods are refused") {
  for (const unsigned flag : {0x1U, 0x40U, 0x2000U}) {
    ForgedEntry entry = named("secret");
    entry.flags = flag;
    CHECK(refusal(forge({{entry}})) == "has an encrypted entry: \"secret\"");
  }
  ForgedEntry aes = named("secret");
  aes.method = 99;
  CHECK(refusal(forge({{aes}})) == "has an encrypted entry: \"secret\"");
  for (const unsigned method : {1U, 9U, 12U, 14U, 93U}) {
    ForgedEntry entry = named("file");
    entry.method = method;
    CHECK(refusal(forge({{entry}})).find("(method " + std::to_string(method) + ")") != std::string::npos);
  }
}

TEST_CASE("bombs are refused by what they say and by what they do") {
  const ZipLimits small{1 << 20, 5, 100'000, 150'000, 10'000, 200, 1'000};
  const std::string zeros(99'000, '\0');
  CHECK(refusal(forge({{{"zeros", zeros}}}), small).find("200 times its size") != std::string::npos);
  CHECK(refusal(forge({{{"zeros", std::string(9'000, '\0')}}}), small).empty());
  CHECK(refusal(forge({{{"zeros", zeros, 0}}}), small).empty());
  CHECK(
      refusal(forge({{{"zeros", std::string(100'001, '\0'), 0}}}), small).find("has an entry of more than") ==
      0);
  CHECK(refusal(forge({{{"a", zeros, 0}, {"b", zeros, 0}}}), small).find("unpacks to more than") == 0);
  // Many that are each below the single limit.
  const std::string some(9'000, '\0');
  CHECK(refusal(forge({{{"a", some}, {"b", some}, {"c", some}, {"d", some}, {"e", some}}}), small).empty());
  const ZipLimits tight{1 << 20, 5, 100'000, 150'000, 10'000, 20, 1'000};
  CHECK(refusal(forge({{{"a", some}, {"b", some}, {"c", some}, {"d", some}, {"e", some}}}), tight) ==
        "unpacks to more than 20 times its size");
  CHECK(refusal(forge({{named("a"), named("b"), named("c"), named("d"), named("e"), named("f")}}), small) ==
        "has more than 5 entries");
  // What it says is small, and what comes out is not.
  ForgedEntry liar{"zeros", zeros};
  liar.size = 100;
  CHECK(refusal(forge({{liar}}), small) == "is damaged: wrong content in \"zeros\"");
}

TEST_CASE("a liar's content never gets further than the size that it says") {
  ForgedEntry liar{"zeros", std::string(std::size_t{1} << 22, '\0')};
  liar.size = 1'000;
  const auto archive = read(forge({{liar}}));
  REQUIRE(archive);
  std::size_t given = 0;
  const auto done = archive->read(archive->entries()[0], [&](std::string_view piece) {
    given += piece.size();
    return true;
  });
  CHECK(!done);
  CHECK(given <= 1'000);
}

TEST_CASE("wrong contents are found") {
  ForgedEntry wrong_crc = named("file");
  wrong_crc.crc = 1;
  ForgedEntry short_content = named("file");
  short_content.size = 6;
  ForgedEntry garbage = named("file");
  garbage.packed = "\xff\xff\xff\xff";
  ForgedEntry cut = {"file", std::string(1'000, 'x') + "end"};
  cut.packed = test::deflated(cut.content).substr(0, 8);
  ForgedEntry more = named("file");
  more.packed = test::deflated(more.content) + "more";
  for (const ForgedEntry& entry : {wrong_crc, short_content, garbage, cut, more}) {
    CHECK(refusal(forge({{entry}})) == "is damaged: wrong content in \"file\"");
  }
  ForgedEntry stored{"file", "text", 0};
  stored.size = 5;
  CHECK(refusal(forge({{stored}})) == "has an entry whose sizes differ: \"file\"");
}

TEST_CASE("entries that lie over each other are refused") {
  ForgedEntry first{"first", "0123456789", 0};
  ForgedEntry same = named("second");
  same.offset = 0;
  CHECK(refusal(forge({{first, same}})) == "has entries that overlap: \"first\"");
  // A local header inside the first entry's content, as in the best bombs.
  const std::string inner = forge({{{"second", "x", 0}}});
  ForgedEntry outer{"first", inner.substr(0, 37), 0};
  ForgedEntry second{"second", "x", 0};
  second.offset = 35;
  CHECK(refusal(forge({{outer, second}})) == "has entries that overlap: \"first\"");
  ForgedEntry past_end{"first", "0123456789", 0};
  past_end.packed_size = past_end.size = 1'000;
  CHECK(refusal(forge({{past_end}})) == "has entries that overlap: \"first\"");
}

TEST_CASE("what two programs would read in two ways is refused") {
  ForgedEntry other_name = named("harmless");
  other_name.local_name = "harmful!";
  ForgedEntry other_method = named("file");
  other_method.local_method = 0;
  ForgedEntry other_flags = named("file");
  other_flags.local_flags = 0x800;
  ForgedEntry other_size = named("file");
  other_size.local_size = 1;
  ForgedEntry no_zip64 = named("file");
  no_zip64.local_size = 0xffffffff;
  for (const ForgedEntry& entry : {other_name, other_method, other_flags, other_size, no_zip64}) {
    CHECK(refusal(forge({{entry}})).find("can be read in two ways") == 0);
  }
  // A whole second archive in the comment.
  ForgedZip inner{{named("inner")}};
  CHECK(refusal(forge({{named("outer")}, "", forge(inner)})) == "can be read in two ways: it has two ends");
}

TEST_CASE("streaming archivers' sizes are read where they stand") {
  ForgedEntry large = named("file");
  const std::string packed = test::deflated(large.content);
  large.local_extra = extra(1, eight(large.content.size()) + eight(packed.size()));
  std::string bytes = forge({{large}});
  bytes.replace(18, 8, 8, '\xff');
  CHECK(refusal(bytes).empty());
  large.local_extra = extra(1, eight(large.content.size() + 1) + eight(packed.size()));
  bytes = forge({{large}});
  bytes.replace(18, 8, 8, '\xff');
  CHECK(refusal(bytes).find("can be read in two ways") == 0);
}

TEST_CASE("zip64 and parts of several are refused") {
  CHECK(refusal(forge({{named("file")}, "", "", false, "", "", 0xffff})).find("zip64") != std::string::npos);
  const std::string locator = "PK\6\7" + std::string(16, '\0');
  CHECK(refusal(forge({{named("file")}, "", "", false, locator})).find("zip64") != std::string::npos);
  ForgedEntry large = named("file");
  large.size = 0xffffffff;
  CHECK(refusal(forge({{large}})).find("zip64") != std::string::npos);
  ForgedZip part{{named("file")}};
  part.disk = 1;
  CHECK(refusal(forge(part)) == "is one part of several");
}

TEST_CASE("what is no archive, damaged or cut off at any byte is one error") {
  CHECK(refusal("") == "is no .zip archive, or one that is cut off");
  CHECK(refusal("just some text that is longer than an end record") ==
        "is no .zip archive, or one that is cut off");
  const std::string whole = forge({{named("a"), named("b/c")}, "", "comment"});
  CHECK(refusal(whole).empty());
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(!refusal(whole.substr(0, size)).empty());
  CHECK(refusal(whole + "x") == "is no .zip archive, or one that is cut off");
  CHECK(refusal(forge({{named("a")}, "", "", false, "gap"})).find("is damaged") == 0);
  CHECK(refusal(forge({{named("a")}, "", "", false, "", "", 2})).find("is damaged") == 0);
  CHECK(refusal(forge({{named("a"), named("b")}, "", "", false, "", "", 1})).find("is damaged") == 0);
  ForgedEntry lost = named("a");
  lost.offset = 3;
  CHECK(refusal(forge({{lost}})).find("is damaged") == 0);
}

TEST_CASE("errors show names without control characters") {
  const std::string why = refusal(forge({{named("../\x1b[2J\n" + std::string(500, 'x'))}}));
  CHECK(why.find('\x1b') == std::string::npos);
  CHECK(why.find('\n') == std::string::npos);
  CHECK(why.size() < 250);
}

}  // namespace
}  // namespace autofix::cli
