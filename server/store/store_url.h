// Reads `store.url`. Pure; opens nothing and looks nothing up.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace autofix::store {

struct RedisEndpoint {
  std::string host = "localhost";  ///< without brackets
  int port = 6379;
  std::string socket_path;  ///< instead of host and port
  bool tls = false;
  std::string user;
  std::string password;
  std::string password_variable;  ///< instead of `password`: the environment variable that holds it
  int database = 0;

  /// `host:port` or the socket's path; fit for notices.
  std::string name() const;
};

struct StoreUrl {
  enum class Kind { memory, sqlite, redis };
  Kind kind = Kind::sqlite;
  std::filesystem::path file;  ///< sqlite; empty: the default one
  RedisEndpoint redis;
};

/// Or one sentence about what is wrong, without any part of the URL that may be secret.
tl::expected<StoreUrl, std::string> parse_store_url(std::string_view url);

}  // namespace autofix::store
