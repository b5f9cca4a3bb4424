# modelhost_add_tests(NAME <program> FOLDER <folder> LIBRARIES <targets...> [LABELS <labels...>] [TORCH] [BY_FILE])
#
# One Catch2 program of all <folder>/*_test.cpp. The whole program is one ctest test, for starting it, with LibTorch, takes
# longer than most test cases. With BY_FILE each file of it is one, <program>.<file>: where cases start programs and wait for
# them. Cases with the tag [slow] are a test apart with that label. Tests find the checkout and the build folder through
# support/paths.h. A folder without tests adds nothing.
# TORCH: the tests include LibTorch; all such programs share the precompiled header of the SDK.

function(modelhost_add_tests)
  cmake_parse_arguments(ARG "TORCH;BY_FILE" "NAME;FOLDER" "LIBRARIES;LABELS" ${ARGN})
  file(GLOB _sources CONFIGURE_DEPENDS ${ARG_FOLDER}/*_test.cpp)
  if(NOT _sources)
    return()
  endif()
  add_executable(${ARG_NAME} ${_sources})
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_LIBRARIES} modelhost_test_directories modelhost_test_paths
    Catch2::Catch2WithMain)
  target_include_directories(${ARG_NAME} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  if(ARG_TORCH AND MODELHOST_PCH)
    target_precompile_headers(${ARG_NAME} REUSE_FROM modelhost_sdk)
  endif()
  if(ARG_TORCH)
    # LibTorch has a CHECK of its own: in a batch of sources it must come before Catch2's, once for all of them.
    set_target_properties(${ARG_NAME} PROPERTIES UNITY_BUILD_CODE_BEFORE_INCLUDE
      "#include <c10/util/Logging.h>\n#include <catch2/catch_test_macros.hpp>")
  endif()
  if(ARG_BY_FILE)
    foreach(_source IN LISTS _sources)
      get_filename_component(_file "${_source}" NAME_WE)
      string(REGEX REPLACE "_test$" "" _name "${_file}")
      _modelhost_add_cases(${ARG_NAME} ${ARG_NAME}.${_name} "[#${_file}]" "${ARG_LABELS}" "${_source}")
    endforeach()
  else()
    _modelhost_add_cases(${ARG_NAME} ${ARG_NAME} "" "${ARG_LABELS}" "${_sources}")
  endif()
endfunction()

# The ctest tests <name> and "<name> (slow)" of those cases that a filter of Catch2 chooses; the sources say whether there are any.
function(_modelhost_add_cases program name filter labels sources)
  set(_slow)
  set(_all)
  foreach(_source IN LISTS sources)
    file(STRINGS "${_source}" _found REGEX "^(TEMPLATE_)?TEST_CASE")
    list(APPEND _all ${_found})
    file(STRINGS "${_source}" _found REGEX "\"\\[slow\\]\"")
    list(APPEND _slow ${_found})
  endforeach()
  list(LENGTH _all _all)
  list(LENGTH _slow _slow)
  if(_all GREATER _slow)
    _modelhost_add_ctest("${name}" ${program} "${filter}~[slow]" 1200 "${labels}")
  endif()
  if(_slow GREATER 0)
    _modelhost_add_ctest("${name} (slow)" ${program} "${filter}[slow]" 1200 "${labels};slow")
  endif()
endfunction()

function(_modelhost_add_ctest name program filter timeout labels)
  add_test(NAME "${name}" COMMAND ${program} --filenames-as-tags "${filter}")
  # Skipped where every case was. Not by Catch2's exit status for it, 4: before release 3.5 that also means 4 failures.
  set_tests_properties("${name}" PROPERTIES TIMEOUT ${timeout}
    SKIP_REGULAR_EXPRESSION "test cases: +[0-9]+ [|] +[0-9]+ skipped.assertions: - none -")
  list(REMOVE_ITEM labels "")
  if(labels)  # an empty value would make TIMEOUT a label
    set_tests_properties("${name}" PROPERTIES LABELS "${labels}")
  endif()
endfunction()

# modelhost_add_reference_check(NAME <sentence> SCRIPT <file> [ARGUMENTS ...] [LABELS ...])
#
# A comparison with Python, live; the script also gets `--program <modelhost>`. All of them are one ctest test, in one process,
# since starting Python with transformers takes longer than most. Those with the label `slow` are a test each. They are skipped
# where transformers is not installed (./tools/setup --reference).
function(modelhost_add_reference_check)
  cmake_parse_arguments(ARG "" "NAME;SCRIPT" "ARGUMENTS;LABELS" ${ARGN})
  set(_arguments)
  foreach(_argument IN LISTS ARG_ARGUMENTS)
    string(APPEND _arguments "\"${_argument}\", ")
  endforeach()
  set(_check "[\"${ARG_NAME}\", \"${ARG_SCRIPT}\", [${_arguments}\"--program\", \"$<TARGET_FILE:modelhost>\"]]")
  if("slow" IN_LIST ARG_LABELS)
    string(MAKE_C_IDENTIFIER "${ARG_NAME}" _file)
    _modelhost_add_python("${ARG_NAME}" "reference_checks/${_file}.json" "${_check}" "${ARG_LABELS}")
  else()
    set_property(GLOBAL APPEND PROPERTY MODELHOST_REFERENCE_CHECKS "${_check}")
  endif()
endfunction()

# The test of all comparisons that were added so far.
function(modelhost_run_reference_checks)
  get_property(_checks GLOBAL PROPERTY MODELHOST_REFERENCE_CHECKS)
  list(JOIN _checks ",\n" _checks)
  _modelhost_add_python("comparisons with Python" reference_checks.json "${_checks}" reference)
endfunction()

function(_modelhost_add_python name file checks labels)
  file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/${file}" CONTENT "[${checks}]\n")
  set(_python "${PROJECT_SOURCE_DIR}/.venv/bin/python")
  if(NOT EXISTS "${_python}")
    find_program(_modelhost_python python3)
    set(_python "${_modelhost_python}")
  endif()
  add_test(NAME "${name}"
    COMMAND "${_python}" "${PROJECT_SOURCE_DIR}/tests/reference/run_checks.py" "${PROJECT_BINARY_DIR}/${file}")
  # First, for nothing takes as long. Bytecode is kept: without it importing torch takes five times as long.
  set_tests_properties("${name}" PROPERTIES LABELS "${labels}" COST 1000 TIMEOUT 1800 SKIP_RETURN_CODE 77
    ENVIRONMENT_MODIFICATION "PYTHONDONTWRITEBYTECODE=unset:;OMP_NUM_THREADS=set:1")
endfunction()
