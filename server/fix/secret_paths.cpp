#include <algorithm>
#include <array>
#include <cctype>

#include "server/fix/context.h"
#include "server/fix/project_files.h"

namespace autofix::fix {
namespace {

/// Globs over the lower-case name of a file.
constexpr std::array kSecretNames = {
    ".env",
    ".env*",
    "*.env",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "*.gpg",
    "*.ppk",
    "*.ovpn",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "*_rsa",
    "*_ed25519",
    ".netrc",
    "_netrc",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".pgpass",
    ".htpasswd",
    ".dockercfg",
    ".s3cfg",
    ".boto",
    ".my.cnf",
    "credentials",
    "credentials.*",
    "secrets",
    "secrets.*",
    "secret.*",
    "*.secret",
    "*.secrets",
    "token.json",
    "token.txt",
    "*.token",
    "tokens.json",
    "client_secret*.json",
    "service-account*.json",
    "service_account*.json",
    "*.tfstate",
    "*.tfstate.backup",
    "*.tfvars",
    "kubeconfig",
    "wallet.dat",
    "*.mobileprovision",
    "*.agekey",
    "master.key",
};

/// Folders whose whole content is secret.
constexpr std::array kSecretFolders = {".aws", ".ssh", ".gnupg", ".kube", ".docker", ".azure", ".gcloud"};

/// `secrets.py` is code, not a secret store.
constexpr std::array kCodeEndings = {".py",   ".js", ".ts",  ".go", ".rs", ".c",     ".h", ".cpp",
                                     ".java", ".rb", ".php", ".cs", ".kt", ".swift", ".md"};

}  // namespace

bool is_secret_path(std::string_view path) {
  std::string lower(path);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string_view rest = lower;
  while (true) {
    const std::size_t slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    if (slash == std::string_view::npos) {
      const bool code =
          std::ranges::any_of(kCodeEndings, [&](std::string_view ending) { return name.ends_with(ending); });
      return !code &&
             std::ranges::any_of(kSecretNames, [&](const char* glob) { return matches_glob(glob, name); });
    }
    if (std::ranges::find(kSecretFolders, name) != kSecretFolders.end()) return true;
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace autofix::fix
