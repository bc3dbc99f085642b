#include "server/config/trust.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/config/small_file.h"
#include "server/text/json.h"

namespace autofix::config {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kNoFile = "no .autofix.json";

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (unsigned at = 0; at < length; ++at) {
    hex += kDigits[digest[at] >> 4U];
    hex += kDigits[digest[at] & 15U];
  }
  return hex;
}

/// What trust is bound to; nothing when the file cannot be read, which is never trusted.
std::optional<std::string> fingerprint(const fs::path& project) {
  const auto text = read_small_file(project / ".autofix.json", Links::refuse);
  if (!text) return std::nullopt;
  return *text ? sha256(**text) : kNoFile;
}

std::optional<std::string> canonical_name(const fs::path& project) {
  std::error_code error;
  const fs::path path = fs::canonical(project, error);
  if (error) return std::nullopt;
  return path.string();
}

fs::path store_path(const Environment& environment) {
  return environment.state_folder() / "trust.json";
}

json read_store(const Environment& environment) {
  const auto text = read_small_file(store_path(environment), Links::refuse);
  if (!text || !*text) return json::object();
  auto value = text::parse_json(**text);
  return value && value->is_object() ? *value : json::object();
}

tl::expected<void, std::string> write_store(const Environment& environment, const json& store) {
  const auto folder = make_state_folder(environment);
  if (!folder) return tl::unexpected(folder.error());
  std::string name = (*folder / "trust-XXXXXX").string();
  const int file = mkostemp(name.data(), O_CLOEXEC);
  const std::string text = text::dump_json(store, 2) + "\n";
  const bool written =
      file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const std::string why = std::strerror(errno);
  if (file >= 0) close(file);
  if (!written || rename(name.c_str(), store_path(environment).c_str()) != 0) {
    unlink(name.c_str());
    return tl::unexpected("the trust store in " + folder->string() + " cannot be written: " + why);
  }
  return {};
}

}  // namespace

tl::expected<fs::path, std::string> make_state_folder(const Environment& environment) {
  const fs::path folder = environment.state_folder();
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return tl::unexpected(folder.string() + ": " + std::strerror(errno));
  }
  struct stat status {};
  if (lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return tl::unexpected(folder.string() + " is no folder");
  }
  return folder;
}

bool is_trusted(const fs::path& project, const Environment& environment) {
  const auto path = canonical_name(project);
  if (!path) return false;
  const json store = read_store(environment);
  const auto known = store.find(*path);
  if (known == store.end() || !known->is_string()) return false;
  const auto now = fingerprint(project);
  return now && *known == *now;
}

tl::expected<void, std::string> set_trusted(const fs::path& project, const Environment& environment) {
  const auto path = canonical_name(project);
  if (!path) return tl::unexpected(project.string() + " does not exist");
  const auto now = fingerprint(project);
  if (!now) return tl::unexpected<std::string>("its .autofix.json cannot be read, so it cannot be trusted");
  json store = read_store(environment);
  store[*path] = *now;
  return write_store(environment, store);
}

tl::expected<void, std::string> revoke_trust(const fs::path& project, const Environment& environment) {
  const auto path = canonical_name(project);
  if (!path) return tl::unexpected(project.string() + " does not exist");
  json store = read_store(environment);
  if (store.erase(*path) == 0) return {};
  return write_store(environment, store);
}

}  // namespace autofix::config
