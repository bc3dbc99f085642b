// A headless editor with the task API open, and two stand-ins to ask.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/e2e/conversation/samples.h"
#include "tests/support/catch.h"
#include "tests/support/lsp_client.h"

namespace autofix::test {

struct Editor {
  explicit Editor(const std::function<void(Json&)>& change = {}, const Json& config = Json::object(),
                  const Json& gemini = Json::array({{{"ok", fix_reply()}}}), const Json& groq = Json::array())
      : rig(task_api(), gemini, groq, config), client(rig.environment, rig.project()) {
    capabilities = client.initialize(change).at("capabilities");
    client.open("app/routes.py", kRoutes);
    uri = client.uri("app/routes.py");
  }
  ~Editor() {
    if (!ended) CHECK(client.shut_down() == 0);
  }

  Json actions(const Json& at, const std::vector<Json>& context_diagnostics, Json context = Json::object()) {
    context["diagnostics"] = context_diagnostics;
    return client.request("textDocument/codeAction",
                          {{"textDocument", {{"uri", uri}}}, {"range", at}, {"context", context}});
  }
  Json fix_argument() const {
    return {{"uri", uri}, {"version", 1}, {"diagnostics", Json::array({routes_diagnostic()})}};
  }
  Json run(const std::string& command, const Json& argument) {
    return client.request("workspace/executeCommand",
                          {{"command", command}, {"arguments", Json::array({argument})}});
  }
  std::vector<std::string> states() const {
    std::vector<std::string> all;
    for (const Json& message : client.notifications) {
      if (message.at("method") == "autofix/session") all.push_back(message.at("params").at("state"));
    }
    return all;
  }

  Rig rig;
  LspClient client;
  Json capabilities;
  std::string uri;
  bool ended = false;
};

}  // namespace autofix::test
