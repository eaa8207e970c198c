# What `cmake --install` puts on a machine: the library, its public headers, the executable, and the two ways to find
# them again: find_package(freshet CONFIG) and pkg-config.
#
# A shared libfreshet brings its private dependencies along. A static one cannot: its users must link them. They are
# named twice, for CMake and for pkg-config; both come from the lists that the rooms filled (rooms.cmake).

include(CMakePackageConfigHelpers)

# The link name of a library file: /usr/lib/libzstd.so.1 is zstd.
function(freshet_link_name file result)
  get_filename_component(name "${file}" NAME)
  string(REGEX REPLACE "\\.(so|a)([.0-9]*)$" "" name "${name}")
  string(REGEX REPLACE "^lib" "" name "${name}")
  set(${result} "${name}" PARENT_SCOPE)
endfunction()

# The link names behind one LIBRARIES entry of a room. Header-only targets have none.
function(freshet_link_names library result)
  set(names "")
  if(TARGET ${library})
    get_target_property(type ${library} TYPE)
    set(location "")
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      get_target_property(location ${library} LOCATION)
    endif()
    if(location)
      freshet_link_name("${location}" name)
      list(APPEND names ${name})
    endif()
    get_target_property(further ${library} INTERFACE_LINK_LIBRARIES)
    if(further)
      foreach(item ${further})
        if(NOT item MATCHES "\\$<")
          freshet_link_names("${item}" more)
          list(APPEND names ${more})
        endif()
      endforeach()
    endif()
  elseif(IS_ABSOLUTE "${library}")
    freshet_link_name("${library}" name)
    list(APPEND names ${name})
  elseif(library MATCHES "^-l(.+)$")
    list(APPEND names ${CMAKE_MATCH_1})
  elseif(NOT library MATCHES "^-" AND NOT library MATCHES "::")
    list(APPEND names ${library})
  endif()
  set(${result} "${names}" PARENT_SCOPE)
endfunction()

set(FRESHET_PRIVATE_MODULES "")
set(FRESHET_PRIVATE_NAMES "")
get_target_property(freshet_type freshet TYPE)
if(freshet_type STREQUAL "STATIC_LIBRARY")
  get_property(FRESHET_PRIVATE_MODULES GLOBAL PROPERTY FRESHET_PKGCONFIG)
  get_property(libraries GLOBAL PROPERTY FRESHET_LIBRARIES)
  foreach(library ${libraries})
    freshet_link_names("${library}" names)
    list(APPEND FRESHET_PRIVATE_NAMES ${names})
  endforeach()
  list(REMOVE_DUPLICATES FRESHET_PRIVATE_MODULES)
  list(REMOVE_DUPLICATES FRESHET_PRIVATE_NAMES)
  foreach(name ${FRESHET_PRIVATE_NAMES})
    target_link_libraries(freshet INTERFACE $<INSTALL_INTERFACE:${name}>)
  endforeach()
endif()

install(TARGETS freshet EXPORT freshet-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/freshet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The target of the executable is freshet_tool; its file is called freshet.
if(TARGET freshet_tool)
  install(TARGETS freshet_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(freshet_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/freshet)
install(EXPORT freshet-targets NAMESPACE freshet:: DESTINATION ${freshet_package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/freshet-config.cmake.in
  ${PROJECT_BINARY_DIR}/package/freshet-config.cmake INSTALL_DESTINATION ${freshet_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/freshet-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/freshet-config.cmake
  ${PROJECT_BINARY_DIR}/package/freshet-config-version.cmake DESTINATION ${freshet_package_dir})

# The prefix is found from where the .pc file lies: `cmake --install --prefix` may differ from the configured one.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(FRESHET_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
  set(FRESHET_PC_LIBDIR "${CMAKE_INSTALL_LIBDIR}")
else()
  file(RELATIVE_PATH up "/p/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/p")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(FRESHET_PC_PREFIX "\${pcfiledir}/${up}")
  set(FRESHET_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(FRESHET_PC_INCLUDEDIR "${CMAKE_INSTALL_INCLUDEDIR}")
else()
  set(FRESHET_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
string(REPLACE ";" ", " FRESHET_PC_REQUIRES "${FRESHET_PRIVATE_MODULES}")
list(TRANSFORM FRESHET_PRIVATE_NAMES PREPEND "-l" OUTPUT_VARIABLE freshet_flags)
list(JOIN freshet_flags " " FRESHET_PC_LIBS)
configure_file(${PROJECT_SOURCE_DIR}/cmake/freshet.pc.in ${PROJECT_BINARY_DIR}/package/freshet.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/freshet.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
