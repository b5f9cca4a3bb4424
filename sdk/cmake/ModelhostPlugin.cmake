# modelhost_add_plugin(NAME <name> MANIFEST <file.plugin.yaml> SOURCES <files...>
#                      [GOLDENS <folder>] [TESTS <folder>] [DESTINATION <folder>] [TEST_ONLY] [NO_CONFORMANCE])
#
# Builds lib<name>.so as a modelhost plugin and lays it beside its manifest in <build>/plugins/<name>/, where
# `modelhost --plugin-dir <build>/plugins` finds it; so does conformance.json, where there is one beside the manifest.
# Only the two symbols of the plugin contract are exported, and only headers of the contract can be included. Where the
# program is installed, or built here, the test <name>.conformance runs `modelhost check-plugin`, with the golden checkpoints in GOLDENS.
# TESTS: in modelhost's own tree, where tests are built, <folder>/*_test.cpp become the program test_<name>, which sees
# the plugin's classes, and <folder>/check_against_transformers.py becomes the test "random <name> models agree with
# transformers". The classes are compiled once.
# NO_CONFORMANCE: without that test, for a plugin whose classes are no models.
# TEST_ONLY: the plugin serves tests, so it is not installed. The names of the others are collected in the global
# property MODELHOST_PLUGIN_TARGETS.
set(_MODELHOST_PLUGIN_VERSION_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/plugin.version")

function(_modelhost_add_conformance_test name manifest goldens)
  foreach(_program modelhost::modelhost modelhost)
    if(TARGET ${_program})
      set(_command ${_program} check-plugin "${manifest}" --only-failed)
      if(goldens)
        get_filename_component(goldens "${goldens}" ABSOLUTE)
        if(NOT IS_DIRECTORY "${goldens}")
          message(FATAL_ERROR "modelhost_add_plugin(NAME ${name} …): GOLDENS names no folder: ${goldens}")
        endif()
        list(APPEND _command --goldens "${goldens}")
      endif()
      add_test(NAME ${name}.conformance COMMAND ${_command})
      set_tests_properties(${name}.conformance PROPERTIES TIMEOUT 600)
      return()
    endif()
  endforeach()
endfunction()

# Sources as every plugin's are compiled. -fno-gnu-unique and hidden visibility keep two plugins with equal names apart.
function(_modelhost_compile_as_plugin target sources)
  target_link_libraries(${target} PRIVATE modelhost::plugin_wall PUBLIC modelhost::sdk)  # in this order: the first folder counts
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  set_target_properties(${target} PROPERTIES
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
  if(DEFINED MODELHOST_PCH AND NOT MODELHOST_PCH)
    return()
  endif()
  list(LENGTH sources _count)
  if(TARGET modelhost_plugin_pch)
    target_precompile_headers(${target} REUSE_FROM modelhost_plugin_pch)
  elseif(_count GREATER 2)  # for fewer files it costs more than it saves
    target_precompile_headers(${target} PRIVATE <torch/nn/module.h>)
  endif()
endfunction()

function(_modelhost_add_plugin_tests name folder)
  if(NOT COMMAND modelhost_add_tests)
    return()
  endif()
  get_filename_component(folder "${folder}" ABSOLUTE)
  modelhost_add_tests(NAME test_${name} FOLDER "${folder}" LIBRARIES ${name}_classes modelhost::testing
    LABELS ${name} TORCH)
  if(EXISTS "${folder}/check_against_transformers.py")
    modelhost_add_reference_check(NAME "random ${name} models agree with transformers"
      SCRIPT "${folder}/check_against_transformers.py" ARGUMENTS -n 36 --seed 3)
  endif()
endfunction()

function(modelhost_add_plugin)
  cmake_parse_arguments(ARG "TEST_ONLY;NO_CONFORMANCE" "NAME;MANIFEST;DESTINATION;GOLDENS;TESTS" "SOURCES" ${ARGN})
  if(NOT ARG_NAME OR NOT ARG_MANIFEST OR NOT ARG_SOURCES)
    message(FATAL_ERROR "modelhost_add_plugin needs NAME, MANIFEST and SOURCES")
  endif()
  if(NOT ARG_DESTINATION)
    set(ARG_DESTINATION "${CMAKE_BINARY_DIR}/plugins/${ARG_NAME}")
  endif()
  if(ARG_TESTS)
    add_library(${ARG_NAME}_classes OBJECT ${ARG_SOURCES})
    target_include_directories(${ARG_NAME}_classes PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}")
    _modelhost_compile_as_plugin(${ARG_NAME}_classes "${ARG_SOURCES}")
    add_library(${ARG_NAME} MODULE $<TARGET_OBJECTS:${ARG_NAME}_classes>)
    target_link_libraries(${ARG_NAME} PRIVATE modelhost::sdk)
    set_target_properties(${ARG_NAME} PROPERTIES LINKER_LANGUAGE CXX)
    _modelhost_add_plugin_tests(${ARG_NAME} "${ARG_TESTS}")
  else()
    add_library(${ARG_NAME} MODULE ${ARG_SOURCES})
    _modelhost_compile_as_plugin(${ARG_NAME} "${ARG_SOURCES}")
  endif()
  target_link_options(${ARG_NAME} PRIVATE
    "LINKER:--version-script=${_MODELHOST_PLUGIN_VERSION_SCRIPT}" "LINKER:-z,now" "LINKER:-z,nodelete")
  if(NOT MODELHOST_SANITIZE AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    target_link_options(${ARG_NAME} PRIVATE "LINKER:-z,defs")  # a sanitizer's runtime comes from the program
  endif()
  set_target_properties(${ARG_NAME} PROPERTIES
    LINK_DEPENDS "${_MODELHOST_PLUGIN_VERSION_SCRIPT}"
    LIBRARY_OUTPUT_DIRECTORY "${ARG_DESTINATION}")

  get_filename_component(_manifest_name "${ARG_MANIFEST}" NAME)
  get_filename_component(_manifest "${ARG_MANIFEST}" ABSOLUTE)
  get_filename_component(_manifest_folder "${_manifest}" DIRECTORY)
  configure_file("${ARG_MANIFEST}" "${ARG_DESTINATION}/${_manifest_name}" COPYONLY)
  if(EXISTS "${_manifest_folder}/conformance.json")
    configure_file("${_manifest_folder}/conformance.json" "${ARG_DESTINATION}/conformance.json" COPYONLY)
  endif()
  if(NOT ARG_NO_CONFORMANCE)
    _modelhost_add_conformance_test(${ARG_NAME} "${ARG_DESTINATION}/${_manifest_name}" "${ARG_GOLDENS}")
  endif()
  if(ARG_TEST_ONLY)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY MODELHOST_PLUGIN_TARGETS ${ARG_NAME})
  if(NOT DEFINED CMAKE_INSTALL_LIBDIR)
    include(GNUInstallDirs)
  endif()
  set(_install_dir "${CMAKE_INSTALL_LIBDIR}/modelhost/plugins/${ARG_NAME}")
  set_target_properties(${ARG_NAME} PROPERTIES INSTALL_RPATH "$ORIGIN/../../..")
  install(TARGETS ${ARG_NAME} LIBRARY DESTINATION "${_install_dir}")
  install(FILES "${ARG_MANIFEST}" DESTINATION "${_install_dir}")
endfunction()
