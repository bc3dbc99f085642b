// The project of the six-step story: a small task API whose routes use `models` and never import it.
#pragma once

#include "tests/support/rig.h"

namespace autofix::test {

inline constexpr const char* kRoutes =
    "\"\"\"What the task API answers.\"\"\"\n\n\ndef create_task(title):\n    task = models.Task(title)\n"
    "    return {\"title\": task.title, \"done\": task.done}\n";
inline constexpr const char* kFixedRoutes =
    "\"\"\"What the task API answers.\"\"\"\n\nfrom app import models\n\n\ndef create_task(title):\n"
    "    task = models.Task(title)\n    return {\"title\": task.title, \"done\": task.done}\n";

inline Files task_api() {
  return {{"app/__init__.py", ""},
          {"app/models.py",
           "class Task:\n    def __init__(self, title):\n        self.title = title\n        self.done = "
           "False\n"},
          {"app/routes.py", kRoutes},
          {"tests/test_routes.py",
           "from app.routes import create_task\n\n\ndef test_create_task():\n"
           "    assert create_task(\"write\") == {\"title\": \"write\", \"done\": False}\n"}};
}

/// What pytest 7.2.1 writes for it with `--junitxml`, in its folder.
inline std::string failed_report(const std::string& project) {
  return R"(<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="0" failures="1" skipped="0" tests="1" time="0.012"><testcase classname="tests.test_routes" name="test_create_task" time="0.001"><failure message="NameError: name 'models' is not defined">def test_create_task():
&gt;       assert create_task("write") == {"title": "write", "done": False}

tests/test_routes.py:5: 
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ 

title = 'write'

    def create_task(title):
&gt;       task = models.Task(title)
E       NameError: name 'models' is not defined

)" + project +
         R"(/app/routes.py:5: NameError</failure></testcase></testsuite></testsuites>)";
}

inline std::string fix_reply() {
  return "Missing import of models in routes.\n\n" +
         block("app/routes.py", "\"\"\"What the task API answers.\"\"\"\n",
               "\"\"\"What the task API answers.\"\"\"\n\nfrom app import models\n");
}

inline nlohmann::json routes_diagnostic() {
  return {{"range", {{"start", {{"line", 4}, {"character", 11}}}, {"end", {{"line", 4}, {"character", 17}}}}},
          {"severity", 1},
          {"source", "Pyright"},
          {"message", "\"models\" is not defined"}};
}

}  // namespace autofix::test
