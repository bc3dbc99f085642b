// A project as a .zip, from the command line to the fixed .zip, with the real binary and archives that real
// archivers packed.
#include <algorithm>

#include "tests/e2e/archive/zip_rig.h"
#include "tests/support/catch.h"

namespace autofix::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using nlohmann::json;

/// Packs the folder `source` of `folder` into app.zip beside it, in the ways that people do.
struct Archiver {
  const char* name;
  std::vector<std::string> argv;
};

std::vector<Archiver> archivers() {
  const std::string python = "/usr/bin/python3";
  return {
      {"zip", {"/usr/bin/zip", "-qr", "../app.zip", "."}},
      {"zip, below one folder, with a comment",
       {"/bin/sh", "-c",
        "cd .. && mv source task-api && zip -qr app.zip task-api && echo 'my comment' | zip -qz app.zip"}},
      {"zip, into a pipe", {"/bin/sh", "-c", "zip -qr - . | cat > ../app.zip"}},
      {"zip, stored", {"/usr/bin/zip", "-qr0", "../app.zip", "."}},
      {"shutil.make_archive", {python, "-c", "import shutil; shutil.make_archive('../app', 'zip', '.')"}},
      {"zipfile, streaming",
       {python, "-c",
        "import os, zipfile\n"
        "class Pipe:\n"
        "  def __init__(self): self.file = open('../app.zip', 'wb')\n"
        "  def write(self, b): return self.file.write(b)\n"
        "  def flush(self): self.file.flush()\n"
        "with zipfile.ZipFile(Pipe(), 'w', zipfile.ZIP_DEFLATED) as z:\n"
        "  for folder, _, names in os.walk('.'):\n"
        "    for n in names: z.write(os.path.join(folder, n))\n"}},
      {"git archive",
       {"/bin/sh", "-c",
        "git init -q . && git add -A && git -c user.name=n -c user.email=e@x commit -qm m && "
        "git archive --prefix=task-api/ -o ../app.zip HEAD"}}};
}

std::string top_of(const SplitZip& zip) {
  const auto routes = std::ranges::find_if(
      zip.order, [](const std::string& name) { return name.ends_with("app/routes.py"); });
  REQUIRE(routes != zip.order.end());
  return routes->substr(0, routes->size() - std::string("app/routes.py").size());
}

TEST_CASE("the six steps as a .zip: only the fixed entry differs, in archives of every archiver") {
  const Archiver archiver = GENERATE(from_range(archivers()));
  INFO(archiver.name);
  ZipRig rig;
  // 1: keys found, both links answer.
  CHECK(rig.run({"check", "gemini", "groq", "--json"}).exit_code == 0);
  // 2 to 4: the project with its bug and its specification, packed; the report of another machine.
  const fs::path source = rig.outside() / "source";
  for (const auto& [path, bytes] : task_api()) {
    fs::create_directories((source / path).parent_path());
    write_bytes(source / path, bytes);
  }
  write_bytes(source / "SPEC.md", kSpecification);
  write_bytes(source / "tool.sh", "#!/bin/sh\n");
  fs::permissions(source / "tool.sh", fs::perms(0755));
  std::string noise;
  for (int i = 0; i < 40'000; ++i) noise += static_cast<char>(i * i % 251);
  write_bytes(source / "picture.png", noise);
  const Ran packed = run_program(archiver.argv, source);
  INFO(packed.out << packed.err);
  REQUIRE(packed.exit_code == 0);
  rig.write_report();
  const std::string before = file_bytes(rig.zip());
  // 5 and 6.
  const Ran fix = rig.fix({"--notes", "SPEC.md", "--output", rig.fixed().string(), "--json"});
  INFO(fix.out << fix.err);
  REQUIRE(fix.exit_code == 0);
  const json result = json::parse(fix.out);
  CHECK(result.at("status") == "unverified");
  CHECK(result.at("applied") == true);
  CHECK(result.at("provider") == "groq");
  CHECK(result.at("summary") == "Missing import of models in routes.");
  CHECK(result.at("attempts").at(0).at("outcome") == "quota_exhausted");
  CHECK(result.at("files").at(0).at("path") == "app/routes.py");
  CHECK_THAT(fix.err, Contains("Gemini quota exhausted, trying Groq fallback"));
  CHECK_THAT(json::parse(rig.groq->requests().at(0).body).dump(), Contains("knows whether it is done"));
  // The fixed archive.
  const SplitZip old_parts = split_zip(before);
  const SplitZip parts = split_zip(file_bytes(rig.fixed()));
  const std::string routes = top_of(old_parts) + "app/routes.py";
  CHECK(parts.order == old_parts.order);
  CHECK(parts.comment == old_parts.comment);
  for (const auto& [name, entry] : old_parts.entries) {
    INFO(name);
    CHECK((parts.entries.at(name).local == entry.local) == (name != routes));
    CHECK((parts.entries.at(name).record == entry.record) == (name != routes));
  }
  CHECK(content_of(rig.fixed(), routes) == kFixedRoutes);
  CHECK(wrong_with(rig.fixed()).empty());
  // Nothing else anywhere.
  CHECK(file_bytes(rig.zip()) == before);
  CHECK(rig.left_in_tmp().empty());
  CHECK(find_canary(fix.out + fix.err + rig.state_bytes() + file_bytes(rig.fixed())).empty());
}

TEST_CASE("the test run itself is problem and proof, in the unpacked project") {
  ZipRig rig;
  rig.forge_task_api(GENERATE(as<std::string>(), "", "task-api/"));
  const Ran fix =
      rig.run({"fix", rig.zip().string(), "--run", "/usr/bin/python3 -m pytest -q -p no:cacheprovider",
               "--trust", "--output", rig.fixed().string(), "--json"});
  INFO(fix.out << fix.err);
  REQUIRE(fix.exit_code == 0);
  const json result = json::parse(fix.out);
  CHECK(result.at("status") == "verified");
  CHECK(result.at("verification").at("before").at("failed") == 1);
  CHECK(result.at("verification").at("after").at("failed") == 0);
  CHECK(wrong_with(rig.fixed()).empty());
  CHECK(rig.left_in_tmp().empty());
}

TEST_CASE("with --apply the archive is rewritten in place and keeps its permissions") {
  ZipRig rig;
  rig.forge_task_api("task-api/");
  fs::permissions(rig.zip(), fs::perms(0640));
  const Ran fix = rig.fix({"--apply", "--json"});
  INFO(fix.out << fix.err);
  REQUIRE(fix.exit_code == 0);
  CHECK(json::parse(fix.out).at("applied") == true);
  CHECK(content_of(rig.zip(), "task-api/app/routes.py") == kFixedRoutes);
  CHECK(wrong_with(rig.zip()).empty());
  CHECK((fs::status(rig.zip()).permissions() & fs::perms::all) == fs::perms(0640));
  CHECK(rig.left_in_tmp().empty());
}

/// A run that is held at the provider until `meanwhile` has happened; returns its exit code.
template <typename Meanwhile>
int fix_while(const ZipRig& rig, const std::vector<std::string>& more, const Meanwhile& meanwhile) {
  ChildOptions options;
  options.argv = {autofix_binary(), "fix", rig.zip().string(), "--tests", rig.report().string(), "--json"};
  options.argv.insert(options.argv.end(), more.begin(), more.end());
  options.environment = rig.environment;
  options.folder = rig.project();
  ChildProcess child(options);
  REQUIRE(rig.groq->wait_for_requests(1));
  meanwhile();
  rig.groq->release();
  return child.wait();
}

json held() {
  return json::array({{{"ok", fix_reply()}, {"hold", true}}});
}

TEST_CASE("an archive that changes while a fix is made for it is left alone") {
  const bool moved = GENERATE(false, true);
  ZipRig rig(json::array({{{"preset", "quota_per_day"}}}), held());
  rig.forge_task_api();
  const std::string other = forge({{{"other", "text"}}});
  CHECK(fix_while(rig, {"--apply"}, [&] {
          const fs::path written = moved ? rig.outside() / "other.zip" : rig.zip();
          write_bytes(written, other);
          fs::rename(written, rig.zip());
        }) == 1);
  CHECK(file_bytes(rig.zip()) == other);
  CHECK(rig.left_in_tmp().empty());
}

TEST_CASE("no copy is made of an archive that is being written to") {
  ZipRig rig(json::array({{{"preset", "quota_per_day"}}}), held());
  rig.forge_task_api();
  const std::string same = file_bytes(rig.zip());
  CHECK(fix_while(rig, {"--output", rig.fixed().string()}, [&] {
          write_bytes(rig.zip(), same);
          fs::last_write_time(rig.zip(), fs::last_write_time(rig.zip()) + std::chrono::hours(1));
        }) == 2);
  CHECK(!fs::exists(rig.fixed()));
}

TEST_CASE("what comes to be at the place of the output is not touched") {
  const bool existed = GENERATE(false, true);
  ZipRig rig(json::array({{{"preset", "quota_per_day"}}}), held());
  rig.forge_task_api();
  const fs::path target = rig.outside() / "fixed";
  if (existed) fs::create_directory(target);
  CHECK(fix_while(rig, {"--output", target.string()}, [&] {
          fs::create_directory(target);
          write_bytes(target / "precious", "text");
        }) == 2);
  CHECK(file_bytes(target / "precious") == "text");
  CHECK(std::distance(fs::directory_iterator(target), fs::directory_iterator()) == 1);
  CHECK(rig.left_in_tmp().empty());
}

TEST_CASE("a diff, and no file at all") {
  ZipRig rig;
  rig.forge_task_api("task-api/");
  const std::string before = file_bytes(rig.zip());
  const Ran fix = rig.fix({});
  INFO(fix.err);
  CHECK(fix.exit_code == 0);
  CHECK_THAT(fix.out, Contains("--- a/app/routes.py\n+++ b/app/routes.py\n"));
  CHECK(file_bytes(rig.zip()) == before);
  CHECK(rig.left_in_tmp().empty());
}

TEST_CASE("edits in the result name the archive's entries") {
  ZipRig rig;
  rig.forge_task_api("task-api/");
  const json result = json::parse(rig.fix({"--json"}).out);
  CHECK(result.at("edit").at("documentChanges").at(0).at("textDocument").at("uri") ==
        "jar:file://" + rig.zip().string() + "!/task-api/app/routes.py");
}

TEST_CASE("a .zip becomes a fixed folder: the project itself") {
  ZipRig rig;
  rig.forge_task_api("task-api/");
  const fs::path target = rig.outside() / "fixed";
  const bool existed = GENERATE(false, true);
  if (existed) fs::create_directory(target);
  const Ran fix = rig.fix({"--output", target.string() + (existed ? "/" : ""), "--json"});
  INFO(fix.out << fix.err);
  REQUIRE(fix.exit_code == 0);
  CHECK(file_bytes(target / "app/routes.py") == kFixedRoutes);
  CHECK(file_bytes(target / "SPEC.md") == kSpecification);
  CHECK(std::distance(fs::directory_iterator(target), fs::directory_iterator()) == 3);
  CHECK(rig.left_in_tmp().empty());
}

TEST_CASE("a report's paths of another machine are found in the archive") {
  const std::string path = GENERATE(as<std::string>(), "app/routes.py", "./app/routes.py",
                                    "task-api/app/routes.py", "/home/somebody/task-api/app/routes.py");
  ZipRig rig(json::array({{{"ok", fix_reply()}}}), json::array());
  ForgedZip archive;
  for (const auto& [name, bytes] : task_api()) archive.entries.push_back({"task-api/" + name, bytes});
  archive.entries.push_back({"__MACOSX/task-api/._app", "made by macOS"});
  write_bytes(rig.zip(), forge(archive));
  json diagnostic = routes_diagnostic();
  diagnostic["path"] = path;
  write_bytes(rig.outside() / "problems.json", json::array({diagnostic}).dump());
  const Ran fix =
      rig.run({"fix", rig.zip().string(), "--diagnostics", (rig.outside() / "problems.json").string(),
               "--output", rig.fixed().string(), "--json"});
  INFO(fix.out << fix.err);
  CHECK(fix.exit_code == 0);
  CHECK(content_of(rig.fixed(), "task-api/app/routes.py") == kFixedRoutes);
  CHECK(content_of(rig.fixed(), "__MACOSX/task-api/._app") == "made by macOS");
}

TEST_CASE("a folder becomes a fixed .zip") {
  ZipRig rig;
  for (const auto& [path, bytes] : task_api()) rig.write(path, bytes);
  rig.write_report();
  const Files before = rig.project_files();
  const Ran fix =
      rig.run({"fix", ".", "--tests", rig.report().string(), "--output", rig.fixed().string(), "--json"});
  INFO(fix.out << fix.err);
  REQUIRE(fix.exit_code == 0);
  CHECK(rig.project_files() == before);
  CHECK(split_zip(file_bytes(rig.fixed())).order == std::vector<std::string>{"app/__init__.py",
                                                                             "app/models.py", "app/routes.py",
                                                                             "tests/test_routes.py"});
  CHECK(content_of(rig.fixed(), "app/routes.py") == kFixedRoutes);
  CHECK(content_of(rig.fixed(), "app/models.py") == before.at("app/models.py"));
  CHECK(wrong_with(rig.fixed()).empty());
}

TEST_CASE("the preview of a .zip shows what would be sent and sends nothing") {
  ZipRig rig;
  rig.forge_task_api("task-api/");
  const Ran preview = rig.run(
      {"preview", rig.zip().string(), "--tests", rig.report().string(), "--notes", "task-api/SPEC.md"});
  INFO(preview.out << preview.err);
  CHECK(preview.exit_code == 0);
  CHECK_THAT(preview.out, Contains("task = models.Task(title)") && Contains("knows whether it is done"));
  CHECK(rig.gemini->requests().empty());
  CHECK(rig.left_in_tmp().empty());
}

TEST_CASE("a specification that the archive's own configuration names is gone by") {
  ZipRig rig;
  ForgedZip archive;
  for (const auto& [path, bytes] : task_api()) archive.entries.push_back({path, bytes});
  archive.entries.push_back({"SPEC.md", kSpecification});
  archive.entries.push_back({".autofix.json", R"({"context": {"notes": ["SPEC.md"]}})"});
  write_bytes(rig.zip(), forge(archive));
  rig.write_report();
  CHECK(rig.fix({}).exit_code == 0);
  CHECK_THAT(json::parse(rig.groq->requests().at(0).body).dump(), Contains("knows whether it is done"));
}

TEST_CASE("a taken place is refused before anything is spent") {
  ZipRig rig;
  rig.forge_task_api();
  write_bytes(rig.fixed(), "precious");
  for (const fs::path& target : {rig.fixed(), rig.outside()}) {
    const Ran fix = rig.fix({"--output", target.string(), "--json"});
    CHECK(fix.exit_code == 2);
    CHECK(json::parse(fix.out).at("reason") == "output");
  }
  CHECK(file_bytes(rig.fixed()) == "precious");
  CHECK(rig.gemini->requests().empty());
  CHECK(rig.left_in_tmp().empty());
}

TEST_CASE("a place that cannot be written leaves nothing there") {
  ZipRig rig;
  rig.forge_task_api();
  const Ran fix = rig.fix({"--output", (rig.outside() / "none/fixed.zip").string(), "--json"});
  CHECK(fix.exit_code == 2);
  CHECK(json::parse(fix.out).at("applied") == false);
  CHECK(!fs::exists(rig.outside() / "none"));
  CHECK(rig.left_in_tmp().empty());
}

}  // namespace
}  // namespace autofix::test
