# What a plugin can see of the SDK, and the number that its ABI stamp carries for it.
#
# The contract is the headers that a plugin may include (MODELHOST_CONTRACT_HEADERS) with everything that they include.
# A header outside of it may change without a plugin noticing, so it does not count; modelhost_write_wall sees to it that
# no plugin includes one. Capabilities (model/capability.h) are headers that a plugin may include and that have numbers of
# their own: they count for those plugins that declare them. Works as a script too: tests/plugin/contract_hash_test.cpp tries it on small trees.

# Patterns below the include folder. A new header in one of these folders is part of the contract by itself.
set(MODELHOST_CONTRACT_HEADERS
  modelhost/plugin/plugin.h
  modelhost/base/error_codes.h
  modelhost/base/log.h
  modelhost/config/*.h
  modelhost/model/*.h
  modelhost/nn/*.h)

set(MODELHOST_CAPABILITY_HEADERS modelhost/capabilities/*.h)

# modelhost_headers_reached(<output> <include folder> <pattern>...): the headers that match and those that they include,
# sorted, as they are written in an #include. Names that the folder lacks are other people's headers, or generated.
function(modelhost_headers_reached output folder)
  list(TRANSFORM ARGN PREPEND "${folder}/")
  file(GLOB _waiting RELATIVE "${folder}" ${ARGN})
  set(_reached)
  while(_waiting)
    list(POP_FRONT _waiting _header)
    if(_header IN_LIST _reached OR NOT EXISTS "${folder}/${_header}")
      continue()
    endif()
    list(APPEND _reached "${_header}")
    file(STRINGS "${folder}/${_header}" _lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]modelhost/")
    foreach(_line IN LISTS _lines)
      string(REGEX REPLACE "^[^<\"]*[<\"]([^>\"]*).*" "\\1" _included "${_line}")
      list(APPEND _waiting "${_included}")
    endforeach()
  endwhile()
  list(SORT _reached)
  set(${output} "${_reached}" PARENT_SCOPE)
endfunction()

# modelhost_header_hash(<output> <include folder> <header>...): 16 hexadecimal digits for names and contents.
function(modelhost_header_hash output folder)
  set(_digest "")
  foreach(_header IN LISTS ARGN)
    file(SHA256 "${folder}/${_header}" _hash)
    string(APPEND _digest "${_header} ${_hash}\n")
  endforeach()
  string(SHA256 _digest "${_digest}")
  string(SUBSTRING "${_digest}" 0 16 _digest)
  set(${output} "${_digest}" PARENT_SCOPE)
endfunction()

# modelhost_write_capability_numbers(<file> <include folder> <header of the contract>...): a header with one number a
# capability, MODELHOST_CAPABILITY_<name>: the hash of its header with all that comes with it beyond the contract.
function(modelhost_write_capability_numbers file folder)
  set(_text "// Written by CMake: what a capability's header looks like (modelhost/model/capability.h).\n#pragma once\n")
  modelhost_headers_reached(_capabilities "${folder}" ${MODELHOST_CAPABILITY_HEADERS})
  list(FILTER _capabilities INCLUDE REGEX "^modelhost/capabilities/")
  foreach(_header IN LISTS _capabilities)
    modelhost_headers_reached(_reached "${folder}" ${_header})
    if(ARGN)
      list(REMOVE_ITEM _reached ${ARGN})
    endif()
    modelhost_header_hash(_hash "${folder}" ${_reached})
    get_filename_component(_name "${_header}" NAME_WE)
    string(APPEND _text "#define MODELHOST_CAPABILITY_${_name} 0x${_hash}ULL\n")
  endforeach()
  file(CONFIGURE OUTPUT "${file}" CONTENT "${_text}" @ONLY)
endfunction()

# modelhost_write_wall(<wall> <include folder> <header>...): for each header of the folder but those given one of the
# same name in <wall> that says why a plugin cannot have it. Plugins search <wall> first.
function(modelhost_write_wall wall folder)
  file(REMOVE_RECURSE "${wall}")
  file(GLOB_RECURSE _headers RELATIVE "${folder}" "${folder}/*.h")
  if(ARGN)
    list(REMOVE_ITEM _headers ${ARGN})
  endif()
  foreach(_header IN LISTS _headers)
    file(WRITE "${wall}/${_header}"
      "#error \"${_header} is for programs: it may change under a plugin, whose ABI stamp does not cover it\"\n")
  endforeach()
endfunction()
