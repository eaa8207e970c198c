# A room is one folder of src/: an object library `freshet_<room>`, and its unit tests beside its sources.
#
#   freshet_room(NAME SOURCES a.cc ... TESTS a_test.cc ... USES other_room ...
#                PKGCONFIG module ... LIBRARIES target ... LABELS label ...)
#
#   USES       rooms whose objects the unit tests need besides their own
#   PKGCONFIG  private dependencies by their pkg-config name (libzstd); an installed static library names them again
#   LIBRARIES  other private dependencies: imported targets or plain link names
#   LABELS     further ctest labels of the unit tests
#
# All rooms together are the library `freshet`.

set_property(GLOBAL PROPERTY FRESHET_ROOMS "")
set_property(GLOBAL PROPERTY FRESHET_LIBRARIES "")
set_property(GLOBAL PROPERTY FRESHET_PKGCONFIG "")

function(freshet_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
    -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wimplicit-fallthrough)
  if(FRESHET_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  # GCC 12 warns of impossible overlaps in std::string's own code (GCC bug 105651), and of an std::optional that it takes
  # for engaged although nobody engaged it (GCC bug 80635).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-maybe-uninitialized)
  endif()
endfunction()

# Imported targets are visible only in the folder that found them; the library is put together one folder above.
function(freshet_share_target library)
  if(TARGET ${library})
    get_target_property(is_imported ${library} IMPORTED)
    get_target_property(is_global ${library} IMPORTED_GLOBAL)
    if(is_imported AND NOT is_global)
      set_target_properties(${library} PROPERTIES IMPORTED_GLOBAL TRUE)
    endif()
  endif()
endfunction()

function(freshet_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;TESTS;USES;PKGCONFIG;LIBRARIES;LABELS" ${ARGN})
  if(ROOM_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "freshet_room(${name}): unknown arguments: ${ROOM_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ROOM_SOURCES)
    return()
  endif()

  set(modules "")
  if(ROOM_PKGCONFIG)
    pkg_check_modules(FRESHET_${name} REQUIRED IMPORTED_TARGET ${ROOM_PKGCONFIG})
    set(modules PkgConfig::FRESHET_${name})
  endif()
  foreach(library ${modules} ${ROOM_LIBRARIES})
    freshet_share_target(${library})
  endforeach()

  add_library(freshet_${name} OBJECT ${ROOM_SOURCES})
  freshet_warnings(freshet_${name})
  target_include_directories(freshet_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(freshet_${name} PUBLIC Threads::Threads ${modules} ${ROOM_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY FRESHET_ROOMS freshet_${name})
  set_property(GLOBAL APPEND PROPERTY FRESHET_PKGCONFIG ${ROOM_PKGCONFIG})
  set_property(GLOBAL APPEND PROPERTY FRESHET_PKGCONFIG_TARGETS ${modules})
  set_property(GLOBAL APPEND PROPERTY FRESHET_LIBRARIES ${ROOM_LIBRARIES})

  if(FRESHET_BUILD_TESTS AND ROOM_TESTS)
    freshet_test(${name} SOURCES ${ROOM_TESTS} ROOMS ${name} ${ROOM_USES} LABELS unit ${ROOM_LABELS})
  endif()
endfunction()

# The library itself: every room in one archive (or shared object, with BUILD_SHARED_LIBS). Its private dependencies are
# linked while building only; cmake/install.cmake names them to the users of an installed static library.
function(freshet_library)
  get_property(rooms GLOBAL PROPERTY FRESHET_ROOMS)
  get_property(modules GLOBAL PROPERTY FRESHET_PKGCONFIG_TARGETS)
  get_property(libraries GLOBAL PROPERTY FRESHET_LIBRARIES)
  add_library(freshet)
  add_library(freshet::freshet ALIAS freshet)
  foreach(room ${rooms})
    target_sources(freshet PRIVATE $<TARGET_OBJECTS:${room}>)
  endforeach()
  # Before 1.0 every minor version may change the ABI.
  set_target_properties(freshet PROPERTIES LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_compile_features(freshet PUBLIC cxx_std_20)
  target_include_directories(freshet PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(freshet PUBLIC Threads::Threads)
  foreach(library ${modules} ${libraries})
    target_link_libraries(freshet PRIVATE $<BUILD_INTERFACE:${library}>)
  endforeach()
endfunction()
