// Plays a script against the real server: an editor as VS Code is one, without those parts that the script
// takes away. It never sleeps: what is expected is waited for, at most 30 s.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "tests/support/golden.h"
#include "tests/support/lsp_client.h"
#include "tests/support/rig.h"
#include "tests/support/script.h"

namespace autofix::test {

struct Played {
  std::vector<std::string> wrong;  ///< each begins with `line N: `; empty when all is as expected
  std::vector<Golden> goldens;
  std::string log;     ///< the server's standard error
  std::string output;  ///< every byte of its standard output
};

class ScriptPlayer {
 public:
  /// `documents` are what `open` opens, byte for byte, by path; what is not there is read from the project.
  ScriptPlayer(Rig& rig, Files documents = {})
      : rig_(rig), files_(std::move(documents)), client_(rig.environment, rig.project()) {}

  /// Ends at the first step that leaves nothing to go on with. Documents that are open at the end are saved.
  Played play(const std::vector<Step>& steps);

 private:
  struct Pending {
    Json id;
    bool resolves = false;  ///< the client applies the edit of the reply
  };
  using Play = void (ScriptPlayer::*)(const Step& step);
  /// What is wrong with a message's parameters.
  using Test = std::function<std::vector<std::string>(const Json& params)>;

  static const std::map<Verb, Play>& table();
  void end(const Step& last);

  // What an editor does:
  void initialize(const Step& step);
  void open(const Step& step);
  void change(const Step& step);
  void close(const Step& step);
  void write(const Step& step);
  void remove(const Step& step);
  void diagnostics(const Step& step);
  void actions(const Step& step);
  void choose(const Step& step);
  void fix(const Step& step);
  void request(const Step& step);
  void notify(const Step& step);
  void cancel(const Step& step);
  // How it answers from now on:
  void edits(const Step& step);
  void answer(const Step& step);
  void configuration(const Step& step);
  void release(const Step& step);
  // What has to come:
  void expect_capabilities(const Step& step);
  void expect_result(const Step& step);
  void expect_error(const Step& step);
  void expect_edit(const Step& step);
  void expect_message(const Step& step);
  void expect_session(const Step& step);
  void expect_progress(const Step& step);
  void expect_diagnostics(const Step& step);
  void expect_document(const Step& step);
  void expect_asked(const Step& step);
  void expect_notification(const Step& step);
  void expect_request(const Step& step);
  void expect_no_notification(const Step& step);
  void expect_no_request(const Step& step);

  Json offered_at(const Step& step);
  void choose_action(const Json& action);
  Json shown_at(const std::string& uri, const Json& range) const;
  /// The latest set that the server published; null before the first.
  Json published(const std::string& uri) const;

  /// Waits for the next message of that method that passes; those before it are passed over.
  void await(const std::vector<Json>& messages, const std::string& method, const Test& test);
  Test part_of(const Step& step) const;
  void none(const Step& step, const std::vector<Json>& messages);
  Pending take_pending();
  void compare_json(const Step& step, const Json& got, const std::string& name);
  void compare_lines(const Step& step, const std::vector<std::string>& got,
                     const std::vector<std::string>& wanted);
  void wrong(const Step& step, const std::string& what);
  FakeProvider& provider(const std::string& name) const;

  std::string placed(std::string text) const;
  nlohmann::ordered_json placed(nlohmann::ordered_json value) const;
  std::string unplaced(const std::string& text) const;
  nlohmann::ordered_json unplaced(nlohmann::ordered_json value) const;

  Rig& rig_;
  Files files_;
  LspClient client_;
  Json capabilities_;
  Json offered_ = Json::array();       // the last list of code actions
  std::map<std::string, Json> shown_;  // by uri: diagnostics that the editor has from other servers
  std::deque<Pending> pending_;
  std::map<std::string, std::size_t> next_;  // by method: the first message that no step has expected
  std::size_t edits_expected_ = 0;
  std::string session_;  // of the last result that named one
  Played played_;
};

}  // namespace autofix::test
