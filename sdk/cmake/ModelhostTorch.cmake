# modelhost::torch: LibTorch as one interface target.
#
# The wheel's include folder also ships fmt and protobuf headers that shadow the system's, so its folders are moved
# to the very end of the search path (-idirafter) instead of being passed as system includes.
#
# Sets modelhost_torch_problem, a sentence, where LibTorch is missing or of another release, and makes no target then.
# Looks where the caller says (Torch_DIR, CMAKE_PREFIX_PATH), in .venv of the source tree, in MODELHOST_TORCH_HINT, and
# last where the system keeps packages.
set(modelhost_torch_problem "")
if(TARGET modelhost::torch)
  return()
endif()

if(NOT DEFINED MODELHOST_TORCH_VERSION)
  set(MODELHOST_TORCH_VERSION 2.13.0)
endif()
file(GLOB _modelhost_torch_prefix "${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch")
# TorchConfig warns about kineto, a profiler that the wheel links statically; nobody can act on it.
set(_modelhost_log_level "${CMAKE_MESSAGE_LOG_LEVEL}")
set(CMAKE_MESSAGE_LOG_LEVEL ERROR)
find_package(Torch QUIET HINTS ${_modelhost_torch_prefix} ${MODELHOST_TORCH_HINT})
set(CMAKE_MESSAGE_LOG_LEVEL "${_modelhost_log_level}")
if(NOT Torch_FOUND)
  set(modelhost_torch_problem "LibTorch ${MODELHOST_TORCH_VERSION} was not found. Pass -DCMAKE_PREFIX_PATH=<folder of LibTorch>; in modelhost's own source tree, run ./tools/setup.")
  return()
endif()
if(NOT Torch_VERSION VERSION_EQUAL MODELHOST_TORCH_VERSION)
  set(modelhost_torch_problem "LibTorch ${Torch_VERSION} was found in ${Torch_DIR}, but modelhost needs exactly ${MODELHOST_TORCH_VERSION}: C++ code that was built for one LibTorch release does not run with another. Pass -DCMAKE_PREFIX_PATH=<folder of LibTorch ${MODELHOST_TORCH_VERSION}>.")
  return()
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
