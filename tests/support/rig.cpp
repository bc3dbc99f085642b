#include "tests/support/rig.h"

#include <array>
#include <fstream>
#include <iterator>

namespace autofix::test {
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string base64(const std::string& bytes) {
  constexpr const char* kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at + 2 < bytes.size(); at += 3) {
    const auto byte = [&](std::size_t n) { return static_cast<unsigned char>(bytes[at + n]); };
    const unsigned value = static_cast<unsigned>(byte(0) << 16 | byte(1) << 8 | byte(2));
    for (const int shift : {18, 12, 6, 0}) out += kDigits[value >> shift & 63];
  }
  return out;
}

}  // namespace

Rig::Rig(const Files& files, const json& gemini_script, const json& groq_script, const json& more_config)
    : project_(temp_.path() / "project") {
  for (const char* folder : {"project", "config/autofix", "state", "tmp", "home"}) {
    fs::create_directories(temp_.path() / folder);
  }
  json config = {{"chain", {"gemini", "groq"}}, {"providers", json::object()}};
  const auto start = [&](Vendor vendor, const char* name, const json& script) {
    if (script.empty()) return std::unique_ptr<FakeProvider>();
    auto fake = std::make_unique<FakeProvider>(vendor, fake_script(vendor, script));
    config["providers"][name] = {{"baseUrl", fake->base_url()}};
    return fake;
  };
  gemini = start(Vendor::gemini, "gemini", gemini_script);
  groq = start(Vendor::groq, "groq", groq_script);
  config.merge_patch(more_config);
  std::ofstream(temp_.path() / "config/autofix/config.json") << config.dump(1);
  environment = {{"PATH", "/usr/bin:/bin"},
                 {"HOME", (temp_.path() / "home").string()},
                 {"TMPDIR", (temp_.path() / "tmp").string()},
                 {"XDG_CONFIG_HOME", (temp_.path() / "config").string()},
                 {"XDG_STATE_HOME", (temp_.path() / "state").string()},
                 {"PYTHONDONTWRITEBYTECODE", "1"},
                 {"LC_ALL", "C.UTF-8"}};
  if (gemini) environment["GOOGLE_API_KEY"] = kGeminiKey;
  if (groq) environment["GROQ_API_KEY"] = kGroqKey;
  for (const auto& [path, bytes] : files) write(path, bytes);
}

std::string Rig::read(const std::string& path) const {
  return bytes_of(project_ / path);
}

void Rig::write(const std::string& path, const std::string& bytes) const {
  fs::create_directories((project_ / path).parent_path());
  std::ofstream(project_ / path, std::ios::binary) << bytes;
}

Files Rig::project_files() const {
  Files files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(project_)) {
    const std::string path = entry.path().lexically_relative(project_).generic_string();
    if (entry.is_symlink()) {
      files[path] = "-> " + fs::read_symlink(entry.path()).string();
    } else if (entry.is_regular_file()) {
      files[path] = bytes_of(entry.path());
    }
  }
  return files;
}

std::vector<std::string> Rig::left_in_tmp() const {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(temp_.path() / "tmp")) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

std::string Rig::state_bytes() const {
  std::string all;
  for (const char* folder : {"state", "config", "home", "tmp"}) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(temp_.path() / folder)) {
      if (entry.is_regular_file()) all += bytes_of(entry.path());
    }
  }
  return all;
}

Ran Rig::run(std::vector<std::string> arguments, const std::string& input) const {
  ChildOptions options;
  options.argv = std::move(arguments);
  options.argv.insert(options.argv.begin(), autofix_binary());
  options.environment = environment;
  options.folder = project_;
  return run_child(options, input);
}

std::string find_canary(const std::string& text) {
  for (const std::string key : {kGeminiKey, kGroqKey}) {
    // A part is as bad as the whole: the first 16 bytes behind the vendor's prefix.
    const std::string part = key.substr(4, 16);
    for (const std::string& form : {part, base64(key), base64(key.substr(1)), base64(key.substr(2))}) {
      if (text.find(form.substr(0, 16)) != std::string::npos) return form;
    }
  }
  return {};
}

std::string block(const std::string& path, const std::string& search, const std::string& replace) {
  return path + "\n<<<<<<< SEARCH\n" + search + "=======\n" + replace + ">>>>>>> REPLACE\n";
}

}  // namespace autofix::test
