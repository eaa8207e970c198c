# A room is one folder of src/: an object library `freshet_<room>`, and its unit tests beside its sources.
#
#   freshet_room(NAME SOURCES a.cc ... TESTS a_test.cc ... USES other_room ... LIBRARIES target ...)
#
# All rooms together are the library `freshet`.

set_property(GLOBAL PROPERTY FRESHET_ROOMS "")
set_property(GLOBAL PROPERTY FRESHET_LIBRARIES "")

function(freshet_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
    -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wimplicit-fallthrough)
  if(FRESHET_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

function(freshet_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;TESTS;USES;LIBRARIES" ${ARGN})
  if(NOT ROOM_SOURCES)
    return()
  endif()
  add_library(freshet_${name} OBJECT ${ROOM_SOURCES})
  freshet_warnings(freshet_${name})
  target_include_directories(freshet_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(freshet_${name} PUBLIC Threads::Threads ${ROOM_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY FRESHET_ROOMS freshet_${name})
  set_property(GLOBAL APPEND PROPERTY FRESHET_LIBRARIES ${ROOM_LIBRARIES})

  if(FRESHET_BUILD_TESTS AND ROOM_TESTS)
    add_executable(freshet_${name}_test ${ROOM_TESTS})
    freshet_warnings(freshet_${name}_test)
    target_include_directories(freshet_${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(freshet_${name}_test PRIVATE freshet_${name} ${ROOM_LIBRARIES} GTest::gtest_main)
    foreach(used ${ROOM_USES})
      target_link_libraries(freshet_${name}_test PRIVATE freshet_${used})
    endforeach()
    gtest_discover_tests(freshet_${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60)
  endif()
endfunction()

# The installed library: every room in one archive (or shared object, with BUILD_SHARED_LIBS).
function(freshet_library)
  get_property(rooms GLOBAL PROPERTY FRESHET_ROOMS)
  get_property(libraries GLOBAL PROPERTY FRESHET_LIBRARIES)
  add_library(freshet)
  foreach(room ${rooms})
    target_sources(freshet PRIVATE $<TARGET_OBJECTS:${room}>)
  endforeach()
  add_library(freshet::freshet ALIAS freshet)
  set_target_properties(freshet PROPERTIES LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION} SOVERSION 0)
  target_compile_features(freshet PUBLIC cxx_std_20)
  target_include_directories(freshet PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  list(REMOVE_DUPLICATES libraries)
  target_link_libraries(freshet PUBLIC Threads::Threads PRIVATE ${libraries})
endfunction()
