# modelhost_add_tests(NAME <program> FOLDER <folder> LIBRARIES <targets...> [LABELS <labels...>] [TORCH])
#
# One Catch2 program of all <folder>/*_test.cpp; every TEST_CASE is a ctest test. Tests find the
# checkout and the build folder through support/paths.h. A folder without tests adds nothing. Tests with the tag
# [slow] get the label `slow`. TORCH: the tests include LibTorch; all such programs share the precompiled header of the SDK.
include(Catch)

function(modelhost_add_tests)
  cmake_parse_arguments(ARG "TORCH" "NAME;FOLDER" "LIBRARIES;LABELS" ${ARGN})
  file(GLOB _sources CONFIGURE_DEPENDS ${ARG_FOLDER}/*_test.cpp)
  if(NOT _sources)
    return()
  endif()
  add_executable(${ARG_NAME} ${_sources})
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_LIBRARIES} modelhost_test_directories modelhost_test_paths
    Catch2::Catch2WithMain)
  target_include_directories(${ARG_NAME} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  set_target_properties(${ARG_NAME} PROPERTIES UNITY_BUILD OFF)  # helpers of tests share names
  if(ARG_TORCH AND MODELHOST_PCH)
    target_precompile_headers(${ARG_NAME} REUSE_FROM modelhost_sdk)
  endif()
  set(_labels)
  if(ARG_LABELS)
    set(_labels LABELS "${ARG_LABELS}")  # an empty value would make TIMEOUT a label
  endif()
  catch_discover_tests(${ARG_NAME} TEST_SPEC "~[slow]" DISCOVERY_MODE PRE_TEST PROPERTIES ${_labels} TIMEOUT 300)
  foreach(_source IN LISTS _sources)
    file(STRINGS "${_source}" _slow REGEX "\\[slow\\]")
    if(_slow)
      catch_discover_tests(${ARG_NAME} TEST_SPEC "[slow]"
        DISCOVERY_MODE PRE_TEST PROPERTIES LABELS slow TIMEOUT 600)
      break()
    endif()
  endforeach()
endfunction()

# modelhost_add_reference_check(NAME <sentence> SCRIPT <file> [ARGUMENTS ...] [LABELS ...])
#
# A ctest test that compares with Python, live. It exists where `./tools/setup --reference` installed transformers.
file(GLOB _modelhost_transformers "${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/transformers")
if(NOT _modelhost_transformers)
  message(STATUS "no transformers in .venv: comparisons with Python are left out (./tools/setup --reference)")
endif()

function(modelhost_add_reference_check)
  cmake_parse_arguments(ARG "" "NAME;SCRIPT" "ARGUMENTS;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS reference)
  endif()
  if(_modelhost_transformers)
    add_test(NAME "${ARG_NAME}" COMMAND "${PROJECT_SOURCE_DIR}/.venv/bin/python" "${ARG_SCRIPT}" ${ARG_ARGUMENTS}
      --program $<TARGET_FILE:modelhost>)
    set_tests_properties("${ARG_NAME}" PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 600)
  endif()
endfunction()
