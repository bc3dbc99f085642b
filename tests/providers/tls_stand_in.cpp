#include "tests/providers/tls_stand_in.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>

namespace autofix::test {
namespace {

void extend(X509* certificate, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  if (extension == nullptr) throw std::runtime_error("no certificate extension: " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// `issuer`: nothing for one that signs itself.
Certificate make(EVP_PKEY* key, const char* name, const CertificateOptions& options, bool is_authority,
                 X509* issuer, EVP_PKEY* issuer_key) {
  constexpr long kDay = 24L * 3600;
  Certificate made(X509_new());
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), issuer == nullptr ? 1 : 2);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), options.valid_seconds);
  X509_set_pubkey(made.get(), key);
  X509_NAME* subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1,
                             -1, 0);
  X509_set_issuer_name(made.get(), issuer == nullptr ? subject : X509_get_subject_name(issuer));
  extend(made.get(), NID_basic_constraints, is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!is_authority) extend(made.get(), NID_subject_alt_name, options.names);
  if (X509_sign(made.get(), issuer_key, EVP_sha256()) == 0) throw std::runtime_error("cannot sign");
  return made;
}

}  // namespace

TestAuthority::TestAuthority()
    : key_(EVP_EC_gen("P-256")),
      certificate_(make(key_.get(), "test authority", {}, true, nullptr, key_.get())) {
  FILE* file = std::fopen(ca_file().c_str(), "w");
  if (file == nullptr) throw std::runtime_error("no file for the authority");
  PEM_write_X509(file, certificate_.get());
  std::fclose(file);
}

ServerCertificate TestAuthority::issue(const CertificateOptions& options) const {
  ServerCertificate own;
  own.key.reset(EVP_EC_gen("P-256"));
  own.certificate = options.self_signed
                        ? make(own.key.get(), "server", options, false, nullptr, own.key.get())
                        : make(own.key.get(), "server", options, false, certificate_.get(), key_.get());
  return own;
}

TlsStandIn::~TlsStandIn() {
  if (!thread_.joinable()) return;
  server.stop();
  thread_.join();
}

void TlsStandIn::start() {
  server.set_tcp_nodelay(true);
  port_ = server.bind_to_any_port("127.0.0.1");
  thread_ = std::thread([this] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::yield();
}

}  // namespace autofix::test
