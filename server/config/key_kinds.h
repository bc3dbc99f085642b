// The kinds of values that keys have: what each takes, and its schema. For the tables of keys only.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "server/config/key_table.h"

namespace autofix::config {

using nlohmann::json;

inline std::string expected(const std::string& what) {
  return what + " is expected";
}

// Each of these makes the three functions of one kind of key. `field` is a function that names the field.

template <auto field>
std::string take_boolean(const json& value, Config& config, ProjectMay) {
  if (!value.is_boolean()) return expected("true or false");
  field(config) = value.get<bool>();
  return {};
}

template <auto field>
json show(const Config& config) {
  return field(const_cast<Config&>(config));
}

inline json boolean_schema() {
  return {{"type", "boolean"}};
}

template <int least, int most>
json integer_schema() {
  return {{"type", "integer"}, {"minimum", least}, {"maximum", most}};
}

template <auto field, int least, int most>
std::string take_integer(const json& value, Config& config, ProjectMay how) {
  if (!value.is_number_integer() || value.get<double>() < least || value.get<double>() > most) {
    return expected("a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  const int number = value.get<int>();
  if (how == ProjectMay::lower && number > field(config)) return "a project may only lower this";
  field(config) = number;
  return {};
}

inline json number_schema() {
  return {{"type", "number"}, {"minimum", 0}};
}

template <auto field>
std::string take_number(const json& value, Config& config, ProjectMay how) {
  if (!value.is_number() || !std::isfinite(value.get<double>()) || value.get<double>() < 0) {
    return expected("a number of at least 0");
  }
  const double number = value.get<double>();
  if (how == ProjectMay::lower && number > field(config)) return "a project may only lower this";
  field(config) = number;
  return {};
}

inline json string_schema() {
  return {{"type", "string"}};
}

template <auto field>
std::string take_string(const json& value, Config& config, ProjectMay) {
  if (!value.is_string()) return expected("a string");
  field(config) = value.get<std::string>();
  return {};
}

inline json list_schema() {
  return {{"type", "array"}, {"items", {{"type", "string"}}}};
}

template <auto field>
std::string take_list(const json& value, Config& config, ProjectMay how) {
  if (!value.is_array()) return expected("an array of strings");
  std::vector<std::string> list;
  for (const json& item : value) {
    if (!item.is_string()) return expected("an array of strings");
    list.push_back(item.get<std::string>());
  }
  std::vector<std::string>& target = field(config);
  if (how == ProjectMay::add) {
    target.insert(target.end(), list.begin(), list.end());
    return {};
  }
  const bool takes_all = std::ranges::find(target, "*") != target.end();
  std::string left_out;
  if (how == ProjectMay::narrow && !takes_all) {
    if (std::ranges::find(list, "*") != list.end()) return {};  // all that the user allows
    // What both want: a project that asks for less gets less, also when it names something more.
    std::erase_if(list, [&](const std::string& item) {
      const bool is_new = std::ranges::find(target, item) == target.end();
      if (is_new) left_out += (left_out.empty() ? "" : ", ") + item;
      return is_new;
    });
  }
  target = std::move(list);
  return left_out.empty() ? std::string() : "a project may only narrow this: left out " + left_out;
}

template <const auto& names>
json choice_schema() {
  json list = json::array();
  for (const char* name : names) list.push_back(name);
  return {{"enum", std::move(list)}};
}

template <const auto& names>
int choice_of(const json& value) {
  if (!value.is_string()) return -1;
  for (std::size_t at = 0; at < names.size(); ++at) {
    if (value == names[at]) return static_cast<int>(at);
  }
  return -1;
}

template <const auto& names>
std::string wrong_choice() {
  std::string list;
  for (const char* name : names) list += (list.empty() ? "" : ", ") + std::string(name);
  return expected("one of " + list);
}

template <const auto& names, auto field>
std::string take_choice(const json& value, Config& config, ProjectMay how) {
  const int wanted = choice_of<names>(value);
  if (wanted < 0) return wrong_choice<names>();
  const int now = choice_of<names>(field(config));
  if (how == ProjectMay::stricter && wanted < now) return "a project may only make this stricter";
  field(config) = names[static_cast<std::size_t>(wanted)];
  return {};
}

}  // namespace autofix::config
