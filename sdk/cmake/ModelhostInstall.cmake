# The CMake package `modelhost`: headers, library, targets and modelhost_add_plugin().
include(CMakePackageConfigHelpers)
set(_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/modelhost)

install(DIRECTORY include/ "${CMAKE_CURRENT_BINARY_DIR}/include/" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/wall/" DESTINATION ${_package_dir}/wall)
install(TARGETS modelhost_sdk modelhost_testing modelhost_plugin_wall EXPORT modelhostTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT modelhostTargets NAMESPACE modelhost:: DESTINATION ${_package_dir})
configure_package_config_file(cmake/modelhostConfig.cmake.in modelhostConfig.cmake INSTALL_DESTINATION ${_package_dir})
write_basic_package_version_file(modelhostConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  "${CMAKE_CURRENT_BINARY_DIR}/modelhostConfig.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/modelhostConfigVersion.cmake"
  cmake/ModelhostTorch.cmake cmake/ModelhostPlugin.cmake cmake/plugin.version
  DESTINATION ${_package_dir})
