// A request and a reply as values: what the dialects make and read. No sockets, no JSON.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autofix::providers {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "POST";
  std::string path;  ///< below the link's base URL, begins with `/`
  HttpHeaders headers;
  std::string body;
  bool stream =
      false;  ///< the reply is asked for in pieces, so its first one and every next one are due early
};

struct HttpReply {
  int status = 0;
  HttpHeaders headers;
  std::string body;
};

/// The value of the first header of that name, letter case aside; empty when there is none.
std::string_view header_value(const HttpHeaders& headers, std::string_view name);

/// ASCII only and free of the locale, as HTTP compares names.
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string to_lower(std::string_view text);

}  // namespace autofix::providers
