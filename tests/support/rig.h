// One project, two stand-ins (Gemini and Groq) and a user's configuration that points at them: what
// end-to-end tests run the real binary in. Nothing of the machine's own set-up takes part.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/child_process.h"
#include "tests/support/fake_provider.h"

namespace autofix::test {

/// Keys that must never be seen anywhere but in the requests' own headers.
inline constexpr const char* kGeminiKey = "AIzaCanaryGeminiKeyNotReal0123456789abcd";
inline constexpr const char* kGroqKey = "gsk_CanaryGroqKeyNotReal0123456789abcdef";

using Files = std::map<std::string, std::string>;

class Rig {
 public:
  /// `gemini` and `groq` are scripts as fake_script reads them; an empty script leaves the link without a
  /// key.
  Rig(const Files& files, const nlohmann::json& gemini, const nlohmann::json& groq,
      const nlohmann::json& more_config = nlohmann::json::object());

  std::map<std::string, std::string> environment;
  const std::filesystem::path& project() const { return project_; }
  /// A folder outside the project for reports and outputs.
  const std::filesystem::path& outside() const { return temp_.path(); }
  std::string read(const std::string& path) const;
  void write(const std::string& path, const std::string& bytes) const;
  /// All files of the project, byte for byte; symbolic links as `-> target`.
  Files project_files() const;
  /// Names left in the temporary folder that the binary was given.
  std::vector<std::string> left_in_tmp() const;
  /// Everything the binary wrote below its state and configuration folders, for canaries.
  std::string state_bytes() const;

  Ran run(std::vector<std::string> arguments, const std::string& input = {}) const;

  std::unique_ptr<FakeProvider> gemini;
  std::unique_ptr<FakeProvider> groq;

 private:
  TempFolder temp_;
  std::filesystem::path project_;
};

/// Where a canary key stands in `text`: raw, URL-encoded, JSON-escaped or base64; empty when nowhere.
std::string find_canary(const std::string& text);

/// A reply with one SEARCH/REPLACE block.
std::string block(const std::string& path, const std::string& search, const std::string& replace);

}  // namespace autofix::test
