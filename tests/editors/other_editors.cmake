# Editors other than Neovim and VS Code, the real ones: what each shares with the others is in one_fix.py.
set(other_editors ${PROJECT_BINARY_DIR}/editors)

# editor_test(EDITOR PROGRAM CASE…): tests that EDITOR_test.py drives PROGRAM in.
function(editor_test editor program)
  foreach(case ${ARGN})
    set(name "editor: ${editor}, ${case}")
    add_test(NAME ${name} COMMAND ${SYSTEM_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/editors/${editor}_test.py ${program}
                                  $<TARGET_FILE:autofix> $<TARGET_FILE:fake_provider> ${meta_model} ${case})
    set(needed meta_model)
    if(NOT editor STREQUAL vim)  # the system's own
      list(APPEND needed editor_${editor})
    endif()
    set_tests_properties(${name} PROPERTIES LABELS "once;editor" TIMEOUT 300 FIXTURES_REQUIRED "${needed}")
  endforeach()
endfunction()

foreach(editor helix emacs)
  add_test(NAME "editor: ${editor} of trixie is unpacked"
           COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/editors/${editor}/fetch.sh trixie ${other_editors}/${editor})
  set_tests_properties("editor: ${editor} of trixie is unpacked" PROPERTIES FIXTURES_SETUP editor_${editor}
                       LABELS "once;editor" TIMEOUT 300 RESOURCE_LOCK apt)
endforeach()
editor_test(helix ${other_editors}/helix/hx fix report)
editor_test(emacs ${other_editors}/emacs/emacs fix report slow gives_up lsp_mode)
editor_test(vim /usr/bin/vim fix wide report new_file stale)
