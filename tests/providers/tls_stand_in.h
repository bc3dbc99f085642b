// A TLS server with a certificate of the test's own making.
#pragma once

#include <httplib.h>
#include <memory>
#include <string>
#include <thread>

#include "tests/support/child_process.h"

namespace autofix::test {

struct CertificateOptions {
  std::string names = "IP:127.0.0.1";  ///< subjectAltName
  long valid_seconds = 3600;           ///< from a day ago until that far from now; negative: expired
  bool self_signed = false;            ///< by nobody that `ca_file` names
};

template <auto Free>
struct OpenSslDeleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, OpenSslDeleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, OpenSslDeleter<X509_free>>;

struct ServerCertificate {
  Key key;
  Certificate certificate;
};

/// A certificate authority of the test's own.
class TestAuthority {
 public:
  TestAuthority();
  std::string ca_file() const { return (folder_.path() / "ca.pem").string(); }
  ServerCertificate issue(const CertificateOptions& options) const;

 private:
  TempFolder folder_;
  Key key_;
  Certificate certificate_;
};

/// Runs from start() until it goes away; handlers are set before.
class TlsStandIn {
 public:
  explicit TlsStandIn(const ServerCertificate& own) : server(own.certificate.get(), own.key.get()) {}
  ~TlsStandIn();
  void start();
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }

  httplib::SSLServer server;

 private:
  int port_ = 0;
  std::thread thread_;
};

}  // namespace autofix::test
