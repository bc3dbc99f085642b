// An editor in the project of the six-step story that has test reports: what the tests of watching share.
#pragma once

#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/e2e/conversation/samples.h"
#include "tests/support/lsp_client.h"

namespace autofix::test {

inline constexpr const char* kTestName = "tests/test_routes.py::test_create_task";

/// One test of a report. Failing where it has a message; in a file of the project, as pytest writes it.
struct ReportedTest {
  std::string name = "test_create_task";
  std::string message = {};
  std::string place = "app/routes.py:5";
  std::string class_name = "tests.test_routes";
};

inline std::string junit(const std::vector<ReportedTest>& tests) {
  std::string xml = "<?xml version=\"1.0\"?><testsuites><testsuite name=\"pytest\">";
  for (const ReportedTest& test : tests) {
    xml += "<testcase classname=\"" + test.class_name + "\" name=\"" + test.name + "\">";
    if (!test.message.empty()) {
      xml += "<failure message=\"" + test.message + "\">tests/test_routes.py:5: in " + test.name + "\n" +
             test.place + ": in create_task\nE   " + test.message + "</failure>";
    }
    xml += "</testcase>";
  }
  return xml + "</testsuite></testsuites>";
}

inline std::string failing(const std::string& message) {
  return junit({{.message = message}});
}
inline std::string passing() {
  return junit({{}});
}

class ReportEditor {
 public:
  struct Setup {
    bool watches = true;  ///< the client watches files for us
    bool relative_patterns = true;
    std::function<void(nlohmann::json&)> change = {};
    std::function<void(Rig&)> before = {};  ///< what is there when the editor starts
    bool refuse = false;                    ///< the client answers the registration with an error
    nlohmann::json gemini = nlohmann::json::array({{{"ok", fix_reply()}}});
  };
  explicit ReportEditor(const Setup& setup)
      : rig(task_api(), setup.gemini, nlohmann::json::array(), {{"cache", {{"enabled", false}}}}),
        client(rig.environment, start(setup)) {
    client.refuse_registrations = setup.refuse;
    client.initialize([&](nlohmann::json& params) {
      nlohmann::json& capabilities = params["capabilities"];
      if (setup.watches) {
        capabilities["workspace"]["didChangeWatchedFiles"] = {
            {"dynamicRegistration", true}, {"relativePatternSupport", setup.relative_patterns}};
      }
      capabilities["textDocument"]["publishDiagnostics"] = {{"relatedInformation", true}};
      if (setup.change) setup.change(params);
    });
    client.open("app/routes.py", kRoutes);
    uri = client.uri("app/routes.py");
    if (setup.watches) client.pump([&] { return !asked("client/registerCapability").empty(); });
    if (!wait_for_shown(1, "app/__init__.py"))
      throw std::runtime_error("the reports of the start were not read");
  }
  ReportEditor() : ReportEditor(Setup{}) {}

  std::vector<nlohmann::json> asked(const std::string& method) const {
    std::vector<nlohmann::json> all;
    for (const nlohmann::json& request : client.asked) {
      if (request.at("method") == method) all.push_back(request.at("params"));
    }
    return all;
  }

  /// Writes a report and tells the server of it, as an editor that watches files does.
  void write_report(const std::string& path, const std::string& xml) {
    write_quietly(path, xml);
    tell({path});
  }
  void write_quietly(const std::string& path, const std::string& xml) const {
    std::filesystem::create_directories((rig.project() / path).parent_path());
    rig.write(path, xml);
  }
  void tell(const std::vector<std::string>& paths) {
    nlohmann::json changes = nlohmann::json::array();
    for (const std::string& path : paths) {
      const int type = std::filesystem::exists(rig.project() / path) ? 2 : 3;
      changes.push_back({{"uri", client.uri(path)}, {"type", type}});
    }
    client.notify("workspace/didChangeWatchedFiles", {{"changes", changes}});
  }

  /// The latest set that was published of a file; null before the first.
  nlohmann::json shown(const std::string& path = "app/routes.py") const {
    nlohmann::json latest;
    for (const nlohmann::json& message : client.notifications) {
      if (message.at("method") != "textDocument/publishDiagnostics") continue;
      if (message.at("params").at("uri") == client.uri(path)) latest = message.at("params").at("diagnostics");
    }
    return latest;
  }
  bool wait_for_shown(std::size_t count, const std::string& path = "app/routes.py") {
    return client.pump([&] { return shown(path).is_array() && shown(path).size() == count; });
  }
  bool wait_for_message(const std::string& message) {
    return client.pump([&] {
      const nlohmann::json all = shown();
      return all.is_array() && !all.empty() && all.at(0).at("message") == message;
    });
  }

  std::vector<std::string> states() const {
    std::vector<std::string> all;
    for (const nlohmann::json& message : client.notifications) {
      if (message.at("method") == "autofix/session") all.push_back(message.at("params").at("state"));
    }
    return all;
  }
  bool wait_for_state(const std::string& state) {
    return client.pump([&] { return !states().empty() && states().back() == state; });
  }

  nlohmann::json actions(const nlohmann::json& range, const nlohmann::json& diagnostics) {
    return client.request(
        "textDocument/codeAction",
        {{"textDocument", {{"uri", uri}}}, {"range", range}, {"context", {{"diagnostics", diagnostics}}}});
  }
  nlohmann::json run(const nlohmann::json& command) {
    return client.request("workspace/executeCommand",
                          {{"command", command.at("command")}, {"arguments", command.at("arguments")}});
  }
  /// Chooses the only action at what is shown first, with a client that sends its diagnostics along.
  nlohmann::json fix_shown() {
    const nlohmann::json first = shown().at(0);
    return run(actions(first.at("range"), nlohmann::json::array({first})).at(0).at("command"));
  }
  nlohmann::json retry(const nlohmann::json& session) {
    const nlohmann::json arguments = nlohmann::json::array({{{"sessionId", session}}});
    return run({{"command", "autofix.retry"}, {"arguments", arguments}});
  }

  Rig rig;
  LspClient client;
  std::string uri;

 private:
  std::filesystem::path start(const Setup& setup) {
    if (setup.before) setup.before(rig);
    // Shown once the reports of the start have been read: what a test writes is news after that.
    rig.write("junit-begin.xml",
              junit({{.name = "test_begin", .message = "begun", .place = "app/__init__.py:1"}}));
    return rig.project();
  }
};

}  // namespace autofix::test
