#include "tests/e2e/verify/proving.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <unistd.h>

#include "tests/support/catch.h"

namespace autofix::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

/// Feedback is a page of output, not a log file.
constexpr std::size_t kMostPromptBytes = 100'000;

void add_texts(const json& value, std::string& out) {
  if (value.is_string()) out += value.get<std::string>() + "\n";
  if (!value.is_structured()) return;
  for (const json& item : value) add_texts(item, out);
}

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string counts_text(const json& counts) {
  if (counts.is_null()) return "?";
  return "failed " + counts.at("failed").dump() + ", passed " + counts.at("passed").dump();
}

bool is_control(char byte) {
  return static_cast<unsigned char>(byte) < 0x20 && byte != '\n' && byte != '\t' && byte != '\r';
}

}  // namespace

json answers(const std::vector<std::string>& replies) {
  json script = json::array();
  for (const std::string& reply : replies) script.push_back({{"ok", reply}});
  return script;
}

bool can_isolate() {
  ChildOptions options;
  options.argv = {"/usr/bin/unshare", "-Urmnpf", "/bin/mount", "-t", "tmpfs", "none", "/mnt"};
  options.environment = {{"PATH", "/usr/bin:/bin"}};
  static const bool can = run_child(options).exit_code == 0;
  if (!can) WARN("TEST SKIPPED: this machine allows no user namespaces");
  return can;
}

bool is_installed(const std::string& program, const std::string& package) {
  if (access(program.c_str(), X_OK) == 0) return true;
  WARN("TEST SKIPPED: there is no " << program << " (package " << package << ")");
  return false;
}

std::vector<std::string> Fixed::trail() const {
  std::vector<std::string> trail;
  for (const json& attempt : result.at("attempts")) {
    trail.push_back(attempt.at("provider").get<std::string>() + " " +
                    attempt.at("outcome").get<std::string>());
  }
  return trail;
}

std::string Fixed::message(std::size_t attempt) const {
  return result.at("attempts").at(attempt).at("message");
}

std::string Fixed::counts() const {
  const json& verification = result.at("verification");
  return counts_text(verification.at("before")) + " -> " + counts_text(verification.at("after"));
}

Fixed fix(const Rig& rig, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"fix", ".", "--json"});
  Fixed fixed;
  fixed.ran = rig.run(arguments);
  INFO(fixed.ran.out << fixed.ran.err);
  fixed.result = json::parse(fixed.ran.out, nullptr, false);
  REQUIRE(fixed.result.is_object());
  return fixed;
}

std::string prompt_of(const RecordedRequest& request) {
  std::string text;
  add_texts(json::parse(request.body), text);
  return text;
}

Ran run_tool(const Rig& rig, std::vector<std::string> argv, int exit_code) {
  ChildOptions options;
  options.argv = std::move(argv);
  options.environment = rig.environment;
  options.folder = rig.project();
  Ran ran = run_child(options);
  INFO(options.argv.front() << ": " << ran.out << ran.err);
  REQUIRE(ran.exit_code == exit_code);
  return ran;
}

void check_feedback(const FakeProvider& provider, const std::string& new_output) {
  const auto requests = provider.requests();
  REQUIRE(requests.size() == 2);
  const std::string first = prompt_of(requests[0]);
  const std::string second = prompt_of(requests[1]);
  CHECK_THAT(first, !Contains(new_output));
  CHECK_THAT(second, Contains(new_output));
  CHECK(second.size() < kMostPromptBytes);
  CHECK(std::none_of(second.begin(), second.end(), is_control));
}

std::vector<int> processes_with(const std::string& mark) {
  std::vector<int> found;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    int pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size() || pid == getpid()) continue;
    if (bytes_of(entry.path() / "cmdline").find(mark) != std::string::npos) found.push_back(pid);
  }
  return found;
}

void check_nothing_left(const Rig& rig) {
  CHECK(rig.left_in_tmp().empty());
  CHECK(processes_with(rig.outside().string()).empty());
  CHECK(bytes_of("/proc/self/mountinfo").find(rig.outside().string()) == std::string::npos);
}

void check_second_is_proven(const Rig& rig, const std::vector<std::string>& arguments,
                            const std::string& counts, const std::string& new_output) {
  const Files before = rig.project_files();
  const Fixed fixed = fix(rig, arguments);
  INFO(fixed.ran.out << fixed.ran.err);
  CHECK(fixed.ran.exit_code == 0);
  CHECK(fixed.result.at("status") == "verified");
  CHECK(fixed.trail() == std::vector<std::string>{"gemini failed_verification", "gemini ok"});
  CHECK(fixed.result.at("verification").at("state") == "passed");
  CHECK(fixed.result.at("verification").at("sandbox") == "isolated");
  CHECK(fixed.counts() == counts);
  CHECK_THAT(fixed.result.at("diff").get<std::string>(), Contains("+++"));
  CHECK_THAT(fixed.ran.out + fixed.ran.err, !Contains(kWrongMark));
  check_feedback(*rig.gemini, new_output);
  CHECK(rig.project_files() == before);
  CHECK(find_canary(fixed.ran.out + fixed.ran.err + rig.state_bytes()).empty());
  check_nothing_left(rig);
}

}  // namespace autofix::test
