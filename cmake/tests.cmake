# Test programs, one function for all, so that labels, timeouts and names are the same everywhere.
#
#   freshet_test(NAME SOURCES a_test.cc ... [ROOMS room ...] [LIBRARIES target ...] [LABELS label ...] [TIMEOUT seconds])
#       A GoogleTest program freshet_<NAME>_test. It links the rooms named, or the whole library when none is. Each of
#       its cases is a ctest test called <NAME>.<Suite>.<Case>.
#
#   freshet_fuzz(NAME SOURCES a.cc ... [MUTATOR m.cc] [ROOMS room ...] [LIBRARIES target ...] [CORPUS folder])
#       A fuzz target fuzz_<NAME>: under the fuzz preset a libFuzzer program, otherwise a test that replays the corpus.
#       MUTATOR: how libFuzzer changes its inputs.
#
# Labels that ./dev test knows:
#   concurrent   also run under the thread sanitizer
#   slow         not run under the address sanitizer
#   no-tsan      never run under the thread sanitizer (many processes, raw fork())

# All programs labelled `concurrent`: what the thread sanitizer's pass builds.
add_custom_target(concurrent_tests)

# What these rooms do, they do with several threads: their unit tests are `concurrent` without saying so.
set(FRESHET_CONCURRENT_ROOMS platform segment store cache)

function(freshet_link_rooms target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src
    ${PROJECT_SOURCE_DIR})
  if(ARGN)
    foreach(room ${ARGN})
      if(TARGET freshet_${room})
        target_link_libraries(${target} PRIVATE freshet_${room})
      endif()
    endforeach()
  else()
    target_link_libraries(${target} PRIVATE freshet)
    # Private headers may include third-party ones that are not on the default path.
    get_property(modules GLOBAL PROPERTY FRESHET_PKGCONFIG_TARGETS)
    get_property(libraries GLOBAL PROPERTY FRESHET_LIBRARIES)
    target_link_libraries(${target} PRIVATE ${modules} ${libraries})
  endif()
endfunction()

function(freshet_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;ROOMS;LIBRARIES;LABELS" ${ARGN})
  if(TEST_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "freshet_test(${name}): unknown arguments: ${TEST_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT FRESHET_BUILD_TESTS)
    return()
  endif()
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 300)
  endif()
  set(labels ${name} ${TEST_LABELS})
  if(name IN_LIST FRESHET_CONCURRENT_ROOMS)
    list(APPEND labels concurrent)
  endif()
  list(REMOVE_DUPLICATES labels)

  add_executable(freshet_${name}_test ${TEST_SOURCES})
  if(concurrent IN_LIST labels)
    add_dependencies(concurrent_tests freshet_${name}_test)
  endif()
  freshet_warnings(freshet_${name}_test)
  freshet_link_rooms(freshet_${name}_test ${TEST_ROOMS})
  target_link_libraries(freshet_${name}_test PRIVATE ${TEST_LIBRARIES} GTest::gtest_main)
  gtest_discover_tests(freshet_${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 120
    PROPERTIES TIMEOUT ${TEST_TIMEOUT})
  # gtest_discover_tests() keeps only the first of several labels; ctest reads this file after the one that it wrote.
  set(labelling ${CMAKE_CURRENT_BINARY_DIR}/freshet_${name}_test_labels.cmake)
  file(CONFIGURE OUTPUT ${labelling} @ONLY CONTENT [[
foreach(test IN LISTS freshet_@name@_test_TESTS)
  set_tests_properties("${test}" PROPERTIES LABELS "@labels@")
endforeach()
]])
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${labelling})
endfunction()

function(freshet_fuzz name)
  cmake_parse_arguments(FUZZ "" "CORPUS;MUTATOR" "SOURCES;ROOMS;LIBRARIES" ${ARGN})
  if(FUZZ_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "freshet_fuzz(${name}): unknown arguments: ${FUZZ_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT FUZZ_CORPUS)
    set(FUZZ_CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  endif()
  add_executable(fuzz_${name} ${FUZZ_SOURCES})
  freshet_warnings(fuzz_${name})
  freshet_link_rooms(fuzz_${name} ${FUZZ_ROOMS})
  target_link_libraries(fuzz_${name} PRIVATE ${FUZZ_LIBRARIES})
  # ./dev fuzz looks for the program here, wherever the target is declared.
  set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  if(FRESHET_BUILD_FUZZ)
    target_sources(fuzz_${name} PRIVATE ${FUZZ_MUTATOR})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.cc)
    add_test(NAME fuzz.${name} COMMAND fuzz_${name} ${FUZZ_CORPUS})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 300)
  endif()
endfunction()
