// Archives that want out, want too much, or are none: one error each, nothing written, nothing sent. And runs
// that are ended in the middle.
#include <csignal>
#include <sys/resource.h>

#include "tests/e2e/archive/zip_rig.h"
#include "tests/support/catch.h"

namespace autofix::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Hostile {
  std::string name;
  std::string bytes;
  std::string why;
};

ForgedEntry link_to(const std::string& name, const std::string& target) {
  ForgedEntry entry{name, target, 0};
  entry.mode = 0120777;
  return entry;
}

std::string with(const std::vector<ForgedEntry>& more) {
  ForgedZip zip;
  for (const auto& [path, bytes] : task_api()) zip.entries.push_back({path, bytes});
  zip.entries.insert(zip.entries.end(), more.begin(), more.end());
  return forge(zip);
}

std::string many_entries() {
  ForgedZip zip;
  for (int i = 0; i <= 50'000; ++i) zip.entries.push_back({"f" + std::to_string(i), "", 0});
  return forge(zip);
}

std::vector<Hostile> hostile() {
  ForgedEntry encrypted{"secret", "text"};
  encrypted.flags = 1;
  ForgedEntry fifo{"pipe", "", 0};
  fifo.mode = 0010644;
  ForgedEntry liar{"liar", std::string(std::size_t{2} << 20, '\0')};
  liar.size = 10;
  return {
      {"parent", with({{"../evil", "text"}}), "is no path inside of it"},
      {"parent inside", with({{"app/../../evil", "text"}}), "is no path inside of it"},
      {"absolute", with({{"/tmp/evil", "text"}}), "is no path inside of it"},
      {"drive", with({{"C:\\evil", "text"}}), "is no path inside of it"},
      {"backslash", with({{"..\\evil", "text"}}), "is no path inside of it"},
      {"control character", with({{"e\x1b[2Jvil", "text"}}), "is no path inside of it"},
      {"link", with({link_to("link", "/etc/passwd")}), "a symbolic link"},
      {"link and a file behind it", with({link_to("out", "/tmp"), {"out/evil", "text"}}), "a symbolic link"},
      {"fifo", with({fifo}), "a special file"},
      {"twice", with({{"app/routes.py", "text"}}), "two entries for one file"},
      {"file and folder", with({{"app/routes.py/evil", "text"}}), "both file and folder"},
      {"encrypted", with({encrypted}), "an encrypted entry"},
      {"entries", many_entries(), "more than 50000 entries"},
      {"large", with({{"large", std::string((std::size_t{64} << 20) + 1, '\0')}}), "more than 64 MiB"},
      {"tight", with({{"tight", std::string(std::size_t{20} << 20, '\0')}}), "200 times its size"},
      {"liar", with({liar}), "wrong content"},
      {"empty", forge({}), "is empty"},
      {"cut off", with({}).substr(0, 500), "is no .zip"},
      {"no zip", "PK\3\4 but not really", "is no .zip"}};
}

TEST_CASE("a hostile archive is one error: nothing is written and nothing is sent") {
  ZipRig rig;
  rig.write_report();
  for (const Hostile& archive : hostile()) {
    INFO(archive.name);
    write_bytes(rig.zip(), archive.bytes);
    const Ran fix = rig.fix({"--output", rig.fixed().string(), "--json"});
    INFO(fix.out << fix.err);
    CHECK(fix.exit_code == 2);
    const json result = json::parse(fix.out);
    CHECK(result.at("status") == "error");
    CHECK(result.at("reason") == "archive");
    CHECK(fix.err.find(archive.why) != std::string::npos);
    CHECK(std::ranges::count(fix.err, '\n') == 2);
    CHECK(!fs::exists(rig.fixed()));
    CHECK(rig.left_in_tmp().empty());
    CHECK(file_bytes(rig.zip()) == archive.bytes);
  }
  CHECK(!fs::exists("/tmp/evil"));
  CHECK(rig.gemini->requests().empty());
  CHECK(rig.groq->requests().empty());
}

TEST_CASE("a bomb costs neither memory nor disk") {
  ZipRig rig;
  rig.write_report();
  // Says 1,000 bytes and unpacks to 400 MiB: found at the first piece.
  ForgedEntry bomb{"bomb"};
  bomb.packed = deflated_zeros(std::size_t{400} << 20);
  bomb.size = 1'000;
  const std::string packed = forge({{bomb}});
  const auto most_kib_so_far = [] {
    rusage used{};
    REQUIRE(getrusage(RUSAGE_CHILDREN, &used) == 0);
    return used.ru_maxrss;
  };
  // What a run takes anyway, of which a sanitizer takes most.
  write_bytes(rig.zip(), "no archive");
  CHECK(rig.fix({}).exit_code == 2);
  const auto anyway = most_kib_so_far();
  write_bytes(rig.zip(), packed);
  CHECK(rig.fix({}).exit_code == 2);
  CHECK(rig.left_in_tmp().empty());
  CHECK(most_kib_so_far() < anyway + 100 * 1024);
}

TEST_CASE("what a packed project says about itself is not obeyed") {
  ZipRig rig;
  const std::string mark = (rig.outside() / "mark").string();
  ForgedZip archive;
  for (const auto& [path, bytes] : task_api()) archive.entries.push_back({path, bytes});
  archive.entries.push_back(
      {".autofix.json", json{{"verify", {{"commands", {"touch " + mark}}}},
                             {"providers", {{"groq", {{"baseUrl", "https://evil.invalid"}}}}}}
                            .dump()});
  archive.entries.push_back({".env", "GROQ_API_KEY=gsk_somebody_elses\n"});
  archive.entries.push_back({"conftest.py", "open('" + mark + "', 'w')\n"});
  write_bytes(rig.zip(), forge(archive));
  rig.write_report();
  CHECK(rig.fix({"--output", rig.fixed().string()}).exit_code == 0);
  CHECK(rig.groq->requests().size() == 1);
  CHECK(!fs::exists(mark));
}

class Running {
 public:
  /// The run that sends the `nth` request there is.
  Running(const ZipRig& rig, std::size_t nth)
      : child_({{autofix_binary(), "fix", rig.zip().string(), "--tests", rig.report().string(), "--output",
                 rig.fixed().string(), "--json"},
                rig.environment,
                rig.project(),
                {}}) {
    REQUIRE(rig.gemini->wait_for_requests(nth));
    REQUIRE(rig.left_in_tmp().size() == 1);
  }
  ChildProcess& child() { return child_; }

 private:
  ChildProcess child_;
};

TEST_CASE("an interrupted run leaves neither folder nor output") {
  const auto [signal, code] = GENERATE(table<int, int>({{SIGINT, 130}, {SIGTERM, 143}}));
  ZipRig rig(json::array({{{"stall", true}}}));
  rig.forge_task_api();
  const std::string before = file_bytes(rig.zip());
  Running run(rig, 1);
  run.child().kill_now(signal);
  CHECK(run.child().wait() == code);
  CHECK(rig.left_in_tmp().empty());
  CHECK(!fs::exists(rig.fixed()));
  CHECK(file_bytes(rig.zip()) == before);
}

TEST_CASE("what a killed run left is swept by the next one, and a living run keeps its own") {
  ZipRig rig(json::array({{{"stall", true}}}));
  rig.forge_task_api();
  Running killed(rig, 1);
  killed.child().kill_now(SIGKILL);
  CHECK(killed.child().wait() == 137);
  CHECK(rig.left_in_tmp().size() == 1);
  const std::vector<std::string> left = rig.left_in_tmp();
  Running alive(rig, 2);  // sees one folder: its own
  CHECK(rig.left_in_tmp() != left);
  const std::vector<std::string> own = rig.left_in_tmp();
  CHECK(rig.run({"preview", rig.zip().string(), "--tests", rig.report().string()}).exit_code == 0);
  CHECK(rig.left_in_tmp() == own);
  alive.child().kill_now(SIGINT);
  CHECK(alive.child().wait() == 130);
  CHECK(rig.left_in_tmp().empty());
}

}  // namespace
}  // namespace autofix::test
