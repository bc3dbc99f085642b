// A certificate authority of a test's own, and a server certificate from it.
#pragma once

#include <string>

#include "tests/support/child_process.h"

namespace autofix::test {

class Certificates {
 public:
  /// `names`: what the certificate is for, as OpenSSL writes it (`IP:127.0.0.1`). Throws when openssl fails.
  explicit Certificates(const std::string& names);
  /// `ca.pem`, `cert.pem`, `key.pem`.
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }

 private:
  TempFolder folder_;
};

}  // namespace autofix::test
