// A .zip as a project: the task API of the six-step story, packed by a real archiver, and the real binary.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/e2e/conversation/samples.h"
#include "tests/support/zip_forge.h"

namespace autofix::test {

inline constexpr const char* kSpecification =
    "# Task API\n\nEvery task has a title and knows whether it is done.\n";

/// Runs a system's program to its end.
inline Ran run_program(std::vector<std::string> argv, const std::filesystem::path& folder) {
  ChildOptions options;
  options.argv = std::move(argv);
  options.environment = {{"PATH", "/usr/bin:/bin"}, {"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}};
  options.folder = folder;
  return run_child(options);
}

class ZipRig : public Rig {
 public:
  explicit ZipRig(const nlohmann::json& gemini_script = nlohmann::json::array({{{"preset",
                                                                                 "quota_per_day"}}}),
                  const nlohmann::json& groq_script = nlohmann::json::array({{{"ok", fix_reply()}}}),
                  const nlohmann::json& more_config = nlohmann::json::object())
      : Rig({}, gemini_script, groq_script, more_config) {}

  std::filesystem::path zip() const { return outside() / "app.zip"; }
  std::filesystem::path fixed() const { return outside() / "fixed.zip"; }
  std::filesystem::path report() const { return outside() / "report.xml"; }

  /// The task API below `top` (with a slash at its end, or empty), and its failing report as another machine
  /// wrote it.
  void forge_task_api(const std::string& top = "") const {
    ForgedZip archive;
    for (const auto& [path, bytes] : task_api()) archive.entries.push_back({top + path, bytes});
    archive.entries.push_back({top + "SPEC.md", kSpecification});
    write_bytes(zip(), forge(archive));
    write_report();
  }
  void write_report() const { write_bytes(report(), failed_report("/home/somebody/work")); }

  /// `fix app.zip --tests report.xml` and more.
  Ran fix(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"fix", zip().string(), "--tests", report().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
};

/// The content of one entry, by Python's reader.
inline std::string content_of(const std::filesystem::path& zip, const std::string& name) {
  return run_program({"/usr/bin/python3", "-c",
                      "import sys, zipfile\n"
                      "sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))",
                      zip.string(), name},
                     zip.parent_path())
      .out;
}

/// What unzip and Python find wrong with an archive; empty when nothing.
inline std::string wrong_with(const std::filesystem::path& zip) {
  const Ran unzip = run_program({"/usr/bin/unzip", "-tqq", zip.string()}, zip.parent_path());
  const Ran python = run_program({"/usr/bin/python3", "-c",
                                  "import sys, zipfile\n"
                                  "wrong = zipfile.ZipFile(sys.argv[1]).testzip()\n"
                                  "sys.exit(wrong)",
                                  zip.string()},
                                 zip.parent_path());
  std::string wrong;
  if (unzip.exit_code != 0) wrong += "unzip: " + unzip.out + unzip.err;
  if (python.exit_code != 0) wrong += "zipfile: " + python.err;
  return wrong;
}

}  // namespace autofix::test
