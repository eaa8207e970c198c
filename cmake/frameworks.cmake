# The web frameworks for which include/freshet has an adapter. The library needs none of them; tests and examples that
# use one are built where it is installed.
#
#   FRESHET_HTTPLIB   the target of cpp-httplib, or empty
#   FRESHET_BEAST     TRUE where Boost.Beast is: headers only

include_guard(GLOBAL)
set(FRESHET_HTTPLIB "")
pkg_check_modules(HTTPLIB IMPORTED_TARGET GLOBAL cpp-httplib)
if(HTTPLIB_FOUND)
  set(FRESHET_HTTPLIB PkgConfig::HTTPLIB)
endif()
set(FRESHET_HTTPLIB "${FRESHET_HTTPLIB}" CACHE INTERNAL "")
include(CheckIncludeFileCXX)
check_include_file_cxx(boost/beast/http/message.hpp FRESHET_BEAST)
