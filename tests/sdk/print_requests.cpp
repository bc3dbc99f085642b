// Prints the requests that every dialect makes, as JSON: what a vendor's own types are held against.
#include <iostream>
#include <nlohmann/json.hpp>

#include "providers/dialects/dialect.h"
#include "server/fix/prompt.h"

int main() {
  using namespace autofix::providers;
  using nlohmann::json;
  struct Row {
    const char* link;
    DialectKind dialect;
    const char* model;
  };
  const Row rows[] = {{"gemini", DialectKind::gemini, "gemini-3.8-flash"},
                      {"gemini", DialectKind::gemini, "gemini-2.5-flash"},
                      {"groq", DialectKind::openai, "openai/gpt-oss-120b"},
                      {"groq", DialectKind::openai, "llama-3.3-70b-versatile"},
                      {"openai", DialectKind::openai, "gpt-5.4-mini"},
                      {"local", DialectKind::openai, "some-model"},
                      {"anthropic", DialectKind::anthropic, "claude-sonnet-5-5"}};
  json requests = json::array();
  for (const Row& row : rows) {
    for (const bool in_json : {false, true}) {
      for (const bool stream : {false, true}) {
        CallTarget target;
        target.link = row.link;
        target.model = row.model;
        target.key = "not-real";
        target.temperature = 0.2;
        target.stream = stream;
        Prompt prompt;
        prompt.system = "Answer in JSON.";
        prompt.messages = {
            {Message::Role::user, "q"}, {Message::Role::assistant, "a"}, {Message::Role::user, "r"}};
        if (in_json) prompt.reply_schema = autofix::fix::reply_schema();
        const HttpRequest request = dialect(row.dialect).encode(target, prompt);
        requests.push_back({{"link", row.link},
                            {"model", row.model},
                            {"json", in_json},
                            {"stream", stream},
                            {"path", request.path},
                            {"body", json::parse(request.body)}});
      }
    }
  }
  std::cout << requests.dump() << '\n';
  return 0;
}
