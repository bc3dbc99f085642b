// Linked into programs built with ThreadSanitizer. Debian's cpp-httplib is a shared library that was built
// without it: the guards of its static regular expressions are not seen, so every second use of one looks
// like a race.
extern "C" const char* __tsan_default_suppressions() {  // NOLINT: the sanitizer's name
  return "race:libcpp-httplib.so\n";
}
