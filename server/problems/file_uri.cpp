#include "server/problems/file_uri.h"

#include <cstddef>

#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int high = text[at] == '%' && at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[at + 2]) : -1;
    // An encoded NUL stays as it is: no path has one, and C interfaces would end there.
    if (low < 0 || high * 16 + low == 0) {
      result += text[at];
      continue;
    }
    result += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return result;
}

bool has_scheme(std::string_view uri) {
  const std::size_t colon = uri.find(':');
  // One letter is a Windows drive.
  return colon != std::string_view::npos && colon > 1 &&
         uri.substr(0, colon).find_first_of("/ %") == std::string_view::npos;
}

}  // namespace

std::string path_of_uri(std::string_view uri) {
  if (!take_prefix(uri, "file://")) {
    if (take_prefix(uri, "file:")) return percent_decoded(uri);
    return has_scheme(uri) ? std::string(uri) : percent_decoded(uri);
  }
  if (!uri.starts_with('/')) {
    // file://host/path: the host is dropped when it says "here".
    if (!take_prefix(uri, "localhost")) return "//" + percent_decoded(uri);
  }
  std::string path = percent_decoded(uri);
  if (path.size() > 2 && path[0] == '/' && path[2] == ':') path.erase(0, 1);
  return path;
}

}  // namespace autofix::problems
