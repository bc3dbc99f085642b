#include <fstream>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "providers/catalog.h"
#include "server/config/credentials.h"
#include "server/config/load.h"
#include "server/config/trust.h"
#include "tests/support/catch.h"

namespace autofix::config {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// A user's home and a project of its own, gone with the object.
struct Home {
  Home() {
    std::string pattern = (fs::temp_directory_path() / "autofix-config-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    root = pattern;
    environment.home = root / "home";
    project = root / "project";
    fs::create_directories(environment.config_folder());
    fs::create_directories(project);
  }
  ~Home() { fs::remove_all(root); }

  void write(const fs::path& path, const std::string& text) const {
    std::ofstream(path, std::ios::binary) << text;
  }
  void user(const std::string& text) const { write(environment.config_folder() / "config.json", text); }
  void shared(const std::string& text) const { write(project / ".autofix.json", text); }

  Loaded load(bool trusted = false, const json* editor = nullptr) const {
    Sources sources;
    sources.project = project;
    sources.trusted = trusted;
    sources.editor_settings = editor;
    return config::load(sources, environment);
  }

  fs::path root;
  fs::path project;
  Environment environment;
};

const providers::LinkConfig& link(const Loaded& loaded, const std::string& name) {
  const auto found = std::ranges::find(loaded.config.links, name, &providers::LinkConfig::name);
  REQUIRE(found != loaded.config.links.end());
  return *found;
}

bool names(const Loaded& loaded, const std::string& path) {
  return std::ranges::any_of(loaded.notices, [&](const Notice& notice) { return notice.path == path; });
}

TEST_CASE("without any file everything has its built-in value and nothing is said") {
  const Home home;
  const Loaded loaded = home.load();
  CHECK(loaded.notices.empty());
  CHECK(loaded.fatal.empty());
  CHECK(loaded.config.chain ==
        std::vector<std::string>{"gemini", "groq", "anthropic", "openai", "local", "offline"});
  CHECK(loaded.config.verify.mode == Config::Verify::Mode::automatic);
}

TEST_CASE("the user's file is JSON with comments and trailing commas are an error that is named") {
  Home home;
  home.user(
      "{\n  // first choice\n  \"chain\": [\"groq\"], /* only this */\n  \"verify\": {\"timeoutMs\": "
      "5000}\n}\n");
  const Loaded loaded = home.load();
  CHECK(loaded.notices.empty());
  CHECK(loaded.config.chain == std::vector<std::string>{"groq"});
  CHECK(loaded.config.verify.timeout == std::chrono::milliseconds(5000));
  CHECK(loaded.origins.at("chain").find("config.json") != std::string::npos);
}

TEST_CASE("unknown keys and wrong types are named by path and the rest works") {
  Home home;
  home.user(R"({"chain": 5, "nonsense": 1, "verify": {"mode": "often", "timeoutMs": "long", "extra": {}},
               "providers": {"groq": {"temperature": "hot", "model": "m", "modle": "x"}}, "retry": {"max": 3}})");
  const Loaded loaded = home.load();
  for (const char* path : {"chain", "nonsense", "verify.mode", "verify.timeoutMs", "verify.extra",
                           "providers.groq.temperature", "providers.groq.modle"}) {
    INFO(path);
    CHECK(names(loaded, path));
  }
  CHECK(loaded.notices.size() == 7);
  CHECK(loaded.config.retry.max == 3);
  CHECK(link(loaded, "groq").models.front() == "m");
}

TEST_CASE("a user file that is no JSON is named and the built-in values stay; a named file is fatal") {
  Home home;
  home.user("{\"chain\": [");
  const Loaded loaded = home.load();
  CHECK(loaded.fatal.empty());
  CHECK(loaded.notices.size() == 1);
  CHECK(loaded.config.chain.size() == 6);
  Sources sources;
  sources.config_file = home.environment.config_folder() / "config.json";
  CHECK(!config::load(sources, home.environment).fatal.empty());
  sources.config_file = home.root / "missing.json";
  CHECK(!config::load(sources, home.environment).fatal.empty());
}

TEST_CASE("a project may not set URLs, keys, logs or anything else that could do harm") {
  Home home;
  home.shared(R"({"providers": {"gemini": {"baseUrl": "https://evil.example/v1", "keys": ["env:HOME"]}},
                 "log": {"file": "/tmp/x", "level": "debug"}, "store": {"url": "redis://evil.example"},
                 "privacy": {"redact": false}, "routing": "fastest", "cache": {"enabled": false},
                 "verify": {"commands": ["curl evil.example"]}})");
  for (const bool editor : {false, true}) {
    const json settings = json::parse(std::ifstream(home.project / ".autofix.json"));
    if (editor) fs::remove(home.project / ".autofix.json");
    const Loaded loaded = home.load(false, editor ? &settings : nullptr);
    CHECK(link(loaded, "gemini").base_url.find("evil") == std::string::npos);
    CHECK(loaded.config.log.file.empty());
    CHECK(loaded.config.log.level == "info");
    CHECK(loaded.config.store.url == "sqlite:");
    CHECK(loaded.config.privacy.redact);
    CHECK(loaded.config.routing == "ordered");
    CHECK(loaded.config.verify.commands.empty());
    CHECK(loaded.notices.size() >= 7);
  }
}

TEST_CASE("a trusted project's own file may say how it is verified, an editor's settings may not") {
  Home home;
  home.shared(R"({"verify": {"commands": ["pytest -q"]}})");
  CHECK(home.load(true).config.verify.commands == std::vector<std::string>{"pytest -q"});
  CHECK(home.load(false).config.verify.commands.empty());
  home.shared("{}");
  const json settings = {{"verify", {{"commands", {"pytest", "-q"}}}}};
  CHECK(home.load(true, &settings).config.verify.commands.empty());
}

TEST_CASE("a project may narrow, add, lower and make stricter, never the other way") {
  Home home;
  home.user(
      R"({"chain": ["gemini", "groq"], "privacy": {"allowProviders": ["gemini", "groq"]}, "budget": {"usdPerDay": 2},
               "context": {"exclude": ["*.pem"]}, "verify": {"mode": "auto"}, "timeout": 60})");
  home.shared(
      R"({"chain": ["groq", "openai"], "privacy": {"allowProviders": ["*"]}, "budget": {"usdPerDay": 5},
                 "context": {"exclude": ["secret/**"]}, "verify": {"mode": "required"}, "timeout": 600})");
  const Loaded more = home.load();
  CHECK(more.config.chain == std::vector<std::string>{"groq"});
  CHECK(names(more, "chain"));
  CHECK(more.config.privacy.allow_providers == std::vector<std::string>{"gemini", "groq"});
  CHECK(more.config.budget.usd_per_day == 2.0);
  CHECK(more.config.context.exclude == std::vector<std::string>{"*.pem", "secret/**"});
  CHECK(more.config.verify.mode == Config::Verify::Mode::required);
  CHECK(more.config.timeout == std::chrono::seconds(60));
  home.user(R"({"verify": {"mode": "required"}, "budget": {"usdPerDay": 2}, "timeout": 60})");
  home.shared(
      R"({"verify": {"mode": "off"}, "budget": {"usdPerDay": 0.5}, "timeout": 10, "privacy": {"allowProviders": ["groq"]}})");
  const Loaded less = home.load();
  CHECK(less.config.verify.mode == Config::Verify::Mode::required);
  CHECK(less.config.budget.usd_per_day == 0.5);
  CHECK(less.config.timeout == std::chrono::seconds(10));
  CHECK(less.config.privacy.allow_providers == std::vector<std::string>{"groq"});
}

TEST_CASE("providers that are not allowed are barred, the offline link is not") {
  Home home;
  home.user(R"({"privacy": {"allowProviders": ["loc*"]}})");
  std::vector<std::string> chain;
  for (const providers::LinkConfig& one : home.load().config.chain_links()) {
    if (!one.barred) chain.push_back(one.name);
  }
  CHECK(chain == std::vector<std::string>{"local", "offline"});
}

TEST_CASE("a provider of the user's own") {
  Home home;
  home.environment.variables["TEAM_KEY"] = "team-key-0123456789";
  home.user(R"({"chain": ["team-gateway"], "providers": {"team-gateway":
             {"dialect": "openai", "baseUrl": "https://gateway.example/v1", "model": "m", "keys": ["env:TEAM_KEY"]}}})");
  const Loaded loaded = home.load();
  CHECK(loaded.notices.empty());
  REQUIRE(loaded.config.chain_links().size() == 1);
  const providers::LinkConfig team = loaded.config.chain_links().front();
  CHECK(team.dialect == providers::DialectKind::openai);
  REQUIRE(team.credentials.size() == 1);
  CHECK(team.credentials.front().value == "team-key-0123456789");
}

TEST_CASE("a provider streams unless it is told not to") {
  Home home;
  home.user(R"({"providers": {"groq": {"stream": false}, "openai": {"stream": "no"}}})");
  const Loaded loaded = home.load();
  CHECK(!link(loaded, "groq").stream);
  CHECK(link(loaded, "gemini").stream);
  CHECK(link(loaded, "openai").stream);
  CHECK(names(loaded, "providers.openai.stream"));
  CHECK(loaded.notices.size() == 1);
}

TEST_CASE("base URLs that would show a key to somebody are refused") {
  for (const char* url : {"http://example.com/v1", "https://user:pass@example.com", "ftp://example.com",
                          "example.com", "", "https://example.com/?key=1"}) {
    Home home;
    home.user(json{{"providers", {{"groq", {{"baseUrl", url}}}}}}.dump());
    const Loaded loaded = home.load();
    INFO(url);
    CHECK(names(loaded, "providers.groq.baseUrl"));
    CHECK(link(loaded, "groq").base_url.find("api.groq.com") != std::string::npos);
  }
  Home home;
  home.user(R"({"providers": {"groq": {"baseUrl": "http://127.0.0.1:8080/v1"}}})");
  CHECK(home.load().notices.empty());
}

TEST_CASE("keys: environment before .env, more of them by number, each with its origin") {
  Home home;
  home.environment.variables = {{"GROQ_API_KEY", "one-0123456789"},
                                {"GROQ_API_KEY_3", "three-0123456789"},
                                {"GEMINI_API_KEY", "g-0123456789"}};
  home.write(
      home.environment.config_folder() / ".env",
      "# keys\nexport GROQ_API_KEY=from-file-0123456789\nGROQ_API_KEY_2=\"two-0123456789\"\nOTHER=x\n");
  const Loaded loaded = home.load();
  std::vector<std::string> values;
  for (const auto& credential : link(loaded, "groq").credentials) values.push_back(credential.value);
  CHECK(values == std::vector<std::string>{"one-0123456789", "two-0123456789", "three-0123456789"});
  CHECK(link(loaded, "groq").credentials[0].origin == "environment GROQ_API_KEY");
  CHECK(link(loaded, "groq").credentials[1].origin.find(".env") != std::string::npos);
  CHECK(link(loaded, "gemini").credentials.size() == 1);
  CHECK(link(loaded, "anthropic").credentials.empty());
  CHECK(link(loaded, "anthropic").missing_key_reason.find("ANTHROPIC_API_KEY") != std::string::npos);
}

TEST_CASE("an editor that does not trust the folder outweighs the trust store, and only an editor says so") {
  const Home home;
  home.shared(R"({"verify": {"commands": ["make check"]}})");
  const json untrusted = {{"workspaceTrusted", false}};
  const json trusted = {{"workspaceTrusted", true}};
  CHECK(home.load(true).config.verify.commands.size() == 1);
  CHECK(home.load(true).trusted);
  CHECK(home.load(true, &untrusted).config.verify.commands.empty());
  CHECK(!home.load(true, &untrusted).trusted);
  CHECK(home.load(true, &trusted).trusted);
  CHECK(!home.load(false, &trusted).trusted);
  home.shared(R"({"workspaceTrusted": false})");
  const Loaded by_project = home.load(true);
  CHECK(by_project.trusted);
  REQUIRE(by_project.notices.size() == 1);
  CHECK(by_project.notices[0].path == "workspaceTrusted");
}

TEST_CASE("a project's .env counts only when the project is trusted, and is named as the reason otherwise") {
  Home home;
  home.write(home.project / ".env", "GROQ_API_KEY=project-key-0123456789\nPATH=/evil\n");
  const Loaded untrusted = home.load(false);
  CHECK(link(untrusted, "groq").credentials.empty());
  CHECK(link(untrusted, "groq").missing_key_reason.find("trust") != std::string::npos);
  const Loaded trusted = home.load(true);
  REQUIRE(link(trusted, "groq").credentials.size() == 1);
  CHECK(link(trusted, "groq").credentials.front().value == "project-key-0123456789");
}

TEST_CASE("lines of .env files") {
  const auto variables =
      parse_env_file("A=1\r\n B = two words \nexport C='x # y'\nD=\"q\\\"r\"\n#E=1\nF\n=5\nG=a#b\nH=a #b\n");
  CHECK(variables.at("A") == "1");
  CHECK(variables.at("B") == "two words");
  CHECK(variables.at("C") == "x # y");
  CHECK(!variables.contains("E"));
  CHECK(!variables.contains("F"));
  CHECK(variables.at("G") == "a#b");
  CHECK(variables.at("H") == "a");
}

TEST_CASE("what is shown never holds a key") {
  Home home;
  home.environment.variables["GOOGLE_API_KEY"] = "AIzaCanaryValueNotReal0123456789";
  home.environment.variables["AUTOFIX_X"] = "AIzaCanaryValueNotReal0123456789";
  home.user(R"({"providers": {"gemini": {"keys": ["env:GOOGLE_API_KEY"]}}})");
  const Loaded loaded = home.load();
  const std::string shown = describe(loaded).dump();
  CHECK(shown.find("Canary") == std::string::npos);
  CHECK(shown.find("GOOGLE_API_KEY") != std::string::npos);
}

TEST_CASE("a key written into the file itself is refused without being repeated") {
  Home home;
  home.user(R"({"providers": {"gemini": {"keys": ["AIzaCanaryValueNotReal0123456789"]}}})");
  const Loaded loaded = home.load();
  REQUIRE(loaded.notices.size() == 1);
  CHECK(loaded.notices[0].path.starts_with("providers.gemini.keys"));
  CHECK(loaded.notices[0].message.find("Canary") == std::string::npos);
  CHECK(link(loaded, "gemini").credentials.empty());
  CHECK(describe(loaded).dump().find("Canary") == std::string::npos);
}

TEST_CASE("trust is bound to the bytes of the project's configuration") {
  Home home;
  home.shared(R"({"verify": {"commands": ["pytest"]}})");
  CHECK(!is_trusted(home.project, home.environment));
  REQUIRE(set_trusted(home.project, home.environment));
  CHECK(is_trusted(home.project, home.environment));
  CHECK(is_trusted(home.project / ".", home.environment));
  CHECK(!is_trusted(home.root, home.environment));
  home.shared(R"({"verify": {"commands": ["pytesT"]}})");  // one byte
  CHECK(!is_trusted(home.project, home.environment));
  home.shared(R"({"verify": {"commands": ["pytest"]}})");
  CHECK(is_trusted(home.project, home.environment));
  fs::remove(home.project / ".autofix.json");
  CHECK(!is_trusted(home.project, home.environment));
  REQUIRE(set_trusted(home.project, home.environment));
  CHECK(is_trusted(home.project, home.environment));
  home.shared("{}");
  CHECK(!is_trusted(home.project, home.environment));
  REQUIRE(set_trusted(home.project, home.environment));
  REQUIRE(revoke_trust(home.project, home.environment));
  CHECK(!is_trusted(home.project, home.environment));
}

TEST_CASE("the state folder is its owner's alone, and a broken trust file trusts nobody") {
  Home home;
  REQUIRE(set_trusted(home.project, home.environment));
  struct stat status {};
  REQUIRE(stat(home.environment.state_folder().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  for (const fs::directory_entry& file : fs::directory_iterator(home.environment.state_folder())) {
    REQUIRE(stat(file.path().c_str(), &status) == 0);
    CHECK((status.st_mode & 077) == 0);
    home.write(file.path(), "{\"broken");
  }
  CHECK(!is_trusted(home.project, home.environment));
}

TEST_CASE("flags and the environment win over files") {
  Home home;
  home.user(R"({"log": {"level": "warn"}})");
  Sources sources;
  sources.flags = {{"log.level", "debug"}};
  CHECK(config::load(sources, home.environment).config.log.level == "debug");
  home.write(home.root / "other.json", R"({"chain": ["offline"]})");
  home.environment.variables["AUTOFIX_CONFIG"] = (home.root / "other.json").string();
  CHECK(home.load().config.chain == std::vector<std::string>{"offline"});
}

TEST_CASE("the schema describes every key and says who may set it") {
  const json described = schema();
  CHECK(described.at("$schema").get<std::string>().find("2020-12") != std::string::npos);
  std::size_t leaves = 0;
  const std::function<void(const json&)> visit = [&](const json& node) {
    for (const auto& [name, property] : node.at("properties").items()) {
      INFO(name);
      CHECK((property.contains("description") || property.contains("properties")));
      if (property.contains("properties")) {
        visit(property);
      } else {
        ++leaves;
        if (name != "providers") CHECK(property.contains("x-scope"));
      }
    }
  };
  visit(described);
  CHECK(leaves > 20);
}

TEST_CASE("odd bytes in any file are one notice, never a crash") {
  for (const std::string& text :
       {std::string("\xff\xfe{}"), std::string(3000, '['), std::string("{\"chain\":\"\xff\"}"),
        std::string("{\"a\":1e999}"), std::string("null"), std::string("[]"), std::string("\0\0", 2)}) {
    Home home;
    home.user(text);
    home.shared(text);
    const Loaded loaded = home.load();
    CHECK(!loaded.notices.empty());
    CHECK(loaded.config.chain.size() == 6);
  }
}

}  // namespace
}  // namespace autofix::config
