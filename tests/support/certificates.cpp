#include "tests/support/certificates.h"

#include <stdexcept>

namespace autofix::test {
namespace {

void openssl(std::vector<std::string> arguments) {
  ChildOptions options;
  options.argv = std::move(arguments);
  options.argv.insert(options.argv.begin(), "/usr/bin/openssl");
  const Ran ran = run_child(options);
  if (ran.exit_code != 0) throw std::runtime_error("openssl " + options.argv[1] + ": " + ran.err);
}

}  // namespace

Certificates::Certificates(const std::string& names) {
  openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
           file("ca.key"), "-out", file("ca.pem"), "-days", "2", "-subj", "/CN=test authority"});
  openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
           file("key.pem"), "-out", file("request.pem"), "-subj", "/CN=server"});
  folder_.write("extensions", "subjectAltName=" + names + "\n");
  openssl({"x509", "-req", "-in", file("request.pem"), "-CA", file("ca.pem"), "-CAkey", file("ca.key"),
           "-CAcreateserial", "-days", "2", "-extfile", file("extensions"), "-out", file("cert.pem")});
}

}  // namespace autofix::test
