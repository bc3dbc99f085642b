// A small Python project with one bug: the discount is added where it should be taken off. One of its three
// tests fails.
#pragma once

#include "tests/e2e/verify/proving.h"

namespace autofix::test {

inline constexpr const char* kTotal =
    "\"\"\"What customers pay.\"\"\"\n\n\ndef total(prices, discount=0):\n    result = 0\n"
    "    for price in prices:\n        result += price\n    return result + discount\n";

inline constexpr const char* kTestTotal =
    "from shop.total import total\n\n\ndef test_sum():\n    assert total([2, 3]) == 5\n\n\n"
    "def test_nothing():\n    assert total([]) == 0\n\n\n"
    "def test_discount():\n    assert total([10], discount=4) == 6\n";

inline Files python_shop() {
  return {{"shop/__init__.py", ""}, {"shop/total.py", kTotal}, {"tests/test_total.py", kTestTotal}};
}

inline constexpr const char* kPytest = "/usr/bin/python3 -m pytest -q -p no:cacheprovider";

/// What the three tests show before and after a good fix.
inline constexpr const char* kShopCounts = "failed 1, passed 2 -> failed 0, passed 3";

inline std::string right_shop_fix() {
  return "The discount is taken off.\n\n" +
         block("shop/total.py", "    return result + discount\n", "    return result - discount\n");
}

/// Lines in place of the one with the bug.
inline std::string shop_fix(const std::string& lines) {
  return "It should work now.\n\n" +
         block("shop/total.py", "    return result + discount\n", "    # a_wrong_idea\n" + lines);
}

}  // namespace autofix::test
