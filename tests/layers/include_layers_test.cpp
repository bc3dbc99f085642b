// Reads every #include of ours against the table of layers and fails on any other arrow: what a folder may
// know of is written down here, once.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace {

namespace fs = std::filesystem;

/// Folder -> prefixes of the includes that it may have, beside its own.
const std::map<std::string, std::vector<std::string>>& allowed() {
  // The value headers of providers/ travel with fix/'s types to whatever implements fix/'s interfaces.
  static const std::vector<std::string> values = {"providers/provider.h", "providers/clock.h",
                                                  "providers/catalog.h", "providers/chain_documents.h"};
  static const auto above_fix = [](std::vector<std::string> more) {
    more.insert(more.end(), {"server/text/", "server/problems/", "server/fix/"});
    more.insert(more.end(), values.begin(), values.end());
    return more;
  };
  static const std::map<std::string, std::vector<std::string>> table = {
      {"protocol/", {}},
      {"providers/", {}},
      {"server/text/", {}},
      {"server/problems/", {"server/text/"}},
      {"server/fix/", {"server/text/", "server/problems/", "providers/"}},
      {"server/repair/", above_fix({})},
      {"server/verify/", above_fix({})},
      {"server/store/", above_fix({})},
      {"server/config/", above_fix({})},
      {"server/lsp/", above_fix({"server/config/", "providers/chain.h", "protocol/"})},
      {"server/dashboard/", {}},
      {"server/cli/", above_fix({"server/config/", "server/verify/", "server/dashboard/", "providers/chain.h",
                                 "protocol/uri.h", "server/lsp/server.h"})},
      {"server/main.cpp", above_fix({"server/config/", "server/verify/", "server/repair/", "server/store/",
                                     "server/cli/", "server/lsp/", "providers/"})},
  };
  return table;
}

std::string layer_of(const std::string& file) {
  std::string best;
  for (const auto& [prefix, includes] : allowed()) {
    if (file.starts_with(prefix) && prefix.size() > best.size()) best = prefix;
  }
  return best;
}

bool may_include(const std::string& layer, const std::string& header) {
  if (header.starts_with(layer)) return true;
  const auto& prefixes = allowed().at(layer);
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return header.starts_with(prefix); });
}

struct Include {
  std::string file;
  std::string header;
  bool quoted = false;
};

std::vector<Include> includes_of(const fs::path& root) {
  std::vector<Include> found;
  const std::regex line_form(R"(^\s*#\s*include\s*(["<])([^">]+)[">])");
  for (const char* top : {"protocol", "providers", "server"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      if (entry.path().extension() != ".h" && entry.path().extension() != ".cpp") continue;
      std::ifstream stream(entry.path());
      std::string line;
      std::smatch match;
      while (std::getline(stream, line)) {
        if (!std::regex_search(line, match, line_form)) continue;
        found.push_back({fs::relative(entry.path(), root).generic_string(), match[2], match[1] == "\""});
      }
    }
  }
  return found;
}

/// ctest starts the tests there.
fs::path source_folder() {
  return fs::current_path();
}

}  // namespace

TEST_CASE("every include goes down the layers") {
  const std::vector<Include> includes = includes_of(source_folder());
  REQUIRE(includes.size() > 100);
  for (const Include& include : includes) {
    if (!include.quoted) continue;
    const std::string layer = layer_of(include.file);
    INFO(include.file << " includes " << include.header);
    REQUIRE(!layer.empty());
    CHECK(may_include(layer, include.header));
  }
}

TEST_CASE("the HTTP library has two doors: requests to providers, and the page for this machine") {
  std::vector<std::string> doors;
  for (const Include& include : includes_of(source_folder())) {
    if (include.header.ends_with("httplib.h")) doors.push_back(include.file);
  }
  CHECK(doors ==
        std::vector<std::string>{"providers/http_exchange.h", "server/dashboard/loopback_server.cpp"});
}

TEST_CASE("the table refuses arrows that go up or across") {
  struct Row {
    const char* layer;
    const char* header;
    bool allowed;
  };
  const Row rows[] = {
      {"server/text/", "server/problems/problem.h", false}, {"server/fix/", "protocol/uri.h", false},
      {"server/fix/", "providers/chain.h", true},           {"providers/", "protocol/types.h", false},
      {"providers/", "server/text/json.h", false},          {"protocol/", "providers/clock.h", false},
      {"server/repair/", "server/lsp/server.h", false},     {"server/repair/", "providers/chain.h", false},
      {"server/lsp/", "server/cli/cli.h", false},           {"server/lsp/", "protocol/types.h", true},
      {"server/verify/", "server/fix/verifier.h", true},    {"server/config/", "providers/catalog.h", true},
  };
  for (const Row& row : rows) {
    INFO(row.layer << " -> " << row.header);
    CHECK(may_include(row.layer, row.header) == row.allowed);
  }
}
