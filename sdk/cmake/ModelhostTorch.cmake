# modelhost::torch: LibTorch as one interface target.
#
# The wheel's include folder also ships fmt and protobuf headers that shadow the system's, so its folders are moved
# to the very end of the search path (-idirafter) instead of being passed as system includes.
if(TARGET modelhost::torch)
  return()
endif()

if(NOT DEFINED MODELHOST_TORCH_VERSION)
  set(MODELHOST_TORCH_VERSION 2.13.0)
endif()
if(NOT Torch_DIR AND NOT CMAKE_PREFIX_PATH AND NOT DEFINED ENV{CMAKE_PREFIX_PATH} AND EXISTS "${PROJECT_SOURCE_DIR}/.venv")
  file(GLOB _modelhost_torch_prefix "${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch")
  list(APPEND CMAKE_PREFIX_PATH ${_modelhost_torch_prefix})
endif()
# TorchConfig warns about kineto, a profiler that the wheel links statically; nobody can act on it.
set(_modelhost_log_level "${CMAKE_MESSAGE_LOG_LEVEL}")
set(CMAKE_MESSAGE_LOG_LEVEL ERROR)
find_package(Torch QUIET)
set(CMAKE_MESSAGE_LOG_LEVEL "${_modelhost_log_level}")
if(NOT Torch_FOUND)
  message(FATAL_ERROR "LibTorch ${MODELHOST_TORCH_VERSION} was not found. Run ./tools/setup, or pass -DCMAKE_PREFIX_PATH=<folder of LibTorch>.")
endif()
if(NOT Torch_VERSION VERSION_EQUAL MODELHOST_TORCH_VERSION)
  message(FATAL_ERROR "LibTorch ${Torch_VERSION} was found in ${TORCH_INSTALL_PREFIX}, but modelhost needs exactly ${MODELHOST_TORCH_VERSION}: "
    "C++ code built for one LibTorch release does not run with another. Pass -DCMAKE_PREFIX_PATH=<folder of LibTorch ${MODELHOST_TORCH_VERSION}>.")
endif()

foreach(_modelhost_target torch torch_library torch_cpu c10)
  if(TARGET ${_modelhost_target})
    set_target_properties(${_modelhost_target} PROPERTIES
      INTERFACE_INCLUDE_DIRECTORIES "" INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "")
  endif()
endforeach()
add_library(modelhost::torch INTERFACE IMPORTED GLOBAL)
foreach(_modelhost_dir IN LISTS TORCH_INCLUDE_DIRS)
  target_compile_options(modelhost::torch INTERFACE "SHELL:-idirafter ${_modelhost_dir}")
endforeach()
target_link_libraries(modelhost::torch INTERFACE ${TORCH_LIBRARIES})
